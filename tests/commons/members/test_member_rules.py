"""Dated memberships may touch, not overlap; roles reach as far as their table says."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kimppa.commons.members.roles import TABLE, Act, Grant, Reach, Role, allowed, visible
from kimppa.commons.members.rules import (
    DatesInWrongOrder,
    OverlappingMembership,
    check_span,
    overlaps,
)

DAYS = st.dates(date(2020, 1, 1), date(2030, 1, 1))
SPANS = st.tuples(st.none() | DAYS, st.none() | DAYS).filter(
    lambda s: s[0] is None or s[1] is None or s[0] <= s[1]
)


@given(SPANS, SPANS, DAYS)
def test_two_spans_that_share_a_day_overlap_and_overlapping_is_mutual(a, b, day):
    def holds(span):
        return (span[0] is None or span[0] <= day) and (span[1] is None or span[1] >= day)

    if holds(a) and holds(b):
        assert overlaps(a, b)
    assert overlaps(a, b) == overlaps(b, a)


def test_a_membership_may_begin_on_the_day_after_another_ended_but_not_on_its_last_day():
    earlier = ((None, date(2025, 4, 30)), "Sotkamo")
    check_span((date(2025, 5, 1), None), [earlier], who="Sotkamo")
    with pytest.raises(OverlappingMembership) as caught:
        check_span((date(2025, 4, 30), None), [earlier], who="Sotkamo")
    assert caught.value.params["start"] == "2025-04-30"


def test_a_span_that_ends_before_it_begins_is_refused():
    with pytest.raises(DatesInWrongOrder):
        check_span((date(2025, 5, 2), date(2025, 5, 1)), [], who="Sotkamo")


def test_the_coordinator_may_do_every_act_everywhere():
    assert TABLE[Role.COORDINATOR] == dict.fromkeys(Act, Reach.EVERYWHERE)


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("act", list(Act))
def test_every_cell_of_the_role_table_means_what_it_says(role, act):
    own = Grant(role, frozenset({"742"}))
    reach = TABLE[role].get(act)
    assert allowed([own], act, frozenset({"742"})) == (reach is not None)
    assert allowed([own], act, frozenset({"564"})) == (reach is Reach.EVERYWHERE)
    assert allowed([own], act, frozenset({"742", "564"})) == (reach is Reach.EVERYWHERE)
    assert allowed([own], act, None) == (reach is Reach.EVERYWHERE)
    assert allowed([Grant(role, None)], act, None) == (reach is not None)


def test_nobody_may_do_anything_without_a_role():
    for act in Act:
        assert not allowed([], act, frozenset({"742"}))
        assert not visible([], act)


def test_two_scopes_of_one_role_open_both_places_and_nothing_else():
    grants = [Grant(Role.DIRECTOR, frozenset({"742"})), Grant(Role.DIRECTOR, frozenset({"583"}))]
    seen = visible(grants, Act.SEE_MONEY)
    assert not seen.everything
    assert seen.municipalities == {"742", "583"}
    assert not seen.covers("564")


def test_an_empty_scope_opens_nothing_of_what_reaches_only_within():
    assert not allowed([Grant(Role.DIRECTOR, frozenset())], Act.SEE_MONEY, frozenset())
