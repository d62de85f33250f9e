"""Settled use: what counts as use, by service, municipality and month. The only figures that pages read."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db import connection
from django.db.models import Count, Q, QuerySet, Sum

from kimppa.commons.usage.models import Measure, Settled
from kimppa.commons.usage.rules import Interest, Source, Split, UnitKind


@dataclass(frozen=True, slots=True)
class UseRow:
    """Use of a service: `estimated` of `value` is an estimate; `open_months`: more is to come of so many.

    `unit_code` is a municipality's code (empty: not known), or empty where the row is all together;
    `month` is the first day of the month, or None where the row sums several.
    """

    platform: str
    unit_code: str
    month: date | None
    value: int
    estimated: int
    open_months: int
    months: int


@dataclass(frozen=True, slots=True)
class Made:
    """How one month's figure of one municipality came about; `whole` is None where it was measured."""

    month: date
    value: int
    estimated: int
    open: bool
    split: Split | None
    whole: int | None
    weight: int | None
    weights: int | None


@dataclass(frozen=True, slots=True)
class MeasureRow:
    """What counts as the use of a service in some months (`valid_to` None: from then on)."""

    id: int
    platform: str
    valid_from: date
    valid_to: date | None
    source: Source
    report: str
    metric: str
    unit_kind: UnitKind
    counted_as: Interest
    split: Split


def by_place(first: date, last: date, *, platforms: Iterable[str] | None = None) -> tuple[UseRow, ...]:
    """Service × municipality over the months from `first` to `last`."""
    by = ("platform", "unit_code")
    rows = _rows(first, last, platforms, UnitKind.MUNICIPALITY).values(*by).annotate(**_SUMS).order_by(*by)
    sql, params = rows.query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        # Six hundred groups of a year: the converters of each column would take longer than the sums.
        found = cursor.fetchall()
    return tuple(
        UseRow(slug, code, None, int(value), int(guessed), opened, spread)
        for slug, code, value, guessed, opened, spread in found
    )


def by_place_and_month(
    first: date, last: date, *, platforms: Iterable[str] | None = None
) -> tuple[UseRow, ...]:
    """Service × municipality × month."""
    rows = _rows(first, last, platforms, UnitKind.MUNICIPALITY)
    return _summed(rows, "platform", "unit_code", "month")


def by_month(first: date, last: date, *, platforms: Iterable[str] | None = None) -> tuple[UseRow, ...]:
    """Service × month, all together as the source told it (nothing split, so nothing estimated by us)."""
    return _summed(_rows(first, last, platforms, UnitKind.CONSORTIUM), "platform", "month")


def totals(first: date, last: date, *, platforms: Iterable[str] | None = None) -> tuple[UseRow, ...]:
    """Service, all together over the months."""
    return _summed(_rows(first, last, platforms, UnitKind.CONSORTIUM), "platform")


def how_made(platform: str, code: str | None, first: date, last: date) -> tuple[Made, ...]:
    """The months of one municipality's figure, each with how it was made. Code empty: not known; None: of
    all together."""
    kind = UnitKind.CONSORTIUM if code is None else UnitKind.MUNICIPALITY
    rows = _rows(first, last, (platform,), kind).filter(unit_code=code or "").order_by("month")
    found = rows.values_list("month", "value", "estimated", "open", "split", "whole", "weight", "weights")
    return tuple(
        Made(month, value, estimated, is_open, Split(split) if split else None, whole, weight, weights)
        for month, value, estimated, is_open, split, whole, weight, weights in found
    )


def measures(*, platform: str | None = None) -> tuple[MeasureRow, ...]:
    """Every choice of what counts as use, by service and day."""
    rows = Measure.objects.order_by("platform", "valid_from")
    if platform is not None:
        rows = rows.filter(platform=platform)
    return tuple(
        MeasureRow(
            m.pk,
            m.platform,
            m.valid_from,
            m.valid_to,
            Source(m.source),
            m.report,
            m.metric,
            UnitKind(m.unit_kind),
            Interest(m.counted_as),
            Split(m.split),
        )
        for m in rows
    )


def years() -> tuple[int, ...]:
    """The years of which any use is settled, the newest first."""
    bounds = Settled.objects.order_by("month").values_list("month", flat=True)
    first, last = bounds.first(), bounds.last()
    if first is None or last is None:
        return ()
    return tuple(range(last.year, first.year - 1, -1))


def _rows(first: date, last: date, platforms: Iterable[str] | None, unit_kind: UnitKind) -> QuerySet[Settled]:
    rows = Settled.objects.filter(month__gte=first, month__lte=last, unit_kind=unit_kind.value)
    return rows if platforms is None else rows.filter(platform__in=list(platforms))


_SUMS = {
    "all": Sum("value"),
    "guessed": Sum("estimated"),
    # One row a month in every group that is asked for (usage_one_settled), so nothing to tell apart.
    "opened": Count("pk", filter=Q(open=True)),
    "spread": Count("pk"),
}


def _summed(rows: QuerySet[Settled], *by: str) -> tuple[UseRow, ...]:
    sums = rows.values(*by).annotate(**_SUMS)
    return tuple(
        UseRow(
            r["platform"],
            r.get("unit_code", ""),
            r.get("month"),
            r["all"],
            r["guessed"],
            r["opened"],
            r["spread"],
        )
        for r in sums.order_by(*by)
    )
