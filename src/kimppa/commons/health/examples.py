"""Invented history for the demo region: days and disruptions, marked as examples, written in bulk.

Nothing real is called: these targets have no probes. Disruptions are invented only of services that do not
exist, never of a vendor's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction

from kimppa.commons.health import services
from kimppa.commons.health.counting import bounds
from kimppa.commons.health.models import Day, Incident, IncidentUpdate, Rolled, Target
from kimppa.commons.health.rules import State
from kimppa.commons.health.services import TargetSettings, Words
from kimppa.commons.health.status_queries import SHOWN_DAYS
from kimppa.commons.members.permissions import require
from kimppa.commons.members.roles import Act
from kimppa.foundation.accounts.actors import Actor
from kimppa.foundation.core import clock

HISTORY = timedelta(days=SHOWN_DAYS + 31)
SIGNALS_A_DAY = 288


@dataclass(frozen=True, slots=True)
class Disruption:
    key: str
    days_ago: int
    minutes: int
    text: Words


@transaction.atomic
def invent(
    *, by: Actor, named: Sequence[tuple[str, Words]], disruptions: Sequence[Disruption], now: datetime
) -> int:
    """Make example targets with four months of invented days; returns how many. Keys known are left alone."""
    require(by, Act.RUN_HEALTH, now=now)
    known = set(Target.objects.values_list("key", flat=True))
    fresh = [(key, names) for key, names in named if key not in known]
    for place, (key, names) in enumerate(fresh, start=1):
        told = TargetSettings(names=names, public=True, watched=False, order=place * 10, example=True)
        services.add_target(by=by, key=key, told=told, now=now - HISTORY)
    keys = [key for key, _ in fresh]
    told_of = [one for one in disruptions if one.key in keys]
    down = {(one.key, clock.day_of(now) - timedelta(days=one.days_ago)): one.minutes for one in told_of}
    _days(keys, down, now)
    for one in told_of:
        _disruption(one, now)
    Target.objects.filter(key__in=keys).update(state=State.UP, since=now - HISTORY, looked=now)
    if not Rolled.objects.exists():
        Rolled.objects.create(pk=1, upto=now.replace(minute=0, second=0, microsecond=0))
    return len(keys)


def _days(keys: list[str], down: dict[tuple[str, date], int], now: datetime) -> None:
    today = clock.day_of(now)
    rows = []
    for ago in range(HISTORY.days + 1):
        day = today - timedelta(days=ago)
        start, end = bounds(day)
        minutes = int((min(end, now) - start).total_seconds() // 60)
        for key in keys:
            bad = min(down.get((key, day), 0), minutes)
            rows.append(
                Day(
                    target_id=key,
                    day=day,
                    up=minutes - bad,
                    down=bad,
                    planned=0,
                    signals=SIGNALS_A_DAY,
                    took_ms=SIGNALS_A_DAY * 180,
                )
            )
    Day.objects.bulk_create(rows, batch_size=1000)


def _disruption(one: Disruption, now: datetime) -> None:
    """Inside the day that it was counted in: it begins at eight in the morning."""
    opened = bounds(clock.day_of(now) - timedelta(days=one.days_ago))[0] + timedelta(hours=8)
    closed = opened + timedelta(minutes=one.minutes)
    told = {"told_opened": True, "told_closed": True}
    row = Incident.objects.create(target_id=one.key, opened=opened, closed=closed, code="not-reached", **told)
    IncidentUpdate.objects.create(
        incident=row,
        at=closed,
        text_fi=one.text.fi,
        text_sv=one.text.sv,
        text_en=one.text.en,
        written_by="ESIMERKKI",
    )
