"""Programs read vendors' invoices, grants and use as the pages show them."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from django.test import Client
from tests.doors.api.test_reading import BASE, answer, reading

from kimppa.commons.usage.services import AccessMetric, count_access
from kimppa.consortium.budgets.purchases import Told, receive
from kimppa.foundation.accounts.actors import Operator
from kimppa.foundation.core import clock
from kimppa.foundation.core.money import Cents

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("region_2022")]
NOW = datetime(2022, 11, 15, 10, tzinfo=UTC)


def test_use_is_the_hubs_own_by_municipality_and_a_far_year_has_none() -> None:
    for _ in range(3):
        count_access(
            platform="ellibs", unit_code="742", metric=AccessMetric.SIGN_INS, kind="oidc", now=clock.now()
        )
    count_access(platform="ellibs", unit_code="", metric=AccessMetric.OPENS, kind="oidc", now=clock.now())
    year = clock.today().year
    told = answer(reading("coordinator"), f"/use/{year}")
    assert told["items"] == [
        {"platform": "ellibs", "code": "", "sign_ins": 0, "opens": 1},
        {"platform": "ellibs", "code": "742", "sign_ins": 3, "opens": 0},
    ]
    assert answer(reading("coordinator"), "/use/999999")["items"] == []
    assert reading("library-staff").get(f"{BASE}/use/{year}").status_code == 403


def test_purchases_are_told_to_the_cent_and_strangers_see_none() -> None:
    amounts = Cents(1000_00), Cents(100_00), Cents(1100_00)
    told = Told("Kirjamyyjä Oy (ESIMERKKI)", "17", date(2022, 11, 3), *amounts)
    made = receive(by=Operator("test"), told=told, upload=None, now=NOW)
    client = reading("finance")
    (one,) = answer(client, "/purchases", year="2022")["items"]
    assert (one["id"], one["number"], one["state"]) == (made, "17", "received")
    assert (one["net_cents"], one["vat_cents"], one["cost_cents"]) == (1000_00, 100_00, 1100_00)
    assert answer(client, "/purchases", year="2001")["items"] == []
    assert Client().get(f"{BASE}/purchases").status_code == 401
    assert client.get(f"{BASE}/purchases?format=csv").content.decode("utf-8-sig").startswith("id,vendor")
