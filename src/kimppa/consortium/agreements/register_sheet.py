"""A register of agreements as a sheet (XLSX or CSV) → lines of known columns. Knows no database.

Bears what such sheets are like: titles above the header, merged cells (their value holds for every row
that they cover), columns that nobody here knows (named in the report), and a row of totals (checked, not
loaded).
"""

from __future__ import annotations

from dataclasses import dataclass

from kimppa.foundation.core import sheets
from kimppa.foundation.core.errors import Invalid
from kimppa.foundation.core.sheets import HeaderMissing, SheetUnreadable
from kimppa.foundation.core.text import noop

MAX_BYTES = sheets.MAX_BYTES
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
    try:
        sheet = _spread(sheets.load(raw))
        found = sheets.header(sheet, COLUMNS, NEEDED)
    except SheetUnreadable as error:
        raise RegisterUnreadable(why=str(error.params["why"])) from error
    except HeaderMissing as error:
        raise RegisterUnreadable(why="?") from error
    read_lines = sheets.lines(sheet, found)
    return Register(
        lines=tuple(Line(one.number, dict(one.cells)) for one in read_lines if not one.total),
        totals=tuple(Line(one.number, dict(one.cells)) for one in read_lines if one.total),
        unknown=found.unknown,
        header_row=found.at + 1,
    )


def _spread(sheet: sheets.Sheet) -> sheets.Sheet:
    """What a merged cell says downwards holds for each row it covers; sideways it is one cell's text."""
    rows = [list(row) for row in sheet.rows]
    for merged in sheet.merged:
        if merged.right > merged.left or merged.top >= len(rows) or merged.left >= len(rows[merged.top]):
            continue
        for row in rows[merged.top + 1 : merged.bottom + 1]:
            if merged.left < len(row):
                row[merged.left] = rows[merged.top][merged.left]
    return sheets.Sheet(tuple(tuple(row) for row in rows), sheet.merged)
