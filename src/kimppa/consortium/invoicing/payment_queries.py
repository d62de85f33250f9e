"""Reading payments by the year of their invoices."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.db.models import Exists, OuterRef

from kimppa.commons.members.roles import Visible
from kimppa.consortium.budgets.queries import EVERYTHING
from kimppa.consortium.invoicing.models import InvoiceLine, Payment
from kimppa.foundation.core.money import Cents


@dataclass(frozen=True, slots=True)
class PaidRow:
    """Money for an invoice; negative where a payment was returned or moved to another invoice."""

    id: int
    invoice_id: int
    invoice_number: str
    payer: str
    seller: str
    received_on: date
    amount: Cents
    note: str


def payments_of(year: int, *, visible: Visible = EVERYTHING) -> tuple[PaidRow, ...]:
    """The payments of a fiscal year's invoices by day; only of invoices that the reader may see."""
    rows = Payment.objects.filter(invoice__year=year)
    if not visible.everything:
        mine = InvoiceLine.objects.filter(
            invoice=OuterRef("invoice"), share__municipality__code__in=visible.municipalities
        )
        rows = rows.filter(Exists(mine))
    found = rows.order_by("received_on", "pk").values_list(
        "pk",
        "invoice_id",
        "invoice__number",
        "invoice__ledger_number",
        "invoice__payer__party__name",
        "invoice__seller__party__name",
        "received_on",
        "amount_cents",
        "note",
    )
    return tuple(
        PaidRow(pk, invoice, ledger or number, payer, seller, day, Cents(cents), note)
        for pk, invoice, number, ledger, payer, seller, day, cents, note in found
    )
