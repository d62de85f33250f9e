"""Reading bank statements and their movements."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Count, Q

from kimppa.consortium.invoicing.models import BankMovement, BankStatement
from kimppa.foundation.core.money import Cents


@dataclass(frozen=True, slots=True)
class StatementRow:
    """A statement that was read, with how many movements it brought and how many found an invoice."""

    id: int
    identifier: str
    seller: str
    file_name: str
    read_at: datetime
    movements: int
    matched: int


@dataclass(frozen=True, slots=True)
class MovementRow:
    """Money on a seller's account; `invoice_id` None where no invoice was found for it."""

    id: int
    seller: str
    booked_on: date
    amount: Cents
    currency: str
    reference: str
    payer: str
    text: str
    invoice_id: int | None
    invoice_number: str


def statements() -> tuple[StatementRow, ...]:
    """Every statement, the newest first."""
    rows = BankStatement.objects.select_related("seller__party", "file").annotate(
        all=Count("movements"), put=Count("movements", filter=Q(movements__payment__isnull=False))
    )
    return tuple(
        StatementRow(
            id=row.pk,
            identifier=row.identifier,
            seller=row.seller.party.name,
            file_name=row.file.name,
            read_at=row.read_at,
            movements=row.all,
            matched=row.put,
        )
        for row in rows.order_by("-pk")
    )


def movements(*, unmatched_only: bool = False) -> tuple[MovementRow, ...]:
    """Every movement, the newest first; or those that found no invoice."""
    rows = BankMovement.objects.select_related("seller__party", "payment__invoice")
    if unmatched_only:
        rows = rows.filter(payment__isnull=True)
    return tuple(_row(row) for row in rows.order_by("-booked_on", "-pk"))


def _row(row: BankMovement) -> MovementRow:
    invoice = row.payment.invoice if row.payment else None
    return MovementRow(
        id=row.pk,
        seller=row.seller.party.name,
        booked_on=row.booked_on,
        amount=Cents(row.amount_cents),
        currency=row.currency,
        reference=row.reference,
        payer=row.payer,
        text=row.text,
        invoice_id=invoice.pk if invoice else None,
        invoice_number=invoice.number if invoice else "",
    )
