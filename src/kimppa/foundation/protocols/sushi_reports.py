"""Reports of our own as a SUSHI 5.1 server gives them: JSON of PR, TR and IR with what we count only. Pure.

A metric that we do not count is absent, and the header's filter says which ones there are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TypeAlias

Json: TypeAlias = "Mapping[str, Json] | Sequence[Json] | str | int | bool | None"
Counts: TypeAlias = Mapping[str, Mapping[str, int]]  # metric → month → count

BOOK, OTHER, UNSPECIFIED = "Book", "Other", "Unspecified"
JOURNAL, NEWSPAPER = "Journal", "Newspaper_or_Newsletter"
SOUND, AUDIOVISUAL, MULTIMEDIA = "Sound", "Audiovisual", "Multimedia"
BY_TITLE = (BOOK, JOURNAL, NEWSPAPER, OTHER, UNSPECIFIED)
BY_ITEM = (SOUND, AUDIOVISUAL, MULTIMEDIA)
TOTAL, UNIQUE, TITLES = "Total_Item_Requests", "Unique_Item_Requests", "Unique_Title_Requests"
REGISTRY_PLACE = "https://registry.countermetrics.org/"


@dataclass(frozen=True, slots=True)
class Kind:
    """A report that is offered. `types`: only these data types; empty: all. `member`: also for one member."""

    id: str
    name: str
    description: str
    metrics: tuple[str, ...]
    types: tuple[str, ...] = ()
    member: bool = False
    view: bool = False


KINDS: Mapping[str, Kind] = {
    one.id: one
    for one in (
        Kind("PR", "Platform Report", "Loans by kind of content", (TOTAL, UNIQUE, TITLES), member=True),
        Kind(
            "PR_P1",
            "Platform Usage",
            "Loans by kind of content, standard view",
            (TOTAL, UNIQUE, TITLES),
            member=True,
            view=True,
        ),
        Kind("TR", "Title Report", "Loans by title", (TOTAL, UNIQUE, TITLES), BY_TITLE),
        Kind("TR_B1", "Book Requests (Controlled)", "Loans of books", (TOTAL, TITLES), (BOOK,), view=True),
        Kind("IR", "Item Report", "Loans of recordings", (TOTAL, UNIQUE), BY_ITEM),
        Kind("IR_M1", "Multimedia Item Requests", "Loans of recordings", (TOTAL, UNIQUE), BY_ITEM, view=True),
    )
}


@dataclass(frozen=True, slots=True)
class Loans:
    """Loans of something by month (`2025-01`); a title has `title`, its identifiers and its year."""

    data_type: str
    by_month: Mapping[str, int]
    title: str = ""
    identifiers: Mapping[str, str] = field(default_factory=dict)
    year: str = ""


@dataclass(frozen=True, slots=True)
class Said:
    """An exception of the standard."""

    code: int
    message: str
    data: str = ""

    def json(self) -> dict[str, Json]:
        told: dict[str, Json] = {"Code": self.code, "Message": self.message}
        return {**told, "Data": self.data} if self.data else told


@dataclass(frozen=True, slots=True)
class Heading:
    """Whose report of which months, made when."""

    customer: str
    institution: str
    first: date
    last: date
    created: datetime
    platform: str
    attributes: tuple[str, ...] = ()
    exceptions: tuple[Said, ...] = ()


def report(kind: Kind, heading: Heading, loans: Sequence[Loans]) -> dict[str, Json]:
    """The report of what has loans and is of the kind's types, in the order given."""
    wanted = [
        one for one in loans if (not kind.types or one.data_type in kind.types) and any(one.by_month.values())
    ]
    by_subject = (
        _platform(kind, heading, wanted) if kind.id.startswith("PR") else _titles(kind, heading, wanted)
    )
    return {"Report_Header": _header(kind, heading), "Report_Items": by_subject}


def _header(kind: Kind, heading: Heading) -> dict[str, Json]:
    filters: dict[str, Json] = {
        "Begin_Date": heading.first.isoformat(),
        "End_Date": heading.last.isoformat(),
        "Metric_Type": list(kind.metrics),
    }
    if kind.types:
        filters["Data_Type"] = list(kind.types)
    if kind.view:
        filters["Access_Method"] = ["Regular"]
    if kind.id == "TR_B1":
        filters["Access_Type"] = ["Controlled"]
    header: dict[str, Json] = {
        "Release": "5.1",
        "Report_ID": kind.id,
        "Report_Name": kind.name,
        "Created": heading.created.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "Created_By": heading.platform,
        "Institution_ID": {"Proprietary": [f"{heading.platform}:{heading.customer}"]},
        "Institution_Name": heading.institution,
        "Registry_Record": "",
        "Report_Filters": filters,
        "Report_Attributes": {} if kind.view else {"Attributes_To_Show": list(_shown(kind))},
    }
    if heading.exceptions:
        header["Exceptions"] = [one.json() for one in heading.exceptions]
    return header


def _shown(kind: Kind) -> tuple[str, ...]:
    return ("Access_Method",) if kind.id == "PR" else ("YOP", "Access_Type", "Access_Method")


def _platform(kind: Kind, heading: Heading, loans: Sequence[Loans]) -> list[Json]:
    rows = [_performance(kind, one, {}) for one in loans]
    return [{"Platform": heading.platform, "Attribute_Performance": rows}] if rows else []


def _titles(kind: Kind, heading: Heading, loans: Sequence[Loans]) -> list[Json]:
    subject = "Item" if kind.id.startswith("IR") else "Title"
    found: list[Json] = []
    for one in loans:
        more: dict[str, Json] = {"YOP": one.year or "0001"} if kind.id != "IR_M1" else {}
        if not kind.view:
            more["Access_Type"] = "Controlled"
        item: dict[str, Json] = {
            subject: one.title,
            "Publisher": "",
            "Platform": heading.platform,
            "Item_ID": dict(one.identifiers),
            "Attribute_Performance": [_performance(kind, one, more)],
        }
        found.append({"Items": [item]} if subject == "Item" else item)
    return found


def _performance(kind: Kind, loans: Loans, more: Mapping[str, Json]) -> dict[str, Json]:
    """A loan is one request of a whole item; of a book it is one of its title, too."""
    metrics = [one for one in kind.metrics if one != TITLES or loans.data_type == BOOK]
    counts = {month: count for month, count in sorted(loans.by_month.items()) if count}
    row: dict[str, Json] = {"Data_Type": loans.data_type, **more}
    if not kind.view:
        row["Access_Method"] = "Regular"
    return {**row, "Performance": dict.fromkeys(metrics, counts)}
