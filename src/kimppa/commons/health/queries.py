"""What works now, for dots and banners of every room."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from kimppa.commons.health.models import Incident, Maintenance, Target
from kimppa.commons.health.rules import Kind, Standing, State, standing_of
from kimppa.foundation.core.keeping import kept
from kimppa.foundation.core.text import in_language


@dataclass(frozen=True, slots=True)
class IncidentRow:
    """An incident with its target. `closed` is None while it is open."""

    id: int
    key: str
    kind: Kind
    name_fi: str
    name_sv: str
    name_en: str
    public: bool
    opened: datetime
    closed: datetime | None
    code: str

    def name(self, language: str) -> str:
        return in_language(language, fi=self.name_fi, sv=self.name_sv, en=self.name_en)


def standing(now: datetime) -> dict[str, Standing]:
    """How every target stands at this moment (real time), by key. Two queries."""
    resting = maintained(now)
    rows = Target.objects.values_list("key", "state", "last_failed", "looked")
    return {
        key: standing_of(
            State(state), last_failed=last_failed, looked=looked, in_maintenance=key in resting, now=now
        )
        for key, state, last_failed, looked in rows
    }


def maintained(now: datetime) -> frozenset[str]:
    """Keys of the targets in announced maintenance at this moment."""
    rows = Maintenance.objects.filter(
        starts__lte=now, ends__gt=now, announced__lte=now, cancelled__isnull=True
    ).values_list("targets__key", flat=True)
    return frozenset(key for key in rows if key)


def open_incidents(now: datetime) -> tuple[IncidentRow, ...]:
    """Incidents that are open at this moment, the newest first; kept for a moment where the process keeps."""
    return kept("health.open", lambda: _open_incidents(now))


def _open_incidents(now: datetime) -> tuple[IncidentRow, ...]:
    rows = Incident.objects.filter(opened__lte=now, closed__isnull=True)
    return tuple(incident_row(row) for row in rows.select_related("target").order_by("-opened", "-pk"))


def incident_row(row: Incident) -> IncidentRow:
    """The plain row of an incident whose target is loaded."""
    target = row.target
    return IncidentRow(
        id=row.pk,
        key=target.key,
        kind=Kind(target.kind),
        name_fi=target.name_fi,
        name_sv=target.name_sv,
        name_en=target.name_en,
        public=target.public,
        opened=row.opened,
        closed=row.closed,
        code=row.code,
    )
