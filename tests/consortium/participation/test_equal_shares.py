"""The joint outcome: what holds for any ballots, by the definition and against a second, plain count."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import combinations

import pytest
from benchmarks.equal_shares import plainly
from hypothesis import given, settings
from hypothesis import strategies as st

from kimppa.consortium.participation.rules import (
    BadOption,
    BadWorkshopBudget,
    Ballot,
    BallotTwice,
    NegativeBlocks,
    NotOnOffer,
    Option,
    TooManyBlocks,
    Worth,
)
from kimppa.consortium.participation.tally import How, Outcome, equal_shares, greedy, payments

Workshop = tuple[list[Option], list[Ballot], int]


@st.composite
def workshops(draw: st.DrawFn, *, most: int = 12, minimums: bool = True) -> Workshop:
    """Small ones with few different costs, so that ties and near misses are common."""
    codes = [f"o{n}" for n in range(draw(st.integers(1, 5)))]
    options = []
    for code in codes:
        cost = draw(st.sampled_from((1_000, 1_999, 2_000, 3_000, 5_000, 7_000)))
        least = draw(st.none() | st.integers(1, cost)) if minimums else None
        options.append(Option(code, cost, least))
    sheet = st.dictionaries(st.sampled_from(codes), st.integers(0, 3), max_size=4)
    ballots = [Ballot(f"v{n}", blocks) for n, blocks in enumerate(draw(st.lists(sheet, max_size=most)))]
    return options, ballots, draw(st.integers(1, 20_000))


def wishing(ballots: Sequence[Ballot]) -> list[Ballot]:
    return [ballot for ballot in ballots if any(ballot.blocks.values())]


@given(workshops(), st.sampled_from(Worth), st.randoms(use_true_random=False))
def test_the_order_of_ballots_and_options_does_not_matter(
    workshop: Workshop, worth: Worth, dice: random.Random
) -> None:
    options, ballots, budget = workshop
    first = equal_shares(options, ballots, budget, worth=worth)
    dice.shuffle(options)
    dice.shuffle(ballots)
    assert equal_shares(options, ballots, budget, worth=worth) == first


@given(workshops(), st.sampled_from(Worth))
def test_an_outcome_keeps_to_the_budget_and_buys_parts_in_order_and_only_what_is_wished_for(
    workshop: Workshop, worth: Worth
) -> None:
    options, ballots, budget = workshop
    wished = {code for ballot in ballots for code, blocks in ballot.blocks.items() if blocks}
    for outcome in (equal_shares(options, ballots, budget, worth=worth), greedy(options, ballots, budget)):
        assert 0 <= outcome.spent <= budget
        assert outcome.left == budget - outcome.spent
        assert set(outcome.funded) <= wished
        for option in options:
            parts = [one.amount for one in outcome.purchases if one.code == option.code]
            assert tuple(parts) == option.parts[: len(parts)]


@given(workshops(), st.sampled_from(Worth))
def test_a_completed_outcome_leaves_nothing_wished_for_that_would_fit(
    workshop: Workshop, worth: Worth
) -> None:
    options, ballots, budget = workshop
    outcome = equal_shares(options, ballots, budget, worth=worth)
    for option in options:
        bought = sum(1 for one in outcome.purchases if one.code == option.code)
        if bought < len(option.parts) and any(ballot.blocks.get(option.code) for ballot in ballots):
            assert option.parts[bought] > outcome.left


@given(workshops())
def test_the_prices_are_valid(workshop: Workshop) -> None:
    options, ballots, budget = workshop
    outcome = equal_shares(options, ballots, budget, complete=False)
    paid = payments(outcome, ballots)
    assert len(paid) == len(outcome.purchases)
    for purchase, row in zip(outcome.purchases, paid, strict=True):
        assert sum(row) == purchase.amount
        assert all(due == 0 for due, b in zip(row, ballots, strict=True) if not b.blocks.get(purchase.code))
    left = [outcome.share - sum(row[n] for row in paid) for n in range(len(ballots))]
    assert all(money >= 0 for money, ballot in zip(left, ballots, strict=True) if any(ballot.blocks.values()))
    for option in options:
        bought = sum(1 for one in outcome.purchases if one.code == option.code)
        if bought < len(option.parts):
            supporters = [
                m for m, ballot in zip(left, ballots, strict=True) if ballot.blocks.get(option.code)
            ]
            assert sum(supporters) < option.parts[bought]


@given(workshops())
def test_the_fast_count_agrees_with_one_written_from_the_definition(workshop: Workshop) -> None:
    options, ballots, budget = workshop
    outcome = equal_shares(options, ballots, budget, complete=False)
    cast = wishing(ballots)
    share = Fraction(budget, len(cast)) if cast else Fraction(0)
    within = [option for option in options if option.parts[0] <= budget]
    assert [(one.code, one.amount) for one in outcome.purchases] == plainly(within, cast, share)


def groups(ballots: Sequence[Ballot]) -> Iterator[tuple[Ballot, ...]]:
    for size in range(1, len(ballots) + 1):
        yield from combinations(ballots, size)


def unserved(options: Sequence[Option], ballots: Sequence[Ballot], outcome: Outcome) -> list[str]:
    """Groups that could pay a set of options with their part of the budget, and got less from it: by the
    definition of extended justified representation up to one option, over every group and every set."""
    faults = []
    for group in groups(ballots):
        for size in range(1, len(options) + 1):
            for chosen in combinations(options, size):
                if sum(o.cost for o in chosen) * len(ballots) > outcome.budget * len(group):
                    continue
                due = sum(min(b.blocks.get(o.code, 0) for b in group) for o in chosen)
                if not any(_content(ballot, options, outcome, due) for ballot in group):
                    faults.append(f"{group} {chosen}")
    return faults


def _content(ballot: Ballot, options: Sequence[Option], outcome: Outcome, due: int) -> bool:
    has = sum(ballot.blocks.get(code, 0) for code in outcome.funded)
    more = [ballot.blocks.get(o.code, 0) for o in options if o.code not in outcome.funded]
    return has >= due or any(has + one > due for one in more)


@settings(deadline=None)
@given(workshops(most=6, minimums=False), st.booleans())
def test_every_group_gets_its_part_up_to_one_option(workshop: Workshop, complete: bool) -> None:
    options, ballots, budget = workshop
    outcome = equal_shares(options, ballots, budget, complete=complete)
    assert unserved(options, wishing(ballots), outcome) == []


def test_greedy_leaves_a_third_without_anything_where_equal_shares_does_not() -> None:
    options = [Option(code, 2_000) for code in ("film", "games", "music", "press", "science")]
    many = [Ballot(f"a{n}", {"film": 1, "games": 1, "music": 1}) for n in range(4)]
    few = [Ballot(f"b{n}", {"press": 1, "science": 1}) for n in range(2)]
    outcome = greedy(options, many + few, 6_000)
    assert list(outcome.funded) == ["film", "games", "music"]
    assert len(unserved(options, many + few, outcome)) == 2  # the two could have paid the press, or science
    outcome = equal_shares(options, many + few, 6_000)
    assert list(outcome.funded) == ["film", "games", "press"]
    assert unserved(options, many + few, outcome) == []


def test_shares_are_raised_by_tenths_and_the_rest_goes_by_blocks_per_euro() -> None:
    options = [Option("film", 2_500), Option("music", 3_200), Option("press", 300)]
    ballots = [Ballot("a", {"film": 5}), Ballot("b", {"film": 5}), Ballot("c", {"music": 5})]
    ballots += [Ballot("d", {"music": 4, "press": 1})]
    outcome = equal_shares(options, ballots, 6_000)
    assert outcome.first == 1_500
    assert outcome.funded == {"press": 300, "film": 2_500, "music": 3_200}
    assert outcome.left == 0
    assert outcome.share == Fraction(1_500) * Fraction(11, 10) ** 2
    assert {one.how for one in outcome.purchases} == {How.SHARES}
    tight = equal_shares(options, ballots, 5_900)
    assert [(one.code, one.how) for one in tight.purchases][-1] != ("music", How.SHARES)
    assert tight.spent <= 5_900


def test_by_wishes_each_option_counts_one_however_many_blocks() -> None:
    options = [Option("film", 2_000), Option("press", 2_000)]
    ballots = [Ballot("a", {"film": 5}), Ballot("b", {"press": 1}), Ballot("c", {"press": 1})]
    assert list(equal_shares(options, ballots, 6_000).funded) == ["film", "press"]
    assert list(equal_shares(options, ballots, 6_000, worth=Worth.APPROVAL).funded) == ["press", "film"]
    assert list(greedy(options, ballots, 2_000).funded) == ["film"]
    assert list(greedy(options, ballots, 2_000, worth=Worth.APPROVAL).funded) == ["press"]


def test_an_empty_sheet_has_no_share_of_the_money() -> None:
    options = [Option("film", 2_000)]
    outcome = equal_shares(
        options, [Ballot("a", {"film": 1}), Ballot("b", {}), Ballot("c", {"film": 0})], 2_000
    )
    assert outcome.first == 2_000
    assert outcome.funded == {"film": 2_000}


def test_nobody_or_nothing_affordable_buys_nothing() -> None:
    nothing = equal_shares([Option("film", 2_000)], [], 2_000)
    assert (nothing.purchases, nothing.left) == ((), 2_000)
    beyond = equal_shares([Option("film", 2_001)], [Ballot("a", {"film": 1})], 2_000)
    assert (beyond.purchases, beyond.left) == ((), 2_000)


def test_a_sheet_with_more_blocks_than_allowed_is_refused_by_name_and_nothing_is_counted() -> None:
    options = [Option("film", 2_000), Option("press", 2_000)]
    ballots = [Ballot("7", {"film": 3, "press": 3})]
    with pytest.raises(TooManyBlocks, match="6 blocks on the sheet “7”, but at most 5"):
        equal_shares(options, ballots, 9_000, allowed=5)
    with pytest.raises(TooManyBlocks):
        greedy(options, ballots, 9_000, allowed=5)
    assert equal_shares(options, ballots, 9_000, allowed=6).spent == 4_000


def test_bad_options_sums_and_sheets_are_refused() -> None:
    film = Option("film", 2_000)
    for bad in ([Option("x", 0)], [Option("x", 5, 6)], [Option("x", 5, 0)], [film, film]):
        with pytest.raises(BadOption):
            equal_shares(bad, [], 1_000)
    with pytest.raises(BadWorkshopBudget):
        equal_shares([film], [], 0)
    with pytest.raises(NegativeBlocks, match="“film”"):
        equal_shares([film], [Ballot("a", {"film": -1})], 1_000)
    with pytest.raises(NotOnOffer, match="“press”"):
        equal_shares([film], [Ballot("a", {"press": 1})], 1_000)
    with pytest.raises(BallotTwice, match="“a”"):
        equal_shares([film], [Ballot("a", {}), Ballot("a", {"film": 1})], 1_000)
