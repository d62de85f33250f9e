"""Counting votes. Pure.

The rules, in the order they are applied:

1. Each entitled participant has one vote: for one of the proposals, against all of them, or none.
2. Those who abstain have taken part (they count for the quorum) and are not counted on any side.
3. The side with the most votes wins: a proposal, or “against”, which leaves everything as it was.
4. A tie is settled by the chair's own vote, when it was given for one of the tied sides and the vote is
   not secret. A secret vote that is tied settles nothing: the chair's vote cannot weigh double unseen.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from kimppa.consortium.governance.rules import Choice, NoVotes, QuorumMissing, VoteTied


@dataclass(frozen=True, slots=True)
class Vote:
    """Who, and for what: `proposal` only with FOR."""

    voter: int
    choice: Choice
    proposal: int | None = None


@dataclass(frozen=True, slots=True)
class Count:
    """A side and its votes. AGAINST and ABSTAIN always stand in a result, with 0 too."""

    choice: Choice
    proposal: int | None
    votes: int


@dataclass(frozen=True, slots=True)
class Result:
    """`winner` None: the proposals fell. `by_chair`: the chair's vote settled a tie."""

    winner: int | None
    by_chair: bool
    counts: tuple[Count, ...]


def quorum(entitled: int, percent: int) -> int:
    """How many must take part: the percentage of the entitled, rounded up."""
    return -(-entitled * percent // 100)


def check_quorum(*, took_part: int, entitled: int, percent: int) -> None:
    """Raise QuorumMissing where too few take part."""
    needed = quorum(entitled, percent)
    if took_part < needed:
        raise QuorumMissing(took_part=took_part, entitled=entitled, needed=needed)


def counts(votes: Iterable[Vote], proposals: Iterable[int]) -> tuple[Count, ...]:
    """Every side with its votes: the proposals in their order, then against, then abstained."""
    given = Counter((vote.choice, vote.proposal) for vote in votes)
    sides = [(Choice.FOR, one) for one in proposals]
    return tuple(
        Count(choice, proposal, given[choice, proposal])
        for choice, proposal in (*sides, (Choice.AGAINST, None), (Choice.ABSTAIN, None))
    )


def settle(
    votes: Iterable[Vote], proposals: Iterable[int], *, chair: int | None = None, secret: bool = False
) -> Result:
    """The result of a vote on the proposals. Raises NoVotes, VoteTied."""
    given = tuple(votes)
    counted = counts(given, proposals)
    sides = {(c.choice, c.proposal): c.votes for c in counted if c.choice is not Choice.ABSTAIN}
    most = max(sides.values())
    if most == 0:
        raise NoVotes
    leading = [side for side, number in sides.items() if number == most]
    if len(leading) == 1:
        return Result(leading[0][1], False, counted)
    own = next(((v.choice, v.proposal) for v in given if v.voter == chair and chair is not None), None)
    if secret or own not in leading:
        raise VoteTied(votes=most)
    return Result(own[1] if own else None, True, counted)
