"""A budget line to the end of the year: what was booked, and what is still to come. Pure.

forecast = booked + what remains of each agreement's commitment. What remains is the commitment less what
has been booked on the line from that agreement, and never below zero: a dearer invoice than was promised
is a cost, not a saving elsewhere. Bookings without an agreement take nothing from any commitment.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from kimppa.foundation.core.money import Cents


@dataclass(frozen=True, slots=True)
class Promise:
    """What is committed on a line to one agreement (None: to nobody by agreement) and what was booked."""

    agreement: int | None
    committed: Cents
    booked: Cents

    @property
    def remaining(self) -> Cents:
        return Cents(max(0, self.committed.value - self.booked.value))


@dataclass(frozen=True, slots=True)
class Outlook:
    """One line, or several together."""

    budget: Cents
    booked: Cents
    committed: Cents
    remaining: Cents

    @property
    def forecast(self) -> Cents:
        return self.booked + self.remaining

    @property
    def left(self) -> Cents:
        """What the budget has left at the end of the year; below zero: it is exceeded."""
        return self.budget - self.forecast

    @property
    def unbooked(self) -> Cents:
        """What the budget has left today, whatever is still to come."""
        return self.budget - self.booked


def promises(
    bookings: Iterable[tuple[int | None, Cents]], commitments: Iterable[tuple[int, Cents]]
) -> tuple[Promise, ...]:
    """Bookings and commitments of one line by agreement; those without an agreement come last."""
    booked: dict[int | None, int] = {}
    committed: dict[int | None, int] = {}
    for agreement, amount in bookings:
        booked[agreement] = booked.get(agreement, 0) + amount.value
    for whose, amount in commitments:
        committed[whose] = committed.get(whose, 0) + amount.value
    every = sorted({*booked, *committed}, key=lambda one: (one is None, one or 0))
    return tuple(Promise(one, Cents(committed.get(one, 0)), Cents(booked.get(one, 0))) for one in every)


def outlook(budget: Cents, found: Iterable[Promise]) -> Outlook:
    """One line's outlook."""
    rows = tuple(found)
    return Outlook(
        budget=budget,
        booked=Cents(sum(row.booked.value for row in rows)),
        committed=Cents(sum(row.committed.value for row in rows)),
        remaining=Cents(sum(row.remaining.value for row in rows)),
    )


def together(lines: Iterable[Outlook]) -> Outlook:
    """Several lines as one."""
    rows = tuple(lines)
    return Outlook(
        budget=Cents(sum(row.budget.value for row in rows)),
        booked=Cents(sum(row.booked.value for row in rows)),
        committed=Cents(sum(row.committed.value for row in rows)),
        remaining=Cents(sum(row.remaining.value for row in rows)),
    )
