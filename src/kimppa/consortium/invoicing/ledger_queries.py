"""Reading what goes to the cities' ledgers and comes back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Count, Q, Sum

from kimppa.consortium.invoicing.bookkeeping import NoSuchExport
from kimppa.consortium.invoicing.ledger_models import LedgerAccount, LedgerExport
from kimppa.consortium.invoicing.models import Invoice, Seller
from kimppa.consortium.invoicing.rules import SellerMode
from kimppa.foundation.core.money import Cents
from kimppa.foundation.files import queries as files


@dataclass(frozen=True, slots=True)
class LedgerSellerRow:
    """A seller and what of its rows waits: to be exported, and for a number from the ledger."""

    id: int
    name: str
    mode: str
    waiting: int
    waiting_total: Cents
    without_number: int
    party_id: int


@dataclass(frozen=True, slots=True)
class ExportRow:
    id: int
    seller: str
    created: datetime
    actor: str
    file_name: str
    invoices: int
    numbered: int
    rows: int
    total: Cents


@dataclass(frozen=True, slots=True)
class AccountRow:
    id: int
    seller_id: int
    seller: str
    role: str
    cost_class: str
    account: str
    cost_centre: str
    valid_from: date | None
    valid_to: date | None


def selling_parties() -> tuple[tuple[int, str], ...]:
    """The legal parties that sell, by name: the cities that pay vendors for all."""
    return tuple(Seller.objects.order_by("party__name").values_list("party_id", "party__name"))


def ledger_sellers() -> tuple[LedgerSellerRow, ...]:
    """Every seller by name; what waits is nothing for one that invoices itself."""
    waits = Q(invoices__ledger=True, invoices__ledger_export__isnull=True)
    numberless = Q(invoices__ledger_export__isnull=False, invoices__ledger_number="")
    rows = Seller.objects.select_related("party").annotate(
        waiting=Count("invoices", filter=waits),
        waiting_cents=Sum("invoices__total_cents", filter=waits),
        without_number=Count("invoices", filter=numberless),
    )
    return tuple(
        LedgerSellerRow(
            id=row.pk,
            name=row.party.name,
            mode=row.mode,
            waiting=row.waiting,
            waiting_total=Cents(row.waiting_cents or 0),
            without_number=row.without_number,
            party_id=row.party_id,
        )
        for row in rows.order_by("party__name")
    )


def uses_ledgers() -> bool:
    """Whether any seller's ledger invoices, or has."""
    rows = Seller.objects.filter(mode=SellerMode.LEDGER.value)
    return rows.exists() or Invoice.objects.filter(ledger=True).exists()


def exports() -> tuple[ExportRow, ...]:
    """Every batch given to a ledger, the newest first."""
    rows = LedgerExport.objects.select_related("seller__party", "file").annotate(
        invoice_count=Count("invoices"),
        numbered=Count("invoices", filter=~Q(invoices__ledger_number="")),
    )
    return tuple(
        ExportRow(
            id=row.pk,
            seller=row.seller.party.name,
            created=row.created,
            actor=row.actor,
            file_name=row.file.name,
            invoices=row.invoice_count,
            numbered=row.numbered,
            rows=row.rows,
            total=Cents(row.total_cents),
        )
        for row in rows.order_by("-pk")
    )


def export_file(export_id: int) -> tuple[str, bytes]:
    """Name and bytes of a batch as it was given. Raises NoSuchExport."""
    row = LedgerExport.objects.select_related("file").filter(pk=export_id).first()
    if row is None:
        raise NoSuchExport
    return row.file.name, files.read(row.file)


def accounts() -> tuple[AccountRow, ...]:
    """Every account with its dates, by seller and role."""
    rows = LedgerAccount.objects.select_related("seller__party")
    return tuple(
        AccountRow(
            id=row.pk,
            seller_id=row.seller_id,
            seller=row.seller.party.name,
            role=row.role,
            cost_class=row.cost_class,
            account=row.account,
            cost_centre=row.cost_centre,
            valid_from=row.valid_from,
            valid_to=row.valid_to,
        )
        for row in rows.order_by("seller__party__name", "role", "cost_class", "pk")
    )
