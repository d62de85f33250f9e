"""Finnish holidays against the printed calendars of several years, and spans of days."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kimppa.foundation.core.periods import (
    Period,
    add_months,
    add_working_days,
    holidays,
    is_working_day,
    month,
    months_between,
    next_working_day,
)

# Good Friday, Easter Sunday, Easter Monday, Ascension, Whit Sunday, Midsummer, All Saints.
MOVABLE = {
    2021: ("4-2", "4-4", "4-5", "5-13", "5-23", "6-26", "11-6"),
    2022: ("4-15", "4-17", "4-18", "5-26", "6-5", "6-25", "11-5"),
    2023: ("4-7", "4-9", "4-10", "5-18", "5-28", "6-24", "11-4"),
    2024: ("3-29", "3-31", "4-1", "5-9", "5-19", "6-22", "11-2"),
    2025: ("4-18", "4-20", "4-21", "5-29", "6-8", "6-21", "11-1"),
    2026: ("4-3", "4-5", "4-6", "5-14", "5-24", "6-20", "10-31"),
}
FIXED = ("1-1", "1-6", "5-1", "12-6", "12-25", "12-26")


@pytest.mark.parametrize("year", MOVABLE)
def test_the_year_has_exactly_these_thirteen_holidays(year: int) -> None:
    def day(text: str) -> date:
        number, _, in_month = text.partition("-")
        return date(year, int(number), int(in_month))

    assert set(holidays(year)) == {day(text) for text in (*MOVABLE[year], *FIXED)}


def test_two_feasts_on_one_day_keep_both_names() -> None:
    assert holidays(2008)[date(2008, 5, 1)] == "vappu, helatorstai"


@pytest.mark.parametrize(
    ("day", "works"),
    [
        (date(2022, 12, 6), False),
        (date(2022, 12, 23), True),
        (date(2021, 12, 24), False),
        (date(2022, 6, 24), False),
        (date(2022, 6, 23), True),
        (date(2022, 11, 5), False),
        (date(2022, 4, 14), True),
        (date(2022, 4, 15), False),
    ],
)
def test_working_days(day: date, works: bool) -> None:
    assert is_working_day(day) is works


def test_working_days_are_counted_over_christmas_and_easter() -> None:
    assert next_working_day(date(2022, 12, 24)) == date(2022, 12, 27)
    assert add_working_days(date(2022, 12, 23), 1) == date(2022, 12, 27)
    assert add_working_days(date(2022, 4, 14), 2) == date(2022, 4, 20)
    assert add_working_days(date(2022, 12, 24), 0) == date(2022, 12, 27)


def test_months_between_counts_whole_months() -> None:
    assert months_between(date(2022, 5, 1), date(2022, 12, 31)) == 8
    assert months_between(date(2022, 1, 1), date(2022, 12, 31)) == 12
    assert months_between(date(2022, 5, 1), date(2022, 5, 30)) == 0
    assert months_between(date(2022, 5, 15), date(2022, 6, 14)) == 1
    assert months_between(date(2022, 5, 2), date(2022, 5, 1)) == 0


def test_a_month_ends_on_its_last_day() -> None:
    assert month(date(2024, 2, 10)) == Period(date(2024, 2, 1), date(2024, 2, 29))
    assert add_months(date(2024, 1, 31), 1) == date(2024, 2, 29)
    assert add_months(date(2024, 1, 31), -2) == date(2023, 11, 30)
    assert add_months(date(2023, 12, 31), 12) == date(2024, 12, 31)


days = st.dates(date(2015, 1, 1), date(2035, 12, 31))


@given(days, days, days, days)
def test_two_periods_overlap_exactly_when_they_share_a_day(a: date, b: date, c: date, d: date) -> None:
    one, other = Period(min(a, b), max(a, b)), Period(min(c, d), max(c, d))
    first, last = max(one.start or a, other.start or c), min(one.end or b, other.end or d)
    assert one.overlaps(other) is (first <= last)
    assert one.overlaps(other) is other.overlaps(one)


@given(days)
def test_open_ends_reach_everything(day: date) -> None:
    assert day in Period(None, None)
    assert Period(None, day).overlaps(Period(day, None))
    assert not Period(None, day).overlaps(Period(day + timedelta(days=1), None))


@given(days, st.integers(0, 30))
def test_the_result_is_a_working_day_and_so_many_after(day: date, count: int) -> None:
    found = add_working_days(day, count)
    between = sum(is_working_day(day + timedelta(days=n)) for n in range(1, (found - day).days + 1))
    assert is_working_day(found)
    if count:
        assert between == count
