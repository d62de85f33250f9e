"""The interface for programs: the same roles and scopes as the pages, a document that tells the truth."""

from __future__ import annotations

import csv
import io
import json
import logging
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator
from tests.consortium.conftest import NOW
from tests.doors.api.conftest import PEOPLE, person, reading, token_of

from kimppa.commons.members.models import RoleAssignment
from kimppa.commons.members.roles import TABLE, Act, Role
from kimppa.consortium.agreements.models import Agreement
from kimppa.consortium.budgets.models import CostShare, LevyRevision
from kimppa.consortium.governance.models import Decision
from kimppa.consortium.invoicing.models import Invoice
from kimppa.doors.api import access
from kimppa.doors.api.interface import document
from kimppa.foundation.accounts.models import ApiToken, AuditEntry, User
from kimppa.foundation.core import clock

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("region_2022")]
BASE = "/api/v1"
# Every address that needs no number, and the act that opens it. One missing here fails a test.
ACTS: dict[str, Act] = {
    "/members": Act.SEE_MEMBERS,
    "/populations": Act.SEE_MEMBERS,
    "/kimppas": Act.SEE_MEMBERS,
    "/areas": Act.SEE_MEMBERS,
    "/platforms": Act.SEE_PLATFORMS,
    "/decisions": Act.SEE_AGREEMENTS,
    "/decisions/{decision}": Act.SEE_AGREEMENTS,
    "/meetings": Act.TAKE_PART,
    "/meetings/{meeting}": Act.TAKE_PART,
    "/agreements": Act.SEE_AGREEMENTS,
    "/agreements/{agreement}": Act.SEE_AGREEMENTS,
    "/deadlines": Act.SEE_AGREEMENTS,
    "/mandates/bound": Act.SEE_AGREEMENTS,
    "/prices": Act.SEE_AGREEMENTS,
    "/budgets/{year}": Act.SEE_BUDGET,
    "/purchases": Act.SEE_BUDGET,
    "/grants": Act.SEE_BUDGET,
    "/use/{year}": Act.SEE_USAGE,
    "/levies": Act.SEE_MONEY,
    "/levies/{revision}": Act.SEE_MONEY,
    "/levies/{revision}/shares": Act.SEE_MONEY,
    "/shares/{share}": Act.SEE_MONEY,
    "/invoices": Act.SEE_MONEY,
    "/invoices/{invoice}": Act.SEE_MONEY,
    "/invoices/{invoice}/explanation": Act.SEE_MONEY,
    "/internal-charges": Act.SEE_MONEY,
    "/payments": Act.SEE_MONEY,
    "/open-items": Act.SEE_MONEY,
    "/ageing": Act.SEE_MONEY,
    "/statements": Act.SEE_MONEY,
    "/statements/{code}/{year}": Act.SEE_MONEY,
}


def filled(path: str) -> str:
    """The address with numbers of the director's own municipality in it."""
    share = CostShare.objects.get(municipality__code="742")
    found = {
        "{decision}": Decision.objects.get().pk,
        "{agreement}": Agreement.objects.order_by("pk")[0].pk,
        "{revision}": LevyRevision.objects.get().pk,
        "{share}": share.pk,
        "{invoice}": Invoice.objects.get(lines__share=share).pk,
        "{code}": "742",
        "{year}": 2022,
        "{meeting}": 1,
    }
    for place, value in found.items():
        path = path.replace(place, str(value))
    return BASE + path


def answer(client: Client, path: str, **asked: str) -> dict[str, object]:
    response = client.get(path if path.startswith("/api") else BASE + path, asked)
    assert response.status_code == 200, (path, response.content[:300])
    told: dict[str, object] = response.json()
    return told


def test_the_document_is_openapi_3_1_and_every_address_has_its_act() -> None:
    made = document()
    assert made["openapi"].startswith("3.1")
    assert [str(e) for e in OpenAPIV31SpecValidator(made).iter_errors()] == []
    assert {path.removeprefix(BASE) for path in made["paths"]} == set(ACTS)
    assert all(set(path) == {"get"} for path in made["paths"].values())
    assert made["components"]["securitySchemes"]
    response = Client().get("/api/v1/openapi.json")
    assert response.json() == json.loads(json.dumps(made))


def test_every_answer_is_what_the_document_says() -> None:
    made, client = document(), reading("coordinator")
    seen = 0
    for path in ACTS:
        response = client.get(filled(path))
        operation = made["paths"][BASE + path]["get"]
        if response.status_code == 404:
            assert path in {"/meetings/{meeting}", "/budgets/{year}"}
            schema = {"$ref": "#/components/schemas/Problem"}
        else:
            assert response.status_code == 200, (path, response.content[:300])
            schema = operation["responses"]["200"]["content"]["application/json"]["schema"]
        whole = {**schema, "components": made["components"]}
        assert list(Draft202012Validator(whole).iter_errors(response.json())) == [], path
        seen += 1
    assert seen == len(ACTS)


@pytest.mark.parametrize("role", list(Role))
def test_each_role_reads_what_the_table_says_and_nothing_else(role: Role) -> None:
    client = reading(role.value)
    for path, act in ACTS.items():
        status = client.get(filled(path)).status_code
        if act not in TABLE[role]:
            assert (path, status) == (path, 403)
        else:
            assert (path, status in {200, 404}) == (path, True)
            assert status == 200 or path in {"/meetings/{meeting}", "/budgets/{year}"}


def test_a_director_sees_the_money_of_the_own_municipality_alone() -> None:
    client = reading("director")
    revision = LevyRevision.objects.get().pk
    shares = answer(client, f"/levies/{revision}/shares")
    assert [(one["code"], one["amount_cents"]) for one in shares["items"]] == [("742", 75_675)]
    assert [one["code"] for one in answer(client, "/statements")["items"]] == ["742"]
    assert len(answer(client, "/invoices")["items"]) == 1
    assert answer(client, "/internal-charges")["items"] == []
    assert len(answer(client, "/open-items")["items"]) == len(answer(client, "/ageing")["items"]) == 1
    other = CostShare.objects.get(municipality__code="148")
    invoice = Invoice.objects.get(lines__share=other).pk
    for path in (
        f"/shares/{other.pk}",
        f"/invoices/{invoice}",
        f"/invoices/{invoice}/explanation",
        "/statements/148/2022",
    ):
        response = client.get(BASE + path)
        assert (path, response.status_code) == (path, 404)
        assert response["Content-Type"] == "application/problem+json"
        assert "148" not in response.content.decode()
    for path in ("/statements", "/invoices", f"/levies/{revision}/shares"):
        assert answer(client, path, municipality="148")["items"] == []


def test_a_statement_is_whole_cents_and_decimal_texts() -> None:
    told = answer(reading("director"), "/statements/742/2022")
    assert told["sums"]["levied_cents"] == told["sums"]["invoiced_cents"] == 75_675
    (part,) = told["parts"]
    assert (part["share"]["residents"], part["share"]["rate"], part["exact_euros"]) == (
        1009,
        "0.75",
        "756.75",
    )
    assert part["levy"]["decision"] == "ESIMERKKI/12/2021"
    assert told["vouchers"][0]["open_cents"] == 75_675
    assert told["whole"]["total_cents"] == 49_661_925
    assert told["years"][0]["year"] == 2022


def test_sentences_come_in_the_language_asked_for() -> None:
    client = reading("director")
    for language, said in (("fi", "osuus vuodelta"), ("sv", "andelen för"), ("en", "the share of")):
        response = client.get(f"{BASE}/statements/742/2022", headers={"Accept-Language": language})
        assert said in response.json()["in_short"][0]


@pytest.mark.parametrize(
    "header", ["", "Bearer ", "Bearer kimppa_made-up", "Basic a2ltcHBh", "Bearer \u00e4"]
)
def test_without_a_token_that_is_valid_nothing_is_told(header: str) -> None:
    client = Client(headers={"Authorization": header} if header else {})
    for path in ACTS:
        response = client.get(filled(path))
        assert (path, response.status_code) == (path, 401)
    assert response["WWW-Authenticate"].startswith("Bearer")
    assert response.json()["code"] == "not-signed-in"


def test_a_revoked_an_expired_and_a_closed_persons_token_open_nothing() -> None:
    holder = person("coordinator")
    client = Client(headers={"Authorization": f"Bearer {token_of(holder)}"})
    assert client.get(f"{BASE}/members").status_code == 200
    ApiToken.objects.update(revoked=clock.real_now())
    assert client.get(f"{BASE}/members").status_code == 401
    now = clock.real_now()
    ApiToken.objects.update(revoked=None, created=now - timedelta(days=9), expires=now - timedelta(seconds=1))
    assert client.get(f"{BASE}/members").status_code == 401
    ApiToken.objects.update(expires=now + timedelta(days=1))
    assert client.get(f"{BASE}/members").status_code == 200
    User.objects.filter(pk=holder.pk).update(is_active=False)
    assert client.get(f"{BASE}/members").status_code == 401


def test_a_token_loses_what_its_person_loses_and_knows_when_it_was_used() -> None:
    client = reading("finance")
    assert client.get(f"{BASE}/invoices").status_code == 200
    assert ApiToken.objects.get().last_used is not None
    RoleAssignment.objects.update(valid_to=NOW.date() - timedelta(days=1))
    response = client.get(f"{BASE}/invoices")
    assert (response.status_code, response.json()["code"]) == (403, "not-yours")


def test_a_token_for_something_else_does_not_read() -> None:
    client = reading("coordinator")
    ApiToken.objects.update(scopes=["other"])
    assert client.get(f"{BASE}/members").json()["code"] == "token-scope-missing"


def test_the_session_of_the_back_office_reads_with_its_second_factor_only() -> None:
    client = Client()
    client.force_login(person("director"))
    assert client.get(f"{BASE}/members").status_code == 200
    User.objects.update(is_demo=False)
    assert client.get(f"{BASE}/members").status_code == 401


def test_pages_follow_one_another_without_gap_or_double() -> None:
    client, codes, cursor = reading("coordinator"), [], ""
    for _ in range(6):
        page = answer(client, "/members", limit="10", cursor=cursor)
        codes += [one["code"] for one in page["items"]]
        assert page["total"] == 59
        cursor = page["next"] or ""
    assert cursor == ""
    assert codes == sorted(set(codes))
    assert len(codes) == 59


@pytest.mark.parametrize(
    "query",
    ["limit=0", "limit=1001", "limit=x", "cursor=%C3%A4", "cursor=bm9uZQ", "on=2022-13-01", "format=pdf"],
)
def test_what_cannot_be_asked_is_told_as_a_problem(query: str) -> None:
    response = reading("coordinator").get(f"{BASE}/members?{query}")
    assert response.status_code == 422
    assert response["Content-Type"] == "application/problem+json"
    assert response.json()["code"] in {"asked-wrongly", "bad-cursor"}
    assert reading("coordinator").get(f"{BASE}/statements/742/99999").status_code == 422


def test_a_list_comes_as_csv_by_format_and_by_accept() -> None:
    client = reading("coordinator")
    revision = LevyRevision.objects.get().pk
    for response in (
        client.get(f"{BASE}/levies/{revision}/shares?format=csv"),
        client.get(f"{BASE}/levies/{revision}/shares", headers={"Accept": "text/csv"}),
    ):
        assert response["Content-Type"].startswith("text/csv")
        rows = list(csv.DictReader(io.StringIO(response.content.decode("utf-8-sig"))))
        assert len(rows) == 59
        assert sum(int(row["amount_cents"]) for row in rows) == 49_661_925
        assert rows[0]["rate"] == "0.75"
    browser = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
    assert client.get(f"{BASE}/members", headers=browser)["Content-Type"].startswith("application/json")


def test_an_answer_that_has_not_changed_is_not_sent_again() -> None:
    client = reading("coordinator")
    first = client.get(f"{BASE}/members")
    again = client.get(f"{BASE}/members", headers={"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert first["Cache-Control"] == "private, no-cache"
    assert "Authorization" in first["Vary"]
    other = Client(headers={"If-None-Match": first["ETag"]}).get(f"{BASE}/members")
    assert other.status_code == 401


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_nothing_but_reading_is_known(method: str) -> None:
    client = reading("coordinator")
    before = AuditEntry.objects.count()
    response = getattr(client, method)(f"{BASE}/members")
    assert (response.status_code, response.json()["code"]) == (405, "only-reading")
    assert AuditEntry.objects.count() == before


def test_what_is_not_there_is_a_problem_document() -> None:
    client = reading("coordinator")
    for path in ("/nothing", "/shares/999999", "/invoices/99999999999999999999", "/statements/999/2022"):
        response = client.get(BASE + path)
        assert (path, response.status_code) == (path, 404)
        assert response["Content-Type"] == "application/problem+json"


def test_too_many_requests_are_told_to_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    client = reading("coordinator")
    monkeypatch.setattr(access, "READS_A_MINUTE", 0)
    response = client.get(f"{BASE}/members")
    assert (response.status_code, response["Retry-After"]) == (429, "60")


def test_a_token_stands_in_no_log_and_no_audit_entry(caplog: pytest.LogCaptureFixture) -> None:
    token = token_of(person("coordinator"))
    client = Client(headers={"Authorization": f"Bearer {token}"})
    with caplog.at_level(logging.DEBUG):
        client.get(f"{BASE}/members")
        client.get(f"{BASE}/nothing")
        client.post(f"{BASE}/members")
    assert token not in caplog.text
    assert not any(token in json.dumps([e.before, e.after, e.label]) for e in AuditEntry.objects.all())
    assert token not in json.dumps(list(ApiToken.objects.values()), default=str)


@pytest.mark.parametrize("path", ["/levies/{revision}/shares", "/statements", "/invoices", "/open-items"])
def test_no_list_asks_once_a_row(path: str) -> None:
    client = reading("coordinator")
    client.get(filled(path))
    with CaptureQueriesContext(connection) as asked:
        response = client.get(filled(path), {"limit": "1000"})
    assert len(response.json()["items"]) >= 57
    assert len(asked) <= 14


def test_people_read_of_it_in_three_languages_without_scripts_from_elsewhere() -> None:
    for language, said in (("fi", "Ohjelmointirajapinta"), ("sv", "Gränssnitt"), ("en", "Interface")):
        page = Client().get(f"/{language}/api/").content.decode()
        assert said in page
        assert all(BASE + path in page for path in ACTS)
        assert '<script src="http' not in page
    assert Client().get("/api/").status_code == 302
    assert set(PEOPLE) == {role.value for role in Role}
