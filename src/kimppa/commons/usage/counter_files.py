"""A COUNTER report, however it came: read and checked once, landed if it can be used, else explained.

The caller has kept the raw file already; it stays whatever comes of it. A report that might be of another
vendor or customer is a question that a person answers (`confirmed`), never a guess.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import BinaryIO, TypeAlias

from django.db import transaction

from kimppa.commons.usage import counter_doubts
from kimppa.commons.usage.landing import MOST_MONTHS, Delivery, Landing, MonthOutside, RowIn, Told
from kimppa.commons.usage.models import Batch
from kimppa.commons.usage.rules import COUNTER_FAMILY, Source, UnitKind
from kimppa.commons.usage.sheet_models import ReportHeader
from kimppa.foundation.core import clock
from kimppa.foundation.core.errors import Refused
from kimppa.foundation.core.text import noop, shorten
from kimppa.foundation.files.models import StoredFile
from kimppa.foundation.protocols.counter import faults, headers, reading
from kimppa.foundation.protocols.counter.shape import WHOLE_PERIOD, Item, Level, Row

Span: TypeAlias = "tuple[date, date]"


class CameBefore(Refused):
    code = "usage-came-before"
    sentence = noop("The same file came on %(day)s already (delivery %(batch)s). Nothing was stored again.")

    def __init__(self, batch: int, day: date) -> None:
        self.batch = batch
        super().__init__(batch=batch, day=day.isoformat())


@dataclass(frozen=True, slots=True)
class Landed:
    """What came of a report: `batch` None means that nothing of it was stored.

    `usable` false: `problems` say why. `questions`: a person must say that it is the right report; then land
    it again with `confirmed`. `again`: the very same file stands already as `batch` (SUSHI only).
    """

    batch: int | None
    problems: tuple[Told, ...]
    usable: bool
    questions: tuple[Told, ...] = ()
    release: str = ""
    report: str = ""
    months: tuple[str, ...] = ()
    totals: Mapping[str, int] = field(default_factory=dict)
    incomplete: bool = False
    again: bool = False


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose delivery it is, and who brought it. `units`: customer id → unit, for a consortium's report."""

    platform: str
    unit_kind: UnitKind
    unit_code: str
    source: Source
    brought_by: str
    file: StoredFile
    customer: str = ""
    units: Mapping[str, tuple[UnitKind, str]] = field(default_factory=dict)


class _Stop(Exception):
    """Rolls back what was stored of a report that cannot be used; `said` comes on top of its problems."""

    def __init__(self, said: tuple[Told, ...] = ()) -> None:
        self.said = said
        super().__init__()


def land(
    content: bytes | Path,
    *,
    platform: str,
    unit_kind: UnitKind,
    unit_code: str,
    source: Source,
    brought_by: str,
    now: datetime,
    file: StoredFile,
    customer: str = "",
    units: Mapping[str, tuple[UnitKind, str]] | None = None,
    confirmed: bool = False,
) -> Landed:
    """Read, check and store a report; all of it or nothing. Raises CameBefore (not for SUSHI), OSError.

    customer: the id by which the vendor knows the unit; a report of another is not usable.
    """
    owner = Owner(platform, unit_kind, unit_code, source, brought_by, file, customer, units or {})
    before = _same_file(owner)
    if before is not None:
        if source is not Source.SUSHI:
            raise CameBefore(before.pk, clock.day_of(before.opened))
        return Landed(before.pk, (), True, report=before.report, release=before.release, again=True)
    span: Span | None = None
    for _ in range(2):
        found = _attempt(content, owner, now, confirmed, span)
        if isinstance(found, Landed):
            return found
        span = found  # only now known, by the rows
    raise MonthOutside(row=0, month="")  # the rows changed while they were read twice


def look(content: bytes | Path, *, customer: str = "") -> reading.Report:
    """The finished report, nothing stored: for a preview."""
    with ExitStack() as stack:
        report = reading.read(_stream(content, stack), customer=customer)
        return report.finish()


def said(report: reading.Report) -> tuple[Told, ...]:
    """A report's problems as deliveries keep them."""
    return tuple(
        Told(one.level.word, one.code, one.where, one.sentence, one.params, one.next)
        for one in report.problems
    )


def _attempt(
    content: bytes | Path, owner: Owner, now: datetime, confirmed: bool, span: Span | None
) -> Landed | Span:
    """The outcome, or the report's months where they turn out to be others than the header says."""
    with ExitStack() as stack:
        report = reading.read(_stream(content, stack), customer=owner.customer)
        first_time, span = span is None, span or _span(report, sure=True)
        try:
            if span is not None:
                with transaction.atomic():
                    return _store(report, owner, span, now, confirmed)
        except MonthOutside:
            pass
        except _Stop as stop:
            return _unusable(report, stop.said)
        found = _span(report.finish())
        if found is None or not report.usable or not first_time:
            return _unusable(report, _no_span() if report.usable else ())
        return found


def _store(
    report: reading.Report, owner: Owner, span: tuple[date, date], now: datetime, confirmed: bool
) -> Landed:
    delivery = Delivery(
        owner.source,
        owner.platform,
        owner.unit_kind,
        owner.unit_code,
        *span,
        report=report.id[:20],
        release=report.release[:5],
        file=owner.file.pk,
        brought_by=owner.brought_by,
    )
    landing = Landing(delivery, now=now)
    landing.add(_rows(report, owner, f"{span[0]:%Y-%m}" if span[0] == span[1] else ""))
    asked = (
        counter_doubts.questions(report, owner.platform, (owner.unit_kind, owner.unit_code), span)
        if report.usable and not confirmed
        else ()
    )
    if asked or not report.usable:
        raise _Stop(asked)
    unfinished = _unfinished(report, span)
    problems = (*said(report), *unfinished)
    batch = landing.finish(incomplete=_incomplete(report) or bool(unfinished), problems=problems)
    ReportHeader.objects.create(
        batch_id=batch,
        platforms=list(report.platforms),
        institution=shorten(report.header.institution, 200),
        customer_ids=list(report.header.customer_ids[:20]),
        created=shorten(report.header.created, 60),
    )
    return Landed(
        batch,
        problems,
        True,
        (),
        report.release,
        report.id,
        report.months,
        report.totals,
        _incomplete(report) or bool(unfinished),
    )


def _unusable(report: reading.Report, more: tuple[Told, ...]) -> Landed:
    """Nothing stored: `more` are questions where the report itself is fine, else problems."""
    asked = tuple(one for one in more if one.level == counter_doubts.QUESTION)
    return Landed(
        None,
        said(report) if asked else (*said(report), *more),
        bool(asked),
        asked,
        report.release,
        report.id,
        report.months,
        report.totals,
    )


def _rows(report: reading.Report, owner: Owner, only: str) -> Iterator[RowIn]:
    """`only`: the one month of the period, to which counts of the whole period belong then."""
    item, subject, identifiers = None, "", ""
    attributes, more = None, ""
    units = {key.casefold(): unit for key, unit in owner.units.items()}
    for number, row in enumerate(report.rows(), start=1):
        if row.item is not item:
            item, subject, identifiers = row.item, row.item.title, _identifiers(row.item)
        if row.attributes is not attributes or item.parent:
            attributes, more = row.attributes, _attributes(row)
        counts = row.counts
        if WHOLE_PERIOD in counts:
            if not only:
                raise _Stop(_no_span())
            counts = {(month or only): count for month, count in counts.items()}
        kind, code = units.get(attributes.customer_id.casefold(), ("", "")) if units else ("", "")
        yield RowIn(
            _number(row.where) or number,
            row.metric,
            counts,
            subject,
            identifiers,
            str(kind),
            code,
            attributes.data_type,
            attributes=more,
        )


def _number(where: str) -> int:
    """The row of a table, the element of a JSON (from 1)."""
    if where.startswith("row "):
        return int(where[4:])
    place = where.find("]")
    return int(where[13:place]) + 1 if where.startswith("Report_Items[") and place > 0 else 0


def _identifiers(item: Item) -> str:
    return "; ".join(f"{kind}:{value}" for kind, value in item.identifiers)


def _attributes(row: Row) -> str:
    """What else tells rows apart, in the report's own words."""
    told = row.attributes
    found = (told.section_type, told.yop, told.access_type, told.access_method)
    parent = row.item.parent.title if row.item.parent else ""
    extra = (told.institution, told.customer_id, parent, *(f"{name}: {value}" for name, value in told.more))
    return " · ".join(filter(None, (*found, *extra)))


def _span(report: reading.Report, *, sure: bool = False) -> Span | None:
    """First and last month: of the header's period and those told; None where nothing is.

    sure: before the rows have been read, only where the header or the columns say it.
    """
    header = report.header
    begin, end = _month(header.begin), _month(header.end)
    if sure and not report.months and (begin is None or end is None):
        return None
    good = sorted(day for day in (begin, end, *map(_month, report.months)) if day)
    if not good or (good[-1].year - good[0].year) * 12 >= MOST_MONTHS:
        return None
    return good[0], good[-1]


def _month(text: str) -> date | None:
    try:
        return date.fromisoformat(f"{text[:7]}-01") if len(text) >= 7 else None
    except ValueError:
        return None


NO_SPAN = noop("The report does not say its months so that its counts could be put into them.")


def span_of(report: reading.Report) -> tuple[str, str]:
    """The months of a finished report, first and last (`2025-01`); empty where it does not say them."""
    span = _span(report)
    return (f"{span[0]:%Y-%m}", f"{span[1]:%Y-%m}") if span else ("", "")


def _no_span() -> tuple[Told, ...]:
    return (Told(Level.CRITICAL.word, "no-span", "Reporting_Period", NO_SPAN),)


def _incomplete(report: reading.Report) -> bool:
    return any(one.code in faults.KEEPS_OPEN for one in report.header.exceptions)


UNFINISHED = noop("The report was made on %(day)s, before its last month had ended: the months stay open.")


def _unfinished(report: reading.Report, span: tuple[date, date]) -> tuple[Told, ...]:
    """A report made before its period was over cannot be the last word on it."""
    made = headers.DAY.match(report.header.created)
    if not made:
        return ()
    created, last = made[0], f"{span[1]:%Y-%m}"
    if created[:7] > last:
        return ()
    return (Told(Level.WARNING.word, "made-before-end", "Created", UNFINISHED, {"day": created}),)


def _same_file(owner: Owner) -> Batch | None:
    """The delivery in force that the very same bytes made, for the same service and unit."""
    return (
        Batch.objects.filter(
            source__in=COUNTER_FAMILY,
            platform=owner.platform,
            unit_kind=owner.unit_kind,
            unit_code=owner.unit_code,
            file__sha256=owner.file.sha256,
            dropped__isnull=True,
        )
        .order_by("pk")
        .first()
    )


def _stream(content: bytes | Path, stack: ExitStack) -> BinaryIO:
    if isinstance(content, bytes):
        return io.BytesIO(content)
    return stack.enter_context(content.open("rb"))
