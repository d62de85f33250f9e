"""Signals of real traffic: whoever calls a library system or an e-service says how it went.

Cheap, for hundreds a second: one UPDATE by the minute's unique key, and a row only once a minute. A signal
is never worth more than the thing it tells of, so nothing rises to the caller.
"""

from __future__ import annotations

from datetime import datetime

import structlog
from django.db import DatabaseError, IntegrityError, connection, transaction

from kimppa.commons.health.models import Minute, Target
from kimppa.commons.health.rules import kind_of, minute_of
from kimppa.foundation.core import gathering
from kimppa.foundation.core.text import clean_line

log = structlog.get_logger("kimppa.health")
LONGEST_TOOK_MS = 600_000
_WHERE = "WHERE target_id = %s AND at = %s"
GOOD = f"UPDATE health_minute SET good = good + %s, took_ms = took_ms + %s {_WHERE}"  # noqa: S608
BAD = f"UPDATE health_minute SET bad = bad + %s, took_ms = took_ms + %s, code = %s {_WHERE}"  # noqa: S608


def report(*, key: str, ok: bool, took_ms: int, code: str = "", now: datetime) -> None:
    """Count one signal for a target in its minute (real time). An unknown target becomes an unlisted one.

    Never raises; without a failure of its own it leaves the caller's transaction as it was.
    """
    took = min(max(took_ms, 0), LONGEST_TOOK_MS)
    gathering.add(_report, (key[:120], minute_of(now), ok, "" if ok else code[:60]), 1, took)


def _report(key: str, at: datetime, ok: bool, code: str, signals: int, took_ms: int) -> None:
    try:
        if connection.in_atomic_block:
            with transaction.atomic():
                count(key, at, ok, took_ms, code, signals)
        else:
            count(key, at, ok, took_ms, code, signals)
    except DatabaseError as error:
        log.warning("signal-lost", error=type(error).__name__)


def count(key: str, at: datetime, ok: bool, took_ms: int, code: str, signals: int = 1) -> None:
    """Add signals to a minute; the row and the target are made where they are missing."""
    key, took = key[:120], min(max(took_ms, 0), LONGEST_TOOK_MS * signals)
    if _add(key, at, ok, took, code, signals):
        return
    try:
        with transaction.atomic():
            ensure(key, at)
            Minute.objects.create(
                target_id=key,
                at=at,
                good=signals * ok,
                bad=signals * (not ok),
                took_ms=took,
                code="" if ok else code[:60],
            )
    except IntegrityError:  # another process was the first of this minute
        _add(key, at, ok, took, code, signals)


def _add(key: str, at: datetime, ok: bool, took: int, code: str, signals: int) -> int:
    """The UPDATE as it is: building it anew for each signal costs as much as running it."""
    moment = connection.ops.adapt_datetimefield_value(at)
    with connection.cursor() as cursor:
        if ok:
            cursor.execute(GOOD, [signals, took, key, moment])
        else:
            cursor.execute(BAD, [signals, took, code[:60], key, moment])
        changed: int = cursor.rowcount
        return changed


def ensure(key: str, now: datetime) -> None:
    """Make sure that a key has its target; a new one stands in no public list until staff put it there."""
    if not Target.objects.filter(pk=key).exists():
        name = clean_line(key.partition(":")[2] or key)[:160] or "?"
        Target.objects.get_or_create(
            key=key, defaults={"kind": kind_of(key), "name_fi": name, "created": now}
        )
