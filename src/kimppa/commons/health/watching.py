"""The 2-of-3 rule over what was seen, and the incidents that it opens and closes.

However many workers judge at once, a target has one open incident: its row is locked while it is judged,
and the database holds one open incident a target.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from kimppa.commons.health import passive, queries, telling
from kimppa.commons.health.models import Incident, Minute, Target
from kimppa.commons.health.rules import LOOKED_AT, WINDOW, State, decide, failed, minute_of, quiet


def judge(*, now: datetime, keys: Iterable[str] | None = None) -> int:
    """Look at the newest observations and open or close incidents; returns how many targets changed.

    `keys`: only these targets. A target without observations in the last three hours stays as it was.
    """
    seen = _newest(now, keys)
    targets = {row.key: row for row in Target.objects.filter(key__in=seen)}
    open_now = set(Incident.objects.filter(closed__isnull=True).values_list("target_id", flat=True))
    resting = queries.maintained(now)
    changed = 0
    for key, rows in seen.items():
        row = targets[key]
        state = decide(State(row.state), [good for _, good in rows])
        differs = (row.looked, row.last_failed, row.state) != (rows[-1][0], not rows[-1][1], state)
        if differs or _due(row, state, key in open_now, key in resting or quiet(row.quiet_until, now)):
            changed += _judge_one(key, rows, key in resting, now)
    return changed


def _newest(now: datetime, keys: Iterable[str] | None) -> dict[str, list[tuple[datetime, bool]]]:
    """The last three observations of each target, oldest first."""
    rows = Minute.objects.filter(at__gt=now - WINDOW, at__lte=now)
    if keys is not None:
        rows = rows.filter(target_id__in=list(keys))
    found: dict[str, list[tuple[datetime, bool]]] = {}
    for key, at, good, bad in rows.order_by("at").values_list("target_id", "at", "good", "bad"):
        found.setdefault(key, []).append((at, not failed(good, bad)))
        del found[key][:-LOOKED_AT]
    return found


def _due(row: Target, state: State, is_open: bool, resting: bool) -> bool:
    """Whether an incident is missing, or stands open for nothing."""
    if state is State.DOWN:
        return row.watched and not is_open and not resting
    return state is State.UP and is_open


@transaction.atomic
def _judge_one(key: str, rows: list[tuple[datetime, bool]], resting: bool, now: datetime) -> bool:
    row = Target.objects.select_for_update().get(pk=key)
    before = State(row.state)
    if row.looked is not None and row.looked > rows[-1][0]:
        return False  # another worker saw more
    state = decide(before, [good for _, good in rows])
    row.looked, row.last_failed = rows[-1][0], not rows[-1][1]
    if state is not before:
        row.state, row.since = state, now
    if state is State.UP or not quiet(row.quiet_until, now):
        row.quiet_until = None
    row.save(update_fields=["looked", "last_failed", "state", "since", "quiet_until"])
    incident = Incident.objects.select_for_update().filter(target=row, closed__isnull=True).first()
    silent = resting or quiet(row.quiet_until, now)
    if state is State.DOWN and incident is None and row.watched and not silent:
        _open(row, rows[-1][0], now)
    elif state is State.UP and incident is not None:
        close(incident, now)
    return state is not before


def _open(row: Target, at: datetime, now: datetime) -> None:
    newest = Minute.objects.filter(target=row, at__lte=at, bad__gt=0).order_by("-at").first()
    incident, first = Incident.objects.get_or_create(
        target=row, closed__isnull=True, defaults={"opened": now, "code": newest.code if newest else ""}
    )
    if first:
        telling.tell(incident, "opened", now)


def close(incident: Incident, now: datetime) -> None:
    """End an incident and tell of it, in the caller's transaction."""
    incident.closed = max(now, incident.opened)
    incident.save(update_fields=["closed"])
    telling.tell(incident, "closed", now)


@transaction.atomic
def observe(key: str, *, ok: bool, took_ms: int, code: str, now: datetime) -> None:
    """Write down a round of probes as one signal of this minute. Unlike `passive.report` it may raise."""
    passive.count(key, minute_of(now), ok, took_ms, code)
