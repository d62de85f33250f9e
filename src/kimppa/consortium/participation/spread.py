"""What a workshop wished, in means and spread, and what the discussion changed. Pure, exact fractions.

A sheet without blocks on an option counts as nought for it; a sheet without any block at all counts too.
Worked example: docs/algorithms/equal_shares.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from kimppa.consortium.participation.rules import Ballot, Option


@dataclass(frozen=True, slots=True)
class Wished:
    """One option over all sheets. `share` is its part of all blocks placed; `least` and `greatest` are
    the means of the tables that wished for it least and most (None where no sheet names its table)."""

    code: str
    blocks: int
    wishers: int
    share: Fraction
    mean: Fraction
    median: Fraction
    least: Fraction | None
    greatest: Fraction | None

    @property
    def spread(self) -> Fraction | None:
        """How far apart the tables are, in blocks a sheet."""
        return None if self.least is None or self.greatest is None else self.greatest - self.least


@dataclass(frozen=True, slots=True)
class Change:
    """From the round before the discussion to the one after it. `more`, `fewer` and `same` count those
    who gave a sheet in both."""

    code: str
    before: Fraction
    after: Fraction
    more: int
    fewer: int
    same: int

    @property
    def by(self) -> Fraction:
        return self.after - self.before


def wished(options: Sequence[Option], ballots: Sequence[Ballot]) -> tuple[Wished, ...]:
    """Blocks, share, mean, median and the tables' spread of each option, in the order offered."""
    placed = sum(sum(ballot.blocks.values()) for ballot in ballots)
    tables = _tables(ballots)
    found = []
    for option in options:
        blocks = [ballot.blocks.get(option.code, 0) for ballot in ballots]
        means = [mean([sheet.blocks.get(option.code, 0) for sheet in sheets]) for sheets in tables]
        found.append(
            Wished(
                option.code,
                blocks=sum(blocks),
                wishers=sum(1 for one in blocks if one),
                share=Fraction(sum(blocks), placed) if placed else Fraction(0),
                mean=mean(blocks),
                median=median(blocks),
                least=min(means, default=None),
                greatest=max(means, default=None),
            )
        )
    return tuple(found)


def changes(
    options: Sequence[Option], before: Sequence[Ballot], after: Sequence[Ballot]
) -> tuple[Change, ...]:
    """What changed between two rounds; each mean is over all sheets of its round."""
    earlier = {ballot.voter: ballot for ballot in before}
    pairs = [(earlier[ballot.voter], ballot) for ballot in after if ballot.voter in earlier]
    found = []
    for option in options:
        steps = [b.blocks.get(option.code, 0) - a.blocks.get(option.code, 0) for a, b in pairs]
        found.append(
            Change(
                option.code,
                before=mean([ballot.blocks.get(option.code, 0) for ballot in before]),
                after=mean([ballot.blocks.get(option.code, 0) for ballot in after]),
                more=sum(1 for step in steps if step > 0),
                fewer=sum(1 for step in steps if step < 0),
                same=sum(1 for step in steps if step == 0),
            )
        )
    return tuple(found)


def mean(numbers: Sequence[int]) -> Fraction:
    """The exact mean; nought of nothing."""
    return Fraction(sum(numbers), len(numbers)) if numbers else Fraction(0)


def median(numbers: Sequence[int]) -> Fraction:
    """The middle one, or the mean of the two in the middle; nought of nothing."""
    if not numbers:
        return Fraction(0)
    ordered, middle = sorted(numbers), len(numbers) // 2
    return Fraction(ordered[middle] + ordered[-middle - 1], 2)


def _tables(ballots: Sequence[Ballot]) -> list[list[Ballot]]:
    by_table: dict[str, list[Ballot]] = {}
    for ballot in ballots:
        if ballot.table:
            by_table.setdefault(ballot.table, []).append(ballot)
    return list(by_table.values())
