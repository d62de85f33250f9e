"""What a price costs in a time, step by step. Pure. The rules with examples: docs/algorithms/prices.md.

Everything is exact until the end: one price over one period is rounded once, half up, and parts of it
(where the VAT rate changes) are differences of the rounded running sum, so that they add up to it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import TypeAlias, TypeVar

from kimppa.consortium.agreements.exchange import EURO, Exchange
from kimppa.consortium.agreements.prices import Measure, Price, PriceKind, Tier, TierMode, VatTreatment
from kimppa.consortium.agreements.vat import VatTable
from kimppa.foundation.core.apportion import Weight, largest_remainder
from kimppa.foundation.core.errors import Invalid
from kimppa.foundation.core.money import Cents
from kimppa.foundation.core.periods import Period, month, year
from kimppa.foundation.core.text import noop

MONTHS = 12
NOTHING = Cents(0)
Value: TypeAlias = "str | int | Decimal | Cents | date"
Known = TypeVar("Known")


class NoQuantity(Invalid):
    code = "no-quantity"
    sentence = noop("The price needs a quantity that was not given: %(what)s. Nothing was reckoned.")


class BadQuantity(Invalid):
    code = "bad-quantity"
    sentence = noop("A quantity cannot be below zero: %(value)s. Nothing was reckoned.")


@dataclass(frozen=True, slots=True)
class Basis:
    """The quantities of a year; None: not known. Uses and patrons by month, January first."""

    residents: int | None = None
    titles: int | None = None
    uses: tuple[int, ...] | None = None
    patrons: tuple[int, ...] | None = None

    def __post_init__(self) -> None:
        numbers = [self.residents or 0, self.titles or 0, *(self.uses or ()), *(self.patrons or ())]
        if min(numbers) < 0:
            raise BadQuantity(value=min(numbers))
        if any(months is not None and len(months) != MONTHS for months in (self.uses, self.patrons)):
            raise ValueError("a year has twelve months")


def evenly(count: int) -> tuple[int, ...]:
    """A year's uses over its months, the odd ones first. Raises BadQuantity."""
    if count < 0:
        raise BadQuantity(value=count)
    shares = largest_remainder(count, [Weight(f"{n:02d}", 1) for n in range(MONTHS)])
    return tuple(shares.values())


@dataclass(frozen=True, slots=True)
class Step:
    """One line of the reckoning: an English sentence with places, and what stands in them."""

    sentence: str
    params: Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class Part:
    """A time with one VAT rate."""

    period: Period
    percent: Decimal
    net: Cents
    vat: Cents


@dataclass(frozen=True, slots=True)
class Cost:
    """`gross` is what it costs the consortium; `billed` what the vendor bills (less under reverse charge)."""

    net: Cents = NOTHING
    vat: Cents = NOTHING
    billed: Cents = NOTHING
    parts: tuple[Part, ...] = ()
    steps: tuple[Step, ...] = ()

    @property
    def gross(self) -> Cents:
        return self.net + self.vat

    @property
    def self_assessed(self) -> Cents:
        """The VAT that the signing city pays itself."""
        return self.gross - self.billed


def cost_of(price: Price, basis: Basis, *, period: Period, vat: VatTable, exchange: Exchange = EURO) -> Cost:
    """One price over days of one calendar year; a time in which it does not hold costs nothing.

    Raises NoQuantity, NoVatRate, and ValueError where the period is open or of two years.
    """
    held = overlap(period, Period(price.valid_from, price.valid_to))
    if period.start is None or period.end is None or period.start.year != period.end.year:
        raise ValueError("a cost is reckoned within one calendar year")
    if held is None or held.start is None or held.end is None:
        return Cost()
    exact, steps = _exact(price, basis, held)
    if exchange.currency != EURO.currency:
        steps.append(_exchanged(exchange))
    factor = Fraction(exchange.rate)
    running, before = Fraction(0), 0
    parts: list[Part] = []
    for piece, percent in vat.split_by_rate(price.content, held):
        running += sum((amount for first, amount in exact if first in piece), Fraction(0)) * factor
        until_now = half_up(running)
        parts.append(_part(price.treatment, piece, percent, until_now - before))
        before = until_now
    steps += _vat_steps(price.treatment, parts)
    return _cost(price.treatment, tuple(parts), tuple(steps))


def cost_between(
    prices: Iterable[tuple[Price, Exchange]], basis: Basis, *, period: Period, vat: VatTable
) -> Cost:
    """Several prices over any closed period, each rounded once a calendar year. Raises as cost_of."""
    found = Cost()
    for part in years_of(period):
        for price, exchange in prices:
            found = added(found, cost_of(price, basis, period=part, vat=vat, exchange=exchange))
    return found


def added(one: Cost, other: Cost) -> Cost:
    """Two costs as one."""
    return Cost(
        net=one.net + other.net,
        vat=one.vat + other.vat,
        billed=one.billed + other.billed,
        parts=one.parts + other.parts,
        steps=one.steps + other.steps,
    )


def years_of(period: Period) -> Iterator[Period]:
    """A closed period year by year."""
    if period.start is None or period.end is None:
        raise ValueError("an open period has no years")
    for number in range(period.start.year, period.end.year + 1):
        part = overlap(period, year(number))
        if part is not None:
            yield part


def overlap(one: Period, other: Period) -> Period | None:
    """The days that both have; None where they share none."""
    if not one.overlaps(other):
        return None
    starts = [day for day in (one.start, other.start) if day is not None]
    ends = [day for day in (one.end, other.end) if day is not None]
    return Period(max(starts, default=None), min(ends, default=None))


def tiered(tiers: Sequence[Tier], mode: TierMode, quantity: int) -> Decimal:
    """What a year's quantity costs in tiers. The unit numbered n has the price of the tier that n is in."""
    if mode is TierMode.WHOLE:
        reached = [tier for tier in tiers if tier.start <= quantity]
        return reached[-1].rate * quantity
    return sum((tier.rate * units for tier, units in tier_units(tiers, quantity)), Decimal(0))


def tier_units(tiers: Sequence[Tier], quantity: int) -> list[tuple[Tier, int]]:
    """How many of the units fall into each tier."""
    ends = [*(tier.start - 1 for tier in tiers[1:]), quantity]
    return [
        (tier, max(0, min(quantity, end) - max(tier.start, 1) + 1))
        for tier, end in zip(tiers, ends, strict=True)
    ]


def half_up(euros: Fraction) -> int:
    """Exact euros, zero or more, in cents."""
    return int(euros * 100 + Fraction(1, 2))


# ── the sum before VAT, month by month ────────────────────────────────────────────────────────────
def _exact(price: Price, basis: Basis, held: Period) -> tuple[list[tuple[date, Fraction]], list[Step]]:
    months = _months(held)
    if price.kind is PriceKind.PER_USE:
        return _per_use(price, basis, months)
    if price.kind is PriceKind.TIERS and price.measure is Measure.USES:
        return _tiered_uses(price, basis, months)
    yearly, steps = _yearly(price, basis)
    share = sum((part for _, part in months), Fraction(0))
    if share != MONTHS:
        steps.append(Step(noop("× %(months)s of 12 months"), {"months": _mixed(share)}))
    return [(first, yearly * part / MONTHS) for first, part in months], steps


def _months(held: Period) -> list[tuple[date, Fraction]]:
    """The first day inside of each month touched, and how much of the month is inside."""
    found = []
    day = held.start
    while day is not None and held.end is not None and day <= held.end:
        whole = month(day)
        inside = overlap(whole, held)
        if inside is None or inside.days is None or whole.days is None or whole.end is None:
            break
        found.append((day, Fraction(inside.days, whole.days)))
        day = date.fromordinal(whole.end.toordinal() + 1)
    return found


def _yearly(price: Price, basis: Basis) -> tuple[Fraction, list[Step]]:
    rate = Fraction(price.rate)
    told: dict[str, Value] = {"rate": price.rate, "currency": price.currency}
    match price.kind:
        case PriceKind.FLAT:
            return rate, [Step(noop("%(rate)s %(currency)s a year"), told)]
        case PriceKind.PER_RESIDENT:
            count = _needed(basis.residents, Measure.RESIDENTS)
            step = Step(noop("%(rate)s %(currency)s × %(count)s residents a year"), {**told, "count": count})
            return rate * count, [step]
        case PriceKind.PER_TITLE:
            count = _needed(basis.titles, Measure.TITLES)
            step = Step(noop("%(rate)s %(currency)s × %(count)s titles a year"), {**told, "count": count})
            return rate * count, [step]
        case _:
            asked = basis.residents if price.measure is Measure.RESIDENTS else basis.titles
            count = _needed(asked, price.measure)
            return Fraction(tiered(price.tiers, price.mode, count)), _tier_steps(price, count)


def _per_use(
    price: Price, basis: Basis, months: Sequence[tuple[date, Fraction]]
) -> tuple[list[tuple[date, Fraction]], list[Step]]:
    uses = _needed(basis.uses, Measure.USES)
    patrons = basis.patrons
    if price.patron_cap is not None and patrons is None:
        raise NoQuantity(what="patrons")
    found, billed, capped = [], Fraction(0), 0
    for first, share in months:
        at = first.month - 1
        count = uses[at]
        if price.patron_cap is not None and patrons is not None:
            count = min(count, patrons[at] * price.patron_cap)
        amount = Fraction(price.rate) * count
        if price.month_cap is not None and amount > Fraction(price.month_cap):
            amount, capped = Fraction(price.month_cap), capped + 1
        found.append((first, amount * share))
        billed += count * share
    used = sum((uses[first.month - 1] * share for first, share in months), Fraction(0))
    return found, _use_steps(price, used, billed, capped)


def _use_steps(price: Price, used: Fraction, billed: Fraction, capped: int) -> list[Step]:
    told: dict[str, Value] = {"rate": price.rate, "currency": price.currency, "count": _mixed(used)}
    steps = [Step(noop("%(rate)s %(currency)s × %(count)s uses"), told)]
    if price.patron_cap is not None:
        cap: dict[str, Value] = {"cap": price.patron_cap, "count": _mixed(billed)}
        words = noop("At most %(cap)s uses a patron in a month: %(count)s of them are charged")
        steps.append(Step(words, cap))
    if price.month_cap is not None:
        limit: dict[str, Value] = {"cap": price.month_cap, "currency": price.currency, "count": capped}
        words = noop("At most %(cap)s %(currency)s a month: the limit was reached in %(count)s months")
        steps.append(Step(words, limit))
    return steps


def _tiered_uses(
    price: Price, basis: Basis, months: Sequence[tuple[date, Fraction]]
) -> tuple[list[tuple[date, Fraction]], list[Step]]:
    uses = _needed(basis.uses, Measure.USES)
    count = sum(uses)
    yearly = Fraction(tiered(price.tiers, price.mode, count))
    steps = _tier_steps(price, count)
    inside = sum((uses[first.month - 1] * share for first, share in months), Fraction(0))
    if inside != count:
        told: dict[str, Value] = {"count": _mixed(inside), "all": count}
        steps.append(Step(noop("× %(count)s of the year's %(all)s uses"), told))
    found = [(first, yearly * uses[first.month - 1] * share / max(count, 1)) for first, share in months]
    return found, steps


def _tier_steps(price: Price, count: int) -> list[Step]:
    """The tiers that were used, one line each."""
    if price.mode is TierMode.WHOLE:
        rate = [tier.rate for tier in price.tiers if tier.start <= count][-1]
        told: dict[str, Value] = {"count": count, "rate": rate, "currency": price.currency}
        words = noop("%(count)s units reach the tier with %(rate)s %(currency)s: that price for every unit")
        return [Step(words, told)]
    words = noop("%(count)s units from %(start)s on: %(rate)s %(currency)s each")
    return [
        Step(words, {"count": units, "start": tier.start, "rate": tier.rate, "currency": price.currency})
        for tier, units in tier_units(price.tiers, count)
        if units
    ]


def _needed(quantity: Known | None, what: Measure) -> Known:
    if quantity is None:
        raise NoQuantity(what=what.value)
    return quantity


def _mixed(number: Fraction) -> str:
    """`8`, or `7 15/31` where it is no whole number."""
    whole, rest = divmod(number, 1)
    if not rest:
        return str(whole)
    return f"{whole} {rest}" if whole else str(rest)


# ── euros and VAT ─────────────────────────────────────────────────────────────────────────────────
def _exchanged(exchange: Exchange) -> Step:
    told: dict[str, Value] = {
        "rate": exchange.rate,
        "currency": exchange.currency,
        "day": exchange.day,
        "source": exchange.source,
    }
    return Step(noop("× %(rate)s €/%(currency)s (%(day)s, %(source)s)"), told)


def _part(treatment: VatTreatment, period: Period, percent: Decimal, cents: int) -> Part:
    if treatment is VatTreatment.INCLUDED:
        tax = Fraction(cents) * Fraction(percent) / (100 + Fraction(percent))
        vat = int(tax + Fraction(1, 2))
        return Part(period, percent, Cents(cents - vat), Cents(vat))
    vat = int(Fraction(cents) * Fraction(percent) / 100 + Fraction(1, 2))
    return Part(period, percent, Cents(cents), Cents(vat))


def _vat_steps(treatment: VatTreatment, parts: Sequence[Part]) -> list[Step]:
    words = noop("%(start)s – %(end)s: %(net)s without VAT, VAT %(percent)s %% is %(vat)s")
    steps = [
        Step(
            words,
            {
                "start": part.period.start or date.min,
                "end": part.period.end or date.max,
                "net": part.net,
                "percent": part.percent,
                "vat": part.vat,
            },
        )
        for part in parts
    ]
    tax = Cents(sum(part.vat.value for part in parts))
    if treatment is VatTreatment.REVERSE:
        told: dict[str, Value] = {"vat": tax}
        steps.append(
            Step(noop("Reverse charge: the signing city pays the VAT %(vat)s, the vendor bills none"), told)
        )
    if treatment is VatTreatment.INCLUDED:
        steps.append(Step(noop("The price includes the VAT %(vat)s"), {"vat": tax}))
    return steps


def _cost(treatment: VatTreatment, parts: tuple[Part, ...], steps: tuple[Step, ...]) -> Cost:
    net = Cents(sum(part.net.value for part in parts))
    vat = Cents(sum(part.vat.value for part in parts))
    billed = net if treatment is VatTreatment.REVERSE else net + vat
    return Cost(net, vat, billed, parts, steps)
