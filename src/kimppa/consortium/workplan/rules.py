"""What becomes of each occurrence of a duty, and what the work came to. Pure.

An occurrence is known by its duty and the day that the rule gave it; moving it does not change that day, so
that laying the rule out again never makes a second one. When: recurring.py. Whose turn: turns.py.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from fractions import Fraction

from kimppa.foundation.core.apportion import NothingToSplitBy, Weight
from kimppa.foundation.core.errors import Invalid, Missing, Refused
from kimppa.foundation.core.text import clean_line, noop, shorten


class State(StrEnum):
    """Open or moved: still to be done. Done or skipped: over."""

    OPEN = "open"
    MOVED = "moved"
    DONE = "done"
    SKIPPED = "skipped"


STATE_NAMES: dict[State, str] = {
    State.OPEN: noop("To be done"),
    State.MOVED: noop("Moved"),
    State.DONE: noop("Done"),
    State.SKIPPED: noop("Skipped"),
}


class Heading(StrEnum):
    """The seven great duties of the clock."""

    CONTRACTS = "contracts"
    SERVICES = "services"
    MONEY = "money"
    SELECTION = "selection"
    COMMUNICATION = "communication"
    TRAINING = "training"
    PLATFORM = "platform"


HEADING_NAMES: dict[Heading, str] = {
    Heading.CONTRACTS: noop("Contracts"),
    Heading.SERVICES: noop("Functioning of the services"),
    Heading.MONEY: noop("Budget and invoicing"),
    Heading.SELECTION: noop("Selection and statistics"),
    Heading.COMMUNICATION: noop("Communication and marketing"),
    Heading.TRAINING: noop("Training of staff"),
    Heading.PLATFORM: noop("Upkeep of the platform"),
}


class NameMissing(Invalid):
    code = "duty-name-missing"
    sentence = noop("Give the duty a name. Nothing was changed.")


class DutyDates(Invalid):
    code = "duty-dates"
    sentence = noop("The duty would end (%(end)s) before it begins (%(start)s). Nothing was changed.")


class NoSuchDuty(Missing):
    code = "no-such-duty"
    sentence = noop("There is no such duty. Nothing was changed.")


class NoSuchOccurrence(Missing):
    code = "no-such-occurrence"
    sentence = noop("This is not in the yearly clock any more. Nothing was changed.")


class NoSuchArea(Invalid):
    code = "area-not-in-turn"
    sentence = noop("“%(code)s” is not among the areas that share this turn. Nothing was changed.")


class NobodyToTakeTurns(Refused):
    code = "nobody-to-take-turns"
    sentence = noop(
        "On %(day)s no area has members with residents, so the turns cannot be dealt. Nothing was changed. "
        "Record the areas and populations first."
    )


class ReasonMissing(Invalid):
    code = "reason-missing"
    sentence = noop("Say why. Whoever does this next year will want to know. Nothing was changed.")


class AlreadyOver(Refused):
    code = "occurrence-over"
    sentence = noop("This was done or skipped already (%(day)s). Open it again first; nothing was changed.")


class NotOver(Refused):
    code = "occurrence-not-over"
    sentence = noop("This is still to be done, so there is nothing to open again.")


class BadMinutes(Invalid):
    code = "bad-minutes"
    sentence = noop("The time spent must be from nought to %(most)s minutes. Nothing was changed.")


MOST_MINUTES = 60_000


@dataclass(frozen=True, slots=True)
class Occurrence:
    """`planned` is the rule's day and names it; `due` the day it is to be done (or was moved to).

    A moved day keeps its reason when the thing is done or skipped after all.
    """

    planned: date
    due: date
    state: State = State.OPEN
    moved_because: str = ""
    skipped_because: str = ""
    done_on: date | None = None
    minutes: int | None = None

    @property
    def over(self) -> bool:
        return self.state in {State.DONE, State.SKIPPED}

    def late(self, on: date) -> bool:
        """Still to be done though its day has gone."""
        return not self.over and self.due < on


def done(one: Occurrence, *, on: date, minutes: int | None = None) -> Occurrence:
    """It was done on a day; `minutes` where somebody says what it took. Raises AlreadyOver, BadMinutes."""
    _check_going_on(one)
    if minutes is not None:
        check_minutes(minutes)
    return replace(one, state=State.DONE, done_on=on, minutes=minutes)


def moved(one: Occurrence, *, to: date, reason: str) -> Occurrence:
    """It will be done on another day. Moved back to the rule's own day it is open as before.

    Raises AlreadyOver, ReasonMissing.
    """
    _check_going_on(one)
    if to == one.planned:
        return replace(one, due=to, state=State.OPEN, moved_because="")
    return replace(one, due=to, state=State.MOVED, moved_because=_reason(reason))


def skipped(one: Occurrence, *, reason: str) -> Occurrence:
    """It will not be done this time. Raises AlreadyOver, ReasonMissing."""
    _check_going_on(one)
    return replace(one, state=State.SKIPPED, skipped_because=_reason(reason))


def opened_again(one: Occurrence) -> Occurrence:
    """It was marked by mistake: as it was before, on the day it was to be done. Raises NotOver."""
    if not one.over:
        raise NotOver
    state = State.OPEN if one.due == one.planned else State.MOVED
    return replace(one, state=state, skipped_because="", done_on=None, minutes=None)


def laid_out(days: Iterable[date], kept: Iterable[Occurrence]) -> tuple[Occurrence, ...]:
    """The rule's days with what is already kept of them, by due day.

    What somebody has touched stands even where the rule no longer gives its day; an untouched
    occurrence of a day that the rule has left is dropped.
    """
    wanted = set(days)
    found = {one.planned: one for one in kept if one.state is not State.OPEN or one.planned in wanted}
    for day in wanted:
        found.setdefault(day, Occurrence(planned=day, due=day))
    return tuple(sorted(found.values(), key=lambda one: (one.due, one.planned)))


def check_minutes(minutes: int) -> None:
    """Raise BadMinutes for a time that nobody can have spent."""
    if not 0 <= minutes <= MOST_MINUTES:
        raise BadMinutes(most=MOST_MINUTES)


def check_dates(start: date, end: date | None) -> None:
    """Raise DutyDates where the end comes before the start."""
    if end is not None and end < start:
        raise DutyDates(start=start.isoformat(), end=end.isoformat())


def _check_going_on(one: Occurrence) -> None:
    if one.over:
        raise AlreadyOver(day=(one.done_on or one.due).isoformat())


def _reason(text: str) -> str:
    reason = shorten(clean_line(text), 500)
    if not reason:
        raise ReasonMissing
    return reason


@dataclass(frozen=True, slots=True)
class Work:
    """What an occurrence was reckoned to take, and what it took where it is done and somebody said."""

    area: str
    planned: int
    actual: int | None = None


@dataclass(frozen=True, slots=True)
class Hours:
    """An area's minutes: planned of all; planned and actual of those whose actual time is known; and its
    exact part of everybody's actual time by residents."""

    area: str
    planned: int
    planned_of_known: int
    actual: int
    part: Fraction

    @property
    def over_part(self) -> Fraction:
        """Minutes beyond its part (below zero: short of it). They sum to nought over the areas."""
        return self.actual - self.part


def hours(work: Iterable[Work], weights: Sequence[Weight]) -> tuple[Hours, ...]:
    """Planned against actual by area, by code. Raises NothingToSplitBy without residents."""
    residents: Mapping[str, int] = {one.code: one.weight for one in weights}
    whole = sum(residents.values())
    if not whole:
        raise NothingToSplitBy
    rows = list(work)
    total = sum(one.actual or 0 for one in rows)
    found = []
    for area in sorted({*residents, *(one.area for one in rows)}):
        own = [one for one in rows if one.area == area]
        known = [one for one in own if one.actual is not None]
        found.append(
            Hours(
                area,
                planned=sum(one.planned for one in own),
                planned_of_known=sum(one.planned for one in known),
                actual=sum(one.actual or 0 for one in known),
                part=Fraction(total * residents.get(area, 0), whole),
            )
        )
    return tuple(found)
