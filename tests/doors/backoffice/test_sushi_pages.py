"""Fetching from vendors on its pages: an account, its test, its months, what went wrong; no secret again."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from django.test import Client
from tests.commons.usage.sushi_world import MONTH, NOW, Line, answer, define, only, report
from tests.consortium.conftest import BY, load_region
from tests.consortium.conftest import NOW as PRICED
from tests.consortium.governance.conftest import user
from tests.counterparts.vendor import CREDENTIALS, Asked, Said, Vendor, exception, vendor
from tests.north import load_places

from kimppa.commons.usage.models import Batch
from kimppa.commons.usage.sushi_models import Attempt, Intention, SushiAccount
from kimppa.consortium.agreements import suppliers
from kimppa.doors.console.demo import eservices, governance, money, prices
from kimppa.foundation.accounts.actors import Operator
from kimppa.foundation.accounts.models import AuditEntry
from kimppa.foundation.core import clock

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(hours=1)  # the server has rested, and the clock of the pages has gone on
PAGES = "/en/backoffice/use/vendors/"


@pytest.fixture
def here() -> Iterator[Vendor]:
    with vendor() as made:
        yield made


@pytest.fixture
def office() -> Client:
    load_places(Operator("test"), NOW)
    clock.set_offset(NOW - clock.real_now())
    client = Client()
    client.force_login(user("Kaisa", "coordinator"))
    return client


def typed(here: Vendor, **more: object) -> dict[str, object]:
    return {
        "service": "ellibs",
        "base": here.base,
        "release": "5.1",
        "reports": ["TR", "PR"],
        "unit": "consortium:",
        "owner_email": "kaisa@example.org",
        "owner_language": "sv",
        "private": "on",
        **CREDENTIALS,
        **more,
    }


def test_an_account_is_made_tested_and_fetched_without_showing_its_secrets_again(
    office: Client, here: Vendor
) -> None:
    define(here, unit_kind="municipality", unit_code="742")  # another one of the same service
    made = office.post(f"{PAGES}add/", typed(here))
    account = SushiAccount.objects.latest("pk")
    assert (made.status_code, made["Location"]) == (302, f"{PAGES}{account.pk}/")
    assert account.reports == ["PR", "TR"]

    def says(asked: Asked) -> Said:
        if asked.path.endswith("/status"):
            return Said(200, b'[{"Description":"COUNTER API","Service_Active":true}]')
        return Said(200, b'[{"Report_ID":"TR","Report_Name":"Title Report","Release":"5.1"}]')

    here.says = says
    page = office.post(f"{PAGES}{account.pk}/try/")
    text = page.content.decode()
    assert page.status_code == 200
    assert "COUNTER API" in text
    assert "Chosen here but not offered:" in text
    assert [one.path for one in here.asked] == ["/sushi/r51/status", "/sushi/r51/reports"]
    assert not Batch.objects.exists()
    office.post(f"{PAGES}{account.pk}/do/", {"do": "backfill", "months": "24"})
    assert Intention.objects.filter(account=account).count() == 48
    shown = [
        PAGES,
        f"{PAGES}{account.pk}/",
        f"{PAGES}{account.pk}/edit/",
        f"{PAGES}{account.pk}/credentials/",
    ]
    for address in shown:
        answered = office.get(address)
        assert answered.status_code == 200, address
        for secret in (CREDENTIALS["api_key"], CREDENTIALS["requestor_id"], "avain", "pyyt"):
            assert secret not in answered.content.decode(), (address, secret)


def test_a_mistaken_form_gives_no_secret_back(office: Client, here: Vendor) -> None:
    define(here, unit_kind="municipality", unit_code="742")
    page = office.post(f"{PAGES}add/", typed(here, owner_email="nobody"))
    assert page.status_code == 422
    assert "avain" not in page.content.decode()
    assert "pyyt" not in page.content.decode()


def test_refused_credentials_are_explained_with_a_next_step_and_mended(office: Client, here: Vendor) -> None:
    account = define(here)
    only(account, MONTH, date(2025, 10, 1))
    here.says = lambda asked: exception(2010, 403)
    Line().run()
    page = office.get(f"{PAGES}{account}/").content.decode()
    assert "These credentials may not see this customer&#x27;s reports." in page
    assert "vastuu@example.org" in page
    assert "Credentials not accepted" in office.get(PAGES).content.decode()
    done = office.post(f"{PAGES}{account}/credentials/", CREDENTIALS)
    assert done.status_code == 302
    here.says = answer(report)
    assert Line(LATER).run() == 2
    assert "In order" in office.get(PAGES).content.decode()


def test_a_month_tells_each_attempt_and_its_raw_answer_can_be_saved(office: Client, here: Vendor) -> None:
    account = define(here)
    only(account, MONTH)
    body = b"<html>Huoltokatko</html>"
    here.says = lambda asked: Said(200, body)
    Line().run()
    month = Intention.objects.get()
    page = office.get(f"{PAGES}months/{month.pk}/").content.decode()
    assert "Cannot be read" in page
    assert "The answer is no report that can be used." in page
    saved = office.get(f"{PAGES}answers/{Attempt.objects.get().pk}/")
    assert b"".join(saved.streaming_content) == body
    assert saved["Content-Disposition"].startswith("attachment")
    here.says = answer(report())
    office.post(f"{PAGES}months/{month.pk}/", {"do": "again"})
    assert Line(LATER).run() == 1
    page = office.get(f"{PAGES}months/{month.pk}/").content.decode()
    assert f"/en/backoffice/use/deliveries/{Batch.objects.get().pk}/" in page
    assert office.get(f"{PAGES}{account}/").content.decode().count("Stored") >= 1


def test_a_doubtful_report_waits_for_a_person_who_confirms_it(office: Client, here: Vendor) -> None:
    account = define(here)
    only(account, MONTH)
    here.says = answer(report())
    Line().run()
    other = report(month="2025-10").replace(
        b'"Institution_Name": "Kirjasto"', b'"Institution_Name": "Toinen"'
    )
    here.says = answer(other)
    only(account, date(2025, 10, 1))
    Line(LATER).run()
    month = Intention.objects.get(month=date(2025, 10, 1))
    assert (month.state, month.not_before, Batch.objects.count()) == ("doubtful", None, 1)
    page = office.get(f"{PAGES}months/{month.pk}/").content.decode()
    assert "Toinen" in page
    office.post(f"{PAGES}months/{month.pk}/", {"do": "confirm"})
    month.refresh_from_db()
    assert (month.state, Batch.objects.count()) == ("stored", 2)
    assert AuditEntry.objects.filter(act="usage.confirm_sushi").count() == 1
    again = office.post(f"{PAGES}months/{month.pk}/", {"do": "confirm"}, follow=True)
    assert "does not wait for an answer" in again.content.decode()
    assert Batch.objects.count() == 2


def test_a_vendors_page_tells_what_it_told_and_what_is_missing(here: Vendor) -> None:
    load_region()
    money.issue_2022(by=BY)
    governance.load(by=BY, now=PRICED)
    eservices.load(by=BY, now=PRICED)
    prices.load(by=BY, now=PRICED)
    clock.set_offset(NOW - clock.real_now())
    office = Client()
    office.force_login(user("Kaisa", "coordinator"))
    found = next(row for row in suppliers.suppliers() if row.platforms)
    account = define(here, platform=found.platforms[0])
    only(account, MONTH)
    here.says = answer(report())
    assert Line(LATER).run() == 1
    assert found.name in office.get("/en/backoffice/use/suppliers/").content.decode()
    page = office.get(f"/en/backoffice/use/suppliers/{found.id}/").content.decode()
    assert page.count(">Told</a>") == 1
    assert page.count('badge--bad">Missing') == 24 * len(found.platforms) - 1
    assert f"{PAGES}{account}/" in page
    assert office.get("/en/backoffice/use/suppliers/999999/").status_code == 404
