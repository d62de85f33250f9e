"""Writing invoices and credit notes. Called by verbs that hold the lock of the seller's number series."""

from __future__ import annotations

from collections.abc import Sequence

from kimppa.consortium.invoicing import drafts
from kimppa.consortium.invoicing.content import to_json
from kimppa.consortium.invoicing.drafts import Draft
from kimppa.consortium.invoicing.models import (
    BillingBatch,
    InternalCharge,
    Invoice,
    InvoiceLine,
    NumberSeries,
    Payer,
    Seller,
)
from kimppa.consortium.invoicing.planned import PlannedInvoice, SellerPlan
from kimppa.consortium.invoicing.rules import Kind


def write_invoices(
    batch: BillingBatch, seller: Seller, series: NumberSeries, mine: SellerPlan, revisions: Sequence[int]
) -> None:
    """Every invoice of a plan, and then its notes for differences, with the next numbers of the series."""
    setting = drafts.setting(batch, revisions)
    planned = (*mine.invoices, *mine.notes)
    payers = Payer.objects.select_related("party").in_bulk([one.payer_id for one in planned])
    reduced = Invoice.objects.in_bulk([one.reduces for one in mine.notes if one.reduces is not None])
    lines: list[InvoiceLine] = []
    for one in planned:
        series.last += 1
        payer = payers[one.payer_id]
        if one.reduces is None:
            draft = Draft(drafts.invoice(setting, payer, series.last, one), Kind.INVOICE)
        else:
            content = drafts.reduction(setting, payer, series.last, one, reduced[one.reduces])
            draft = Draft(content, Kind.CREDIT_NOTE, reduces=one.reduces)
        lines += _lines(_write(batch, seller, payer, series.last, draft), one)
    InvoiceLine.objects.bulk_create(lines)
    series.save(update_fields=["last"])


def _lines(row: Invoice, planned: PlannedInvoice) -> list[InvoiceLine]:
    return [
        InvoiceLine(
            invoice=row,
            position=position,
            source=line.source,
            share_id=line.share.id,
            amount_cents=line.amount.value,
            vat_category=line.vat.category,
            vat_percent=line.vat.percent,
            reduces_id=line.reduces,
        )
        for position, line in enumerate(planned.lines, start=1)
    ]


def _write(batch: BillingBatch, seller: Seller, payer: Payer, serial: int, draft: Draft) -> Invoice:
    content = draft.content
    return Invoice.objects.create(
        kind=draft.kind.value,
        batch=batch,
        seller=seller,
        payer=payer,
        year=content.year,
        serial=serial,
        number=content.number,
        reference=content.reference,
        issued_on=content.issued,
        due_on=content.due,
        total_cents=content.total.value,
        vat_cents=content.tax.value,
        content=to_json(content),
        ledger=content.ledger,
        credits=draft.credits,
        reduces_id=draft.reduces,
    )


def write_credit(batch: BillingBatch, series: NumberSeries, row: Invoice, *, reason: str) -> Invoice:
    """A note crediting what stands of an invoice, with the series' next number; its shares are free again."""
    reduced_by = list(row.reduced_by.order_by("serial"))
    series.last += 1
    series.save(update_fields=["last"])
    content = drafts.credit_note(
        row, series.last, reason=reason, issued=batch.issued_on, reduced_by=reduced_by
    )
    note = _write(batch, row.seller, row.payer, series.last, Draft(content, Kind.CREDIT_NOTE, row))
    _turn_lines([row, *reduced_by], note)
    return note


def _turn_lines(rows: Sequence[Invoice], note: Invoice) -> None:
    """Every line again with its sign turned; the charged ones are credited, their sources free again."""
    order = {row.pk: place for place, row in enumerate(rows)}
    lines = list(InvoiceLine.objects.filter(invoice__in=rows))
    lines.sort(key=lambda line: (order[line.invoice_id], line.position))
    InvoiceLine.objects.bulk_create(
        InvoiceLine(
            invoice=note,
            position=position,
            source=line.source,
            share_id=line.share_id,
            amount_cents=-line.amount_cents,
            vat_category=line.vat_category,
            vat_percent=line.vat_percent,
            credit_of=line,
        )
        for position, line in enumerate(lines, start=1)
    )
    InvoiceLine.objects.filter(pk__in=[line.pk for line in lines]).update(credited=True)


def write_internal(batch: BillingBatch, mine: SellerPlan, *, reason: str) -> None:
    """The internal charges of a plan: what is to be reversed first, and then what is booked."""
    reversed_ids = [pk for one in mine.internal for pk in one.reverse]
    if reversed_ids:
        rows = InternalCharge.objects.select_for_update().in_bulk(reversed_ids)
        for pk in reversed_ids:
            reverse_charge(batch, rows[pk], reason)
    InternalCharge.objects.bulk_create(
        InternalCharge(
            batch=batch,
            seller_id=batch.seller_id,
            source=one.source,
            share_id=one.share.id,
            amount_cents=one.amount.value,
            charged_on=batch.issued_on,
        )
        for one in mine.internal
        if one.amount.value
    )


def reverse_charge(batch: BillingBatch, row: InternalCharge, why: str) -> InternalCharge:
    """The reversing row; what it reverses is marked, and its source is free again."""
    turned = InternalCharge.objects.create(
        batch=batch,
        seller_id=row.seller_id,
        source=row.source,
        share_id=row.share_id,
        amount_cents=-row.amount_cents,
        charged_on=batch.issued_on,
        reverses=row,
        reason=why,
    )
    row.reversed = True
    row.save(update_fields=["reversed"])
    return turned
