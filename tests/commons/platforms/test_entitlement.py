"""May this person use this service? The order of reasons, what is unknown, and what never opens a door."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from ipaddress import ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kimppa.commons.platforms.entitlement import (
    REASONS,
    AccessRule,
    Basis,
    Person,
    Reason,
    why_not,
    within,
)

DAY = date(2022, 11, 15)
MEMBERS = frozenset({"564", "698"})
OULU = Person(card_of=frozenset({"564", "244"}), home="564")


PLAIN = AccessRule()
ONLY_THERE = Reason.IN_LIBRARY_ONLY


def ask(rule: AccessRule = PLAIN, person: Person = OULU, entitled: frozenset[str] = MEMBERS):
    return why_not(rule, person, entitled, on=DAY)


@pytest.mark.parametrize(
    ("rule", "person", "reason"),
    [
        (AccessRule(), OULU, None),
        (AccessRule(), replace(OULU, home=""), None),
        (AccessRule(), replace(OULU, card_of=frozenset({"091"})), Reason.NOT_A_MEMBER),
        (AccessRule(Basis.RESIDENCE), OULU, None),
        (AccessRule(Basis.RESIDENCE), replace(OULU, home=""), Reason.HOME_UNKNOWN),
        (AccessRule(Basis.RESIDENCE), replace(OULU, home="091"), Reason.HOME_NOT_A_MEMBER),
        (AccessRule(), replace(OULU, blocked=True), Reason.CARD_BLOCKED),
        (AccessRule(blocked_too=True), replace(OULU, blocked=True), None),
        (AccessRule(blocked_too=True), replace(OULU, card_expires=date(2022, 11, 14)), Reason.CARD_EXPIRED),
        (AccessRule(), replace(OULU, card_expires=DAY), None),
        (AccessRule(youngest="adult"), replace(OULU, age_group="young"), Reason.TOO_YOUNG),
        (AccessRule(youngest="young"), replace(OULU, age_group="young"), None),
        (AccessRule(youngest="young"), OULU, Reason.AGE_UNKNOWN),
        (AccessRule(guardian_for_children=True), replace(OULU, age_group="child"), Reason.GUARDIAN_NEEDED),
        (
            AccessRule(guardian_for_children=True),
            replace(OULU, age_group="child", guardian_agreed=True),
            None,
        ),
        (AccessRule(guardian_for_children=True), OULU, None),
        (AccessRule(in_library_only=True), OULU, Reason.IN_LIBRARY_ONLY),
        (AccessRule(in_library_only=True), replace(OULU, in_library_of=frozenset({"698"})), None),
        (AccessRule(in_library_only=True), replace(OULU, in_library_of=frozenset({"091"})), ONLY_THERE),
    ],
)  # fmt: skip
def test_each_term_lets_in_whom_it_should_and_says_why_not(rule, person, reason):
    assert ask(rule, person) is reason


def test_a_service_that_nobody_is_entitled_to_is_open_to_nobody():
    assert ask(entitled=frozenset()) is Reason.NOT_IN_USE


def test_every_reason_has_a_sentence():
    assert set(REASONS) == set(Reason)


people = st.builds(
    Person,
    card_of=st.frozensets(st.sampled_from(["564", "698", "091"])),
    home=st.sampled_from(["", "564", "091"]),
    age_group=st.sampled_from(["", "child", "young", "adult"]),
    blocked=st.booleans(),
    card_expires=st.none() | st.dates(date(2022, 11, 1), date(2022, 12, 1)),
    guardian_agreed=st.booleans(),
    in_library_of=st.frozensets(st.sampled_from(["564", "091"])),
)
terms = st.builds(
    AccessRule,
    basis=st.sampled_from(Basis),
    youngest=st.sampled_from(["", "child", "young", "adult"]),
    blocked_too=st.booleans(),
    in_library_only=st.booleans(),
    guardian_for_children=st.booleans(),
)


@given(terms, people)
def test_a_stricter_rule_never_lets_in_somebody_whom_a_looser_one_keeps_out(rule, person):
    strict = replace(
        rule, youngest="adult", blocked_too=False, in_library_only=True, guardian_for_children=True
    )
    if ask(rule, person) is not None:
        assert ask(strict, person) is not None


@given(terms, people)
def test_whoever_gets_in_has_a_members_card_or_a_members_home_and_it_has_not_expired(rule, person):
    if ask(rule, person) is None:
        assert person.card_of & MEMBERS if rule.basis is Basis.CARD else person.home in MEMBERS
        assert person.card_expires is None or person.card_expires >= DAY


def test_an_address_lies_in_the_networks_that_hold_it_mapped_ones_too_and_rubbish_in_none():
    networks = {"564": (ip_network("192.0.2.0/24"),), "698": (ip_network("2001:db8::/32"),)}
    assert within("192.0.2.7", networks) == {"564"}
    assert within("::ffff:192.0.2.7", networks) == {"564"}
    assert within("2001:db8::1", networks) == {"698"}
    assert within("192.0.3.1", networks) == frozenset()
    assert within("not an address", networks) == frozenset()
