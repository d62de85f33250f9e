"""A scenario is reckoned by the rules of a levy: what the directors saw is what the levy gives."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kimppa.consortium.budgets.rules import BadSum, Resident, shares_by_rate
from kimppa.consortium.budgets.scenario import NamedSum, NobodyLeft, Scenario, reckon
from kimppa.foundation.core.money import Cents

TWO = (Resident("564", 209_551), Resident("742", 1_009))


def test_a_rate_alone_gives_the_shares_of_a_levy_by_that_rate():
    outcomes = reckon(Scenario((Decimal("0.78"),)), TWO, {})
    shares = {s.code: s.amount for s in shares_by_rate(Decimal("0.78"), TWO)}
    assert {o.code: o.after for o in outcomes} == shares
    assert shares["742"] == Cents(78_702)


def test_two_rates_are_rounded_each_by_itself_and_added():
    outcome = reckon(Scenario((Decimal("0.75"), Decimal("0.013"))), TWO, {"742": Cents(75_675)})[1]
    assert outcome.after == Cents(75_675 + 1_312)
    assert outcome.change == Cents(1_312)
    assert outcome.percent == Decimal("1.7")


def test_who_leaves_pays_nothing_and_the_others_share_the_sums():
    scenario = Scenario(
        (Decimal(0),), sums=(NamedSum("Elokuvat", Cents(100_000)),), without=frozenset({"564"})
    )
    outcomes = {o.code: o for o in reckon(scenario, TWO, {"564": Cents(1), "742": Cents(1)})}
    assert outcomes["564"].after is None
    assert outcomes["564"].change is None
    assert outcomes["742"].after == Cents(100_000)


def test_nobody_left_and_a_sum_of_nothing_are_refused():
    with pytest.raises(NobodyLeft):
        reckon(Scenario((Decimal(1),), without=frozenset({"564", "742"})), TWO, {})
    with pytest.raises(BadSum):
        reckon(Scenario((Decimal(1),), sums=(NamedSum("x", Cents(0)),)), TWO, {})


PEOPLE = st.lists(st.integers(1, 200_000), min_size=1, max_size=40)


@given(PEOPLE, st.lists(st.integers(1, 10**8), max_size=3))
def test_sums_are_split_whole_whoever_is_in(people, sums):
    who = [Resident(f"{n:03d}", residents) for n, residents in enumerate(people)]
    scenario = Scenario((Decimal(0),), sums=tuple(NamedSum("s", Cents(c)) for c in sums))
    outcomes = reckon(scenario, who, {})
    assert sum(o.after.value for o in outcomes if o.after) == sum(sums)
