"""Reading figures of use."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

from django.db.models import Model, Q, QuerySet, Sum
from django.db.models.functions import Coalesce

from kimppa.commons.usage.models import Figure, Measure, Settled
from kimppa.commons.usage.rules import SETTLED, UnitKind
from kimppa.commons.usage.services import HUB, OWN_LENDING, AccessMetric

M = TypeVar("M", bound=Model)


@dataclass(frozen=True, slots=True)
class MonthRow:
    """Use in one month: `value` counts of `metric` for a unit (empty code: not known)."""

    month: date
    unit_code: str
    metric: str
    value: int
    quality: str


@dataclass(frozen=True, slots=True)
class UseRow:
    """One figure of a municipality: as it came (`source`), or settled (metric `use`, how in whole … weights).

    `estimated` of `value` is an estimate.
    """

    month: date
    platform: str
    metric: str
    kind: str
    value: int
    quality: str
    source: str
    unit_code: str = ""
    estimated: int = 0
    whole: int | None = None
    weight: int | None = None
    weights: int | None = None


def by_month(*, platform: str, year: int) -> tuple[MonthRow, ...]:
    """The figures of a platform in a year, by municipality and month, kinds added together."""
    rows = (
        Figure.objects.filter(platform=platform, month__year=year, unit_kind="municipality")
        .values("month", "unit_code", "metric", "quality")
        .annotate(total=Sum("value"))
        .order_by("month", "unit_code", "metric")
    )
    return tuple(MonthRow(r["month"], r["unit_code"], r["metric"], r["total"], r["quality"]) for r in rows)


def by_municipality(*, platforms: Iterable[str], metric: str, first: date, last: date) -> dict[str, int]:
    """Municipality code → use of the platforms in the months from `first` to `last`, kinds together.

    Use whose municipality is not known has no code and is left out; `unplaced` tells how much that is. The
    metric `use` means what counts as the use of each service (settled), any other what was counted so.
    """
    if metric == SETTLED:
        settled = _settled(platforms, first, last).exclude(unit_code="")
        return dict(settled.values_list("unit_code").annotate(Sum("value")).order_by())
    rows = _counted(platforms, metric, first, last).exclude(unit_code="")
    sums = rows.values("unit_code").annotate(all=Sum("value")).order_by()
    return dict(sums.values_list("unit_code", "all"))


def rows_of(
    code: str | None, *, platforms: Iterable[str], metric: str, first: date, last: date
) -> tuple[UseRow, ...]:
    """The single figures behind `by_municipality`, month by month; of all places where code is None."""
    order = ("month", "platform", "unit_code")
    if metric == SETTLED:
        settled = _of(_settled(platforms, first, last), code).order_by(*order)
        return tuple(
            UseRow(
                r.month,
                r.platform,
                SETTLED,
                "",
                r.value,
                "estimated" if r.estimated else "measured",
                r.split,
                *(r.unit_code, r.estimated, r.whole, r.weight, r.weights),
            )
            for r in settled
        )
    rows = _of(_counted(platforms, metric, first, last), code).order_by(*order, "kind")
    found = rows.values_list(
        "month", "platform", "metric", "kind", "value", "quality", "batch__source", "unit_code"
    )
    return tuple(UseRow(*row) for row in found)


def unplaced(*, platforms: Iterable[str], metric: str, first: date, last: date) -> int:
    """How much use in those months has no known municipality."""
    if metric == SETTLED:
        settled = _settled(platforms, first, last).filter(unit_code="")
        return settled.aggregate(all=Sum("value"))["all"] or 0
    rows = _counted(platforms, metric, first, last).filter(unit_code="")
    return rows.aggregate(all=Sum("value"))["all"] or 0


def metrics() -> tuple[tuple[str, str], ...]:
    """By what a sum may be shared: each service's use (where chosen), and what we count ourselves."""
    chosen = Measure.objects.order_by("platform").values_list("platform", flat=True).distinct()
    rows = Figure.objects.filter(unit_kind="municipality", batch__source__in=(HUB, OWN_LENDING))
    counted = rows.order_by("platform", "metric").values_list("platform", "metric").distinct()
    return (*((platform, SETTLED) for platform in chosen), *counted)


@dataclass(frozen=True, slots=True)
class HubRow:
    """What the hub counted of a platform: by municipality (empty code: not known) or by month."""

    platform: str
    unit_code: str
    month: date | None
    sign_ins: int
    opens: int


def hub_years() -> tuple[int, ...]:
    """The years in which the hub has counted something, the newest first."""
    months = Figure.objects.filter(batch__source=HUB).dates("month", "year", order="DESC")
    return tuple(month.year for month in months)


def hub_by_municipality(year: int) -> tuple[HubRow, ...]:
    """A year's sign-ins and openings, by platform and municipality."""
    rows = _hub(year).values_list("platform", "unit_code").order_by("platform", "unit_code")
    return tuple(HubRow(platform, code, None, *sums) for platform, code, *sums in rows.annotate(**_METRICS))


def hub_by_month(year: int) -> tuple[HubRow, ...]:
    """A year's sign-ins and openings, by platform and month."""
    rows = _hub(year).values_list("platform", "month").order_by("platform", "month")
    return tuple(HubRow(platform, "", month, *sums) for platform, month, *sums in rows.annotate(**_METRICS))


def _hub(year: int) -> QuerySet[Figure]:
    return Figure.objects.filter(
        batch__source=HUB, month__gte=date(year, 1, 1), month__lte=date(year, 12, 31)
    )


_METRICS = {
    f"sum_{metric.name}": Coalesce(Sum("value", filter=Q(metric=metric.value)), 0)
    for metric in (AccessMetric.SIGN_INS, AccessMetric.OPENS)
}


def _counted(platforms: Iterable[str], metric: str, first: date, last: date) -> QuerySet[Figure]:
    return Figure.objects.filter(
        platform__in=list(platforms),
        metric=metric,
        unit_kind="municipality",
        month__gte=first,
        month__lte=last,
    )


def _settled(platforms: Iterable[str], first: date, last: date) -> QuerySet[Settled]:
    return Settled.objects.filter(
        platform__in=list(platforms),
        unit_kind=UnitKind.MUNICIPALITY.value,
        month__gte=first,
        month__lte=last,
    )


def _of(rows: QuerySet[M], code: str | None) -> QuerySet[M]:
    return rows if code is None else rows.filter(unit_code=code)
