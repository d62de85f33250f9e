"""Titles from CSV: tolerant record by record, strict about the file. Pure."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass

from kimppa.elibrary.catalog.rules import (
    COLUMNS,
    KINDS,
    LANGUAGE_TAG,
    ColumnsMissing,
    NotACsv,
    Problem,
    TitleRecord,
)
from kimppa.foundation.core.text import clean_line, shorten

LONGEST = {"identifier": 200, "title": 500, "contributor": 300}


@dataclass(frozen=True, slots=True)
class Parsed:
    """One data row, counted from 1: the record (None when it was skipped) and what is to be said."""

    number: int
    record: TitleRecord | None
    problems: tuple[Problem, ...]


def parse(raw: bytes) -> Iterator[Parsed]:
    """The rows of a CSV file (comma, semicolon or tab). Raises NotACsv, ColumnsMissing before the first."""
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise NotACsv(why=f"byte {error.start}") from error
    if "\0" in text:
        raise NotACsv(why="NUL")
    head = text.split("\n", 1)[0]
    delimiter = max(",;\t", key=head.count)
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        header = [name.strip().lower() for name in next(rows, [])]
        missing = [name for name in ("identifier", "title") if name not in header]
        if missing:
            raise ColumnsMissing(columns=", ".join(missing))
    except csv.Error as error:
        raise NotACsv(why=str(error)) from error
    return _records(rows, header)


def _records(rows: Iterator[list[str]], header: list[str]) -> Iterator[Parsed]:
    number = 0
    while True:
        try:
            row = next(rows)
        except StopIteration:
            return
        except csv.Error:
            number += 1
            yield _skipped(number, "wrong-columns")
            continue
        if not any(cell.strip() for cell in row):
            continue
        number += 1
        if len(row) != len(header):
            yield _skipped(number, "wrong-columns")
            continue
        yield _record(number, {n: clean_line(v) for n, v in zip(header, row, strict=True) if n in COLUMNS})


def _record(number: int, cells: dict[str, str]) -> Parsed:
    identifier, title = cells["identifier"], cells["title"]
    if not identifier:
        return _skipped(number, "no-identifier")
    if not title:
        return _skipped(number, "no-title")
    people = tuple(p for p in (clean_line(x) for x in cells.get("contributors", "").split(";")) if p)
    for field, value in (("identifier", identifier), ("title", title), *(("contributor", p) for p in people)):
        if len(value) > LONGEST[field]:
            return _skipped(number, "too-long", field=field, limit=LONGEST[field])
    problems: list[Problem] = []
    year = _year(number, cells.get("year", ""), problems)
    language = _language(number, cells.get("language", ""), problems)
    kind = cells.get("kind", "").lower()
    if kind and kind not in KINDS:
        problems.append(Problem(number, "warning", "unknown-kind", (("value", shorten(kind, 40)),)))
        kind = ""
    people = tuple(dict.fromkeys(people))
    return Parsed(number, TitleRecord(identifier, title, people, year, language, kind), tuple(problems))


def _year(number: int, text: str, problems: list[Problem]) -> int | None:
    if not text:
        return None
    if text.isascii() and text.isdigit() and 1 <= int(text[:9]) <= 2100 and len(text) <= 4:
        return int(text)
    problems.append(Problem(number, "warning", "bad-year", (("value", shorten(text, 40)),)))
    return None


def _language(number: int, text: str, problems: list[Problem]) -> str:
    if not text:
        return ""
    if len(text) <= 35 and LANGUAGE_TAG.fullmatch(text):
        main, *rest = text.split("-")
        return "-".join([main.lower(), *rest])
    problems.append(Problem(number, "warning", "bad-language", (("value", shorten(text, 40)),)))
    return ""


def _skipped(number: int, code: str, **params: str | int) -> Parsed:
    return Parsed(number, None, (Problem(number, "error", code, tuple(params.items())),))
