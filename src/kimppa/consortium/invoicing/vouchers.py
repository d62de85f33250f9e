"""Writing invoices and credit notes. Called by verbs that hold the lock of the seller's number series."""

from __future__ import annotations

from kimppa.consortium.invoicing import drafts
from kimppa.consortium.invoicing.content import to_json
from kimppa.consortium.invoicing.drafts import Draft
from kimppa.consortium.invoicing.models import (
    BillingBatch,
    Invoice,
    InvoiceLine,
    NumberSeries,
    Payer,
    Seller,
)
from kimppa.consortium.invoicing.plans import SellerPlan
from kimppa.consortium.invoicing.rules import Kind


def write_invoices(batch: BillingBatch, seller: Seller, series: NumberSeries, mine: SellerPlan) -> None:
    """Every invoice of a plan with the next numbers of the series."""
    setting = drafts.setting(batch)
    payers = Payer.objects.select_related("party").in_bulk([invoice.payer_id for invoice in mine.invoices])
    for planned in mine.invoices:
        series.last += 1
        payer = payers[planned.payer_id]
        content = drafts.invoice(setting, payer, series.last, planned.shares)
        row = _write(batch, seller, payer, series.last, Draft(content, Kind.INVOICE))
        InvoiceLine.objects.bulk_create(
            InvoiceLine(
                invoice=row,
                position=position,
                source=share.source,
                share_id=share.id,
                amount_cents=share.amount.value,
            )
            for position, share in enumerate(planned.shares, start=1)
        )
    series.save(update_fields=["last"])


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
        content=to_json(content),
        ledger=content.ledger,
        credits=draft.credits,
    )


def write_credit(batch: BillingBatch, series: NumberSeries, row: Invoice, *, reason: str) -> Invoice:
    """A note crediting a whole invoice, with the series' next number; its shares are free again."""
    series.last += 1
    series.save(update_fields=["last"])
    content = drafts.credit_note(row, series.last, reason=reason, issued=batch.issued_on)
    note = _write(batch, row.seller, row.payer, series.last, Draft(content, Kind.CREDIT_NOTE, row))
    _turn_lines(row, note)
    return note


def _turn_lines(row: Invoice, note: Invoice) -> None:
    """Every line again with its sign turned; the charged ones are credited, their sources free again."""
    lines = list(row.lines.order_by("position"))
    InvoiceLine.objects.bulk_create(
        InvoiceLine(
            invoice=note,
            position=line.position,
            source=line.source,
            share_id=line.share_id,
            amount_cents=-line.amount_cents,
            credit_of=line,
        )
        for line in lines
    )
    row.lines.update(credited=True)
