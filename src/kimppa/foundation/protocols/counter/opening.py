"""What a file is (by its first bytes) and its text or cells, whatever the encoding and the container."""

from __future__ import annotations

import codecs
import csv
import io
import re
import zipfile
from collections.abc import Iterator
from datetime import date, datetime
from enum import StrEnum
from typing import BinaryIO, TextIO

from python_calamine import CalamineError, CalamineWorkbook

from kimppa.foundation.protocols.counter.findings import Findings
from kimppa.foundation.protocols.counter.table_rows import Line

HEAD = 1 << 16
LARGEST_XLSX = 50 * 1024 * 1024
LARGEST_UNPACKED = 200 * 1024 * 1024
DEFLATE_AT_BEST = 1032  # so many bytes can one packed byte become
TITLE = re.compile(r"<title[^>]*>(.*?)</title>", re.IGNORECASE | re.DOTALL)
BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


class Form(StrEnum):
    JSON = "json"
    TSV = "tsv"
    CSV = "csv"
    XLSX = "xlsx"
    NONE = ""


def opened(stream: BinaryIO, findings: Findings) -> tuple[Form, TextIO | None, str]:
    """The form of the file, its text (none for XLSX and what is nothing) and, in a table, the delimiter."""
    head = stream.read(HEAD)
    stream.seek(0)
    if not head.strip(b"\0 \t\r\n\xef\xbb\xbf\xff\xfe"):
        findings.add("empty-file")
        return Form.NONE, None, ""
    if head.startswith(b"PK\x03\x04"):
        return Form.XLSX, None, ""
    encoding = _encoding(stream, head)
    text = io.TextIOWrapper(stream, encoding=encoding, errors="replace", newline="")
    start = text.read(HEAD // 2)
    text.seek(0)
    form, delimiter = _form(start, findings)
    if form is Form.NONE:
        return form, None, ""
    if not encoding.startswith("utf-8"):
        findings.add("encoding", encoding=encoding)
    elif form in (Form.TSV, Form.CSV) and encoding == "utf-8":
        findings.add("no-bom")
    return form, text, delimiter


def _encoding(stream: BinaryIO, head: bytes) -> str:
    for mark, name in BOMS:
        if head.startswith(mark):
            return name
    if b"\0" in head[:200]:
        return "utf-16-le" if head[1:2] == b"\0" else "utf-16-be"
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        while piece := stream.read(1 << 20):
            decoder.decode(piece)
    except UnicodeDecodeError:
        return "cp1252"
    finally:
        stream.seek(0)
    return "utf-8"


def _form(start: str, findings: Findings) -> tuple[Form, str]:
    first = start.lstrip("\ufeff \t\r\n")
    if not first:
        findings.add("empty-file")
        return Form.NONE, ""
    if first.startswith("<"):
        found = TITLE.search(start)
        page = re.match(r"<(!doctype html|html|head|body|\?xml[^>]*>\s*<!doctype html)", first, re.IGNORECASE)
        findings.add("html" if page or found else "not-counter", title=found[1] if found else "")
        return Form.NONE, ""
    if first[0] in "{[" or re.match(r'"\s*[\[{]', first):
        return Form.JSON, ""
    lines = first.splitlines()
    heading = next((one for one in lines if re.search(r"metric[_ ]?type\b", one, re.IGNORECASE)), "")
    delimiter = max("\t;,", key=(heading or lines[0]).count)
    if delimiter != "\t":
        findings.add("delimiter", sign=delimiter)
    return (Form.TSV if delimiter == "\t" else Form.CSV), delimiter


def ends_with_line(stream: BinaryIO) -> bool:
    """Does the file end with the end of a line?"""
    size = stream.seek(0, io.SEEK_END)
    stream.seek(max(0, size - 4))
    end = stream.read()
    stream.seek(0)
    return b"\n" in end or b"\r" in end


def text_lines(text: TextIO, delimiter: str) -> Iterator[Line]:
    """The rows of a table with their line numbers. Raises csv.Error."""
    if delimiter != "\t":
        read = csv.reader(text, delimiter=delimiter)
        for cells in read:
            yield read.line_num, cells
        return
    # By hand: a lone quotation mark in a title must not swallow the rows that follow.
    for number, line in enumerate(text, start=1):
        cells = line.rstrip("\r\n").split("\t")
        if '"' in line:
            cells = [_unquoted(cell) for cell in cells]
        yield number, cells


def _unquoted(cell: str) -> str:
    if len(cell) > 1 and cell[0] == cell[-1] == '"':
        return cell[1:-1].replace('""', '"')
    return cell


def sheet_lines(stream: BinaryIO, findings: Findings) -> Iterator[Line]:
    """The rows of the first sheet that has any; none (and a problem) if it cannot be read."""
    size = stream.seek(0, io.SEEK_END)
    stream.seek(0)
    if size > LARGEST_XLSX:
        findings.add("too-large", size=-(-size // 2**20), limit=LARGEST_XLSX // 2**20)
        return
    try:
        with zipfile.ZipFile(stream) as archive:
            parts = archive.infolist()
            unpacked = sum(part.file_size for part in parts)
            packed = sum(part.compress_size for part in parts)
            # A part that is longer than it says fails its checksum where it should have ended.
            lies = packed * DEFLATE_AT_BEST > LARGEST_UNPACKED >= unpacked and archive.testzip()
        if unpacked > LARGEST_UNPACKED:
            findings.add("too-large", size=-(-unpacked // 2**20), limit=LARGEST_UNPACKED // 2**20)
            return
        if lies:
            findings.add("xlsx-unreadable", why=lies)
            return
        stream.seek(0)
        workbook = CalamineWorkbook.from_filelike(stream)
        for name in workbook.sheet_names:
            sheet = workbook.get_sheet_by_name(name)
            if sheet.height:
                for number, cells in enumerate(sheet.iter_rows(), start=(sheet.start or (0, 0))[0] + 1):
                    yield number, [_cell(cell) for cell in cells]
                return
    except (CalamineError, zipfile.BadZipFile, OSError, ValueError, KeyError) as error:
        findings.add("xlsx-unreadable", why=str(error) or type(error).__name__)


def _cell(cell: object) -> str:
    if isinstance(cell, str):
        return cell
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, datetime):
        return cell.date().isoformat()
    if isinstance(cell, date):
        return cell.isoformat()
    return "" if cell is None else str(cell)
