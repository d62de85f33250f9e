"""Money: whole cents, and rates as exact decimals. Never float. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from kimppa.foundation.core.errors import Invalid
from kimppa.foundation.core.text import noop

RATE_DECIMALS = 6
WRITTEN = re.compile(r"[+-]?(?:[0-9]{1,30}[.,]?[0-9]{0,30}|[.,][0-9]{1,30})")


class BadAmount(Invalid):
    code = "bad-amount"
    sentence = noop("“%(value)s” is not an amount of money. Write euros and cents, for example 1887,75.")


class BadRate(Invalid):
    code = "bad-rate"
    sentence = noop(
        "“%(value)s” is not a rate. A rate is zero or more euros with at most six decimals, for example 0,75."
    )


@dataclass(frozen=True, slots=True, order=True)
class Cents:
    """An amount in whole euro cents; may be negative (credits)."""

    value: int

    def __add__(self, other: Cents) -> Cents:
        return Cents(self.value + other.value)

    def __sub__(self, other: Cents) -> Cents:
        return Cents(self.value - other.value)

    def __neg__(self) -> Cents:
        return Cents(-self.value)

    @property
    def euros(self) -> Decimal:
        """Exact euros with two decimals."""
        return Decimal(self.value).scaleb(-2)

    def plain(self) -> str:
        """`496619.25`: decimal point, no grouping; for machines."""
        return f"{self.euros:.2f}"


def total(amounts: list[Cents]) -> Cents:
    return Cents(sum(a.value for a in amounts))


def parse_decimal(text: str) -> Decimal | None:
    """A number as people write it: comma or point, spaces between thousands; None if it is none.

    Not `1e5`: who types that by mistake has not meant a hundred thousand euros.
    """
    bare = text.strip().replace("\u00a0", "").replace("\u2009", "").replace("\u202f", "").replace(" ", "")
    bare = bare.removesuffix("€").replace("\u2212", "-")
    return Decimal(bare.replace(",", ".")) if WRITTEN.fullmatch(bare) else None


def decimals(number: Decimal) -> int:
    """How many decimals a finite number really has (trailing zeros do not count)."""
    exponent = number.normalize().as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def parse_cents(text: str) -> Cents:
    """`1 887,75` or `1887.75` → Cents. Raises BadAmount on more than two decimals or no number."""
    number = parse_decimal(text)
    if number is None or decimals(number) > 2 or abs(number) >= Decimal("1e13"):
        raise BadAmount(value=text[:40])
    return Cents(int(number.scaleb(2)))


def parse_rate(text: str) -> Decimal:
    """A rate in €/resident: zero or more, at most six decimals. Raises BadRate."""
    number = parse_decimal(text)
    if number is None:
        raise BadRate(value=text[:40])
    return checked_rate(number)


def checked_rate(rate: Decimal) -> Decimal:
    """The same rate if it can be one (domain.md §4). Raises BadRate."""
    if not rate.is_finite() or rate < 0 or decimals(rate) > RATE_DECIMALS or rate >= 1_000_000:
        raise BadRate(value=str(rate)[:40])
    return rate


def half_up_cents(euros: Decimal) -> Cents:
    """Exact euros rounded half up (away from zero) to cents."""
    return Cents(int((euros * 100).to_integral_value(rounding=ROUND_HALF_UP)))


def show_euros(amount: Cents, language: str) -> str:
    """`1 887,75 €` in Finnish and Swedish (thin space), `€1,887.75` in English."""
    sign = "−" if amount.value < 0 else ""
    whole, cents = divmod(abs(amount.value), 100)
    if language.startswith("en"):
        return f"{sign}€{whole:,}.{cents:02d}"
    grouped = f"{whole:,}".replace(",", "\u202f")
    return f"{sign}{grouped},{cents:02d}\u00a0€"


def show_rate(rate: Decimal, language: str) -> str:
    """A rate with at least two decimals and no idle zeros beyond: `0,75`."""
    places = max(2, decimals(rate))
    plain = f"{rate:.{places}f}"
    return plain if language.startswith("en") else plain.replace(".", ",")
