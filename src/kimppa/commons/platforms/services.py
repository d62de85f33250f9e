"""The verbs of e-services."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from django.db import transaction
from django.utils.text import slugify

from kimppa.commons.members.models import Municipality
from kimppa.commons.members.permissions import require
from kimppa.commons.members.roles import Act
from kimppa.commons.members.rules import UnknownMunicipality, check_span
from kimppa.commons.platforms.models import Entitlement, Platform, PlatformUse
from kimppa.commons.platforms.rules import Content
from kimppa.foundation.accounts import audit
from kimppa.foundation.accounts.actors import Actor
from kimppa.foundation.core.errors import Invalid, Missing, Refused
from kimppa.foundation.core.text import clean_line, clean_text, noop


class NoSuchPlatform(Missing):
    code = "no-such-platform"
    sentence = noop("There is no such e-service.")


class BadPlatform(Invalid):
    code = "bad-platform"
    sentence = noop("The e-service needs a name and a known kind of content. Nothing was changed.")


class PlatformExists(Refused):
    code = "platform-exists"
    sentence = noop("There is an e-service called “%(name)s” already. Nothing was changed.")


# Addresses below /services/ that are no service's own.
TAKEN_SLUGS = frozenset({"add"})


@transaction.atomic
def add_platform(
    *, by: Actor, name: str, contents: Sequence[Content], evidence: str = "", now: datetime
) -> str:
    """Add an e-service that is not there yet; returns its slug, which no other has.

    Raises PlatformExists (the name, whatever its case), BadPlatform.
    """
    require(by, Act.EDIT_PLATFORMS, now=now)
    known = dict(Platform.objects.select_for_update().values_list("slug", "name"))
    wanted = clean_line(name)
    if wanted.casefold() in {other.casefold() for other in known.values()}:
        raise PlatformExists(name=wanted)
    start = slugify(wanted)[:40] or "e-service"
    slug, number = start, 1
    while slug in known or slug in TAKEN_SLUGS:
        number += 1
        slug = f"{start}-{number}"
    order = len(known) + 1
    define_platform(by=by, slug=slug, name=wanted, contents=contents, evidence=evidence, order=order, now=now)
    return slug


@transaction.atomic
def define_platform(
    *,
    by: Actor,
    slug: str,
    name: str,
    contents: Sequence[Content],
    evidence: str = "",
    order: int = 0,
    now: datetime,
) -> None:
    """Add an e-service, or correct its name and contents. Raises BadPlatform."""
    require(by, Act.EDIT_PLATFORMS, now=now)
    if not clean_line(name):
        raise BadPlatform()
    values = {"name": clean_line(name), "contents": [str(c) for c in contents], "evidence": evidence}
    row, created = Platform.objects.update_or_create(slug=slug, defaults={**values, "order": order})
    after: dict[str, audit.Value] = {"name": row.name, "contents": ", ".join(row.contents)}
    before: dict[str, audit.Value] | None = None if created else {"known": True}
    audit.record(by=by, act="platforms.define_platform", obj=row, before=before, after=after, now=now)


@transaction.atomic
def describe(
    *,
    by: Actor,
    slug: str,
    summary: tuple[str, str, str],
    guide: tuple[str, str, str],
    address: str,
    now: datetime,
) -> None:
    """Write an e-service's summary and guide (fi, sv, en) and its address; an empty text is none."""
    require(by, Act.EDIT_PLATFORMS, now=now)
    row = _locked(slug)
    before: dict[str, audit.Value] = {f: getattr(row, f) for f in _TEXTS}
    row.summary_fi, row.summary_sv, row.summary_en = (clean_text(text) for text in summary)
    row.guide_fi, row.guide_sv, row.guide_en = (clean_text(text) for text in guide)
    row.address = address.strip()
    row.save(update_fields=list(_TEXTS))
    after: dict[str, audit.Value] = {f: getattr(row, f) for f in _TEXTS}
    changed = {f for f in _TEXTS if before[f] != after[f]}
    audit.record(
        by=by,
        act="platforms.describe",
        obj=row,
        before={f: before[f] for f in sorted(changed)},
        after={f: after[f] for f in sorted(changed)},
        now=now,
    )


@transaction.atomic
def take_into_use(
    *,
    by: Actor,
    slug: str,
    valid_from: date | None,
    valid_to: date | None = None,
    note: str = "",
    now: datetime,
) -> None:
    """Say when the joint e-library has the service. Raises OverlappingMembership, NoSuchPlatform."""
    require(by, Act.EDIT_PLATFORMS, now=now)
    row = _locked(slug)
    taken = [((u.valid_from, u.valid_to), row.name) for u in PlatformUse.objects.filter(platform=row)]
    check_span((valid_from, valid_to), taken, who=row.name)
    use = PlatformUse.objects.create(platform=row, valid_from=valid_from, valid_to=valid_to, note=note)
    after: dict[str, audit.Value] = {"platform": slug, "valid_from": valid_from, "valid_to": valid_to}
    audit.record(by=by, act="platforms.take_into_use", obj=use, before=None, after=after, now=now)


@transaction.atomic
def entitle(
    *,
    by: Actor,
    slug: str,
    code: str = "",
    valid_from: date | None,
    valid_to: date | None = None,
    now: datetime,
) -> None:
    """Open a service to every member (no code), or to one municipality, for the days given."""
    require(by, Act.EDIT_PLATFORMS, now=now)
    row = _locked(slug)
    place = Municipality.objects.filter(code=code).first() if code else None
    if code and place is None:
        raise UnknownMunicipality(code=code[:20])
    same = Entitlement.objects.filter(platform=row, municipality=place)
    check_span((valid_from, valid_to), [((e.valid_from, e.valid_to), row.name) for e in same], who=row.name)
    made = Entitlement.objects.create(
        platform=row, municipality=place, valid_from=valid_from, valid_to=valid_to
    )
    after: dict[str, audit.Value] = {"platform": slug, "municipality": code, "valid_from": valid_from}
    audit.record(by=by, act="platforms.entitle", obj=made, before=None, after=after, now=now)


_TEXTS = ("summary_fi", "summary_sv", "summary_en", "guide_fi", "guide_sv", "guide_en", "address")


def _locked(slug: str) -> Platform:
    row = Platform.objects.select_for_update().filter(slug=slug).first()
    if row is None:
        raise NoSuchPlatform()
    return row


@transaction.atomic
def end_use(*, by: Actor, slug: str, valid_to: date, now: datetime) -> None:
    """The e-library gives a service up: its open use ends on a last day. Raises NoSuchPlatform."""
    require(by, Act.EDIT_PLATFORMS, now=now)
    row = _locked(slug)
    use = PlatformUse.objects.filter(platform=row, valid_to__isnull=True).first()
    if use is None:
        raise NoSuchPlatform()
    check_span((use.valid_from, valid_to), [], who=row.name)
    use.valid_to = valid_to
    use.save(update_fields=["valid_to"])
    after: dict[str, audit.Value] = {"platform": slug, "valid_to": valid_to}
    audit.record(by=by, act="platforms.end_use", obj=use, before={"valid_to": None}, after=after, now=now)
