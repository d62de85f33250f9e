"""Invoices down to the explanation of each line, internal charges, payments, and what is open."""

from __future__ import annotations

from datetime import date

from django.http import HttpRequest
from ninja import Field, Query, Router, Schema

from kimppa.commons.members.roles import Act
from kimppa.consortium.invoicing import open_items, payment_queries, queries
from kimppa.consortium.invoicing.ageing import Bucket
from kimppa.consortium.invoicing.open_items import Ageing, OpenItem
from kimppa.consortium.invoicing.payment_queries import PaidRow
from kimppa.consortium.invoicing.queries import Explanation, InternalRow, InvoiceRow
from kimppa.doors.api.access import seen
from kimppa.doors.api.levies import LevyOut, OfYear, ShareOut, levy_shown, narrowed, share_shown
from kimppa.doors.api.listing import CSV, Page, Shown, listed
from kimppa.doors.api.members import AsOf
from kimppa.foundation.core.money import show_rate
from kimppa.foundation.core.text import noop

router = Router(tags=[noop("Invoices and payments")])


class InvoiceOut(Schema):
    id: int
    kind: str = Field(description="invoice or credit-note.")
    number: str
    year: int
    seller: str
    payer: str
    issued_on: date
    due_on: date
    state: str
    total_cents: int
    reduced_cents: int = Field(description="What credit notes for differences took from it, negative.")
    paid_cents: int
    open_cents: int
    example: bool


class LineOut(Schema):
    id: int
    position: int
    source: str
    amount_cents: int
    credited: bool


class PaymentOut(Schema):
    received_on: date
    amount_cents: int
    note: str


class InvoiceFull(InvoiceOut):
    vat_cents: int = Field(description="The VAT within total_cents; the lines are without it.")
    lines: list[LineOut]
    payments: list[PaymentOut]
    credits: str
    credited_by: str
    reduces: str
    reduced_by: list[str]


class ExplanationOut(Schema):
    """A line led back: share ← levy ← population and rate ← decision and cost annex."""

    line: LineOut
    share: ShareOut
    levy: LevyOut
    exact_euros: str | None
    sentences: list[str]
    agreement: str
    clause: str


class InternalOut(Schema):
    id: int
    year: int
    seller: str
    code: str
    amount_cents: int
    charged_on: date
    source: str
    standing: bool
    reverses: int | None
    reason: str


class PaidOut(Schema):
    id: int
    invoice_id: int
    invoice_number: str
    payer: str
    seller: str
    received_on: date
    amount_cents: int
    note: str


class OpenOut(Schema):
    invoice_id: int
    number: str
    payer: str
    seller: str
    year: int
    issued_on: date
    due_on: date
    total_cents: int
    open_cents: int
    days_late: int
    bucket: str
    reminders: int


class AgeingOut(Schema):
    payer: str
    items: int
    total_cents: int
    late_cents: int
    not_due_cents: int
    days_1_30_cents: int
    days_31_60_cents: int
    days_61_90_cents: int
    over_90_cents: int


@router.get("/invoices", response=Page[InvoiceOut], openapi_extra=CSV, summary=noop("A year's invoices"))
def invoices(request: HttpRequest, asked: Query[OfYear]) -> object:
    visible = narrowed(seen(request, Act.SEE_MONEY), asked.municipality)
    rows = queries.invoices_of(asked.wanted, visible=visible)
    return listed(request, asked, rows, schema=InvoiceOut, key=lambda r: r.id, show=_invoice)


@router.get(
    "/invoices/{int:invoice}", response=InvoiceFull, summary=noop("One invoice with lines and payments")
)
def invoice(request: HttpRequest, invoice: int) -> object:
    visible = seen(request, Act.SEE_MONEY)
    found = queries.invoice(invoice, visible=visible)
    mine = {told.line.id for told in queries.explanations(invoice, visible=visible)}
    return _invoice(found.row) | {
        "vat_cents": found.content.tax.value,
        # Of an invoice for several municipalities, only the lines that the reader may see.
        "lines": [_line(line) for line in found.lines if visible.everything or line.id in mine],
        "payments": [
            {"received_on": p.received_on, "amount_cents": p.amount.value, "note": p.note}
            for p in found.payments
        ],
        "credits": found.credits[1] if found.credits else "",
        "credited_by": found.credited_by[1] if found.credited_by else "",
        "reduces": found.reduces[1] if found.reduces else "",
        "reduced_by": [number for _, number in found.reduced_by],
    }


@router.get(
    "/invoices/{int:invoice}/explanation", response=list[ExplanationOut], summary=noop("Every line explained")
)
def explanation(request: HttpRequest, invoice: int) -> object:
    visible = seen(request, Act.SEE_MONEY)
    queries.invoice(invoice, visible=visible)
    told = queries.explanations(invoice, language=request.LANGUAGE_CODE, visible=visible)
    return [_explanation(one) for one in told]


@router.get(
    "/internal-charges",
    response=Page[InternalOut],
    openapi_extra=CSV,
    summary=noop("A year's internal charges"),
)
def internal(request: HttpRequest, asked: Query[OfYear]) -> object:
    visible = narrowed(seen(request, Act.SEE_MONEY), asked.municipality)
    rows = queries.internal_charges_of(asked.wanted, visible=visible)
    return listed(request, asked, rows, schema=InternalOut, key=lambda r: r.id, show=_internal)


@router.get(
    "/payments", response=Page[PaidOut], openapi_extra=CSV, summary=noop("Payments of a year's invoices")
)
def payments(request: HttpRequest, asked: Query[OfYear]) -> object:
    visible = narrowed(seen(request, Act.SEE_MONEY), asked.municipality)
    rows = payment_queries.payments_of(asked.wanted, visible=visible)
    return listed(request, asked, rows, schema=PaidOut, key=lambda r: r.id, show=_paid)


@router.get("/open-items", response=Page[OpenOut], openapi_extra=CSV, summary=noop("What was open on a day"))
def opened(request: HttpRequest, asked: Query[AsOf]) -> object:
    rows = open_items.open_items(asked.day, visible=seen(request, Act.SEE_MONEY))
    return listed(request, asked, rows, schema=OpenOut, key=lambda r: r.id, show=_open)


@router.get(
    "/ageing", response=Page[AgeingOut], openapi_extra=CSV, summary=noop("Open sums by payer and lateness")
)
def ageing(request: HttpRequest, asked: Query[AsOf]) -> object:
    rows = open_items.ageing(open_items.open_items(asked.day, visible=seen(request, Act.SEE_MONEY)))
    return listed(request, asked, rows, schema=AgeingOut, key=lambda r: r.payer_id, show=_ageing)


def _invoice(row: InvoiceRow) -> Shown:
    return {
        "id": row.id,
        "kind": row.kind,
        "number": row.number,
        "year": row.year,
        "seller": row.seller,
        "payer": row.payer,
        "issued_on": row.issued_on,
        "due_on": row.due_on,
        "state": row.state.value,
        "total_cents": row.total.value,
        "reduced_cents": row.reduced.value,
        "paid_cents": row.paid.value,
        "open_cents": row.open.value,
        "example": row.example,
    }


def _line(line: queries.LineRow) -> Shown:
    return {
        "id": line.id,
        "position": line.position,
        "source": line.source,
        "amount_cents": line.amount.value,
        "credited": line.credited,
    }


def _explanation(one: Explanation) -> Shown:
    return {
        "line": _line(one.line),
        "share": share_shown(one.share),
        "levy": levy_shown(one.revision),
        "exact_euros": show_rate(one.exact, "en") if one.exact is not None else None,
        "sentences": list(one.made),
        "agreement": one.annex.agreement_number if one.annex else "",
        "clause": one.annex.clause if one.annex else "",
    }


def _internal(row: InternalRow) -> Shown:
    return {
        "id": row.id,
        "year": row.year,
        "seller": row.seller,
        "code": row.code,
        "amount_cents": row.amount.value,
        "charged_on": row.charged_on,
        "source": row.source,
        "standing": row.standing,
        "reverses": row.reverses,
        "reason": row.reason,
    }


def _paid(row: PaidRow) -> Shown:
    return {
        "id": row.id,
        "invoice_id": row.invoice_id,
        "invoice_number": row.invoice_number,
        "payer": row.payer,
        "seller": row.seller,
        "received_on": row.received_on,
        "amount_cents": row.amount.value,
        "note": row.note,
    }


def _open(row: OpenItem) -> Shown:
    return {
        "invoice_id": row.id,
        "number": row.number,
        "payer": row.payer,
        "seller": row.seller,
        "year": row.year,
        "issued_on": row.issued_on,
        "due_on": row.due_on,
        "total_cents": row.total.value,
        "open_cents": row.open.value,
        "days_late": row.days_late,
        "bucket": row.bucket.value,
        "reminders": row.level,
    }


def _ageing(row: Ageing) -> Shown:
    return {
        "payer": row.payer,
        "items": row.items,
        "total_cents": row.total.value,
        "late_cents": row.late.value,
        "not_due_cents": row.sums[Bucket.NOT_DUE].value,
        "days_1_30_cents": row.sums[Bucket.TO_30].value,
        "days_31_60_cents": row.sums[Bucket.TO_60].value,
        "days_61_90_cents": row.sums[Bucket.TO_90].value,
        "over_90_cents": row.sums[Bucket.OVER_90].value,
    }
