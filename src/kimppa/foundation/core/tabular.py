"""Tables out of the house: CSV and spreadsheet bytes.

A cell that a spreadsheet program would take for a formula is written as text: with a leading
apostrophe in CSV, as a string cell in a workbook.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import TypeAlias

import xlsxwriter

from kimppa.foundation.core.money import Cents

Cell: TypeAlias = str | int | bool | Decimal | Cents | date | datetime | None
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")
MAX_CELL = 32_767


def csv_bytes(header: Sequence[str], rows: Iterable[Sequence[Cell]], *, delimiter: str = ",") -> bytes:
    """UTF-8 with a byte order mark (Finnish Excel needs it), lines ended by CRLF."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=delimiter, lineterminator="\r\n")
    writer.writerow([as_text(name) for name in header])
    for row in rows:
        writer.writerow([plain(cell) for cell in row])
    return b"\xef\xbb\xbf" + out.getvalue().encode("utf-8")


def plain(cell: Cell) -> str:
    """A cell as CSV text: decimal points, ISO days; only a number may begin with a minus."""
    match cell:
        case None:
            return ""
        case str():
            return as_text(cell)
        case bool():
            return "1" if cell else "0"
        case Cents():
            return cell.plain()
        case datetime() | date():
            return cell.isoformat()
        case _:
            return str(cell)


def as_text(value: str) -> str:
    """The same text, so written that no program runs it as a formula."""
    risky = value.startswith(FORMULA_STARTS) or value.lstrip(" \u00a0").startswith(FORMULA_STARTS)
    return "'" + value if risky else value


def xlsx_bytes(header: Sequence[str], rows: Iterable[Sequence[Cell]], *, sheet: str = "1") -> bytes:
    """A workbook of one sheet with a frozen, filterable header; money and days are real numbers."""
    out = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(out, options) as workbook:
        page = workbook.add_worksheet(sheet[:31])
        bold = workbook.add_format({"bold": True})
        kinds = {
            "money": workbook.add_format({"num_format": "#,##0.00"}),
            "day": workbook.add_format({"num_format": "d.m.yyyy"}),
        }
        for column, name in enumerate(header):
            page.write_string(0, column, name, bold)
        last = 0
        for last, row in enumerate(rows, start=1):
            for column, cell in enumerate(row):
                _write(page, last, column, cell, kinds)
        page.freeze_panes(1, 0)
        if header:
            page.autofilter(0, 0, last, len(header) - 1)
            page.autofit()
    return out.getvalue()


def _write(
    page: xlsxwriter.worksheet.Worksheet,
    row: int,
    column: int,
    cell: Cell,
    kinds: dict[str, xlsxwriter.format.Format],
) -> None:
    match cell:
        case None:
            page.write_blank(row, column, None)
        case bool():
            page.write_boolean(row, column, cell)
        case int():
            page.write_number(row, column, cell)
        case Decimal():
            page.write_number(row, column, float(cell))  # the file format knows no decimals
        case Cents():
            page.write_number(row, column, float(cell.euros), kinds["money"])
        case datetime():
            page.write_string(row, column, cell.isoformat())
        case date():
            page.write_datetime(row, column, datetime(cell.year, cell.month, cell.day), kinds["day"])  # noqa: DTZ001
        case _:
            page.write_string(row, column, cell[:MAX_CELL])
