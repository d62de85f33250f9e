"""Reading figures of use."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.db.models import Sum

from kimppa.commons.usage.models import Figure


@dataclass(frozen=True, slots=True)
class MonthRow:
    """Use in one month: `value` counts of `metric` for a unit (empty code: not known)."""

    month: date
    unit_code: str
    metric: str
    value: int
    quality: str


def by_month(*, platform: str, year: int) -> tuple[MonthRow, ...]:
    """The figures of a platform in a year, by municipality and month, kinds added together."""
    rows = (
        Figure.objects.filter(platform=platform, month__year=year, unit_kind="municipality")
        .values("month", "unit_code", "metric", "quality")
        .annotate(total=Sum("value"))
        .order_by("month", "unit_code", "metric")
    )
    return tuple(MonthRow(r["month"], r["unit_code"], r["metric"], r["total"], r["quality"]) for r in rows)
