"""A joint outcome of many ballots: the Method of Equal Shares, and utilitarian greedy beside it. Pure.

The rules with worked examples: docs/algorithms/equal_shares.md. All arithmetic is exact: money is kept as
whole numbers over one common denominator, prices are fractions; nothing depends on the order of the input.
An empty sheet wishes nothing and is left aside: it has no share of the money.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from heapq import heapify, heappop, heappush
from math import gcd

from kimppa.consortium.participation.rules import (
    BadWorkshopBudget,
    Ballot,
    Option,
    Worth,
    check_ballots,
    check_options,
)

# When money is left, everybody's share is raised by a tenth at a time and all is counted again.
RAISE = Fraction(11, 10)


class How(StrEnum):
    """Why something was bought: its supporters' shares carried it, or it was what the rest still reached."""

    SHARES = "shares"
    REST = "rest"


@dataclass(frozen=True, slots=True)
class Purchase:
    """One part of an option, in the order of buying. `price` is what a block cost its supporters.

    A supporter pays price × blocks, or all that was left. None where the rest of the money bought it.
    """

    code: str
    amount: int
    how: How
    price: Fraction | None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What is bought and for how much. `share` is what each ballot had in the end, `first` at first."""

    purchases: tuple[Purchase, ...]
    budget: int
    first: Fraction
    share: Fraction

    @property
    def spent(self) -> int:
        return sum(one.amount for one in self.purchases)

    @property
    def left(self) -> int:
        return self.budget - self.spent

    @property
    def funded(self) -> dict[str, int]:
        """Euros by option, in the order of the first purchase; what got nothing is not there."""
        sums: dict[str, int] = {}
        for one in self.purchases:
            sums[one.code] = sums.get(one.code, 0) + one.amount
        return sums


def equal_shares(
    options: Sequence[Option],
    ballots: Sequence[Ballot],
    budget: int,
    *,
    worth: Worth = Worth.BLOCKS,
    allowed: int | None = None,
    complete: bool = True,
) -> Outcome:
    """The joint outcome by the Method of Equal Shares; never over the budget.

    `complete=False` is the bare method: shares are not raised and the rest is not spent. Raises
    BadWorkshopBudget and what check_options and check_ballots raise.
    """
    ballots = _checked(options, ballots, budget, allowed)
    if not ballots:
        return Outcome((), budget, Fraction(0), Fraction(0))
    wishes = _wishes(options, ballots, worth, budget)
    first = share = Fraction(budget, len(ballots))
    best = _Count(wishes, len(ballots), share, budget).run() or []
    wanted = sum(sum(1 for _ in wish.option.parts) for wish in wishes)
    # With twice the whole budget in every hand, either all is bought or the budget is overrun: it ends.
    while complete and len(best) < wanted and share <= 2 * budget:
        more = _Count(wishes, len(ballots), share * RAISE, budget).run()
        if more is None:
            break
        best, share = more, share * RAISE
    if complete:
        best = best + _rest(wishes, best, budget)
    return Outcome(tuple(best), budget, first, share)


def greedy(
    options: Sequence[Option],
    ballots: Sequence[Ballot],
    budget: int,
    *,
    worth: Worth = Worth.BLOCKS,
    allowed: int | None = None,
) -> Outcome:
    """Utilitarian greedy, for comparison: most blocks per euro first, skipping what no longer fits."""
    ballots = _checked(options, ballots, budget, allowed)
    share = Fraction(budget, len(ballots)) if ballots else Fraction(0)
    return Outcome(tuple(_rest(_wishes(options, ballots, worth, budget), [], budget)), budget, share, share)


def payments(
    outcome: Outcome, ballots: Sequence[Ballot], *, worth: Worth = Worth.BLOCKS
) -> list[list[Fraction]]:
    """What each ballot (in the order given) paid for each purchase that shares carried; to explain one."""
    money = [outcome.share if any(ballot.blocks.values()) else Fraction(0) for ballot in ballots]
    paid: list[list[Fraction]] = []
    for one in outcome.purchases:
        if one.price is None:
            continue
        row = []
        for number, ballot in enumerate(ballots):
            due = min(money[number], one.price * _value(ballot.blocks.get(one.code, 0), worth))
            money[number] -= due
            row.append(due)
        paid.append(row)
    return paid


@dataclass(frozen=True, slots=True)
class _Wish:
    """An option that somebody wants and the budget reaches: its supporters and how much each wants it."""

    option: Option
    who: tuple[int, ...]
    values: tuple[int, ...]
    together: int


def _checked(
    options: Sequence[Option], ballots: Sequence[Ballot], budget: int, allowed: int | None
) -> list[Ballot]:
    """The sheets that wish something; raises where one could not be counted."""
    if budget <= 0:
        raise BadWorkshopBudget
    check_options(options)
    check_ballots(ballots, options, allowed=allowed)
    return [ballot for ballot in ballots if any(ballot.blocks.values())]


def _value(blocks: int, worth: Worth) -> int:
    return blocks if worth is Worth.BLOCKS else min(blocks, 1)


def _wishes(options: Sequence[Option], ballots: Sequence[Ballot], worth: Worth, budget: int) -> list[_Wish]:
    supporters: dict[str, tuple[list[int], list[int]]] = {one.code: ([], []) for one in options}
    for number, ballot in enumerate(ballots):
        for code, blocks in ballot.blocks.items():
            if blocks:
                who, values = supporters[code]
                who.append(number)
                values.append(_value(blocks, worth))
    found = []
    for one in sorted(options, key=lambda option: option.code):
        who, values = supporters[one.code]
        if who and one.parts[0] <= budget:
            found.append(_Wish(one, tuple(who), tuple(values), sum(values)))
    return found


# The least price by what an option is worth, then the ties: more blocks, smaller cost, smaller code.
_Rank = tuple[Fraction, int, int, str, int]


class _Count:
    """One count with a given share: every voter's money in whole numbers of 1/unit euros."""

    def __init__(self, wishes: Sequence[_Wish], voters: int, share: Fraction, budget: int) -> None:
        self.wishes = wishes
        self.unit = share.denominator
        self.money = [share.numerator] * voters
        self.budget = budget
        self.bought = [0] * len(wishes)

    def run(self) -> list[Purchase] | None:
        """The purchases in order; None as soon as they would overrun the budget."""
        queue = [rank for number in range(len(self.wishes)) if (rank := self._rank(number)) is not None]
        heapify(queue)
        purchases: list[Purchase] = []
        left = self.budget
        while queue:
            stale = heappop(queue)
            number = stale[-1]
            rank = self._rank(number)
            # Money only shrinks, so prices only rise: an old rank is never too late, and one that is
            # still true when it comes first is the least of all.
            if rank != stale:
                if rank is not None:
                    heappush(queue, rank)
                continue
            wish = self.wishes[number]
            amount = wish.option.parts[self.bought[number]]
            left -= amount
            if left < 0:
                return None
            purchases.append(Purchase(wish.option.code, amount, How.SHARES, self._pay(wish, amount)))
            self.bought[number] += 1
            rank = self._rank(number)
            if rank is not None:
                heappush(queue, rank)
        return purchases

    def _rank(self, number: int) -> _Rank | None:
        """Where the option's next part stands; None where it has none or its supporters cannot carry it."""
        wish = self.wishes[number]
        parts = wish.option.parts
        if self.bought[number] == len(parts):
            return None
        amount = parts[self.bought[number]]
        found = self._dues(wish, amount)
        if found is None:
            return None
        left, weight = found
        # A part is worth its part of the blocks: so the price of a block is taken as for the whole.
        price = Fraction(left * wish.option.cost, weight * self.unit * amount)
        return (price, -wish.together, wish.option.cost, wish.option.code, number)

    def _dues(self, wish: _Wish, amount: int) -> tuple[int, int] | None:
        """(left, weight): who has enough pays left / weight for each block, the others all they have.

        Found by rounds: whoever cannot pay the even price pays all, which raises it for the others.
        """
        money = self.money
        pairs = [(money[i], value) for i, value in zip(wish.who, wish.values, strict=True) if money[i]]
        left = amount * self.unit
        if sum(has for has, _ in pairs) < left:
            return None
        weight = sum(value for _, value in pairs)
        while True:
            limits = {value: -(-left * value // weight) for value in {value for _, value in pairs}}
            rich = [pair for pair in pairs if pair[0] >= limits[pair[1]]]
            if len(rich) == len(pairs):
                return left, weight
            # What the poor pay is what all have less what the rich have.
            left -= sum(has for has, _ in pairs) - sum(has for has, _ in rich)
            weight = sum(value for _, value in rich)
            pairs = rich

    def _pay(self, wish: _Wish, amount: int) -> Fraction:
        """Take the money for one part; the price of a block in euros."""
        found = self._dues(wish, amount)
        assert found is not None  # noqa: S101 - it was ranked
        left, weight = found
        price = Fraction(left, weight * self.unit)
        common = gcd(left, weight)
        finer, due = weight // common, left // common
        if finer > 1:
            self.money = [has * finer for has in self.money]
            self.unit *= finer
        for i, value in zip(wish.who, wish.values, strict=True):
            self.money[i] = max(self.money[i] - due * value, 0)
        return price


def _rest(wishes: Sequence[_Wish], before: Sequence[Purchase], budget: int) -> list[Purchase]:
    """Utilitarian greedy over what is not bought yet: most blocks per euro, if it fits."""
    left = budget - sum(one.amount for one in before)
    found: list[Purchase] = []
    # A part has as many blocks per euro as its whole, so options stay in one order, each part after part.
    for wish in sorted(
        wishes,
        key=lambda w: (Fraction(-w.together, w.option.cost), -w.together, w.option.cost, w.option.code),
    ):
        done = sum(1 for one in before if one.code == wish.option.code)
        for amount in wish.option.parts[done:]:
            if amount > left:
                break
            left -= amount
            found.append(Purchase(wish.option.code, amount, How.REST, None))
    return found
