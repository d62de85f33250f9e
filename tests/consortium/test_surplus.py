"""Money on a credited or overpaid invoice: moved or returned, both sides told, no sum ever changed."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from django.db.models import Sum
from tests.consortium.conftest import BY

from kimppa.consortium.invoicing import queries, services, surplus
from kimppa.consortium.invoicing.ledger_models import MovedMoney
from kimppa.consortium.invoicing.models import Invoice, Payment
from kimppa.consortium.invoicing.rules import NoSuchInvoice
from kimppa.consortium.invoicing.surplus import (
    MoveInFuture,
    MoveNeedsReason,
    MoveTaken,
    NotOpenSoMuch,
    NotSoMuch,
    OtherPayer,
)
from kimppa.foundation.accounts.models import AuditEntry
from kimppa.foundation.core.money import Cents

pytestmark = pytest.mark.django_db
NOW = datetime(2022, 11, 15, 10, tzinfo=UTC)
PAID = date(2022, 3, 1)


def pay(row: Invoice, cents: int, key: str = "a") -> None:
    services.record_payment(
        by=BY, invoice=row.pk, key=f"{key}{row.pk}", received_on=PAID, amount=Cents(cents), now=NOW
    )


def move(row: Invoice, cents: int, to: Invoice | None = None, **changes: object) -> int:
    said = {"dated": date(2022, 6, 1), "reason": "Maksettu kahdesti", "key": f"{row.pk}-{cents}"} | changes
    return surplus.move_money(
        by=BY,
        invoice=row.pk,
        to=to.pk if to else None,
        amount=Cents(cents),
        now=NOW,
        **said,  # type: ignore[arg-type]
    )


@pytest.fixture
def pair(issued_2022: None) -> tuple[Invoice, Invoice]:
    """Two invoices of one payer and seller; the first has 100 € too much."""
    first, second = Invoice.objects.filter(seller__prefix="ESIMOUL").order_by("pk")[:2]
    Invoice.objects.filter(pk=second.pk).update(payer=first.payer)
    pay(first, first.total_cents + 10_000)
    second.refresh_from_db()
    return first, second


def paid(row: Invoice) -> int:
    return row.payments.aggregate(s=Sum("amount_cents"))["s"] or 0


def test_a_surplus_is_named_with_where_it_may_go(pair: tuple[Invoice, Invoice]) -> None:
    first, second = pair
    (found,) = surplus.surpluses()
    assert (found.id, found.surplus, found.credited) == (first.pk, Cents(10_000), False)
    assert [(t.id, t.open) for t in surplus.targets_of(first.pk)] == [(second.pk, Cents(second.total_cents))]


def test_moved_money_stands_on_both_and_the_sum_is_the_same(pair: tuple[Invoice, Invoice]) -> None:
    first, second = pair
    before = Payment.objects.aggregate(s=Sum("amount_cents"))["s"]
    made = move(first, 10_000, second)
    assert move(first, 10_000, second) == made
    assert Payment.objects.aggregate(s=Sum("amount_cents"))["s"] == before
    assert (paid(first), paid(second)) == (first.total_cents, 10_000)
    assert queries.invoice(second.pk).row.open == Cents(second.total_cents - 10_000)
    for one in pair:
        (told,) = surplus.moves_of(one.pk)
        assert (told.from_id, told.to_id, told.amount) == (first.pk, second.pk, Cents(10_000))
    assert surplus.surpluses() == ()
    assert AuditEntry.objects.filter(act="invoicing.move_money").count() == 1


def test_all_that_was_paid_on_a_credited_invoice_may_be_returned(issued_2022: None) -> None:
    row = Invoice.objects.order_by("pk")[0]
    pay(row, row.total_cents)
    services.credit(by=BY, invoice=row.pk, reason="Väärä", issued_on=date(2022, 5, 2), now=NOW)
    assert surplus.surplus_of(row.pk) == Cents(row.total_cents)
    move(row, row.total_cents)
    assert paid(row) == 0
    (told,) = surplus.moves_of(row.pk)
    assert (told.to_id, told.to_number, told.amount) == (None, "", Cents(row.total_cents))


def test_what_must_not_be_moved_is_not(pair: tuple[Invoice, Invoice]) -> None:
    first, second = pair
    other = Invoice.objects.filter(seller__prefix="ESIMROI").order_by("pk")[0]
    for cents in (10_001, 0, -1):
        with pytest.raises(NotSoMuch):
            move(first, cents, second)
    with pytest.raises(OtherPayer):
        move(first, 100, other)
    with pytest.raises(OtherPayer):
        move(first, 100, first)
    with pytest.raises(MoveNeedsReason):
        move(first, 100, second, reason=" ")
    with pytest.raises(MoveInFuture):
        move(first, 100, second, dated=date(2022, 11, 16))
    with pytest.raises(NoSuchInvoice):
        surplus.move_money(
            by=BY, invoice=999_999, to=None, amount=Cents(1), dated=PAID, reason="x", key="y", now=NOW
        )
    pay(second, second.total_cents - 50, "b")
    with pytest.raises(NotOpenSoMuch, match=r"0\.50"):
        move(first, 100, second)
    move(first, 100, key="one")
    with pytest.raises(MoveTaken):
        move(first, 200, key="one")
    assert MovedMoney.objects.count() == 1
