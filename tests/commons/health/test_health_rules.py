"""Two of three: when something is down, and how its minutes are counted."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kimppa.commons.health.rules import (
    Kind,
    Standing,
    State,
    Tally,
    after,
    decide,
    failed,
    holds_for,
    kind_of,
    standing_of,
    tally,
)

START = datetime(2026, 3, 2, 10, tzinfo=UTC)
HOUR = START + timedelta(hours=1)
TEN = timedelta(minutes=10)


def at(minute: int) -> datetime:
    return START + timedelta(minutes=minute)


@pytest.mark.parametrize(
    ("seen", "wanted"),
    [
        ("", State.UNKNOWN),
        ("S", State.UP),
        ("F", State.UNKNOWN),
        ("FF", State.DOWN),
        ("SF", State.UP),
        ("SSF", State.UP),
        ("SFSF", State.DOWN),
        ("SSFF", State.DOWN),
        ("FFS", State.DOWN),
        ("FFSS", State.UP),
    ],
)
def test_two_of_the_last_three_decide(seen: str, wanted: State) -> None:
    assert after(one == "S" for one in seen) is wanted


@given(st.lists(st.booleans(), min_size=3))
def test_of_three_or_more_the_majority_of_the_last_three_holds(seen: list[bool]) -> None:
    assert after(seen) is (State.UP if sum(seen[-3:]) >= 2 else State.DOWN)


@given(st.lists(st.booleans()), st.sampled_from(State))
def test_one_failure_never_takes_a_working_target_down(seen: list[bool], before: State) -> None:
    if sum(not good for good in seen[-3:]) < 2 and before is State.UP:
        assert decide(before, seen) is State.UP


@given(st.integers(0, 1000), st.integers(0, 1000))
def test_a_minute_fails_when_at_least_half_of_it_failed(good: int, bad: int) -> None:
    assert failed(good, bad) is (bad > 0 and bad >= good)


observations = st.dictionaries(st.integers(-180, 59).map(at), st.booleans())
planned = st.lists(
    st.tuples(st.integers(-30, 70), st.integers(1, 40)).map(lambda p: (at(p[0]), at(p[0] + p[1]))), max_size=3
)


@given(observations, planned)
def test_no_minute_is_counted_twice_and_maintenance_only_takes_away(
    seen: dict[datetime, bool], pauses: list[tuple[datetime, datetime]]
) -> None:
    counted = tally(seen, start=START, end=HOUR, holds=TEN, planned=pauses)
    without = tally(seen, start=START, end=HOUR, holds=TEN, planned=[])
    assert counted.told <= 60
    assert counted.up <= without.up
    assert counted.down <= without.down
    resting = sum(any(a <= at(m) < b for a, b in pauses) for m in range(60))
    assert counted.planned == resting


@given(observations)
def test_an_hour_counted_in_two_halves_is_the_same(seen: dict[datetime, bool]) -> None:
    """Counting needs no memory but the three hours before: it may stop and go on anywhere."""
    recent = {moment: good for moment, good in seen.items() if moment >= at(-120)}
    halves = tally(recent, start=START, end=at(30), holds=TEN, planned=[]) + tally(
        recent, start=at(30), end=HOUR, holds=TEN, planned=[]
    )
    assert halves == tally(recent, start=START, end=HOUR, holds=TEN, planned=[])


def test_the_worked_example_of_the_documentation() -> None:
    """docs/algorithms/availability.md: probes every five minutes, an outage, a pause, a silence."""
    seen = {at(minute): True for minute in (0, 5, 10, 30, 35)}
    seen |= {at(minute): False for minute in (15, 20, 25)}
    pause = (at(40), at(45))
    counted = tally(seen, start=START, end=HOUR, holds=holds_for(5), planned=[pause])
    # Down from the second failure (20) until the second success (35); then told for ten minutes more.
    assert counted == Tally(up=25, down=15, planned=5)
    assert 60 - counted.told == 15
    assert counted.availability == Decimal("62.500")
    assert counted.coverage(60) == Decimal("72.727")


def test_availability_is_never_shown_better_than_it_was() -> None:
    assert Tally(up=43_199, down=1).availability == Decimal("99.997")
    assert Tally(up=999_999, down=1).availability == Decimal("99.999")
    assert Tally().availability is None
    assert Tally(planned=60).coverage(60) is None


def test_what_people_are_told() -> None:
    def told(
        state: State, *, last_failed: bool = False, age: int | None = 1, pause: bool = False
    ) -> Standing:
        looked = None if age is None else START - timedelta(minutes=age)
        return standing_of(state, last_failed=last_failed, looked=looked, in_maintenance=pause, now=START)

    assert told(State.UP) is Standing.WORKS
    assert told(State.UP, last_failed=True) is Standing.TROUBLE
    assert told(State.DOWN) is Standing.DOWN
    assert told(State.DOWN, pause=True) is Standing.MAINTENANCE
    assert told(State.UNKNOWN, age=None) is Standing.UNKNOWN
    assert told(State.UP, age=60 * 25) is Standing.UNKNOWN


def test_the_kind_is_the_prefix_of_the_key() -> None:
    assert [kind_of(key) for key in ("platform:x", "library-system:outi", "hub:portal", "x", "other:y")] == [
        *(Kind.PLATFORM, Kind.LIBRARY_SYSTEM, Kind.HUB, Kind.OTHER, Kind.OTHER)
    ]
