"""What would each municipality pay if …: rates, months, sums, populations and members changed. Pure.

A scenario writes nothing. It is reckoned by the same rules as a levy (rules.py), so that what was shown
to the directors is what the levy gives to the cent.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal

from kimppa.consortium.budgets.rules import MONTHS_OF_YEAR, Resident, shares_by_amount, shares_by_rate
from kimppa.foundation.core.errors import Invalid
from kimppa.foundation.core.money import Cents
from kimppa.foundation.core.text import noop


class NobodyLeft(Invalid):
    code = "nobody-left"
    sentence = noop("In this scenario nobody is left to pay. Let at least one municipality stay.")


@dataclass(frozen=True, slots=True)
class NamedSum:
    """A sum that all who stay share by residents: a new e-service, say."""

    name: str
    amount: Cents


@dataclass(frozen=True, slots=True)
class Scenario:
    """What is tried out. `without` are the codes that would not be members."""

    rates: tuple[Decimal, ...]
    months: int = MONTHS_OF_YEAR
    sums: tuple[NamedSum, ...] = ()
    without: frozenset[str] = field(default_factory=frozenset)


@dataclass(frozen=True, slots=True)
class Outcome:
    """One municipality: its share now and in the scenario (None: it would not be a member).

    `change` is after less before, None where one of them is missing; `percent` is the change in per cent of
    the share now, one decimal, half up.
    """

    code: str
    residents: int
    before: Cents | None
    after: Cents | None
    change: Cents | None
    percent: Decimal | None


def outcome(code: str, residents: int, before: Cents | None, after: Cents | None) -> Outcome:
    """What a scenario does to one municipality. Reckoned once: a page asks for each figure many times."""
    if before is None or after is None:
        return Outcome(code, residents, before, after, None, None)
    change, percent = after - before, None
    if before.value:
        exact = Decimal(change.value) * 100 / Decimal(before.value)
        percent = exact.quantize(Decimal("0.1"), rounding=ROUND_HALF_UP)
    return Outcome(code, residents, before, after, change, percent)


def reckon(
    scenario: Scenario, residents: Sequence[Resident], before: Mapping[str, Cents]
) -> tuple[Outcome, ...]:
    """Every municipality by code, those who would leave too. Raises NobodyLeft, BadRate, BadMonths, BadSum.

    `before` holds the shares that each has now; a code that is not in it has none.
    """
    staying = [
        Resident(r.code, r.residents, scenario.months) for r in residents if r.code not in scenario.without
    ]
    if not staying:
        raise NobodyLeft()
    after = dict.fromkeys((r.code for r in staying), Cents(0))
    for rate in scenario.rates:
        for share in shares_by_rate(rate, staying):
            after[share.code] += share.amount
    whole_year = [Resident(r.code, r.residents) for r in staying]
    for one in scenario.sums:
        for share in shares_by_amount(one.amount, whole_year):
            after[share.code] += share.amount
    return tuple(
        outcome(r.code, r.residents, before.get(r.code), after.get(r.code))
        for r in sorted(residents, key=lambda r: r.code)
    )
