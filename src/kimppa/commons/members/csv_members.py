"""Municipalities and populations from a wide CSV: `code`, names, region, `pop_2019`, `pop_2020` … Pure.

The columns of data/municipalities.csv and data/national.csv. A population of a year is the one of
31 December. A row whose code is `total` or `yhteensä` states sums and is checked, not loaded.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from kimppa.foundation.core.errors import Invalid
from kimppa.foundation.core.text import clean_line, noop, shorten

POPULATION = re.compile(r"pop_(\d{4})")
TOTALS = frozenset({"total", "yhteensä", "yhteensa", "summa"})
NAMES = ("name_fi", "name_sv", "name_en", "name_se", "name_smn", "name_sms")
FACTS = (*NAMES, "region_code", "region_fi", "region_sv", "language_status", "sami_homeland")


class BadMembersFile(Invalid):
    code = "bad-members-file"
    sentence = noop("The file cannot be read as municipalities (%(why)s). Nothing was loaded.")


PROBLEMS: dict[str, str] = {
    "bad-code": noop("“%(value)s” is not a municipality code of three digits."),
    "unknown-code": noop(
        "No municipality has the code %(value)s. If it is new, load it once with --new-codes."
    ),
    "no-name": noop("The municipality %(value)s is new and has no name or region in the file."),
    "bad-population": noop("“%(value)s” in column %(field)s is not a number of residents."),
    "twice": noop("The municipality %(value)s stands in the file twice."),
    "wrong-total": noop("The total row says %(said)s in column %(field)s, but the rows add up to %(sum)s."),
    "wrong-columns": noop("The row does not have the same columns as the first one."),
}


@dataclass(frozen=True, slots=True)
class RowProblem:
    """What is wrong in a row (line 1 is the header) and which field; code of PROBLEMS."""

    line: int
    code: str
    params: Mapping[str, str | int]


@dataclass(frozen=True, slots=True)
class MemberRecord:
    """A municipality's row: its facts as given (missing columns left out) and populations by date."""

    line: int
    code: str
    facts: Mapping[str, str]
    populations: Mapping[date, int]


@dataclass(frozen=True, slots=True)
class MembersFile:
    """What was read. With any problem nothing of the file may be loaded."""

    records: tuple[MemberRecord, ...]
    problems: tuple[RowProblem, ...]


def parse(raw: bytes) -> MembersFile:
    """Read the file. Raises BadMembersFile when it is no such CSV at all."""
    header, rows = _rows(raw)
    records: list[MemberRecord] = []
    problems: list[RowProblem] = []
    stated: tuple[int, dict[str, str]] | None = None
    for line, row in enumerate(rows, start=2):
        if not any(cell.strip() for cell in row):
            continue
        if len(row) != len(header):
            problems.append(RowProblem(line, "wrong-columns", {}))
            continue
        cells = {name: clean_line(cell) for name, cell in zip(header, row, strict=True)}
        if cells["code"].lower() in TOTALS:
            stated = (line, cells)
            continue
        record, found = _record(line, cells)
        problems.extend(found)
        if any(record.code == other.code for other in records):
            problems.append(RowProblem(line, "twice", {"value": record.code}))
        records.append(record)
    if stated is not None and not problems:
        problems.extend(_wrong_totals(stated, records))
    if not records and not problems:
        raise BadMembersFile(why="no rows")
    return MembersFile(tuple(records), tuple(problems))


def _rows(raw: bytes) -> tuple[list[str], list[list[str]]]:
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadMembersFile(why=f"not UTF-8 at byte {error.start}") from error
    head = text.split("\n", 1)[0]
    delimiter = max(",;\t", key=head.count)
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    except csv.Error as error:
        raise BadMembersFile(why=str(error)) from error
    header = [name.strip().lower() for name in rows[0]] if rows else []
    if "code" not in header:
        raise BadMembersFile(why="no column “code”")
    if len(set(header)) != len(header):
        raise BadMembersFile(why="a column stands twice")
    if not any(POPULATION.fullmatch(name) or name in FACTS for name in header):
        raise BadMembersFile(why="no column of names or populations (pop_2020 …)")
    return header, rows[1:]


def _record(line: int, cells: dict[str, str]) -> tuple[MemberRecord, list[RowProblem]]:
    problems: list[RowProblem] = []
    code = cells["code"]
    if not (len(code) == 3 and code.isascii() and code.isdigit()):
        problems.append(RowProblem(line, "bad-code", {"value": shorten(code, 40)}))
    populations: dict[date, int] = {}
    for name, cell in cells.items():
        year = POPULATION.fullmatch(name)
        if year is None or not cell:
            continue
        residents = _residents(cell)
        if residents is None:
            problems.append(RowProblem(line, "bad-population", {"value": shorten(cell, 40), "field": name}))
        else:
            populations[date(int(year[1]), 12, 31)] = residents
    facts = {name: cells[name] for name in FACTS if name in cells}
    return MemberRecord(line, code, facts, populations), problems


def _residents(cell: str) -> int | None:
    bare = cell.replace(" ", "").replace("\u00a0", "").replace("\u2009", "").replace("\u202f", "")
    return int(bare) if bare.isascii() and bare.isdigit() and len(bare) <= 9 else None


def _wrong_totals(stated: tuple[int, dict[str, str]], records: list[MemberRecord]) -> list[RowProblem]:
    line, cells = stated
    found: list[RowProblem] = []
    for name, cell in cells.items():
        year = POPULATION.fullmatch(name)
        if year is None or not cell:
            continue
        day = date(int(year[1]), 12, 31)
        summed = sum(record.populations.get(day, 0) for record in records)
        if _residents(cell) != summed:
            params: dict[str, str | int] = {"field": name, "said": shorten(cell, 40), "sum": summed}
            found.append(RowProblem(line, "wrong-total", params))
    return found
