"""Mandates through the door: the day's answer, recording, ending, and who may not."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.test import Client
from tests.consortium.conftest import BY, NOW, load_region
from tests.doors.backoffice.test_money_pages import person

from kimppa.commons.members.models import LegalParty
from kimppa.consortium.agreements.models import Agreement, Mandate
from kimppa.doors.console.demo import money
from kimppa.foundation.core import clock

pytestmark = pytest.mark.django_db
BASE = "/en/backoffice/agreements/"


@pytest.fixture
def coordinator(db: None) -> Client:
    load_region()
    money.issue_2022(by=BY)
    clock.set_offset(NOW - clock.real_now() + timedelta(seconds=1))
    return person("coordinator")


def form(**changes: object) -> dict[str, object]:
    rovaniemi = LegalParty.objects.get(municipality__code="698").pk
    agreement = Agreement.objects.get(diary_number=money.AGREEMENT).pk
    return {
        "everybody": "on",
        "holder": str(rovaniemi),
        "purposes": ["sign"],
        "paper": f"agreement:{agreement}",
        "clause": "2 §",
        "valid_from": "2022-01-01",
        "valid_to": "",
    } | changes


def test_everybodys_mandate_is_recorded_once_and_seen_at_once(coordinator: Client) -> None:
    assert coordinator.post(f"{BASE}mandates/new/", form()).status_code == 302
    again = coordinator.post(f"{BASE}mandates/new/", form())
    assert again.status_code == 422
    assert "has already given" in again.content.decode()
    assert Mandate.objects.count() == 58
    html = coordinator.get(f"{BASE}bound/?on=2022-06-01").content.decode()
    for seen in ("Utsjoki", "Bound by a mandate", "ESIMERKKI/1/2021", "58"):
        assert seen in html, seen
    lines = coordinator.get(f"{BASE}bound/?on=2021-06-01&export=csv").content.decode("utf-8-sig").splitlines()
    assert len(lines) == 60
    assert sum("begins later" in line for line in lines) == 58


def test_a_mandate_ends_on_its_page(coordinator: Client) -> None:
    coordinator.post(f"{BASE}mandates/new/", form())
    one = Mandate.objects.order_by("pk").first()
    assert one is not None
    path = f"{BASE}mandates/{one.pk}/end/"
    assert coordinator.get(path).status_code == 200
    assert coordinator.post(path, {"valid_to": "2021-12-31"}).status_code == 422
    assert coordinator.post(path, {"valid_to": "2022-12-31"}).status_code == 302
    one.refresh_from_db()
    assert one.valid_to == date(2022, 12, 31)
    assert coordinator.get(f"{BASE}mandates/999999/end/").status_code == 404


@pytest.mark.parametrize("role", ["director", "finance", "library-staff"])
def test_who_may_not_records_nothing(coordinator: Client, role: str) -> None:
    client = person(role)
    assert client.post(f"{BASE}mandates/new/", form()).status_code == 403
    assert not Mandate.objects.exists()
    assert client.get(f"{BASE}bound/").status_code == (403 if role == "library-staff" else 200)
