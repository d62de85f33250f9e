"""What the coordinating cities owe one another: collected against paid, and an agreed proportion. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from kimppa.foundation.core.apportion import Weight, largest_remainder
from kimppa.foundation.core.errors import Invalid, Missing, Refused
from kimppa.foundation.core.money import Cents
from kimppa.foundation.core.text import noop


class NoWeights(Invalid):
    code = "settlement-no-weights"
    sentence = noop("The proportions are whole numbers of zero or more, not all zero. Nothing was settled.")


class SettlementReference(Invalid):
    code = "settlement-reference"
    sentence = noop("A settlement needs the diary number of a decision or an agreement. Nothing was settled.")


class SettlementChanged(Refused):
    code = "settlement-changed"
    sentence = noop(
        "Invoices of %(year)s have changed since the preview was made. Nothing was settled. Look at it again."
    )


class NothingToSettle(Refused):
    code = "nothing-to-settle"
    sentence = noop("The cities owe one another nothing for %(year)s. Nothing was settled.")


class SettlementDay(Invalid):
    code = "settlement-day"
    sentence = noop("The day %(day)s has not come yet. Nothing was settled.")


class NoSuchSettlement(Missing):
    code = "no-such-settlement"
    sentence = noop("There is no such settlement.")


@dataclass(frozen=True, slots=True)
class Side:
    """A seller before the reckoning: what it collected, paid for all, its proportion, what it gave before."""

    seller_id: int
    name: str
    collected: Cents
    paid: Cents
    weight: int
    before: Cents


@dataclass(frozen=True, slots=True)
class Settled:
    """`due`: what the seller is to have kept. `transfer`: what it gives (positive) or gets now."""

    side: Side
    due: Cents
    transfer: Cents


def settle(sides: Sequence[Side]) -> tuple[Settled, ...]:
    """Everybody keeps what it paid for all, and its proportion of what is left over (or is lacking).

    The transfers always sum to nothing less what was transferred before. Raises NoWeights.
    """
    if any(side.weight < 0 for side in sides) or not any(side.weight for side in sides):
        raise NoWeights
    rest = sum(side.collected.value for side in sides) - sum(side.paid.value for side in sides)
    parts = largest_remainder(rest, [Weight(str(side.seller_id), side.weight) for side in sides])
    settled = []
    for side in sides:
        due = side.paid.value + parts[str(side.seller_id)]
        settled.append(Settled(side, Cents(due), Cents(side.collected.value - due - side.before.value)))
    return tuple(settled)
