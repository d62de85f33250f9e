"""Budgets, pure: forecast to year end, parts of an invoice, grant and own share."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kimppa.consortium.budgets.forecast import Promise, outlook, promises, together
from kimppa.consortium.budgets.grant_shares import share_costs
from kimppa.consortium.budgets.plan_rules import PartsBad, PartsDisagree, check_parts
from kimppa.foundation.core.money import Cents

CENTS = st.integers(-50_000_00, 50_000_00)


def c(value: int) -> Cents:
    return Cents(value)


def test_the_forecast_is_what_was_booked_and_what_remains_of_each_commitment() -> None:
    made = promises(
        bookings=[(1, c(40_00)), (1, c(10_00)), (2, c(120_00)), (None, c(7_00))],
        commitments=[(1, c(100_00)), (2, c(100_00)), (3, c(30_00))],
    )
    assert made == (
        Promise(1, c(100_00), c(50_00)),
        Promise(2, c(100_00), c(120_00)),
        Promise(3, c(30_00), c(0)),
        Promise(None, c(0), c(7_00)),
    )
    assert [one.remaining for one in made] == [c(50_00), c(0), c(30_00), c(0)]
    found = outlook(c(300_00), made)
    assert (found.booked, found.remaining, found.forecast, found.left) == (
        c(177_00),
        c(80_00),
        c(257_00),
        c(43_00),
    )


def test_a_credit_note_gives_back_to_the_commitment_it_came_from() -> None:
    (one,) = promises([(1, c(100_00)), (1, c(-20_00))], [(1, c(100_00))])
    assert one.remaining == c(20_00)


@given(
    st.lists(st.tuples(st.sampled_from([1, 2, None]), CENTS.map(Cents)), max_size=8),
    st.lists(st.tuples(st.sampled_from([1, 2, 3]), st.integers(1, 90_000_00).map(Cents)), max_size=5),
    CENTS.map(Cents),
)
def test_a_forecast_is_never_below_what_was_booked_and_holds_every_promise(
    booked: list[tuple[int | None, Cents]], bound: list[tuple[int, Cents]], budget: Cents
) -> None:
    found = outlook(budget, promises(booked, bound))
    assert found.booked.value == sum(amount.value for _, amount in booked)
    assert found.committed.value == sum(amount.value for _, amount in bound)
    assert found.forecast >= found.booked
    assert found.left + found.forecast == budget
    assert together([found, found]).forecast.value == 2 * found.forecast.value


# ── parts of an invoice ───────────────────────────────────────────────────────────────────────────
def test_parts_must_add_up_to_the_cent() -> None:
    check_parts([c(33_33), c(66_67)], c(100_00))
    check_parts([c(-33_33), c(-66_67)], c(-100_00))
    with pytest.raises(PartsDisagree) as told:
        check_parts([c(33_33), c(66_66)], c(100_00))
    assert "99.99" in str(told.value)
    assert "-0.01" in str(told.value)


@pytest.mark.parametrize("parts", [[], [0, 100_00], [-1, 100_01], [1] * 41])
def test_parts_that_cannot_be_are_refused(parts: list[int]) -> None:
    with pytest.raises(PartsBad):
        check_parts([c(part) for part in parts], c(100_00))


# ── grants ────────────────────────────────────────────────────────────────────────────────────────
def test_a_grant_pays_its_per_cent_and_the_kinds_add_up_to_it() -> None:
    found = share_costs(
        {"licences": c(100_01), "services": c(50_02), "travel": c(10_00)},
        own_percent=Decimal("33.33"),
        granted=c(1000_00),
    )
    assert found.cost == c(160_03)
    assert found.grant == c(106_69)  # 106.6920…
    assert found.own == c(53_34)
    assert [(k.kind, k.grant.value, k.own.value) for k in found.kinds] == [
        ("licences", 66_67, 33_34),
        ("services", 33_35, 16_67),
        ("travel", 6_67, 3_33),
    ]
    assert not found.capped


def test_a_grant_never_pays_more_than_was_granted() -> None:
    found = share_costs({"licences": c(1000_00)}, own_percent=Decimal(20), granted=c(500_00))
    assert (found.grant, found.own, found.capped) == (c(500_00), c(500_00), True)


def test_without_costs_there_is_nothing_to_pay() -> None:
    found = share_costs({}, own_percent=Decimal(20), granted=c(500_00))
    assert (found.kinds, found.grant) == ((), c(0))
    back = share_costs({"licences": c(-5_00)}, own_percent=Decimal(20), granted=c(500_00))
    assert back.grant == c(0)


@given(
    st.dictionaries(st.sampled_from("abcdef"), st.integers(-5_000_00, 90_000_00).map(Cents), max_size=6),
    st.decimals(min_value=0, max_value=100, places=2),
    st.integers(1, 200_000_00),
)
def test_shares_always_add_up_and_no_kind_is_a_cent_off(
    costs: dict[str, Cents], own: Decimal, granted: int
) -> None:
    found = share_costs(costs, own_percent=own, granted=c(granted))
    total = sum(cost.value for cost in costs.values())
    assert found.grant.value <= granted
    assert found.cost.value == total
    if total > 0:
        assert sum(kind.grant.value for kind in found.kinds) == found.grant.value
        assert sum(kind.own.value for kind in found.kinds) == found.own.value
        for kind in found.kinds:
            assert abs(Fraction(found.grant.value * kind.cost.value, total) - kind.grant.value) < 1
