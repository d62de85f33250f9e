"""A small e-library: titles, copies, residents with cards, and EPUBs made on the spot."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest

from kimppa.doors.console.demo import books
from kimppa.elibrary.catalog import services as catalog
from kimppa.elibrary.holdings import services as holdings
from kimppa.elibrary.patrons import services as patrons
from kimppa.elibrary.patrons.models import Patron
from kimppa.foundation.accounts.actors import Operator

BY = Operator("test")
NOW = datetime(2022, 11, 15, 10, tzinfo=UTC)
TODAY = date(2022, 11, 15)

CONTAINER = (
    '<container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
    '<rootfile full-path="b/p.opf" media-type="application/oebps-package+xml"/></rootfiles></container>'
)
OPF = (
    '<package xmlns="http://www.idpf.org/2007/opf" version="3.0" unique-identifier="i">'
    '<metadata xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:identifier id="i">urn:x</dc:identifier>'
    "<dc:title>Koe</dc:title><dc:language>fi</dc:language></metadata><manifest>"
    '<item id="a" href="a.xhtml" media-type="application/xhtml+xml"/>{more}</manifest>'
    '<spine><itemref idref="a"/></spine></package>'
)
PAGE = (
    '<html xmlns="http://www.w3.org/1999/xhtml"><head><title>A</title>{head}</head><body>{body}</body></html>'
)


def make_epub(
    *, body: str = "<p>Teksti</p>", head: str = "", more: str = "", extra: dict[str, bytes] | None = None
) -> bytes:
    """An EPUB with one page and whatever else is given."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/epub+zip", zipfile.ZIP_STORED)
        archive.writestr("META-INF/container.xml", CONTAINER)
        archive.writestr("b/p.opf", OPF.format(more=more))
        archive.writestr("b/a.xhtml", PAGE.format(head=head, body=body))
        for name, content in (extra or {}).items():
            archive.writestr(name, content)
    return buffer.getvalue()


def add_book(identifier: str, *, copies: int | None = None, days: int = 21) -> int:
    """A book of one page with a licence; returns the publication's id."""
    book = catalog.add_epub(
        by=BY, identifier=identifier, raw=make_epub(), file_name="koe.epub", description="", now=NOW
    )
    holdings.add_license(
        by=BY,
        publication_id=book,
        collection=books.LOCAL,
        identifier=f"urn:license:{identifier}",
        concurrency=copies,
        loan_days=days,
        now=NOW,
    )
    return book


@pytest.fixture
def outi() -> str:
    """A library system of two cards: 111 / 1234 (Oulu) and 222 / 1234 (Kempele)."""
    patrons.define_local_system(
        by=BY, slug="outi", name_fi="OUTI", name_sv="OUTI", name_en="OUTI", demo=True, now=NOW
    )
    for card, home in (("111", "564"), ("222", "244")):
        patrons.add_local_card(
            by=BY, system="outi", card=card, pin="1234", stable_id=card, home=home, demo=True, now=NOW
        )
    return "outi"


@pytest.fixture
def resident(outi: str) -> Callable[[str], Patron]:
    """Signs a card in and gives its patron."""

    def sign_in(card: str = "111") -> Patron:
        patrons.sign_in(system=outi, card=card, pin="1234", now=NOW, today=TODAY)
        return Patron.objects.latest("pk")

    return sign_in
