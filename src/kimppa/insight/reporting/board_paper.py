"""The directors' paper of a year: what is told in it, gathered once for the page and the document."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from kimppa.commons.usage import examples
from kimppa.consortium.budgets.plan_models import Booking
from kimppa.foundation.core.money import Cents, total
from kimppa.insight.reporting.use_equality import EqualityYear, equality_of
from kimppa.insight.reporting.use_sums import cost_each
from kimppa.insight.reporting.use_trends import ENOUGH, ServiceTrend, trends
from kimppa.insight.reporting.use_year import PlaceYear, ServiceYear, UseYear, relative_use, use_year


@dataclass(frozen=True, slots=True)
class Together:
    """Municipalities of one kimppa (name empty: of none), with everybody's use as 100."""

    name: str
    municipalities: int
    residents: int
    relative: Decimal | None


@dataclass(frozen=True, slots=True)
class BoardPaper:
    """A year as it stands on a day. `changed`: level or counting did in the year; `too_short` to tell, and
    `long_enough` to be sought. `equality_before` is None where it spans other services than this year's.
    """

    told: UseYear
    on: date
    equality: EqualityYear
    equality_before: EqualityYear | None
    kimppas: tuple[Together, ...]
    changed: tuple[ServiceTrend, ...]
    too_short: int
    long_enough: int
    example: bool

    @property
    def year(self) -> int:
        return self.told.year

    @property
    def booked(self) -> Cents:
        return total([one.booked for one in self.told.services if one.booked is not None])

    @property
    def unpriced(self) -> tuple[ServiceYear, ...]:
        return tuple(one for one in self.told.services if one.booked is None)

    @property
    def cost_per_resident(self) -> Decimal | None:
        return cost_each(self.booked, self.told.residents) if self.booked.value else None

    @property
    def dealt(self) -> tuple[ServiceYear, ...]:
        """Services of which some part of the municipalities' figures is an estimate."""
        return tuple(one for one in self.told.services if one.places.estimated)

    @property
    def unsplit(self) -> tuple[ServiceYear, ...]:
        """Services whose use nobody knows by municipality."""
        return tuple(one for one in self.told.services if one.use.value and not one.places.months)


def board_paper(year: int, *, on: date) -> BoardPaper:
    """Gather the paper of a year as it is known on a day."""
    told = use_year(year)
    equal = equality_of(told, each=False)
    before = equality_of(use_year(year - 1), each=False)
    series = trends(until=min(on, date(year, 12, 31)))
    changed = [
        one
        for one in series
        if any(c.month.year == year for c in one.changes) or any(b.month.year == year for b in one.breaks)
    ]
    return BoardPaper(
        told=told,
        on=on,
        equality=equal,
        equality_before=before if set(before.spanned) == set(equal.spanned) else None,
        kimppas=_kimppas(told),
        changed=tuple(changed),
        too_short=sum(len(one.months) < ENOUGH for one in series),
        long_enough=sum(len(one.months) >= ENOUGH for one in series),
        example=examples.told_in(date(year, 1, 1), date(year, 12, 1))
        or Booking.objects.filter(line__year__year=year, purchase__example=True).exists(),
    )


def _kimppas(told: UseYear) -> tuple[Together, ...]:
    groups: dict[str, list[PlaceYear]] = defaultdict(list)
    for place in told.places:
        groups[place.kimppa].append(place)
    return tuple(
        Together(
            name,
            len(places),
            sum(place.residents or 0 for place in places),
            relative_use(places, told.services, told.residents),
        )
        for name, places in sorted(groups.items(), key=lambda pair: (not pair[0], pair[0]))
    )
