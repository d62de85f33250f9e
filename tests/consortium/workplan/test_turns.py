"""Whose turn: sums, and nobody a whole turn off, over years and whatever residents do."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kimppa.consortium.workplan.turns import Account, carry, deal
from kimppa.foundation.core.apportion import BadWeight, NothingToSplitBy, Weight

Steps = list[list[Weight]]


def area(residents: list[int]) -> list[Weight]:
    return [Weight(f"a{number}", one) for number, one in enumerate(residents)]


@st.composite
def runs(draw: st.DrawFn, *, least: int = 1, most: int = 7) -> Steps:
    """Residents that change at every turn, as wildly as can be; nought for some, never for all."""
    count = draw(st.integers(least, most))
    some = st.lists(st.integers(0, 1_000) | st.integers(0, 3), min_size=count, max_size=count).filter(any)
    return [area(one) for one in draw(st.lists(some, min_size=1, max_size=30))]


@st.composite
def steady(draw: st.DrawFn) -> Steps:
    one = draw(st.lists(st.integers(1, 300_000), min_size=1, max_size=8))
    return [area(one)] * draw(st.integers(1, 60))


def furthest(steps: Steps, took: list[str]) -> Fraction:
    """The greatest distance of anybody from the exact part, at any turn."""
    part: dict[str, Fraction] = {}
    had: Counter[str] = Counter()
    worst = Fraction(0)
    for step, who in zip(steps, took, strict=True):
        whole = sum(one.weight for one in step)
        had[who] += 1
        for one in step:
            part[one.code] = part.get(one.code, Fraction(0)) + Fraction(one.weight, whole)
            worst = max(worst, abs(part[one.code] - had[one.code]))
    return worst


def most_allowed(areas: int) -> Fraction:
    return 1 - Fraction(1, 2 * areas - 2) if areas > 1 else Fraction(0)


@given(steady() | runs())
def test_nobody_is_ever_a_whole_turn_off_the_exact_part(steps: Steps) -> None:
    turns, _ = deal(steps)
    worst = furthest(steps, [turn.code for turn in turns])
    assert worst < 1
    assert worst <= most_allowed(len(steps[0]))


@given(runs(least=2, most=2), st.integers(1, 6))
def test_two_areas_are_never_more_than_half_a_turn_off_though_each_year_is_a_surprise(
    steps: Steps, length: int
) -> None:
    took: list[str] = []
    accounts: dict[str, Account] | None = None
    for start in range(0, len(steps), length):
        turns, accounts = deal(steps[start : start + length], carried=accounts)
        took += [turn.code for turn in turns]
    assert furthest(steps, took) <= Fraction(1, 2)


@given(steady(), st.integers(1, 12))
def test_year_by_year_with_the_same_residents_nobody_drifts(steps: Steps, length: int) -> None:
    took: list[str] = []
    accounts: dict[str, Account] | None = None
    for start in range(0, len(steps), length):
        turns, accounts = deal(steps[start : start + length], carried=accounts)
        took += [turn.code for turn in turns]
    assert furthest(steps, took) <= most_allowed(len(steps[0]))


@given(runs())
def test_parts_and_turns_sum_to_the_number_of_turns_and_each_turn_tells_its_numbers(steps: Steps) -> None:
    turns, accounts = deal(steps)
    assert sum(one.part for one in accounts.values()) == len(steps)
    assert sum(one.had for one in accounts.values()) == len(steps)
    had: Counter[str] = Counter()
    for number, turn in enumerate(turns, start=1):
        assert (turn.had, turn.turns) == (had[turn.code], number)
        had[turn.code] += 1
    assert {code: one.had for code, one in accounts.items() if one.had} == dict(had)


@given(runs())
def test_what_was_dealt_and_done_so_carries_the_same_accounts(steps: Steps) -> None:
    turns, accounts = deal(steps)
    assert carry(zip(steps, [turn.code for turn in turns], strict=True)) == accounts


@given(steady())
def test_the_order_of_the_areas_does_not_matter(steps: Steps) -> None:
    assert deal([list(reversed(step)) for step in steps]) == deal(steps)


def test_a_small_area_gets_its_turn_in_its_own_time() -> None:
    """One in seventy: once in seventy turns, in the midst of them."""
    turns, accounts = deal([[Weight("big", 69), Weight("small", 1)]] * 140)
    assert [number for number, turn in enumerate(turns, start=1) if turn.code == "small"] == [36, 106]
    assert accounts["small"] == Account(Fraction(2), 2)


def test_whoever_did_it_in_truth_had_the_turn_and_the_next_ones_make_up_for_it() -> None:
    two = [Weight("a", 1), Weight("b", 1)]
    accounts = carry([(two, "a"), (two, "a"), (two, "a")])
    assert accounts == {"a": Account(Fraction(3, 2), 3), "b": Account(Fraction(3, 2), 0)}
    turns, accounts = deal([two] * 4, carried=accounts)
    assert [turn.code for turn in turns] == ["b", "b", "b", "a"]
    assert (turns[0].part, turns[0].had, turns[0].turns) == (Fraction(2), 0, 4)


def test_what_an_area_that_ends_was_owed_passes_to_the_others_by_residents() -> None:
    carried = {"a": Account(Fraction(2), 2), "b": Account(Fraction(2), 2), "gone": Account(Fraction(1), 1)}
    _, accounts = deal([[Weight("a", 3), Weight("b", 1)]], carried=carried)
    assert sum(one.balance for one in accounts.values()) == 0
    owed = {"a": Account(Fraction(1), 2), "b": Account(Fraction(2), 2), "gone": Account(Fraction(3), 2)}
    turns, accounts = deal([[Weight("a", 3), Weight("b", 1)]], carried=owed)
    assert accounts["a"].part == 1 + Fraction(3, 4) + Fraction(3, 4)
    assert set(accounts) == {"a", "b"}
    assert sum(one.balance for one in accounts.values()) == 0
    assert [turn.code for turn in turns] == ["a"]


def test_an_area_that_begins_owes_nothing_for_the_time_before_it() -> None:
    old = [Weight("a", 1), Weight("b", 1)]
    _, accounts = deal([old] * 10)
    turns, _ = deal([[*old, Weight("new", 2)]] * 4, carried=accounts)
    assert Counter(turn.code for turn in turns) == {"new": 2, "a": 1, "b": 1}


def test_nobody_to_share_or_a_negative_number_of_residents_is_refused() -> None:
    for nothing in ([], [Weight("a", 0)]):
        with pytest.raises(NothingToSplitBy):
            deal([nothing])
    with pytest.raises(BadWeight, match="“a”"):
        deal([[Weight("a", -1), Weight("b", 2)]])
    with pytest.raises(BadWeight, match="“b”"):
        deal([[Weight("b", 1), Weight("b", 2)]])
    with pytest.raises(BadWeight, match="“x”"):
        carry([([Weight("a", 1)], "x")])
    assert deal([]) == ((), {})
