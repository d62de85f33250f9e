"""Sums shared, differences and payers through the door."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from tests.doors.backoffice.test_money_pages import DECISION, page, person

from kimppa.commons.members.models import Kimppa, KimppaHost, KimppaMembership, LegalParty, Municipality
from kimppa.consortium.budgets.models import CostShare, LevyRevision
from kimppa.consortium.invoicing import payer_queries
from kimppa.consortium.invoicing.models import Invoice, PayerOf, Seller

pytestmark = pytest.mark.django_db

SUM = {
    "cost_class": "other",
    "title_fi": "Rajapinnan muutos",
    "amount": "10 000,00",
    "stage": "whole",
    "reference_date": "2020-12-31",
    "by_population": "100",
    "by_equal": "0",
    "by_use": "0",
    "payer": "members",
    "body": "directors-days",
    "decided_on": "2022-11-10",
    "diary_number": "ESIMERKKI/20/2022",
    "decision_fi": "Rajapinnan muutos jaetaan",
}


@pytest.fixture
def coordinator(money_2022: None) -> Client:
    return person("coordinator")


@pytest.fixture
def kimppa(money_2022: None) -> Kimppa:
    """An invented kimppa of Oulu, Kempele and Liminka, hosted by Oulu."""
    made = Kimppa.objects.create(slug="ykkonen", name_fi="Ykkönen")
    for code in ("564", "244", "425"):
        KimppaMembership.objects.create(kimppa=made, municipality=Municipality.objects.get(code=code))
    KimppaHost.objects.create(kimppa=made, municipality=Municipality.objects.get(code="564"))
    return made


def test_a_sum_is_previewed_and_then_shared_to_the_cent(coordinator: Client) -> None:
    before = LevyRevision.objects.count()
    html = page(coordinator, "2022/levy/?" + "&".join(f"{k}={v}" for k, v in SUM.items()))
    assert "€10,000.00" in html
    assert "59 rows" in html
    assert LevyRevision.objects.count() == before
    response = coordinator.post("/en/backoffice/money/2022/levy/", SUM)
    assert response.status_code == 302
    made = LevyRevision.objects.get(decision__diary_number="ESIMERKKI/20/2022")
    assert sum(made.shares.values_list("share_cents", flat=True)) == 1_000_000
    assert response["Location"] == f"/en/backoffice/money/levies/{made.pk}/"


def test_a_kimppas_cost_is_paid_by_its_host_and_its_page_says_how(
    coordinator: Client, kimppa: Kimppa
) -> None:
    asked = SUM | {"kimppas": "ykkonen", "payer": "host", "by_population": "40", "by_equal": "60"}
    coordinator.post("/en/backoffice/money/2022/levy/", asked)
    share = CostShare.objects.get(revision__decision__diary_number="ESIMERKKI/20/2022")
    assert (share.municipality.code, share.share_cents) == ("564", 1_000_000)
    html = page(coordinator, f"shares/{share.pk}/")
    for seen in ("Ykkönen (Oulu)", "Key equal parts, weight 60.0 %", "It has not been charged yet"):
        assert seen in html, seen
    levied = page(coordinator, f"levies/{share.revision_id}/")
    for seen in ("Residents 40 %, Equal parts 60 %", "The kimppa&#x27;s host city", "Ykkönen"):
        assert seen in levied, seen


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"amount": "kymppitonni"}, "is not an amount of money"),
        ({"title_fi": ""}, ""),
        ({"by_use": "10"}, "needs the service and the months"),
        ({"decided_on": "2023-01-01"}, "The day has not come yet"),
        ({"greatest": "1,00"}, "cannot be shared: they allow from 0.00 € to 59.00 €"),
        ({"flat": "500"}, "The flat sums alone make 29,500.00 €"),
        ({"by_population": "0"}, "give at least one key"),
    ],
)
def test_a_sum_that_cannot_be_shared_is_answered_with_a_sentence_and_nothing_is_written(
    coordinator: Client, change: dict[str, str], said: str
) -> None:
    before = LevyRevision.objects.count()
    response = coordinator.post("/en/backoffice/money/2022/levy/", SUM | change)
    assert response.status_code == 422
    assert said in response.content.decode()
    assert LevyRevision.objects.count() == before


def test_a_new_rate_is_charged_as_a_difference_after_its_preview(coordinator: Client) -> None:
    coordinator.post("/en/backoffice/money/2023/decide/", DECISION)
    first = LevyRevision.objects.get(levy__year__year=2023)
    coordinator.post(f"/en/backoffice/money/levies/{first.pk}/issue/", {"issued_on": "2022-11-15"})
    newer = DECISION | {
        "rate": "0,80",
        "diary_number": "ESIMERKKI/10/2022",
        "supersedes": str(first.decision_id),
    }
    coordinator.post("/en/backoffice/money/2023/decide/", newer)
    second = LevyRevision.objects.get(levy__year__year=2023, number=2)
    asked = page(coordinator, f"levies/{second.pk}/issue/")
    assert "Charge the difference" in asked
    assert "Issue 57 invoices" not in asked
    refused = coordinator.post(f"/en/backoffice/money/levies/{second.pk}/issue/", {"issued_on": "2022-11-15"})
    assert refused.status_code == 409
    seen = page(coordinator, f"levies/{second.pk}/issue/?difference=on")
    assert "Only the difference from what was charged before" in seen
    made = coordinator.post(
        f"/en/backoffice/money/levies/{second.pk}/issue/", {"issued_on": "2022-11-15", "difference": "on"}
    )
    assert made.status_code == 302
    line = Invoice.objects.filter(year=2023, lines__share__revision=second).first()
    assert line is not None
    html = page(coordinator, f"invoices/{line.pk}/")
    assert re.search(r"siitä on veloitettu aiemmin|has been charged before", html)


def test_a_maintenance_rate_is_decided_beside_that_of_content(coordinator: Client) -> None:
    assert "Maintenance" in page(coordinator, "2023/decide/?maintenance")
    said = DECISION | {"cost_class": "maintenance", "rate": "0,05", "stage": "advance", "months": "6"}
    assert coordinator.post("/en/backoffice/money/2023/decide/", said).status_code == 302
    made = LevyRevision.objects.get(levy__year__year=2023)
    assert (made.levy.cost_class, made.stage, made.months) == ("maintenance", "advance", 6)


def test_a_payer_is_changed_from_a_day_on_and_a_joint_library_can_be_one(coordinator: Client) -> None:
    seller = str(Seller.objects.order_by("pk")[0].pk)
    said = {
        "name": "Esimerkin yhteiskirjasto",
        "language": "sv",
        "seller": seller,
        "valid_from": "2022-12-01",
        "town": "Esimerkkilä",
    }
    assert "Alavieska" in page(coordinator, "payers/009/")
    response = coordinator.post("/en/backoffice/money/payers/009/", said)
    assert response.status_code == 302, response.content.decode()
    made = PayerOf.objects.get(municipality__code="009", valid_to__isnull=True)
    assert (made.payer.party.name, made.payer.language) == ("Esimerkin yhteiskirjasto", "sv")
    ended = PayerOf.objects.get(municipality__code="009", valid_to__isnull=False)
    assert str(ended.valid_to) == "2022-11-30"
    wrong = coordinator.post("/en/backoffice/money/payers/009/", said | {"business_id": "1234567-2"})
    assert wrong.status_code == 422
    assert LegalParty.objects.filter(name="Esimerkin yhteiskirjasto").count() == 1
    assert len([row for row in payer_queries.payers() if row.code == "009"]) == 2


def test_the_host_of_a_kimppa_is_changed_on_its_page(coordinator: Client, kimppa: Kimppa) -> None:
    response = coordinator.post(
        "/en/backoffice/money/hosts/ykkonen/", {"code": "244", "valid_from": "2022-12-01"}
    )
    assert response.status_code == 302
    assert KimppaHost.objects.get(valid_to__isnull=True).municipality.code == "244"


def test_one_who_may_not_decide_or_edit_payers_is_shown_no_form(money_2022: None) -> None:
    director = person("director", "municipality", "009")
    for path in ("2022/levy/", "payers/009/", "hosts/ykkonen/"):
        page(director, path, 403)
    mine = CostShare.objects.get(municipality__code="009", revision__levy__year__year=2022)
    other = CostShare.objects.get(municipality__code="564", revision__levy__year__year=2022)
    assert "1,887.75" in page(director, f"shares/{mine.pk}/")
    page(director, f"shares/{other.pk}/", 404)
