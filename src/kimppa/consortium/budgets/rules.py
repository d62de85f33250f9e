"""Cost shares: who owes how much of a levy. Pure; the rules with examples: docs/algorithms/cost_shares.md.

Rate and months stay apart, never their quotient: rate × residents × months/12 is exact until it is
rounded half up, once a share; the total is the sum of the shares. A decided sum is split instead by the
largest remainder, so that the shares add up to it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from kimppa.foundation.core.apportion import Weight, largest_remainder
from kimppa.foundation.core.errors import Invalid, Missing, Refused
from kimppa.foundation.core.money import RATE_DECIMALS, Cents, checked_rate
from kimppa.foundation.core.text import noop

MONTHS_OF_YEAR = 12


class Method(StrEnum):
    """Which of the two was decided: they differ by rounding, so it is kept."""

    RATE = "rate"
    AMOUNT = "amount"


class BadMonths(Invalid):
    code = "bad-months"
    sentence = noop("“%(value)s” is not a number of months. Give a whole number from 1 to 12.")


class NoTitle(Invalid):
    code = "no-title"
    sentence = noop("Other costs need a name in Finnish: it is printed on the invoices. Nothing was levied.")


class BadSum(Invalid):
    code = "bad-sum"
    sentence = noop("A levy of %(value)s € cannot be split: the sum must be more than zero.")


class BadRateDate(Refused):
    code = "rate-stands"
    sentence = noop(
        "A rate already stands from %(start)s on by the decision %(number)s. Nothing was recorded. "
        "Choose a later day, or say that the new decision supersedes that one."
    )


class NoStandingRate(Refused):
    code = "no-standing-rate"
    sentence = noop(
        "No rate stands on %(day)s, so nothing can be levied. Record the directors' decision first."
    )


class NoPopulation(Missing):
    code = "no-population"
    sentence = noop("No municipality has a population dated %(day)s. Dates that exist: %(dates)s.")


class PopulationIncomplete(Refused):
    code = "population-incomplete"
    sentence = noop(
        "%(count)s of the municipalities to charge have no population dated %(day)s: %(names)s. "
        "Nothing was levied."
    )


class YearOutOfRange(Invalid):
    code = "year-out-of-range"
    sentence = noop("“%(year)s” is not a year that can be levied.")


class NoSuchLevy(Missing):
    code = "no-such-levy"
    sentence = noop("There is no such levy.")


class NobodyToCharge(Invalid):
    code = "nobody-to-charge"
    sentence = noop("No municipality was a member on %(day)s, so there is nobody to share the costs.")


@dataclass(frozen=True, slots=True)
class Resident:
    """One municipality in a levy: its code, residents on the reference date, months charged."""

    code: str
    residents: int
    months: int = MONTHS_OF_YEAR


@dataclass(frozen=True, slots=True)
class Share:
    code: str
    residents: int
    months: int
    amount: Cents


def share_by_rate(rate: Decimal, residents: int, months: int = MONTHS_OF_YEAR) -> Cents:
    """rate × residents × months/12, rounded half up once. Raises BadRate, BadMonths."""
    return _share(_millionths(rate), residents, checked_months(months))


def shares_by_rate(rate: Decimal, who: Iterable[Resident]) -> tuple[Share, ...]:
    """Each municipality's share by code; their sum is the levy's total by definition."""
    whole = _millionths(rate)
    return tuple(
        Share(r.code, r.residents, r.months, _share(whole, r.residents, checked_months(r.months)))
        for r in sorted(who, key=lambda r: r.code)
    )


def _millionths(rate: Decimal) -> int:
    """A rate has at most six decimals, so this is exact and all that follows is whole numbers."""
    return int(checked_rate(rate).scaleb(RATE_DECIMALS))


def _share(millionths: int, residents: int, months: int) -> Cents:
    # Millionths of a euro × months over twelfths, in cents; none is negative, so floor(x + 1/2) is half up.
    number, unit = millionths * residents * months, MONTHS_OF_YEAR * 10_000
    return Cents((2 * number + unit) // (2 * unit))


def shares_by_amount(amount: Cents, who: Iterable[Resident]) -> tuple[Share, ...]:
    """Split a decided sum by residents (weighted by months where somebody was in for part of the year).

    The shares sum to the amount. Raises BadSum when the sum is not positive.
    """
    if amount.value <= 0:
        raise BadSum(value=amount.plain())
    ordered: Sequence[Resident] = sorted(who, key=lambda r: r.code)
    weights = [Weight(r.code, r.residents * checked_months(r.months)) for r in ordered]
    cents = largest_remainder(amount.value, weights)
    return tuple(Share(r.code, r.residents, r.months, Cents(cents[r.code])) for r in ordered)


def checked_months(months: int) -> int:
    """The same number if it can be the months of a year. Raises BadMonths."""
    if not 1 <= months <= MONTHS_OF_YEAR:
        raise BadMonths(value=months)
    return months


def total_of(shares: Iterable[Share]) -> Cents:
    return Cents(sum(share.amount.value for share in shares))
