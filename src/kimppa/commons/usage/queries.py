"""Reading figures of use."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import Q, QuerySet, Sum
from django.db.models.functions import Coalesce

from kimppa.commons.usage.models import Figure
from kimppa.commons.usage.services import HUB, AccessMetric


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
    """One figure as it came: which delivery (`source`), and whether it was measured or estimated."""

    month: date
    platform: str
    metric: str
    kind: str
    value: int
    quality: str
    source: str


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

    Use whose municipality is not known has no code and is left out; `unplaced` tells how much that is.
    """
    rows = _counted(platforms, metric, first, last).exclude(unit_code="")
    sums = rows.values("unit_code").annotate(all=Sum("value")).order_by()
    return dict(sums.values_list("unit_code", "all"))


def rows_of(
    code: str, *, platforms: Iterable[str], metric: str, first: date, last: date
) -> tuple[UseRow, ...]:
    """The single figures of a municipality behind `by_municipality`, month by month."""
    rows = _counted(platforms, metric, first, last).filter(unit_code=code)
    found = rows.order_by("month", "platform", "kind").values_list(
        "month", "platform", "metric", "kind", "value", "quality", "batch__source"
    )
    return tuple(UseRow(*row) for row in found)


def unplaced(*, platforms: Iterable[str], metric: str, first: date, last: date) -> int:
    """How much use in those months has no known municipality."""
    rows = _counted(platforms, metric, first, last).filter(unit_code="")
    return rows.aggregate(all=Sum("value"))["all"] or 0


def metrics() -> tuple[tuple[str, str], ...]:
    """What has been counted: platform and metric, in their order."""
    rows = Figure.objects.filter(unit_kind="municipality").order_by("platform", "metric")
    return tuple(rows.values_list("platform", "metric").distinct())


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
