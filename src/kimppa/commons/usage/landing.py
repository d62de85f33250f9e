"""A delivery lands: rows, roll-up and what it replaces, in one transaction, whatever its size.

Rows come as a stream and are written in chunks; only the roll-up (unit × metric × kind × language × audience
by month) is held. A delivery replaces what came before it for the same service, unit and report: an older
one whose months are all told anew is dropped (its record and its file stay), one that reaches further keeps
its other months. Files and SUSHI bring the same COUNTER reports, so they replace each other.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import islice
from operator import add
from typing import TypeAlias

from django.db import connection, transaction
from django.db.models import Q

from kimppa.commons.usage import settling
from kimppa.commons.usage.models import Batch, Figure, Row
from kimppa.commons.usage.rules import COUNTER_FAMILY, Source, UnitKind, months_of
from kimppa.foundation.core.errors import Invalid, Param
from kimppa.foundation.core.text import clean_line, noop, shorten

AT_A_TIME = 5_000
MOST_MONTHS = 120
MOST = 2**62
LONG = 300
ROW_FIELDS = (
    *("batch_id", "number", "subject", "identifiers", "unit_kind", "unit_code", "metric", "kind"),
    *("language", "audience", "attributes", "counts", "total"),
)
Cell: TypeAlias = "str | int"
Split: TypeAlias = tuple[str, str, str, str]  # metric, kind, language, audience
Key: TypeAlias = tuple[str, str, str, str, str, str]  # unit kind, unit code, then as Split


class TooManyMonths(Invalid):
    code = "usage-too-many-months"
    sentence = noop("The delivery is of %(months)s months; at most %(most)s can be brought at once.")


class MonthOutside(Invalid):
    """A row tells of a month that is not the delivery's. Nothing was stored."""

    code = "usage-month-outside"
    sentence = noop("Row %(row)s tells of month %(month)s, which is outside the delivery's months.")


class TooMuch(Invalid):
    code = "usage-too-much"
    sentence = noop("The counts of %(month)s make a sum that no service can have.")


@dataclass(frozen=True, slots=True)
class RowIn:
    """One row of a delivery: what was used by whom, and its counts by month (`2025-01`), none negative.

    A month that is not there is one of which the row says nothing. Empty `unit_kind`: the delivery's unit;
    with a kind but no code: as told, not known to us. `number` is where it stands in the file, from 1.
    """

    number: int
    metric: str
    counts: Mapping[str, int]
    subject: str = ""
    identifiers: str = ""
    unit_kind: str = ""
    unit_code: str = ""
    kind: str = ""
    language: str = ""
    audience: str = ""
    attributes: str = ""


@dataclass(frozen=True, slots=True)
class Told:
    """Something to be said of a delivery: `sentence` and `next` are English sources with params' places."""

    level: str
    code: str
    where: str
    sentence: str
    params: Mapping[str, Param] = field(default_factory=dict)
    next: str = ""


@dataclass(frozen=True, slots=True)
class Delivery:
    """What lands. `first` and `last` are first days of months; `file` is the id of its StoredFile."""

    source: Source
    platform: str
    unit_kind: UnitKind
    unit_code: str
    first: date
    last: date
    report: str = ""
    release: str = ""
    file: int | None = None
    brought_by: str = ""
    incomplete: bool = False
    problems: tuple[Told, ...] = ()


@transaction.atomic
def land(delivery: Delivery, rows: Iterable[RowIn], *, now: datetime) -> int:
    """Store a delivery and reckon anew the use of its months; returns the batch's id.

    Raises TooManyMonths, MonthOutside, and whatever `rows` raises: then nothing is stored.
    """
    opened = Landing(delivery, now=now)
    opened.add(rows)
    return opened.finish(incomplete=delivery.incomplete, problems=delivery.problems)


class Landing:
    """A delivery on its way in, within the caller's transaction: add rows, then finish once."""

    def __init__(self, delivery: Delivery, *, now: datetime) -> None:
        self._delivery, self._now = delivery, now
        self.months = months_of(delivery.first, delivery.last)
        if len(self.months) > MOST_MONTHS:
            raise TooManyMonths(months=len(self.months), most=MOST_MONTHS)
        self._spelled = [f"{month:%Y-%m}" for month in self.months]
        # By month: how much, and whether any row told of it.
        self._sums: dict[Key, tuple[list[int], list[bool]]] = {}
        self._all = [True] * len(self.months)
        self._splits: dict[Split, Split] = {}
        self._batch = Batch.objects.create(
            source=delivery.source,
            month=delivery.first,
            last_month=delivery.last,
            opened=now,
            closed=now,
            platform=delivery.platform,
            unit_kind=delivery.unit_kind,
            unit_code=delivery.unit_code,
            report=delivery.report,
            release=delivery.release,
            file_id=delivery.file,
            brought_by=shorten(delivery.brought_by, 80),
        )

    def add(self, rows: Iterable[RowIn]) -> None:
        """Write rows, a chunk at a time. Raises MonthOutside."""
        made = (self._packed(row) for row in rows)
        while chunk := list(islice(made, AT_A_TIME)):
            _insert(Row._meta.db_table, ROW_FIELDS, chunk)

    def finish(self, *, incomplete: bool, problems: Iterable[Told]) -> int:
        """Roll up, replace what came before, settle. Returns the batch's id."""
        batch = self._batch
        batch.incomplete = incomplete
        batch.problems = [as_json(one) for one in problems]
        batch.save(update_fields=["incomplete", "problems"])
        changed = _replace(batch, set(self.months), self._now)
        figures = self._figures()
        while chunk := list(islice(figures, AT_A_TIME)):
            _insert(Figure._meta.db_table, FIGURE_FIELDS, chunk)
        settling.settle(batch.platform, {*self.months, *changed}, now=self._now)
        return batch.pk

    def _packed(self, row: RowIn) -> tuple[Cell, ...]:
        kind = row.unit_kind or self._delivery.unit_kind.value
        code = row.unit_code if row.unit_kind else self._delivery.unit_code
        told = row.counts
        split = (row.metric, row.kind, row.language, row.audience)
        metric, content, language, audience = self._splits.get(split) or self._split(split)
        key = (kind, code, metric, content, language, audience)
        counts = list(map(told.get, self._spelled))
        missing = counts.count(None)
        if len(counts) - missing != len(told):
            stray = next(month for month in told if month not in self._spelled)
            raise MonthOutside(row=row.number, month=stray)
        whole = [count or 0 for count in counts]
        sums = self._sums.get(key)
        if sums is None:
            sums = self._sums[key] = ([0] * len(counts), [False] * len(counts))
        sums[0][:] = map(add, sums[0], whole)
        if not missing:
            sums[1][:] = self._all
        else:
            sums[1][:] = [seen or count is not None for seen, count in zip(sums[1], counts, strict=True)]
        text = ",".join(map(str, counts))
        return (
            *(self._batch.pk, row.number, _text(row.subject), _text(row.identifiers), kind, code[:60]),
            *(metric, content, language, audience, _text(row.attributes)),
            *(text.replace("None", "") if missing else text, sum(whole)),
        )

    def _split(self, told: Split) -> Split:
        metric, kind, language, audience = told
        kept = (_text(metric, 60), _text(kind, 30), _text(language, 12), _text(audience, 20))
        return self._splits.setdefault(told, kept)

    def _figures(self) -> Iterator[tuple[Cell, ...]]:
        batch, platform = self._batch.pk, self._delivery.platform
        for (unit_kind, code, metric, kind, language, audience), (sums, seen) in self._sums.items():
            for month, value, known in zip(self.months, sums, seen, strict=True):
                if known:
                    if value > MOST:
                        raise TooMuch(month=f"{month:%Y-%m}")
                    yield (
                        *(
                            batch,
                            platform,
                            unit_kind,
                            code,
                            month.isoformat(),
                            metric,
                            kind,
                            language,
                            audience,
                        ),
                        *(value, "measured"),
                    )


FIGURE_FIELDS = (
    *("batch_id", "platform", "unit_kind", "unit_code", "month", "metric", "kind", "language", "audience"),
    *("value", "quality"),
)


def of_batch(batch: Batch) -> tuple[date, ...]:
    """The months that a batch tells of."""
    return months_of(batch.month, batch.last_month or batch.month)


def as_json(told: Told) -> dict[str, object]:
    """As a batch keeps it; doors translate sentence and next and fill in the params."""
    return {
        "level": told.level,
        "code": told.code,
        "where": shorten(clean_line(told.where), 120),
        "sentence": told.sentence,
        "params": dict(told.params),
        "next": told.next,
    }


def told_of(data: Mapping[str, object]) -> Told:
    """What `as_json` kept; `text` of an older form is its sentence."""
    params = data.get("params")
    said = params.items() if isinstance(params, dict) else ()
    return Told(
        str(data.get("level", "")),
        str(data.get("code", "")),
        str(data.get("where", "")),
        str(data.get("sentence", data.get("text", ""))),
        {str(key): value if isinstance(value, int) else str(value) for key, value in said},
        str(data.get("next", "")),
    )


def empty(batch: Batch, *, why: str, now: datetime) -> None:
    """Drop a delivery: its rows and figures go, its record, problems and file stay for ever."""
    _raw_delete(batch.pk)
    batch.dropped, batch.dropped_why = now, shorten(clean_line(why), 200)
    batch.save(update_fields=["dropped", "dropped_why"])


def same_kind(batch: Batch) -> Q:
    """Deliveries in force that tell of the same use: one of them can hold for a month."""
    source = Source(batch.source)
    family = COUNTER_FAMILY if source in COUNTER_FAMILY else (source,)
    return Q(
        source__in=family,
        platform=batch.platform,
        unit_kind=batch.unit_kind,
        unit_code=batch.unit_code,
        report=batch.report,
        dropped__isnull=True,
        closed__isnull=False,
    )


def overlapping(first: date, last: date) -> Q:
    """Batches with a month from `first` to `last`."""
    begins = Q(month__lte=last)
    return begins & (Q(last_month__gte=first) | Q(last_month__isnull=True, month__gte=first))


def _replace(batch: Batch, months: set[date], now: datetime) -> set[date]:
    """Older deliveries of these months give way; returns the months that changed by that."""
    changed: set[date] = set()
    older = Batch.objects.select_for_update().filter(same_kind(batch), overlapping(min(months), max(months)))
    for old in older.exclude(pk=batch.pk).order_by("pk"):
        theirs = of_batch(old)
        changed.update(theirs)
        left = [month for month in theirs if month not in months]
        if left:
            _keep(old, _runs(left))
        else:
            empty(old, why=f"replaced by {batch.pk}", now=now)
    return changed


def _runs(months: Sequence[date]) -> list[tuple[date, date]]:
    """Months in order → the stretches without a gap."""
    runs: list[tuple[date, date]] = []
    for month in months:
        if runs and len(months_of(runs[-1][1], month)) == 2:
            runs[-1] = (runs[-1][0], month)
        else:
            runs.append((month, month))
    return runs


def _keep(old: Batch, runs: list[tuple[date, date]]) -> None:
    """Leave a delivery only these stretches of its months; a second stretch becomes a record of its own."""
    base = old.month
    for first, last in runs[1:]:
        _part(old, base, first, last)
    first, last = runs[0]
    Figure.objects.filter(batch=old).exclude(month__gte=first, month__lte=last)._raw_delete("default")
    _cut_rows(old.pk, old.pk, base, first, last)
    old.month, old.last_month = first, last
    old.save(update_fields=["month", "last_month"])


def _part(old: Batch, base: date, first: date, last: date) -> None:
    part = Batch.objects.get(pk=old.pk)
    part.pk, part.month, part.last_month = None, first, last
    part.save(force_insert=True)
    Figure.objects.filter(batch_id=old.pk, month__gte=first, month__lte=last).update(batch=part)
    _cut_rows(old.pk, part.pk, base, first, last)


def _cut_rows(of: int, to: int, base: date, first: date, last: date) -> None:
    """Rows of a batch with only the counts of some months: in place, or as copies for another batch."""
    begin, end = len(months_of(base, first)) - 1, len(months_of(base, last))
    after = 0
    while rows := list(Row.objects.filter(batch_id=of, pk__gt=after).order_by("pk")[:AT_A_TIME]):
        after = rows[-1].pk
        for row in rows:
            parts = row.counts.split(",")[begin:end]
            row.counts, row.total = ",".join(parts), sum(int(part) for part in parts if part)
            row.batch_id = to
        if to == of:
            Row.objects.bulk_update(rows, ["counts", "total"], batch_size=500)
        else:
            copies = [tuple(getattr(row, name) for name in ROW_FIELDS) for row in rows]
            _insert(Row._meta.db_table, ROW_FIELDS, copies)


def _raw_delete(batch: int) -> None:
    """No row of another table points to these."""
    for model in (Row, Figure):
        found = model.objects.filter(batch_id=batch)
        found._raw_delete(found.db)


def _insert(table: str, fields: Sequence[str], rows: Sequence[Sequence[Cell]]) -> None:
    """Rows by the database's own quick way: no model is made for each, which would take the time of all."""
    columns = ", ".join(fields)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)
            return
        places = ", ".join(["%s"] * len(fields))
        # Table and columns are names of this file's own, never anybody's words.
        cursor.executemany(f"INSERT INTO {table} ({columns}) VALUES ({places})", rows)  # noqa: S608


def _text(value: str, limit: int = LONG) -> str:
    """What a database can keep: no zero byte, no half of a letter, not too long."""
    if len(value) <= limit and value.isascii() and "\0" not in value:
        return value
    return shorten(value.encode("utf-8", "replace").decode().replace("\0", ""), limit)
