"""The scenario planner: nothing is written, the map and the table say the same, wrong words are told."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.test import Client
from tests.consortium.conftest import BY, NOW, load_region

from kimppa.commons.members.models import RoleAssignment
from kimppa.consortium.budgets import lines
from kimppa.consortium.budgets.lines import Said
from kimppa.consortium.budgets.models import CostShare, StandingRate
from kimppa.doors.console.demo import money
from kimppa.doors.web import charts
from kimppa.foundation.accounts.models import AuditEntry, User
from kimppa.foundation.core import clock
from kimppa.foundation.core.money import Cents

PAGE = "/en/backoffice/money/scenario/"
ASKED = {"content": "0.78", "maintenance": "0", "months": "12", "reference_date": "2021-12-31"}


@pytest.fixture
def director(db: None) -> Client:
    load_region()
    money.load(by=BY, now=NOW)
    clock.set_offset(NOW - clock.real_now() + timedelta(seconds=1))
    user = User.objects.create(
        email="d@x.example", name="D", is_demo=True, date_joined=datetime(2022, 1, 1, tzinfo=UTC)
    )
    RoleAssignment.objects.create(user=user, role="director", scope_kind="municipality", scope_code="742")
    client = Client()
    client.force_login(user)
    return client


def test_the_planner_begins_with_what_stands_now(director):
    html = director.get(PAGE).content.decode()
    assert 'value="0,75"' in html
    assert "Every municipality" not in html


def test_a_rate_shows_every_change_as_table_map_and_bars_and_writes_nothing(director):
    before = (CostShare.objects.count(), StandingRate.objects.count(), AuditEntry.objects.count())
    html = director.get(PAGE, ASKED).content.decode()
    assert "€517,414.56" in html
    assert "€20,795.31" in html
    assert html.count('class="tile tile--') == 59
    assert "<title>Savukoski: +4.0 %</title>" in html
    assert "59 rows" in html
    assert (CostShare.objects.count(), StandingRate.objects.count(), AuditEntry.objects.count()) == before


def test_the_table_leaves_as_a_spreadsheet_and_as_csv(director):
    text = director.get(PAGE, ASKED | {"export": "csv"}).content.decode("utf-8-sig")
    assert len(text.splitlines()) == 60
    assert director.get(PAGE, ASKED | {"export": "xlsx"}).content[:2] == b"PK"


def test_leaving_and_shared_sums_are_tried_out(director):
    asked = ASKED | {"without": ["564"], "name1": "Films", "sum1": "1000,00", "content": "0"}
    html = director.get(PAGE, asked).content.decode()
    assert "€1,000.00" in html
    assert "453,801" in html  # 663,352 less Oulu's 209,551


@pytest.mark.parametrize(
    ("field", "value"),
    [("content", "-1"), ("content", "x"), ("maintenance", "0,1234567"), ("months", "13"), ("sum1", "abc")],
)
def test_what_cannot_be_reckoned_is_said_and_nothing_is_shown(director, field, value):
    response = director.get(PAGE, ASKED | {field: value})
    assert response.status_code == 422
    assert "tile-map" not in response.content.decode()


def test_every_municipality_has_its_own_square_on_both_maps():
    north, finland = charts.places("north"), charts.places("finland")
    assert (len(north), len(set(north.values()))) == (59, 59)
    assert (len(finland), len(set(finland.values()))) == (309, 309)
    assert charts.map_for(["564", "742"]) == "north"
    assert charts.map_for(["564", "091"]) == "finland"
    assert north["890"][1] < north["698"][1] < north["564"][1]


def test_shades_go_by_thirds_of_the_largest_change():
    found = charts.shades(
        {"a": Decimal(9), "b": Decimal("-3.1"), "c": Decimal(0), "d": None, "e": Decimal(2)}
    )
    assert found == {"a": 3, "b": -2, "c": 0, "d": None, "e": 1}


def test_ten_services_are_tried_out_at_once(director):
    sums = {f"name{n}": f"Palvelu {n}" for n in range(1, 11)} | {f"sum{n}": "1000" for n in range(1, 11)}
    html = director.get(PAGE, ASKED | {"content": "0"} | sums).content.decode()
    assert "€10,000.00" in html


def test_the_planner_can_begin_with_a_budget_by_service(director):
    version = lines.begin_version(by=BY, year=2022, now=NOW)
    lines.put_line(by=BY, version=version, said=Said("Elokuvat", Cents(1_234_500)), line=None, now=NOW)
    html = director.get(PAGE, {"budget": "2022"}).content.decode()
    assert 'value="Elokuvat"' in html
    assert "12\u202f345,00" in html
    assert director.get(PAGE, {"budget": "x"}).status_code == 200
    assert director.get(PAGE, {"budget": "2031"}).status_code == 200
