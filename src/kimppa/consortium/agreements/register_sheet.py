"""A register of agreements as a sheet (XLSX or CSV) → lines of known columns. Knows no database.

Bears what such sheets are like: titles above the header, merged cells (their value holds for every row
that they cover), columns that nobody here knows (named in the report), and a row of totals (checked, not
loaded).
"""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Sequence
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
TOTAL = re.compile(r"^(yhteensä|yht\.?|summa|total|totalt|sammanlagt)\b", re.IGNORECASE)
# What a column may be called, in lower case.
COLUMNS: dict[str, tuple[str, ...]] = {
    "number": ("asianumero", "diaarinumero", "diaarinro", "diarienummer", "ärendenummer", "diary number"),
    "title": ("sopimus", "sopimuksen nimi", "nimi", "otsikko", "avtal", "title", "agreement"),
    "vendor": ("toimittaja", "sopimuskumppani", "sopijapuoli", "leverantör", "avtalspart", "vendor"),
    "kind": ("laji", "tyyppi", "sopimuslaji", "typ", "slag", "kind"),
    "valid_from": ("alkaa", "alkupäivä", "alkamispäivä", "voimassa alkaen", "börjar", "valid from"),
    "valid_to": ("päättyy", "loppupäivä", "päättymispäivä", "voimassa asti", "upphör", "valid to"),
    "yearly_value": ("vuosihinta", "arvo vuodessa", "hinta vuodessa", "årspris", "yearly value"),
    "notice_months": ("irtisanomisaika", "uppsägningstid", "notice months"),
}
NEEDED = ("number", "title")

Raw: TypeAlias = "int | float | str | bool | time | date | datetime | timedelta"


class RegisterUnreadable(Invalid):
    code = "register-unreadable"
    sentence = noop(
        "The file cannot be read as a register of agreements (%(why)s). It should be an XLSX or CSV file "
        "with at least the columns diary number and title. Nothing was loaded."
    )


@dataclass(frozen=True, slots=True)
class Line:
    """A row of the sheet (the first row is 1): known fields as text, days as ISO."""

    number: int
    cells: dict[str, str]


@dataclass(frozen=True, slots=True)
class Register:
    """What a sheet says. `totals`: rows of totals with what they say; `unknown`: headings not known here."""

    lines: tuple[Line, ...]
    totals: tuple[Line, ...]
    unknown: tuple[str, ...]
    header_row: int


def read(raw: bytes, name: str) -> Register:
    """The first sheet of a workbook, or a CSV. Raises RegisterUnreadable."""
    if len(raw) > MAX_BYTES:
        raise RegisterUnreadable(why=f"{len(raw) // 1024 // 1024} MB > {MAX_BYTES // 1024 // 1024} MB")
    rows = _workbook(raw) if raw.startswith(b"PK") else _csv(raw)
    if len(rows) > MAX_ROWS:
        raise RegisterUnreadable(why=f"{len(rows)} > {MAX_ROWS}")
    at, fields, unknown = _header(rows)
    lines: list[Line] = []
    totals: list[Line] = []
    for index, row in enumerate(rows[at + 1 :], start=at + 2):
        cells = {field: row[column] for field, column in fields.items() if column < len(row) and row[column]}
        if not cells:
            continue
        first = next(cell for cell in row if cell)
        (totals if TOTAL.match(first) else lines).append(Line(index, cells))
    return Register(tuple(lines), tuple(totals), unknown, at + 1)


def _workbook(raw: bytes) -> list[list[str]]:
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as packed:
            if sum(one.file_size for one in packed.infolist()) > MAX_UNPACKED:
                raise RegisterUnreadable(why="XLSX")
        sheet = CalamineWorkbook.from_filelike(io.BytesIO(raw)).get_sheet_by_index(0)
        rows = [[_text(cell) for cell in row] for row in sheet.to_python(skip_empty_area=False)]
        merged = sheet.merged_cell_ranges or []
    except (CalamineError, zipfile.BadZipFile, OSError, ValueError, IndexError) as error:
        raise RegisterUnreadable(why=shorten(clean_line(str(error)), 100)) from error
    for (top, left), (bottom, right) in merged:
        _spread(rows, top, left, bottom, right)
    return rows


def _spread(rows: list[list[str]], top: int, left: int, bottom: int, right: int) -> None:
    """What a merged cell says downwards holds for each row it covers; sideways it is one cell's text."""
    if right > left or top >= len(rows) or left >= len(rows[top]):
        return
    for row in rows[top + 1 : min(bottom + 1, len(rows))]:
        if left < len(row):
            row[left] = rows[top][left]


def _csv(raw: bytes) -> list[list[str]]:
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = raw.decode("cp1252", "replace")
    if "\0" in text:
        raise RegisterUnreadable(why="CSV")
    first = text.splitlines()[0] if text.strip() else ""
    delimiter = max(";,\t", key=first.count)
    try:
        return [
            [clean_line(cell) for cell in row] for row in csv.reader(io.StringIO(text), delimiter=delimiter)
        ]
    except csv.Error as error:
        raise RegisterUnreadable(why=shorten(str(error), 100)) from error


def _header(rows: Sequence[Sequence[str]]) -> tuple[int, dict[str, int], tuple[str, ...]]:
    """Where the header stands, the column of each known field, and the headings not known."""
    for at, row in enumerate(rows[:HEADER_WITHIN]):
        fields: dict[str, int] = {}
        unknown = []
        for column, cell in enumerate(row):
            field = _field(cell)
            if field and field not in fields:
                fields[field] = column
            elif cell:
                unknown.append(cell)
        if all(field in fields for field in NEEDED):
            return at, fields, tuple(unknown)
    raise RegisterUnreadable(why="?")


def _field(heading: str) -> str:
    plain = re.sub(r"\s+", " ", re.sub(r"[^\w ]", " ", heading.casefold())).strip()
    plain = re.sub(r" (kk|mån|eur|euroa|alv 0)$", "", plain)
    return next((field for field, names in COLUMNS.items() if plain in names), "")


def _text(cell: Raw) -> str:
    if isinstance(cell, datetime):
        return cell.date().isoformat()
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, bool):
        return "1" if cell else "0"
    if isinstance(cell, int | float):
        exact = Decimal(repr(cell))
        return str(int(exact)) if exact == exact.to_integral_value() else str(round(exact, 6).normalize())
    return clean_line(str(cell))
