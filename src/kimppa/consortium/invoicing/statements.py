"""Bank statements: read once, matched by reference, everything kept and shown."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from kimppa.commons.members.permissions import require
from kimppa.commons.members.roles import Act
from kimppa.consortium.invoicing.models import BankMovement, BankStatement, Invoice, Seller
from kimppa.consortium.invoicing.rules import Kind, NoSuchInvoice
from kimppa.consortium.invoicing.services import record_payment
from kimppa.foundation.accounts import audit
from kimppa.foundation.accounts.actors import Actor
from kimppa.foundation.core.errors import Missing, Refused
from kimppa.foundation.core.money import Cents
from kimppa.foundation.core.text import noop
from kimppa.foundation.files.models import Retention
from kimppa.foundation.files.services import store
from kimppa.foundation.protocols import camt


class ForeignAccount(Refused):
    code = "foreign-account"
    sentence = noop(
        "The statement is of the account %(iban)s, which is no seller's here. Nothing was read. "
        "Check the seller's account number, or choose another file."
    )


class NoSuchMovement(Missing):
    code = "no-such-movement"
    sentence = noop("There is no such movement, or it has been matched already. Nothing was changed.")


class WrongCurrency(Refused):
    code = "wrong-currency"
    sentence = noop(
        "The movement is in %(currency)s; only euros can be put on an invoice. Nothing was changed."
    )


@dataclass(frozen=True, slots=True)
class Report:
    """What reading did: movements read, known from before, matched, and left without an invoice."""

    statements: int
    read: int
    known: int
    matched: int
    unmatched: int


@transaction.atomic
def read_statement(*, by: Actor, raw: bytes, name: str, now: datetime) -> Report:
    """Read a camt.053 or camt.054 file and record payments by reference; all of it or nothing.

    A movement that was read before, in this or another message, is not read again. Money in without an
    invoice is kept. Raises NotCamt, ForeignAccount, PaymentInFuture, and as files.services.store.
    """
    require(by, Act.RECORD_PAYMENTS, now=now)
    told = camt.parse(raw)
    sellers = {seller.iban.replace(" ", ""): seller for seller in Seller.objects.select_for_update()}
    for statement in told:
        if statement.iban not in sellers:
            raise ForeignAccount(iban=statement.iban[:34])
    file = store(
        name=name, content=raw, media_type="application/xml", retention=Retention.ACCOUNTING, now=now
    )
    read = known = matched = 0
    for statement in told:
        seller = sellers[statement.iban]
        row = BankStatement.objects.create(
            seller=seller, identifier=statement.identifier, file=file, read_at=now
        )
        fresh = _fresh(seller, statement.movements)
        read += len(fresh)
        known += len(statement.movements) - len(fresh)
        payable = _payable(seller, fresh)
        matched += sum(_keep(by, row, movement, payable, now) for movement in fresh)
        audit.record(
            by=by,
            act="invoicing.read_statement",
            obj=row,
            before=None,
            after={"account": statement.iban, "read": len(fresh), "sha256": file.sha256},
            now=now,
        )
    return Report(len(told), read, known, matched, read - matched)


def _fresh(seller: Seller, movements: tuple[camt.Movement, ...]) -> list[camt.Movement]:
    keys = [movement.key for movement in movements]
    seen = set(BankMovement.objects.filter(seller=seller, key__in=keys).values_list("key", flat=True))
    found: dict[str, camt.Movement] = {}
    for movement in movements:
        if movement.key not in seen:
            found.setdefault(movement.key, movement)
    return list(found.values())


def _payable(seller: Seller, movements: list[camt.Movement]) -> dict[str, Invoice]:
    """The seller's invoices that the movements name and that have not been credited, by reference."""
    wanted = {movement.reference for movement in movements if movement.reference}
    rows = Invoice.objects.filter(
        seller=seller, reference__in=wanted, kind=Kind.INVOICE.value, credited_by__isnull=True
    )
    return {row.reference: row for row in rows}


def _keep(
    by: Actor,
    statement: BankStatement,
    movement: camt.Movement,
    payable: dict[str, Invoice],
    now: datetime,
) -> bool:
    """Keep a movement, and record a payment where its reference names a payable invoice."""
    row = BankMovement.objects.create(
        statement=statement,
        seller=statement.seller,
        key=movement.key[:150],
        booked_on=movement.booked_on,
        amount_cents=movement.amount.value,
        currency=movement.currency[:3],
        reference=movement.reference[:35],
        payer=movement.payer,
        text=movement.text,
    )
    wanted = payable.get(row.reference)
    if wanted is None or row.amount_cents <= 0 or row.currency != "EUR":
        return False
    _pay(by, row, wanted, now)
    return True


def _pay(by: Actor, row: BankMovement, invoice: Invoice, now: datetime) -> None:
    row.payment_id = record_payment(
        by=by,
        invoice=invoice.pk,
        key=f"bank:{row.pk}",
        received_on=row.booked_on,
        amount=Cents(row.amount_cents),
        note=row.payer or row.text,
        now=now,
    )
    row.save(update_fields=["payment"])


@transaction.atomic
def match_movement(*, by: Actor, movement: int, number: str, now: datetime) -> None:
    """Put a movement that found no invoice on the invoice with that number, of the same seller.

    Raises NoSuchMovement, NoSuchInvoice, WrongCurrency, NotPayable.
    """
    require(by, Act.RECORD_PAYMENTS, now=now)
    row = BankMovement.objects.select_for_update().filter(pk=movement, payment__isnull=True).first()
    if row is None:
        raise NoSuchMovement
    if row.currency != "EUR":
        raise WrongCurrency(currency=row.currency)
    invoice = _numbered(row.seller_id, number.strip())
    if invoice is None:
        raise NoSuchInvoice
    _pay(by, row, invoice, now)
    audit.record(
        by=by,
        act="invoicing.match_movement",
        obj=row,
        before=None,
        after={"invoice": invoice.number, "amount": Cents(row.amount_cents)},
        now=now,
    )


def _numbered(seller_id: int, number: str) -> Invoice | None:
    """By the number that the payer knows: the city's ledger's, where that one invoiced."""
    rows = Invoice.objects.filter(seller_id=seller_id)
    return rows.filter(ledger_number=number).first() or rows.filter(number=number).first() if number else None
