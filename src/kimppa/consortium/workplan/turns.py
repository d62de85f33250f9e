"""Whose turn: recurring duties dealt among areas in proportion to their residents. Pure, exact fractions.

Every turn adds to each area's *part* its share of the residents of that day; whoever does the duty *had* a
turn. The balance, part less had, is carried over from year to year, so that a small area's turn comes.
The rule with worked examples: docs/algorithms/yearly_clock.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from kimppa.foundation.core.apportion import BadWeight, NothingToSplitBy, Weight
from kimppa.foundation.core.text import noop

# The numbers are filled in by the door, in the reader's language.
WHY = noop(
    "It is the turn of %(area)s. Its part of %(turns)s turns, by residents, is %(part)s, and it has had "
    "%(had)s before this one. Of all the areas it would be the first to fall a whole turn behind."
)


@dataclass(frozen=True, slots=True)
class Account:
    """What one area has gathered: its exact part of all turns so far, and how many it has had."""

    part: Fraction = Fraction(0)
    had: int = 0

    @property
    def balance(self) -> Fraction:
        """How many turns it is behind (above zero) or ahead."""
        return self.part - self.had


@dataclass(frozen=True, slots=True)
class Turn:
    """Who takes a turn and why: its part with this turn, what it had before it, its share of residents."""

    code: str
    part: Fraction
    had: int
    share: Fraction
    turns: int


Accounts = Mapping[str, Account]


def deal(
    steps: Sequence[Sequence[Weight]], *, carried: Accounts | None = None
) -> tuple[tuple[Turn, ...], dict[str, Account]]:
    """Who takes each of the coming turns (`steps`: each one's areas and residents), and the accounts after.

    Where the coming weights are known and nothing is carried, nobody is ever a whole turn or more from
    the exact part. Raises NothingToSplitBy or BadWeight.
    """
    accounts = dict(carried or {})
    shares = [_shares(step) for step in steps]
    turns: list[Turn] = []
    for number, now in enumerate(shares):
        accounts = _settled(accounts, now)
        code = _most_pressing(accounts, shares[number:])
        accounts = _grown(accounts, now)
        account = accounts[code]
        total = sum(one.had for one in accounts.values()) + 1
        turns.append(Turn(code, account.part, account.had, now[code], total))
        accounts[code] = Account(account.part, account.had + 1)
    return tuple(turns), accounts


def carry(history: Iterable[tuple[Sequence[Weight], str]]) -> dict[str, Account]:
    """The accounts after turns that were taken: each one's areas and residents, and who did it in truth.

    What was skipped is no turn and is not given here. Raises BadWeight where somebody else did it.
    """
    accounts: dict[str, Account] = {}
    for weights, who in history:
        now = _shares(weights)
        if who not in now:
            raise BadWeight(code=who)
        accounts = _grown(_settled(accounts, now), now)
        accounts[who] = Account(accounts[who].part, accounts[who].had + 1)
    return accounts


def _shares(weights: Sequence[Weight]) -> dict[str, Fraction]:
    whole = sum(one.weight for one in weights)
    found: dict[str, Fraction] = {}
    for one in sorted(weights, key=lambda weight: weight.code):
        if one.weight < 0 or one.code in found:
            raise BadWeight(code=one.code)
        found[one.code] = Fraction(one.weight, whole) if whole else Fraction(0)
    if whole == 0:
        raise NothingToSplitBy
    return found


def _settled(accounts: Mapping[str, Account], shares: Mapping[str, Fraction]) -> dict[str, Account]:
    """The accounts of those who share now. What one that has gone was owed (or owed) passes to the others
    by residents, with its turns: so that parts and turns still sum to the same."""
    gone = [account for code, account in accounts.items() if code not in shares]
    owed = sum((account.balance for account in gone), Fraction(0))
    return {
        code: Account(before.part + owed * share, before.had)
        for code, share in shares.items()
        for before in (accounts.get(code, Account()),)
    }


def _grown(accounts: Mapping[str, Account], shares: Mapping[str, Fraction]) -> dict[str, Account]:
    return {code: Account(one.part + shares[code], one.had) for code, one in accounts.items()}


def _most_pressing(accounts: Mapping[str, Account], ahead: Sequence[Mapping[str, Fraction]]) -> str:
    """Among those far enough behind to take a turn, the one who would soonest be a whole turn behind.

    R. Tijdeman, The chairman assignment problem (1980): with n who share, one may take a turn when its
    balance with this turn is at least 1/(2n − 2), and must before it passes 1 − 1/(2n − 2).
    """
    sharing = [code for code, share in ahead[0].items() if share or accounts[code].balance > 0]
    if len(sharing) == 1:
        return sharing[0]
    margin = Fraction(1, 2 * len(sharing) - 2)
    with_this = {code: accounts[code].balance + ahead[0][code] for code in sharing}
    may = [code for code in sharing if with_this[code] >= margin] or sharing
    deadlines = {code: _deadline(accounts[code].balance, code, ahead, 1 - margin) for code in may}
    return min(may, key=lambda code: (deadlines[code], -with_this[code], -ahead[0][code], code))


def _deadline(balance: Fraction, code: str, ahead: Sequence[Mapping[str, Fraction]], limit: Fraction) -> int:
    """At which of the coming turns the balance would reach the limit; after the known ones by the last."""
    for number, shares in enumerate(ahead):
        balance += shares.get(code, Fraction(0))
        if balance >= limit:
            return number
    last = ahead[-1].get(code, Fraction(0))
    # One that shares no more never presses.
    return len(ahead) - 1 + -(-(limit - balance) // last) if last else _NEVER


_NEVER = 10**9
