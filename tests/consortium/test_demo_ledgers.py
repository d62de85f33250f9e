"""The demo's ledgers: loaded through the verbs, marked as invented, never twice."""

from __future__ import annotations

from datetime import date

import pytest
from tests.consortium.conftest import BY, NOW

from kimppa.consortium.invoicing import ledger_queries, open_items, settlements
from kimppa.consortium.invoicing.journal import journal
from kimppa.consortium.invoicing.ledger_models import LedgerAccount, Reminder, SettlementRow
from kimppa.consortium.invoicing.models import Seller
from kimppa.doors.console.demo import ledgers

pytestmark = pytest.mark.django_db


def test_accounts_reminders_and_a_settlement_that_is_marked(demo_money: None) -> None:
    ledgers.load(by=BY, now=NOW)
    assert len(ledger_queries.accounts()) == 10
    letters = open_items.reminders()
    assert len(letters) == 5
    assert all(one.ready and one.level == 1 for one in letters)
    assert sum(one.written for one in letters) == 2
    rows = settlements.settlements()
    assert {row.reference for row in rows} == {"ESIMERKKI/30/2022"}
    assert sum(row.transfer.value for row in rows) == 0
    # 96,619.25 € left over, by 485,494 : 176,665 residents; Oulu collected 364,120.50 €.
    told = {row.seller.split()[0]: (row.due.value, row.transfer.value) for row in rows}
    assert told == {"Oulu": (37_084_109, -672_059), "Rovaniemi": (12_577_816, 672_059)}
    for seller in Seller.objects.all():
        told = journal(seller.pk, date(2022, 1, 1), date(2022, 12, 31))
        assert (told.debit, told.unnamed) == (told.credit, 0)


def test_loading_twice_adds_nothing(demo_money: None) -> None:
    ledgers.load(by=BY, now=NOW)
    counts = [model.objects.count() for model in (LedgerAccount, Reminder, SettlementRow)]
    ledgers.load(by=BY, now=NOW)
    assert [model.objects.count() for model in (LedgerAccount, Reminder, SettlementRow)] == counts
