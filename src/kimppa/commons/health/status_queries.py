"""What the public status page and its feeds tell. Reads days, incidents and maintenance, never minutes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache

from kimppa.commons.health.models import Day, Incident, IncidentUpdate, Maintenance, Rolled, Target
from kimppa.commons.health.queries import IncidentRow, incident_row
from kimppa.commons.health.rules import Standing, State, Tally, standing_of
from kimppa.foundation.core import clock
from kimppa.foundation.core.keeping import kept
from kimppa.foundation.core.text import in_language

SHOWN_DAYS = 90
PAST_INCIDENTS = timedelta(days=30)
MOST_PAST = 30


@dataclass(frozen=True, slots=True)
class UpdateRow:
    at: datetime
    text_fi: str
    text_sv: str
    text_en: str
    written_by: str

    def text(self, language: str) -> str:
        return in_language(language, fi=self.text_fi, sv=self.text_sv, en=self.text_en)


@dataclass(frozen=True, slots=True, eq=False)
class History:
    """90 days, the oldest first; None: nothing is known of it. One object while nothing more is counted."""

    days: tuple[Tally | None, ...]

    @property
    def whole(self) -> Tally:
        """All the days together."""
        known = [day for day in self.days if day is not None]
        return Tally(
            sum(day.up for day in known), sum(day.down for day in known), sum(day.planned for day in known)
        )


NOTHING = History((None,) * SHOWN_DAYS)


@dataclass(frozen=True, slots=True)
class TargetStatus:
    """A target of the public page with its last 90 days."""

    key: str
    name_fi: str
    name_sv: str
    name_en: str
    example: bool
    standing: Standing
    history: History

    def name(self, language: str) -> str:
        return in_language(language, fi=self.name_fi, sv=self.name_sv, en=self.name_en)


@dataclass(frozen=True, slots=True)
class IncidentStory:
    """An incident with what staff told of it, the newest first."""

    row: IncidentRow
    updates: tuple[UpdateRow, ...]


@dataclass(frozen=True, slots=True)
class MaintenanceRow:
    id: int
    starts: datetime
    ends: datetime
    text_fi: str
    text_sv: str
    text_en: str
    names: tuple[tuple[str, str, str], ...]
    keys: tuple[str, ...]

    def text(self, language: str) -> str:
        return in_language(language, fi=self.text_fi, sv=self.text_sv, en=self.text_en)

    def whose(self, language: str) -> tuple[str, ...]:
        return tuple(in_language(language, fi=fi, sv=sv, en=en) for fi, sv, en in self.names)


@dataclass(frozen=True, slots=True)
class Status:
    """Everything that the page shows."""

    first_day: date
    targets: tuple[TargetStatus, ...]
    open: tuple[IncidentStory, ...]
    past: tuple[IncidentStory, ...]
    maintenance: tuple[MaintenanceRow, ...]


def status(now: datetime) -> Status:
    """The public status at a moment (real time), in six queries however much was seen.

    A process that keeps what it reads tells what was so a moment ago.
    """
    return kept("health.status", lambda: _status(now))


def _status(now: datetime) -> Status:
    first = clock.day_of(now) - timedelta(days=SHOWN_DAYS - 1)
    told = _incidents(now)
    pauses = _pauses(now)
    resting = {key for row, targets in pauses if row.starts <= now for key in (t.key for t in targets)}
    return Status(
        first_day=first,
        targets=_targets(first, resting, now),
        open=tuple(one for one in told if one.row.closed is None),
        past=tuple(one for one in told if one.row.closed is not None)[:MOST_PAST],
        maintenance=_coming(pauses, public=True),
    )


def _targets(first: date, resting: set[str], now: datetime) -> tuple[TargetStatus, ...]:
    days = histories(first)
    names = ("key", "name_fi", "name_sv", "name_en", "example", "state", "last_failed", "looked")
    found = Target.objects.filter(public=True).order_by("order", "name_fi", "key").values_list(*names)
    return tuple(
        TargetStatus(
            key,
            fi,
            sv,
            en,
            example,
            standing_of(
                State(state), last_failed=failing, looked=looked, in_maintenance=key in resting, now=now
            ),
            days.get(key, NOTHING),
        )
        for key, fi, sv, en, example, state, failing, looked in found
    )


def histories(first: date) -> dict[str, History]:
    """The 90 days from a day on of every target. Days change only when an hour more is counted, so what was
    read is kept by the place of counting; while nothing was ever counted, nothing is kept."""
    upto = Rolled.objects.values_list("upto", flat=True).first()
    return _read_days(first) if upto is None else _kept_days(first, upto)


@lru_cache(maxsize=2)
def _kept_days(first: date, upto: datetime) -> dict[str, History]:
    return _read_days(first)


def _read_days(first: date) -> dict[str, History]:
    days: dict[str, list[Tally | None]] = {}
    rows = Day.objects.filter(day__gte=first, day__lt=first + timedelta(days=SHOWN_DAYS))
    for key, day, up, down, planned in rows.values_list("target_id", "day", "up", "down", "planned"):
        days.setdefault(key, [None] * SHOWN_DAYS)[(day - first).days] = Tally(up, down, planned)
    return {key: History(tuple(found)) for key, found in days.items()}


def _incidents(now: datetime) -> tuple[IncidentStory, ...]:
    """Open ones, and those of the last 30 days; the newest first."""
    recent = Incident.objects.filter(target__public=True, opened__lte=now)
    recent = recent.filter(closed__isnull=True) | recent.filter(closed__gt=now - PAST_INCIDENTS)
    return stories(list(recent.select_related("target").order_by("-opened", "-pk")[: MOST_PAST * 2]))


def stories(rows: list[Incident]) -> tuple[IncidentStory, ...]:
    """Incidents with their updates, in one more query."""
    told: dict[int, list[UpdateRow]] = {}
    if rows:
        updates = IncidentUpdate.objects.filter(incident__in=[row.pk for row in rows])
        for one in updates.order_by("-at", "-pk"):
            told.setdefault(one.incident_id, []).append(
                UpdateRow(one.at, one.text_fi, one.text_sv, one.text_en, one.written_by)
            )
    return tuple(IncidentStory(incident_row(row), tuple(told.get(row.pk, ()))) for row in rows)


def coming(now: datetime) -> tuple[MaintenanceRow, ...]:
    """Maintenance that goes on or comes, of all targets, the nearest first."""
    return _coming(_pauses(now), public=False)


def _pauses(now: datetime) -> list[tuple[Maintenance, list[Target]]]:
    rows = Maintenance.objects.filter(ends__gt=now, announced__lte=now, cancelled__isnull=True)
    found = rows.order_by("starts", "pk").prefetch_related("targets")
    return [(row, list(row.targets.all())) for row in found]


def _coming(pauses: list[tuple[Maintenance, list[Target]]], *, public: bool) -> tuple[MaintenanceRow, ...]:
    found = []
    for row, all_targets in pauses:
        targets = [t for t in all_targets if t.public or not public]
        if targets:
            found.append(
                MaintenanceRow(
                    id=row.pk,
                    starts=row.starts,
                    ends=row.ends,
                    text_fi=row.text_fi,
                    text_sv=row.text_sv,
                    text_en=row.text_en,
                    names=tuple((t.name_fi, t.name_sv, t.name_en) for t in targets),
                    keys=tuple(t.key for t in targets),
                )
            )
    return tuple(found)
