"""Pages of information in six languages: the three of the site and the three Sámi languages of Finland."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.db import transaction

from kimppa.commons.members.permissions import require
from kimppa.commons.members.roles import Act
from kimppa.consortium.communications.models import InfoPage
from kimppa.foundation.accounts import audit
from kimppa.foundation.accounts.actors import Actor
from kimppa.foundation.core.errors import Invalid, Missing
from kimppa.foundation.core.text import clean_line, clean_text, noop

SLUG = re.compile(r"[a-z0-9][a-z0-9-]{0,59}")
LONGEST = 20_000


class Language(StrEnum):
    """ISO 639 codes as pages carry them in `lang`."""

    FI = "fi"
    SV = "sv"
    EN = "en"
    SE = "se"
    SMN = "smn"
    SMS = "sms"


# Each in itself, as its reader looks for it.
LANGUAGE_NAMES: dict[Language, str] = {
    Language.FI: "Suomi",
    Language.SV: "Svenska",
    Language.EN: "English",
    Language.SE: "Davvisámegiella",
    Language.SMN: "Anarâškielâ",
    Language.SMS: "Sääʹmǩiõll",
}


class BadPage(Invalid):
    code = "bad-page"
    sentence = noop(
        "A page needs a title, a text of at most %(longest)s characters, and a short name of small letters "
        "a–z, digits and hyphens. Nothing was changed."
    )


class NoSuchPage(Missing):
    code = "no-such-page"
    sentence = noop("There is no such page.")


@dataclass(frozen=True, slots=True)
class PageRow:
    slug: str
    language: Language
    title: str
    text: str
    published: bool
    changed: datetime


@dataclass(frozen=True, slots=True)
class Block:
    """A piece of a page: kind is `heading`, `list` or `paragraph`."""

    kind: str
    lines: tuple[str, ...]


@transaction.atomic
def save_page(
    *, by: Actor, slug: str, language: Language, title: str, text: str, published: bool, now: datetime
) -> None:
    """Write a page in one language; the same slug and language is written over. Raises BadPage."""
    require(by, Act.EDIT_PAGES, now=now)
    name, tidy = clean_line(title), clean_text(text)
    if not SLUG.fullmatch(slug) or not name or len(name) > 200 or not tidy or len(tidy) > LONGEST:
        raise BadPage(longest=LONGEST)
    values = {"title": name, "text": tidy, "published": published, "changed": now}
    row, made = InfoPage.objects.update_or_create(slug=slug, language=language.value, defaults=values)
    before: dict[str, audit.Value] | None = None if made else {"known": True}
    after: dict[str, audit.Value] = {"slug": slug, "language": language.value, "published": published}
    audit.record(by=by, act="communications.save_page", obj=row, before=before, after=after, now=now)


def every_page() -> tuple[PageRow, ...]:
    """All pages by slug and language, for those who write them."""
    return tuple(_row(row) for row in InfoPage.objects.order_by("slug", "language"))


def page(slug: str, language: Language) -> PageRow:
    """A page in a language, published or not. Raises NoSuchPage."""
    found = InfoPage.objects.filter(slug=slug, language=language.value).first()
    if found is None:
        raise NoSuchPage()
    return _row(found)


def published(slug: str) -> dict[Language, PageRow]:
    """Language → the page, where it is published."""
    rows = (_row(row) for row in InfoPage.objects.filter(slug=slug, published=True))
    return {row.language: row for row in rows}


def published_titles() -> tuple[PageRow, ...]:
    """The published pages of all languages, by slug; for lists of links."""
    return tuple(_row(r) for r in InfoPage.objects.filter(published=True).order_by("slug", "language"))


def blocks(text: str) -> tuple[Block, ...]:
    """A page's text as headings, lists and paragraphs. Pure; nothing in it is markup."""
    made: list[Block] = []
    for part in re.split(r"\n\s*\n", text.strip()):
        lines = [line.strip() for line in part.splitlines() if line.strip()]
        if not lines:
            continue
        if lines[0].startswith("# "):
            made.append(Block("heading", (lines[0][2:].strip(),)))
            lines = lines[1:]
        if lines and all(line.startswith("- ") for line in lines):
            made.append(Block("list", tuple(line[2:].strip() for line in lines)))
        elif lines:
            made.append(Block("paragraph", (" ".join(lines),)))
    return tuple(made)


def _row(row: InfoPage) -> PageRow:
    return PageRow(row.slug, Language(row.language), row.title, row.text, row.published, row.changed)
