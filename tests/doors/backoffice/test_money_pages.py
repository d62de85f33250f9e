"""The year of money through the door: preview, act, nothing doubled, nobody sees what is not theirs."""

from __future__ import annotations

from datetime import UTC, date, datetime
from uuid import UUID

import pytest
from django.test import Client
from tests.consortium.conftest import NOW

from kimppa.commons.members.models import RoleAssignment
from kimppa.consortium.budgets.models import CostShare, LevyRevision, StandingRate
from kimppa.consortium.invoicing.models import InternalCharge, Invoice, Payment
from kimppa.foundation.accounts.models import User
from kimppa.foundation.core import jobs

pytestmark = pytest.mark.django_db

DECISION = {
    "rate": "0,78",
    "reference_date": "2021-12-31",
    "months": "12",
    "body": "directors-days",
    "decided_on": "2022-11-10",
    "diary_number": "ESIMERKKI/9/2022",
    "title_fi": "Asukaskohtainen maksu 2023",
}


def person(role: str, kind: str = "consortium", code: str = "") -> Client:
    user = User.objects.create(
        email=f"{role}@example.org",
        name=role.title(),
        is_demo=True,
        date_joined=datetime(2022, 1, 1, tzinfo=UTC),
    )
    RoleAssignment.objects.create(user=user, role=role, scope_kind=kind, scope_code=code)
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def coordinator(money_2022: None) -> Client:
    return person("coordinator")


def page(client: Client, path: str, status: int = 200) -> str:
    response = client.get(f"/en/backoffice/money/{path}")
    assert response.status_code == status, path
    return response.content.decode()


def test_2022_shows_rate_shares_sum_invoices_and_internal_charges(coordinator: Client) -> None:
    html = page(coordinator, "2022/")
    for seen in ("0.75", "€496,619.25", "ESIMERKKI/12/2021", "ESIMROI1", "Alavieska", "662,159"):
        assert seen in html, seen
    assert "59 rows" in html
    assert "57 rows" in html


def test_the_shares_leave_as_csv(coordinator: Client) -> None:
    response = coordinator.get("/en/backoffice/money/2022/?shares-export=csv")
    lines = response.content.decode("utf-8-sig").splitlines()
    assert len(lines) == 60
    assert lines[1].startswith("Alavieska,009,2517,0.75")


def test_the_preview_of_2023_shows_consequences_and_writes_nothing(coordinator: Client) -> None:
    before = (StandingRate.objects.count(), CostShare.objects.count())
    response = coordinator.get("/en/backoffice/money/2023/decide/", DECISION)
    html = response.content.decode()
    # 0.78 × each population of 31.12.2021, each rounded once.
    assert "€517,414.56" in html
    assert "663,352" in html
    assert "Record the decision and make the shares" in html
    assert (StandingRate.objects.count(), CostShare.objects.count()) == before


def test_the_journey_from_decision_to_credit(coordinator: Client) -> None:
    for _ in range(2):  # the second time is a double click
        response = coordinator.post("/en/backoffice/money/2023/decide/", DECISION)
        assert response.status_code == 302
    revision = LevyRevision.objects.get(levy__year__year=2023)
    assert revision.total_cents == 51_741_456
    assert revision.shares.count() == 59

    issue = f"/en/backoffice/money/levies/{revision.pk}/issue/"
    html = coordinator.get(issue).content.decode()
    assert "ESIMOUL38 – ESIMOUL74" in html
    assert "Issue 57 invoices" in html
    assert not Invoice.objects.filter(year=2023).exists()
    for _ in range(2):
        assert coordinator.post(issue, {"issued_on": "2022-11-15"}).status_code == 302
    assert Invoice.objects.filter(year=2023).count() == 57
    assert InternalCharge.objects.filter(share__revision=revision).count() == 2

    html = page(coordinator, "2023/")
    assert "Documents being made" in html
    assert "0 / 57" in html
    followed = coordinator.get("/en/backoffice/money/2023/?watch=1")
    assert followed["Refresh"] == "3"

    first = Invoice.objects.filter(year=2023).order_by("pk").first()
    assert first is not None
    assert coordinator.post(f"/en/backoffice/money/invoices/{first.pk}/send/").status_code == 409
    jobs.run_pending()
    assert "Refresh" not in coordinator.get("/en/backoffice/money/2023/?watch=1")

    html = page(coordinator, f"invoices/{first.pk}/")
    for seen in ("ESIMERKKI/9/2022", "0.78", "31.12.2021", "levy/", "Finvoice XML", "ESIMERKKI/1/2021"):
        assert seen in html, seen
    pdf = coordinator.get(f"/en/backoffice/money/invoices/{first.pk}/pdf/")
    assert pdf.content.startswith(b"%PDF-")
    assert pdf["Content-Disposition"] == f'attachment; filename="{first.number}.pdf"'

    html = page(coordinator, "2023/send/")
    pks = [str(pk) for pk in Invoice.objects.filter(year=2023).values_list("pk", flat=True)]
    coordinator.post("/en/backoffice/money/2023/send/", {"invoice": pks})
    assert Invoice.objects.filter(year=2023, sent_at__isnull=False).count() == 57

    paid = {
        "key": "3d4fd0a6-0f43-4e0a-9d53-2b1b9ac0f001",
        "amount": "1 000,00",
        "received_on": "2022-11-15",
        "note": "",
    }
    for _ in range(2):
        response = coordinator.post(f"/en/backoffice/money/invoices/{first.pk}/payment/", paid)
        assert response.status_code == 302
    assert [p.amount_cents for p in Payment.objects.filter(invoice=first)] == [100_000]
    assert "Partly paid" in page(coordinator, f"invoices/{first.pk}/")

    html = page(coordinator, f"invoices/{first.pk}/credit/")
    assert first.number in html
    response = coordinator.post(
        f"/en/backoffice/money/invoices/{first.pk}/credit/", {"reason": "Väärä maksaja"}
    )
    assert response.status_code == 302
    note = Invoice.objects.get(credits=first)
    assert note.total_cents == -first.total_cents
    assert "Credited" in page(coordinator, f"invoices/{first.pk}/")
    assert "Väärä maksaja" in page(coordinator, f"invoices/{note.pk}/")


@pytest.mark.parametrize("rate", ["-1", "0.1234567", "x", "1e99"])
def test_an_impossible_rate_gets_a_sentence_and_no_preview(coordinator: Client, rate: str) -> None:
    html = coordinator.get("/en/backoffice/money/2023/decide/", DECISION | {"rate": rate}).content.decode()
    assert "is not a rate" in html
    assert "Record the decision and make the shares" not in html


def test_a_diary_number_that_is_taken_is_refused_and_nothing_is_recorded(coordinator: Client) -> None:
    taken = DECISION | {"diary_number": "ESIMERKKI/12/2021"}
    response = coordinator.post("/en/backoffice/money/2023/decide/", taken)
    assert response.status_code == 422
    assert "already has the diary number" in response.content.decode()
    assert not LevyRevision.objects.filter(levy__year__year=2023).exists()


def test_a_director_sees_only_the_shares_of_the_own_municipality(money_2022: None) -> None:
    director = person("director", "municipality", "009")
    html = page(director, "2022/")
    assert "Alavieska" in html
    assert "Utsjoki" not in html
    assert "€1,887.75" in html
    foreign = Invoice.objects.exclude(lines__share__municipality__code="009").first()
    assert foreign is not None
    page(director, f"invoices/{foreign.pk}/", 404)
    page(director, f"invoices/{foreign.pk}/pdf/", 404)
    own = Invoice.objects.get(lines__share__municipality__code="009")
    page(director, f"invoices/{own.pk}/")


FORBIDDEN = {
    "library-staff": ["", "2022/", "2023/decide/", "payers/"],
    "director": ["2023/decide/", "2022/send/", "payers/"],
    "finance": ["2023/decide/"],
    "responsible-person": ["2022/send/"],
}


@pytest.mark.parametrize("role", FORBIDDEN)
def test_a_role_is_refused_what_its_row_does_not_open(money_2022: None, role: str) -> None:
    client = person(role, "municipality", "009") if role == "director" else person(role)
    for path in FORBIDDEN[role]:
        page(client, path, 403)
    revision = LevyRevision.objects.get()
    invoice = Invoice.objects.order_by("pk").first()
    assert invoice is not None
    if role != "finance":
        page(client, f"levies/{revision.pk}/issue/", 403)
        for act in ("send", "credit", "payment"):
            response = client.post(f"/en/backoffice/money/invoices/{invoice.pk}/{act}/", {"reason": "x"})
            assert response.status_code == 403, act
    assert not Invoice.objects.filter(credits__isnull=False).exists()


def test_a_visitor_is_led_to_sign_in(money_2022: None) -> None:
    response = Client().get("/en/backoffice/money/2022/")
    assert response.status_code == 302
    assert "next=" in response["Location"]


def test_unknown_things_are_not_found(coordinator: Client) -> None:
    page(coordinator, "invoices/999999/", 404)
    page(coordinator, "levies/999999/", 404)
    page(coordinator, "decisions/999999/", 404)
    invoice = Invoice.objects.order_by("pk").first()
    assert invoice is not None
    page(coordinator, f"invoices/{invoice.pk}/exe/", 404)


def test_every_page_of_money_opens(coordinator: Client) -> None:
    invoice = Invoice.objects.order_by("pk").first()
    revision = LevyRevision.objects.get()
    assert invoice is not None
    for path in (
        "",
        "2022/",
        "2023/",
        "2023/decide/",
        "2022/send/",
        "decisions/",
        f"decisions/{revision.decision_id}/",
        "payers/",
        f"levies/{revision.pk}/",
        f"levies/{revision.pk}/issue/",
        f"invoices/{invoice.pk}/",
        f"invoices/{invoice.pk}/payment/",
        f"invoices/{invoice.pk}/credit/",
    ):
        page(coordinator, path)
    assert date(2022, 12, 31).isoformat() not in page(coordinator, "")


def test_a_year_that_money_has_not_is_no_page_and_the_edges_lead_no_further(coordinator: Client) -> None:
    for year in ("0", "1", "1999", "2200", "9999", "10000", "9" * 25):
        page(coordinator, f"{year}/", 404)
        page(coordinator, f"{year}/decide/", 404)
    assert "1999" not in page(coordinator, "2000/")
    assert "2200" not in page(coordinator, "2199/")


def test_marking_what_is_no_invoice_as_sent_is_refused_in_words(coordinator: Client) -> None:
    for junk in ("9" * 30, "999999"):
        response = coordinator.post("/en/backoffice/money/2022/send/", {"invoice": [junk, "x", "-1"]})
        assert response.status_code in {302, 404}, junk
    assert not Invoice.objects.filter(sent_at__gt=NOW).exists()


def test_the_audit_trail_names_what_was_changed_and_never_a_bare_row(coordinator: Client) -> None:
    invoice = Invoice.objects.filter(year=2022).order_by("pk")[0]
    paid = {"key": str(UUID(int=7)), "amount": "1", "received_on": "2022-11-14"}
    path = f"/en/backoffice/money/invoices/{invoice.pk}/payment/"
    assert coordinator.post(path, paid).status_code == 302
    assert (
        coordinator.post("/en/backoffice/members/564/leave/", {"valid_to": "2022-12-31"}).status_code == 302
    )
    trail = coordinator.get("/en/backoffice/audit/").content.decode()
    assert f"{invoice.number} 2022-11-14" in trail
    assert "Oulu" in trail
    assert " object (" not in trail
