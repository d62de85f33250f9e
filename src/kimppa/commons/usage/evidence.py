"""What stands behind a settled figure: the told figures, their deliveries, and what might count instead."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date

from django.db.models import Max, Min, Q

from kimppa.commons.members import queries as members
from kimppa.commons.usage import settled
from kimppa.commons.usage.models import Figure
from kimppa.commons.usage.rules import COUNTER_FAMILY, NOT_KNOWN, Source, UnitKind
from kimppa.commons.usage.settled import Made, MeasureRow


@dataclass(frozen=True, slots=True)
class ToldRow:
    """A figure as it came: who told it (`source`, delivery `batch`), of whom and of what."""

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


def behind(platform: str, code: str, first: date, last: date) -> tuple[MonthBehind, ...]:
    """The months of one municipality's use (code empty: not known), each with what it came from."""
    made = settled.how_made(platform, code, first, last)
    chosen = settled.measures(platform=platform)
    told: dict[date, list[ToldRow]] = defaultdict(list)
    for measure in chosen:
        for row in _told(measure, code, first, last):
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


def _told(measure: MeasureRow, code: str, first: date, last: date) -> list[ToldRow]:
    sources = COUNTER_FAMILY if measure.source in COUNTER_FAMILY else (measure.source,)
    rows = Figure.objects.filter(
        Q(unit_code__in=_units(measure, code, first, last)),
        platform=measure.platform,
        month__gte=first,
        month__lte=last,
        metric=measure.metric,
        unit_kind=measure.unit_kind,
        batch__source__in=sources,
        batch__report=measure.report,
    ).order_by("month", "unit_code", "kind", "language", "audience")
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
