"""Verbs of who may use an e-service and from where: its terms, dated, and the libraries' networks."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from ipaddress import ip_network

from django.db import transaction

from kimppa.commons.members.models import Municipality
from kimppa.commons.members.permissions import require
from kimppa.commons.members.roles import Act, Scope
from kimppa.commons.members.rules import UnknownMunicipality
from kimppa.commons.platforms.entitlement import AGES, AccessRule
from kimppa.commons.platforms.models import LibraryNetwork, Platform, PlatformAccess
from kimppa.commons.platforms.services import NoSuchPlatform
from kimppa.foundation.accounts import audit
from kimppa.foundation.accounts.actors import Actor
from kimppa.foundation.core.errors import Invalid, Missing, Refused
from kimppa.foundation.core.text import clean_line, noop

# A mistyped prefix must not make half the internet a library.
WIDEST = {4: 16, 6: 32}


class BadTermsDay(Refused):
    code = "bad-terms-day"
    sentence = noop("New terms cannot begin on %(day)s: the ones before them begin on %(before)s.")


class BadAgeGroup(Invalid):
    code = "bad-age-group"
    sentence = noop("“%(group)s” is not an age group.")


class BadNetwork(Invalid):
    code = "bad-network"
    sentence = noop(
        "“%(network)s” is not an address range of a library. Write it as 192.0.2.0/24, at most a /16 "
        "(IPv6: a /32)."
    )


class NetworkKnown(Refused):
    code = "network-known"
    sentence = noop("The range %(network)s is there already. Nothing was changed.")


class NoSuchNetwork(Missing):
    code = "no-such-network"
    sentence = noop("There is no such address range.")


@transaction.atomic
def set_terms(*, by: Actor, slug: str, terms: AccessRule, valid_from: date | None, now: datetime) -> None:
    """The terms of a service from a day on (none: from the beginning); the ones before end the day before.

    Terms that begin on the same day are replaced. Raises NoSuchPlatform, BadTermsDay, BadAgeGroup.
    """
    require(by, Act.EDIT_PLATFORMS, now=now)
    platform = Platform.objects.select_for_update().filter(slug=slug).first()
    if platform is None:
        raise NoSuchPlatform()
    if terms.youngest and terms.youngest not in AGES:
        raise BadAgeGroup(group=terms.youngest[:20])
    _end_earlier(platform, valid_from)
    row = PlatformAccess.objects.create(
        platform=platform,
        valid_from=valid_from,
        basis=terms.basis.value,
        youngest=terms.youngest,
        blocked_too=terms.blocked_too,
        in_library_only=terms.in_library_only,
        guardian_for_children=terms.guardian_for_children,
        tells_municipality=terms.tells_municipality,
    )
    after: dict[str, audit.Value] = {
        "platform": slug,
        "valid_from": valid_from,
        "basis": terms.basis.value,
        "youngest": terms.youngest,
        "blocked_too": terms.blocked_too,
        "in_library_only": terms.in_library_only,
        "guardian_for_children": terms.guardian_for_children,
        "tells_municipality": terms.tells_municipality,
    }
    audit.record(by=by, act="platforms.set_terms", obj=row, before=None, after=after, now=now)


def _end_earlier(platform: Platform, valid_from: date | None) -> None:
    rows = PlatformAccess.objects.filter(platform=platform, valid_to__isnull=True)
    for row in rows:
        if row.valid_from == valid_from:
            row.delete()
        elif valid_from is None or (row.valid_from is not None and row.valid_from > valid_from):
            before = row.valid_from.isoformat() if row.valid_from else "–"
            raise BadTermsDay(day=valid_from.isoformat() if valid_from else "–", before=before)
        else:
            row.valid_to = valid_from - timedelta(days=1)
            row.save(update_fields=["valid_to"])


@transaction.atomic
def add_network(*, by: Actor, code: str, network: str, note: str = "", now: datetime) -> None:
    """An address range of a municipality's libraries. Raises UnknownMunicipality, BadNetwork…"""
    require(by, Act.EDIT_PLATFORMS, on=Scope.municipality(code), now=now)
    place = Municipality.objects.filter(code=code).first()
    if place is None:
        raise UnknownMunicipality(code=code[:20])
    wanted = _tidy(network)
    row, made = LibraryNetwork.objects.get_or_create(
        municipality=place, network=wanted, defaults={"note": clean_line(note)[:120]}
    )
    if not made:
        raise NetworkKnown(network=wanted)
    after: dict[str, audit.Value] = {"municipality": code, "network": wanted}
    audit.record(by=by, act="platforms.add_network", obj=row, before=None, after=after, now=now)


@transaction.atomic
def remove_network(*, by: Actor, network_id: int, now: datetime) -> None:
    """Forget an address range. Raises NoSuchNetwork."""
    row = LibraryNetwork.objects.select_for_update().filter(pk=network_id).first()
    code = row.municipality.code if row else ""
    require(by, Act.EDIT_PLATFORMS, on=Scope.municipality(code), now=now)
    if row is None:
        raise NoSuchNetwork()
    before: dict[str, audit.Value] = {"municipality": code, "network": row.network}
    audit.record(by=by, act="platforms.remove_network", obj=row, before=before, after=None, now=now)
    row.delete()


def _tidy(text: str) -> str:
    try:
        found = ip_network(text.strip(), strict=False)
    except ValueError:
        raise BadNetwork(network=clean_line(text)[:50]) from None
    if found.prefixlen < WIDEST[found.version] or found.is_loopback or found.is_multicast:
        raise BadNetwork(network=str(found))
    return str(found)
