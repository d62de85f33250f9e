"""When a loan is given, how long it lasts, and how days left are said. Pure; called once, under the lock."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from kimppa.foundation.core.errors import Missing, Refused
from kimppa.foundation.core.text import noop

LOAN_LIMIT = 5


class LoanLimitReached(Refused):
    code = "loan-limit-reached"
    sentence = noop("You have %(limit)s loans, which is the most one can have. Return one and borrow then.")


class AlreadyBorrowed(Refused):
    code = "already-borrowed"
    sentence = noop("You have already borrowed this. You find it on your shelf.")


class NoCopyFree(Refused):
    code = "no-copy-free"
    sentence = noop("Every copy is on loan just now. Nothing was borrowed; try again later.")


class NoCopyHere(Refused):
    code = "no-copy-here"
    sentence = noop("The e-library has no copy of this to lend.")


class NoSuchLoan(Missing):
    code = "no-such-loan"
    sentence = noop("You do not have this on loan. Perhaps it was returned already.")


@dataclass(frozen=True, slots=True)
class Copies:
    """A licence as borrowing sees it. `concurrency` None: any number at once.

    `on_loan` counts loans that have not ended and are not past their due moment.
    """

    license_id: int
    concurrency: int | None
    on_loan: int
    loan_days: int
    valid_until: datetime | None

    @property
    def free(self) -> bool:
        return self.concurrency is None or self.on_loan < self.concurrency


def choose(copies: Iterable[Copies]) -> Copies:
    """The licence to lend from: the one that runs out soonest first, then the lasting ones.

    Raises NoCopyHere where there is no licence at all, NoCopyFree where all are taken.
    """
    every = list(copies)
    if not every:
        raise NoCopyHere()
    free = [c for c in every if c.free]
    if not free:
        raise NoCopyFree()
    lasting = [c for c in free if c.valid_until is None]
    ending = [(c.valid_until, c.license_id, c) for c in free if c.valid_until is not None]
    return min(ending)[2] if ending else min(lasting, key=lambda c: c.license_id)


def check_patron(*, open_loans: int, has_this: bool) -> None:
    """Raises AlreadyBorrowed, LoanLimitReached."""
    if has_this:
        raise AlreadyBorrowed()
    if open_loans >= LOAN_LIMIT:
        raise LoanLimitReached(limit=LOAN_LIMIT)


def due(now: datetime, copy: Copies) -> datetime:
    """When the loan ends; never later than its licence does."""
    end = now + timedelta(days=copy.loan_days)
    return min(end, copy.valid_until) if copy.valid_until else end


def days_left(due_on: date, today: date) -> int:
    """Days by the calendar until the day a loan ends, 0 on that day."""
    return max(0, (due_on - today).days)
