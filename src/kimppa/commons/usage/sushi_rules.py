"""When a month is asked of a vendor, and when again. Pure. Told to readers in docs/operations.md."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from kimppa.commons.usage.rules import months_of
from kimppa.foundation.core.periods import add_months
from kimppa.foundation.core.text import noop
from kimppa.foundation.protocols.sushi import OUTCOME_NAMES, Outcome

# States of a month besides the outcomes of asking.
WAITING, ASKING = "waiting", "asking"
STATE_NAMES: dict[str, str] = {
    WAITING: noop("Waits its turn"),
    ASKING: noop("Is being asked"),
    **{one.value: name for one, name in OUTCOME_NAMES.items()},
}
READY_DAY = 10  # vendors have their figures ready some days after the month's end
BACKFILL = 24  # what a vendor must keep: the current year and the 24 months before it
MOST_BACKFILL = 60
LONGEST_WAIT = timedelta(days=7)
POLITE = timedelta(seconds=1)  # between two questions to one server
ASK_TIMEOUT = 180.0
LEASE = timedelta(minutes=15)  # longer than a question with its landing takes
MOST_BYTES = 300 * 1024 * 1024  # what files keep
REPORTS = (
    *("PR", "PR_P1", "DR", "DR_D1", "DR_D2", "TR", "TR_B1", "TR_B2", "TR_B3"),
    *("TR_J1", "TR_J2", "TR_J3", "TR_J4", "IR", "IR_A1", "IR_M1"),
)


@dataclass(frozen=True, slots=True)
class Patience:
    """How often something is tried again: first pause, by how much it grows, its longest, and how often."""

    first: timedelta
    grows: int
    longest: timedelta
    times: int

    def pause(self, tries: int) -> timedelta | None:
        """How long to wait after this many tries of the cause (from 1); None: no more."""
        if tries > self.times:
            return None
        return min(self.longest, self.first * int(self.grows ** min(tries - 1, 20)))


PATIENCE: Mapping[Outcome, Patience] = {
    Outcome.BUSY: Patience(timedelta(minutes=5), 2, timedelta(days=1), 20),
    Outcome.UNREACHED: Patience(timedelta(minutes=5), 2, timedelta(days=1), 20),
    Outcome.QUEUED: Patience(timedelta(minutes=5), 2, timedelta(hours=12), 30),
    Outcome.UNREADABLE: Patience(timedelta(hours=6), 4, timedelta(days=4), 3),
    Outcome.NOT_READY: Patience(timedelta(days=1), 2, timedelta(days=7), 60),
    Outcome.PARTIAL: Patience(timedelta(days=1), 2, timedelta(days=7), 60),
}


def again(outcome: Outcome, tries: int, asked: timedelta | None) -> timedelta | None:
    """When a month is asked again after this outcome, its `tries`-th in a row; None: not by itself.

    asked: what the vendor's Retry-After said, which is honoured where it is longer.
    """
    patience = PATIENCE.get(outcome)
    pause = patience.pause(tries) if patience else None
    return max(pause, asked or timedelta(0)) if pause is not None else None


def host_pause(failures: int, asked: timedelta | None) -> timedelta:
    """How long a server is left alone after failing this many times in a row (0: it answered)."""
    if not failures:
        return max(POLITE, asked or timedelta(0))
    grown = min(timedelta(hours=6), timedelta(minutes=1) * (1 << min(failures - 1, 12)))
    return max(grown, asked or timedelta(0))


def ready_on(month: date) -> date:
    """The first day on which a month is asked for."""
    return add_months(month.replace(day=1), 1).replace(day=READY_DAY)


def due_months(begin: date, today: date, end: date | None) -> tuple[date, ...]:
    """Months from that of `begin` on that are ready today, as first days; none after that of `end`."""
    last = add_months(today.replace(day=1), -1)
    if today.day < READY_DAY:
        last = add_months(last, -1)
    if end is not None:
        last = min(last, end.replace(day=1))
    return months_of(begin, last) if last >= begin.replace(day=1) else ()


def backfill_months(count: int, today: date, begin: date | None, end: date | None) -> tuple[date, ...]:
    """The last `count` months that are ready, within the dates between which the account is ours."""
    ready = due_months(add_months(today.replace(day=1), -count - 1), today, end)[-count:]
    return tuple(month for month in ready if begin is None or month >= begin.replace(day=1))
