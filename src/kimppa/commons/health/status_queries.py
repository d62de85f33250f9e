"""What the public status page and its feeds tell. Reads days, incidents and maintenance, never minutes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from kimppa.commons.health.models import Day, Incident, IncidentUpdate, Maintenance, Target
from kimppa.commons.health.queries import IncidentRow, incident_row, standing
from kimppa.commons.health.rules import Standing, Tally
from kimppa.foundation.core import clock
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


@dataclass(frozen=True, slots=True)
class TargetStatus:
    """A target of the public page with its last 90 days, the oldest first; None: nothing is known of it."""

    key: str
    name_fi: str
    name_sv: str
    name_en: str
    example: bool
    standing: Standing
    days: tuple[Tally | None, ...]

    def name(self, language: str) -> str:
        return in_language(language, fi=self.name_fi, sv=self.name_sv, en=self.name_en)

    @property
    def whole(self) -> Tally:
        """All the days together."""
        known = [day for day in self.days if day is not None]
        return Tally(
            sum(day.up for day in known), sum(day.down for day in known), sum(day.planned for day in known)
        )


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
    """The public status at a moment (real time), in seven queries however much was seen."""
    today = clock.day_of(now)
    first = today - timedelta(days=SHOWN_DAYS - 1)
    told = _incidents(now)
    return Status(
        first_day=first,
        targets=_targets(first, now),
        open=tuple(one for one in told if one.row.closed is None),
        past=tuple(one for one in told if one.row.closed is not None)[:MOST_PAST],
        maintenance=coming(now, public=True),
    )


def _targets(first: date, now: datetime) -> tuple[TargetStatus, ...]:
    stands = standing(now)
    days: dict[str, list[Tally | None]] = {}
    rows = Day.objects.filter(target__public=True, day__gte=first)
    for key, day, up, down, planned in rows.values_list("target_id", "day", "up", "down", "planned"):
        place = (day - first).days
        if place < SHOWN_DAYS:
            days.setdefault(key, [None] * SHOWN_DAYS)[place] = Tally(up, down, planned)
    nothing: list[Tally | None] = [None] * SHOWN_DAYS
    names = ("key", "name_fi", "name_sv", "name_en", "example")
    found = Target.objects.filter(public=True).order_by("order", "name_fi", "key").values_list(*names)
    return tuple(
        TargetStatus(
            key, fi, sv, en, example, stands.get(key, Standing.UNKNOWN), tuple(days.get(key, nothing))
        )
        for key, fi, sv, en, example in found
    )


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


def coming(now: datetime, *, public: bool = False) -> tuple[MaintenanceRow, ...]:
    """Maintenance that goes on or comes, the nearest first; `public`: only of targets on the status page."""
    rows = Maintenance.objects.filter(ends__gt=now, announced__lte=now, cancelled__isnull=True)
    found = []
    for row in rows.order_by("starts", "pk").prefetch_related("targets"):
        targets = [t for t in row.targets.all() if t.public or not public]
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
