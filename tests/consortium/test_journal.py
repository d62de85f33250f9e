"""The journal: every voucher with both sides, summed by account, balanced whatever has happened."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from tests.consortium.conftest import BY

from kimppa.consortium.agreements.rules import CostClass
from kimppa.consortium.invoicing import corrections, ledger, services, surplus
from kimppa.consortium.invoicing.bookkeeping import AccountRole, Voucher
from kimppa.consortium.invoicing.journal import journal
from kimppa.consortium.invoicing.models import InternalCharge, Invoice, Seller
from kimppa.foundation.core.money import Cents

pytestmark = pytest.mark.django_db
NOW = datetime(2022, 11, 15, 10, tzinfo=UTC)
ACCOUNTS = {
    AccountRole.INCOME: "3100",
    AccountRole.RECEIVABLE: "1700",
    AccountRole.BANK: "1910",
    AccountRole.INTERNAL: "4400",
    AccountRole.RETURNS: "2900",
}
YEAR = (date(2022, 1, 1), date(2022, 12, 31))


@pytest.fixture
def oulu(issued_2022: None) -> Seller:
    """Oulu with an account for everything; content's income has a cost centre of its own from 2022."""
    seller = Seller.objects.get(prefix="ESIMOUL")
    for role, account in ACCOUNTS.items():
        ledger.set_account(by=BY, seller=seller.pk, role=role, account=account, valid_from=None, now=NOW)
    ledger.set_account(
        by=BY,
        seller=seller.pk,
        role=AccountRole.INCOME,
        cost_class=CostClass.CONTENT,
        account="3110",
        cost_centre="8800",
        valid_from=date(2022, 1, 1),
        now=NOW,
    )
    return seller


def sums(seller: Seller, start: date = YEAR[0], end: date = YEAR[1]) -> dict[str, tuple[int, int]]:
    told = journal(seller.pk, start, end)
    assert told.debit == told.credit
    assert told.unnamed == 0
    return {one.account: (one.debit.value, one.credit.value) for one in told.accounts}


def test_invoices_and_the_citys_own_share_are_income_by_class(oulu: Seller) -> None:
    invoiced = sum(Invoice.objects.filter(seller=oulu).values_list("total_cents", flat=True))
    own = sum(InternalCharge.objects.filter(seller=oulu).values_list("amount_cents", flat=True))
    assert sums(oulu) == {"1700": (invoiced, 0), "3110": (0, invoiced + own), "4400": (own, 0)}
    told = journal(oulu.pk, *YEAR)
    assert {one.cost_centre for one in told.accounts if one.account == "3110"} == {"8800"}


def test_payments_credits_moves_returns_and_reversals_balance_to_the_cent(oulu: Seller) -> None:
    first, second = Invoice.objects.filter(seller=oulu).order_by("pk")[:2]
    Invoice.objects.filter(pk=second.pk).update(payer=first.payer)
    services.record_payment(
        by=BY,
        invoice=first.pk,
        key="a",
        received_on=date(2022, 3, 1),
        amount=Cents(first.total_cents),
        now=NOW,
    )
    services.credit(by=BY, invoice=first.pk, reason="Väärä", issued_on=date(2022, 4, 1), now=NOW)
    for key, to, cents in (("m", second.pk, 5_000), ("r", None, 2_000)):
        surplus.move_money(
            by=BY, invoice=first.pk, to=to, amount=Cents(cents), dated=date(2022, 5, 1), reason="Siirto",
            key=key, now=NOW,
        )  # fmt: skip
    charge = InternalCharge.objects.get(seller=oulu)
    corrections.reverse_internal(
        by=BY, charge=charge.pk, reason="Väärä", charged_on=date(2022, 4, 1), now=NOW
    )
    total, own = first.total_cents, charge.amount_cents
    whole = sums(oulu)
    invoiced = sum(Invoice.objects.filter(seller=oulu, kind="invoice").values_list("total_cents", flat=True))
    assert whole["1910"] == (total, 2_000)
    assert whole["2900"] == (5_000, 5_000)
    assert whole["1700"] == (invoiced + 7_000, total * 2 + 5_000)
    assert whole["3110"] == (total + own, invoiced + own)
    assert whole["4400"] == (own, own)
    april = journal(oulu.pk, date(2022, 4, 1), date(2022, 4, 30))
    assert {entry.voucher for entry in april.entries} == {Voucher.CREDIT_NOTE, Voucher.INTERNAL}
    assert april.debit == april.credit == Cents(total + own)


def test_no_entry_is_a_minus_and_each_is_on_one_side(oulu: Seller) -> None:
    services.credit(
        by=BY,
        invoice=Invoice.objects.filter(seller=oulu).order_by("pk")[0].pk,
        reason="Väärä",
        issued_on=date(2022, 4, 1),
        now=NOW,
    )
    for entry in journal(oulu.pk, *YEAR).entries:
        assert entry.debit.value >= 0
        assert entry.credit.value >= 0
        assert (entry.debit.value == 0) != (entry.credit.value == 0)


def test_what_has_no_account_is_counted_and_balances_all_the_same(issued_2022: None) -> None:
    told = journal(Seller.objects.get(prefix="ESIMROI").pk, *YEAR)
    assert told.debit == told.credit
    assert told.unnamed == len(told.entries)
