"""How much of a month each target worked; the rule: docs/algorithms/availability.md."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.db.models import Max, Sum

from kimppa.commons.health.counting import bounds
from kimppa.commons.health.models import Day, Rolled, Target
from kimppa.commons.health.rules import MINUTE, Tally
from kimppa.foundation.core.text import in_language


@dataclass(frozen=True, slots=True)
class MonthRow:
    """A target's minutes of a month, as far as it is counted. `total` begins when it was first watched."""

    key: str
    name_fi: str
    name_sv: str
    name_en: str
    example: bool
    tally: Tally
    total: int

    def name(self, language: str) -> str:
        return in_language(language, fi=self.name_fi, sv=self.name_sv, en=self.name_en)

    @property
    def unknown(self) -> int:
        return max(0, self.total - self.tally.told)

    @property
    def availability(self) -> Decimal | None:
        return self.tally.availability

    @property
    def coverage(self) -> Decimal | None:
        return self.tally.coverage(self.total)


def next_month(month: date) -> date:
    return (month.replace(day=1) + timedelta(days=32)).replace(day=1)


def of_month(month: date, *, keys: tuple[str, ...] | None = None) -> tuple[MonthRow, ...]:
    """Every target's month (any day of it says which), in three queries."""
    first, after = month.replace(day=1), next_month(month)
    start, end = bounds(first)[0], bounds(after)[0]
    upto: datetime | None = Rolled.objects.aggregate(upto=Max("upto"))["upto"]
    end = min(end, upto) if upto else start
    days = Day.objects.filter(day__gte=first, day__lt=after)
    targets = Target.objects.order_by("order", "name_fi", "key")
    if keys is not None:
        days, targets = days.filter(target_id__in=keys), targets.filter(key__in=keys)
    sums = days.values("target_id").annotate(Sum("up"), Sum("down"), Sum("planned"))
    told = {
        key: Tally(up, down, planned)
        for key, up, down, planned in sums.values_list("target_id", "up__sum", "down__sum", "planned__sum")
    }
    found = []
    for row in targets.filter(created__lt=bounds(after)[0]):
        began = max(start, row.created.replace(second=0, microsecond=0))
        total = max(0, (end - began) // MINUTE)
        counted = told.get(row.key, Tally())
        found.append(
            MonthRow(
                row.key, row.name_fi, row.name_sv, row.name_en, row.example, counted, max(total, counted.told)
            )
        )
    return tuple(found)


def counted_whole(month: date) -> bool:
    """Whether every hour of the month is counted."""
    return Rolled.objects.filter(upto__gte=bounds(next_month(month))[0]).exists()
