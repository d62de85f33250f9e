"""What is voted on with blocks of a thousand euros, and which ballots can be counted. Pure.

Sums are whole euros. A workshop offers options (services, or kinds of content); a ballot is one person's or
one table's sheet with at most so many blocks. Counting: tally.py; means and spread: spread.py.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from kimppa.foundation.core.errors import Invalid
from kimppa.foundation.core.text import noop

BLOCK = 1_000


class Worth(StrEnum):
    """What an option is worth to who placed blocks on it: the blocks, or one for each wish."""

    BLOCKS = "blocks"
    APPROVAL = "approval"


WORTH_NAMES: dict[Worth, str] = {
    Worth.BLOCKS: noop("By the number of blocks"),
    Worth.APPROVAL: noop("Each option wished for counts the same"),
}


class BadOption(Invalid):
    code = "bad-option"
    sentence = noop(
        "“%(code)s” cannot be voted on: its cost must be above zero, its minimum between one euro and the "
        "cost, and its code its own. Nothing was counted."
    )


class BadWorkshopBudget(Invalid):
    code = "bad-workshop-budget"
    sentence = noop("The sum to be shared must be above zero. Nothing was counted.")


class TooManyBlocks(Invalid):
    code = "too-many-blocks"
    sentence = noop(
        "There are %(placed)s blocks on the sheet “%(voter)s”, but at most %(allowed)s may be placed. "
        "Take some away; nothing was counted."
    )


class NegativeBlocks(Invalid):
    code = "negative-blocks"
    sentence = noop("The sheet “%(voter)s” has less than no blocks on “%(option)s”. Nothing was counted.")


class NotOnOffer(Invalid):
    code = "not-on-offer"
    sentence = noop("The sheet “%(voter)s” has blocks on “%(option)s”, which was not offered.")


class BallotTwice(Invalid):
    code = "ballot-twice"
    sentence = noop("The sheet “%(voter)s” comes twice. Each is counted once; nothing was counted.")


@dataclass(frozen=True, slots=True)
class Option:
    """A service or kind of content: what it costs, and the least sum with which it can be had at all.

    Without a minimum it can be had only whole.
    """

    code: str
    cost: int
    minimum: int | None = None

    @property
    def parts(self) -> tuple[int, ...]:
        """What can be bought one after another: the minimum and the rest, or the whole at once."""
        if self.minimum is None or self.minimum == self.cost:
            return (self.cost,)
        return (self.minimum, self.cost - self.minimum)


@dataclass(frozen=True, slots=True)
class Ballot:
    """One sheet: who (opaque), blocks by option, and the table it was filled in at."""

    voter: str
    blocks: Mapping[str, int]
    table: str = ""


def check_options(options: Sequence[Option]) -> None:
    """Raise BadOption for the first that cannot be voted on."""
    seen: set[str] = set()
    for one in options:
        least = one.cost if one.minimum is None else one.minimum
        if not 1 <= least <= one.cost or one.code in seen:
            raise BadOption(code=one.code)
        seen.add(one.code)


def check_ballots(ballots: Sequence[Ballot], options: Sequence[Option], *, allowed: int | None) -> None:
    """Raise NegativeBlocks, NotOnOffer, TooManyBlocks (over `allowed`) or BallotTwice for the first such."""
    offered = {one.code for one in options}
    seen: set[str] = set()
    for ballot in ballots:
        if ballot.voter in seen:
            raise BallotTwice(voter=ballot.voter)
        seen.add(ballot.voter)
        for code, blocks in ballot.blocks.items():
            if code not in offered:
                raise NotOnOffer(voter=ballot.voter, option=code)
            if blocks < 0:
                raise NegativeBlocks(voter=ballot.voter, option=code)
        placed = sum(ballot.blocks.values())
        if allowed is not None and placed > allowed:
            raise TooManyBlocks(voter=ballot.voter, placed=placed, allowed=allowed)
