"""Days of an agreement: when it ends, is renewed, must be given notice of or lengthened. Pure.

A last day for an act of ours that falls on a day when offices are closed moves to the working day before
it: then it is in time whatever the agreement says of holidays.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from kimppa.foundation.core.periods import add_months, is_working_day
from kimppa.foundation.core.text import noop

ONE_DAY = timedelta(days=1)


class Kind(StrEnum):
    """What must be done by a day."""

    NOTICE = "notice"
    OPTION = "option"
    RENEWAL = "renewal"
    END = "end"


KIND_NAMES: dict[Kind, str] = {
    Kind.NOTICE: noop("Last day to give notice"),
    Kind.OPTION: noop("Last day to use the option"),
    Kind.RENEWAL: noop("Renews by itself"),
    Kind.END: noop("Ends"),
}


@dataclass(frozen=True, slots=True)
class Span:
    """What the days are computed from; None where the agreement says nothing."""

    valid_from: date | None
    valid_to: date | None
    notice_months: int | None = None
    renewal_months: int | None = None
    options: int = 0
    option_months: int | None = None
    option_notice_months: int | None = None
    options_used: int = 0
    ending: date | None = None


@dataclass(frozen=True, slots=True)
class Days:
    """Seen from one day: the end of the running period and what must be done before it.

    `last_possible` is the end when every option left is used; None where there is no end.
    """

    ends_on: date | None
    notice_by: date | None
    renews_on: date | None
    option_by: date | None
    options_left: int
    last_possible: date | None


def days(span: Span, *, on: date) -> Days:
    """The days of an agreement as they stand on a day. An end that notice was given for is final."""
    if span.ending is not None:
        return Days(span.ending, None, None, None, 0, span.ending)
    if span.valid_to is None:
        return Days(None, None, None, None, 0, None)
    left = max(0, span.options - span.options_used) if span.option_months else 0
    base = _lengthened(span.valid_to, (span.option_months or 0) * min(span.options_used, span.options))
    if left:
        option_by = working_day_before(add_months(base, -(span.option_notice_months or 0)))
        longest = _lengthened(base, (span.option_months or 0) * left)
        return Days(base, None, None, option_by, left, longest)
    if not span.renewal_months:
        return Days(base, None, None, None, 0, base)
    ends_on, count = base, 0
    while ends_on < on:
        count += 1
        ends_on = _lengthened(base, span.renewal_months * count)
    notice_by = working_day_before(add_months(ends_on, -(span.notice_months or 0)))
    return Days(ends_on, notice_by, ends_on + ONE_DAY, None, 0, None)


def earliest_end(span: Span, *, given_on: date, on: date) -> date:
    """The first day on which the agreement may end when notice is given on a day.

    Without a last day: the notice months after the notice. With one: the end of the running period if
    the notice is in time, else the end of the period after it.
    """
    if span.valid_to is None:
        return add_months(given_on, span.notice_months or 0)
    told = days(span, on=on)
    ends_on = told.ends_on or span.valid_to
    if told.notice_by is None or given_on <= told.notice_by or not span.renewal_months:
        return ends_on
    return _lengthened(ends_on, span.renewal_months)


def working_day_before(day: date) -> date:
    """The day itself if it is a working day, else the last one before it."""
    while not is_working_day(day):
        day -= ONE_DAY
    return day


def keep_until(end: date | None, years: int) -> date | None:
    """The last day on which an agreement that ended must be kept; None where it has no end."""
    return None if end is None else add_months(end, 12 * years)


def _lengthened(last_day: date, months: int) -> date:
    """The last day some months later: 31.12. stays the end of a month, 28.2. becomes 31.8. in six."""
    return add_months(last_day + ONE_DAY, months) - ONE_DAY
