"""When a duty falls due: a part of RFC 5545's RRULE, and what an office needs beyond it. Pure.

`FREQ=WEEKLY|MONTHLY|YEARLY` with INTERVAL, COUNT, UNTIL, BYMONTH and one of BYMONTHDAY, BYDAY (`MO`, `2TU`,
`-1FR`) and, ours, BYWORKDAY (`1` the month's first working day, `-1` its last). Or, ours, `EVENT=name` with
WEEKS, DAYS or WORKDAYS (below zero: before). Ours too: `ROLL=BEFORE|AFTER` for days that are no working days.
The rule with worked examples: docs/algorithms/yearly_clock.md.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Literal

from dateutil.rrule import MONTHLY, WEEKLY, YEARLY, rrule, weekday

from kimppa.foundation.core.errors import Invalid, Refused
from kimppa.foundation.core.periods import ONE_DAY, Period, is_working_day, month
from kimppa.foundation.core.text import noop

MOST_YEARS = 12
MOST = 5_000
LONGEST = 200
# No run of days off is longer (Good Friday to Easter Monday, Christmas with a weekend).
LONGEST_PAUSE = timedelta(days=7)
FREQUENCIES: dict[str, Literal[0, 1, 2]] = {"WEEKLY": WEEKLY, "MONTHLY": MONTHLY, "YEARLY": YEARLY}
WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
SHORTEST_YEAR = 2023
PARTS = {
    *("FREQ", "INTERVAL", "COUNT", "UNTIL", "BYMONTH", "BYMONTHDAY", "BYDAY", "BYWORKDAY"),
    *("EVENT", "WEEKS", "DAYS", "WORKDAYS", "ROLL"),
}


class BadRule(Invalid):
    code = "bad-recurrence"
    sentence = noop("The rule cannot be understood at “%(part)s”. Nothing was changed.")


class NoSuchDay(Invalid):
    code = "no-such-day"
    sentence = noop(
        "There is no day %(day)s in month %(month)s every year. Choose the last day of the month (-1). "
        "Nothing was changed."
    )


class TooFar(Refused):
    code = "recurrence-too-far"
    sentence = noop("At most %(years)s years can be laid out at a time. Choose a shorter time.")


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule that can be followed. Of the two kinds either `frequency` or `event` is set."""

    frequency: str = ""
    interval: int = 1
    months: tuple[int, ...] = ()
    month_days: tuple[int, ...] = ()
    weekdays: tuple[tuple[int, int], ...] = ()
    workdays: tuple[int, ...] = ()
    count: int | None = None
    until: date | None = None
    event: str = ""
    unit: str = ""
    offset: int = 0
    roll: str = ""


def parse(text: str) -> Rule:
    """The rule that the text writes. Raises BadRule (with the part) or NoSuchDay (30 February)."""
    if len(text) > LONGEST:
        raise BadRule(part=text[:40])
    parts: dict[str, str] = {}
    for part in text.strip().upper().removeprefix("RRULE:").split(";"):
        name, equals, value = part.partition("=")
        if not equals or not value or name not in PARTS or name in parts:
            raise BadRule(part=part)
        parts[name] = value
    roll = parts.pop("ROLL", "")
    if roll not in {"", "BEFORE", "AFTER"}:
        raise BadRule(part=f"ROLL={roll}")
    return _of_event(parts, roll) if "EVENT" in parts else _of_calendar(parts, roll)


def _of_event(parts: Mapping[str, str], roll: str) -> Rule:
    units = [name for name in ("WEEKS", "DAYS", "WORKDAYS") if name in parts]
    odd = [name for name in parts if name not in {"EVENT", *units}]
    if odd or len(units) > 1 or not re.fullmatch(r"[A-Z0-9-]{1,50}", parts["EVENT"]):
        raise BadRule(part=(odd or units or [parts["EVENT"]])[-1])
    unit = units[0] if units else "DAYS"
    offset = _number(f"{unit}={parts.get(unit, '0')}", -400, 400)
    return Rule(event=parts["EVENT"].lower(), unit=unit, offset=offset, roll=roll)


def _of_calendar(parts: Mapping[str, str], roll: str) -> Rule:
    frequency = parts.get("FREQ", "")
    days = [name for name in ("BYMONTHDAY", "BYDAY", "BYWORKDAY") if name in parts]
    if frequency not in FREQUENCIES or len(days) > 1 or {"WEEKS", "DAYS", "WORKDAYS"} & set(parts):
        raise BadRule(part=f"FREQ={frequency}" if frequency not in FREQUENCIES else ";".join(parts))
    if frequency != "WEEKLY" and not days:
        raise BadRule(part=f"FREQ={frequency}")
    if (frequency == "YEARLY") != ("BYMONTH" in parts) or (
        frequency == "WEEKLY" and days not in ([], ["BYDAY"])
    ):
        raise BadRule(part=f"FREQ={frequency}")
    rule = Rule(
        frequency=frequency,
        interval=_number(f"INTERVAL={parts.get('INTERVAL', '1')}", 1, 60),
        months=_numbers(parts, "BYMONTH", 1, 12),
        month_days=_numbers(parts, "BYMONTHDAY", -31, 31),
        weekdays=tuple(_weekday(word, frequency) for word in _words(parts, "BYDAY")),
        workdays=_numbers(parts, "BYWORKDAY", -15, 15),
        count=_number(f"COUNT={parts['COUNT']}", 1, MOST) if "COUNT" in parts else None,
        until=_day(parts["UNTIL"]) if "UNTIL" in parts else None,
        roll=roll,
    )
    for number in rule.months or range(1, 13):
        for day in rule.month_days:
            if abs(day) > monthrange(SHORTEST_YEAR, number)[1]:
                raise NoSuchDay(day=day, month=number)
    return rule


def _words(parts: Mapping[str, str], name: str) -> list[str]:
    return parts[name].split(",") if name in parts else []


def _number(part: str, least: int, greatest: int) -> int:
    text = part.partition("=")[2]
    if not re.fullmatch(r"[+-]?[0-9]{1,4}", text) or not least <= int(text) <= greatest:
        raise BadRule(part=part)
    return int(text)


def _numbers(parts: Mapping[str, str], name: str, least: int, greatest: int) -> tuple[int, ...]:
    found = sorted({_number(f"{name}={word}", least, greatest) for word in _words(parts, name)})
    if 0 in found:
        raise BadRule(part=f"{name}=0")
    return tuple(found)


def _weekday(word: str, frequency: str) -> tuple[int, int]:
    """(ordinal, weekday): ordinal 0 is each such day; the fifth of a month may be missing, so 1–4 or -1."""
    match = re.fullmatch(r"([+-]?[0-9])?(MO|TU|WE|TH|FR|SA|SU)", word)
    ordinal = int(match[1] or 0) if match else 9
    if match is None or ordinal not in {0, 1, 2, 3, 4, -1} or (ordinal and frequency == "WEEKLY"):
        raise BadRule(part=f"BYDAY={word}")
    return ordinal, WEEKDAYS.index(match[2])


def _day(text: str) -> date:
    try:
        if not re.fullmatch(r"[0-9]{8}(T[0-9]{6}Z?)?", text):
            raise ValueError(text)
        return date.fromisoformat(text[:8])
    except ValueError:
        raise BadRule(part=f"UNTIL={text}") from None


def days(
    rule: Rule, *, start: date, within: Period, events: Mapping[str, Sequence[date]] | None = None
) -> tuple[date, ...]:
    """The days on which the duty falls due within the period, none before `start`, each once.

    `events` gives the dates of events by name. Raises TooFar for an open or too long period: a rule
    that never ends is only ever laid out for a time.
    """
    if within.start is None or within.end is None or within.end.year - within.start.year > MOST_YEARS:
        raise TooFar(years=MOST_YEARS)
    last = within.end + LONGEST_PAUSE
    if rule.event:
        dates = (events or {}).get(rule.event, ())
        found = {_rolled(_off(day, rule.unit, rule.offset), rule.roll) for day in dates}
    else:
        found = {_rolled(day, rule.roll) for day in _counted(rule, start, last)}
    return tuple(sorted(day for day in found if day in within and day >= start))


def _counted(rule: Rule, start: date, last: date) -> list[date]:
    until = min(last, rule.until) if rule.until else last
    found = [day for day in _by_calendar(rule, start, until) if start <= day <= until]
    return found[: rule.count]


def _by_calendar(rule: Rule, start: date, until: date) -> Iterator[date]:
    """From the start on, as counting and intervals begin there; up to `until`, so that it ends."""
    by_workday = bool(rule.workdays)
    first = start.replace(day=1) if by_workday else start
    found = rrule(
        FREQUENCIES[rule.frequency],
        dtstart=datetime.combine(first, time()),
        until=datetime.combine(until, time()),
        interval=rule.interval,
        bymonth=rule.months or None,
        bymonthday=1 if by_workday else rule.month_days or None,
        byweekday=[weekday(number, ordinal or None) for ordinal, number in rule.weekdays] or None,
    )
    for moment in found:
        if not by_workday:
            yield moment.date()
            continue
        working = [day for day in month(moment.date()) if is_working_day(day)]
        yield from sorted({working[n - 1 if n > 0 else n] for n in rule.workdays})


def _off(day: date, unit: str, count: int) -> date:
    if unit != "WORKDAYS":
        return day + timedelta(days=count * (7 if unit == "WEEKS" else 1))
    step = ONE_DAY if count > 0 else -ONE_DAY
    for _ in range(abs(count)):
        day += step
        while not is_working_day(day):
            day += step
    return day


def _rolled(day: date, roll: str) -> date:
    while roll and not is_working_day(day):
        day += ONE_DAY if roll == "AFTER" else -ONE_DAY
    return day
