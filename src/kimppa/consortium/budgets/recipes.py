"""How a decided sum is shared when it is not simply by residents. Pure.

A recipe mixes keys (residents, equal parts, use), may take a flat sum from everybody first, and may set a
least and a greatest share. Every quota is an exact fraction until the cents are dealt by the largest
remainder; so the shares sum to the total and nobody is a cent or more from the quota.
The rules with worked examples: docs/algorithms/cost_shares.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from fractions import Fraction
from math import lcm

from kimppa.consortium.budgets.rules import MONTHS_OF_YEAR, BadSum, checked_months
from kimppa.foundation.core.apportion import NothingToSplitBy, Weight, largest_remainder
from kimppa.foundation.core.errors import Invalid, Refused
from kimppa.foundation.core.money import Cents
from kimppa.foundation.core.text import noop


class Key(StrEnum):
    """What a part of a sum is shared by."""

    POPULATION = "population"
    EQUAL = "equal"
    USAGE = "usage"


class PayerRule(StrEnum):
    """Who pays a kimppa's share: its host city, or its members by their residents."""

    MEMBERS = "members"
    HOST = "host"


class Stage(StrEnum):
    """What a calculation stands for. Each is a running total: what was charged before is taken off."""

    WHOLE = "whole"
    ADVANCE = "advance"
    SETTLEMENT = "settlement"


class Bound(StrEnum):
    """Whether a share was held by the recipe's least or greatest sum."""

    NONE = ""
    LEAST = "least"
    GREATEST = "greatest"


KEY_NAMES: dict[Key, str] = {
    Key.POPULATION: noop("Residents"),
    Key.EQUAL: noop("Equal parts"),
    Key.USAGE: noop("Use"),
}
PAYER_NAMES: dict[PayerRule, str] = {
    PayerRule.MEMBERS: noop("The kimppa's members by residents"),
    PayerRule.HOST: noop("The kimppa's host city"),
}
STAGE_NAMES: dict[Stage, str] = {
    Stage.WHOLE: noop("The whole"),
    Stage.ADVANCE: noop("Advance"),
    Stage.SETTLEMENT: noop("Settlement"),
}


class BadRecipe(Invalid):
    code = "bad-recipe"
    sentence = noop("The sum cannot be shared so: give at least one key with a weight above zero.")


class FlatTooLarge(Refused):
    code = "flat-too-large"
    sentence = noop(
        "The flat sums alone make %(flat)s €, more than the %(total)s € to be shared. Nothing was levied."
    )


class BoundsImpossible(Refused):
    code = "bounds-impossible"
    sentence = noop(
        "With these least and greatest shares %(total)s € cannot be shared: they allow from %(least)s € to "
        "%(greatest)s €. Nothing was levied."
    )


class NoUse(Refused):
    code = "no-use"
    sentence = noop(
        "No use has been counted for those who would pay, from %(first)s to %(last)s. Nothing was levied."
    )


class HostMissing(Refused):
    code = "host-missing"
    sentence = noop(
        "%(names)s has no host city on %(day)s, so nobody could be charged for it. Nothing was levied. "
        "Record the host, or let the members pay."
    )


class HostTwice(Refused):
    code = "host-twice"
    sentence = noop(
        "%(name)s would pay twice in one levy, as a host and for itself or for another kimppa. "
        "Nothing was levied. Let the members pay, or make two levies."
    )


class ParticipantTwice(Invalid):
    code = "participant-twice"
    sentence = noop("%(name)s is chosen twice, by itself and within its kimppa. Nothing was levied.")


class NoSuchParticipant(Invalid):
    code = "no-such-participant"
    sentence = noop("“%(code)s” is no kimppa with members and no member municipality on %(day)s.")


@dataclass(frozen=True, slots=True)
class Part:
    """One key of a mix; `weight` relative to the other parts' weights."""

    key: Key
    weight: int = 1


@dataclass(frozen=True, slots=True)
class Use:
    """Which figures of use count: services, what was counted, first and last month (their first days)."""

    platforms: tuple[str, ...]
    metric: str
    first: date
    last: date


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a sum is shared. Empty `kimppas` and `municipalities`: every member shares it."""

    parts: tuple[Part, ...] = (Part(Key.POPULATION),)
    flat: Cents = field(default_factory=lambda: Cents(0))
    least: Cents | None = None
    greatest: Cents | None = None
    kimppas: tuple[str, ...] = ()
    municipalities: tuple[str, ...] = ()
    payer: PayerRule = PayerRule.MEMBERS
    use: Use | None = None

    @property
    def plain(self) -> bool:
        """By residents among all: what needs no recipe at all."""
        return self == Recipe()


@dataclass(frozen=True, slots=True)
class Claimant:
    """One who shares: its weight by key, and the months it is in for (for flat sums and bounds)."""

    code: str
    weights: Mapping[Key, int]
    months: int = MONTHS_OF_YEAR

    @classmethod
    def of(cls, code: str, *, residents: int, months: int = MONTHS_OF_YEAR, use: int = 0) -> Claimant:
        """One member. Residents and equal parts weigh by its months; use has happened in them already."""
        return cls(code, {Key.POPULATION: residents * months, Key.EQUAL: months, Key.USAGE: use}, months)


@dataclass(frozen=True, slots=True)
class MixedShare:
    """A share, its exact quota in cents before any bound, and the bound that held it."""

    code: str
    amount: Cents
    quota: Fraction
    bound: Bound = Bound.NONE


def shares_by_recipe(amount: Cents, recipe: Recipe, who: Iterable[Claimant]) -> tuple[MixedShare, ...]:
    """Share a decided sum by a recipe; by code, and summing to the amount exactly.

    Raises BadSum, BadRecipe, BadMonths, FlatTooLarge, BoundsImpossible, NothingToSplitBy.
    """
    if amount.value <= 0:
        raise BadSum(value=amount.plain())
    ordered = sorted(who, key=lambda c: c.code)
    for claimant in ordered:
        checked_months(claimant.months)
    quotas = _quotas(amount, recipe, ordered)
    held = _held(amount, quotas, _bounds(recipe, ordered))
    free = {code: quota for code, quota in quotas.items() if code not in held}
    left = amount.value - sum(cents for cents, _ in held.values())
    dealt = _deal(left, free)
    return tuple(
        MixedShare(code, Cents(held[code][0]), quota, held[code][1])
        if code in held
        else MixedShare(code, Cents(dealt[code]), quota)
        for code, quota in quotas.items()
    )


def _quotas(amount: Cents, recipe: Recipe, who: Sequence[Claimant]) -> dict[str, Fraction]:
    """Each one's exact quota in cents: the flat sum for its months, and its parts of the rest."""
    parts = [part for part in recipe.parts if part.weight]
    if not parts or any(part.weight < 0 for part in parts) or recipe.flat.value < 0:
        raise BadRecipe
    if not who:
        raise NothingToSplitBy
    flat = {c.code: Fraction(recipe.flat.value * c.months, MONTHS_OF_YEAR) for c in who}
    rest = amount.value - sum(flat.values())
    if rest < 0:
        raise FlatTooLarge(flat=Cents(round(sum(flat.values()))).plain(), total=amount.plain())
    wholes = {part.key: sum(c.weights.get(part.key, 0) for c in who) for part in parts}
    if not all(wholes.values()):
        raise NothingToSplitBy
    together = sum(part.weight for part in parts)
    return {
        c.code: flat[c.code]
        + sum(
            rest * Fraction(part.weight * c.weights.get(part.key, 0), together * wholes[part.key])
            for part in parts
        )
        for c in who
    }


Bounds = dict[str, tuple[int, int | None]]


def _bounds(recipe: Recipe, who: Sequence[Claimant]) -> Bounds:
    """The least and greatest cents of each; for a part of a year the same part of them, half up."""
    least = recipe.least.value if recipe.least is not None else 0
    greatest = recipe.greatest.value if recipe.greatest is not None else None
    return {
        c.code: (_part(least, c.months), None if greatest is None else _part(greatest, c.months)) for c in who
    }


def _part(cents: int, months: int) -> int:
    return (2 * cents * months + MONTHS_OF_YEAR) // (2 * MONTHS_OF_YEAR)


def _held(amount: Cents, quotas: Mapping[str, Fraction], bounds: Bounds) -> dict[str, tuple[int, Bound]]:
    """Who is held at a bound, and at how much.

    What the bounds give or take is shared by the others in proportion to their quotas. In each round the
    side that moves more money is held for good: then nobody held has to be let go again, so that the
    answer is the one scale at which all bounds hold and the sum is met.
    """
    lowest = sum(low for low, _ in bounds.values())
    highest = None if any(high is None for _, high in bounds.values()) else _sum_of_highs(bounds)
    if amount.value < lowest or (highest is not None and amount.value > highest):
        raise _impossible(amount, lowest, highest)
    held: dict[str, tuple[int, Bound]] = {}
    while True:
        free = {code: quota for code, quota in quotas.items() if code not in held}
        left = amount.value - sum(cents for cents, _ in held.values())
        if not free:
            if left:
                raise _impossible(amount, lowest, highest)
            return held
        scaled = _scaled(left, free)
        if scaled is None:
            raise _impossible(amount, lowest, highest)
        low = {code: bounds[code][0] for code, cents in scaled.items() if cents < bounds[code][0]}
        high = {
            code: top
            for code, cents in scaled.items()
            if (top := bounds[code][1]) is not None and cents > top
        }
        if not low and not high:
            return held
        lifted = sum(cents - scaled[code] for code, cents in low.items())
        cut = sum(scaled[code] - cents for code, cents in high.items())
        if lifted >= cut:
            held |= {code: (cents, Bound.LEAST) for code, cents in low.items()}
        if cut >= lifted:
            held |= {code: (cents, Bound.GREATEST) for code, cents in high.items()}


def _scaled(left: int, free: Mapping[str, Fraction]) -> dict[str, Fraction] | None:
    """The quotas of those who are free, scaled to what is left; None where nothing can carry it."""
    whole = sum(free.values())
    if whole == 0:
        return dict.fromkeys(free, Fraction(0)) if left == 0 else None
    return {code: left * quota / whole for code, quota in free.items()}


def _sum_of_highs(bounds: Bounds) -> int:
    return sum(high for _, high in bounds.values() if high is not None)


def _impossible(amount: Cents, lowest: int, highest: int | None) -> BoundsImpossible:
    greatest = Cents(highest) if highest is not None else amount
    return BoundsImpossible(total=amount.plain(), least=Cents(lowest).plain(), greatest=greatest.plain())


def _deal(left: int, free: Mapping[str, Fraction]) -> dict[str, int]:
    """Whole cents by the largest remainder, by quotas made whole numbers of one denominator."""
    if not free or not any(free.values()):
        return dict.fromkeys(free, 0)
    unit = lcm(*(quota.denominator for quota in free.values()))
    return largest_remainder(left, [Weight(code, int(quota * unit)) for code, quota in free.items()])
