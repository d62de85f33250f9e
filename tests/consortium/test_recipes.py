"""Sums shared by a recipe: keys mixed, flat sums, least and greatest shares. Exact figures and promises."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kimppa.consortium.budgets.recipes import (
    BadRecipe,
    Bound,
    BoundsImpossible,
    Claimant,
    FlatTooLarge,
    Key,
    Part,
    Recipe,
    shares_by_recipe,
)
from kimppa.consortium.budgets.rules import BadMonths, BadSum, Resident, shares_by_amount
from kimppa.foundation.core.apportion import NothingToSplitBy
from kimppa.foundation.core.money import Cents

TOWNS = [
    Claimant.of("a", residents=100, use=0),
    Claimant.of("b", residents=300, use=10),
    Claimant.of("c", residents=600, use=30),
]

claimants = st.lists(
    st.tuples(st.integers(0, 700_000), st.integers(1, 12), st.integers(0, 9_999)), min_size=1, max_size=40
).map(
    lambda rows: [
        Claimant.of(f"{n:03d}", residents=people, months=months, use=use)
        for n, (people, months, use) in enumerate(rows)
    ]
)
mixes = st.lists(st.tuples(st.sampled_from(list(Key)), st.integers(0, 100)), min_size=1, max_size=3)


def cents(recipe: Recipe, amount: int, who: list[Claimant] = TOWNS) -> list[int]:
    return [share.amount.value for share in shares_by_recipe(Cents(amount), recipe, who)]


def test_by_residents_alone_it_is_the_plain_split() -> None:
    plain = shares_by_amount(Cents(100_001), [Resident("a", 100), Resident("b", 300), Resident("c", 600)])
    assert cents(Recipe(), 100_001) == [share.amount.value for share in plain] == [10_000, 30_000, 60_001]


def test_equal_parts_and_use_are_keys_of_their_own() -> None:
    assert cents(Recipe((Part(Key.EQUAL),)), 100_000) == [33_334, 33_333, 33_333]
    assert cents(Recipe((Part(Key.USAGE),)), 100_000) == [0, 25_000, 75_000]


def test_a_mix_is_weighed_by_its_parts() -> None:
    forty_sixty = Recipe((Part(Key.EQUAL, 40), Part(Key.POPULATION, 60)))
    assert cents(forty_sixty, 300_000) == [40_000 + 18_000, 40_000 + 54_000, 40_000 + 108_000]


def test_a_flat_sum_is_taken_first_and_for_a_part_of_the_year_the_same_part_of_it() -> None:
    assert cents(Recipe(flat=Cents(5_000)), 100_000) == [13_500, 30_500, 56_000]
    part = [Claimant.of("a", residents=100, months=6), Claimant.of("b", residents=50)]
    assert cents(Recipe(flat=Cents(1_200)), 3_000, part) == [600 + 600, 1_200 + 600]


def test_a_least_share_is_held_and_the_others_carry_it_in_proportion() -> None:
    shares = shares_by_recipe(Cents(100_000), Recipe(least=Cents(20_000)), TOWNS)
    assert [share.amount.value for share in shares] == [20_000, 26_667, 53_333]
    assert [share.bound for share in shares] == [Bound.LEAST, Bound.NONE, Bound.NONE]
    assert [share.quota for share in shares] == [10_000, 30_000, 60_000]


def test_a_greatest_share_is_held_and_what_is_over_goes_to_the_others() -> None:
    shares = shares_by_recipe(Cents(100_000), Recipe(greatest=Cents(50_000)), TOWNS)
    assert [share.amount.value for share in shares] == [12_500, 37_500, 50_000]
    assert shares[2].bound is Bound.GREATEST


def test_both_bounds_hold_at_once() -> None:
    both = Recipe(least=Cents(30_000), greatest=Cents(40_000))
    assert cents(both, 100_000) == [30_000, 30_000, 40_000]


def test_bounds_that_cannot_meet_the_sum_are_refused_with_what_they_allow() -> None:
    with pytest.raises(BoundsImpossible) as refused:
        cents(Recipe(least=Cents(40_000)), 100_000)
    assert "1000.00 € cannot be shared: they allow from 1200.00 €" in str(refused.value)
    with pytest.raises(BoundsImpossible):
        cents(Recipe(greatest=Cents(30_000)), 100_000)
    with pytest.raises(BoundsImpossible):  # who used nothing has nothing to take the rest by
        cents(Recipe((Part(Key.USAGE),), greatest=Cents(40_000)), 100_000)


def test_an_impossible_recipe_is_refused() -> None:
    for parts in ((), (Part(Key.EQUAL, 0),), (Part(Key.EQUAL, -1), Part(Key.POPULATION, 2))):
        with pytest.raises(BadRecipe):
            cents(Recipe(parts), 100)
    with pytest.raises(FlatTooLarge):
        cents(Recipe(flat=Cents(50)), 100)
    with pytest.raises(BadSum):
        cents(Recipe(), 0)
    with pytest.raises(BadMonths):
        cents(Recipe(), 100, [Claimant.of("a", residents=1, months=13)])
    with pytest.raises(NothingToSplitBy):
        cents(Recipe((Part(Key.USAGE),)), 100, [Claimant.of("a", residents=1)])
    with pytest.raises(NothingToSplitBy):
        cents(Recipe(), 100, [])


@given(claimants, mixes, st.integers(1, 10**10), st.integers(0, 5_000))
def test_shares_sum_to_the_amount_and_stay_within_a_cent_of_the_quota(
    who: list[Claimant], mix: list[tuple[Key, int]], amount: int, flat: int
) -> None:
    recipe = Recipe(tuple(Part(key, weight) for key, weight in mix), flat=Cents(flat))
    try:
        shares = shares_by_recipe(Cents(amount), recipe, who)
    except (BadRecipe, NothingToSplitBy, FlatTooLarge):
        return
    assert sum(share.amount.value for share in shares) == amount
    assert all(abs(share.amount.value - share.quota) < 1 for share in shares)
    # On average nobody is half a cent or more from the quota: no integer split could promise it to each.
    assert sum(abs(share.amount.value - share.quota) for share in shares) <= Fraction(len(shares), 2)


@given(claimants, mixes, st.integers(1, 10**9), st.integers(0, 10**6), st.integers(0, 10**7))
def test_bounds_hold_for_each_and_nobody_smaller_pays_more(
    who: list[Claimant], mix: list[tuple[Key, int]], amount: int, least: int, room: int
) -> None:
    recipe = Recipe(
        tuple(Part(key, weight) for key, weight in mix), least=Cents(least), greatest=Cents(least + room)
    )
    whole_year = [Claimant(c.code, c.weights, 12) for c in who]
    try:
        shares = shares_by_recipe(Cents(amount), recipe, whole_year)
    except (BadRecipe, NothingToSplitBy, BoundsImpossible):
        return
    assert sum(share.amount.value for share in shares) == amount
    assert all(least <= share.amount.value <= least + room for share in shares)
    by_quota = sorted(shares, key=lambda share: share.quota)
    for smaller, larger in pairwise(by_quota):
        assert smaller.amount.value <= larger.amount.value or smaller.quota == larger.quota


@given(claimants, mixes, st.integers(1, 10**9), st.integers(0, 10**6), st.integers(0, 10**7))
def test_a_possible_sum_is_never_refused_when_every_quota_is_above_nothing(
    who: list[Claimant], mix: list[tuple[Key, int]], amount: int, least: int, room: int
) -> None:
    able = [Claimant(c.code, {key: weight + 1 for key, weight in c.weights.items()}, 12) for c in who]
    parts = tuple(Part(key, weight + 1) for key, weight in mix)
    possible = least * len(able) <= amount <= (least + room) * len(able)
    recipe = Recipe(parts, least=Cents(least), greatest=Cents(least + room))
    if possible:
        shares_by_recipe(Cents(amount), recipe, able)
    else:
        with pytest.raises(BoundsImpossible):
            shares_by_recipe(Cents(amount), recipe, able)


@given(claimants, mixes, st.integers(1, 10**9))
def test_the_order_in_which_they_come_does_not_matter(
    who: list[Claimant], mix: list[tuple[Key, int]], amount: int
) -> None:
    recipe = Recipe(tuple(Part(key, weight + 1) for key, weight in mix))
    try:
        forward = shares_by_recipe(Cents(amount), recipe, who)
    except NothingToSplitBy:
        return
    assert shares_by_recipe(Cents(amount), recipe, list(reversed(who))) == forward
