"""Spans of days, and the Finnish calendar of working days. Pure.

Sources: laki 388/1937 (1 May), 353/2007 (Independence Day), kirkkolaki and työaikalaki for the
church's holidays; Midsummer and All Saints on Saturdays since 1955. Christmas Eve and Midsummer Eve are
no public holidays, but banks and offices are closed: they are no working days here.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from dateutil.easter import easter

ONE_DAY = timedelta(days=1)
SATURDAY = 5


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """Days from `start` to `end`, both included; None as end is open, None as start is “always”."""

    start: date | None
    end: date | None

    def __post_init__(self) -> None:
        if self.start and self.end and self.end < self.start:
            raise ValueError("a period ends before it starts")

    def __contains__(self, day: date) -> bool:
        return (self.start is None or self.start <= day) and (self.end is None or day <= self.end)

    def overlaps(self, other: Period) -> bool:
        """Do the two share a day?"""
        starts_in_time = self.start is None or other.end is None or self.start <= other.end
        return starts_in_time and (other.start is None or self.end is None or other.start <= self.end)

    @property
    def days(self) -> int | None:
        """How many days; None when an end is open."""
        return None if self.start is None or self.end is None else (self.end - self.start).days + 1

    def __iter__(self) -> Iterator[date]:
        """The days one after another; only for closed periods."""
        if self.start is None or self.end is None:
            raise ValueError("an open period has no last day")
        for number in range((self.end - self.start).days + 1):
            yield self.start + timedelta(days=number)


def year(number: int) -> Period:
    """The calendar year."""
    return Period(date(number, 1, 1), date(number, 12, 31))


def month(first: date) -> Period:
    """The calendar month that the day stands in."""
    start = first.replace(day=1)
    return Period(start, add_months(start, 1) - ONE_DAY)


def add_months(day: date, months: int) -> date:
    """The same day of another month, or its last day where that month is shorter."""
    years, index = divmod(day.month - 1 + months, 12)
    first = date(day.year + years, index + 1, 1)
    following = date(first.year + first.month // 12, first.month % 12 + 1, 1)
    return first.replace(day=min(day.day, (following - ONE_DAY).day))


def months_between(start: date, end: date) -> int:
    """Whole months from start up to end (both included as days): 1.5.–31.12. is 8, 1.5.–30.5. is 0."""
    if end < start:
        return 0
    after = end + ONE_DAY
    count = (after.year - start.year) * 12 + after.month - start.month
    return count if add_months(start, count) <= after else count - 1


def holidays(number: int) -> dict[date, str]:
    """The public holidays of a year with their Finnish names."""
    sunday = easter(number)
    midsummer = _saturday_from(date(number, 6, 20))
    fixed = {
        date(number, 1, 1): "uudenvuodenpäivä",
        date(number, 1, 6): "loppiainen",
        sunday - timedelta(days=2): "pitkäperjantai",
        sunday: "pääsiäispäivä",
        sunday + ONE_DAY: "toinen pääsiäispäivä",
        sunday + timedelta(days=49): "helluntaipäivä",
        midsummer: "juhannuspäivä",
        _saturday_from(date(number, 10, 31)): "pyhäinpäivä",
        date(number, 12, 6): "itsenäisyyspäivä",
        date(number, 12, 25): "joulupäivä",
        date(number, 12, 26): "tapaninpäivä",
    }
    # Two feasts may meet on one day: 1 May 2008 was also Ascension Day.
    for day, name in (
        (date(number, 5, 1), "vappu"),
        (sunday + timedelta(days=39), "helatorstai"),
    ):
        fixed[day] = f"{fixed[day]}, {name}" if day in fixed else name
    return dict(sorted(fixed.items()))


def _saturday_from(day: date) -> date:
    return day + timedelta(days=(SATURDAY - day.weekday()) % 7)


def is_working_day(day: date) -> bool:
    """Monday to Friday, neither a public holiday nor Christmas Eve or Midsummer Eve."""
    if day.weekday() >= SATURDAY or (day.month, day.day) == (12, 24):
        return False
    if day == _saturday_from(date(day.year, 6, 20)) - ONE_DAY:
        return False
    return day not in holidays(day.year)


def next_working_day(day: date) -> date:
    """The day itself if it is a working day, else the first one after it."""
    while not is_working_day(day):
        day += ONE_DAY
    return day


def add_working_days(day: date, count: int) -> date:
    """The count-th working day after the day; with 0 the day itself or the next working day."""
    day = next_working_day(day) if count == 0 else day
    for _ in range(count):
        day = next_working_day(day + ONE_DAY)
    return day
