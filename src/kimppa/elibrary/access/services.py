"""The office's verbs: e-services' connections, their secrets, networks and switches; the signing keys.

`now` is real time; `today` the domain's day, which tells the service's terms of use.
"""

from __future__ import annotations

import secrets as random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction

from kimppa.commons.members.permissions import require
from kimppa.commons.members.roles import Act
from kimppa.commons.platforms.models import Platform
from kimppa.commons.platforms.services import NoSuchPlatform
from kimppa.elibrary.access import deciding, rules, signing, traffic
from kimppa.elibrary.access.models import (
    AccessLog,
    AccessToken,
    AuthorizationCode,
    Connection,
    SigningKey,
    UsedTicket,
)
from kimppa.elibrary.access.opening import Launch, open_service
from kimppa.elibrary.access.rules import Told, Way
from kimppa.foundation.accounts import audit
from kimppa.foundation.accounts.actors import Actor
from kimppa.foundation.core import clock
from kimppa.foundation.core.errors import Invalid, Refused
from kimppa.foundation.core.text import clean_line, noop

__all__ = ["Launch", "open_service"]


class ConnectionExists(Refused):
    code = "connection-exists"
    sentence = noop("The e-service is connected that way already. Nothing was changed.")


class ReasonMissing(Invalid):
    code = "reason-missing"
    sentence = noop("Say why the connection is switched off; the vendor's technician sees it.")


@dataclass(frozen=True, slots=True)
class NewSecret:
    """Shown once: only its digest is kept."""

    client_id: str
    secret: str


@dataclass(frozen=True, slots=True)
class Setup:
    """What the office decides of a connection. Addresses are compared letter for letter."""

    name: str
    networks: Sequence[str] = ()
    rate_per_minute: int = rules.RATE_DEFAULT
    redirect_uris: Sequence[str] = ()
    post_logout_redirect_uris: Sequence[str] = ()
    launch_address: str = ""
    told: Sequence[str] = (Told.ENTITLED,)


@transaction.atomic
def add_connection(*, by: Actor, platform: str, way: Way, name: str, now: datetime) -> NewSecret:
    """Connect an e-service in one way. Raises NoSuchPlatform, ConnectionExists."""
    require(by, Act.EDIT_CONNECTIONS, now=clock_of(now))
    service = Platform.objects.select_for_update().filter(slug=platform).first()
    if service is None:
        raise NoSuchPlatform()
    if Connection.objects.filter(platform=service, way=way).exists():
        raise ConnectionExists()
    secret = random.token_urlsafe(32)
    row = Connection.objects.create(
        platform=service,
        way=way,
        name=clean_line(name)[:120] or service.name,
        client_id=f"{platform[:20]}-{way}-{random.token_hex(4)}",
        secret_hash=rules.hashed(secret),
        rate_per_minute=rules.RATE_DEFAULT,
        told=[Told.ENTITLED.value],
        test_card=f"TEST{random.randbelow(10**8):08d}",
        test_pin=f"{random.randbelow(10**4):04d}",
        created=now,
    )
    _note(by, "add_connection", row, None, {"client_id": row.client_id, "way": row.way}, now)
    return NewSecret(row.client_id, secret)


@transaction.atomic
def set_up(*, by: Actor, client_id: str, setup: Setup, today: date, now: datetime) -> None:
    """Decide a connection's settings. Raises BadAddress, BadNetwork, BadRate, BadScopes, NoSuchConnection."""
    require(by, Act.EDIT_CONNECTIONS, now=clock_of(now))
    row = _locked(client_id)
    if not 1 <= setup.rate_per_minute <= rules.RATE_MOST:
        raise rules.BadRate()
    told = [one.value for one in Told if one in set(setup.told)]
    if Told.MUNICIPALITY in told and not deciding.rule_of(row.platform.slug, on=today).tells_municipality:
        raise rules.BadScopes()
    before = _settings(row)
    row.name = clean_line(setup.name)[:120] or row.name
    row.networks = sorted({rules.tidy_network(one) for one in setup.networks})
    row.rate_per_minute = setup.rate_per_minute
    row.redirect_uris = _addresses(setup.redirect_uris)
    row.post_logout_redirect_uris = _addresses(setup.post_logout_redirect_uris)
    row.launch_address = rules.tidy_launch(setup.launch_address) if setup.launch_address.strip() else ""
    row.told = told
    row.save()
    _note(by, "set_up", row, before, _settings(row), now)


@transaction.atomic
def new_secret(*, by: Actor, client_id: str, at_once: bool, now: datetime) -> NewSecret:
    """A new secret; the old one opens for a day more, or nothing from now on (`at_once`)."""
    require(by, Act.EDIT_CONNECTIONS, now=clock_of(now))
    row = _locked(client_id)
    secret = random.token_urlsafe(32)
    row.old_secret_hash = "" if at_once else row.secret_hash
    row.old_secret_until = None if at_once else now + rules.OLD_SECRET_LIFE
    row.secret_hash = rules.hashed(secret)
    row.save(update_fields=["secret_hash", "old_secret_hash", "old_secret_until"])
    _note(by, "new_secret", row, None, {"old_one_ends_at_once": at_once}, now)
    return NewSecret(row.client_id, secret)


@transaction.atomic
def switch(*, by: Actor, client_id: str, on: bool, reason: str = "", now: datetime) -> None:
    """Switch a connection on or, with a reason, off; its tokens end with it. Raises ReasonMissing."""
    require(by, Act.EDIT_CONNECTIONS, now=clock_of(now))
    row = _locked(client_id)
    why = "" if on else clean_line(reason)[:300]
    if not on and not why:
        raise ReasonMissing()
    before: dict[str, audit.Value] = {"on": row.on, "reason": row.off_reason}
    row.on, row.off_reason = on, why
    row.save(update_fields=["on", "off_reason"])
    if not on:
        open_ones = AccessToken.objects.filter(code__connection=row, revoked__isnull=True)
        open_ones.update(revoked=now)
    _note(by, "switch", row, before, {"on": on, "reason": why}, now)


@transaction.atomic
def new_guide(*, by: Actor, client_id: str, now: datetime) -> str:
    """A new unguessable token of the technician's page, shown once; the old address opens nothing more."""
    require(by, Act.EDIT_CONNECTIONS, now=clock_of(now))
    row = _locked(client_id)
    token = random.token_urlsafe(32)
    row.guide_hash = rules.hashed(token)
    row.save(update_fields=["guide_hash"])
    _note(by, "new_guide", row, None, {"made": True}, now)
    return token


@transaction.atomic
def revoke_guide(*, by: Actor, client_id: str, now: datetime) -> None:
    """The technician's page of a connection opens no more."""
    require(by, Act.EDIT_CONNECTIONS, now=clock_of(now))
    row = _locked(client_id)
    row.guide_hash = ""
    row.save(update_fields=["guide_hash"])
    _note(by, "revoke_guide", row, {"made": True}, {"made": False}, now)


@transaction.atomic
def rotate_keys(*, by: Actor, now: datetime) -> str:
    """A new signing key: published at once, signing ten minutes later; returns its id.

    The ones before it go on being published until the last token that they signed has expired.
    """
    require(by, Act.EDIT_CONNECTIONS, now=clock_of(now))
    older = list(SigningKey.objects.select_for_update().filter(published_until__isnull=True))
    waiting = next((row for row in older if row.signs_from > now), None)
    if waiting is not None:
        return waiting.kid
    made = signing.make(now=now, signs_from=now + rules.KEY_NOTICE if older else now)
    for row in older:
        row.published_until = signing.still_needed(row, next_signs_from=made.signs_from)
        row.save(update_fields=["published_until"])
    audit.record(by=by, act="access.rotate_keys", obj=made, before=None, after={"kid": made.kid}, now=now)
    return made.kid


@transaction.atomic
def purge(*, now: datetime) -> int:
    """Forget what is out of date: codes, tokens, used tickets, old keys, the log after 90 days."""
    day_ago = now - timedelta(days=1)
    gone, _ = AuthorizationCode.objects.filter(expires__lt=day_ago).delete()
    more, _ = UsedTicket.objects.filter(expires__lt=day_ago).delete()
    keys, _ = SigningKey.objects.filter(published_until__lt=day_ago).delete()
    logs, _ = AccessLog.objects.filter(minute__lt=now - rules.LOG_KEPT).delete()
    return gone + more + keys + logs


def clock_of(now: datetime) -> datetime:
    """Roles hold by the domain's calendar, which a demo's home has moved."""
    return now + clock.offset()


def _locked(client_id: str) -> Connection:
    row = Connection.objects.select_for_update().filter(client_id=rules.client_key(client_id)).first()
    if row is None:
        raise traffic.NoSuchConnection()
    return row


def _addresses(texts: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(rules.tidy_address(one) for one in texts if one.strip()))


def _settings(row: Connection) -> dict[str, audit.Value]:
    return {
        "name": row.name,
        "networks": ", ".join(row.networks),
        "rate_per_minute": row.rate_per_minute,
        "redirect_uris": ", ".join(row.redirect_uris),
        "post_logout_redirect_uris": ", ".join(row.post_logout_redirect_uris),
        "launch_address": row.launch_address,
        "told": ", ".join(row.told),
    }


def _note(
    by: Actor,
    act: str,
    row: Connection,
    before: dict[str, audit.Value] | None,
    after: dict[str, audit.Value],
    now: datetime,
) -> None:
    audit.record(by=by, act=f"access.{act}", obj=row, before=before, after=after, now=clock_of(now))
