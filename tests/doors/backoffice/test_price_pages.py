"""Prices through the door: the list, one service with its offers, writing, renewals, and who may not."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from tests.consortium.conftest import BY, NOW, load_region
from tests.doors.backoffice.test_money_pages import person

from kimppa.consortium.agreements.models import Agreement
from kimppa.consortium.agreements.price_models import PlatformPrice, VatRate
from kimppa.doors.console.demo import eservices, governance, money, prices
from kimppa.foundation.core import clock

pytestmark = pytest.mark.django_db
BASE = "/en/backoffice/prices/"


@pytest.fixture
def coordinator(db: None) -> Client:
    load_region()
    money.issue_2022(by=BY)
    governance.load(by=BY, now=NOW)
    eservices.load(by=BY, now=NOW)
    prices.load(by=BY, now=NOW)
    clock.set_offset(NOW - clock.real_now() + timedelta(seconds=1))
    return person("coordinator")


def pk(number: str) -> int:
    return Agreement.objects.get(diary_number=number).pk


def page(client: Client, path: str, status: int = 200) -> str:
    response = client.get(BASE + path)
    assert response.status_code == status, path
    return response.content.decode()


def test_the_list_shows_what_is_known_and_says_what_is_not(coordinator: Client) -> None:
    html = page(coordinator, "")
    assert html.count("Price not given") >= 12  # the region's eleven, and the draft's films
    for seen in ("Esimerkkikirjat (ESIMERKKI)", "€18,150.00", "29.9.2023", "14,000.00 EUR a year, + VAT"):
        assert seen in html, seen
    export = coordinator.get(f"{BASE}?export=csv").content.decode("utf-8-sig").splitlines()
    assert len(export) == 15
    assert any(line.startswith("Viddla,Price not given") for line in export)


def test_a_service_shows_offers_side_by_side_step_by_step_and_its_history(coordinator: Client) -> None:
    html = page(coordinator, "services/esimerkkikirjat/")
    # 14 000 + 0.021 × 663 352 residents of 2021, 10 % VAT; the offer in tiers.
    for seen in ("€27,930.39", "€30,723.43", "Toinen Esimerkki Oy", "In force", "Change from now"):
        assert seen in html, seen
    for seen in ("units from 300,000 on", "How 2022 was reckoned", '<svg class="lines"', "Price history"):
        assert seen in html, seen
    html = page(coordinator, "services/esimerkkikirjat/?year=2025&residents=1000")
    assert "2025" in html
    assert "VAT 14.00 % is" in html
    assert page(coordinator, "services/esimerkkikirjat/?year=1", 422)
    export = coordinator.get(f"{BASE}services/esimerkkikirjat/?offers-export=xlsx")
    assert export.content[:2] == b"PK"


def test_a_quantity_that_is_missing_is_said(coordinator: Client) -> None:
    html = page(coordinator, "services/esimerkkielokuvat/")
    assert "needs a quantity that was not given: Uses" in html
    html = page(coordinator, "services/esimerkkielokuvat/?year=2022&uses=12000&patrons=500")
    # 1 000 uses a month × 2.50 $ = 2 500 $; × 0.88 × 12 = 26 400 €, and 24 % VAT paid by the city.
    for seen in ("€26,400.00", "€6,336.00", "€32,736.00", "Reverse charge"):
        assert seen in html, seen


def test_a_price_is_written_ended_and_withdrawn(coordinator: Client) -> None:
    where = f"{BASE}agreements/{pk('ESIMERKKI/24/2022')}/"
    told = {
        "platform": "esimerkkielokuvat",
        "part": "Vuosimaksu",
        "kind": "flat",
        "rate": "1 200,50",
        "currency": "eur",
        "content": "film-and-music",
        "treatment": "added",
    }
    for wrong, sentence in (
        ({"rate": "-5"}, "below zero"),
        ({"rate": "paljon"}, "is not a price"),
        ({"currency": "EURO"}, "is not a currency"),
        ({"part": ""}, "already has this price"),
        ({"kind": "tiers", "tiers": "5 –: 1"}, "must begin at zero"),
        ({"kind": "tiers", "tiers": "0 – 9: 2\n11 –: 1"}, "do not meet"),
        ({"treatment": "reverse"}, "which signing city"),
    ):
        response = coordinator.post(where, {**told, **wrong})
        assert response.status_code == 422, wrong
        assert sentence in response.content.decode(), wrong
    assert PlatformPrice.objects.count() == 6
    assert coordinator.post(where, told).status_code == 302
    made = PlatformPrice.objects.get(part="Vuosimaksu")
    assert (str(made.rate), made.currency) == ("1200.500000", "EUR")
    end = f"{BASE}rows/{made.pk}/end/"
    assert coordinator.post(end, {"valid_to": "2021-01-01"}).status_code == 422
    assert coordinator.get(end).status_code == 200
    assert coordinator.post(end, {"valid_to": "2022-12-31"}).status_code == 302
    gone = coordinator.post(f"{BASE}rows/{made.pk}/withdraw/", {"why": "Väärä rivi"})
    assert gone.status_code == 302
    assert "Väärä rivi" in coordinator.get(where).content.decode()


def test_vat_and_exchange_rates_are_kept_by_hand(coordinator: Client) -> None:
    assert "25.5" in page(coordinator, "vat/")
    told = {"content": "press", "percent": "12,5 %", "valid_from": "2027-01-01", "source": "laki"}
    assert coordinator.post(f"{BASE}vat/", told).status_code == 302
    assert "begins on" in coordinator.post(f"{BASE}vat/", told).content.decode()
    assert VatRate.objects.filter(content="press").count() == 2
    assert coordinator.post(f"{BASE}vat/load/").status_code == 302
    rate = {"currency": "SEK", "day": "2022-01-03", "rate": "0,0975", "source": "Suomen Pankki"}
    assert coordinator.post(f"{BASE}exchange/", rate).status_code == 302
    assert "already recorded" in coordinator.post(f"{BASE}exchange/", rate).content.decode()
    assert "Suomen Pankki" in page(coordinator, "exchange/")


def test_renewals_show_the_price_now_and_the_offers(coordinator: Client) -> None:
    html = page(coordinator, "renewals/")
    for seen in ("30.11.2022", "Esimerkkilehdet (ESIMERKKI)", "€18,150.00", "29.9.2023"):
        assert seen in html, seen
    assert "29.9.2023" not in page(coordinator, "renewals/?days=90")


def test_directors_read_prices_but_write_none_and_library_staff_see_nothing(coordinator: Client) -> None:
    director, staff = person("director"), person("library-staff")
    where = f"agreements/{pk('ESIMERKKI/21/2021')}/"
    for path in ("", "services/esimerkkikirjat/", "renewals/", "vat/", "exchange/", where):
        assert director.get(BASE + path).status_code == 200, path
        assert staff.get(BASE + path).status_code == 403, path
    row = PlatformPrice.objects.earliest("pk").pk
    for path in (where, f"rows/{row}/withdraw/", f"rows/{row}/end/", "vat/", "vat/load/", "exchange/"):
        told = {"why": "x", "valid_to": "2022-12-01"}
        assert director.post(BASE + path, told).status_code == 403, path
    assert "Record the price" not in director.get(BASE + where).content.decode()
