"""A vendor's own sheet as cells: XLSX, XLS and ODS by name of sheet, CSV in any usual encoding.

Rows come as a stream with the numbers that a spreadsheet shows. Numbers and days stay what they are, so that
nothing is guessed of `1.234` that the sheet itself knows. What unpacks to more than it says, or to more than
there is room for, is refused before it is read.
"""

from __future__ import annotations

import codecs
import csv
import io
import zipfile
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import TypeAlias

from python_calamine import CalamineError, CalamineWorkbook

from kimppa.foundation.core.errors import Invalid
from kimppa.foundation.core.text import clean_line, noop, shorten

Cell: TypeAlias = str | int | Decimal | date
Cells: TypeAlias = tuple[Cell, ...]

MEGABYTE = 1024 * 1024
LARGEST = 50 * MEGABYTE
LARGEST_UNPACKED = 200 * MEGABYTE
MOST_ROWS = 300_000
MOST_COLUMNS = 200
MOST_SHEETS = 60
DEFLATE_AT_BEST = 1032  # so many bytes can one packed byte become
OTHERS = {b"%PDF": "PDF", b"\x89PNG": "PNG", b"\xff\xd8\xff": "JPEG", b"{\\rtf": "RTF", b"\x1f\x8b": "gzip"}
OLD_WORKBOOK = b"\xd0\xcf\x11\xe0"


class SheetTooLarge(Invalid):
    code = "usage-sheet-too-large"
    sentence = noop(
        "The sheet is too large to be read (%(size)s MB, at most %(limit)s MB). The file was kept. "
        "Save only the sheet that is needed, or as CSV, and bring that."
    )


class SheetBroken(Invalid):
    code = "usage-sheet-broken"
    sentence = noop(
        "The file cannot be read as a table (%(why)s). It was kept, but nothing was stored of it."
    )


class SheetEmpty(Invalid):
    code = "usage-sheet-empty"
    sentence = noop("The file has no cells with anything in them. It was kept, but nothing was stored of it.")


class NoTable(Invalid):
    code = "usage-no-table"
    sentence = noop(
        "The file is no table but something else (%(what)s). Ask the vendor for an XLSX or CSV. It was kept, "
        "but nothing was stored of it."
    )


class NoSuchSheet(Invalid):
    code = "usage-no-such-sheet"
    sentence = noop("The file has no sheet named “%(name)s”.")


def is_workbook(path: Path) -> bool:
    with path.open("rb") as stream:
        return stream.read(4) in (b"PK\x03\x04", OLD_WORKBOOK)


def names(path: Path) -> tuple[str, ...]:
    """The sheets' names in their order; one empty name for a CSV. Raises SheetTooLarge, SheetBroken."""
    if not is_workbook(path):
        return ("",)
    return tuple(_workbook(path).sheet_names[:MOST_SHEETS])


def rows(path: Path, sheet: str = "") -> Iterator[tuple[int, Cells]]:
    """Number (from 1) and cells of each row that has any. Raises SheetTooLarge, SheetBroken, NoSuchSheet."""
    made = _sheet_rows(path, sheet) if is_workbook(path) else _csv_rows(path)
    for count, (number, cells) in enumerate(made):
        if count >= MOST_ROWS:
            raise SheetBroken(why=f"> {MOST_ROWS}")
        if any(cell != "" for cell in cells):
            yield number, cells


def _workbook(path: Path) -> CalamineWorkbook:
    size = path.stat().st_size
    if size > LARGEST:
        raise SheetTooLarge(size=-(-size // MEGABYTE), limit=LARGEST // MEGABYTE)
    try:
        if zipfile.is_zipfile(path):
            _weigh(path)
        return CalamineWorkbook.from_path(path)
    except (CalamineError, zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise SheetBroken(why=shorten(clean_line(str(error)), 100)) from error


def _weigh(path: Path) -> None:
    """Refuse what unpacks to too much, whatever its own list of contents claims."""
    with zipfile.ZipFile(path) as packed:
        parts = packed.infolist()
        unpacked = sum(part.file_size for part in parts)
        if unpacked > LARGEST_UNPACKED:
            raise SheetTooLarge(size=-(-unpacked // MEGABYTE), limit=LARGEST_UNPACKED // MEGABYTE)
        if sum(part.compress_size for part in parts) * DEFLATE_AT_BEST > LARGEST_UNPACKED:
            # A part that is longer than it says fails its checksum where it should have ended.
            broken = packed.testzip()
            if broken:
                raise SheetBroken(why=shorten(clean_line(broken), 100))


def _sheet_rows(path: Path, name: str) -> Iterator[tuple[int, Cells]]:
    workbook = _workbook(path)
    if name and name not in workbook.sheet_names:
        raise NoSuchSheet(name=shorten(clean_line(name), 60))
    try:
        sheet = workbook.get_sheet_by_name(name) if name else workbook.get_sheet_by_index(0)
        top, left = sheet.start or (0, 0)
        for number, cells in enumerate(sheet.iter_rows(), start=top + 1):
            # A sheet that begins in column C keeps its columns' own letters.
            yield number, (*[""] * left, *(_cell(cell) for cell in cells[:MOST_COLUMNS]))
    except (CalamineError, OSError, ValueError, IndexError) as error:
        raise SheetBroken(why=shorten(clean_line(str(error)), 100)) from error


def _cell(cell: object) -> Cell:
    if isinstance(cell, str):
        return clean_line(cell) if not cell.isprintable() or cell != cell.strip() else cell
    if isinstance(cell, bool):
        return "1" if cell else "0"
    if isinstance(cell, int):
        return cell
    if isinstance(cell, float):
        return int(cell) if cell.is_integer() else round(Decimal(repr(cell)), 6)
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date):
        return cell
    return "" if cell is None else clean_line(str(cell))


def _csv_rows(path: Path) -> Iterator[tuple[int, Cells]]:
    _refuse_others(path)
    with path.open("rb") as raw:
        size = path.stat().st_size
        if size > LARGEST_UNPACKED:
            raise SheetTooLarge(size=-(-size // MEGABYTE), limit=LARGEST_UNPACKED // MEGABYTE)
        text = io.TextIOWrapper(raw, encoding=_encoding(path), errors="replace", newline="")
        start = text.read(1 << 16)
        text.seek(0)
        if "\0" in start:
            raise SheetBroken(why="CSV")
        read = csv.reader(text, delimiter=_delimiter(start))
        try:
            for cells in read:
                yield read.line_num, tuple(clean_line(cell) for cell in cells[:MOST_COLUMNS])
        except csv.Error as error:
            raise SheetBroken(why=shorten(str(error), 100)) from error


def _refuse_others(path: Path) -> None:
    """A PDF, picture or other file that no reading makes a table of. Raises NoTable."""
    with path.open("rb") as stream:
        head = stream.read(400)
    for mark, what in OTHERS.items():
        if head.startswith(mark):
            raise NoTable(what=what)
    if b"\0" in head and not _wide(head):
        raise NoTable(what="?")


def _wide(head: bytes) -> bool:
    """Whether bytes are text of two bytes a sign, in the main of Latin letters: every second one is none."""
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return True
    halves = (head[0::2], head[1::2])
    return any(2 * half.count(0) > len(half) for half in halves) and not all(0 in half for half in halves)


def _delimiter(start: str) -> str:
    """The sign by which most lines fall into the same number of cells, more than one."""
    lines = [line for line in start.lstrip("\ufeff").splitlines()[:60] if line.strip()]

    def agreement(sign: str) -> tuple[int, int]:
        counts = [line.count(sign) for line in lines if sign in line]
        usual = max(set(counts), key=counts.count) if counts else 0
        return counts.count(usual), usual

    return max(";\t,", key=agreement)


def _encoding(path: Path) -> str:
    with path.open("rb") as stream:
        head = stream.read(400)
        if head.startswith(codecs.BOM_UTF8):
            return "utf-8-sig"
        if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            return "utf-16"
        if b"\0" in head:
            return "utf-16-le" if head[1:2] == b"\0" else "utf-16-be"
        stream.seek(0)
        decoder = codecs.getincrementaldecoder("utf-8")()
        try:
            while piece := stream.read(MEGABYTE):
                decoder.decode(piece)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return "cp1252"
    return "utf-8"
