"""VAT on shares through the door: said on the agreement with its day, previewed and shown on the invoice."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from django.test import Client
from tests.consortium.conftest import BY, NOW
from tests.doors.backoffice.test_money_pages import DECISION, person

from kimppa.consortium.agreements import price_book
from kimppa.consortium.agreements.models import Agreement, Term
from kimppa.consortium.agreements.vat import VatContent
from kimppa.consortium.budgets.models import LevyRevision
from kimppa.consortium.invoicing.models import Invoice

pytestmark = pytest.mark.django_db
ON = "/en/backoffice/"
GENERAL = {"cost_class": "content", "treatment": "general", "valid_from": "2022-01-01", "clause": "11 §"}


@pytest.fixture
def coordinator(money_2022: None) -> Client:
    return person("coordinator")


def agreement() -> Agreement:
    return Agreement.objects.get(kind="cooperation")


def levied(coordinator: Client) -> LevyRevision:
    assert coordinator.post(f"{ON}money/2023/decide/", DECISION).status_code == 302
    return LevyRevision.objects.get(levy__year__year=2023)


def test_the_signed_agreement_says_from_which_day_shares_are_taxed(coordinator: Client) -> None:
    path = f"{ON}agreements/{agreement().pk}/"
    assert "VAT on shares" in coordinator.get(path).content.decode()
    refused = coordinator.post(f"{path}do/vat/", GENERAL | {"valid_from": "2022-01-15"})
    assert refused.status_code == 422
    assert "first day of a month" in refused.content.decode()
    assert coordinator.post(f"{path}do/vat/", GENERAL).status_code == 302
    html = coordinator.get(path).content.decode()
    assert "VAT on shares: content and platforms" in html
    assert "General rate" in html
    assert Term.objects.filter(kind="vat-content").count() == 1
    # The form of the other terms does not offer it.
    assert 'value="vat-content"' not in coordinator.get(f"{path}do/term/").content.decode()


def test_who_may_not_edit_agreements_sees_no_such_form(money_2022: None) -> None:
    path = f"{ON}agreements/{agreement().pk}/do/vat/"
    assert person("director").post(path, GENERAL).status_code == 403
    assert not Term.objects.filter(kind="vat-content").exists()


def test_the_preview_shows_net_tax_and_gross_and_the_invoice_too(coordinator: Client) -> None:
    coordinator.post(f"{ON}agreements/{agreement().pk}/do/vat/", GENERAL)
    revision = levied(coordinator)
    issue = f"{ON}money/levies/{revision.pk}/issue/"
    html = coordinator.get(issue).content.decode()
    assert "No VAT rate has been recorded" in html
    assert coordinator.post(issue, {"issued_on": "2022-11-15"}).status_code == 409
    assert not Invoice.objects.filter(year=2023).exists()
    assert coordinator.get(f"{ON}money/2023/").status_code == 200
    price_book.record_vat_rate(
        by=BY, content=VatContent.GENERAL, percent=Decimal(24), valid_from=date(2013, 1, 1), now=NOW
    )
    html = coordinator.get(issue).content.decode()
    assert "Without VAT" in html
    assert "without VAT, VAT €" in html
    assert coordinator.post(issue, {"issued_on": "2022-11-15"}).status_code == 302
    row = Invoice.objects.filter(year=2023).order_by("pk")[0]
    html = coordinator.get(f"{ON}money/invoices/{row.pk}/").content.decode()
    for cents in (row.total_cents, row.vat_cents, row.total_cents - row.vat_cents):
        assert f"€{cents / 100:,.2f}" in html
    assert "VAT 24 %" in html
