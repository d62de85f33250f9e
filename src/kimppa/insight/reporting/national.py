"""The sheet for the national library statistics: fields as data, each with its sources or why it is empty.

The fields stand in data/national_statistics.csv, dated, for their list changes. The codes are our own;
`official_code` is empty until somebody has read it off the year's form. Which contents belong to a field is
our reading and stands there too. Nothing is guessed: what a vendor does not tell is empty, with the reason.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from functools import cache

from django.db.models import QuerySet

from kimppa.commons.platforms.rules import Content
from kimppa.commons.usage.rules import Interest
from kimppa.elibrary.catalog.models import Publication
from kimppa.elibrary.holdings.models import License
from kimppa.environment import PROJECT
from kimppa.foundation.core.text import in_language, noop
from kimppa.insight.reporting.use_year import ServiceYear, UseYear, is_own_lending

MONTHS = 12


class Quantity(StrEnum):
    COLLECTION = "collection"
    ACQUIRED = "acquired"
    COST = "cost"
    USE = "use"


class Why(StrEnum):
    """Why a service or collection is not in a field's figure."""

    VENDOR_DOES_NOT_TELL = "vendor-does-not-tell"
    NOTHING_BOOKED = "nothing-booked"
    OTHER_MEASURE = "other-measure"
    OTHER_CONTENTS = "other-contents"
    NO_USE = "no-use"


WHY_NAMES: dict[Why, str] = {
    Why.VENDOR_DOES_NOT_TELL: noop("the vendor does not tell how many titles there are"),
    Why.NOTHING_BOOKED: noop("nothing is booked on its own budget line"),
    Why.OTHER_MEASURE: noop("what is counted of it is another thing"),
    Why.OTHER_CONTENTS: noop("it holds other contents too, and is not told apart"),
    Why.NO_USE: noop("no figures of the year"),
}


@dataclass(frozen=True, slots=True)
class Field:
    """A field of the sheet. `counted_as`: which kinds of use answer it."""

    code: str
    official_code: str
    name_fi: str
    name_sv: str
    name_en: str
    quantity: Quantity
    contents: frozenset[Content]
    counted_as: frozenset[Interest]

    def name(self, language: str) -> str:
        return in_language(language, fi=self.name_fi, sv=self.name_sv, en=self.name_en)


@dataclass(frozen=True, slots=True)
class Piece:
    """A service's part of a field (slug empty: our own collection): a value, or why it has none.

    `value` is a count, or cents where the field is a cost. `open_months`: it will still change. `months`:
    of how many months of the year a use is known; 12 for all else.
    """

    slug: str
    name: str
    value: int | None
    why: Why | None = None
    open_months: int = 0
    months: int = MONTHS

    @property
    def whole(self) -> bool:
        return self.value is not None and not self.open_months and self.months >= MONTHS


@dataclass(frozen=True, slots=True)
class Answer:
    """A field in a year: the sum of what is known (None: nothing is), and what it is made of."""

    field: Field
    value: int | None
    pieces: tuple[Piece, ...]

    @property
    def whole(self) -> bool:
        """Whether nothing is missing and nothing is open."""
        return all(piece.whole for piece in self.pieces)


def sheet(told: UseYear) -> tuple[Answer, ...]:
    """Every field that the year's form has."""
    return tuple(_answer(field, told) for field in fields(told.year))


def fields(year: int) -> tuple[Field, ...]:
    """The fields that hold in a year, in their order."""
    return tuple(one for first, last, one in _fields() if first <= year <= last)


@cache
def _fields() -> tuple[tuple[int, int, Field], ...]:
    with (PROJECT / "data" / "national_statistics.csv").open(encoding="utf-8", newline="") as handle:
        return tuple(
            (
                int(row["version_from"]),
                int(row["version_to"] or 9999),
                Field(
                    row["code"],
                    row["official_code"],
                    row["name_fi"],
                    row["name_sv"],
                    row["name_en"],
                    Quantity(row["quantity"]),
                    frozenset(Content(one) for one in row["contents"].split()),
                    frozenset(Interest(one) for one in row["counted_as"].split()),
                ),
            )
            for row in csv.DictReader(handle)
        )


def _answer(field: Field, told: UseYear) -> Answer:
    pieces = [_piece(field, s) for s in told.services if not is_own_lending(s.slug) and _touches(field, s)]
    if field.quantity in {Quantity.COLLECTION, Quantity.ACQUIRED}:
        pieces += _own(field, told.year)
    if field.quantity is Quantity.USE:
        pieces += [_own_use(field, s) for s in told.services if is_own_lending(s.slug) and _own_kinds(field)]
    known = [piece.value for piece in pieces if piece.value is not None]
    return Answer(field, sum(known) if known else None, tuple(pieces))


def _touches(field: Field, service: ServiceYear) -> bool:
    return bool(field.contents & set(service.contents))


def _piece(field: Field, service: ServiceYear) -> Piece:
    """A vendor's service: its use and cost belong to a field only if all of its contents do."""
    value, why, is_open, months = None, Why.VENDOR_DOES_NOT_TELL, 0, MONTHS
    if field.quantity in {Quantity.COST, Quantity.USE} and not set(service.contents) <= field.contents:
        why = Why.OTHER_CONTENTS
    elif field.quantity is Quantity.COST:
        value, why = (service.booked.value if service.booked else None), Why.NOTHING_BOOKED
    elif field.quantity is Quantity.USE and not service.use.months:
        why = Why.NO_USE
    elif field.quantity is Quantity.USE:
        answers = bool(service.counted_as) and set(service.counted_as) <= field.counted_as
        value, why = (service.use.value if answers else None), Why.OTHER_MEASURE
        is_open, months = (service.use.open_months, service.use.months) if answers else (0, MONTHS)
    return Piece(service.slug, service.name, value, None if value is not None else why, is_open, months)


def _own_kinds(field: Field) -> frozenset[Content]:
    """Kinds that we lend ourselves."""
    return field.contents & {Content.EBOOK, Content.AUDIOBOOK}


def _own(field: Field, year: int) -> list[Piece]:
    """Titles of our own collection with a licence on the year's last day, or first licensed in the year."""
    kinds = [kind.value for kind in _own_kinds(field)]
    if not kinds:
        return []
    starts, ends = datetime(year, 1, 1, tzinfo=UTC), datetime(year + 1, 1, 1, tzinfo=UTC)
    licences = License.objects.filter(valid_from__lt=ends, publication__kind__in=kinds)
    if field.quantity is Quantity.COLLECTION:
        count = _titles(licences.filter(valid_until__isnull=True) | licences.filter(valid_until__gte=ends))
    else:
        before = licences.filter(valid_from__lt=starts).values("publication")
        count = _titles(licences.exclude(publication__in=before))
    return [Piece("", "", count)] if Publication.objects.exists() else []


def _titles(licences: QuerySet[License]) -> int:
    return licences.values("publication").distinct().count()


def _own_use(field: Field, service: ServiceYear) -> Piece:
    answers = bool(service.counted_as) and set(service.counted_as) <= field.counted_as
    why = None if answers else Why.OTHER_MEASURE
    return Piece(
        service.slug, service.name, service.use.value if answers else None, why, service.use.open_months
    )


def missing(answers: Iterable[Answer]) -> int:
    """How many fields are empty or not whole."""
    return sum(not answer.pieces or not answer.whole for answer in answers)
