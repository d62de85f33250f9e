"""Jobs that come again by rule. Rules are RRULE texts read in Finnish local time (real time).

However many workers look, a moment that is due enqueues its job once: (recurrence, due_at) is unique.
After a pause of the machine only the last missed moment is made up for, not each of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from dateutil.rrule import rrulestr
from django.db import IntegrityError, transaction

from kimppa.foundation.core import clock, jobs
from kimppa.foundation.core.models import Recurrence, Tick


@dataclass(frozen=True, slots=True)
class Recurring:
    """`rule` for example `FREQ=DAILY;BYHOUR=3;BYMINUTE=15;BYSECOND=0`."""

    name: str
    rule: str
    job: str


def put(entry: Recurring) -> None:
    """Insert or change one recurrence; it is due from now on, never for the past."""
    rrulestr(entry.rule, dtstart=datetime(2020, 1, 1))  # noqa: DTZ001 (local wall time; raises if unreadable)
    Recurrence.objects.update_or_create(
        name=entry.name,
        defaults={"rule": entry.rule, "job": entry.job, "active": True},
        create_defaults={
            "rule": entry.rule,
            "job": entry.job,
            "active": True,
            "since": clock.real_now(),
        },
    )


@transaction.atomic
def sync(entries: Sequence[Recurring]) -> None:
    """Make the table equal to the list in code: those no longer listed rest."""
    known = {row.name: row for row in Recurrence.objects.all()}
    for entry in entries:
        row = known.pop(entry.name, None)
        if row is None or (row.rule, row.job, row.active) != (entry.rule, entry.job, True):
            put(entry)
    Recurrence.objects.filter(name__in=known).update(active=False)


def due_at(rule: str, *, since: datetime, now: datetime) -> datetime | None:
    """The last moment after `since` and not after `now`; None if there was none."""
    start = since.astimezone(clock.HELSINKI).replace(tzinfo=None, microsecond=0)
    local = now.astimezone(clock.HELSINKI).replace(tzinfo=None)
    found = rrulestr(rule, dtstart=start).before(local, inc=True)
    if found is None:
        return None
    moment = found.replace(tzinfo=clock.HELSINKI)
    return moment if since < moment <= now else None


def tick(now: datetime) -> int:
    """Enqueue what has become due; returns how many jobs were enqueued."""
    enqueued = 0
    for row in Recurrence.objects.filter(active=True):
        last = Tick.objects.filter(recurrence=row).order_by("-due_at").first()
        moment = due_at(row.rule, since=last.due_at if last else row.since, now=now)
        if moment is not None:
            enqueued += _enqueue_once(row, moment)
    return enqueued


def _enqueue_once(row: Recurrence, moment: datetime) -> int:
    try:
        with transaction.atomic():
            mark = Tick.objects.create(recurrence=row, due_at=moment)
            mark.job_id = jobs.enqueue(
                row.job, {}, asked_by="operator:schedule", unique=f"recurring:{row.name}"
            )
            mark.save(update_fields=["job"])
    except IntegrityError:
        return 0
    return 1
