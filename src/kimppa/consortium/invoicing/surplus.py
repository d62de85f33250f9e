"""Money that is too much on an invoice (credited, or paid twice): moved to another one or returned.

The sum of what was received never changes by a move: one invoice's minus is another's plus.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.db.models import Sum

from kimppa.commons.members.permissions import require
from kimppa.commons.members.roles import Act
from kimppa.consortium.invoicing.ledger_models import MovedMoney
from kimppa.consortium.invoicing.models import Invoice, Payment
from kimppa.consortium.invoicing.queries import invoice_rows, row_of
from kimppa.consortium.invoicing.rules import Kind, NoSuchInvoice
from kimppa.foundation.accounts import audit
from kimppa.foundation.accounts.actors import Actor
from kimppa.foundation.accounts.audit import Value
from kimppa.foundation.core import clock
from kimppa.foundation.core.errors import Invalid, Refused
from kimppa.foundation.core.money import Cents
from kimppa.foundation.core.text import clean_line, noop


class NotSoMuch(Refused):
    code = "not-so-much"
    sentence = noop("%(number)s has %(surplus)s € too much, not %(asked)s €. Nothing was moved.")


class OtherPayer(Refused):
    code = "other-payer"
    sentence = noop(
        "%(number)s is of another payer or another seller. Money moves only between invoices of one payer "
        "and one seller. Nothing was moved."
    )


class NotOpenSoMuch(Refused):
    code = "not-open-so-much"
    sentence = noop("%(number)s takes only %(open)s € more. Nothing was moved.")


class MoveInFuture(Invalid):
    code = "move-in-future"
    sentence = noop("The day %(day)s has not come yet, or is before the money came. Nothing was moved.")


class MoveNeedsReason(Invalid):
    code = "move-needs-reason"
    sentence = noop("Moving or returning money needs a reason. Nothing was moved.")


class MoveTaken(Invalid):
    code = "move-taken"
    sentence = noop("This form has been used for another move. Nothing was moved. Load the page again.")


@dataclass(frozen=True, slots=True)
class Surplus:
    """An invoice that has more money than it asks for."""

    id: int
    number: str
    payer_id: int
    payer: str
    seller: str
    credited: bool
    paid: Cents
    surplus: Cents


@dataclass(frozen=True, slots=True)
class Target:
    """An open invoice that the money may be put on."""

    id: int
    number: str
    open: Cents


@dataclass(frozen=True, slots=True)
class MoveRow:
    """One move as either side sees it; `to_number` empty where the money was returned."""

    from_id: int
    from_number: str
    to_id: int | None
    to_number: str
    amount: Cents
    day: date
    reason: str


@transaction.atomic
def move_money(
    *,
    by: Actor,
    invoice: int,
    to: int | None,
    amount: Cents,
    dated: date,
    reason: str,
    key: str,
    now: datetime,
) -> int:
    """Put too much money on another invoice of the same payer and seller, or record it as returned (to None).

    `key` comes from the form: the same key twice is one move. Returns the move's id. Raises NoSuchInvoice,
    NotSoMuch, OtherPayer, NotOpenSoMuch, MoveInFuture, MoveNeedsReason, MoveTaken.
    """
    require(by, Act.RECORD_PAYMENTS, now=now)
    why = clean_line(reason)[:300]
    rows = _locked([invoice] if to is None else [invoice, to])
    source = rows[invoice]
    target = rows[to] if to is not None else None
    known = MovedMoney.objects.filter(key=key).select_related("taken", "put").first()
    if known is not None:
        if (known.taken.invoice_id, known.taken.amount_cents) != (invoice, -amount.value):
            raise MoveTaken
        return known.pk
    if not why or not key:
        raise MoveNeedsReason
    _check(source, target, amount)
    if not source.issued_on <= dated <= clock.day_of(now) or (target and dated < target.issued_on):
        raise MoveInFuture(day=dated.isoformat())
    made = MovedMoney.objects.create(
        key=key[:40],
        taken=_pay(source, key, "-", -amount, dated, why, now),
        put=_pay(target, key, "+", amount, dated, why, now) if target is not None else None,
        reason=why,
        created=now,
    )
    after: dict[str, Value] = {
        "from": source.number,
        "to": target.number if target else "",
        "amount": amount,
        "dated": dated,
        "reason": why,
    }
    audit.record(by=by, act="invoicing.move_money", obj=made, before=None, after=after, now=now)
    return made.pk


def _locked(wanted: list[int]) -> dict[int, Invoice]:
    """The invoices, locked in the order of their ids, so that two moves never wait for each other."""
    rows = {row.pk: row for row in Invoice.objects.select_for_update().filter(pk__in=wanted).order_by("pk")}
    if len(rows) != len(set(wanted)):
        raise NoSuchInvoice
    return rows


def _check(source: Invoice, target: Invoice | None, amount: Cents) -> None:
    surplus = _surplus(source)
    if not 0 < amount.value <= surplus.value:
        raise NotSoMuch(
            number=source.ledger_number or source.number, surplus=surplus.plain(), asked=amount.plain()
        )
    if target is None:
        return
    number = target.ledger_number or target.number
    same = (target.payer_id, target.seller_id) == (source.payer_id, source.seller_id)
    if not same or target.pk == source.pk or target.kind != Kind.INVOICE:
        raise OtherPayer(number=number)
    left = row_of(invoice_rows().get(pk=target.pk)).open
    if amount.value > left.value:
        raise NotOpenSoMuch(number=number, open=Cents(max(0, left.value)).plain())


def _pay(row: Invoice, key: str, side: str, amount: Cents, dated: date, why: str, now: datetime) -> Payment:
    return Payment.objects.create(
        invoice=row,
        key=f"move{side}{key}"[:40],
        received_on=dated,
        amount_cents=amount.value,
        note=why[:200],
        recorded_at=now,
    )


def _surplus(row: Invoice) -> Cents:
    """What it has been paid beyond what it asks: all of it, where it has been credited."""
    if row.kind != Kind.INVOICE:
        return Cents(0)
    paid = row.payments.aggregate(sum=Sum("amount_cents"))["sum"] or 0
    asked = 0
    if not Invoice.objects.filter(credits=row).exists():
        taken = row.reduced_by.aggregate(sum=Sum("total_cents"))["sum"] or 0
        asked = row.total_cents + taken
    return Cents(max(0, paid - asked))


def surpluses() -> tuple[Surplus, ...]:
    """Every invoice with too much money on it, by payer."""
    found = []
    paid_once = Payment.objects.values("invoice")
    rows = invoice_rows().filter(kind=Kind.INVOICE.value, pk__in=paid_once).defer("content")
    for row in rows.order_by("payer__party__name", "pk"):
        paid, taken = int(getattr(row, "paid_cents", 0)), int(getattr(row, "reduced_cents", 0))
        credited = bool(getattr(row, "is_credited", False))
        over = paid - (0 if credited else row.total_cents + taken)
        if over > 0:
            found.append(
                Surplus(
                    id=row.pk,
                    number=row.ledger_number or row.number,
                    payer_id=row.payer_id,
                    payer=row.payer.party.name,
                    seller=row.seller.party.name,
                    credited=credited,
                    paid=Cents(paid),
                    surplus=Cents(over),
                )
            )
    return tuple(found)


def surplus_of(invoice: int) -> Cents:
    """What is too much on one invoice. Raises NoSuchInvoice."""
    row = Invoice.objects.filter(pk=invoice).defer("content").first()
    if row is None:
        raise NoSuchInvoice
    return _surplus(row)


def targets_of(invoice: int) -> tuple[Target, ...]:
    """The open invoices of the same payer and seller, the oldest due first. Raises NoSuchInvoice."""
    row = Invoice.objects.filter(pk=invoice).defer("content").first()
    if row is None:
        raise NoSuchInvoice
    rows = invoice_rows().filter(
        payer_id=row.payer_id, seller_id=row.seller_id, kind=Kind.INVOICE.value, credited_by__isnull=True
    )
    shown = [row_of(one) for one in rows.exclude(pk=invoice).order_by("due_on", "pk")]
    return tuple(Target(one.id, one.number, one.open) for one in shown if one.open.value > 0)


def moves_of(invoice: int) -> tuple[MoveRow, ...]:
    """The moves that touch an invoice, either way, in their order."""
    rows = MovedMoney.objects.select_related("taken__invoice", "put__invoice").filter(
        taken__invoice=invoice
    ) | MovedMoney.objects.select_related("taken__invoice", "put__invoice").filter(put__invoice=invoice)
    return tuple(_move(row) for row in rows.order_by("pk").distinct())


def _move(row: MovedMoney) -> MoveRow:
    source = row.taken.invoice
    target = row.put.invoice if row.put else None
    return MoveRow(
        from_id=source.pk,
        from_number=source.ledger_number or source.number,
        to_id=target.pk if target else None,
        to_number=(target.ledger_number or target.number) if target else "",
        amount=Cents(-row.taken.amount_cents),
        day=row.taken.received_on,
        reason=row.reason,
    )
