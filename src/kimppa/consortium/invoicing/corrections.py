"""Taking back what was charged: one internal charge, or all of a levy's earlier calculations."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby

from django.db import transaction
from django.db.models import Max, QuerySet

from kimppa.commons.members.permissions import require
from kimppa.commons.members.roles import Act
from kimppa.consortium.budgets import queries as budgets
from kimppa.consortium.budgets.queries import RevisionRow
from kimppa.consortium.invoicing import withdrawals
from kimppa.consortium.invoicing.models import (
    BillingBatch,
    InternalCharge,
    Invoice,
    InvoiceLine,
    NumberSeries,
)
from kimppa.consortium.invoicing.rules import (
    AlreadyReversed,
    CannotReverse,
    ChargesOthers,
    IssuedBeforeOthers,
    IssuedInFuture,
    NewerCalculation,
    NoSuchCharge,
    ReasonNeeded,
)
from kimppa.consortium.invoicing.services import RENDER, check_order
from kimppa.consortium.invoicing.vouchers import reverse_charge, write_credit
from kimppa.foundation.accounts import audit
from kimppa.foundation.accounts.actors import Actor, key_of
from kimppa.foundation.accounts.audit import Value
from kimppa.foundation.core import clock, jobs
from kimppa.foundation.core.money import Cents
from kimppa.foundation.core.text import clean_line

LONGEST_REASON = 300


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """What `withdraw_earlier` took back: nothing at all where nothing of the earlier ones stood."""

    invoices: int
    internal: int
    total: Cents


@transaction.atomic
def reverse_internal(*, by: Actor, charge: int, reason: str, charged_on: date, now: datetime) -> int:
    """Reverse an internal charge by a row with the sign turned; returns that row's id.

    Its share may then be charged again. The same reversal asked twice gives the row that stands. Raises
    NoSuchCharge, ReasonNeeded, CannotReverse, AlreadyReversed, IssuedInFuture.
    """
    require(by, Act.CREDIT_INVOICES, now=now)
    why = _checked_reason(reason)
    row = _locked(charge)
    if row.reverses_id is not None:
        raise CannotReverse
    if not row.charged_on <= charged_on <= clock.day_of(now):
        raise IssuedInFuture(day=charged_on.isoformat())
    standing = InternalCharge.objects.filter(reverses=row).first()
    if standing is not None:
        if standing.reason != why:
            name = row.share.municipality.name_fi
            raise AlreadyReversed(municipality=name, day=standing.charged_on.isoformat())
        return standing.pk
    batch = BillingBatch.objects.create(
        seller=row.seller, revision=row.batch.revision, issued_on=charged_on, created=now
    )
    turned = reverse_charge(batch, row, why)
    after: dict[str, Value] = {"reason": why, "total": Cents(turned.amount_cents), "source": row.source}
    audit.record(by=by, act="invoicing.reverse_internal", obj=row, before=None, after=after, now=now)
    return turned.pk


def withdraw_earlier(*, by: Actor, revision: int, reason: str, issued_on: date, now: datetime) -> Withdrawn:
    """Credit every invoice that stands of a levy's calculations before this one and reverse their internal
    charges: one transaction per seller. This calculation can then be issued.

    What has been taken back is never taken back again, so that asking twice, or again after a failure
    between two sellers, completes and doubles nothing. Raises NoSuchLevy, ReasonNeeded, NewerCalculation,
    IssuedInFuture, IssuedBeforeOthers; then nothing at all is credited.
    """
    require(by, Act.CREDIT_INVOICES, now=now)
    why = _checked_reason(reason)
    newest = budgets.revision(revision)
    if not newest.latest:
        raise NewerCalculation
    if issued_on > clock.day_of(now):
        raise IssuedInFuture(day=issued_on.isoformat())
    sellers = [seller.seller_id for seller in withdrawals.plan_withdrawal(revision).sellers]
    check_order(sellers, issued_on)
    _check_booked(newest, issued_on)
    _check_only(newest)
    made = [_withdraw_seller(by, newest, seller, why, issued_on, now) for seller in sellers]
    return Withdrawn(
        invoices=sum(one.invoices for one in made),
        internal=sum(one.internal for one in made),
        total=Cents(sum(one.total.value for one in made)),
    )


def _check_booked(newest: RevisionRow, issued_on: date) -> None:
    """No reversal is dated before the internal charge that it reverses."""
    _, charges = withdrawals.earlier_standing(newest)
    last = charges.aggregate(day=Max("charged_on"))["day"]
    if last is not None and issued_on < last:
        raise IssuedBeforeOthers(day=issued_on.isoformat(), newest=last.isoformat())


@transaction.atomic
def _withdraw_seller(
    by: Actor, newest: RevisionRow, seller_id: int, why: str, issued_on: date, now: datetime
) -> Withdrawn:
    series = NumberSeries.objects.select_for_update().get(seller_id=seller_id)
    # Read anew under the lock: what somebody else credited a moment ago no longer stands.
    invoices, charges = withdrawals.earlier_standing(newest)
    rows = _left(invoices.filter(seller_id=seller_id))
    booked = list(
        charges.filter(seller_id=seller_id)
        .select_for_update(of=("self",))
        .select_related("batch")
        .order_by("batch__revision_id", "pk")
    )
    if not rows and not booked:
        return Withdrawn(0, 0, Cents(0))
    batches = {
        revision_id: BillingBatch.objects.create(
            seller_id=seller_id, revision_id=revision_id, issued_on=issued_on, created=now
        )
        for revision_id in dict.fromkeys(
            [row.batch.revision_id for row in rows] + [charge.batch.revision_id for charge in booked]
        )
    }
    notes = _credit_all(by, series, rows, batches, why)
    for charge in booked:
        reverse_charge(batches[charge.batch.revision_id], charge, why)
    taken = sum(charge.amount_cents for charge in booked) - sum(note.total_cents for note in notes)
    after: dict[str, Value] = {
        "credited": len(rows),
        "reversed": len(booked),
        "first": notes[0].number if notes else "",
        "last": notes[-1].number if notes else "",
        "total": Cents(-taken),
        "reason": why,
    }
    last = list(batches.values())[-1]
    audit.record(by=by, act="invoicing.withdraw_earlier", obj=last, before=None, after=after, now=now)
    return Withdrawn(len(rows), len(booked), Cents(taken))


def _left(invoices: QuerySet[Invoice]) -> list[Invoice]:
    """Those of which something is left to credit, locked, in the order of their numbers."""
    rows = list(
        invoices.select_for_update(of=("self",))
        .select_related("seller__party", "payer__party", "batch")
        .order_by("batch__revision_id", "serial")
    )
    taken = withdrawals.reductions(Invoice.objects.filter(pk__in=[row.pk for row in rows]))
    return [row for row in rows if row.total_cents + taken.get(row.pk, 0)]


def _check_only(newest: RevisionRow) -> None:
    """An invoice that charges another levy too is not credited whole: that levy would be left uncharged."""
    invoices, _ = withdrawals.earlier_standing(newest)
    lines = InvoiceLine.objects.filter(invoice__in=invoices).exclude(share__revision__levy_id=newest.levy_id)
    number = lines.order_by("invoice_id").values_list("invoice__number", flat=True).first()
    if number is not None:
        raise ChargesOthers(number=number)


def _credit_all(
    by: Actor,
    series: NumberSeries,
    rows: list[Invoice],
    batches: dict[int | None, BillingBatch],
    why: str,
) -> list[Invoice]:
    """A note for each invoice, in the order of their numbers; one job a batch makes the documents."""
    notes: list[Invoice] = []
    for revision_id, group in groupby(rows, key=lambda row: row.batch.revision_id):
        batch = batches[revision_id]
        notes += [write_credit(batch, series, row, reason=why) for row in group]
        batch.job = jobs.enqueue(RENDER, {"batch": batch.pk}, asked_by=key_of(by))
        batch.save(update_fields=["job"])
    return notes


def _checked_reason(reason: str) -> str:
    why = clean_line(reason)[:LONGEST_REASON]
    if not why:
        raise ReasonNeeded
    return why


def _locked(charge: int) -> InternalCharge:
    """The charge, locked after its seller's series, as everywhere. Raises NoSuchCharge."""
    seller = InternalCharge.objects.filter(pk=charge).values_list("seller_id", flat=True).first()
    if seller is None:
        raise NoSuchCharge
    NumberSeries.objects.select_for_update().get(seller_id=seller)
    rows = InternalCharge.objects.select_for_update(of=("self",))
    return rows.select_related("batch__revision", "seller", "share__municipality").get(pk=charge)
