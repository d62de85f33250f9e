"""Reading the catalogue: publications for pages, search, and rails of the home page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from kimppa.elibrary.catalog import dictionary, index
from kimppa.elibrary.catalog import search as engine
from kimppa.elibrary.catalog.jobs import bring_up_to_date
from kimppa.elibrary.catalog.models import Contribution, IndexQueue, Publication
from kimppa.elibrary.catalog.rules import NoSuchPublication

SAMI = ("se", "smn", "sms")


@dataclass(frozen=True, slots=True)
class PublicationRow:
    """A publication as a card or page shows it. `contributors` as catalogued (family name first)."""

    id: int
    identifier: str
    title: str
    subtitle: str
    description: str
    contributors: tuple[str, ...]
    language: str
    kind: str
    year: int | None
    is_example: bool
    is_guide: bool
    modified: datetime


@dataclass(frozen=True, slots=True)
class Results:
    """A page of search results; `how` as in search.Found."""

    count: int
    publications: tuple[PublicationRow, ...]
    languages: tuple[tuple[str, int], ...]
    kinds: tuple[tuple[str, int], ...]
    how: str


@dataclass(frozen=True, slots=True)
class Match:
    """A publication found, by what names it."""

    identifier: str
    title: str


@dataclass(frozen=True, slots=True)
class Matches:
    """How many were found, and the first of them in order of rank."""

    count: int
    hits: tuple[Match, ...]


def publications(ids: Sequence[int]) -> tuple[PublicationRow, ...]:
    """The publications with those ids, in that order; unknown ids are left out. Two queries."""
    if not ids:
        return ()
    if not ids:
        return ()
    found = {row.id: row for row in _rows(Publication.objects.filter(pk__in=ids))}
    return tuple(found[each] for each in ids if each in found)


def publication(publication_id: int) -> PublicationRow:
    """One publication. Raises NoSuchPublication."""
    found = publications([publication_id])
    if not found:
        raise NoSuchPublication()
    return found[0]


def search(text: str, *, language: str = "", kind: str = "", page: int = 1, per_page: int = 20) -> Results:
    """A page of hits for a resident's words, with counts by language and kind."""
    found = engine.search(
        engine.Question(text[:300], language, kind),
        dictionary=dictionary.look_up,
        offset=(max(1, page) - 1) * per_page,
        limit=per_page,
    )
    shown = publications(found.ids)
    return Results(found.count, shown, found.languages, found.kinds, found.how)


def find(text: str, *, limit: int = 100) -> Matches:
    """Count of all hits and the first `limit`; for the command line."""
    question = engine.Question(text[:1_000])
    found = engine.search(question, dictionary=dictionary.look_up, limit=limit, facets=False)
    rows = Publication.objects.filter(pk__in=found.ids).values_list("pk", "identifier", "title")
    known = {pk: Match(identifier, title) for pk, identifier, title in rows}
    return Matches(found.count, tuple(known[each] for each in found.ids if each in known))


def make_current() -> int:
    """Wait until the index has all that is in the catalogue, writing it oneself where nobody does.

    Returns how many entries this call wrote.
    """
    if index.current() is not None and not IndexQueue.objects.exists():
        return 0
    with index.lease(wait=True):
        return bring_up_to_date()


def newest(*, limit: int = 12) -> tuple[PublicationRow, ...]:
    """What was added last and can be read here (titles without a copy are no news)."""
    found = Publication.objects.filter(content__isnull=False, is_guide=False).order_by("-created", "-pk")
    return _rows(found[:limit])


def guides() -> tuple[PublicationRow, ...]:
    """The residents' own guide, in each language that it was written in."""
    return _rows(Publication.objects.filter(is_guide=True, content__isnull=False).order_by("language"))


def in_sami(*, limit: int = 12) -> tuple[PublicationRow, ...]:
    """Titles in the Sámi languages, newest first."""
    return _rows(Publication.objects.filter(language__in=SAMI).order_by("-created", "-pk")[:limit])


def total() -> int:
    """How many publications the catalogue has."""
    return Publication.objects.count()


def _rows(found: QuerySet[Publication]) -> tuple[PublicationRow, ...]:
    """In the order found; two queries, one where there is nothing."""
    rows = list(found)
    if not rows:
        return ()
    people: dict[int, list[str]] = {}
    names = Contribution.objects.filter(publication__in=[p.pk for p in rows]).order_by("position")
    for publication_id, name in names.values_list("publication_id", "contributor__name"):
        people.setdefault(publication_id, []).append(name)
    return tuple(_row(p, people.get(p.pk, [])) for p in rows)


def _row(p: Publication, people: Sequence[str]) -> PublicationRow:
    return PublicationRow(
        p.pk,
        p.identifier,
        p.title,
        p.subtitle,
        p.description,
        tuple(people),
        p.language,
        p.kind,
        p.year,
        p.is_example,
        p.is_guide,
        p.modified,
    )
