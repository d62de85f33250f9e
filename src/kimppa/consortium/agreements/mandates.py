"""Mandates: who gave whom authority, for what, on which paper; and whether that carries a signature."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from itertools import product

from django.db import transaction

from kimppa.commons.members.models import LegalParty, Membership
from kimppa.commons.members.permissions import require
from kimppa.commons.members.queries import in_force
from kimppa.commons.members.roles import Act
from kimppa.consortium.agreements.models import Agreement, AgreementParty, Mandate
from kimppa.consortium.agreements.rules import (
    AgreementKind,
    Binds,
    MandateBeginsLater,
    MandateDates,
    MandateIncomplete,
    MandateMissing,
    MandateOverlaps,
    NoSigner,
    NoSuchMandate,
    PartyRole,
    Purpose,
)
from kimppa.foundation.accounts import audit
from kimppa.foundation.accounts.actors import Actor
from kimppa.foundation.core.errors import Param
from kimppa.foundation.core.periods import Period
from kimppa.foundation.core.text import clean_line


@transaction.atomic
def grant(
    *,
    by: Actor,
    grantors: Sequence[int],
    holder: int,
    purposes: Sequence[Purpose],
    valid_from: date,
    valid_to: date | None = None,
    agreement: int | None = None,
    decision: int | None = None,
    clause: str = "",
    now: datetime,
) -> int:
    """Record the same mandate of one or many parties, all or none; returns how many rows were written.

    Raises MandateIncomplete, MandateDates, MandateOverlaps.
    """
    require(by, Act.EDIT_MANDATES, now=now)
    if not grantors or not purposes or holder in grantors or (agreement is None and decision is None):
        raise MandateIncomplete
    if valid_to is not None and valid_to < valid_from:
        raise MandateDates(start=valid_from.isoformat(), end=valid_to.isoformat())
    parties = LegalParty.objects.select_for_update().in_bulk([holder, *grantors])
    if len(parties) != len({holder, *grantors}):
        raise MandateIncomplete
    wanted = Period(valid_from, valid_to)
    rows = []
    for grantor, purpose in product(sorted(set(grantors)), sorted(set(purposes))):
        _check_free(parties[grantor], parties[holder], purpose, wanted)
        rows.append(
            Mandate(
                grantor_id=grantor,
                holder_id=holder,
                purpose=purpose.value,
                valid_from=valid_from,
                valid_to=valid_to,
                agreement_id=agreement,
                decision_id=decision,
                clause=clean_line(clause)[:120],
                recorded_at=now,
            )
        )
    for row in rows:
        row.save(force_insert=True)
        after: dict[str, audit.Value] = {
            "purpose": row.purpose,
            "valid_from": valid_from,
            "valid_to": valid_to,
            "agreement": agreement,
            "decision": decision,
        }
        audit.record(by=by, act="agreements.grant", obj=row, before=None, after=after, now=now)
    return len(rows)


def _check_free(grantor: LegalParty, holder: LegalParty, purpose: Purpose, wanted: Period) -> None:
    taken = Mandate.objects.filter(grantor=grantor, holder=holder, purpose=purpose.value)
    if any(Period(row.valid_from, row.valid_to).overlaps(wanted) for row in taken):
        raise MandateOverlaps(name=grantor.name, holder=holder.name)


@transaction.atomic
def end(*, by: Actor, mandate: int, valid_to: date, now: datetime) -> None:
    """End an open mandate on a last day. What was signed on it stands. Raises NoSuchMandate, MandateDates."""
    require(by, Act.EDIT_MANDATES, now=now)
    row = Mandate.objects.select_for_update().filter(pk=mandate, valid_to__isnull=True).first()
    if row is None or row.valid_from is None:
        raise NoSuchMandate
    if valid_to < row.valid_from:
        raise MandateDates(start=row.valid_from.isoformat(), end=valid_to.isoformat())
    row.valid_to = valid_to
    row.save(update_fields=["valid_to"])
    audit.record(
        by=by,
        act="agreements.end_mandate",
        obj=row,
        before={"valid_to": None},
        after={"valid_to": valid_to},
        now=now,
    )


def bind(agreement: Agreement, signed_on: date) -> int:
    """Inside a verb: write down on whose authority an agreement is signed for each member it binds.

    The cooperation agreement is signed by each member itself. Every other is signed by the coordinating
    cities named in it, for members who gave one of them a mandate to sign that holds on that very day.
    Raises NoSigner, MandateMissing, MandateBeginsLater; returns how many members are bound.
    """
    if agreement.binds == Binds.MEMBERS:
        _list_members(agreement, signed_on)
    bound = list(
        agreement.parties.filter(role=PartyRole.MEMBER.value).select_related("party").order_by("party__name")
    )
    if agreement.kind == AgreementKind.COOPERATION or not bound:
        return len(bound)
    signers = set(
        agreement.parties.filter(role=PartyRole.COORDINATOR.value).values_list("party_id", flat=True)
    )
    if not signers:
        raise NoSigner(number=agreement.diary_number)
    given = Mandate.objects.filter(purpose=Purpose.SIGN.value, holder__in=signers)
    holding = {row.grantor_id: row for row in given.filter(in_force(signed_on)).order_by("-pk")}
    _check_each([row.party for row in bound if row.party_id not in holding], signers, signed_on)
    for row in bound:
        row.mandate = holding[row.party_id]
    AgreementParty.objects.bulk_update(bound, ["mandate"])
    return len(bound)


def _check_each(lacking: list[LegalParty], signers: set[int], signed_on: date) -> None:
    if not lacking:
        return
    told: dict[str, Param] = {"day": signed_on.isoformat(), "count": len(lacking)}
    later = (
        Mandate.objects.filter(
            purpose=Purpose.SIGN.value, holder__in=signers, grantor__in=lacking, valid_from__gt=signed_on
        )
        .select_related("grantor")
        .order_by("grantor__name")
        .first()
    )
    if later is not None and later.valid_from is not None:
        raise MandateBeginsLater(name=later.grantor.name, start=later.valid_from.isoformat(), **told)
    raise MandateMissing(name=lacking[0].name, **told)


def _list_members(agreement: Agreement, signed_on: date) -> None:
    """Every member of the day as a party, but those that sign themselves."""
    there = set(agreement.parties.values_list("party_id", flat=True))
    places = Membership.objects.filter(in_force(signed_on)).values("municipality")
    AgreementParty.objects.bulk_create(
        AgreementParty(agreement=agreement, party=party, role=PartyRole.MEMBER.value)
        for party in LegalParty.objects.filter(municipality__in=places).exclude(pk__in=there)
    )
