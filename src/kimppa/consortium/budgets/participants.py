"""Sharing a sum by a recipe among those whom it concerns: who they are, what they weigh, who pays. Reads."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

from kimppa.commons.members import hosts
from kimppa.commons.members import queries as members
from kimppa.commons.usage import queries as usage
from kimppa.consortium.budgets.recipes import (
    Bound,
    Claimant,
    HostMissing,
    HostTwice,
    Key,
    MixedShare,
    NoSuchParticipant,
    NoUse,
    ParticipantTwice,
    PayerRule,
    Recipe,
    shares_by_recipe,
)
from kimppa.consortium.budgets.rules import Resident
from kimppa.foundation.core.apportion import Weight, largest_remainder
from kimppa.foundation.core.money import Cents

QUOTA_DECIMALS = Decimal("0.00000001")


@dataclass(frozen=True, slots=True)
class KeyFigure:
    """What one key gave: this one's weight and the sum of all weights."""

    key: Key
    weight: int
    whole: int


@dataclass(frozen=True, slots=True)
class MadeOf:
    """How a share by a recipe came about, kept with it.

    `quota` is the exact share in euros (eight decimals) before cents were dealt and bounds held. Where
    members pay for a kimppa, `kimppa` names it and `kimppa_share` is what its members split by residents.
    """

    quota: Decimal
    bound: Bound
    keys: tuple[KeyFigure, ...]
    kimppa: str = ""
    kimppa_share: Cents | None = None


@dataclass(frozen=True, slots=True)
class RecipeShare:
    """A share of a sum: `code` pays it; `kimppa` is set where it pays as the host of that kimppa."""

    code: str
    kimppa: str
    residents: int
    months: int
    amount: Cents
    made_of: MadeOf


@dataclass(frozen=True, slots=True)
class _Unit:
    """One who shares in the first step: a municipality, or a kimppa with its members who are charged."""

    code: str
    members: tuple[Resident, ...]
    is_kimppa: bool
    use: int

    @property
    def residents(self) -> int:
        return sum(r.residents for r in self.members)

    def claimant(self, months: int) -> Claimant:
        if not self.is_kimppa:
            only = self.members[0]
            return Claimant.of(self.code, residents=only.residents, months=only.months, use=self.use)
        weighed = sum(r.residents * r.months for r in self.members)
        return Claimant(self.code, {Key.POPULATION: weighed, Key.EQUAL: months, Key.USAGE: self.use}, months)


def share_out(
    amount: Cents, recipe: Recipe, who: Iterable[Resident], *, on: date, months: int
) -> tuple[RecipeShare, ...]:
    """The shares of a sum by a recipe among those charged, by who pays.

    `on` is the day of kimppas and hosts. Raises what `shares_by_recipe` raises, and NoSuchParticipant,
    ParticipantTwice, NoUse, HostMissing, HostTwice.
    """
    people = {r.code: r for r in who}
    units = _units(recipe, people, on)
    _check_use(recipe, units)
    claimants = {unit.code: unit.claimant(months) for unit in units}
    wholes = {
        part.key: sum(c.weights[part.key] for c in claimants.values()) for part in recipe.parts if part.weight
    }
    mixed = {share.code: share for share in shares_by_recipe(amount, recipe, claimants.values())}
    made = {code: _made_of(mixed[code], claimants[code], wholes) for code in mixed}
    if recipe.payer is PayerRule.HOST:
        found = _by_hosts(units, mixed, made, months=months, on=on)
    else:
        found = _by_members(units, mixed, made)
    return tuple(sorted(found, key=lambda share: (share.code, share.kimppa)))


def _units(recipe: Recipe, people: Mapping[str, Resident], on: date) -> list[_Unit]:
    use = _use(recipe)
    if not recipe.kimppas and not recipe.municipalities:
        return [_Unit(code, (r,), False, use.get(code, 0)) for code, r in people.items()]
    kimppas = {row.slug: row for row in members.kimppas_on(on)}
    units: list[_Unit] = []
    seen: set[str] = set()
    for slug in recipe.kimppas:
        codes = kimppas[slug].codes if slug in kimppas else ()
        inside = tuple(people[code] for code in codes if code in people)
        if not inside:
            raise NoSuchParticipant(code=slug, day=on.isoformat())
        seen |= {r.code for r in inside}
        units.append(_Unit(slug, inside, True, sum(use.get(r.code, 0) for r in inside)))
    for code in recipe.municipalities:
        if code not in people:
            raise NoSuchParticipant(code=code, day=on.isoformat())
        if code in seen:
            place = members.municipality(code)
            raise ParticipantTwice(name=place.name_fi if place else code)
        units.append(_Unit(code, (people[code],), False, use.get(code, 0)))
    return units


def _use(recipe: Recipe) -> dict[str, int]:
    wanted = recipe.use
    if wanted is None or not any(part.key is Key.USAGE and part.weight for part in recipe.parts):
        return {}
    return usage.by_municipality(
        platforms=wanted.platforms, metric=wanted.metric, first=wanted.first, last=wanted.last
    )


def _check_use(recipe: Recipe, units: Iterable[_Unit]) -> None:
    by_use = any(part.key is Key.USAGE and part.weight for part in recipe.parts)
    if by_use and not any(unit.use for unit in units):
        wanted = recipe.use
        raise NoUse(
            first=wanted.first.isoformat() if wanted else "–", last=wanted.last.isoformat() if wanted else "–"
        )


def _made_of(share: MixedShare, claimant: Claimant, wholes: Mapping[Key, int]) -> MadeOf:
    keys = tuple(KeyFigure(key, claimant.weights[key], whole) for key, whole in wholes.items())
    return MadeOf(quota=_decimal(share.quota), bound=share.bound, keys=keys)


def _decimal(cents: Fraction) -> Decimal:
    euros = Decimal(cents.numerator) / (Decimal(cents.denominator) * 100)
    return euros.quantize(QUOTA_DECIMALS)


def _by_members(
    units: Iterable[_Unit], mixed: Mapping[str, MixedShare], made: Mapping[str, MadeOf]
) -> list[RecipeShare]:
    """A kimppa's share is split among its members by residents × months; the parts sum to it."""
    found: list[RecipeShare] = []
    for unit in units:
        share = mixed[unit.code].amount
        how = made[unit.code]
        if not unit.is_kimppa:
            only = unit.members[0]
            found.append(RecipeShare(only.code, "", only.residents, only.months, share, how))
            continue
        weights = [Weight(r.code, r.residents * r.months) for r in unit.members]
        cents = largest_remainder(share.value, weights)
        through = MadeOf(how.quota, how.bound, how.keys, kimppa=unit.code, kimppa_share=share)
        found += [
            RecipeShare(r.code, "", r.residents, r.months, Cents(cents[r.code]), through)
            for r in unit.members
        ]
    return found


def _by_hosts(
    units: Iterable[_Unit],
    mixed: Mapping[str, MixedShare],
    made: Mapping[str, MadeOf],
    *,
    months: int,
    on: date,
) -> list[RecipeShare]:
    """Each kimppa's share is paid by its host; a municipality chosen by itself pays its own."""
    host_of = hosts.hosts_on(on)
    found: list[RecipeShare] = []
    paying: set[str] = set()
    for unit in units:
        code = host_of.get(unit.code, "") if unit.is_kimppa else unit.code
        if not code:
            raise HostMissing(names=unit.code, day=on.isoformat())
        if code in paying:
            place = members.municipality(code)
            raise HostTwice(name=place.name_fi if place else code)
        paying.add(code)
        kimppa = unit.code if unit.is_kimppa else ""
        in_for = months if unit.is_kimppa else unit.members[0].months
        found.append(
            RecipeShare(code, kimppa, unit.residents, in_for, mixed[unit.code].amount, made[unit.code])
        )
    return found
