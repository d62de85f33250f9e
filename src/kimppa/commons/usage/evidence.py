"""What stands behind a settled figure: the told figures, their deliveries, and what might count instead."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import date

from django.db.models import Count, Max, Min, QuerySet, Sum

from kimppa.commons.members import queries as members
from kimppa.commons.usage import settled
from kimppa.commons.usage.models import Figure
from kimppa.commons.usage.rules import COUNTER_FAMILY, NOT_KNOWN, Source, UnitKind
from kimppa.commons.usage.settled import Made, MeasureRow


@dataclass(frozen=True, slots=True)
class ToldRow:
    """A figure as it came: who told it (`source`, delivery `batch`), of whom and of what.

    `units`: how many units' figures of a delivery are summed in it; None where it is one as it came.
    """

    batch: int
    source: Source
    report: str
    month: date
    unit_kind: UnitKind
    unit_code: str
    metric: str
    kind: str
    language: str
    audience: str
    value: int
    file_name: str
    units: int | None = None


@dataclass(frozen=True, slots=True)
class MonthBehind:
    """One month of a municipality's figure: how it was made, by which choice, from which told figures."""

    made: Made
    measure: MeasureRow | None
    told: tuple[ToldRow, ...]


@dataclass(frozen=True, slots=True)
class KindRow:
    """A kind of figure that has come of a service, and the months of which it tells."""

    source: Source
    report: str
    metric: str
    unit_kind: UnitKind
    first: date
    last: date


def behind(platform: str, code: str | None, first: date, last: date) -> tuple[MonthBehind, ...]:
    """The months of one municipality's use (code empty: not known; None: all together), each with what it
    came from."""
    made = settled.how_made(platform, code, first, last)
    chosen = settled.measures(platform=platform)
    told: dict[date, list[ToldRow]] = defaultdict(list)
    for measure in chosen:
        told_of = _summed(measure, first, last) if code is None else _told(measure, code, first, last)
        for row in told_of:
            if holds(measure, row.month):
                told[row.month].append(row)
    return tuple(
        MonthBehind(month, next((m for m in chosen if holds(m, month.month)), None), tuple(told[month.month]))
        for month in made
    )


def holds(measure: MeasureRow, month: date) -> bool:
    """Is this the choice of that month?"""
    return measure.valid_from <= month and (measure.valid_to is None or measure.valid_to >= month)


def kinds(platform: str) -> tuple[KindRow, ...]:
    """What has been told of a service, one row for each source, report, metric and fineness."""
    rows = (
        Figure.objects.filter(platform=platform)
        .values_list("batch__source", "batch__report", "metric", "unit_kind")
        .annotate(Min("month"), Max("month"))
        .order_by("batch__source", "batch__report", "metric", "unit_kind")
    )
    return tuple(
        KindRow(Source(source), report, metric, UnitKind(unit), first, last)
        for source, report, metric, unit, first, last in rows
    )


def _figures(measure: MeasureRow, first: date, last: date) -> QuerySet[Figure]:
    sources = COUNTER_FAMILY if measure.source in COUNTER_FAMILY else (measure.source,)
    return Figure.objects.filter(
        platform=measure.platform,
        month__gte=first,
        month__lte=last,
        metric=measure.metric,
        unit_kind=measure.unit_kind,
        batch__source__in=sources,
        batch__report=measure.report,
    )


def _summed(measure: MeasureRow, first: date, last: date) -> list[ToldRow]:
    """What was told of all units together, a row for each month of a delivery."""
    of = ("batch_id", "batch__source", "batch__report", "month", "unit_kind")
    rows = _figures(measure, first, last).values_list(*of, "batch__file__name").order_by("month", "batch_id")
    found = rows.annotate(Sum("value"), Count("unit_code", distinct=True))
    return [
        replace(
            _row(batch, source, report, month, kind, "", measure.metric, "", "", "", value, name),
            units=None if kind == UnitKind.CONSORTIUM else units,
        )
        for batch, source, report, month, kind, name, value, units in found
    ]


def _told(measure: MeasureRow, code: str, first: date, last: date) -> list[ToldRow]:
    rows = (
        _figures(measure, first, last)
        .filter(unit_code__in=_units(measure, code, first, last))
        .order_by("month", "unit_code", "kind", "language", "audience")
    )
    found = rows.values_list(
        *("batch_id", "batch__source", "batch__report", "month", "unit_kind", "unit_code"),
        *("metric", "kind", "language", "audience", "value", "batch__file__name"),
    )
    return [_row(*row) for row in found]


def _row(
    batch: int,
    source: str,
    report: str,
    month: date,
    unit_kind: str,
    unit_code: str,
    metric: str,
    kind: str,
    language: str,
    audience: str,
    value: int,
    name: str | None,
) -> ToldRow:
    return ToldRow(
        batch,
        Source(source),
        report,
        month,
        UnitKind(unit_kind),
        unit_code,
        metric,
        kind,
        language,
        audience,
        value,
        name or "",
    )


def _units(measure: MeasureRow, code: str, first: date, last: date) -> set[str]:
    """The units whose figures this municipality may have a part of, on the first or the last day."""
    if measure.unit_kind is UnitKind.CONSORTIUM:
        return {NOT_KNOWN}
    if measure.unit_kind is UnitKind.MUNICIPALITY or code == NOT_KNOWN:
        return {code}
    found: set[str] = set()
    for day in (first, last):
        if measure.unit_kind is UnitKind.KIMPPA:
            found |= {row.slug for row in members.kimppas_on(day) if code in row.codes}
        else:
            found |= {slug for slug, codes in members.libraries_on(day).items() if code in codes}
    return found
