"""What staff sees of health: every target, its probes, incidents, and who is alerted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count

from kimppa.commons.health.asking import Outcome, ProbeKind
from kimppa.commons.health.models import (
    Alert,
    CertificateNotice,
    Incident,
    Maintenance,
    Probe,
    Receiver,
    Subscriber,
    Target,
)
from kimppa.commons.health.problems import NoSuchIncident, NoSuchProbe, NoSuchTarget
from kimppa.commons.health.queries import standing
from kimppa.commons.health.rules import Kind, Standing, quiet
from kimppa.commons.health.status_queries import (
    NOTHING,
    SHOWN_DAYS,
    History,
    IncidentStory,
    histories,
    stories,
)
from kimppa.foundation.core import clock
from kimppa.foundation.core.errors import Param
from kimppa.foundation.core.text import in_language


@dataclass(frozen=True, slots=True)
class TargetRow:
    key: str
    kind: Kind
    name_fi: str
    name_sv: str
    name_en: str
    public: bool
    watched: bool
    example: bool
    order: int
    every_minutes: int
    standing: Standing
    since: datetime | None
    looked: datetime | None
    due: datetime | None
    quiet_until: datetime | None

    def name(self, language: str) -> str:
        return in_language(language, fi=self.name_fi, sv=self.name_sv, en=self.name_en)


@dataclass(frozen=True, slots=True)
class ProbeRow:
    """A probe and its last answer. Its secret is told to nobody, only whether there is one."""

    id: int
    key: str
    kind: ProbeKind
    address: str
    expected_status: int
    expected_text: str
    warn_days: int
    tls: bool
    private: bool
    login: str
    has_secret: bool
    institution: str
    active: bool
    asked: datetime | None
    outcome: Outcome | None
    took_ms: int
    code: str
    params: dict[str, Param]


@dataclass(frozen=True, slots=True)
class ReceiverRow:
    id: int
    kind: str
    address: str
    language: str
    sent: int
    failed: int


@dataclass(frozen=True, slots=True)
class PauseRow:
    id: int
    starts: datetime
    ends: datetime
    announced: datetime
    cancelled: datetime | None
    text_fi: str
    names: tuple[str, ...]


def targets(now: datetime) -> tuple[TargetRow, ...]:
    """Everything that is watched or was, in the order of the public page."""
    stands = standing(now)
    return tuple(_target(row, stands, now) for row in Target.objects.order_by("order", "name_fi", "key"))


def target(key: str, now: datetime) -> TargetRow:
    """One target. Raises NoSuchTarget."""
    row = Target.objects.filter(pk=key).first()
    if row is None:
        raise NoSuchTarget
    return _target(row, standing(now), now)


def _target(row: Target, stands: dict[str, Standing], now: datetime) -> TargetRow:
    return TargetRow(
        key=row.key,
        kind=Kind(row.kind),
        name_fi=row.name_fi,
        name_sv=row.name_sv,
        name_en=row.name_en,
        public=row.public,
        watched=row.watched,
        example=row.example,
        order=row.order,
        every_minutes=row.every_minutes,
        standing=stands.get(row.key, Standing.UNKNOWN),
        since=row.since,
        looked=row.looked,
        due=row.due,
        quiet_until=row.quiet_until if quiet(row.quiet_until, now) else None,
    )


def history(key: str, now: datetime) -> History:
    """The last 90 days of one target."""
    first = clock.day_of(now) - timedelta(days=SHOWN_DAYS - 1)
    return histories(first).get(key, NOTHING)


def probes(key: str) -> tuple[ProbeRow, ...]:
    """A target's probes with their last answers."""
    return tuple(_probe(row) for row in Probe.objects.filter(target_id=key).order_by("pk"))


def worrying_probes() -> tuple[ProbeRow, ...]:
    """Active probes whose last answer was a failure or a warning, such as a certificate that soon ends."""
    rows = Probe.objects.filter(active=True, outcome__in=[Outcome.FAIL.value, Outcome.WARN.value])
    return tuple(_probe(row) for row in rows.order_by("target_id", "pk")[:100])


def probe(probe_id: int) -> ProbeRow:
    """One probe. Raises NoSuchProbe."""
    row = Probe.objects.filter(pk=probe_id).first()
    if row is None:
        raise NoSuchProbe
    return _probe(row)


def _probe(row: Probe) -> ProbeRow:
    return ProbeRow(
        id=row.pk,
        key=row.target_id,
        kind=ProbeKind(row.kind),
        address=row.address,
        expected_status=row.expected_status,
        expected_text=row.expected_text,
        warn_days=row.warn_days,
        tls=row.tls,
        private=row.private,
        login=row.login,
        has_secret=bool(row.secret),
        institution=row.institution,
        active=row.active,
        asked=row.asked,
        outcome=Outcome(row.outcome) if row.outcome else None,
        took_ms=row.took_ms,
        code=row.code,
        params=dict(row.params),
    )


def incidents(*, key: str | None = None, limit: int = 200) -> tuple[IncidentStory, ...]:
    """The newest incidents, of all targets or of one, public or not."""
    rows = Incident.objects.select_related("target").order_by("-opened", "-pk")
    if key is not None:
        rows = rows.filter(target_id=key)
    return stories(list(rows[:limit]))


def incident(incident_id: int) -> IncidentStory:
    """One incident. Raises NoSuchIncident."""
    found = stories(list(Incident.objects.select_related("target").filter(pk=incident_id)))
    if not found:
        raise NoSuchIncident
    return found[0]


def pauses(limit: int = 100) -> tuple[PauseRow, ...]:
    """Maintenance, past ones too, the newest first."""
    rows = Maintenance.objects.order_by("-starts", "-pk").prefetch_related("targets")[:limit]
    return tuple(
        PauseRow(
            row.pk,
            row.starts,
            row.ends,
            row.announced,
            row.cancelled,
            row.text_fi,
            tuple(target.name_fi for target in row.targets.all()),
        )
        for row in rows
    )


def pause(maintenance_id: int) -> PauseRow | None:
    """One pause that is not over and not called off."""
    return next((row for row in pauses() if row.id == maintenance_id and row.cancelled is None), None)


def receivers() -> tuple[ReceiverRow, ...]:
    """Who is alerted now, and how many alerts went or were given up."""
    told: dict[int, tuple[int, int]] = {}
    for counted in (Alert.objects, CertificateNotice.objects):
        each = counted.values("receiver_id").annotate(Count("sent"), Count("given_up"))
        for one, sent, lost in each.values_list("receiver_id", "sent__count", "given_up__count"):
            before = told.get(one, (0, 0))
            told[one] = before[0] + sent, before[1] + lost
    rows = Receiver.objects.filter(active=True).order_by("kind", "address")
    return tuple(
        ReceiverRow(row.pk, row.kind, row.address, row.language, *told.get(row.pk, (0, 0))) for row in rows
    )


def subscribers() -> int:
    """How many addresses get messages; which ones, nobody needs to see."""
    return Subscriber.objects.filter(confirmed__isnull=False).count()
