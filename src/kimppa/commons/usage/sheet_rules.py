"""How a vendor's own sheet is read: which column is what, chosen once by a person and remembered. Pure.

Wide tables have a column for each month, long ones a column that names it; both may be mixed with columns
that split the use. Rows of totals are left out, but what they say is compared with the sum of what was read.
Nothing is guessed of a count: what is no whole number that can be counted is said with row and column.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import TypeAlias

from kimppa.commons.usage import sheet_words as words
from kimppa.foundation.core.text import noop

Cell: TypeAlias = "str | int | Decimal | date"
Cells: TypeAlias = "Sequence[Cell]"
Data: TypeAlias = "dict[str, object]"

LOOK_AT = 40  # rows in which headings are looked for
FACTORS = (1, 10, 100, 1000, 1_000_000)


class State(StrEnum):
    """How far a brought file has come."""

    WAITING = "waiting"
    LANDED = "landed"
    REFUSED = "refused"
    DISCARDED = "discarded"


STATE_NAMES: dict[State, str] = {
    State.WAITING: noop("Waits for you"),
    State.LANDED: noop("In use"),
    State.REFUSED: noop("Cannot be used"),
    State.DISCARDED: noop("Given up"),
}


class Role(StrEnum):
    """What a column is."""

    IGNORE = ""
    OF_MONTH = "of-month"
    COUNT = "count"
    MONTH = "month"
    PLACE = "place"
    METRIC = "metric"
    KIND = "kind"
    LANGUAGE = "language"
    AUDIENCE = "audience"
    TITLE = "title"
    TOTAL = "total"


ROLE_NAMES: dict[Role, str] = {
    Role.IGNORE: noop("Leave out"),
    Role.OF_MONTH: noop("Counts of one month (the heading)"),
    Role.COUNT: noop("Counts"),
    Role.MONTH: noop("Month"),
    Role.PLACE: noop("Municipality, kimppa or library"),
    Role.METRIC: noop("What was counted"),
    Role.KIND: noop("Kind of content"),
    Role.LANGUAGE: noop("Language of the content"),
    Role.AUDIENCE: noop("For whom the content is"),
    Role.TITLE: noop("Title"),
    Role.TOTAL: noop("Total (only compared)"),
}
WORDS = {
    Role.MONTH: (
        "kuukausi",
        "kk",
        "month",
        "månad",
        "aika",
        "ajanjakso",
        "period",
        "jakso",
        "päivämäärä",
        "päivä",
        "datum",
        "date",
    ),
    Role.PLACE: (
        *("kunta", "kaupunki", "kirjasto", "kimppa", "kommun", "bibliotek", "library", "municipality"),
        *("institution", "organisaatio", "asiakas", "customer", "consortium", "alue", "toimipiste", "site"),
    ),
    Role.METRIC: ("mittari", "metric", "mätare", "tapahtuma", "event", "toiminto"),
    Role.KIND: ("aineistolaji", "laji", "muoto", "tyyppi", "format", "type", "typ", "aineisto", "medium"),
    Role.LANGUAGE: ("kieli", "språk", "language"),
    Role.AUDIENCE: ("kohderyhmä", "ikäryhmä", "målgrupp", "audience", "ikä"),
    Role.TITLE: ("nimeke", "teos", "nimi", "titel", "title", "otsikko", "julkaisu", "publication"),
}


@dataclass(frozen=True, slots=True)
class Column:
    """A column (`at` from 0) with what it is; `metric` names what a column of counts counts."""

    at: int
    heading: str
    role: Role
    metric: str = ""


@dataclass(frozen=True, slots=True)
class Reading:
    """How a sheet is read. `header`: the headings' row from 1. `places`: what the names in a column of places
    are (usage.rules.UnitKind; empty: no such column). `metric`: of the columns of months. `year`: of months
    that are written without one. `factor`: what a written one stands for. `fill`: an empty cell of what is
    no count means the same as the one above. `part`: which of a vendor's several sheets it is; usually none.
    """

    sheet: str
    header: int
    columns: tuple[Column, ...]
    places: str = ""
    metric: str = "loans"
    year: int | None = None
    decimal: str = ","
    factor: int = 1
    fill: bool = False
    part: str = ""


def as_data(reading: Reading) -> Data:
    return {
        "sheet": reading.sheet,
        "header": reading.header,
        "columns": [[one.at, one.heading, one.role.value, one.metric] for one in reading.columns],
        "places": reading.places,
        "metric": reading.metric,
        "year": reading.year,
        "decimal": reading.decimal,
        "factor": reading.factor,
        "fill": reading.fill,
        "part": reading.part,
    }


def from_data(data: Mapping[str, object]) -> Reading:
    """The reading that was kept; of an older form too, where a field is missing."""
    columns = data.get("columns")
    year = data.get("year")
    return Reading(
        sheet=str(data.get("sheet", "")),
        header=_whole(data.get("header"), 1),
        columns=tuple(
            Column(int(at), str(heading), Role(role), str(metric))
            for at, heading, role, metric in (columns if isinstance(columns, list) else [])
        ),
        places=str(data.get("places", "")),
        metric=str(data.get("metric", "loans")),
        year=_whole(year, 0) or None,
        decimal=str(data.get("decimal", ",")),
        factor=_whole(data.get("factor"), 1),
        fill=bool(data.get("fill", False)),
        part=str(data.get("part", "")),
    )


def _whole(value: object, otherwise: int) -> int:
    return value if isinstance(value, int) else otherwise


def header_row(rows: Iterable[tuple[int, Cells]]) -> int:
    """The row that most looks like headings among the first ones: months and known words; 1 if none does."""
    best, found = 0, 1
    for number, cells in rows:
        texts = [cell for cell in cells if isinstance(cell, str) and cell]
        score = sum(2 for text in texts if guess(text)) + 2 * len(month_columns(cells, None))
        numbers = sum(isinstance(cell, int | Decimal) for cell in cells)
        if score - numbers > best and len([cell for cell in cells if cell != ""]) > 1:
            best, found = score - numbers, number
    return found


def month_columns(cells: Cells, year: int | None) -> dict[int, str]:
    """Column → month, of the headings that are months (of the year 2000 where none is told or given)."""
    finnish = words.speaks_finnish([cell for cell in cells if isinstance(cell, str)])
    found = {}
    for at, cell in enumerate(cells):
        # Without a year of its own a heading like “tammikuu” still is a month; a bare number is none.
        bare = isinstance(cell, int | Decimal) or (isinstance(cell, str) and cell.isdigit())
        if cell == "" or (bare and len(str(cell)) < 6):
            continue
        month = words.month_of(cell, year or 2000, finnish=finnish)
        if month:
            found[at] = month
    return found


def guess(heading: str) -> Role:
    """What a heading seems to say; IGNORE if nothing known."""
    plain = heading.casefold()
    first = next((role for role, known in WORDS.items() if plain.strip(" :*") in known), None)
    if first:
        return first
    if words.is_total(heading):
        return Role.TOTAL
    if any(known in plain for names in words.METRICS.values() for known in names):
        return Role.IGNORE if words.is_duration(heading) else Role.COUNT
    return next(
        (role for role, known in WORDS.items() if any(one in plain for one in known[:6])), Role.IGNORE
    )


def propose(sheet: str, header: int, cells: Cells, below: Sequence[Cells], year: int | None) -> Reading:
    """A first reading of a sheet, for a person to mend. `below`: some rows under the headings."""
    months = month_columns(cells, year)
    columns, taken = [], set()
    for at, cell in enumerate(cells):
        heading = _spelled(cell)
        role = Role.OF_MONTH if at in months else guess(heading)
        if role in taken and role not in (Role.OF_MONTH, Role.COUNT, Role.TOTAL):
            role = Role.IGNORE
        if months and role is Role.COUNT:
            role = Role.IGNORE
        taken.add(role)
        columns.append(Column(at, heading, role, words.metric_of(heading) if role is Role.COUNT else ""))
    if not months and Role.COUNT not in taken:
        columns = _only_numbers(columns, below)
    places = "municipality" if Role.PLACE in taken else ""
    return Reading(sheet, header, tuple(columns), places=places, year=year)


def _only_numbers(columns: list[Column], below: Sequence[Cells]) -> list[Column]:
    """No heading speaks of counts: then the one column of numbers under an unknown heading has them."""
    found = [
        one
        for one in columns
        if one.role is Role.IGNORE
        and one.heading
        and not words.is_duration(one.heading)
        and any(one.at < len(cells) and isinstance(cells[one.at], int) for cells in below)
    ]
    if len(found) != 1:
        return columns
    named = replace(found[0], role=Role.COUNT, metric=words.metric_of(found[0].heading))
    return [named if one is found[0] else one for one in columns]


def headings_key(sheet: str, cells: Cells) -> str:
    """The same for the same sheet of another year: months and years in headings do not count."""
    months = month_columns(cells, None)
    kept = [_plain(_spelled(cell)) for at, cell in enumerate(cells) if at not in months]
    mark = "months" if months else ""
    return hashlib.sha256("\n".join([_plain(sheet), mark, *filter(None, kept)]).encode()).hexdigest()


def again(known: Reading, sheet: str, header: int, cells: Cells, year: int | None) -> Reading:
    """A remembered reading for the sheet that came now: columns by their headings, months as they stand."""
    months = month_columns(cells, year)
    by_heading = {_plain(one.heading): one for one in known.columns if one.role is not Role.OF_MONTH}
    columns = []
    for at, cell in enumerate(cells):
        heading = _spelled(cell)
        before = by_heading.get(_plain(heading))
        role = Role.OF_MONTH if at in months else before.role if before else Role.IGNORE
        columns.append(Column(at, heading, role, before.metric if before and at not in months else ""))
    return replace(known, sheet=sheet, header=header, columns=tuple(columns), year=year or known.year)


def _spelled(cell: Cell) -> str:
    return cell.isoformat() if isinstance(cell, date) else str(cell)[:200]


def _plain(heading: str) -> str:
    return re.sub(r"[\W\d_]+", " ", heading.casefold()).strip()


# What is wrong with a reading itself: code → sentence. Said before any row is read.
MISTAKES: dict[str, str] = {
    "no-counts": noop("Choose at least one column of counts."),
    "no-months": noop("Choose which column names the month, or which columns are months."),
    "two-alike": noop("Only one column can be “%(role)s”."),
    "wide-and-long": noop("Choose either columns of months or a column that names the month, not both."),
    "no-places": noop("Say whether the names are of municipalities, kimppas or libraries."),
    "no-metric": noop("Say what is counted in column %(column)s."),
    "duration": noop(
        "Column %(column)s (“%(heading)s”) is time spent, not a count. Leave it out, or name what is counted "
        "“minutes” or “hours”."
    ),
    "month-twice": noop("Two columns are of the month %(month)s. Leave one of them out."),
    "no-year": noop("Some months are written without a year. Give the year."),
}
TIMES = {"minutes", "hours"}


@dataclass(frozen=True, slots=True)
class Mistake:
    code: str
    params: Mapping[str, str]


def mistakes(reading: Reading) -> tuple[Mistake, ...]:
    """Why a sheet cannot be read so; none if it can."""
    found = []
    by_role: dict[Role, list[Column]] = {}
    for column in reading.columns:
        by_role.setdefault(column.role, []).append(column)
    wide, counts = by_role.get(Role.OF_MONTH, []), by_role.get(Role.COUNT, [])
    if not wide and not counts:
        found.append(Mistake("no-counts", {}))
    if wide and (counts or Role.MONTH in by_role):
        found.append(Mistake("wide-and-long", {}))
    if counts and not wide and Role.MONTH not in by_role:
        found.append(Mistake("no-months", {}))
    free = (Role.IGNORE, Role.COUNT, Role.OF_MONTH, Role.TOTAL)
    found += [
        Mistake("two-alike", {"role": ROLE_NAMES[role]})
        for role, columns in by_role.items()
        if role not in free and len(columns) > 1
    ]
    if Role.PLACE in by_role and not reading.places:
        found.append(Mistake("no-places", {}))
    months = [month_of_heading(one, reading) for one in wide]
    twice = next((month for month in months if month and months.count(month) > 1), "")
    if twice:
        found.append(Mistake("month-twice", {"month": twice}))
    found += _metric_mistakes(reading, wide, counts, named=Role.METRIC in by_role)
    return tuple(found)


def _metric_mistakes(
    reading: Reading, wide: list[Column], counts: list[Column], *, named: bool
) -> list[Mistake]:
    found = []
    for column in counts:
        told = {"column": letters(column.at), "heading": column.heading}
        if not column.metric and not named:
            found.append(Mistake("no-metric", told))
        elif words.is_duration(column.heading) and column.metric not in TIMES:
            found.append(Mistake("duration", told))
    if wide and not reading.metric and not named:
        found.append(Mistake("no-metric", {"column": letters(wide[0].at)}))
    undated = any(not words.month_of(_date(one.heading), None) for one in wide)
    if undated and reading.year is None:
        found.append(Mistake("no-year", {}))
    return found


def _date(heading: str) -> Cell:
    """A heading that was a day in the sheet is one again."""
    try:
        return date.fromisoformat(heading)
    except ValueError:
        return heading


def month_of_heading(column: Column, reading: Reading) -> str:
    """`2022-01` of a column of a month."""
    headings = [one.heading for one in reading.columns]
    finnish = words.speaks_finnish(headings)
    return words.month_of(_date(column.heading), reading.year, finnish=finnish)


def letters(at: int) -> str:
    """A column as spreadsheets name it: `B` for 1."""
    name, at = "", at + 1
    while at:
        at, rest = divmod(at - 1, 26)
        name = chr(ord("A") + rest) + name
    return name
