"""The one shape of all reports: who used what, by which metric, in which month."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import IntEnum

from kimppa.foundation.core.errors import Param, fill

# The month of a count that the vendor gave for the whole period only.
WHOLE_PERIOD = ""


class Level(IntEnum):
    """How bad. From CRITICAL on the report may not be used: a figure in it is missing or not known."""

    NOTICE = 1
    WARNING = 2
    ERROR = 3
    CRITICAL = 4
    FATAL = 5

    @property
    def word(self) -> str:
        return self.name.lower()


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing found. `where` names row and column or field in the file's own words."""

    level: Level
    code: str
    where: str
    sentence: str
    params: Mapping[str, Param]
    next: str = ""  # what to do, a sentence without params

    @property
    def text(self) -> str:
        """In English; doors translate `sentence` and `next` and fill them themselves."""
        return " ".join(filter(None, (fill(self.sentence, dict(self.params)), self.next)))


@dataclass(frozen=True, slots=True)
class Parent:
    """What an item is part of: a journal, a book, a collection."""

    title: str = ""
    data_type: str = ""
    identifiers: tuple[tuple[str, str], ...] = ()
    authors: str = ""
    publication_date: str = ""
    article_version: str = ""


@dataclass(frozen=True, slots=True)
class Item:
    """A title, item, database or (in platform reports, with an empty title) a platform."""

    title: str
    platform: str
    publisher: str = ""
    publisher_id: str = ""
    identifiers: tuple[tuple[str, str], ...] = ()
    authors: str = ""
    publication_date: str = ""
    article_version: str = ""
    parent: Parent | None = None


@dataclass(frozen=True, slots=True)
class Attributes:
    """What splits an item's use. `more`: columns of the vendor's own, so that its rows stay apart."""

    data_type: str = ""
    section_type: str = ""
    yop: str = ""
    access_type: str = ""
    access_method: str = ""
    customer_id: str = ""
    institution: str = ""
    more: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Record:
    """One count that is not zero. `month` is `2025-01`, or WHOLE_PERIOD."""

    item: Item
    attributes: Attributes
    metric: str
    month: str
    count: int


@dataclass(frozen=True, slots=True)
class Row:
    """An item's counts of one metric by month, zeros left out. `total` as the file says it, where it does."""

    item: Item
    attributes: Attributes
    metric: str
    counts: Mapping[str, int]
    total: int | None
    where: str

    def records(self) -> Iterator[Record]:
        for month, count in self.counts.items():
            yield Record(self.item, self.attributes, self.metric, month, count)


@dataclass(frozen=True, slots=True)
class Said:
    """An exception that the vendor put into the report."""

    code: int
    message: str
    data: str


@dataclass(frozen=True, slots=True)
class Header:
    """What the report says of itself, as it says it; empty where it does not."""

    release: str = ""
    id: str = ""
    name: str = ""
    institution: str = ""
    customer_ids: tuple[str, ...] = ()
    begin: str = ""
    end: str = ""
    created: str = ""
    created_by: str = ""
    registry_record: str = ""
    exceptions: tuple[Said, ...] = ()
