"""The demo's year 2022, figure by figure."""

from __future__ import annotations

from datetime import date

import pytest
from django.db.models import Sum
from tests.consortium.conftest import BY, NOW

from kimppa.consortium.agreements.rules import CostClass
from kimppa.consortium.budgets import queries as budgets
from kimppa.consortium.budgets.models import CostShare, LevyRevision
from kimppa.consortium.budgets.shares import shares_of
from kimppa.consortium.invoicing import queries as invoicing
from kimppa.consortium.invoicing.models import Document, InternalCharge, Invoice
from kimppa.doors.console.demo import money
from kimppa.foundation.core.money import Cents

pytestmark = pytest.mark.django_db


def test_2022_is_59_shares_57_invoices_and_2_internal_charges(demo_money: None) -> None:
    revision = budgets.latest_revision(2022, CostClass.CONTENT)
    assert revision is not None
    assert revision.total == Cents(49_661_925)
    shares = shares_of(revision.id)
    assert len(shares) == 59
    assert sum(s.residents for s in shares) == 662_159
    assert sum(s.amount.value for s in shares) == 49_661_925
    invoices = invoicing.invoices_of(2022)
    assert len(invoices) == 57
    internal = invoicing.internal_charges_of(2022)
    assert {row.code for row in internal} == {"564", "698"}
    assert sum(i.total.value for i in invoices) + sum(i.amount.value for i in internal) == 49_661_925
    assert Document.objects.count() == 171
    assert Invoice.objects.filter(sent_at__isnull=False).count() == 57


def test_numbers_are_gap_free_in_each_series(demo_money: None) -> None:
    for prefix, count in (("ESIMOUL", 37), ("ESIMROI", 20)):
        serials = list(
            Invoice.objects.filter(seller__prefix=prefix).order_by("serial").values_list("serial", flat=True)
        )
        assert serials == list(range(1, count + 1))


def test_loading_the_demo_twice_adds_nothing(demo_money: None) -> None:
    before = (Invoice.objects.count(), InternalCharge.objects.count(), CostShare.objects.count())
    paid = Invoice.objects.aggregate(all=Sum("payments__amount_cents"))["all"]
    money.load(by=BY, now=NOW)
    assert (Invoice.objects.count(), InternalCharge.objects.count(), CostShare.objects.count()) == before
    assert Invoice.objects.aggregate(all=Sum("payments__amount_cents"))["all"] == paid
    assert LevyRevision.objects.count() == 1


def test_2023_is_left_open(demo_money: None) -> None:
    assert budgets.revisions_of(2023) == ()
    assert invoicing.invoices_of(2023) == ()
    # The 2022 rate stands until the directors decide another.
    rate = budgets.standing_rate(CostClass.CONTENT, date(2023, 1, 1))
    assert rate is not None
    assert rate.rate == money.RATE_2022


def test_everything_invented_is_marked(demo_money: None) -> None:
    for row in Invoice.objects.select_related("seller", "payer__party"):
        assert row.content["example"] is True
        assert row.number.startswith("ESIM")
        assert "ESIMERKKI" in row.payer.party.name
        assert row.payer.party.business_id.startswith("90")
