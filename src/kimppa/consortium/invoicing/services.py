"""Issuing, sending, paying and crediting invoices. Who sells and who pays: payers.py."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.db.models import Max

from kimppa.commons.members.permissions import require
from kimppa.commons.members.roles import Act
from kimppa.consortium.budgets import queries as budgets
from kimppa.consortium.invoicing import attachments, finvoice, pdf, peppol, plans
from kimppa.consortium.invoicing.content import Content, from_json
from kimppa.consortium.invoicing.models import (
    BillingBatch,
    Document,
    Invoice,
    NumberSeries,
    Payment,
    Seller,
)
from kimppa.consortium.invoicing.rules import (
    AlreadyCredited,
    BadPayment,
    CannotCredit,
    DocumentKind,
    DocumentsNotReady,
    EarlierRevisionIssued,
    IssuedBeforeOthers,
    IssuedInFuture,
    Kind,
    LedgerSends,
    NoSuchInvoice,
    NothingLeft,
    NotLatestRevision,
    NotPayable,
    PayerMissing,
    PaymentBeforeInvoice,
    PaymentInFuture,
    ReasonNeeded,
    VatIdMissing,
    YearsMixed,
)
from kimppa.consortium.invoicing.vouchers import write_credit, write_internal, write_invoices
from kimppa.foundation.accounts import audit
from kimppa.foundation.accounts.actors import Actor, key_of
from kimppa.foundation.accounts.audit import Value
from kimppa.foundation.core import clock, jobs
from kimppa.foundation.core.money import Cents
from kimppa.foundation.core.text import clean_line
from kimppa.foundation.files.models import Retention
from kimppa.foundation.files.services import store

RENDER = "kimppa.consortium.invoicing.jobs.render"
MEDIA = {
    DocumentKind.PDF: "application/pdf",
    DocumentKind.FINVOICE: "application/xml",
    DocumentKind.PEPPOL: "application/xml",
}
SUFFIX = {DocumentKind.PDF: "pdf", DocumentKind.FINVOICE: "xml", DocumentKind.PEPPOL: "peppol.xml"}


@dataclass(frozen=True, slots=True)
class Issued:
    """What `issue` made: nothing at all where everything had been issued before."""

    invoices: int
    internal: int
    total: Cents
    notes: int = 0


def issue(
    *,
    by: Actor,
    revision: int,
    issued_on: date,
    also: Sequence[int] = (),
    difference: bool = False,
    now: datetime,
) -> Issued:
    """Issue what is left of a levy's revision: one transaction per seller gives numbers and frozen content.

    With `also`, revisions of other levies of the year go on the same invoices. Where another sum of a share
    stands from an earlier calculation, the `difference` is issued: an invoice, or a credit note that
    reduces the newest invoice; an advance or a settlement is always issued so. A job then makes the
    documents. What has been issued is never issued again, so that asking twice, or again after a failure
    between two sellers, completes and doubles nothing. Where seller and payer are one, an internal charge
    is made instead. Raises IssuedInFuture, IssuedBeforeOthers, NotLatestRevision, EarlierRevisionIssued,
    YearsMixed, PayerMissing, NoVatRate, VatIdMissing; then nothing at all is issued.
    """
    require(by, Act.ISSUE_INVOICES, now=now)
    if issued_on > clock.day_of(now):
        raise IssuedInFuture(day=issued_on.isoformat())
    planned = plans.plan_issue(revision, on=issued_on, also=also)
    if not planned.latest:
        raise NotLatestRevision
    if len(planned.years) > 1:
        raise YearsMixed
    if planned.earlier and not (difference or planned.running):
        raise EarlierRevisionIssued(count=planned.earlier)
    if planned.without_payer:
        names = ", ".join(planned.without_payer[:5]) + (" …" if len(planned.without_payer) > 5 else "")
        raise PayerMissing(count=len(planned.without_payer), day=issued_on.isoformat(), names=names)
    if planned.no_rate is not None:
        raise planned.no_rate
    if planned.without_vat_id:
        raise VatIdMissing(names=", ".join(planned.without_vat_id[:5]))
    check_order([plan.seller_id for plan in planned.sellers], issued_on)
    order = _Order(by, planned.revisions, issued_on, difference or planned.running, now)
    made = [_issue_seller(order, plan.seller_id) for plan in planned.sellers]
    return Issued(
        invoices=sum(one.invoices for one in made),
        internal=sum(one.internal for one in made),
        total=Cents(sum(one.total.value for one in made)),
        notes=sum(one.notes for one in made),
    )


@dataclass(frozen=True, slots=True)
class _Order:
    """What is to be issued, for each seller in turn."""

    by: Actor
    revisions: tuple[int, ...]
    issued_on: date
    difference: bool
    now: datetime


def check_order(sellers: Sequence[int], issued_on: date) -> None:
    """Dates follow numbers: none of a seller's invoices is dated before one with a smaller number."""
    newest = Invoice.objects.filter(seller_id__in=sellers).aggregate(day=Max("issued_on"))["day"]
    if newest is not None and issued_on < newest:
        raise IssuedBeforeOthers(day=issued_on.isoformat(), newest=newest.isoformat())


@transaction.atomic
def _issue_seller(order: _Order, seller_id: int) -> Issued:
    series = NumberSeries.objects.select_for_update().get(seller_id=seller_id)
    # Planned anew under the lock: what somebody else issued a moment ago is no longer left.
    first, *also = order.revisions
    planned = plans.plan_issue(first, on=order.issued_on, also=also)
    mine = next((plan for plan in planned.sellers if plan.seller_id == seller_id), None)
    if mine is None or not planned.latest or (planned.earlier and not order.difference) or planned.no_rate:
        return Issued(0, 0, Cents(0))
    seller = Seller.objects.select_related("party").get(pk=seller_id)
    batch = BillingBatch.objects.create(
        seller=seller,
        revision_id=None if also else first,
        issued_on=order.issued_on,
        created=order.now,
    )
    write_invoices(batch, seller, series, mine, order.revisions)
    write_internal(batch, mine, reason=_reason(order.revisions))
    if mine.invoices or mine.notes:
        batch.job = jobs.enqueue(RENDER, {"batch": batch.pk}, asked_by=key_of(order.by))
        batch.save(update_fields=["job"])
    after: dict[str, Value] = {
        "invoices": len(mine.invoices),
        "credit_notes": len(mine.notes),
        "internal": len(mine.internal),
        "first": mine.first,
        "last": mine.last,
        "total": mine.total,
    }
    audit.record(by=order.by, act="invoicing.issue", obj=batch, before=None, after=after, now=order.now)
    total = Cents(mine.total.value + mine.internal_total.value)
    return Issued(len(mine.invoices), len(mine.internal), total, len(mine.notes))


def _reason(revisions: Sequence[int]) -> str:
    """Why an internal charge is reversed for a difference: the decisions of the new calculations."""
    return ", ".join(budgets.revision(pk).decision.diary_number for pk in revisions)


def keep_documents(*, invoice: int, now: datetime) -> None:
    """Make an invoice's PDF and e-invoices of its frozen content and keep them; once made, they stay.

    Called by the job; making them again gives the same bytes. Nothing is locked while they are made.
    """
    row = Invoice.objects.get(pk=invoice)
    if row.rendered_at is not None:
        return
    content = from_json(row.content)
    made = _documents(row, content)
    with transaction.atomic():
        locked = Invoice.objects.select_for_update().get(pk=invoice)
        if locked.rendered_at is not None:
            return
        for kind, body in made.items():
            file = store(
                name=f"{row.number}.{SUFFIX[kind]}",
                content=body,
                media_type=MEDIA[kind],
                retention=Retention.ACCOUNTING,
                now=now,
            )
            Document.objects.create(invoice=locked, kind=kind.value, file=file, sha256=file.sha256)
        locked.rendered_at = now
        locked.save(update_fields=["rendered_at"])


def _documents(row: Invoice, content: Content) -> dict[DocumentKind, bytes]:
    """What is made of frozen content; the invoice of a city's ledger is not ours, only what it rests on."""
    made = {DocumentKind.PDF: pdf.pdf(content)}
    if content.ledger:
        return made
    made[DocumentKind.FINVOICE] = finvoice.xml(content)
    if peppol.possible(content):
        inside = attachments.inside(row, content, made[DocumentKind.PDF])
        made[DocumentKind.PEPPOL] = peppol.xml(content, inside)
    return made


@transaction.atomic
def mark_sent(*, by: Actor, invoices: Sequence[int], now: datetime) -> int:
    """Mark invoices as sent; returns how many were not sent before. All or none.

    Raises NoSuchInvoice, DocumentsNotReady (sending waits for the documents), LedgerSends.
    """
    require(by, Act.ISSUE_INVOICES, now=now)
    rows = list(Invoice.objects.select_for_update().filter(pk__in=set(invoices)).order_by("pk"))
    if len(rows) != len(set(invoices)):
        raise NoSuchInvoice
    for row in rows:
        if row.ledger:
            raise LedgerSends(number=row.number)
    waiting = sum(1 for row in rows if row.rendered_at is None)
    if waiting:
        raise DocumentsNotReady(count=waiting)
    sent = 0
    for row in rows:
        if row.sent_at is None:
            row.sent_at = now
            row.save(update_fields=["sent_at"])
            audit.record(
                by=by, act="invoicing.mark_sent", obj=row, before=None, after={"sent_at": now}, now=now
            )
            sent += 1
    return sent


@transaction.atomic
def record_payment(
    *, by: Actor, invoice: int, key: str, received_on: date, amount: Cents, note: str = "", now: datetime
) -> int:
    """Record money received (negative: returned); returns the payment's id.

    `key` comes from the form: the same key twice is one payment. Raises NoSuchInvoice, BadPayment,
    PaymentInFuture, PaymentBeforeInvoice, NotPayable.
    """
    require(by, Act.RECORD_PAYMENTS, now=now)
    row = _locked(invoice)
    known = Payment.objects.filter(key=key).first()
    if known is not None and known.invoice_id == row.pk:
        return known.pk
    if not amount.value or not key or known is not None:
        raise BadPayment
    if received_on > clock.day_of(now):
        raise PaymentInFuture(day=received_on.isoformat())
    if received_on < row.issued_on:
        raise PaymentBeforeInvoice(day=received_on.isoformat(), issued=row.issued_on.isoformat())
    if row.kind != Kind.INVOICE or Invoice.objects.filter(credits=row).exists():
        raise NotPayable(number=row.number)
    payment = Payment.objects.create(
        invoice=row,
        key=key[:40],
        received_on=received_on,
        amount_cents=amount.value,
        note=clean_line(note)[:200],
        recorded_at=now,
    )
    after: dict[str, Value] = {"invoice": row.number, "amount": amount, "received_on": received_on}
    audit.record(by=by, act="invoicing.record_payment", obj=payment, before=None, after=after, now=now)
    return payment.pk


@transaction.atomic
def credit(*, by: Actor, invoice: int, reason: str, issued_on: date, now: datetime) -> int:
    """Credit a whole invoice by a credit note of the seller's series; returns the note's id.

    Its shares may then be issued again. The same credit asked twice gives the note that stands. Raises
    NoSuchInvoice, ReasonNeeded, CannotCredit, AlreadyCredited, IssuedInFuture.
    """
    require(by, Act.CREDIT_INVOICES, now=now)
    why = clean_line(reason)
    # The series first and then the invoice, as everywhere: two verbs never wait for each other.
    series = _series_of(invoice)
    row = _locked(invoice)
    if not why:
        raise ReasonNeeded
    if row.kind != Kind.INVOICE:
        raise CannotCredit(number=row.number)
    if not row.issued_on <= issued_on <= clock.day_of(now):
        raise IssuedInFuture(day=issued_on.isoformat())
    standing = Invoice.objects.filter(credits=row).first()
    if standing is not None:
        if from_json(standing.content).credit_reason != why:
            raise AlreadyCredited(number=row.number, note=standing.number)
        return standing.pk
    if not row.total_cents + sum(row.reduced_by.values_list("total_cents", flat=True)):
        raise NothingLeft(number=row.number)
    batch = BillingBatch.objects.create(
        seller=row.seller, revision=row.batch.revision, issued_on=issued_on, created=now
    )
    note = write_credit(batch, series, row, reason=why)
    batch.job = jobs.enqueue(RENDER, {"batch": batch.pk}, asked_by=key_of(by))
    batch.save(update_fields=["job"])
    after: dict[str, Value] = {"note": note.number, "reason": why, "total": Cents(note.total_cents)}
    audit.record(by=by, act="invoicing.credit", obj=row, before=None, after=after, now=now)
    return note.pk


def _series_of(invoice: int) -> NumberSeries:
    """The number series of an invoice's seller, locked. Raises NoSuchInvoice."""
    seller = Invoice.objects.filter(pk=invoice).values_list("seller_id", flat=True).first()
    if seller is None:
        raise NoSuchInvoice
    return NumberSeries.objects.select_for_update().get(seller_id=seller)


def _locked(invoice: int) -> Invoice:
    found = (
        Invoice.objects.select_for_update(of=("self",))
        .select_related("seller__party", "payer__party", "batch")
        .filter(pk=invoice)
        .first()
    )
    if found is None:
        raise NoSuchInvoice
    return found
