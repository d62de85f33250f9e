"""A brought sheet between its file and its landing: proposed reading, preview, and the landing itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice
from pathlib import Path

from kimppa.commons.members import queries as members
from kimppa.commons.usage import landing, sheet_rules, sheet_words, sheets, units
from kimppa.commons.usage.landing import Delivery, RowIn, Told
from kimppa.commons.usage.rules import Source, UnitKind
from kimppa.commons.usage.sheet_models import Brought, SheetMapping
from kimppa.commons.usage.sheet_reading import WARNING, SheetReader, Sum
from kimppa.commons.usage.sheet_rules import LOOK_AT, Cells, Reading
from kimppa.foundation.core import clock
from kimppa.foundation.core.errors import Invalid, Param
from kimppa.foundation.core.text import noop
from kimppa.foundation.files import queries as stored


class SheetUnusable(Invalid):
    code = "usage-sheet-unusable"
    sentence = noop("The sheet has rows that cannot be counted; see its problems. Nothing was stored.")


class NamesOpen(Invalid):
    code = "usage-names-open"
    sentence = noop("%(count)s names are not known yet. Say first whom they mean.")


class MonthToCome(Invalid):
    code = "usage-month-to-come"
    sentence = noop(
        "The sheet tells of %(month)s, which has not begun yet. Is the year right? Nothing was stored."
    )


class NotChosen(Invalid):
    code = "usage-reading-not-chosen"
    sentence = noop("Say first how the sheet is to be read.")


NAMED = 8
MEMBERS_ABSENT = noop(
    "Members that the sheet does not name: %(count)s (%(names)s). They are taken to have used nothing. "
    "Is the sheet whole?"
)


@dataclass(frozen=True, slots=True)
class Preview:
    """What would land: sums, problems, and names that nobody has matched yet (folded → as written, use)."""

    sums: tuple[Sum, ...]
    months: tuple[str, ...]
    problems: tuple[Told, ...]
    unknown: tuple[tuple[str, str, int], ...]
    usable: bool


def opening_rows(path: Path, sheet: str, count: int = LOOK_AT) -> tuple[tuple[int, Cells], ...]:
    """The first rows of a sheet, as cells. Raises as sheets.rows does."""
    return tuple(islice(sheets.rows(path, sheet), count))


def proposed(path: Path, platform: str, file_name: str, *, sheet: str, header: int | None = None) -> Reading:
    """A reading of a sheet: the remembered one where the same headings came before, else a guess."""
    reading, _ = _proposed(path, platform, file_name, sheet, header)
    return reading


def first_draft(path: Path, platform: str, file_name: str) -> dict[str, object]:
    """How a sheet that has just come might be read; `known`: as it was read the last time."""
    best: tuple[Reading, bool] | None = None
    for name in sheets.names(path):
        reading, known = _proposed(path, platform, file_name, name, None)
        if known:
            return {"reading": sheet_rules.as_data(reading), "chosen": True, "known": True}
        better = best is None or (_counts(reading) and not _counts(best[0]))
        best = (reading, known) if better else best
    if best is None or not best[0].columns:
        raise sheets.SheetEmpty
    return {"reading": sheet_rules.as_data(best[0]), "chosen": False, "known": False}


def _counts(reading: Reading) -> bool:
    roles = {column.role for column in reading.columns}
    return bool(roles & {sheet_rules.Role.OF_MONTH, sheet_rules.Role.COUNT})


def _proposed(
    path: Path, platform: str, file_name: str, sheet: str, header: int | None
) -> tuple[Reading, bool]:
    rows = opening_rows(path, sheet)
    at = header or sheet_rules.header_row(rows)
    cells: Cells = next((cells for number, cells in rows if number == at), ())
    below = [cells for number, cells in rows if number > at][:10]
    year = _year(rows, at, sheet, file_name)
    known = _remembered(platform, sheet_rules.headings_key(sheet, cells))
    if known is not None and not header:
        reading = sheet_rules.again(known, sheet, at, cells, year)
        if not sheet_rules.mistakes(reading):
            return reading, True
    return sheet_rules.propose(sheet, at, cells, below, year), False


def _year(rows: tuple[tuple[int, Cells], ...], header: int, sheet: str, file_name: str) -> int | None:
    """The year that the sheet's name, the lines above the headings or the file's name tell."""
    above = " ".join(str(cell) for number, cells in rows if number < header for cell in cells)
    return next(filter(None, map(sheet_words.year_in, (sheet, above, file_name))), None)


def _remembered(platform: str, key: str) -> Reading | None:
    row = SheetMapping.objects.filter(platform=platform, headings_key=key).order_by("-version").first()
    return sheet_rules.from_data(row.mapping) if row else None


def reading_of(brought: Brought) -> tuple[Reading, bool]:
    """How the sheet is to be read as things stand, and whether a person has said so (now or once before)."""
    draft: Mapping[str, object] = brought.draft
    told = draft.get("reading")
    return sheet_rules.from_data(told if isinstance(told, dict) else {}), bool(draft.get("chosen"))


def preview(brought: Brought) -> Preview:
    """Read the sheet through, storing nothing."""
    reader = _reader(brought)
    for _ in reader.rows():
        pass
    unknown = tuple((name, reader.spelled[name], use) for name, use in reader.unknown.most_common())
    problems = (*reader.problems, *_absent(brought, reader))
    return Preview(reader.sums, reader.months, problems, unknown, reader.usable)


def _absent(brought: Brought, reader: SheetReader) -> tuple[Told, ...]:
    """Members of whom a sheet of municipalities says nothing: then they used nothing, and that is said."""
    reading, _ = reading_of(brought)
    if reading.places != UnitKind.MUNICIPALITY or not reader.months:
        return ()
    told = {one.unit_code for one in reader.sums}
    day = date.fromisoformat(f"{reader.months[-1]}-01")
    absent = [place.name_fi for place in members.members_on(day) if place.code not in told]
    if not absent or not told - {""}:
        return ()
    params: dict[str, Param] = {
        "count": len(absent),
        "names": ", ".join(absent[:NAMED]) + (" …" if len(absent) > NAMED else ""),
    }
    return (Told(WARNING, "members-absent", "", MEMBERS_ABSENT, params),)


def land(brought: Brought, *, by: str, now: datetime) -> tuple[int, SheetMapping]:
    """Land a sheet as it is to be read; within the caller's transaction. Raises NotChosen, SheetUnusable,
    NamesOpen, MonthToCome."""
    reading, chosen = reading_of(brought)
    if not chosen:
        raise NotChosen
    found = preview(brought)
    if not found.usable or not found.months:
        raise SheetUnusable
    if found.unknown:
        raise NamesOpen(count=len(found.unknown))
    kind = UnitKind(reading.places) if reading.places else UnitKind(brought.unit_kind)
    first, last = (date.fromisoformat(f"{month}-01") for month in (found.months[0], found.months[-1]))
    if last > clock.day_of(now):
        raise MonthToCome(month=f"{last.month}/{last.year}")
    delivery = Delivery(
        Source.SHEET,
        brought.platform,
        kind,
        "" if reading.places else brought.unit_code,
        first,
        last,
        report=reading.part,
        file=brought.file_id,
        brought_by=by,
        incomplete=clock.day_of(now).replace(day=1) <= last,
        problems=found.problems,
    )
    batch = landing.land(delivery, _rows(brought), now=now)
    return batch, _remember(brought, reading, by=by, now=now)


def _rows(brought: Brought) -> Iterator[RowIn]:
    return _reader(brought).rows()


def _reader(brought: Brought) -> SheetReader:
    reading, _ = reading_of(brought)
    path = stored.path_of(brought.file)
    known = units.known(brought.platform, reading.places) if reading.places else {}
    own = (brought.unit_kind, brought.unit_code)
    return SheetReader(reading, sheets.rows(path, reading.sheet), units=known, own=own)


def _remember(brought: Brought, reading: Reading, *, by: str, now: datetime) -> SheetMapping:
    """The reading for the next time; the same one stays the version that it is."""
    path = stored.path_of(brought.file)
    rows = opening_rows(path, reading.sheet, reading.header + 1)
    cells: Cells = next((cells for number, cells in rows if number == reading.header), ())
    key = sheet_rules.headings_key(reading.sheet, cells)
    before = SheetMapping.objects.filter(platform=brought.platform, headings_key=key)
    latest = before.order_by("-version").first()
    data = sheet_rules.as_data(reading)
    if latest is not None and _same(latest.mapping, data):
        return latest
    return SheetMapping.objects.create(
        platform=brought.platform,
        headings_key=key,
        version=latest.version + 1 if latest else 1,
        mapping=data,
        made=now,
        made_by=by[:80],
    )


def _same(one: Mapping[str, object], other: Mapping[str, object]) -> bool:
    """The year, the place of the headings and the months in them change with each sheet, not its reading."""
    passing = {"year", "header", "sheet", "columns"}
    known, new = sheet_rules.from_data(one), sheet_rules.from_data(other)
    split = sheet_rules.Role.OF_MONTH
    columns = [
        [(column.heading, column.role, column.metric) for column in reading.columns if column.role != split]
        for reading in (known, new)
    ]
    same = all(one.get(key) == other.get(key) for key in other.keys() - passing)
    return same and columns[0] == columns[1]
