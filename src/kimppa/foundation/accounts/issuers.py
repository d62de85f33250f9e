"""Cities' own sign-ins for staff. An issuer lets in only those who were invited for it.

A person is found by issuer and subject, never by an address; the subject is kept as an HMAC, as it may be
anything a city chose. These verbs know no roles: the rooms above ask `require` first, and whether a role
reaches beyond the issuer's municipality.
"""

from __future__ import annotations

import re
import ssl
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias
from urllib.parse import urlsplit

from django.db import transaction

from kimppa.foundation.accounts import audit, oidc_client
from kimppa.foundation.accounts.models import Invitation, StaffIdentity, StaffIssuer, User
from kimppa.foundation.accounts.oidc_client import Client
from kimppa.foundation.accounts.services import InvitationGone, token_hash
from kimppa.foundation.core import secrets
from kimppa.foundation.core.errors import Forbidden, Invalid, Missing
from kimppa.foundation.core.text import clean_line, noop
from kimppa.foundation.protocols import oidc_tokens
from kimppa.foundation.protocols.oidc import Going
from kimppa.foundation.protocols.oidc_tokens import Claims

HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]{0,250}[A-Za-z0-9])?(:[1-9][0-9]{0,4})?")
VALUE = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]{1,200}")
MOST = 20
CA_LONGEST = 60_000


class NoIssuer(Missing):
    code = "no-city-sign-in"
    sentence = noop("That city's sign-in is not in use here. Nothing was changed.")


class NotInvited(Forbidden):
    """One answer for the unknown, the closed and the bound to another: it tells a stranger nothing."""

    code = "not-invited"
    sentence = noop(
        "Your city knows you, but no open account here goes with that sign-in. Accounts are given by "
        "invitation: open the address of your invitation first, or ask a coordinator for one."
    )


class BadIssuer(Invalid):
    """`field` in the params is the setting's name."""

    code = "bad-city-sign-in"
    sentence = noop("This cannot be used as it is written. Nothing was changed.")


class IssuerTaken(BadIssuer):
    code = "city-sign-in-taken"
    sentence = noop("This issuer is on the list already. Change that one instead.")


@dataclass(frozen=True, slots=True)
class IssuerRow:
    """An issuer as the back office shows it; its secret is never read out. `people`: whom it may let in."""

    id: int
    name: str
    issuer: str
    client_id: str
    hosts: tuple[str, ...]
    private: bool
    ca: str
    municipality: str
    second_acr: tuple[str, ...]
    second_amr: tuple[str, ...]
    on: bool
    people: int = 0


@dataclass(frozen=True, slots=True)
class IssuerSaid:
    """What is written down of an issuer. `secret` empty: the one that is kept stays."""

    name: str
    issuer: str
    client_id: str
    secret: str
    municipality: str
    hosts: tuple[str, ...] = ()
    second_acr: tuple[str, ...] = ()
    second_amr: tuple[str, ...] = ()
    private: bool = False
    ca: str = ""


Trail: TypeAlias = dict[str, audit.Value]


@dataclass(frozen=True, slots=True)
class Came:
    """Who has signed in at their city, and whether that itself proved a second factor."""

    user: User
    issuer: IssuerRow
    second_factor: bool


def issuers(*, only_on: bool = False) -> tuple[IssuerRow, ...]:
    """Every issuer by name; `only_on`: those that let people in."""
    rows = StaffIssuer.objects.filter(on=True) if only_on else StaffIssuer.objects.all()
    counts: dict[int, int] = {}
    if not only_on:
        for pk in StaffIdentity.objects.filter(user__is_active=True).values_list("issuer_id", flat=True):
            counts[pk] = counts.get(pk, 0) + 1
    return tuple(_row(one, counts.get(one.pk, 0)) for one in rows.order_by("name", "pk"))


def is_on(issuer_id: int) -> bool:
    """Whether an issuer lets people in just now."""
    return StaffIssuer.objects.filter(pk=issuer_id, on=True).exists()


def municipality_of(user_id: int) -> str:
    """The only municipality that a person may have roles for; empty where they sign in by password."""
    bound = StaffIdentity.objects.filter(user_id=user_id).values_list("issuer__municipality", flat=True)
    invited = Invitation.objects.filter(user_id=user_id, issuer__isnull=False)
    return bound.first() or invited.values_list("issuer__municipality", flat=True).first() or ""


@transaction.atomic
def save_issuer(said: IssuerSaid, *, issuer_id: int | None = None) -> tuple[StaffIssuer, Trail | None, Trail]:
    """Put an issuer on the list, or change it; what the trail may tell comes back.

    Raises BadIssuer, NoIssuer.

    Another address of the issuer is another issuer: that is never changed. Where calls may go (hosts,
    certificates) changes only with the secret written anew.
    """
    _check(said)
    row = StaffIssuer(secret=b"") if issuer_id is None else _locked(issuer_id)
    before = None if issuer_id is None else _told(row)
    if issuer_id is None and StaffIssuer.objects.filter(issuer=said.issuer).exists():
        raise IssuerTaken(field="issuer")
    if issuer_id is not None and said.issuer != row.issuer:
        raise BadIssuer(field="issuer")
    moved = (list(said.hosts), said.ca, said.client_id) != (row.hosts, row.ca, row.client_id)
    if not said.secret and (not row.secret or moved):
        raise BadIssuer(field="secret")
    for name in ("name", "issuer", "client_id", "municipality", "private", "ca"):
        setattr(row, name, getattr(said, name))
    for name in ("hosts", "second_acr", "second_amr"):
        setattr(row, name, list(getattr(said, name)))
    if said.secret:
        row.secret = secrets.encrypt(said.secret.encode())
    row.save()
    return row, before, _told(row) | {"secret_written": bool(said.secret)}


@transaction.atomic
def switch_issuer(*, issuer_id: int, on: bool) -> StaffIssuer:
    """Let an issuer let people in, or keep all of them out at once. Raises NoIssuer."""
    row = _locked(issuer_id)
    row.on = on
    row.save(update_fields=["on"])
    return row


@transaction.atomic
def seal_anew() -> int:
    """Encrypt every issuer's secret with the key in use; returns how many were changed."""
    done = 0
    for row in StaffIssuer.objects.select_for_update():
        if not secrets.is_current(bytes(row.secret)):
            row.secret = secrets.encrypt(secrets.decrypt(bytes(row.secret)))
            row.save(update_fields=["secret"])
            done += 1
    return done


def start(*, issuer_id: int, redirect_uri: str, language: str) -> tuple[str, Going]:
    """Where to send the browser, and what to keep in it. Raises NoIssuer, ProviderSilent, NotAccepted."""
    client = _client(_open(issuer_id))
    return oidc_client.start(
        client, oidc_client.wanted_of(client, redirect_uri=redirect_uri, language=language)
    )


def finish(
    *,
    issuer_id: int,
    going: Going,
    params: Mapping[str, Sequence[str]],
    redirect_uri: str,
    invitation: str = "",
    now: datetime,
) -> Came:
    """Who came back; with an invitation's token, their account is opened and bound first. Real time.

    Not one transaction: the city is asked with no lock held. Raises Cancelled, NotAccepted, ProviderSilent,
    NoIssuer, NotInvited, InvitationGone.
    """
    row, subject, claims = who_came(
        issuer_id=issuer_id, going=going, params=params, redirect_uri=redirect_uri, now=now
    )
    if invitation:
        _bind(row, subject, invitation, now)
    found = StaffIdentity.objects.filter(issuer=row, subject=subject).select_related("user").first()
    if found is None or not found.user.is_active:
        raise NotInvited()
    proven = oidc_tokens.proves(claims, acr=row.second_acr, amr=row.second_amr)
    return Came(found.user, _row(row), proven)


def who_came(
    *,
    issuer_id: int,
    going: Going,
    params: Mapping[str, Sequence[str]],
    redirect_uri: str,
    now: datetime,
) -> tuple[StaffIssuer, str, Claims]:
    """The issuer, the HMAC of who came back from it, and what it says. Real time; no lock is held.

    Raises Cancelled, NotAccepted, ProviderSilent, NoIssuer.
    """
    row = _open(issuer_id)
    client = _client(row)
    wanted = oidc_client.wanted_of(client, redirect_uri=redirect_uri, language="")
    claims = oidc_client.finish(client, wanted, going, params, now=now)
    return row, secrets.hmac_hex("patrons", f"staff:{claims.issuer} {claims.subject}"), claims


@transaction.atomic
def _bind(row: StaffIssuer, subject: str, token: str, now: datetime) -> None:
    """Open the invited account for whoever is this subject, once. Raises InvitationGone, NotInvited."""
    found = Invitation.objects.select_for_update().filter(token_hash=token_hash(token), issuer=row).first()
    if found is None or found.user is None or found.accepted is not None or found.expires <= now:
        raise InvitationGone()
    if StaffIdentity.objects.filter(issuer=row, subject=subject).exists():
        # One person, one account: whoever has one already does not take another's.
        raise NotInvited()
    user = found.user
    StaffIdentity.objects.create(user=user, issuer=row, subject=subject, created=now)
    user.is_active = True
    user.save(update_fields=["is_active"])
    found.accepted = now
    found.save(update_fields=["accepted"])
    told: Trail = {"issuer": row.name, "municipality": row.municipality}
    audit.record(by=user, act="accounts.accept_by_city", obj=user, before=None, after=told, now=now)


def _open(issuer_id: int) -> StaffIssuer:
    row = StaffIssuer.objects.filter(pk=issuer_id, on=True).first()
    if row is None:
        raise NoIssuer()
    return row


def _locked(issuer_id: int) -> StaffIssuer:
    row = StaffIssuer.objects.select_for_update().filter(pk=issuer_id).first()
    if row is None:
        raise NoIssuer()
    return row


def _client(row: StaffIssuer) -> Client:
    return Client(
        issuer=row.issuer,
        client_id=row.client_id,
        secret=secrets.decrypt(bytes(row.secret)).decode(),
        asked_levels=tuple(row.second_acr),
        hosts=tuple(row.hosts),
        private=row.private,
        ca=row.ca,
    )


def _row(one: StaffIssuer, people: int = 0) -> IssuerRow:
    return IssuerRow(
        id=one.pk,
        name=one.name,
        issuer=one.issuer,
        client_id=one.client_id,
        hosts=tuple(one.hosts),
        private=one.private,
        ca=one.ca,
        municipality=one.municipality,
        second_acr=tuple(one.second_acr),
        second_amr=tuple(one.second_amr),
        on=one.on,
        people=people,
    )


def _told(row: StaffIssuer) -> Trail:
    """For the trail: no secret, and certificates only as being there."""
    told: Trail = {
        name: getattr(row, name) for name in ("name", "issuer", "client_id", "municipality", "private")
    }
    lists = {name: " ".join(getattr(row, name)) for name in ("hosts", "second_acr", "second_amr")}
    return told | lists | {"ca": "…" if row.ca else ""}


def _check(said: IssuerSaid) -> None:
    lists = {"hosts": HOST, "second_acr": VALUE, "second_amr": VALUE}
    wrong = {
        "name": not clean_line(said.name) or len(said.name) > 120,
        "issuer": not _is_https(said.issuer),
        "client_id": not said.client_id.strip() or len(said.client_id) > 200,
        "municipality": not re.fullmatch(r"[0-9]{3}", said.municipality),
        "secret": len(said.secret) > 500,
        "ca": not _is_ca(said.ca),
    }
    for name, pattern in lists.items():
        values = getattr(said, name)
        wrong[name] = len(values) > MOST or not all(pattern.fullmatch(one) for one in values)
    for name, is_wrong in wrong.items():
        if is_wrong:
            raise BadIssuer(field=name)


def _is_https(text: str) -> bool:
    try:
        parts = urlsplit(text)
        usual = parts.scheme == "https" and not parts.username and not parts.query and not parts.fragment
        place = parts.netloc if parts.port != 0 else ""
    except ValueError:
        return False
    return usual and len(text) <= 500 and text.isascii() and HOST.fullmatch(place) is not None


def _is_ca(text: str) -> bool:
    if not text:
        return True
    try:
        ssl.create_default_context(cadata=text)
    except (ssl.SSLError, ValueError):
        return False
    return len(text) <= CA_LONGEST and "PRIVATE KEY" not in text
