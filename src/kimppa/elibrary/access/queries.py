"""Reading connections, their logs and consents."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Count

from kimppa.elibrary.access import deciding, rules, traffic
from kimppa.elibrary.access.models import AccessLog, Connection, Consent
from kimppa.elibrary.access.outcomes import GOOD
from kimppa.elibrary.access.rules import Told, Way
from kimppa.elibrary.access.subjects import subject
from kimppa.elibrary.patrons.models import LibrarySystem, Patron


@dataclass(frozen=True, slots=True)
class ConnectionRow:
    """A connection as the office and the technician see it: never its secret.

    `told`: what it may ask for, where the service's terms allow it. `consents`: residents who have agreed.
    """

    client_id: str
    platform: str
    platform_name: str
    way: Way
    name: str
    on: bool
    off_reason: str
    networks: tuple[str, ...]
    rate_per_minute: int
    redirect_uris: tuple[str, ...]
    post_logout_redirect_uris: tuple[str, ...]
    launch_address: str
    told: tuple[Told, ...]
    has_guide: bool
    test_card: str
    test_pin: str
    created: datetime
    last_used: datetime | None
    old_secret_until: datetime | None
    consents: int = 0


@dataclass(frozen=True, slots=True)
class LogRow:
    """What happened in one minute, from one network."""

    minute: datetime
    outcome: str
    network: str
    count: int
    milliseconds: int

    @property
    def good(self) -> bool:
        return self.outcome in GOOD

    @property
    def each(self) -> int:
        """Milliseconds of one call, on average."""
        return self.milliseconds // self.count if self.count else 0


@dataclass(frozen=True, slots=True)
class ConsentRow:
    """What a resident has agreed to."""

    client_id: str
    platform: str
    platform_name: str
    told: tuple[Told, ...]
    given: datetime


def connections() -> tuple[ConnectionRow, ...]:
    """Every connection, by service and way."""
    rows = Connection.objects.select_related("platform").order_by("platform__name", "way")
    return _rows(list(rows))


def connection(client_id: str) -> ConnectionRow:
    """One connection. Raises NoSuchConnection."""
    return _rows([traffic.find(client_id)])[0]


def connection_of_guide(token: str) -> ConnectionRow:
    """The connection whose technician's page has that token. Raises NoSuchConnection."""
    rows = Connection.objects.select_related("platform").filter(guide_hash=rules.hashed(token[:100]))
    found = _rows(list(rows)) if token else ()
    if not found:
        raise traffic.NoSuchConnection()
    return found[0]


def log(client_id: str, *, limit: int = 20) -> tuple[LogRow, ...]:
    """The newest minutes of a connection's log first."""
    rows = AccessLog.objects.filter(connection__client_id=client_id).order_by("-minute", "-pk")[:limit]
    return tuple(LogRow(r.minute, r.outcome, r.network, r.count, r.milliseconds) for r in rows)


def log_since(client_id: str, since: datetime) -> tuple[LogRow, ...]:
    """A connection's log of a span of time, for tables."""
    rows = AccessLog.objects.filter(connection__client_id=client_id, minute__gte=since).order_by("-minute")
    return tuple(LogRow(r.minute, r.outcome, r.network, r.count, r.milliseconds) for r in rows[:5000])


def consents_of(patron_id: int) -> tuple[ConsentRow, ...]:
    """What a resident has agreed to and not taken back, by service."""
    rows = Consent.objects.filter(patron=patron_id, withdrawn__isnull=True)
    return tuple(
        ConsentRow(
            c.connection.client_id,
            c.connection.platform.slug,
            c.connection.platform.name,
            tuple(Told(one) for one in c.scopes),
            c.given,
        )
        for c in rows.select_related("connection__platform").order_by("connection__platform__name")
    )


def institutions_of(platform: str, *, on: date) -> tuple[tuple[str, str, str, str], ...]:
    """(institution, pattern of card numbers, name, slug) of the library systems a service may ask about."""
    slugs = deciding.systems_for(platform, on=on)
    rows = LibrarySystem.objects.filter(slug__in=slugs).order_by("name_fi")
    return tuple((row.institution, row.card_pattern, row.name_fi, row.slug) for row in rows)


def subject_of(patron_id: int, client_id: str) -> str:
    """The name of a patron towards one connection."""
    return subject(client_id, Patron.objects.values_list("pseudonym", flat=True).get(pk=patron_id))


def registered_exit(client_id: str, address: str) -> bool:
    """Whether a client may have the browser back there after signing out."""
    found = Connection.objects.filter(client_id=rules.client_key(client_id), way=Way.OIDC, on=True).first()
    return found is not None and address in found.post_logout_redirect_uris


def _rows(rows: list[Connection]) -> tuple[ConnectionRow, ...]:
    given = Consent.objects.filter(connection__in=rows, withdrawn__isnull=True)
    agreed = dict(given.values_list("connection").annotate(n=Count("pk")))
    return tuple(_row(row, agreed.get(row.pk, 0)) for row in rows)


def _row(row: Connection, agreed: int) -> ConnectionRow:
    return ConnectionRow(
        client_id=row.client_id,
        platform=row.platform.slug,
        platform_name=row.platform.name,
        way=Way(row.way),
        name=row.name,
        on=row.on,
        off_reason=row.off_reason,
        networks=tuple(row.networks),
        rate_per_minute=row.rate_per_minute,
        redirect_uris=tuple(row.redirect_uris),
        post_logout_redirect_uris=tuple(row.post_logout_redirect_uris),
        launch_address=row.launch_address,
        told=tuple(Told(one) for one in row.told),
        has_guide=bool(row.guide_hash),
        test_card=row.test_card,
        test_pin=row.test_pin,
        created=row.created,
        last_used=row.last_used,
        old_secret_until=row.old_secret_until,
        consents=agreed,
    )
