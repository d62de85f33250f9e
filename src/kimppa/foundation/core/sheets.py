"""Tables into the house: the first sheet of a workbook (XLSX) or a CSV → rows of text. Pure.

Days become ISO, numbers plain decimals, everything else cleaned words. Merged cells are told beside the
rows: what they mean is for the reader of the sheet to say.
"""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import TypeAlias

from python_calamine import CalamineError, CalamineWorkbook

from kimppa.foundation.core.errors import Invalid
from kimppa.foundation.core.text import clean_line, noop, shorten

MAX_BYTES = 5 * 1024 * 1024
MAX_UNPACKED = 100 * 1024 * 1024
MAX_ROWS = 5_000
HEADER_WITHIN = 20
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
TOTAL = re.compile(r"^(yhteensä|yht\.?|summa|total|totalt|sammanlagt)\b", re.IGNORECASE)

Raw: TypeAlias = "int | float | str | bool | time | date | datetime | timedelta"


class SheetUnreadable(Invalid):
    code = "sheet-unreadable"
    sentence = noop("The file cannot be read as an XLSX or CSV table (%(why)s). Nothing was read.")


class HeaderMissing(Invalid):
    code = "sheet-header-missing"
    sentence = noop(
        "None of the file's first %(rows)s rows has the headings needed: %(headings)s. Nothing was read."
    )


@dataclass(frozen=True, slots=True)
class Merged:
    """Cells that are one; rows and columns from 0, both ends included."""

    top: int
    left: int
    bottom: int
    right: int


@dataclass(frozen=True, slots=True)
class Sheet:
    rows: tuple[tuple[str, ...], ...]
    merged: tuple[Merged, ...]


@dataclass(frozen=True, slots=True)
class Header:
    """Where the header stands (row from 0), the column of each known field, and the headings not known."""

    at: int
    fields: Mapping[str, int]
    unknown: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Line:
    """A row under the header; `number` counts from 1 as spreadsheets do."""

    number: int
    cells: Mapping[str, str]
    total: bool


def media_type(raw: bytes) -> str:
    return XLSX if raw.startswith(b"PK") else "text/csv"


def load(raw: bytes) -> Sheet:
    """The first sheet. Raises SheetUnreadable."""
    if len(raw) > MAX_BYTES:
        raise SheetUnreadable(why=f"{-(-len(raw) // 1024 // 1024)} MB > {MAX_BYTES // 1024 // 1024} MB")
    sheet = _workbook(raw) if raw.startswith(b"PK") else Sheet(_csv(raw), ())
    if len(sheet.rows) > MAX_ROWS:
        raise SheetUnreadable(why=f"{len(sheet.rows)} > {MAX_ROWS}")
    return sheet


def header(sheet: Sheet, columns: Mapping[str, Sequence[str]], needed: Sequence[str]) -> Header:
    """The first row that has the needed headings. Raises HeaderMissing.

    columns: what a field's column may be called, in lower case; signs and brackets do not count.
    """
    for at, row in enumerate(sheet.rows[:HEADER_WITHIN]):
        fields: dict[str, int] = {}
        unknown = []
        for column, cell in enumerate(row):
            field = _field(cell, columns)
            if field and field not in fields:
                fields[field] = column
            elif cell:
                unknown.append(cell)
        if all(field in fields for field in needed):
            return Header(at, fields, tuple(unknown))
    # Each with its first words, so that it is understood in Finnish and Swedish too.
    asked = ", ".join(" / ".join(columns[field][:3]) for field in needed)
    raise HeaderMissing(rows=HEADER_WITHIN, headings=asked)


def lines(sheet: Sheet, found: Header) -> tuple[Line, ...]:
    """The rows under the header that say something in a known column."""
    read = []
    for index, row in enumerate(sheet.rows[found.at + 1 :], start=found.at + 2):
        cells = {
            field: row[column] for field, column in found.fields.items() if column < len(row) and row[column]
        }
        if cells:
            first = next(cell for cell in row if cell)
            read.append(Line(index, cells, bool(TOTAL.match(first))))
    return tuple(read)


def cell_name(row: int, column: int) -> str:
    """`B4` for row 3, column 1 (both from 0)."""
    name = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        name = chr(ord("A") + rest) + name
    return f"{name}{row + 1}"


def day(text: str) -> date | None:
    """`31.12.2022` or ISO; None where it is neither."""
    found = re.fullmatch(r"(\d{1,2})\.(\d{1,2})\.(\d{4})", text)
    try:
        if found:
            return date(int(found[3]), int(found[2]), int(found[1]))
        return date.fromisoformat(text)
    except ValueError:
        return None


def _workbook(raw: bytes) -> Sheet:
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as packed:
            if sum(one.file_size for one in packed.infolist()) > MAX_UNPACKED:
                raise SheetUnreadable(why="XLSX")
        sheet = CalamineWorkbook.from_filelike(io.BytesIO(raw)).get_sheet_by_index(0)
        rows = tuple(tuple(_text(cell) for cell in row) for row in sheet.to_python(skip_empty_area=False))
        merged = sheet.merged_cell_ranges or []
    except (CalamineError, zipfile.BadZipFile, OSError, ValueError, IndexError) as error:
        raise SheetUnreadable(why=shorten(clean_line(str(error)), 100)) from error
    return Sheet(rows, tuple(Merged(top, left, bottom, right) for (top, left), (bottom, right) in merged))


def _csv(raw: bytes) -> tuple[tuple[str, ...], ...]:
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = raw.decode("cp1252", "replace")
    if "\0" in text:
        raise SheetUnreadable(why="CSV")
    first = text.splitlines()[0] if text.strip() else ""
    delimiter = max(";,\t", key=first.count)
    try:
        read = csv.reader(io.StringIO(text), delimiter=delimiter)
        return tuple(tuple(clean_line(cell) for cell in row) for row in read)
    except csv.Error as error:
        raise SheetUnreadable(why=shorten(str(error), 100)) from error


def _field(heading: str, columns: Mapping[str, Sequence[str]]) -> str:
    plain = re.sub(r"\s+", " ", re.sub(r"[^\w ]", " ", heading.casefold())).strip()
    plain = re.sub(r" (kk|mån|eur|euroa|alv 0)$", "", plain)
    return next((field for field, names in columns.items() if plain in names), "")


def _text(cell: Raw) -> str:
    if isinstance(cell, datetime):
        return cell.date().isoformat()
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, bool):
        return "1" if cell else "0"
    if isinstance(cell, int | float):
        exact = Decimal(repr(cell))
        if exact == exact.to_integral_value():
            return str(int(exact))
        return f"{round(exact, 6).normalize():f}"
    return clean_line(str(cell))
