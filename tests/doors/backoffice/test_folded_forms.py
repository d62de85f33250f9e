"""Forms that ask little first, and sentences with days and sums as people write them."""

from __future__ import annotations

from datetime import date

import pytest
from django.test import Client
from django.utils import translation
from tests.doors.backoffice.test_money_pages import person

from kimppa.consortium.invoicing.models import Invoice, Payment
from kimppa.consortium.invoicing.year_sums import year_sums
from kimppa.doors.web.errors import sentence
from kimppa.foundation.core import clock
from kimppa.foundation.core.money import Cents

pytestmark = pytest.mark.django_db
LEVY = "/en/backoffice/money/2022/levy/"
FOLDED = '<details class="disclosure disclosure--in-form">'
OPEN = '<details class="disclosure disclosure--in-form" open>'


@pytest.fixture
def coordinator(money_2022: None) -> Client:
    return person("coordinator")


def test_other_ways_to_share_stand_folded_until_one_is_used_or_mistaken(coordinator: Client) -> None:
    assert FOLDED in coordinator.get(LEVY).content.decode()
    usual = {"amount": "100", "by_population": "100", "by_equal": "0", "payer": "members", "stage": "whole"}
    assert FOLDED in coordinator.get(LEVY, usual).content.decode()
    assert OPEN in coordinator.get(LEVY, usual | {"by_equal": "20"}).content.decode()
    assert OPEN in coordinator.get(LEVY, usual | {"flat": "abc"}).content.decode()


def test_other_costs_are_not_previewed_without_a_name(coordinator: Client) -> None:
    response = coordinator.get(LEVY, {"amount": "100", "cost_class": "other", "title_fi": " "})
    assert response.status_code == 422
    assert "Other costs need a name" in response.content.decode()


def test_days_and_sums_in_a_sentence_are_written_as_people_write_them() -> None:
    with translation.override("fi"):
        told = sentence(
            "%(a)s %(b)s %(c)s %(d)s", {"a": "2022-01-05", "b": "2020.00", "c": "(2021-01-01–…)", "d": 3}
        )
        assert told == "5.1.2022 2\u202f020,00 (1.1.2021–…) 3"
        kept = {"a": "2022-99-99", "b": "report-2022-01-05.pdf", "c": None, "d": "1.2.3"}
        assert sentence("%(a)s %(b)s %(c)s %(d)s", kept) == "2022-99-99 report-2022-01-05.pdf  1.2.3"


def test_the_host_of_an_unknown_kimppa_is_no_page(coordinator: Client) -> None:
    assert coordinator.get("/en/backoffice/money/hosts/nowhere/").status_code == 404


def test_an_invoice_typed_with_a_day_to_come_is_not_taken(coordinator: Client) -> None:
    typed = {"vendor": "Oy", "number": "1", "net": "100", "vat": "24", "gross": "124", "currency": "EUR"}
    where = "/en/backoffice/budget/purchases/typed/"
    late = date.max.replace(year=2190).isoformat()
    assert "The day has not come yet" in coordinator.post(where, typed | {"issued": late}).content.decode()
    early = typed | {"issued": "2022-02-01", "due": "2022-01-01"}
    assert "falls due before its own date" in coordinator.post(where, early).content.decode()


def test_finance_is_led_to_no_page_that_it_may_not_open(money_2022: None) -> None:
    html = person("finance").get("/en/backoffice/").content.decode()
    assert "E-services" in html
    assert 'href="/en/backoffice/services/"' not in html


def test_what_one_paid_too_much_does_not_lessen_what_others_owe(coordinator: Client) -> None:
    before = year_sums(year=2022)[2022].open
    invoice = Invoice.objects.filter(kind="invoice", payments__isnull=True).order_by("pk").first()
    assert invoice is not None
    Payment.objects.create(
        invoice=invoice,
        key="bank:1",
        received_on=date(2022, 11, 1),
        amount_cents=90_000_000,
        recorded_at=clock.now(),
    )
    where = f"/en/backoffice/money/invoices/{invoice.pk}/"
    assert year_sums(year=2022)[2022].open == before - Cents(invoice.total_cents)
    assert "Too much" in coordinator.get(where).content.decode()
