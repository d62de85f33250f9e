"""Sums of use that keep apart what was measured, estimated and is still open. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from kimppa.foundation.core.money import Cents


@dataclass(frozen=True, slots=True)
class Use:
    """`estimated` of `value` is an estimate; of `months` told, `open_months` will still change."""

    value: int = 0
    estimated: int = 0
    open_months: int = 0
    months: int = 0

    @property
    def measured(self) -> int:
        return self.value - self.estimated

    @property
    def estimated_percent(self) -> Decimal | None:
        """How much of it is an estimate; None where there is no use."""
        return percent(self.estimated, self.value)


@dataclass(frozen=True, slots=True)
class Compared:
    """Use of the months that both years have and that are closed; nothing else is comparable."""

    months: int
    now: int
    before: int

    @property
    def change(self) -> Decimal | None:
        """Per cent, one decimal; None where there was nothing before."""
        return percent(self.now - self.before, self.before)


def together(uses: Iterable[Use]) -> Use:
    """The sum of several services' or places' use of the same months."""
    found = tuple(uses)
    return Use(
        sum(one.value for one in found),
        sum(one.estimated for one in found),
        max((one.open_months for one in found), default=0),
        max((one.months for one in found), default=0),
    )


def percent(part: int, whole: int) -> Decimal | None:
    """`part` of `whole` in per cent with one decimal; None of nothing."""
    return ratio(part * 100, whole, places=1)


def ratio(value: int, of: int | None, *, places: int = 2) -> Decimal | None:
    """`value` / `of`, rounded half up; None where `of` is not known or nothing."""
    if not of:
        return None
    return (Decimal(value) / of).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)


def cost_each(cost: Cents | None, of: int | None) -> Decimal | None:
    """Euros for each of `of`, to four decimals below ten cents and else to cents; None: not known."""
    if cost is None or not of:
        return None
    exact = Decimal(cost.value) / 100 / of
    places = 2 if abs(exact) >= Decimal("0.1") else 4
    return exact.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
