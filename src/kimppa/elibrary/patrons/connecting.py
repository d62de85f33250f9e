"""Verbs: what library systems there are, and how each is connected from a day on.

The trail names which secrets were written, never what they are. `now` is the domain's time.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction

from kimppa.commons.members.models import Kimppa, Library, Municipality
from kimppa.commons.members.permissions import require
from kimppa.commons.members.roles import Act
from kimppa.elibrary.patrons import connections, mapping
from kimppa.elibrary.patrons.connected import opened_secrets, sealed_secrets
from kimppa.elibrary.patrons.connections import BadSetting, Kind, SecretMissing, SettingEmpty, SettingOutside
from kimppa.elibrary.patrons.models import LibrarySystem, SystemConnection
from kimppa.foundation.accounts import audit
from kimppa.foundation.accounts.actors import Actor
from kimppa.foundation.core import secrets as core_secrets
from kimppa.foundation.core.errors import Missing, Refused
from kimppa.foundation.core.text import noop

UNCONNECTED = "unconnected"
SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
SECRET_LONGEST = 500
# Repeating what is already repeated could take a pattern hours; card numbers need nothing of the kind.
RUNAWAY = re.compile(r"\)\s*[*+{?]|[*+}]\s*[*+{]|\(\?|\\[1-9]")


class NoSystem(Missing):
    code = "no-library-system"
    sentence = noop("There is no such library system. Nothing was changed.")


class BadPattern(BadSetting):
    code = "card-pattern"
    sentence = noop(
        "This pattern cannot be used. Write for example 285A[0-9]{6} or OUTI[0-9]{7}; no repeated groups."
    )


class BadSlug(BadSetting):
    code = "system-slug"
    sentence = noop("Use small letters a–z, digits and hyphens, at most 50.")


class OwnerNotOne(BadSetting):
    code = "system-owner"
    sentence = noop("Choose one: whose library system this is.")


class OwnerTaken(BadSetting):
    code = "system-owner-taken"
    sentence = noop("It already has a library system. Change that one instead.")


class InstitutionTaken(BadSetting):
    code = "institution-taken"
    sentence = noop("Another library system has this institution id; e-services could not tell them apart.")


class ConnectionEarlier(Refused):
    code = "connection-earlier"
    sentence = noop("The connection in use began on %(day)s; a new one cannot begin before it.")


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose the library system is: exactly one of the three (slug, slug, municipality code)."""

    kimppa: str = ""
    library: str = ""
    municipality: str = ""


@transaction.atomic
def define_system(
    *,
    by: Actor,
    slug: str,
    names: tuple[str, str, str],
    owner: Owner,
    card_pattern: str = "",
    institution: str = "",
    locks_after: int | None = None,
    trust_hours: int = 720,
    outage_hours: int = 72,
    now: datetime,
) -> None:
    """Put a library system on the list or change it; how it is asked is `connect`'s matter.

    names: fi, sv, en. card_pattern: a pattern that the whole card number fits; institution: the name by which
    e-services call it. Raises BadSetting.
    """
    require(by, Act.EDIT_CONNECTIONS, now=now)
    if not SLUG.fullmatch(slug) or len(slug) > 50:
        raise BadSlug(field="slug")
    if not names[0].strip():
        raise SettingEmpty(field="name_fi")
    for field, hours in (("trust_hours", trust_hours), ("outage_hours", outage_hours)):
        if not 1 <= hours <= 8760:
            raise SettingOutside(field=field, least=1, most=8760)
    if locks_after is not None and not 1 <= locks_after <= 50:
        raise SettingOutside(field="locks_after", least=1, most=50)
    _check_pattern(card_pattern)
    if institution and LibrarySystem.objects.filter(institution=institution).exclude(slug=slug).exists():
        raise InstitutionTaken(field="institution")
    before = LibrarySystem.objects.filter(slug=slug).first()
    said = {
        "name_fi": names[0].strip(),
        "name_sv": names[1].strip(),
        "name_en": names[2].strip(),
        "card_pattern": card_pattern,
        "institution": institution,
        "locks_after": locks_after,
        "trust_hours": trust_hours,
        "outage_hours": outage_hours,
    }
    was = {name: getattr(before, name) for name in said} if before else None
    system, _ = LibrarySystem.objects.update_or_create(
        slug=slug,
        defaults={**said, **_owner(owner, slug)},
        create_defaults={**said, **_owner(owner, slug), "kind": UNCONNECTED},
    )
    audit.record(by=by, act="patrons.define_system", obj=system, before=was, after=said, now=now)


def _check_pattern(pattern: str) -> None:
    if not pattern:
        return
    try:
        re.compile(pattern)
    except re.error:
        raise BadPattern(field="card_pattern") from None
    if len(pattern) > 200 or RUNAWAY.search(pattern) or re.fullmatch(pattern, ""):
        raise BadPattern(field="card_pattern")


def _owner(owner: Owner, slug: str) -> dict[str, Kimppa | Library | Municipality | None]:
    found = {
        "kimppa": Kimppa.objects.filter(slug=owner.kimppa).first() if owner.kimppa else None,
        "library": Library.objects.filter(slug=owner.library).first() if owner.library else None,
        "municipality": Municipality.objects.filter(code=owner.municipality).first()
        if owner.municipality
        else None,
    }
    theirs = [(name, one) for name, one in found.items() if one is not None]
    if len(theirs) != 1:
        raise OwnerNotOne(field="owner")
    ((name, one),) = theirs
    if LibrarySystem.objects.filter(**{name: one}).exclude(slug=slug).exists():
        raise OwnerTaken(field="owner")
    return found


@transaction.atomic
def connect(
    *,
    by: Actor,
    system: str,
    kind: str,
    settings: Mapping[str, object],
    secrets: Mapping[str, str],
    mapping: Mapping[str, object],
    valid_from: date | None,
    now: datetime,
) -> None:
    """How the system is asked from a day on; the connection before it ends the day before.

    An empty secret keeps the one that is there, unless the server's address, encryption or certificates
    change. From the same day again: the row is changed. Raises BadSetting, BadMapping, ConnectionEarlier.
    """
    require(by, Act.EDIT_CONNECTIONS, now=now)
    row = LibrarySystem.objects.select_for_update().filter(slug=system).first()
    if row is None:
        raise NoSystem()
    chosen = _kind(kind)
    plain = connections.as_json(connections.settings_of(chosen, settings))
    reading = _reading(mapping)
    current = SystemConnection.objects.filter(system=row, valid_to__isnull=True).first()
    if current is not None and _earlier(valid_from, current.valid_from):
        raise ConnectionEarlier(day=str(current.valid_from))
    kept = _secrets(chosen, plain, secrets, current)
    said = {"kind": chosen.value, "settings": plain, "secrets": sealed_secrets(kept), "mapping": reading}
    if current is not None and current.valid_from == valid_from:
        SystemConnection.objects.filter(pk=current.pk).update(**said)
    else:
        if current is not None and valid_from is not None:
            SystemConnection.objects.filter(pk=current.pk).update(valid_to=valid_from - timedelta(days=1))
        SystemConnection.objects.create(system=row, valid_from=valid_from, **said)
    LibrarySystem.objects.filter(pk=row.pk).update(kind=chosen.value)
    audit.record(
        by=by,
        act="patrons.connect",
        obj=row,
        before=_told(current.kind, current.settings, current.mapping, current.valid_from)
        if current
        else None,
        after=_told(chosen.value, plain, reading, valid_from)
        | {"secrets_written": ", ".join(sorted(name for name in kept if secrets.get(name)))},
        now=now,
    )


@transaction.atomic
def seal_anew() -> int:
    """Encrypt every connection's secrets with the key in use; returns how many were changed."""
    done = 0
    for row in SystemConnection.objects.select_for_update().exclude(secrets=b""):
        if not core_secrets.is_current(bytes(row.secrets)):
            row.secrets = sealed_secrets(opened_secrets(row))
            row.save(update_fields=["secrets"])
            done += 1
    return done


def _kind(kind: str) -> Kind:
    try:
        return Kind(kind)
    except ValueError:
        raise connections.SettingUnknown(field="kind") from None


def _reading(raw: Mapping[str, object]) -> dict[str, object]:
    return mapping.as_json(mapping.reading_of(raw))


def _earlier(wanted: date | None, current: date | None) -> bool:
    return current is not None and (wanted is None or wanted < current)


def _secrets(
    kind: Kind, settings: Mapping[str, object], written: Mapping[str, str], current: SystemConnection | None
) -> dict[str, str]:
    """The secrets written now, and those that stay because they go to the same server."""
    names = connections.SECRETS[kind]
    for name in names:
        value = written.get(name) or ""
        if len(value) > SECRET_LONGEST or any(ord(letter) < 0x20 or letter == "|" for letter in value):
            raise connections.SettingTooLong(field=name, limit=SECRET_LONGEST)
    before = opened_secrets(current) if current is not None and current.kind == kind else {}
    same = current is not None and connections.place_of(settings) == connections.place_of(current.settings)
    kept: dict[str, str] = {}
    for name in names:
        value = written.get(name) or ""
        if not value and before.get(name):
            if not same:
                raise SecretMissing(field=name)
            value = before[name]
        if value:
            kept[name] = value
    needed = {"login_password", "client_secret"} & set(names)
    for name in needed:
        if settings.get("user") and not kept.get(name):
            raise SecretMissing(field=name)
    return kept


def _told(
    kind: str, settings: object, reading: object, valid_from: date | None
) -> dict[str, str | date | None]:
    """For the trail: no secrets, and certificates only as being there."""
    shown = dict(settings) if isinstance(settings, dict) else {}
    if shown.get("ca"):
        shown["ca"] = "…"
    return {
        "kind": kind,
        "settings": json.dumps(shown, ensure_ascii=False, sort_keys=True),
        "mapping": json.dumps(reading, ensure_ascii=False, sort_keys=True),
        "valid_from": valid_from,
    }
