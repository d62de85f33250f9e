"""Checks of rows as they pass: duplicates, sums, orders of metrics, values. Keeps a number or two a row."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from kimppa.foundation.protocols.counter import terms
from kimppa.foundation.protocols.counter.findings import Findings
from kimppa.foundation.protocols.counter.shape import Attributes, Item, Row

PLATFORMS_KEPT = 50
FORMS = {
    "ISBN": re.compile(r"(?=(?:\D*\d){9})(?:[\d -]{10,17}|[\d -]{9,12}[Xx])"),
    "Print_ISSN": re.compile(r"\d{4}-\d{3}[\dXx]"),
    "Online_ISSN": re.compile(r"\d{4}-\d{3}[\dXx]"),
    "DOI": re.compile(r"10\.\d{4,9}(?:\.\d+)*/\S+"),
    "URI": re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:\S+"),
}
YEAR = re.compile(r"\d{4}")


class Checker:
    """What rows are seen to be. Give it each row once, then ask."""

    def __init__(self, findings: Findings) -> None:
        self._findings = findings
        self.totals: Counter[str] = Counter()
        self.platforms: set[str] = set()
        self.releases: Counter[str] = Counter()  # what values of Access_Type speak for
        self.rows = self.items = self.untitled = 0
        self.first_untitled = ""
        self._months_of: dict[int, int] = {}  # a row's identity → its months as bits
        self._bits: dict[str, int] = {}
        self._item: Item | None = None
        self._attributes: Attributes | None = None
        self._key = 0
        self._group: dict[str, Row] = {}
        self._said: set[tuple[str, str]] = set()

    def see(self, row: Row) -> None:
        self.rows += 1
        if row.item is not self._item or row.attributes is not self._attributes:
            self._next_group(row)
        made = sum(row.counts.values())
        if row.total is not None and row.total != made:
            self._findings.add("total-mismatch", row.where, said=row.total, sum=made)
        self._once(row)
        self.totals[row.metric] += made
        if row.metric not in terms.METRICS and ("metric", row.metric) not in self._said:
            self._said.add(("metric", row.metric))
            self._findings.add("metric-unknown", row.where, metric=row.metric)
        if row.metric in self._group:
            self._compare()
            self._group = {}
        self._group[row.metric] = row

    def finish(self) -> None:
        self._compare()
        self._group = {}

    @property
    def months(self) -> tuple[str, ...]:
        """Those in which something was counted, WHOLE_PERIOD among them."""
        return tuple(sorted(self._bits))

    def _once(self, row: Row) -> None:
        bits, known_bits = 0, self._bits
        for month in row.counts:
            if month not in known_bits:
                known_bits[month] = 1 << len(known_bits)
            bits |= known_bits[month]
        key = hash((self._key, row.metric))
        known = self._months_of.get(key, 0)
        if known & bits:
            title = row.item.title or row.item.platform
            self._findings.add("duplicate", row.where, title=title, metric=row.metric)
        self._months_of[key] = known | bits

    def _next_group(self, row: Row) -> None:
        self._compare()
        self._group = {}
        if row.item is not self._item:
            self._see_item(row.item, row.where)
        self._see_attributes(row.attributes, row.where)
        self._item, self._attributes = row.item, row.attributes
        self._key = hash((row.item, row.attributes))

    def _compare(self) -> None:
        """In one item with the same attributes, unique ≤ total and requests ≤ investigations."""
        group = self._group
        if len(group) < 2:
            return
        for less, more in terms.NEVER_MORE:
            if less not in group or more not in group:
                continue
            large = group[more].counts
            for month, count in group[less].counts.items():
                if count > large.get(month, 0):
                    row = group[less]
                    self._findings.add(
                        "order-of-metrics",
                        row.where,
                        title=row.item.title or row.item.platform,
                        month=month,
                        less=less,
                        small=count,
                        more=more,
                        large=large.get(month, 0),
                    )

    def _see_item(self, item: Item, where: str) -> None:
        self.items += 1
        if not item.title:
            self.untitled += 1
            self.first_untitled = self.first_untitled or where
        elif not item.identifiers and ("identifier", "") not in self._said:
            self._said.add(("identifier", ""))
            self._findings.add("no-identifier", where, title=item.title)
        if not item.platform:
            self._findings.add("no-platform", where)
        elif len(self.platforms) < PLATFORMS_KEPT:
            self.platforms.add(item.platform)
        for kind, value in item.identifiers:
            form = FORMS.get(kind)
            if form and not form.fullmatch(value):
                self._findings.add("identifier-form", where, kind=kind, value=value)

    def _see_attributes(self, attributes: Attributes, where: str) -> None:
        for name, value in self._strange(attributes):
            if (name, value) not in self._said:
                self._said.add((name, value))
                self._findings.add("value-unknown", where, field=name, value=value)
        if attributes.access_type in terms.ONLY_50:
            self.releases[terms.R50] += 1
        elif attributes.access_type in terms.ONLY_51:
            self.releases[terms.R51] += 1

    def _strange(self, attributes: Attributes) -> Iterator[tuple[str, str]]:
        if attributes.access_type and attributes.access_type not in terms.ACCESS_TYPES:
            yield "Access_Type", attributes.access_type
        if attributes.access_method and attributes.access_method not in terms.ACCESS_METHODS:
            yield "Access_Method", attributes.access_method
        if attributes.yop and not YEAR.fullmatch(attributes.yop):
            yield "YOP", attributes.yop
