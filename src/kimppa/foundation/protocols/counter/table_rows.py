"""Tables (TSV, CSV, sheets) → header and rows. Headings are found by content, never by line number."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import TypeAlias

from kimppa.foundation.protocols.counter import faults, months, terms
from kimppa.foundation.protocols.counter.counts import counted, written
from kimppa.foundation.protocols.counter.findings import Findings
from kimppa.foundation.protocols.counter.shape import WHOLE_PERIOD, Attributes, Header, Item, Parent, Row

Line: TypeAlias = "tuple[int, list[str]]"

HEADINGS_WITHIN = 60
SUBJECTS = ("Title", "Item", "Database")
TOTALS = re.compile(
    r"(grand )?totals?( for all .{1,40})?:?|yhteensä:?|summa:?|totalt:?|sammanlagt:?", re.IGNORECASE
)
PERIOD = re.compile(r"(\d{4}-\d{2}(?:-\d{2})?)\D+?(\d{4}-\d{2}(?:-\d{2})?)")
KNOWN = {re.sub(r"[^a-z0-9]", "", heading.casefold()): heading for heading in terms.HEADINGS}


@dataclass(frozen=True, slots=True)
class Columns:
    """Where each heading stands. `identity`: all columns that tell rows apart but the metric."""

    places: Mapping[str, int]
    months: tuple[tuple[str, int], ...]
    identity: tuple[int, ...]
    unknown: tuple[tuple[str, int], ...]
    metric: int
    total: int | None
    width: int


@dataclass(frozen=True, slots=True)
class Table:
    header: Header
    columns: Columns


def open_table(lines: Iterator[Line], findings: Findings) -> Table | None:
    """Header and columns, leaving `lines` at the first row; None if there is no heading row."""
    told: dict[str, str] = {}
    for count, (number, cells) in enumerate(lines):
        named = [_heading(cell) for cell in cells]
        if terms.METRIC in named and any(name in named for name in (*SUBJECTS, "Platform")):
            header = _header(told)
            return Table(header, _columns(cells, named, number, header, findings))
        if cells and cells[0].strip():
            # Where semicolons separate columns, they split the values of the header too.
            value = "; ".join(cell.strip() for cell in cells[1:] if cell.strip())
            told.setdefault(_plain(cells[0]), value)
        if count >= HEADINGS_WITHIN:
            break
    return None


def _plain(text: str) -> str:
    return re.sub(r"[^a-z0-9]", "", text.casefold())


def _heading(cell: str) -> str:
    return KNOWN.get(_plain(cell), "")


def _header(told: Mapping[str, str]) -> Header:
    period = told.get("reportingperiod", "")
    found = PERIOD.search(period) or PERIOD.search(told.get("reportfilters", ""))
    begin, end = (found[1], found[2]) if found else (period, "")
    ids = [part.strip() for part in re.split(r"[;|]", told.get("institutionid", "")) if part.strip()]
    own = told.get("customerid", "")
    return Header(
        release=told.get("release", "").lstrip("Rr"),
        id=told.get("reportid", ""),
        name=told.get("reportname", ""),
        institution=told.get("institutionname", ""),
        customer_ids=tuple(filter(None, (own, *ids))),
        begin=begin if len(begin) != 7 else f"{begin}-01",
        end=end if len(end) != 7 or not months.month(end) else f"{end}-{months.last_day(end):02}",
        created=told.get("created", ""),
        created_by=told.get("createdby", ""),
        registry_record=told.get("registryrecord", ""),
        exceptions=faults.from_table(told.get("exceptions", "")),
    )


def _columns(
    cells: Sequence[str], named: Sequence[str], number: int, header: Header, findings: Findings
) -> Columns:
    places: dict[str, int] = {}
    by_month: dict[str, int] = {}
    unknown: list[tuple[str, int]] = []
    period = (header.begin[:7], header.end[:7])
    for place, (cell, name) in enumerate(zip(cells, named, strict=True)):
        where = f"row {number}, column {place + 1}"
        month = "" if name or not cell.strip() else months.month(cell, *period)
        if (name and name in places) or (month and month in by_month):
            findings.add("heading-repeated", where, heading=cell)
        elif name:
            places[name] = place
        elif month:
            by_month[month] = place
        elif cell.strip():
            unknown.append((cell.strip(), place))
            code = "month-unknown" if _looks_like_month(cell) else "heading-unknown"
            findings.add(code, where, heading=cell, month=cell)
    order = [terms.HEADINGS.index(name) for name in named if name]
    if order != sorted(order):
        findings.add("heading-order", f"row {number}")
    if not by_month:
        findings.add("no-months", f"row {number}")
    total = places.get(terms.TOTAL)
    found = tuple(by_month.items()) or (((WHOLE_PERIOD, total),) if total is not None else ())
    identity = [place for name, place in places.items() if name not in (terms.METRIC, terms.TOTAL)]
    identity += [place for _, place in unknown]
    width = max([*places.values(), *(place for _, place in found)]) + 1
    metric = places[terms.METRIC]
    return Columns(places, found, tuple(sorted(identity)), tuple(unknown), metric, total, width)


def _looks_like_month(cell: str) -> bool:
    return bool(re.fullmatch(r"[A-Za-zÀ-ÿ]{3,9}\.?[-/ ]\d{2,4}|\d{1,4}[-/.]\d{1,4}", cell.strip()))


def rows(table: Table, lines: Iterator[Line], findings: Findings) -> Iterator[Row]:
    """The rows under the headings. A short row at the very end means that the file was cut off."""
    columns = table.columns
    pick = _picker(columns.identity)
    before: tuple[str, ...] = ()
    item, attributes = Item("", ""), Attributes()
    short = 0
    for number, cells in lines:
        if not any(cells):
            continue
        if short:
            findings.add("row-short", f"row {short}")
            short = 0
        if len(cells) < columns.width:
            short = number
            continue
        identity = pick(cells)
        if identity != before:
            if _is_total(cells, columns):
                findings.add("total-row", f"row {number}")
                continue
            before = identity
            item, attributes = _item(cells, columns, number, findings), _attributes(cells, columns)
        yield _row(cells, columns, item, attributes, number, findings)
    if short:
        findings.add("truncated", f"row {short}")


def _picker(places: Sequence[int]) -> Callable[[list[str]], tuple[str, ...]]:
    if len(places) > 1:
        return itemgetter(*places)
    return lambda cells: tuple(cells[place] for place in places)


def _row(
    cells: list[str], columns: Columns, item: Item, attributes: Attributes, number: int, findings: Findings
) -> Row:
    metric = cells[columns.metric].strip()
    where = f"row {number}"
    if not metric:
        findings.add("no-metric", where)
    counts: dict[str, int] = {}
    for month, place in columns.months:
        cell = cells[place]
        if cell == "0":
            continue
        count = (
            int(cell)
            if cell.isascii() and cell.isdigit() and len(cell) < 16
            else _odd(cell, month, where, findings)
        )
        if count:
            counts[month] = count
    total = None
    if columns.total is not None and columns.months[0][0] != WHOLE_PERIOD:
        said = cells[columns.total]
        total = written(said)
        if total is None and said.strip():
            counted(said, f"{where}, {terms.TOTAL}", findings)
    return Row(item, attributes, metric, counts, total, where)


def _odd(cell: str, month: str, where: str, findings: Findings) -> int | None:
    at = f"{where}, {months.spelled(month) if month else terms.TOTAL}"
    plain = cell.strip()
    if not plain:
        findings.add("count-empty", at)
        return None
    if plain.isascii() and plain.isdigit() and len(plain) < 16:
        findings.add("whitespace", at, value=cell)
        return int(plain)
    return counted(plain, at, findings)


def _is_total(cells: list[str], columns: Columns) -> bool:
    places = columns.places
    first = next((cell.strip() for cell in cells if cell.strip()), "")
    signs = ("DOI", "Proprietary_ID", "ISBN", "Print_ISSN", "Online_ISSN", "URI", "YOP", "Publisher")
    return bool(TOTALS.fullmatch(first)) and not any(
        cells[places[name]].strip() for name in signs if name in places
    )


def _item(cells: list[str], columns: Columns, number: int, findings: Findings) -> Item:
    for place in columns.identity:
        if cells[place] != cells[place].strip():
            findings.add("whitespace", f"row {number}, column {place + 1}", value=cells[place])

    def told(name: str) -> str:
        place = columns.places.get(name)
        return "" if place is None else cells[place].strip()

    parent = Parent(
        title=told("Parent_Title"),
        data_type=told("Parent_Data_Type"),
        identifiers=_identifiers(told, "Parent_"),
        authors=told("Parent_Authors"),
        publication_date=told("Parent_Publication_Date"),
        article_version=told("Parent_Article_Version"),
    )
    return Item(
        title=next((told(name) for name in SUBJECTS if name in columns.places), ""),
        platform=told("Platform"),
        publisher=told("Publisher"),
        publisher_id=told("Publisher_ID"),
        identifiers=_identifiers(told, ""),
        authors=told("Authors"),
        publication_date=told("Publication_Date"),
        article_version=told("Article_Version"),
        parent=None if parent == Parent() else parent,
    )


def _identifiers(told: Callable[[str], str], before: str) -> tuple[tuple[str, str], ...]:
    kinds = ("DOI", "ISBN", "Online_ISSN", "Print_ISSN", "Proprietary", "URI")
    read = ((kind, told(f"{before}{kind}{'_ID' if kind == 'Proprietary' else ''}")) for kind in kinds)
    return tuple((kind, value) for kind, value in read if value)


def _attributes(cells: list[str], columns: Columns) -> Attributes:
    def told(name: str) -> str:
        place = columns.places.get(name)
        return "" if place is None else cells[place].strip()

    return Attributes(
        data_type=told("Data_Type"),
        section_type=told("Section_Type"),
        yop=told("YOP"),
        access_type=told("Access_Type"),
        access_method=told("Access_Method"),
        customer_id=told("Customer_ID"),
        institution=told("Institution_Name"),
        more=tuple((name, cells[place].strip()) for name, place in columns.unknown if cells[place].strip()),
    )
