"""The verbs of members: memberships, kimppas, areas, libraries, legal parties, groups."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.db import transaction

from kimppa.commons.members.models import (
    Area,
    AreaCoordinator,
    AreaMembership,
    Dated,
    Group,
    Kimppa,
    KimppaMembership,
    LegalParty,
    Library,
    LibraryMunicipality,
    Membership,
    Municipality,
)
from kimppa.commons.members.permissions import require
from kimppa.commons.members.roles import Act, Scope
from kimppa.commons.members.rules import AlreadyMerged, Span, UnknownMunicipality, check_span
from kimppa.foundation.accounts import audit
from kimppa.foundation.accounts.actors import Actor


@transaction.atomic
def join_elibrary(
    *, by: Actor, code: str, valid_from: date, valid_to: date | None = None, note: str = "", now: datetime
) -> None:
    """Make a municipality a member of the joint e-library for the days given (both inside).

    Raises UnknownMunicipality, OverlappingMembership, DatesInWrongOrder.
    """
    require(by, Act.EDIT_MEMBERS, on=Scope.municipality(code), now=now)
    place = _locked(code)
    taken = [((m.valid_from, m.valid_to), "") for m in Membership.objects.filter(municipality=place)]
    check_span((valid_from, valid_to), taken, who=place.name_fi)
    row = Membership.objects.create(municipality=place, valid_from=valid_from, valid_to=valid_to, note=note)
    _note(by, "members.join_elibrary", row, (valid_from, valid_to), place, now)


@transaction.atomic
def place_in_kimppa(
    *,
    by: Actor,
    code: str,
    kimppa: str,
    valid_from: date | None,
    valid_to: date | None = None,
    note: str = "",
    now: datetime,
) -> None:
    """Put a municipality into the kimppa with that slug. `valid_from` None: since a day not known."""
    require(by, Act.EDIT_MEMBERS, on=Scope.municipality(code), now=now)
    place = _locked(code)
    existing = KimppaMembership.objects.filter(municipality=place).select_related("kimppa")
    taken = [((m.valid_from, m.valid_to), m.kimppa.name_fi) for m in existing]
    check_span((valid_from, valid_to), taken, who=place.name_fi)
    row = KimppaMembership.objects.create(
        kimppa=Kimppa.objects.get(slug=kimppa),
        municipality=place,
        valid_from=valid_from,
        valid_to=valid_to,
        note=note,
    )
    _note(by, "members.place_in_kimppa", row, (valid_from, valid_to), place, now)


@transaction.atomic
def place_in_area(
    *, by: Actor, code: str, area: str, valid_from: date | None, valid_to: date | None = None, now: datetime
) -> None:
    """Put a municipality into the area with that slug for the days given."""
    require(by, Act.EDIT_MEMBERS, on=Scope.municipality(code), now=now)
    place = _locked(code)
    existing = AreaMembership.objects.filter(municipality=place).select_related("area")
    taken = [((m.valid_from, m.valid_to), m.area.name_fi) for m in existing]
    check_span((valid_from, valid_to), taken, who=place.name_fi)
    row = AreaMembership.objects.create(
        area=Area.objects.get(slug=area), municipality=place, valid_from=valid_from, valid_to=valid_to
    )
    _note(by, "members.place_in_area", row, (valid_from, valid_to), place, now)


@transaction.atomic
def name_coordinator(
    *, by: Actor, area: str, code: str, valid_from: date | None, valid_to: date | None = None, now: datetime
) -> None:
    """Name the city that coordinates an area for the days given."""
    require(by, Act.EDIT_MEMBERS, now=now)
    place = _locked(code)
    of = Area.objects.select_for_update().get(slug=area)
    existing = AreaCoordinator.objects.filter(area=of).select_related("municipality")
    taken = [((m.valid_from, m.valid_to), m.municipality.name_fi) for m in existing]
    check_span((valid_from, valid_to), taken, who=of.name_fi)
    row = AreaCoordinator.objects.create(
        area=of, municipality=place, valid_from=valid_from, valid_to=valid_to
    )
    _note(by, "members.name_coordinator", row, (valid_from, valid_to), place, now)


@transaction.atomic
def library_serves(
    *,
    by: Actor,
    library: str,
    code: str,
    valid_from: date | None,
    valid_to: date | None = None,
    now: datetime,
) -> None:
    """Say that a library (by slug) serves a municipality; a joint library serves several."""
    require(by, Act.EDIT_MEMBERS, on=Scope.municipality(code), now=now)
    place = _locked(code)
    of = Library.objects.get(slug=library)
    existing = LibraryMunicipality.objects.filter(municipality=place, library=of)
    taken = [((m.valid_from, m.valid_to), of.name_fi) for m in existing]
    check_span((valid_from, valid_to), taken, who=place.name_fi)
    row = LibraryMunicipality.objects.create(
        library=of, municipality=place, valid_from=valid_from, valid_to=valid_to
    )
    _note(by, "members.library_serves", row, (valid_from, valid_to), place, now)


@transaction.atomic
def end_kimppa(*, by: Actor, code: str, valid_to: date, now: datetime) -> None:
    """End a municipality's open kimppa membership on a last day. Missing one is UnknownMunicipality."""
    require(by, Act.EDIT_MEMBERS, on=Scope.municipality(code), now=now)
    _locked(code)
    row = KimppaMembership.objects.filter(municipality__code=code, valid_to__isnull=True).first()
    if row is None:
        raise UnknownMunicipality(code=code)
    check_span((row.valid_from, valid_to), [], who=code)
    row.valid_to = valid_to
    row.save(update_fields=["valid_to"])
    audit.record(
        by=by,
        act="members.end_kimppa",
        obj=row,
        before={"valid_to": None},
        after={"valid_to": valid_to, "municipality": code},
        now=now,
    )


@transaction.atomic
def define(
    *, by: Actor, kind: str, slug: str, name_fi: str, name_sv: str = "", name_en: str = "", now: datetime
) -> None:
    """Name a kimppa, area, library or group (`kind`) by its slug, or rename the one that has it."""
    require(by, Act.EDIT_MEMBERS, now=now)
    model = _NAMED[kind]
    found = model.objects.filter(slug=slug).first()
    names = {"name_fi": name_fi, "name_sv": name_sv, "name_en": name_en}
    if found is not None and all(getattr(found, field) == value for field, value in names.items()):
        return
    row, _ = model.objects.update_or_create(slug=slug, defaults=names)
    before = {"name_fi": found.name_fi} if found else None
    audit.record(by=by, act="members.define", obj=row, before=before, after={"kind": kind, **names}, now=now)


@transaction.atomic
def record_legal_party(
    *,
    by: Actor,
    code: str,
    name: str,
    business_id: str,
    street: str,
    postal_code: str,
    town: str,
    einvoice_address: str,
    einvoice_operator: str,
    fictional: bool,
    now: datetime,
) -> int:
    """Record or correct the legal party of a municipality; returns its id."""
    require(by, Act.EDIT_PAYERS, on=Scope.municipality(code), now=now)
    place = _locked(code)
    values = {
        "name": name,
        "business_id": business_id,
        "street": street,
        "postal_code": postal_code,
        "town": town,
        "einvoice_address": einvoice_address,
        "einvoice_operator": einvoice_operator,
    }
    row, created = LegalParty.objects.update_or_create(
        municipality=place, defaults={**values, "fictional": fictional}
    )
    audit.record(
        by=by,
        act="members.record_legal_party",
        obj=row,
        before=None if created else {"known": True},
        after=values,
        now=now,
    )
    return row.pk


_NAMED: dict[str, type[Kimppa] | type[Area] | type[Library] | type[Group]] = {
    "kimppa": Kimppa,
    "area": Area,
    "library": Library,
    "group": Group,
}


def _locked(code: str) -> Municipality:
    """The municipality's row, locked: whoever changes its memberships goes one after another."""
    found = Municipality.objects.select_for_update().filter(code=code).first()
    if found is None:
        raise UnknownMunicipality(code=code[:20])
    return found


def _note(by: Actor, act: str, row: Dated, span: Span, place: Municipality, now: datetime) -> None:
    after = {"municipality": place.code, "valid_from": span[0], "valid_to": span[1]}
    audit.record(by=by, act=act, obj=row, before=None, after=after, now=now)


@transaction.atomic
def move_to_kimppa(*, by: Actor, code: str, kimppa: str, valid_from: date, now: datetime) -> None:
    """Put a municipality into another kimppa from a day on; the one it is in ends on the day before.

    Raises UnknownMunicipality, OverlappingMembership, DatesInWrongOrder; then nothing changes.
    """
    require(by, Act.EDIT_MEMBERS, on=Scope.municipality(code), now=now)
    _locked(code)
    still_open = KimppaMembership.objects.filter(municipality__code=code, valid_to__isnull=True)
    if still_open.exists():
        end_kimppa(by=by, code=code, valid_to=valid_from - timedelta(days=1), now=now)
    place_in_kimppa(by=by, code=code, kimppa=kimppa, valid_from=valid_from, now=now)


@transaction.atomic
def merge_municipality(*, by: Actor, code: str, into: str, on: date, now: datetime) -> None:
    """A municipality ceases on a day and another carries on; its open memberships end on the day before.

    Its row, populations and history stay; whoever asks "as of" an earlier day finds it as it was.
    Raises UnknownMunicipality, AlreadyMerged.
    """
    require(by, Act.EDIT_MEMBERS, now=now)
    place, successor = _locked(code), _locked(into)
    if place.ended_on is not None or place.pk == successor.pk:
        raise AlreadyMerged(code=code)
    last = on - timedelta(days=1)
    for model in (Membership, KimppaMembership, AreaMembership, LibraryMunicipality):
        still_open = model.objects.filter(municipality=place, valid_to__isnull=True)
        still_open.filter(valid_from__gt=last).delete()
        still_open.update(valid_to=last)
    place.ended_on, place.successor = on, successor
    place.save(update_fields=["ended_on", "successor"])
    after: dict[str, audit.Value] = {"ended_on": on, "successor": into}
    audit.record(by=by, act="members.merge_municipality", obj=place, before=None, after=after, now=now)


@transaction.atomic
def end_membership(*, by: Actor, code: str, valid_to: date, now: datetime) -> None:
    """End a municipality's open membership of the e-library on a last day. Raises UnknownMunicipality.

    Only the membership: what it means for money and loans is previewed and done by the verb of leaving.
    """
    require(by, Act.EDIT_MEMBERS, on=Scope.municipality(code), now=now)
    _locked(code)
    row = Membership.objects.filter(municipality__code=code, valid_to__isnull=True).first()
    if row is None:
        raise UnknownMunicipality(code=code)
    check_span((row.valid_from, valid_to), [], who=code)
    row.valid_to = valid_to
    row.save(update_fields=["valid_to"])
    before: dict[str, audit.Value] = {"valid_to": None}
    after: dict[str, audit.Value] = {"valid_to": valid_to, "municipality": code}
    audit.record(by=by, act="members.end_membership", obj=row, before=before, after=after, now=now)
