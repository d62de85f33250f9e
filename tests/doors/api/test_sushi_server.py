"""Our own SUSHI 5.1 server: what it tells is read back by readers, its errors are the standard's."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from tests.consortium.governance.conftest import user
from tests.doors.api.conftest import token_of
from tests.north import load_places

from kimppa.commons.usage import services as usage
from kimppa.elibrary.catalog.models import Publication
from kimppa.elibrary.circulation.services import title_key
from kimppa.foundation.accounts.actors import Operator
from kimppa.foundation.core import clock
from kimppa.foundation.protocols.counter import reading

pytestmark = pytest.mark.django_db
NOW = datetime(2022, 11, 15, 10, tzinfo=UTC)
BASE = "/api/sushi/r51"
YEAR = {"begin_date": "2022-01", "end_date": "2022-10"}
# Municipality, kind, title, month → loans.
LOANS = [
    ("742", "ebook", "A", 3, 4),
    ("890", "ebook", "A", 3, 2),
    ("742", "audiobook", "B", 5, 3),
    ("", "ebook", "gone", 5, 1),
]


@pytest.fixture
def key() -> str:
    cache.clear()
    load_places(Operator("test"), NOW)
    clock.set_offset(NOW - clock.real_now())
    for name, kind in (("A", "ebook"), ("B", "audiobook")):
        identifier = "urn:isbn:9789510000003" if name == "A" else "urn:uuid:b"
        Publication.objects.create(
            identifier=identifier, title=f"Teos {name}", kind=kind, year=2020, created=NOW, modified=NOW
        )
    known = {one.title[-1]: title_key(one) for one in Publication.objects.all()}
    for code, kind, title, month, times in LOANS:
        for _ in range(times):
            usage.count_loan(
                unit_code=code,
                kind=kind,
                title_key=known.get(title, "f" * 64),
                now=datetime(2022, month, 10, 12, tzinfo=UTC),
            )
    return token_of(user("Kaisa", "coordinator"))


def asked(path: str, key: str, **query: str) -> tuple[int, Any]:
    answer = Client().get(f"{BASE}/{path}", {"api_key": key, "customer_id": "kimppa", **query})
    return answer.status_code, json.loads(answer.content)


def read(path: str, key: str, **query: str) -> reading.Report:
    answer = Client().get(f"{BASE}/{path}", {"api_key": key, "customer_id": "kimppa", **YEAR, **query})
    assert answer.status_code == 200, answer.content
    return reading.read(answer.content, customer=query.get("customer_id", "kimppa")).finish()


@pytest.mark.parametrize(
    ("name", "totals"),
    [
        ("pr", {"Total_Item_Requests": 10, "Unique_Item_Requests": 10, "Unique_Title_Requests": 7}),
        ("pr_p1", {"Total_Item_Requests": 10, "Unique_Item_Requests": 10, "Unique_Title_Requests": 7}),
        ("tr", {"Total_Item_Requests": 7, "Unique_Item_Requests": 7, "Unique_Title_Requests": 6}),
        ("TR_B1", {"Total_Item_Requests": 6, "Unique_Title_Requests": 6}),
        ("ir", {"Total_Item_Requests": 3, "Unique_Item_Requests": 3}),
        ("ir_m1", {"Total_Item_Requests": 3, "Unique_Item_Requests": 3}),
    ],
)
def test_every_report_is_read_back_with_its_loans_and_nothing_to_say(
    key: str, name: str, totals: dict[str, int]
) -> None:
    found = read(f"reports/{name}", key)
    assert (found.usable, found.release, found.id) == (True, "5.1", name.upper())
    assert found.totals == totals
    assert [one.code for one in found.problems if one.level.word not in {"notice"}] == []


def test_a_member_is_told_its_own_residents_loans_and_never_titles(key: str) -> None:
    assert read("reports/pr", key, customer_id="742").totals["Total_Item_Requests"] == 7
    assert read("reports/pr", key, customer_id="890").totals["Total_Item_Requests"] == 2
    status, told = asked("reports", key, customer_id="742")
    assert (status, [one["Report_ID"] for one in told]) == (200, ["PR", "PR_P1"])
    status, told = asked("reports/tr", key, customer_id="742", **YEAR)
    assert (status, told["Code"]) == (404, 3000)
    everybody = [one["Report_ID"] for one in asked("reports", key)[1]]
    assert everybody == ["PR", "PR_P1", "TR", "TR_B1", "IR", "IR_M1"]


def test_status_and_members_are_lists(key: str) -> None:
    assert asked("status", key)[1][0]["Service_Active"] is True
    members = asked("members", key)[1]
    assert members[0]["Customer_ID"] == "kimppa"
    assert {"742", "890"} <= {one["Customer_ID"] for one in members}


def test_a_month_that_goes_on_is_not_ready_and_a_month_without_loans_is_zero(key: str) -> None:
    told = asked("reports/pr", key, begin_date="2022-03", end_date="2022-11")[1]
    assert [one["Code"] for one in told["Report_Header"]["Exceptions"]] == [3031]
    assert told["Report_Items"][0]["Attribute_Performance"][0]["Performance"]["Total_Item_Requests"] == {
        "2022-03": 6,
        "2022-05": 1,
    }
    told = asked("reports/tr", key, begin_date="2022-01-01", end_date="2022-01-31")[1]
    assert ([one["Code"] for one in told["Report_Header"]["Exceptions"]], told["Report_Items"]) == (
        [3030],
        [],
    )
    told = asked("reports/tr", key, begin_date="2022-11", end_date="2022-12")[1]
    assert [one["Code"] for one in told["Report_Header"]["Exceptions"]] == [3031]


def test_a_parameter_that_changes_nothing_is_said(key: str) -> None:
    told = asked("reports/tr", key, **YEAR, yop="2020")[1]
    assert told["Report_Header"]["Exceptions"] == [
        {"Code": 3050, "Message": "Parameter not recognized in this context", "Data": "yop"}
    ]


@pytest.mark.parametrize(
    ("path", "query", "status", "code"),
    [
        ("reports/pr", {"begin_date": "2022-01"}, 400, 1030),
        ("reports/pr", {**YEAR, "customer_id": ""}, 400, 1030),
        ("reports/pr", {**YEAR, "customer_id": "999"}, 403, 2010),
        ("reports/pr", {**YEAR, "customer_id": "74²"}, 403, 2010),
        ("reports/pr", {"begin_date": "2022-10", "end_date": "2022-01"}, 400, 3020),
        ("reports/pr", {"begin_date": "2022-02-31", "end_date": "2022-03"}, 400, 3020),
        ("reports/pr", {"begin_date": "0000-01", "end_date": "9999-12"}, 400, 3020),
        ("reports/pr", {"begin_date": "1990-01", "end_date": "2022-03"}, 400, 3020),
        ("reports/dr", YEAR, 404, 3000),
        ("reports/pr", {**YEAR, "api_key": "kimppa_wrong"}, 401, 2020),
        ("reports/pr", {**YEAR, "api_key": ""}, 400, 1030),
        ("status", {"api_key": "x"}, 401, 2020),
    ],
)
def test_what_is_asked_wrongly_is_answered_by_the_standards_codes(
    key: str, path: str, query: dict[str, str], status: int, code: int
) -> None:
    answered, told = asked(path, key, **query)
    assert (answered, told["Code"]) == (status, code)
    assert set(told) <= {"Code", "Message", "Data"}


def test_only_reading_is_known_and_nothing_is_kept_on_the_way(key: str) -> None:
    assert Client().post(f"{BASE}/status").status_code == 405
    answer = Client(headers={"Authorization": f"Bearer {key}"}).get(f"{BASE}/status")
    assert (answer.status_code, answer["Cache-Control"]) == (200, "no-store")
