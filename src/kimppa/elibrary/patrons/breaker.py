"""A library system that fails is left alone for a moment, so that people wait for nothing.

The rule is pure; the state stands in the system's `SystemState` row, so that every process sees "down since"
and only one of them makes the single trial after a pause. How many questions are under way at once is
counted in this process. Real time.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from django.db.models import F, Q
from django.db.models.functions import Coalesce

from kimppa.commons.health import passive
from kimppa.elibrary.patrons.asking import NOT_THE_SYSTEM, Code, Trouble
from kimppa.elibrary.patrons.models import LibrarySystem, SystemState
from kimppa.foundation.core.keeping import forget, kept

OPENS_AFTER = 5
PAUSE = timedelta(seconds=30)
# A good answer is written down this often; the row is not for counting.
NOTED_EVERY = timedelta(minutes=1)


class Verdict(StrEnum):
    ASK = "ask"
    TRIAL = "trial"
    LEAVE = "leave"


@dataclass(frozen=True, slots=True)
class Breaker:
    """Failures in a row, since when the system is taken to be down, and when the last one was."""

    failures: int = 0
    down_since: datetime | None = None
    last_failure: datetime | None = None


def verdict(state: Breaker, now: datetime) -> Verdict:
    """May the system be asked now? While it is down: one trial after each pause."""
    if state.down_since is None:
        return Verdict.ASK
    rested = state.last_failure is None or now - state.last_failure >= PAUSE
    return Verdict.TRIAL if rested else Verdict.LEAVE


def after_failure(state: Breaker, now: datetime) -> Breaker:
    """One failure more; enough of them in a row, and the system is down."""
    failures = state.failures + 1
    opens = state.down_since is None and failures >= OPENS_AFTER
    return Breaker(failures, now if opens else state.down_since, now)


def pass_gate(system: LibrarySystem, now: datetime) -> Breaker:
    """The state by which the system may be asked. Raises Trouble(RESTING)."""
    row = kept(("patrons.state", system.pk), lambda: SystemState.objects.filter(system=system).first())
    if row is None:
        return Breaker()
    state = Breaker(row.failures, row.down_since, row.last_failure)
    found = verdict(state, now)
    if found is Verdict.LEAVE:
        raise Trouble(Code.RESTING)
    if found is Verdict.TRIAL:
        # Whoever moves the last failure's time has the trial; all others go on leaving it alone.
        mine = SystemState.objects.filter(pk=row.pk, last_failure=row.last_failure).update(last_failure=now)
        forget(("patrons.state", system.pk))
        if not mine:
            raise Trouble(Code.RESTING)
    return state


def succeeded(system: LibrarySystem, state: Breaker, *, took_ms: int, now: datetime) -> None:
    """The system answered: what was wrong is over."""
    _report(system, True, took_ms, "", now)
    if state.failures or state.down_since:
        SystemState.objects.filter(system=system).update(failures=0, down_since=None, last_good=now, code="")
        forget(("patrons.state", system.pk))
        return
    kept(("patrons.good", system.pk), lambda: _note_good(system, now))


def _note_good(system: LibrarySystem, now: datetime) -> None:
    row = SystemState.objects.filter(system=system)
    noted = row.filter(Q(failures__gt=0) | Q(last_good__isnull=True) | Q(last_good__lt=now - NOTED_EVERY))
    if not noted.update(failures=0, down_since=None, last_good=now, code="") and not row.exists():
        SystemState.objects.get_or_create(system=system, defaults={"last_good": now})


def failed(system: LibrarySystem, code: Code, *, took_ms: int, now: datetime) -> None:
    """The system gave no usable answer; what says nothing of the system counts for nothing."""
    if code in NOT_THE_SYSTEM:
        return
    _report(system, False, took_ms, code.value, now)
    SystemState.objects.get_or_create(system=system)
    row = SystemState.objects.filter(system=system)
    row.update(failures=F("failures") + 1, last_failure=now, code=code.value)
    row.filter(failures__gte=OPENS_AFTER).update(down_since=Coalesce("down_since", now))
    forget(("patrons.state", system.pk))
    forget(("patrons.good", system.pk))


def _report(system: LibrarySystem, ok: bool, took_ms: int, code: str, now: datetime) -> None:
    passive.report(key=f"library-system:{system.slug}", ok=ok, took_ms=took_ms, code=code, now=now)


_under_way: dict[str, int] = {}
_room = threading.Condition()
_in_all = 0
# So long a question waits for a place: a crowd of a moment gets in, and a system that hangs holds up little.
PATIENCE = 0.5


def at_most(in_all: int) -> None:
    """How many questions this process may have under way to all systems together; 0: no limit.

    Fewer than its threads: systems that hang never hold all of them, and pages are answered all the same.
    """
    global _in_all
    _in_all = in_all


@contextmanager
def one_of(key: str, at_once: int) -> Iterator[None]:
    """Take one of the places for questions at once. Raises Trouble(BUSY) where none is free in a moment."""
    with _room:
        if not _room.wait_for(lambda: _has_room(key, at_once), PATIENCE):
            raise Trouble(Code.BUSY)
        _under_way[key] = _under_way.get(key, 0) + 1
    try:
        yield
    finally:
        with _room:
            _under_way[key] -= 1
            if not _under_way[key]:
                del _under_way[key]
            _room.notify_all()


def _has_room(key: str, at_once: int) -> bool:
    full = _in_all > 0 and sum(_under_way.values()) >= _in_all
    return not full and _under_way.get(key, 0) < at_once
