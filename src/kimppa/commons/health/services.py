"""The verbs of staff: what is watched and how, maintenance, words about incidents, who is alerted."""

from __future__ import annotations

import secrets as random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction

from kimppa.commons.health import asking, rounds, watching
from kimppa.commons.health.asking import ProbeKind, Seen
from kimppa.commons.health.models import Incident, IncidentUpdate, Maintenance, Probe, Receiver, Target
from kimppa.commons.health.problems import (
    BadReceiver,
    BadTarget,
    BadTimes,
    KeyTaken,
    NoSuchIncident,
    NoSuchMaintenance,
    NoSuchProbe,
    NoSuchReceiver,
    NoSuchService,
    NoSuchTarget,
    NoText,
    ReceiverKnown,
)
from kimppa.commons.health.rules import QUIET, Kind, State, kind_of
from kimppa.commons.members.permissions import require
from kimppa.commons.members.roles import Act
from kimppa.commons.platforms import queries as platforms
from kimppa.foundation.accounts import audit
from kimppa.foundation.accounts.actors import Actor
from kimppa.foundation.core import secrets
from kimppa.foundation.core.text import LANGUAGES, clean_line, clean_text

INTERVALS = (1, 2, 5, 10, 15, 30)
LONGEST_TEXT = 4000
# Within this time the same words about the same incident are one press too many.
SAID_AGAIN = timedelta(minutes=10)
KEY_LETTERS = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-_.:")


@dataclass(frozen=True, slots=True)
class Words:
    """A text in the three languages; Finnish is shown where another is empty."""

    fi: str
    sv: str = ""
    en: str = ""


@dataclass(frozen=True, slots=True)
class TargetSettings:
    names: Words
    public: bool
    watched: bool
    order: int = 0
    every_minutes: int = 5
    example: bool = False


@dataclass(frozen=True, slots=True)
class ProbeSettings:
    """`secret` None keeps the one that is there."""

    kind: ProbeKind
    address: str
    expected_status: int = 200
    expected_text: str = ""
    warn_days: int = 21
    tls: bool = True
    private: bool = False
    login: str = ""
    secret: str | None = None
    institution: str = ""
    active: bool = True


@transaction.atomic
def add_target(*, by: Actor, key: str, told: TargetSettings, now: datetime) -> str:
    """Watch something new; returns its key. Raises KeyTaken, BadTarget, NoSuchService."""
    require(by, Act.RUN_HEALTH, now=now)
    bare = key.strip().lower()
    prefix, colon, rest = bare.partition(":")
    if not (prefix and colon and rest) or len(bare) > 120 or not set(bare) <= KEY_LETTERS:
        raise BadTarget
    if kind_of(bare) is Kind.PLATFORM and not platforms.is_known(rest):
        raise NoSuchService(key=bare)
    if Target.objects.filter(pk=bare).exists():
        raise KeyTaken(key=bare)
    row = Target(key=bare, kind=kind_of(bare).value, created=now)
    _put_target(row, told, by, "health.add_target", None, now)
    return bare


@transaction.atomic
def change_target(*, by: Actor, key: str, told: TargetSettings, now: datetime) -> None:
    """Change a target's names, place and whether it is public or watched. Raises NoSuchTarget, BadTarget."""
    require(by, Act.RUN_HEALTH, now=now)
    row = _target(key)
    _put_target(row, told, by, "health.change_target", _target_values(row), now)


def _put_target(
    row: Target,
    told: TargetSettings,
    by: Actor,
    act: str,
    before: dict[str, audit.Value] | None,
    now: datetime,
) -> None:
    row.name_fi, row.name_sv, row.name_en = (
        clean_line(name)[:160] for name in (told.names.fi, told.names.sv, told.names.en)
    )
    if not row.name_fi or told.every_minutes not in INTERVALS:
        raise BadTarget
    row.public, row.watched, row.example = told.public, told.watched, told.example
    row.order, row.every_minutes = max(0, min(told.order, 9999)), told.every_minutes
    row.save()
    _schedule(row, now)
    audit.record(by=by, act=act, obj=row, before=before, after=_target_values(row), now=now)


def _target_values(row: Target) -> dict[str, audit.Value]:
    names = ("name_fi", "name_sv", "name_en", "public", "watched", "order", "every_minutes")
    return {name: getattr(row, name) for name in names}


def _target(key: str) -> Target:
    row = Target.objects.select_for_update().filter(pk=key).first()
    if row is None:
        raise NoSuchTarget
    return row


def _schedule(row: Target, now: datetime) -> None:
    """Due at once where there is something to ask, and never otherwise."""
    asks = row.watched and Probe.objects.filter(target=row, active=True).exists()
    row.due = now if asks else None
    row.save(update_fields=["due"])


@transaction.atomic
def add_probe(*, by: Actor, key: str, told: ProbeSettings, now: datetime) -> int:
    """Put one more question to a target; returns the probe's number. Raises NoSuchTarget, BadAddress."""
    require(by, Act.RUN_HEALTH, now=now)
    row = Probe(target=_target(key))
    _put_probe(row, told, by, "health.add_probe", None, now)
    return row.pk


@transaction.atomic
def change_probe(*, by: Actor, probe_id: int, told: ProbeSettings, now: datetime) -> None:
    """Change or switch off a question; what was seen before stays. Raises NoSuchProbe, BadAddress."""
    require(by, Act.RUN_HEALTH, now=now)
    row = Probe.objects.select_for_update().filter(pk=probe_id).first()
    if row is None:
        raise NoSuchProbe
    _target(row.target_id)
    _put_probe(row, told, by, "health.change_probe", _probe_values(row), now)


def _put_probe(
    row: Probe,
    told: ProbeSettings,
    by: Actor,
    act: str,
    before: dict[str, audit.Value] | None,
    now: datetime,
) -> None:
    address = told.address.strip()
    asking.check_address(told.kind, address, private=told.private)
    if len(address) > 500 or not 100 <= told.expected_status <= 599:
        raise asking.BadAddress(address=address[:100])
    if row.address != address or row.kind != told.kind.value:
        row.asked, row.outcome, row.code, row.params, row.took_ms = None, "", "", {}, 0
    row.kind, row.address, row.expected_status = told.kind.value, address, told.expected_status
    row.expected_text = clean_line(told.expected_text)[:200]
    row.warn_days, row.tls, row.private = max(1, min(told.warn_days, 365)), told.tls, told.private
    row.login, row.institution = _field(told.login, 120), _field(told.institution, 60)
    if told.secret is not None:
        row.secret = secrets.encrypt(_field(told.secret, 200).encode()) if told.secret else None
    row.active = told.active
    row.save()
    _schedule(row.target, now)
    audit.record(by=by, act=act, obj=row.target, before=before, after=_probe_values(row), now=now)


def _field(text: str, most: int) -> str:
    """A value inside a SIP2 message: the bar would end it."""
    return clean_line(text).replace("|", "")[:most]


def _probe_values(row: Probe) -> dict[str, audit.Value]:
    names = ("kind", "address", "expected_status", "expected_text", "warn_days", "tls", "private", "active")
    return {"probe": row.pk, **{name: getattr(row, name) for name in names}}


def try_probe(*, by: Actor, probe_id: int, now: datetime) -> Seen:
    """Ask one question now and say how it went; nothing is counted. Calls outside, no transaction is held."""
    require(by, Act.RUN_HEALTH, now=now)
    row = Probe.objects.filter(pk=probe_id).first()
    if row is None:
        raise NoSuchProbe
    seen = asking.ask(rounds.question_of(row), now=now)
    Probe.objects.filter(pk=probe_id).update(
        asked=now, outcome=seen.outcome.value, took_ms=seen.took_ms, code=seen.code, params=seen.params
    )
    return seen


@transaction.atomic
def announce_maintenance(
    *, by: Actor, keys: Sequence[str], starts: datetime, ends: datetime, text: Words, now: datetime
) -> int:
    """Announce a pause of some targets; returns its number. Raises BadTimes, NoText, NoSuchTarget.

    It counts as announced from now on: minutes that have passed are never excluded.
    """
    require(by, Act.RUN_HEALTH, now=now)
    if not starts < ends or ends <= now or ends - starts > timedelta(days=31):
        raise BadTimes
    targets = list(Target.objects.filter(key__in=list(keys)))
    if not targets or len(targets) != len(set(keys)):
        raise NoSuchTarget
    fi, sv, en = _texts(text)
    row = Maintenance.objects.create(
        starts=starts, ends=ends, announced=now, text_fi=fi, text_sv=sv, text_en=en
    )
    row.targets.set(targets)
    after: dict[str, audit.Value] = {"starts": starts, "ends": ends, "targets": ", ".join(sorted(keys))}
    audit.record(by=by, act="health.announce_maintenance", obj=row, before=None, after=after, now=now)
    return row.pk


@transaction.atomic
def end_maintenance(*, by: Actor, maintenance_id: int, now: datetime) -> None:
    """Call a pause off that has not begun, or end one now. Raises NoSuchMaintenance when it is over."""
    require(by, Act.RUN_HEALTH, now=now)
    row = Maintenance.objects.select_for_update().filter(pk=maintenance_id, cancelled__isnull=True).first()
    if row is None or row.ends <= now:
        raise NoSuchMaintenance
    before: dict[str, audit.Value] = {"ends": row.ends, "cancelled": None}
    if row.starts >= now:
        row.cancelled = now
    else:
        row.ends = now
    row.save(update_fields=["cancelled", "ends"])
    after: dict[str, audit.Value] = {"ends": row.ends, "cancelled": row.cancelled}
    audit.record(by=by, act="health.end_maintenance", obj=row, before=before, after=after, now=now)


def _texts(text: Words) -> tuple[str, str, str]:
    fi, sv, en = (clean_text(one)[:LONGEST_TEXT] for one in (text.fi, text.sv, text.en))
    if not fi:
        raise NoText
    return fi, sv, en


@transaction.atomic
def update_incident(*, by: Actor, incident_id: int, text: Words, close: bool = False, now: datetime) -> bool:
    """Tell more of an incident, also after it closed; `close` ends it. Raises NoSuchIncident, NoText.

    The same words sent again within minutes are told once; False where nothing was changed for that.
    Closed while the target does not work, no other incident opens before it has worked, for a day at most.
    """
    require(by, Act.RUN_HEALTH, now=now)
    target_id = Incident.objects.filter(pk=incident_id).values_list("target_id", flat=True).first()
    if target_id is None:
        raise NoSuchIncident
    target = _target(target_id)  # locked first, as where it is judged
    row = Incident.objects.select_for_update().get(pk=incident_id)
    fi, sv, en = _texts(text)
    said = {"text_fi": fi, "text_sv": sv, "text_en": en}
    known = row.updates.filter(at__gt=now - SAID_AGAIN, **said).exists()
    closes = close and row.closed is None
    if known and not closes:
        return False
    if not known:
        IncidentUpdate.objects.create(incident=row, at=now, written_by=by.name[:200], **said)
    if closes:
        _close(row, target, now)
    after: dict[str, audit.Value] = {"text_fi": fi, "closed": row.closed}
    audit.record(by=by, act="health.update_incident", obj=row, before=None, after=after, now=now)
    return True


def _close(row: Incident, target: Target, now: datetime) -> None:
    watching.close(row, now)
    if target.state == State.DOWN:
        target.quiet_until = now + QUIET
        target.save(update_fields=["quiet_until"])


@transaction.atomic
def add_receiver(
    *, by: Actor, kind: str, address: str, language: str, private: bool = False, now: datetime
) -> str:
    """Alert an address from now on. For a webhook its signing secret is returned, this once; else "".

    Raises BadReceiver, ReceiverKnown.
    """
    require(by, Act.RUN_HEALTH, now=now)
    bare = address.strip()
    if kind not in {"email", "webhook"} or not _reachable(kind, bare, private):
        raise BadReceiver(address=bare[:100])
    if Receiver.objects.filter(kind=kind, address=bare, active=True).exists():
        raise ReceiverKnown(address=bare)
    secret = random.token_urlsafe(32) if kind == "webhook" else ""
    values = {
        "language": language if language in LANGUAGES else "fi",
        "private": private,
        "secret": secrets.encrypt(secret.encode()) if secret else None,
        "active": True,
    }
    row, _ = Receiver.objects.update_or_create(kind=kind, address=bare, defaults=values)
    after: dict[str, audit.Value] = {"kind": kind, "address": bare, "private": private}
    audit.record(by=by, act="health.add_receiver", obj=row, before=None, after=after, now=now)
    return secret


def _reachable(kind: str, address: str, private: bool) -> bool:
    if kind == "email":
        try:
            validate_email(address)
        except ValidationError:
            return False
        return True
    try:
        asking.check_address(ProbeKind.HTTP, address, private=private)
    except asking.BadAddress:
        return False
    return len(address) <= 500 and bool(urlsplit(address).hostname)


@transaction.atomic
def stop_receiver(*, by: Actor, receiver_id: int, now: datetime) -> None:
    """Alert an address no more; its secret is forgotten. Raises NoSuchReceiver."""
    require(by, Act.RUN_HEALTH, now=now)
    row = Receiver.objects.select_for_update().filter(pk=receiver_id, active=True).first()
    if row is None:
        raise NoSuchReceiver
    row.active, row.secret = False, None
    row.save(update_fields=["active", "secret"])
    before: dict[str, audit.Value] = {"active": True}
    audit.record(by=by, act="health.stop_receiver", obj=row, before=before, after={"active": False}, now=now)
