"""Minutes are counted into hours and days; old minutes and hours are removed. Resumable.

One hour at a time, in one transaction with the place that is reached: a worker that is killed leaves whole
hours behind, and the next one goes on after them. Hours fit into Finnish days, as the clock is only ever
changed by whole hours.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta

from django.db import transaction
from django.db.models import Min, Sum

from kimppa.commons.health.models import Day, Hour, Maintenance, Minute, Rolled, Target
from kimppa.commons.health.rules import WINDOW, failed, holds_for, tally
from kimppa.foundation.core import clock

HOUR = timedelta(hours=1)
MINUTES_KEPT = timedelta(days=90)
HOURS_KEPT = timedelta(days=400)
FIGURES = ("up", "down", "planned", "signals", "took_ms")


def roll_up(*, now: datetime, stop: Callable[[], bool] = lambda: False) -> int:
    """Count every whole hour that has passed and is not counted yet; returns how many."""
    done = 0
    while not stop():
        with transaction.atomic():
            hour = _next_hour(now)
            if hour is None:
                break
            _count_hour(hour)
            Rolled.objects.update_or_create(pk=1, defaults={"upto": hour + HOUR})
        done += 1
    return done


def _next_hour(now: datetime) -> datetime | None:
    """The first hour not counted, locked for this worker; None when all are."""
    place = Rolled.objects.select_for_update().filter(pk=1).first()
    if place is not None:
        hour = place.upto
    else:
        first: datetime | None = Minute.objects.aggregate(first=Min("at"))["first"]
        if first is None:
            return None
        hour = first.replace(minute=0)
    return hour if hour + HOUR <= now else None


def _count_hour(hour: datetime) -> None:
    seen: dict[str, dict[datetime, bool]] = {}
    signals: dict[str, tuple[int, int]] = {}
    rows = Minute.objects.filter(at__gte=hour - WINDOW, at__lt=hour + HOUR)
    for key, at, good, bad, took in rows.values_list("target_id", "at", "good", "bad", "took_ms"):
        seen.setdefault(key, {})[at] = not failed(good, bad)
        if at >= hour:
            number, sum_ms = signals.get(key, (0, 0))
            signals[key] = number + good + bad, sum_ms + took
    planned = planned_times(hour, hour + HOUR)
    found = []
    for key, every in Target.objects.filter(key__in={*seen, *planned}).values_list("key", "every_minutes"):
        counted = tally(
            seen.get(key, {}),
            start=hour,
            end=hour + HOUR,
            holds=holds_for(every),
            planned=planned.get(key, []),
        )
        number, sum_ms = signals.get(key, (0, 0))
        if counted.told or number:
            figures = {"up": counted.up, "down": counted.down, "planned": counted.planned}
            found.append(Hour(target_id=key, at=hour, signals=number, took_ms=sum_ms, **figures))
    Hour.objects.bulk_create(
        found, update_conflicts=True, unique_fields=["target", "at"], update_fields=list(FIGURES)
    )
    if found:
        _count_day(clock.day_of(hour))


def planned_times(start: datetime, end: datetime) -> dict[str, list[tuple[datetime, datetime]]]:
    """Announced maintenance that touches a time, by target; never from before it was announced."""
    found: dict[str, list[tuple[datetime, datetime]]] = {}
    rows = Maintenance.objects.filter(
        starts__lt=end, ends__gt=start, announced__lt=end, cancelled__isnull=True
    )
    for key, first, announced, last in rows.values_list("targets__key", "starts", "announced", "ends"):
        if key:
            found.setdefault(key, []).append((max(first, announced), last))
    return found


def bounds(day: date) -> tuple[datetime, datetime]:
    """The moments at which a Finnish day begins and ends: 23, 24 or 25 hours."""
    start = datetime.combine(day, time(), clock.HELSINKI)
    end = datetime.combine(day + timedelta(days=1), time(), clock.HELSINKI)
    return start.astimezone(UTC), end.astimezone(UTC)


def _count_day(day: date) -> None:
    start, end = bounds(day)
    sums = (
        Hour.objects.filter(at__gte=start, at__lt=end)
        .values("target_id")
        .annotate(*(Sum(name) for name in FIGURES))
        .values_list("target_id", *(f"{name}__sum" for name in FIGURES))
    )
    rows = [Day(target_id=key, day=day, **dict(zip(FIGURES, told, strict=True))) for key, *told in sums]
    Day.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["target", "day"], update_fields=list(FIGURES)
    )


def purge(*, now: datetime) -> int:
    """Remove minutes after 90 days and hours after 400, never before they are counted. Days stay."""
    place = Rolled.objects.filter(pk=1).first()
    if place is None:
        return 0
    counted = min(now - MINUTES_KEPT, place.upto - WINDOW)
    minutes, _ = Minute.objects.filter(at__lt=counted).delete()
    hours, _ = Hour.objects.filter(at__lt=now - HOURS_KEPT).delete()
    return minutes + hours
