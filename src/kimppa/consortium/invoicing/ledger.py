"""Sellers whose own ledger invoices: what it needs from us goes out as a batch, once.

Here a row has our key only (a number of the seller's gap-free series); the ledger gives the invoice its own
number, which comes back by ledger_return.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction

from kimppa.commons.members.permissions import require
from kimppa.commons.members.roles import Act
from kimppa.commons.members.rules import overlaps
from kimppa.consortium.agreements.rules import CostClass
from kimppa.consortium.invoicing.accounts_book import AccountBook, book_of
from kimppa.consortium.invoicing.bookkeeping import (
    BY_CLASS,
    AccountRole,
    BadAccount,
    NoSuchSeller,
    NothingToExport,
    NotLedgerSeller,
    OverlappingAccount,
)
from kimppa.consortium.invoicing.content import from_json
from kimppa.consortium.invoicing.ledger_models import LedgerAccount, LedgerExport
from kimppa.consortium.invoicing.models import Invoice, InvoiceLine, NumberSeries, Seller
from kimppa.consortium.invoicing.rules import SellerMode
from kimppa.foundation.accounts import audit
from kimppa.foundation.accounts.actors import Actor
from kimppa.foundation.accounts.audit import Value
from kimppa.foundation.core.money import Cents
from kimppa.foundation.core.tabular import Cell, csv_bytes
from kimppa.foundation.core.text import clean_line
from kimppa.foundation.files.models import Retention
from kimppa.foundation.files.services import store

CODE = re.compile(r"[0-9A-Za-zÅÄÖåäö._/-]{1,20}")
# The columns of a batch; docs/ledgers.md says what each is, and a test holds the two together.
COLUMNS = (
    "key",
    "kind",
    "credits_key",
    "payer",
    "business_id",
    "einvoice_address",
    "einvoice_operator",
    "buyer_reference",
    "line",
    "source",
    "text",
    "account",
    "cost_centre",
    "amount",
    "currency",
    "total",
    "issued",
    "due",
    "vat_category",
    "vat_percent",
    "vat_total",
)


@dataclass(frozen=True, slots=True)
class Batch:
    """What an export wrote: header and rows, one for each line of each invoice."""

    header: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]


@transaction.atomic
def set_mode(*, by: Actor, seller: int, mode: SellerMode, now: datetime) -> None:
    """Say whether a seller sends itself or its city's ledger does; what was issued stays as it is.

    Raises NoSuchSeller.
    """
    require(by, Act.EDIT_PAYERS, now=now)
    row = _seller(seller)
    if row.mode == mode.value:
        return
    before: dict[str, Value] = {"mode": row.mode}
    row.mode = mode.value
    row.save(update_fields=["mode"])
    audit.record(by=by, act="invoicing.set_mode", obj=row, before=before, after={"mode": mode.value}, now=now)


@transaction.atomic
def set_account(
    *,
    by: Actor,
    seller: int,
    role: AccountRole,
    cost_class: CostClass | None = None,
    account: str,
    cost_centre: str = "",
    valid_from: date | None,
    now: datetime,
) -> None:
    """The account of one kind of thing from a day on; the one before ends the day before.

    Raises NoSuchSeller, BadAccount, OverlappingAccount.
    """
    require(by, Act.EDIT_PAYERS, now=now)
    row = _seller(seller)
    account, cost_centre = clean_line(account), clean_line(cost_centre)
    if not CODE.fullmatch(account) or (cost_centre and not CODE.fullmatch(cost_centre)):
        raise BadAccount
    shared = role not in BY_CLASS
    kept = "" if shared or cost_class is None else cost_class.value
    rows = LedgerAccount.objects.filter(seller=row, role=role.value, cost_class=kept)
    open_row = rows.filter(valid_to__isnull=True).first()
    if open_row is not None:
        if (open_row.account, open_row.cost_centre) == (account, cost_centre):
            return
        if valid_from is None or (open_row.valid_from is not None and open_row.valid_from >= valid_from):
            raise OverlappingAccount
        open_row.valid_to = valid_from - timedelta(days=1)
        open_row.save(update_fields=["valid_to"])
    if any(overlaps((valid_from, None), (one.valid_from, one.valid_to)) for one in rows.all()):
        raise OverlappingAccount
    made = LedgerAccount.objects.create(
        seller=row,
        role=role.value,
        cost_class=kept,
        account=account,
        cost_centre=cost_centre,
        valid_from=valid_from,
    )
    after: dict[str, Value] = {
        "role": role.value,
        "cost_class": kept,
        "account": account,
        "cost_centre": cost_centre,
        "valid_from": valid_from,
    }
    audit.record(by=by, act="invoicing.set_account", obj=made, before=None, after=after, now=now)


@transaction.atomic
def export(*, by: Actor, seller: int, now: datetime) -> int:
    """Give what has not been given yet to the seller's ledger, as one batch; returns the export's id.

    Nothing is ever in two batches: two people exporting at once get one batch and one NothingToExport.
    Raises NoSuchSeller, NotLedgerSeller, NothingToExport.
    """
    require(by, Act.ISSUE_INVOICES, now=now)
    row = _seller(seller)
    NumberSeries.objects.select_for_update().get(seller=row)
    waiting = list(_waiting(row))
    if not waiting and row.mode != SellerMode.LEDGER:
        raise NotLedgerSeller(seller=row.party.name)
    if not waiting:
        raise NothingToExport(seller=row.party.name)
    batch = _batch(waiting, book_of(row.pk))
    file = store(
        name=f"{row.prefix}-{waiting[0].serial}-{waiting[-1].serial}.csv",
        content=csv_bytes(batch.header, batch.rows, delimiter=";"),
        media_type="text/csv",
        retention=Retention.ACCOUNTING,
        now=now,
    )
    total = sum(one.total_cents for one in waiting)
    made = LedgerExport.objects.create(
        seller=row, created=now, actor=by.name[:200], file=file, rows=len(batch.rows), total_cents=total
    )
    Invoice.objects.filter(pk__in=[one.pk for one in waiting]).update(ledger_export=made)
    after: dict[str, Value] = {
        "first": waiting[0].number,
        "last": waiting[-1].number,
        "invoices": len(waiting),
        "total": Cents(total),
        "sha256": file.sha256,
    }
    audit.record(by=by, act="invoicing.export_to_ledger", obj=made, before=None, after=after, now=now)
    return made.pk


def _seller(seller: int) -> Seller:
    found = Seller.objects.select_for_update(of=("self",)).select_related("party").filter(pk=seller).first()
    if found is None:
        raise NoSuchSeller
    return found


def _waiting(seller: Seller) -> Iterable[Invoice]:
    rows = Invoice.objects.filter(seller=seller, ledger=True, ledger_export__isnull=True)
    return rows.select_related("credits", "reduces").order_by("serial")


def _batch(rows: list[Invoice], book: AccountBook) -> Batch:
    classes = dict(
        InvoiceLine.objects.filter(invoice__in=rows).values_list("pk", "share__revision__levy__cost_class")
    )
    found: list[tuple[Cell, ...]] = []
    lines: dict[int, list[InvoiceLine]] = {}
    for line in InvoiceLine.objects.filter(invoice__in=rows).order_by("invoice", "position"):
        lines.setdefault(line.invoice_id, []).append(line)
    for row in rows:
        content = from_json(row.content)
        credited = row.credits or row.reduces
        for line, told in zip(lines.get(row.pk, []), content.lines, strict=False):
            posting = book.at(AccountRole.INCOME, classes.get(line.pk, ""), row.issued_on)
            found.append(
                (
                    row.number,
                    row.kind,
                    credited.number if credited else "",
                    content.payer.name,
                    content.payer.business_id,
                    content.payer.einvoice_address,
                    content.payer.einvoice_operator,
                    content.buyer_reference,
                    line.position,
                    line.source,
                    f"{told.title}, {told.municipality}",
                    posting.account,
                    posting.cost_centre,
                    Cents(line.amount_cents),
                    "EUR",
                    Cents(row.total_cents),
                    row.issued_on,
                    row.due_on,
                    line.vat_category,
                    told.vat_percent,
                    Cents(row.vat_cents),
                )
            )
    return Batch(COLUMNS, tuple(found))
