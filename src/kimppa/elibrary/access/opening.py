"""One tap: a resident opens an e-service from the portal, signed in. And the tickets that carry that.

A ticket is a JWT by our published keys, for one connection and a minute; the e-service may verify it by
itself, and ask us whether it comes for the first time.
"""

from __future__ import annotations

import secrets as random
from dataclasses import dataclass
from datetime import UTC, date, datetime
from urllib.parse import urlencode, urlsplit

from django.db import transaction

from kimppa.commons.platforms.entitlement import Reason
from kimppa.commons.platforms.models import Platform
from kimppa.commons.platforms.services import NoSuchPlatform
from kimppa.commons.usage.services import AccessMetric, count_access
from kimppa.elibrary.access import deciding, granting, rules, signing, subjects, traffic
from kimppa.elibrary.access.checking import noon
from kimppa.elibrary.access.models import Connection, UsedTicket
from kimppa.elibrary.access.outcomes import Outcome
from kimppa.elibrary.access.rules import UNKNOWN, Told, Way
from kimppa.elibrary.patrons.models import Patron
from kimppa.foundation.core.errors import Missing
from kimppa.foundation.core.text import noop

TEST_SUBJECT = "test"


class NoAddress(Missing):
    code = "no-launch-address"
    sentence = noop(
        "The service's own address is not in our records yet. Your library's web page leads to it."
    )


@dataclass(frozen=True, slots=True)
class Launch:
    """Where the browser goes; or why it does not: a `reason`, or `consent` to what is told, asked first.

    way: the code of rules.Way, empty where the service is only a link to its own address.
    """

    address: str
    way: str
    name: str
    reason: Reason | None = None
    consent: tuple[Told, ...] = ()


@dataclass(frozen=True, slots=True)
class TicketVerdict:
    """Always the same shape; claims are empty unless valid."""

    valid: bool
    outcome: str
    subject: str = ""
    entitled: bool = False
    age_group: str = ""
    municipality: str = ""


@transaction.atomic
def open_service(
    *,
    patron_id: int,
    platform: str,
    address: str,
    issuer: str,
    agreed: bool = False,
    now: datetime,
    today: date,
) -> Launch:
    """Decide by the library system's last good answer, count the opening, and say where the browser goes.

    `address` is the resident's own and is not kept; `issuer` our own address, which signs a ticket;
    `agreed`: the resident has just said yes to what a ticket tells. Raises NoSuchPlatform, NoAddress.
    """
    service = Platform.objects.filter(slug=platform).first()
    if service is None:
        raise NoSuchPlatform()
    patron = Patron.objects.select_related("system").get(pk=patron_id)
    decision = deciding.decide(platform, deciding.facts_of_patron(patron), on=today, address=address)
    row = _connection(service)
    if decision.reason is not None:
        if row is not None:
            traffic.note(row, decision.reason, now=now)
        return Launch("", row.way if row else "", service.name, decision.reason)
    goes = (row.launch_address if row else "") or service.address
    if not goes:
        raise NoAddress()
    way = row.way if row else ""
    if row is not None and row.way == Way.TICKET:
        told = _told(row, today)
        if agreed:
            granting.agree(patron.pk, row, told, now)
        elif not granting.has_agreed(patron.pk, row, told):
            return Launch("", way, service.name, consent=told)
        goes = with_ticket(goes, _ticket(row, patron, decision, told, issuer, now))
        traffic.note(row, Outcome.TICKET_GIVEN, now=now)
        _count(platform, patron.home, AccessMetric.SIGN_INS, way, today)
    elif row is not None:
        traffic.note(row, Outcome.OPENED, now=now)
    _count(platform, patron.home, AccessMetric.OPENS, way, today)
    return Launch(goes, way, service.name)


def _count(platform: str, home: str, metric: AccessMetric, way: str, today: date) -> None:
    count_access(platform=platform, unit_code=home, metric=metric, kind=way, now=noon(today))


def _connection(service: Platform) -> Connection | None:
    """The connection by which one tap opens the service: signed in where that can be."""
    ways = {
        row.way: row
        for row in Connection.objects.filter(platform=service, on=True, way__in=[Way.OIDC, Way.TICKET])
        if row.launch_address
    }
    return ways.get(Way.OIDC) or ways.get(Way.TICKET)


def _told(row: Connection, today: date) -> tuple[Told, ...]:
    may = deciding.rule_of(row.platform.slug, on=today).tells_municipality
    return tuple(one for one in Told if one in row.told and (may or one is not Told.MUNICIPALITY))


def _ticket(
    row: Connection,
    patron: Patron,
    decision: deciding.Decision,
    told: tuple[Told, ...],
    issuer: str,
    now: datetime,
) -> str:
    claims: dict[str, signing.Claim] = {"entitled": True}
    if Told.AGE_GROUP in told:
        claims["age_group"] = decision.age_group or UNKNOWN
    if Told.MUNICIPALITY in told:
        claims["municipality"] = decision.municipality or UNKNOWN
    return _signed(row, subjects.subject(row.client_id, patron.pseudonym), claims, issuer, now)


def _signed(
    row: Connection, subject: str, claims: dict[str, signing.Claim], issuer: str, now: datetime
) -> str:
    issued = int(now.timestamp())
    standard: dict[str, signing.Claim] = {
        "iss": issuer,
        "aud": row.client_id,
        "sub": subject,
        "iat": issued,
        "exp": issued + int(rules.TICKET_LIFE.total_seconds()),
        "jti": random.token_urlsafe(16),
        "use": "ticket",
    }
    return signing.sign(standard | claims, now=now)


def with_ticket(address: str, ticket: str) -> str:
    """The launch address with the ticket in its query."""
    joint = "&" if urlsplit(address).query else "?"
    return f"{address}{joint}{urlencode({'ticket': ticket})}"


@transaction.atomic
def test_ticket(*, client_id: str, issuer: str, now: datetime) -> str:
    """A ticket of nobody, for a technician's own tries."""
    row = traffic.find(client_id)
    name = subjects.subject(row.client_id, TEST_SUBJECT)
    claims: dict[str, signing.Claim] = {"entitled": True}
    if Told.AGE_GROUP in row.told:
        claims["age_group"] = "adult"
    return _signed(row, name, claims, issuer, now)


def check_ticket(
    *, client_id: str, ticket: str, issuer: str, spend: bool = True, address: str = "", now: datetime
) -> TicketVerdict:
    """Whether a ticket is ours, for that connection, in time and (`spend`) asked about for the first time."""
    row = traffic.find(client_id)
    claims = signing.read(ticket, now=now)
    outcome = _fault(claims, row, issuer, now)
    if claims is not None and not outcome and spend and not _spend(row, claims):
        outcome = Outcome.TICKET_REPLAYED
    if claims is None or outcome:
        outcome = outcome or Outcome.BAD_TICKET
        traffic.note(row, outcome, address=address, now=now)
        return TicketVerdict(False, outcome)
    traffic.note(row, Outcome.OK, address=address, now=now)
    return TicketVerdict(
        valid=True,
        outcome=Outcome.OK,
        subject=str(claims["sub"]),
        entitled=claims.get("entitled") is True,
        age_group=str(claims.get("age_group", "")),
        municipality=str(claims.get("municipality", "")),
    )


def spend_ticket(
    *, client_id: str, secret: str, ticket: str, issuer: str, address: str, now: datetime
) -> TicketVerdict:
    """`check_ticket` for whoever has the connection's secret. Raises as `traffic.caller`."""
    traffic.caller(client_id=client_id, secret=secret, way=Way.TICKET, address=address, now=now)
    return check_ticket(client_id=client_id, ticket=ticket, issuer=issuer, address=address, now=now)


def _fault(claims: dict[str, object] | None, row: Connection, issuer: str, now: datetime) -> Outcome | None:
    if claims is None or claims.get("use") != "ticket" or claims.get("iss") != issuer:
        return Outcome.BAD_TICKET
    expires = claims.get("exp")
    if not isinstance(expires, int) or now.timestamp() >= expires:
        return Outcome.BAD_TICKET
    return None if signing.is_for(claims, row.client_id) else Outcome.BAD_TICKET


def _spend(row: Connection, claims: dict[str, object]) -> bool:
    """Note the ticket as used; False where it was already. The constraint decides among parallel ones."""
    expires = datetime.fromtimestamp(int(str(claims["exp"])), tz=UTC)
    with transaction.atomic():
        _, made = UsedTicket.objects.get_or_create(
            jti=str(claims.get("jti", ""))[:64], defaults={"connection": row, "expires": expires}
        )
    return made
