"""When something works, and how much of the time it did. Pure; docs/algorithms/availability.md.

An observation is one minute in which something was seen of a target: a round of its probes, or signals of
real traffic. It fails when at least half of what was seen failed. Two failures among the last three
observations: down. Two successes among the last three: up. Otherwise nothing changes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_FLOOR, Decimal
from enum import StrEnum

from kimppa.foundation.core.text import noop

MINUTE = timedelta(minutes=1)
# Observations further apart than this say nothing together.
WINDOW = timedelta(hours=3)
# What was seen holds for the minutes after it: this long, or two rounds of probes where that is longer.
SHORTEST_HOLD = 10
LOOKED_AT = 3
ENOUGH = 2
THOUSANDTH = Decimal("0.001")
# A standing that is older than this is told as not known.
STALE = timedelta(hours=24)
# An incident that staff closed while the target did not work: how long no other opens, unless it worked.
QUIET = timedelta(hours=24)
# Besides the probe's own days of warning.
CERTIFICATE_DAYS = (7, 1)


class Kind(StrEnum):
    """What sort of thing a target is: the part of its key before the colon."""

    PLATFORM = "platform"
    LIBRARY_SYSTEM = "library-system"
    HUB = "hub"
    OTHER = "other"


KIND_NAMES: dict[Kind, str] = {
    Kind.PLATFORM: noop("E-service"),
    Kind.LIBRARY_SYSTEM: noop("Library system"),
    Kind.HUB: noop("Our own service"),
    Kind.OTHER: noop("Something else"),
}


class State(StrEnum):
    """What the rule says of a target, from its observations alone."""

    UNKNOWN = "unknown"
    UP = "up"
    DOWN = "down"


class Standing(StrEnum):
    """What people are told."""

    WORKS = "works"
    TROUBLE = "trouble"
    DOWN = "down"
    MAINTENANCE = "maintenance"
    UNKNOWN = "unknown"


STANDING_NAMES: dict[Standing, str] = {
    Standing.WORKS: noop("Works"),
    Standing.TROUBLE: noop("Some trouble"),
    Standing.DOWN: noop("Does not work"),
    Standing.MAINTENANCE: noop("Under maintenance"),
    Standing.UNKNOWN: noop("Not known"),
}


def kind_of(key: str) -> Kind:
    """By the key's prefix; a prefix that is not known is something else."""
    prefix = key.partition(":")[0]
    return Kind(prefix) if prefix in set(Kind) else Kind.OTHER


def quiet(until: datetime | None, now: datetime) -> bool:
    """Whether staff closed an incident while its target did not work, and it has not worked since."""
    return until is not None and now < until


def certificate_threshold(days: int, warn_days: int) -> int | None:
    """The nearest number of days within which a certificate ends that has `days` left; None: none yet."""
    near = [one for one in (warn_days, *CERTIFICATE_DAYS) if one <= warn_days and days < one]
    return min(near, default=None)


def minute_of(moment: datetime) -> datetime:
    return moment.replace(second=0, microsecond=0)


def failed(good: int, bad: int) -> bool:
    """Whether a minute counts as a failure: at least half of what was seen in it failed."""
    return bad * 2 >= good + bad and bad > 0


def decide(before: State, last: Sequence[bool]) -> State:
    """The state after an observation; `last` are the newest observations, True for a success, newest last.

    A first success of all is enough to say that something works; a first failure says nothing yet.
    """
    seen = list(last)[-LOOKED_AT:]
    good = sum(seen)
    if len(seen) - good >= ENOUGH:
        return State.DOWN
    if good >= ENOUGH or (before is State.UNKNOWN and seen == [True]):
        return State.UP
    return before


def after(observations: Iterable[bool]) -> State:
    """The state after a row of observations, oldest first."""
    state, last = State.UNKNOWN, list[bool]()
    for good in observations:
        last = [*last, good][-LOOKED_AT:]
        state = decide(state, last)
    return state


def standing_of(
    state: State, *, last_failed: bool, looked: datetime | None, in_maintenance: bool, now: datetime
) -> Standing:
    """What people are told of a target now."""
    if in_maintenance:
        return Standing.MAINTENANCE
    if state is State.DOWN:
        return Standing.DOWN
    if looked is None or now - looked > STALE:
        return Standing.UNKNOWN
    if last_failed:
        return Standing.TROUBLE
    return Standing.WORKS if state is State.UP else Standing.UNKNOWN


@dataclass(frozen=True, slots=True)
class Tally:
    """Minutes of a time. What is in none of the three was not seen: unknown, neither up nor down."""

    up: int = 0
    down: int = 0
    planned: int = 0

    def __add__(self, other: Tally) -> Tally:
        return Tally(self.up + other.up, self.down + other.down, self.planned + other.planned)

    @property
    def told(self) -> int:
        return self.up + self.down + self.planned

    @property
    def availability(self) -> Decimal | None:
        """Per cent of the known minutes outside maintenance, to a thousandth, never better than it was."""
        known = self.up + self.down
        if not known:
            return None
        return (Decimal(self.up * 100) / Decimal(known)).quantize(THOUSANDTH, ROUND_FLOOR)

    def coverage(self, total: int) -> Decimal | None:
        """Per cent of the minutes outside maintenance that are known."""
        wanted = total - self.planned
        if wanted <= 0:
            return None
        return (Decimal((self.up + self.down) * 100) / Decimal(wanted)).quantize(THOUSANDTH, ROUND_FLOOR)


def holds_for(every_minutes: int) -> timedelta:
    """How long after an observation its state is still told."""
    return MINUTE * max(SHORTEST_HOLD, 2 * every_minutes)


def tally(
    observations: Mapping[datetime, bool],
    *,
    start: datetime,
    end: datetime,
    holds: timedelta,
    planned: Sequence[tuple[datetime, datetime]],
) -> Tally:
    """Count the minutes of [start, end). `observations` also hold those of the WINDOW before `start`."""
    moments = sorted(moment for moment in observations if start - WINDOW <= moment < end)
    counts, state, last, seen, place = (
        {"up": 0, "down": 0, "planned": 0},
        State.UNKNOWN,
        list[bool](),
        start,
        0,
    )
    known = False
    minute = start
    while minute < end:
        while place < len(moments) and moments[place] <= minute:
            if known and moments[place] - seen > WINDOW:
                state, last = State.UNKNOWN, []
            last = [*last, observations[moments[place]]][-LOOKED_AT:]
            state, seen, known = decide(state, last), moments[place], True
            place += 1
        if any(first <= minute < until for first, until in planned):
            counts["planned"] += 1
        elif known and state is not State.UNKNOWN and minute - seen < holds:
            counts[state.value] += 1
        minute += MINUTE
    return Tally(**counts)
