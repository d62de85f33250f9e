"""Splitting sums: exact figures, and the three promises that hold for any input."""

from __future__ import annotations

import random
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kimppa.foundation.core.apportion import (
    BadWeight,
    NothingToSplitBy,
    Weight,
    cumulative,
    largest_remainder,
)


@st.composite
def weights(draw: st.DrawFn) -> list[Weight]:
    numbers = draw(st.lists(st.integers(0, 250_000), min_size=1, max_size=60).filter(any))
    return [Weight(f"{i:03d}", n) for i, n in enumerate(numbers)]


@given(st.integers(-(10**9), 10**9), weights())
def test_the_shares_always_sum_to_the_total(total: int, who: list[Weight]) -> None:
    assert sum(largest_remainder(total, who).values()) == total


@given(st.integers(-(10**9), 10**9), weights())
def test_every_share_is_within_a_cent_of_its_exact_quota(total: int, who: list[Weight]) -> None:
    whole = sum(w.weight for w in who)
    shares = largest_remainder(total, who)
    for w in who:
        assert abs(Fraction(total * w.weight, whole) - shares[w.code]) < 1


@given(st.integers(-(10**9), 10**9), weights(), st.randoms(use_true_random=False))
def test_the_order_of_the_weights_does_not_matter(total: int, who: list[Weight], dice: random.Random) -> None:
    shuffled = list(who)
    dice.shuffle(shuffled)
    assert largest_remainder(total, shuffled) == largest_remainder(total, who)


@given(st.integers(0, 10**9), weights())
def test_a_credit_gives_back_exactly_what_was_taken(total: int, who: list[Weight]) -> None:
    taken = largest_remainder(total, who)
    assert largest_remainder(-total, who) == {code: -cents for code, cents in taken.items()}


@given(st.lists(st.integers(0, 10**7), min_size=1, max_size=24), weights())
def test_cumulative_splits_sum_at_each_step_and_nobody_drifts(totals: list[int], who: list[Weight]) -> None:
    whole = sum(w.weight for w in who)
    given = dict.fromkeys((w.code for w in who), 0)
    running = 0
    for amount, step in zip(totals, cumulative(totals, who), strict=True):
        running += amount
        assert sum(step.values()) == amount
        for w in who:
            given[w.code] += step[w.code]
            assert abs(Fraction(running * w.weight, whole) - given[w.code]) < 1


@given(st.lists(st.integers(0, 10**7), min_size=2, max_size=8), weights())
def test_cumulative_may_be_taken_up_again_from_what_was_given(totals: list[int], who: list[Weight]) -> None:
    at_once = cumulative(totals, who)
    first = at_once[0]
    assert cumulative(totals[1:], who, already=first) == at_once[1:]


def test_leftover_cents_go_to_the_largest_remainders() -> None:
    shares = largest_remainder(100, [Weight("a", 1), Weight("b", 1), Weight("c", 4)])
    # Quotas 16.67, 16.67, 66.67: two cents left, three equal remainders; the larger weight, then the code.
    assert shares == {"a": 17, "b": 16, "c": 67}


def test_ties_go_to_the_larger_weight_and_then_to_the_smaller_code() -> None:
    assert largest_remainder(1, [Weight("b", 1), Weight("a", 1)]) == {"b": 0, "a": 1}
    assert largest_remainder(1, [Weight("a", 1), Weight("b", 3), Weight("c", 4)]) == {"a": 0, "b": 0, "c": 1}
    assert largest_remainder(2, [Weight("a", 1), Weight("b", 3)]) == {"a": 0, "b": 2}


def test_somebody_without_weight_gets_nothing() -> None:
    assert largest_remainder(7, [Weight("a", 0), Weight("b", 3), Weight("c", 3)]) == {"a": 0, "b": 4, "c": 3}


def test_nobody_or_no_weight_at_all_is_refused() -> None:
    for nothing in ([], [Weight("a", 0)]):
        with pytest.raises(NothingToSplitBy):
            largest_remainder(100, nothing)


def test_a_negative_weight_or_a_code_twice_is_refused_by_name() -> None:
    with pytest.raises(BadWeight, match="“b”"):
        largest_remainder(100, [Weight("a", 1), Weight("b", -1)])
    with pytest.raises(BadWeight, match="“a”"):
        largest_remainder(100, [Weight("a", 1), Weight("a", 1)])
    with pytest.raises(BadWeight, match="“x”"):
        cumulative([100], [Weight("a", 1)], already={"x": 5})
