"""Use by year: of one municipality or of all together, service by service."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Count, Q, Sum

from kimppa.commons.members import queries as members
from kimppa.commons.usage import settled
from kimppa.commons.usage.models import Settled
from kimppa.commons.usage.rules import UnitKind
from kimppa.commons.usage.settled import UseRow
from kimppa.consortium.agreements.rules import CostClass
from kimppa.consortium.budgets import queries as budgets
from kimppa.consortium.budgets.queries import RevisionRow
from kimppa.foundation.core.money import Cents
from kimppa.insight.reporting.use_costs import booked_by_year
from kimppa.insight.reporting.use_sums import Compared, Use, cost_each, ratio
from kimppa.insight.reporting.use_year import compare, measures_in, same_counting

YEARS = 5


@dataclass(frozen=True, slots=True)
class YearOfService:
    """One year of one service, with the populations of that year's own basis."""

    year: int
    use: Use
    compared: Compared | None
    residents: int
    booked: Cents | None

    @property
    def per_resident(self) -> Decimal | None:
        return ratio(self.use.value, self.residents, places=3)

    @property
    def cost_per_use(self) -> Decimal | None:
        return cost_each(self.booked, self.use.value)


def of_place(code: str, last: int) -> dict[tuple[str, int], Use]:
    """(service, year) → a municipality's use in the five years up to `last`. One query."""
    rows = Settled.objects.filter(
        month__gte=date(last - YEARS + 1, 1, 1),
        month__lte=date(last, 12, 1),
        unit_kind=UnitKind.MUNICIPALITY.value,
        unit_code=code,
    )
    sums = rows.values_list("platform", "month__year").annotate(
        all=Sum("value"), guessed=Sum("estimated"), opened=Count("pk", filter=Q(open=True)), told=Count("pk")
    )
    return {(slug, year): Use(*found) for slug, year, *found in sums.order_by()}


def months_of(slug: str, last: int) -> tuple[UseRow, ...]:
    """The months of one service in the five years up to `last`, all together."""
    return settled.by_month(date(last - YEARS + 1, 1, 1), date(last, 12, 1), platforms=[slug])


def years_of(slug: str, rows: Iterable[UseRow]) -> tuple[YearOfService, ...]:
    """The same by year, the newest first; `rows` as `months_of` gives them."""
    by_year: dict[int, list[UseRow]] = defaultdict(list)
    found = tuple(rows)
    for row in found:
        if row.month:
            by_year[row.month.year].append(row)
    chosen, booked = settled.measures(platform=slug), booked_by_year(slug)
    levies = budgets.latest_by_year(CostClass.CONTENT)
    made = []
    for year in sorted(by_year, reverse=True):
        here = by_year[year]
        alike = same_counting(measures_in(year - 1, chosen), measures_in(year, chosen))
        made.append(
            YearOfService(
                year=year,
                use=Use(
                    sum(r.value for r in here),
                    sum(r.estimated for r in here),
                    sum(r.open_months for r in here),
                    len(here),
                ),
                compared=compare(found, year) if alike else None,
                residents=_residents(year, levies),
                booked=booked.get(year),
            )
        )
    return tuple(made)


def _residents(year: int, levies: Mapping[int, RevisionRow]) -> int:
    """Of the members on the year's last day, as of its levy's reference date; as `use_year.basis_of`."""
    levy, first, last = levies.get(year), date(year, 1, 1), date(year, 12, 31)
    day = levy.reference_date if levy else members.latest_population_date(first)
    day = day or members.latest_population_date(last)
    return members.residents_of_members(reference_date=day, on=last) if day else 0
