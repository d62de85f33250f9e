"""A told figure is dealt so that the parts sum to it, and nobody who is no member gets any."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from kimppa.commons.usage.rules import NOT_KNOWN, Member, Part, dealt, settled_parts, weights_of

CODES = st.sampled_from(["005", "009", "010", "047", "564", "698", NOT_KNOWN])
WEIGHTS = st.dictionaries(CODES, st.integers(0, 10**6), max_size=7)
MEMBERS = st.dictionaries(
    CODES, st.builds(Member, residents=st.integers(0, 10**6), opened=st.integers(0, 10**5)), max_size=7
)


@given(st.integers(0, 10**9), WEIGHTS)
def test_the_parts_of_a_whole_sum_to_it_whatever_the_weights(whole, weights):
    parts = dealt(whole, weights)
    assert sum(part.value for part in parts.values()) == whole
    assert all(part.value >= 0 for part in parts.values())


@given(st.dictionaries(CODES, st.integers(0, 10**6), max_size=7), MEMBERS)
def test_what_municipalities_have_sums_to_what_was_told_of_members(told, members):
    groups = {"564": ("564",), NOT_KNOWN: ("009", "564", "698"), "047": ("005", "010")}
    found = settled_parts(told, groups, members)
    placed = sum(value for unit, value in told.items() if unit in groups)
    assert sum(part.value for parts in found.values() for part in parts) == placed


@given(st.dictionaries(CODES, st.integers(0, 10**6), max_size=7), MEMBERS)
def test_a_group_of_one_is_measured_and_never_marked_as_dealt(told, members):
    groups = {code: (code,) for code in ("564", "698", NOT_KNOWN)}
    found = settled_parts(told, groups, members)
    assert all(part.weights == 0 for parts in found.values() for part in parts)
    assert {code: parts[0].value for code, parts in found.items()} == {
        code: value for code, value in told.items() if code in groups
    }


def test_the_units_left_over_go_to_the_largest_remainders():
    parts = dealt(1000, {"564": 300, "698": 100, "": 100})
    assert parts == {
        "564": Part(600, 1000, 300, 500),
        "698": Part(200, 1000, 100, 500),
        "": Part(200, 1000, 100, 500),
    }
    assert {code: part.value for code, part in dealt(10, {"a": 1, "b": 1, "c": 1}).items()} == {
        "a": 4,
        "b": 3,
        "c": 3,
    }


def test_without_any_weight_the_whole_stays_not_known_instead_of_being_guessed():
    assert dealt(12, {"564": 0}) == {NOT_KNOWN: Part(12, 12)}
    assert dealt(12, {}) == {NOT_KNOWN: Part(12, 12)}


def test_residents_weigh_only_where_nothing_was_opened():
    members = {"564": Member(200_000, 0), "698": Member(60_000, 0), "": Member(0, 0)}
    assert weights_of(("564", "698"), members, all_of_us=True) == {"564": 200_000, "698": 60_000, "": 0}
    members["698"] = Member(60_000, 3)
    assert weights_of(("564", "698"), members, all_of_us=True) == {"564": 0, "698": 3, "": 0}


def test_openings_of_unknown_places_do_not_weigh_inside_one_kimppa():
    members = {"564": Member(10, 5), "698": Member(10, 5), "": Member(0, 90)}
    assert weights_of(("564", "698"), members, all_of_us=False) == {"564": 5, "698": 5}
