"""Recording agreements and their cost annexes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.db import transaction

from kimppa.commons.members.permissions import require
from kimppa.commons.members.roles import Act
from kimppa.consortium.agreements import mandates
from kimppa.consortium.agreements.models import Agreement, AgreementParty, AnnexRate, CostAnnex
from kimppa.consortium.agreements.rules import (
    AgreementDates,
    AgreementIncomplete,
    AgreementKind,
    AgreementTaken,
    AnnexOverlaps,
    Binds,
    CostClass,
    NoSuchAgreement,
    PartyRole,
    SignedAlready,
    SignedInFuture,
)
from kimppa.foundation.accounts import audit
from kimppa.foundation.accounts.actors import Actor
from kimppa.foundation.accounts.audit import Value
from kimppa.foundation.core import clock
from kimppa.foundation.core.money import checked_rate
from kimppa.foundation.core.text import clean_line


@transaction.atomic
def record_agreement(
    *,
    by: Actor,
    kind: AgreementKind,
    diary_number: str,
    title_fi: str,
    title_sv: str = "",
    title_en: str = "",
    signed_on: date | None,
    valid_from: date,
    valid_to: date | None = None,
    parties: Sequence[tuple[int, PartyRole]],
    binds: Binds = Binds.LISTED,
    example: bool = False,
    now: datetime,
) -> int:
    """Record an agreement with its parties (legal party ids and roles); returns its id.

    Raises AgreementIncomplete, AgreementDates, AgreementTaken; with a day of signature what `sign` raises.
    """
    require(by, Act.EDIT_AGREEMENTS, now=now)
    number, title = clean_line(diary_number), clean_line(title_fi)
    if not number or not title or not parties:
        raise AgreementIncomplete
    _check(number, valid_from, valid_to)
    agreement = Agreement.objects.create(
        kind=kind.value,
        diary_number=number,
        title_fi=title,
        title_sv=clean_line(title_sv),
        title_en=clean_line(title_en),
        valid_from=valid_from,
        valid_to=valid_to,
        binds=binds.value,
        example=example,
    )
    AgreementParty.objects.bulk_create(
        AgreementParty(agreement=agreement, party_id=party, role=role.value) for party, role in parties
    )
    if signed_on is not None:
        _sign(agreement, signed_on, now)
    after: dict[str, Value] = {
        "kind": kind.value,
        "title": title,
        "valid_from": valid_from,
        "parties": len(parties),
    }
    audit.record(by=by, act="agreements.record_agreement", obj=agreement, before=None, after=after, now=now)
    return agreement.pk


@transaction.atomic
def sign(*, by: Actor, agreement: str, signed_on: date, now: datetime) -> int:
    """Record that an agreement (by diary number) was signed on a day; returns how many members it binds.

    Whom it binds stands still from then on, each with the mandate on which it was signed for them. Raises
    NoSuchAgreement, SignedAlready, SignedInFuture, NoSigner, MandateMissing, MandateBeginsLater.
    """
    require(by, Act.SIGN_AGREEMENTS, now=now)
    found = Agreement.objects.select_for_update().filter(diary_number=agreement).first()
    if found is None:
        raise NoSuchAgreement(number=agreement[:60])
    if found.signed_on is not None:
        raise SignedAlready(number=found.diary_number, day=found.signed_on.isoformat())
    bound = _sign(found, signed_on, now)
    after: dict[str, Value] = {"signed_on": signed_on, "bound": bound}
    audit.record(by=by, act="agreements.sign", obj=found, before={"signed_on": None}, after=after, now=now)
    return bound


def _sign(agreement: Agreement, signed_on: date, now: datetime) -> int:
    if signed_on > clock.day_of(now):
        raise SignedInFuture(day=signed_on.isoformat())
    bound = mandates.bind(agreement, signed_on)
    agreement.signed_on = signed_on
    agreement.save(update_fields=["signed_on"])
    return bound


def _check(number: str, valid_from: date, valid_to: date | None) -> None:
    if valid_to is not None and valid_to < valid_from:
        raise AgreementDates(start=valid_from.isoformat(), end=valid_to.isoformat())
    if Agreement.objects.filter(diary_number=number).exists():
        raise AgreementTaken(number=number)


@transaction.atomic
def attach_annex(
    *,
    by: Actor,
    agreement: str,
    clause: str,
    valid_from: date,
    rates: Mapping[CostClass, Decimal],
    decision: int | None = None,
    now: datetime,
) -> int:
    """Give an agreement (by diary number) a cost annex from a day on; the earlier one ends the day before.

    Raises NoSuchAgreement, AnnexOverlaps (a later or same-day annex stands), BadRate.
    """
    require(by, Act.EDIT_AGREEMENTS, now=now)
    found = Agreement.objects.select_for_update().filter(diary_number=agreement).first()
    if found is None:
        raise NoSuchAgreement(number=agreement[:60])
    if CostAnnex.objects.filter(agreement=found, valid_from__gte=valid_from).exists():
        raise AnnexOverlaps(number=found.diary_number, start=valid_from.isoformat())
    open_one = CostAnnex.objects.filter(agreement=found, valid_to__isnull=True).first()
    if open_one is not None:
        open_one.valid_to = valid_from - timedelta(days=1)
        open_one.save(update_fields=["valid_to"])
    annex = CostAnnex.objects.create(
        agreement=found, clause=clean_line(clause)[:120], valid_from=valid_from, decision_id=decision
    )
    AnnexRate.objects.bulk_create(
        AnnexRate(annex=annex, cost_class=cost_class.value, rate=checked_rate(rate))
        for cost_class, rate in rates.items()
    )
    after: dict[str, Value] = {"valid_from": valid_from, **{c.value: r for c, r in rates.items()}}
    audit.record(by=by, act="agreements.attach_annex", obj=annex, before=None, after=after, now=now)
    return annex.pk
