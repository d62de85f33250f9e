"""Which municipality acts for a kimppa, and pays for it where a levy says so."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction

from kimppa.commons.members.models import Kimppa, KimppaHost, Municipality
from kimppa.commons.members.permissions import require
from kimppa.commons.members.queries import in_force
from kimppa.commons.members.roles import Act, Scope
from kimppa.commons.members.rules import UnknownMunicipality
from kimppa.foundation.accounts import audit
from kimppa.foundation.accounts.actors import Actor
from kimppa.foundation.accounts.audit import Value
from kimppa.foundation.core.errors import Missing, Refused
from kimppa.foundation.core.text import noop


class NoSuchKimppa(Missing):
    code = "no-such-kimppa"
    sentence = noop("There is no kimppa “%(slug)s”. Nothing was changed.")


class HostBefore(Refused):
    code = "host-before"
    sentence = noop(
        "The kimppa already has a host from %(start)s on. Nothing was changed. Choose a later day."
    )


@dataclass(frozen=True, slots=True)
class HostRow:
    """A kimppa and the municipality that hosts it, with dates; empty names where it has none."""

    slug: str
    kimppa_fi: str
    code: str
    municipality_fi: str
    valid_from: date | None
    valid_to: date | None


@transaction.atomic
def set_host(*, by: Actor, kimppa: str, code: str, valid_from: date, now: datetime) -> None:
    """Say which municipality hosts a kimppa from a day on; the host before it ends the day before.

    Raises NoSuchKimppa, UnknownMunicipality, HostBefore.
    """
    require(by, Act.EDIT_MEMBERS, on=Scope.municipality(code), now=now)
    whole = Kimppa.objects.select_for_update().filter(slug=kimppa).first()
    if whole is None:
        raise NoSuchKimppa(slug=kimppa[:60])
    place = Municipality.objects.filter(code=code).first()
    if place is None:
        raise UnknownMunicipality(code=code)
    standing = KimppaHost.objects.filter(kimppa=whole, valid_to__isnull=True).first()
    if standing is not None and standing.municipality_id == place.pk:
        return
    latest = KimppaHost.objects.filter(kimppa=whole).order_by("-valid_from").first()
    for row in (standing, latest):
        if row is not None and row.valid_from is not None and row.valid_from >= valid_from:
            raise HostBefore(start=row.valid_from.isoformat())
    if standing is not None:
        standing.valid_to = valid_from - timedelta(days=1)
        standing.save(update_fields=["valid_to"])
    made = KimppaHost.objects.create(kimppa=whole, municipality=place, valid_from=valid_from)
    after: dict[str, Value] = {"kimppa": kimppa, "municipality": code, "valid_from": valid_from}
    audit.record(by=by, act="members.set_host", obj=made, before=None, after=after, now=now)


def hosts_on(day: date) -> dict[str, str]:
    """Kimppa's slug → code of the municipality that hosts it on a day."""
    rows = KimppaHost.objects.filter(in_force(day))
    return dict(rows.values_list("kimppa__slug", "municipality__code"))


def host_rows(day: date) -> tuple[HostRow, ...]:
    """Every kimppa by name with its host on a day."""
    rows = KimppaHost.objects.filter(in_force(day)).select_related("municipality")
    found = {row.kimppa_id: row for row in rows}
    return tuple(_row(kimppa, found.get(kimppa.pk)) for kimppa in Kimppa.objects.order_by("name_fi"))


def _row(kimppa: Kimppa, host: KimppaHost | None) -> HostRow:
    return HostRow(
        slug=kimppa.slug,
        kimppa_fi=kimppa.name_fi,
        code=host.municipality.code if host else "",
        municipality_fi=host.municipality.name_fi if host else "",
        valid_from=host.valid_from if host else None,
        valid_to=host.valid_to if host else None,
    )
