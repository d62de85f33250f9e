"""A year of use: services × municipalities with populations, costs and the year before.

Only settled use is read (commons/usage/settled.py), never rows of deliveries. Unlike kinds of use (loans,
plays, sign-ins) are never added: what spans services is relative use, see docs/algorithms/equality.md.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from functools import cached_property

from kimppa.commons.members import queries as members
from kimppa.commons.members.queries import MunicipalityRow
from kimppa.commons.platforms import queries as platforms
from kimppa.commons.platforms.rules import Content
from kimppa.commons.usage import settled
from kimppa.commons.usage.rules import NOT_KNOWN, Interest, Source
from kimppa.commons.usage.settled import MeasureRow, UseRow
from kimppa.consortium.agreements.rules import CostClass
from kimppa.consortium.budgets import queries as budgets
from kimppa.foundation.core.money import Cents
from kimppa.foundation.core.text import in_language, noop
from kimppa.insight.reporting.use_costs import Costs, ServiceCost, costs
from kimppa.insight.reporting.use_sums import Compared, Use, cost_each, ratio, together

OWN_LENDING = noop("Our own lending")


@dataclass(frozen=True, slots=True)
class Basis:
    """Whose residents are meant: populations of a day, that of the year's levy if there is one."""

    reference_date: date | None
    by_levy: bool
    residents: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class ServiceYear:
    """One service. `use` is all of it as told; `places` what of it belongs to municipalities, known or dealt.

    `compared` is None where the year before has nothing comparable: other metrics, or no common month.
    """

    slug: str
    name: str
    contents: tuple[Content, ...]
    counted_as: tuple[Interest, ...]
    use: Use
    places: Use
    before: Use | None
    compared: Compared | None
    cost: ServiceCost | None
    residents: int | None

    @property
    def booked(self) -> Cents | None:
        return self.cost.booked if self.cost else None

    @property
    def per_resident(self) -> Decimal | None:
        return ratio(self.use.value, self.residents, places=3)

    @property
    def cost_per_use(self) -> Decimal | None:
        return cost_each(self.booked, self.use.value)

    @property
    def cost_per_resident(self) -> Decimal | None:
        return cost_each(self.booked, self.residents)


@dataclass(frozen=True, slots=True)
class PlaceYear:
    """One municipality (code empty: not known which). `uses` by service; `levied`: its share of the year."""

    code: str
    name_fi: str
    name_sv: str
    name_en: str
    region: str
    kimppa: str
    area: str
    residents: int | None
    levied: Cents | None
    uses: Mapping[str, Use]

    def name(self, language: str) -> str:
        return in_language(language, fi=self.name_fi, sv=self.name_sv, en=self.name_en)

    def per_resident(self, slug: str) -> Decimal | None:
        return ratio(self.uses[slug].value, self.residents, places=3) if slug in self.uses else None


@dataclass(frozen=True)  # no slots: cached_property keeps its value in the instance
class UseYear:
    """A whole year. `places` are municipalities by code, without the unknown."""

    year: int
    basis: Basis
    services: tuple[ServiceYear, ...]
    places: tuple[PlaceYear, ...]
    unknown: Mapping[str, Use]
    costs: Costs

    def service(self, slug: str) -> ServiceYear | None:
        return next((one for one in self.services if one.slug == slug), None)

    @cached_property
    def residents(self) -> int:
        return sum(place.residents or 0 for place in self.places)

    @property
    def open_services(self) -> tuple[ServiceYear, ...]:
        return tuple(one for one in self.services if one.use.open_months)

    def relative(self, place: PlaceYear) -> Decimal | None:
        """A municipality's use per resident with 100 as everybody's together, each service alike heavy."""
        return relative_use([place], self.services, self.residents)


def relative_use(
    places: Iterable[PlaceYear], services: Iterable[ServiceYear], residents: int
) -> Decimal | None:
    """The same of several municipalities together; None where nobody's residents or use are known."""
    found = tuple(place for place in places if place.residents)
    people = sum(place.residents or 0 for place in found)
    used = [service for service in services if service.places.value]
    if not people or not used:
        return None
    shares = 0.0
    for service in used:
        mine = sum(place.uses[service.slug].value for place in found if service.slug in place.uses)
        shares += mine * residents / (people * service.places.value)
    return Decimal(round(shares * 100 / len(used)))


def estimated_part(places: Iterable[PlaceYear], services: Iterable[ServiceYear]) -> Decimal | None:
    """How much of some municipalities' use is an estimate, per cent; the mean of the services' parts."""
    found = tuple(places)
    if len(found) == 1:
        uses = found[0].uses
        alone = [uses[s.slug].estimated_percent for s in services if s.slug in uses]
        return _mean([one for one in alone if one is not None])
    parts = [together(p.uses[s.slug] for p in found if s.slug in p.uses).estimated_percent for s in services]
    return _mean([part for part in parts if part is not None])


def _mean(parts: list[Decimal]) -> Decimal | None:
    return (sum(parts, Decimal(0)) / len(parts)).quantize(Decimal("0.1"), ROUND_HALF_UP) if parts else None


def years() -> tuple[int, ...]:
    """Years of which there is any use, the newest first."""
    return settled.years()


def basis_of(year: int) -> Basis:
    """The populations that belong to a year: of its levy, else the newest known on its first day or later."""
    levied = budgets.reference_date_of(year, CostClass.CONTENT)
    if levied is not None:
        return Basis(levied, True, members.population(levied))
    day = members.latest_population_date(date(year, 1, 1)) or members.latest_population_date(
        date(year, 12, 31)
    )
    return Basis(day, False, members.population(day) if day else {})


def use_year(year: int) -> UseYear:
    """The year as it is settled now."""
    first, last = date(year, 1, 1), date(year, 12, 1)
    basis, spent = basis_of(year), costs(year)
    grid: dict[str, dict[str, Use]] = defaultdict(dict)
    for row in settled.by_place(first, last):
        grid[row.unit_code][row.platform] = _use(row)
    unknown = grid.pop(NOT_KNOWN, {})
    places = _places(year, basis, grid)
    months = settled.by_month(date(year - 1, 1, 1), last)
    services = _services(year, months, places, basis, spent)
    return UseYear(year, basis, services, places, unknown, spent)


def measures_in(year: int, rows: Iterable[MeasureRow]) -> tuple[MeasureRow, ...]:
    """The choices of what counts that held at some time in a year."""
    first, last = date(year, 1, 1), date(year, 12, 31)
    return tuple(m for m in rows if m.valid_from <= last and (m.valid_to is None or m.valid_to >= first))


def same_counting(before: Iterable[MeasureRow], now: Iterable[MeasureRow]) -> bool:
    """Whether two times counted alike: the same metric of the same kind of report, counted as the same."""
    counted = [{(m.metric, m.report, m.counted_as) for m in rows} for rows in (before, now)]
    return counted[0] == counted[1] and len(counted[0]) == 1


def compare(rows: Iterable[UseRow], year: int) -> Compared | None:
    """The months that this year and the one before both have, closed; None where there is none."""
    closed = {row.month: row.value for row in rows if row.month and not row.open_months}
    common = [m for m in closed if m.year == year and m.replace(year=year - 1) in closed]
    if not common:
        return None
    before = sum(closed[m.replace(year=year - 1)] for m in common)
    return Compared(len(common), sum(closed[m] for m in common), before)


def _services(
    year: int, months: Iterable[UseRow], places: Iterable[PlaceYear], basis: Basis, spent: Costs
) -> tuple[ServiceYear, ...]:
    told: dict[str, list[UseRow]] = defaultdict(list)
    for row in months:
        told[row.platform].append(row)
    known = {row.slug: row for row in platforms.every_platform()}
    chosen: dict[str, list[MeasureRow]] = defaultdict(list)
    for measure in settled.measures():
        chosen[measure.platform].append(measure)
    dealt: dict[str, list[Use]] = defaultdict(list)
    for place in places:
        for slug, use in place.uses.items():
            dealt[slug].append(use)
    people = sum(place.residents or 0 for place in places) or None
    wanted = [slug for slug, rows in told.items() if any(r.month and r.month.year == year for r in rows)]
    wanted += [slug for slug, cost in spent.by_platform.items() if cost.booked and slug not in wanted]
    order = {slug: number for number, slug in enumerate(known)}
    made = []
    for slug in sorted(wanted, key=lambda one: (order.get(one, -1), one)):
        here, rows = known.get(slug), told[slug]
        now, then = measures_in(year, chosen[slug]), measures_in(year - 1, chosen[slug])
        made.append(
            ServiceYear(
                slug=slug,
                name=here.name if here else slug,
                contents=here.contents if here else (),
                counted_as=tuple(dict.fromkeys(m.counted_as for m in now)),
                use=_of_year(rows, year) or Use(),
                places=together(dealt[slug]),
                before=_of_year(rows, year - 1),
                compared=compare(rows, year) if same_counting(then, now) else None,
                cost=spent.by_platform.get(slug),
                residents=people,
            )
        )
    return tuple(made)


def _of_year(rows: Iterable[UseRow], year: int) -> Use | None:
    found = [row for row in rows if row.month and row.month.year == year]
    if not found:
        return None
    return Use(
        sum(row.value for row in found),
        sum(row.estimated for row in found),
        sum(row.open_months for row in found),
        len(found),
    )


def _places(year: int, basis: Basis, grid: Mapping[str, Mapping[str, Use]]) -> tuple[PlaceYear, ...]:
    on = date(year, 12, 31)
    wanted = members.member_codes_on(on) | frozenset(grid)
    kimppa = {code: row.name_fi for row in members.kimppas_on(on) for code in row.codes}
    area = {code: row.name_fi for row in members.areas_on(on) for code in row.codes}
    levied = budgets.levied_by_code(year)

    def made(row: MunicipalityRow) -> PlaceYear:
        return PlaceYear(
            code=row.code,
            name_fi=row.name_fi,
            name_sv=row.name_sv,
            name_en=row.name_en,
            region=row.region_fi,
            kimppa=kimppa.get(row.code, ""),
            area=area.get(row.code, ""),
            residents=basis.residents.get(row.code),
            levied=levied.get(row.code),
            uses=grid.get(row.code, {}),
        )

    return tuple(made(row) for row in members.municipalities() if row.code in wanted)


def _use(row: UseRow) -> Use:
    return Use(row.value, row.estimated, row.open_months, row.months)


def is_own_lending(slug: str) -> bool:
    """Our own lending is no e-service of a vendor: its name comes from the catalogue of texts."""
    return slug == Source.OWN_LENDING
