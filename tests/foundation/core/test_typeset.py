"""Typesetting: the same input gives the same bytes; an independent reader finds the structure."""

from __future__ import annotations

from datetime import date
from io import BytesIO

import pikepdf
import pypdf
import pytest

from kimppa.foundation.core import typeset

TEMPLATE = """
#let data = json(bytes(sys.inputs.data))
= #data.heading
#data.text
#table(columns: 2, table.header[Kunta][Euroa], ..data.rows.flatten())
"""
DATA: dict[str, typeset.Data] = {
    "heading": "Laskun otsikko",
    "text": "åäö ÅÄÖ š ž đ ŋ č ǥ ǩ õ â – 1\u202f887,75 €",
    "rows": [["Aanaar – Inari", "1\u202f887,75"]],
}


def made(**changes: object) -> bytes:
    arguments = {"title": "Lasku 1", "language": "fi", "day": date(2022, 3, 1)} | changes
    return typeset.pdf(TEMPLATE, DATA, **arguments)  # type: ignore[arg-type]


def test_the_same_input_gives_the_same_bytes() -> None:
    assert made() == made()


def test_another_day_or_title_gives_other_bytes() -> None:
    assert made() != made(day=date(2022, 3, 2))
    assert made() != made(title="Lasku 2")


def test_an_independent_reader_finds_tags_language_title_and_claim() -> None:
    with pikepdf.open(BytesIO(made())) as document:
        assert document.Root.MarkInfo.Marked
        assert str(document.Root.Lang) == "fi"
        assert document.Root.ViewerPreferences.DisplayDocTitle
        assert document.Root.StructTreeRoot is not None
        with document.open_metadata() as meta:
            assert meta["pdfuaid:part"] == "1"
            assert meta["dc:title"] == "Lasku 1"
            assert meta["xmp:CreateDate"].startswith("2022-03-01")


def test_letters_of_the_north_are_there_as_text_and_fonts_are_our_own() -> None:
    reader = pypdf.PdfReader(BytesIO(made()))
    text = reader.pages[0].extract_text()
    for letter in "åäöšžđŋčǥǩõâ€":
        assert letter in text
    with pikepdf.open(BytesIO(made())) as document:
        fonts = [str(font.BaseFont) for font in document.pages[0].Resources.Font.values()]
    assert fonts
    assert all("SourceSans3" in font for font in fonts)


def test_a_template_that_skips_accessibility_is_refused_with_a_reason() -> None:
    with pytest.raises(typeset.NotTypeset, match="PDF/UA"):
        typeset.pdf("= A\n=== C", {}, title="x", language="fi", day=date(2022, 1, 1))
