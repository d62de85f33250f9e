"""When duties fall due, and what becomes of them: days that do not exist, rules without end, reasons."""

from __future__ import annotations

import contextlib
from datetime import date, datetime, timedelta
from fractions import Fraction

import pytest
from dateutil.rrule import rrulestr
from hypothesis import given
from hypothesis import strategies as st

from kimppa.consortium.workplan.recurring import BadRule, NoSuchDay, TooFar, days, parse
from kimppa.consortium.workplan.rules import (
    AlreadyOver,
    BadMinutes,
    NotOver,
    Occurrence,
    ReasonMissing,
    State,
    Work,
    done,
    hours,
    laid_out,
    moved,
    opened_again,
    skipped,
)
from kimppa.foundation.core.apportion import NothingToSplitBy, Weight
from kimppa.foundation.core.periods import Period, is_working_day, year

NEW_YEAR = date(2026, 1, 1)
A, B, C = date(2026, 3, 10), date(2026, 3, 17), date(2026, 4, 14)


@pytest.mark.parametrize(
    ("text", "day", "month"),
    [
        ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", 30, 2),
        ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29", 29, 2),
        ("FREQ=YEARLY;BYMONTH=3,4;BYMONTHDAY=31", 31, 4),
        ("FREQ=MONTHLY;BYMONTHDAY=31", 31, 2),
        ("FREQ=MONTHLY;BYMONTHDAY=-30", -30, 2),
    ],
)
def test_a_day_that_some_month_lacks_is_said_and_not_skipped(text: str, day: int, month: int) -> None:
    with pytest.raises(NoSuchDay, match=f"no day {day} in month {month} every year") as told:
        parse(text)
    assert told.value.params == {"day": day, "month": month}


@pytest.mark.parametrize(
    "text",
    [
        *("", "every now and then", "FREQ=SECONDLY", "FREQ=DAILY", "FREQ=MONTHLY", "FREQ=YEARLY;BYMONTH=2"),
        *(
            "FREQ=YEARLY;BYMONTHDAY=1",
            "FREQ=WEEKLY;BYMONTHDAY=1",
            "FREQ=WEEKLY;BYDAY=2MO",
            "FREQ=WEEKLY;BYDAY=XX",
        ),
        *("FREQ=MONTHLY;BYMONTHDAY=1;BYDAY=MO", "FREQ=MONTHLY;BYMONTHDAY=0", "FREQ=MONTHLY;BYDAY=5MO"),
        *(
            "FREQ=WEEKLY;INTERVAL=0",
            "FREQ=WEEKLY;COUNT=99999",
            "FREQ=WEEKLY;UNTIL=tomorrow",
            "FREQ=WEEKLY;UNTIL=20260101X",
            "FREQ=WEEKLY;UNTIL=20260230",
            "FREQ=WEEKLY;FREQ=WEEKLY",
        ),
        *(
            "FREQ=WEEKLY;WEEKS=-2",
            "EVENT=x;WEEKS=1;DAYS=2",
            "EVENT=x;COUNT=2",
            "EVENT=<b>;DAYS=1",
            "EVENT=x;DAYS=999",
        ),
        *(
            "FREQ=WEEKLY;ROLL=SIDEWAYS",
            "FREQ=MONTHLY;BYWORKDAY=16",
            "FREQ=WEEKLY;BYHOUR=3",
            "FREQ=WEEKLY;INTERVAL=٣x",
        ),
    ],
)
def test_a_rule_that_cannot_be_followed_is_refused_whole(text: str) -> None:
    with pytest.raises(BadRule):
        parse(text)


@given(st.text(max_size=60) | st.from_regex(r"(FREQ|BYDAY|BYMONTH|EVENT|DAYS|UNTIL)=[A-Z0-9,;=-]{0,20}"))
def test_whatever_is_written_is_understood_or_refused_and_never_anything_else(text: str) -> None:
    with contextlib.suppress(BadRule, NoSuchDay):
        parse(text)


def test_a_rule_that_never_ends_is_laid_out_for_a_closed_time_only() -> None:
    weekly = parse("FREQ=WEEKLY;BYDAY=MO")
    for period in (Period(NEW_YEAR, None), Period(None, NEW_YEAR), Period(NEW_YEAR, date(2039, 1, 1))):
        with pytest.raises(TooFar, match="12 years"):
            days(weekly, start=NEW_YEAR, within=period)
    found = days(weekly, start=NEW_YEAR, within=Period(NEW_YEAR, date(2037, 12, 31)))
    assert (len(found), found[0], found[-1]) == (626, date(2026, 1, 5), date(2037, 12, 28))


RULES = st.sampled_from(
    (
        "FREQ=WEEKLY;BYDAY=MO,TH",
        "FREQ=WEEKLY;INTERVAL=3;BYDAY=FR",
        "FREQ=MONTHLY;BYMONTHDAY=1,-1",
        "FREQ=MONTHLY;INTERVAL=2;BYDAY=-1FR",
        "FREQ=YEARLY;BYMONTH=3,9;BYDAY=2TU",
        "FREQ=YEARLY;INTERVAL=2;BYMONTH=6;BYMONTHDAY=15",
        "FREQ=MONTHLY;BYMONTHDAY=15;COUNT=7",
        "FREQ=WEEKLY;BYDAY=SU;UNTIL=20270630",
    )
)


@given(RULES, st.dates(date(2020, 1, 1), date(2027, 1, 1)), st.integers(2020, 2029))
def test_the_shared_part_of_rrule_means_what_rfc_5545_means(text: str, start: date, number: int) -> None:
    everything = rrulestr(text, dtstart=_moment(start))
    wanted = [
        moment.date()
        for moment in everything.between(_moment(date(number, 1, 1)), _moment(date(number, 12, 31)), inc=True)
    ]
    assert list(days(parse(text), start=start, within=year(number))) == wanted


def _moment(day: date) -> datetime:
    return datetime(day.year, day.month, day.day)  # noqa: DTZ001 - days have no zone


@given(st.integers(-5, 5).filter(bool), st.dates(date(2020, 1, 1), date(2030, 1, 1)))
def test_working_days_of_a_month_are_counted_among_its_working_days(number: int, start: date) -> None:
    found = days(parse(f"FREQ=MONTHLY;BYWORKDAY={number}"), start=start, within=year(start.year + 1))
    assert len(found) == 12
    for day in found:
        assert is_working_day(day)
        before = [d for d in range(1, day.day) if is_working_day(day.replace(day=d))]
        if number > 0:
            assert len(before) == number - 1


@given(st.dates(date(2020, 1, 1), date(2030, 1, 1)), st.sampled_from(("BEFORE", "AFTER")))
def test_a_day_rolls_to_the_nearest_working_day_of_its_side(event: date, side: str) -> None:
    within = Period(event - timedelta(days=9), event + timedelta(days=9))
    (found,) = days(
        parse(f"EVENT=fair;ROLL={side}"), start=date(2019, 1, 1), within=within, events={"fair": [event]}
    )
    assert is_working_day(found)
    low, high = min(event, found), max(event, found)
    between = [d for d in Period(low, high) if d != found]
    assert not any(is_working_day(day) for day in between)
    assert (found <= event) if side == "BEFORE" else (found >= event)


def test_a_day_that_rolls_into_the_period_is_in_it_and_one_that_rolls_out_is_not() -> None:
    rule = parse("FREQ=MONTHLY;BYMONTHDAY=1;ROLL=BEFORE")  # 1 March 2026 is a Sunday
    february = Period(date(2026, 2, 1), date(2026, 2, 28))
    assert days(rule, start=NEW_YEAR, within=february) == (date(2026, 2, 27),)
    assert days(rule, start=NEW_YEAR, within=Period(date(2026, 3, 1), date(2026, 3, 30))) == ()


def test_nothing_falls_due_before_the_duty_began_and_an_unknown_event_gives_none() -> None:
    assert days(parse("FREQ=WEEKLY;BYDAY=MO"), start=date(2026, 12, 29), within=year(2026)) == ()
    assert days(parse("EVENT=fair;WEEKS=-2"), start=NEW_YEAR, within=year(2026)) == ()


def test_an_occurrence_is_done_moved_or_skipped_and_says_why() -> None:
    one = Occurrence(A, A)
    later = moved(one, to=B, reason="  the directors\nmeet later ")
    assert (later.planned, later.due, later.state) == (A, B, State.MOVED)
    assert later.moved_because == "the directors meet later"
    finished = done(later, on=date(2026, 3, 16), minutes=90)
    assert (finished.state, finished.minutes, finished.moved_because) == (
        State.DONE,
        90,
        "the directors meet later",
    )
    assert skipped(one, reason="no contract ends").state is State.SKIPPED
    assert moved(later, to=A, reason="") == one
    for act in (lambda: moved(one, to=B, reason=" \n"), lambda: skipped(one, reason="")):
        with pytest.raises(ReasonMissing):
            act()


def test_what_is_over_is_not_touched_before_it_is_opened_again() -> None:
    later = moved(Occurrence(A, A), to=B, reason="snow")
    finished = done(later, on=B, minutes=0)
    for act in (
        lambda: done(finished, on=B),
        lambda: moved(finished, to=C, reason="x"),
        lambda: skipped(finished, reason="x"),
    ):
        with pytest.raises(AlreadyOver, match="2026-03-17"):
            act()
    assert opened_again(finished) == later
    assert opened_again(skipped(later, reason="x")) == later
    assert opened_again(skipped(Occurrence(A, A), reason="x")) == Occurrence(A, A)
    with pytest.raises(NotOver):
        opened_again(later)


def test_late_is_what_is_still_to_be_done_after_its_day() -> None:
    one = Occurrence(A, A)
    assert [one.late(A), one.late(B), moved(one, to=B, reason="x").late(B)] == [False, True, False]
    assert not done(one, on=B).late(C)


@pytest.mark.parametrize("minutes", [-1, 60_001])
def test_an_impossible_time_is_refused(minutes: int) -> None:
    with pytest.raises(BadMinutes, match="60000"):
        done(Occurrence(A, A), on=A, minutes=minutes)


def test_laying_out_again_makes_no_second_one_and_a_changed_rule_takes_only_what_nobody_touched() -> None:
    shifted = moved(Occurrence(A, A), to=C, reason="x")
    untouched = Occurrence(B, B)
    assert laid_out([A, B], [shifted, untouched]) == (untouched, shifted)
    assert laid_out([A, B], laid_out([A, B], [])) == (Occurrence(A, A), Occurrence(B, B))
    assert laid_out([C], [shifted, untouched]) == (shifted, Occurrence(C, C))


@given(
    st.lists(
        st.tuples(st.sampled_from("abc"), st.integers(0, 500), st.none() | st.integers(0, 500)), max_size=20
    )
)
def test_what_areas_did_beyond_their_part_sums_to_nought(work: list[tuple[str, int, int | None]]) -> None:
    rows = hours([Work(*one) for one in work], [Weight("a", 5), Weight("b", 2), Weight("c", 0)])
    assert sum(one.over_part for one in rows) == 0
    assert sum(one.planned for one in rows) == sum(planned for _, planned, _ in work)
    assert [one.area for one in rows] == ["a", "b", "c"]


def test_hours_of_an_area_that_is_no_more_still_show_and_without_residents_there_are_no_parts() -> None:
    rows = hours([Work("gone", 60, 60), Work("a", 30)], [Weight("a", 1)])
    assert [(one.area, one.planned, one.actual, one.part) for one in rows] == [
        ("a", 30, 0, Fraction(60)),
        ("gone", 60, 60, Fraction(0)),
    ]
    with pytest.raises(NothingToSplitBy):
        hours([], [])
