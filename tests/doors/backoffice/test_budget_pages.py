"""Budgets through the door: a year in figures, preparing and adopting, invoices in, grants, who may what."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from tests.consortium.conftest import BY, NOW, load_region
from tests.doors.backoffice.test_money_pages import person
from tests.foundation.protocols.test_incoming_invoices import finvoice

from kimppa.consortium.budgets.plan_models import Booking, BudgetLine, BudgetVersion, Grant, Purchase
from kimppa.doors.console.demo import budget, eservices, governance, money, prices
from kimppa.foundation.core import clock

pytestmark = pytest.mark.django_db
BASE = "/en/backoffice/budget/"


@pytest.fixture
def coordinator(db: None) -> Client:
    load_region()
    money.issue_2022(by=BY)
    governance.load(by=BY, now=NOW)
    eservices.load(by=BY, now=NOW)
    prices.load(by=BY, now=NOW)
    budget.load(by=BY, now=NOW)
    budget.load(by=BY, now=NOW)
    clock.set_offset(NOW - clock.real_now() + timedelta(seconds=1))
    return person("coordinator")


def page(client: Client, path: str, status: int = 200) -> str:
    response = client.get(BASE + path)
    assert response.status_code == status, path
    return response.content.decode()


def line(title: str) -> int:
    return BudgetLine.objects.get(title=title, year__year=2022).pk


def decision(number: str) -> dict[str, str]:
    return {
        "body": "directors-days",
        "decided_on": "2022-11-10",
        "diary_number": number,
        "title_fi": "Talousarvio",
    }


def test_a_year_shows_budget_bookings_commitments_and_forecast(coordinator: Client) -> None:
    html = page(coordinator, "")
    assert "€76,500.00" in html
    html = page(coordinator, "2022/")
    # E-books: 14 000 + 0.021 × 662 159, 10 % VAT: 30 695.87 committed, 15 290.00 of it booked.
    for seen in (
        "€30,695.87",
        "€15,290.00",
        "€15,405.87",
        "€18,150.00",
        '<svg class="measure"',
        "adopted by",
    ):
        assert seen in html, seen
    assert "1 invoice waits for booking" in html
    export = coordinator.get(f"{BASE}2022/?lines-export=csv").content.decode("utf-8-sig").splitlines()
    assert len(export) == 6
    assert page(coordinator, "1999/", 404)


def test_a_figure_opens_to_its_invoices_agreements_and_prices(coordinator: Client) -> None:
    html = page(coordinator, f"lines/{line('E-kirjat ja äänikirjat')}/")
    for seen in ("ESIMERKKI-1001", "ESIMERKKI/21/2021", "€15,405.87", "ESIMERKKI/14/2021"):
        assert seen in html, seen
    found = BudgetLine.objects.get(title="Lehdet").commitments.get()
    html = page(coordinator, f"commitments/{found.pk}/")
    for seen in ("16,500.00 EUR a year", "€18,150.00", "Reckoned today", "/prices/agreements/"):
        assert seen in html, seen
    one = Purchase.objects.get(number="ESIMERKKI-1001")
    assert "Booked to" in page(coordinator, f"purchases/{one.pk}/")


def test_a_new_version_is_prepared_and_adopted(coordinator: Client) -> None:
    assert coordinator.post(f"{BASE}begin/", {"year": "2022"}).status_code == 302
    assert "already has version 2" in coordinator.post(f"{BASE}begin/", {"year": "2022"}).content.decode()
    where = f"{BASE}2022/prepare/"
    told = {"title": "Musiikki", "amount": "1 500,50", "cost_class": "content", "account": "4300"}
    assert coordinator.post(where, told).status_code == 302
    assert coordinator.post(where, told).status_code == 422
    assert "is not an amount" in coordinator.post(where, {**told, "amount": "paljon"}).content.decode()
    edit = f"{BASE}2022/lines/{line('Elokuvat')}/"
    assert coordinator.get(edit).status_code == 200
    assert coordinator.post(edit, {**told, "title": "Elokuvat", "amount": "0"}).status_code == 302
    assert coordinator.post(f"{BASE}2022/lines/{line('Musiikki')}/drop/").status_code == 302
    adopt = f"{BASE}2022/adopt/"
    assert coordinator.get(adopt).status_code == 200
    assert coordinator.post(adopt, {**decision("X"), "decided_on": "2030-01-01"}).status_code == 422
    assert coordinator.post(adopt, decision("ESIMERKKI/30/2022")).status_code == 302
    assert BudgetVersion.objects.filter(decision__diary_number="ESIMERKKI/30/2022").count() == 1
    assert "€64,500.00" in page(coordinator, "2022/")
    assert "€76,500.00" in page(coordinator, "2022/?version=1")
    assert page(coordinator, "2022/prepare/", 404)


def test_a_remainder_is_carried_over(coordinator: Client) -> None:
    where, talk = f"{BASE}2022/carry/", f"line{line('Viestintä ja koulutus')}"
    assert "Left: €2,020.00" in coordinator.get(where).content.decode()
    nothing = coordinator.post(where, decision("ESIMERKKI/31/2022"))
    assert (nothing.status_code, "Say of at least one line" in nothing.content.decode()) == (422, True)
    response = coordinator.post(where, {**decision("ESIMERKKI/31/2022"), talk: "2020,01"})
    assert "has 2,020.00 left" in response.content.decode()
    assert coordinator.post(where, {**decision("ESIMERKKI/31/2022"), talk: "2020"}).status_code == 302
    assert "€2,020.00" in page(coordinator, "2023/")


def test_commitments_are_suggested_and_recorded(coordinator: Client) -> None:
    html = page(coordinator, "2022/commitments/")
    assert "Recorded on" in html
    found = BudgetLine.objects.get(title="Lehdet").commitments.get()
    told = {"agreement": found.agreement_id, "platform": "esimerkkilehdet", "line": line("Elokuvat")}
    assert coordinator.post(f"{BASE}2022/commitments/", told).status_code == 302
    found.refresh_from_db()
    assert found.line.title == "Elokuvat"
    assert coordinator.post(f"{BASE}2022/commitments/", {**told, "agreement": "x"}).status_code == 302
    assert "commits to nothing" in page(coordinator, "2022/commitments/")


# ── vendors' invoices ─────────────────────────────────────────────────────────────────────────────
def sent(client: Client, content: bytes, name: str = "lasku.xml") -> str:
    response = client.post(f"{BASE}purchases/upload/", {"file": SimpleUploadedFile(name, content)})
    return "" if response.status_code == 302 else response.content.decode()


def test_an_e_invoice_is_read_previewed_and_booked_over_two_lines(coordinator: Client) -> None:
    assert sent(coordinator, finvoice()) == ""
    one = Purchase.objects.get(number="2022-17")
    assert (one.form, one.state, one.agreement and one.agreement.diary_number) == (
        "finvoice",
        "received",
        "ESIMERKKI/21/2021",
    )
    where = f"{BASE}purchases/{one.pk}/"
    html = coordinator.get(where).content.decode()
    for seen in ("€110.00", "Finvoice 3.0", one.file.sha256 if one.file else "?", 'value="110,00"'):
        assert seen in html, seen
    books, papers = line("E-kirjat ja äänikirjat"), line("Lehdet")
    parts = {"line1": books, "amount1": "100", "line2": papers, "amount2": "9,99"}
    html = coordinator.post(where, parts).content.decode()
    assert "add up to 109.99, but the invoice costs 110.00" in html
    assert not Booking.objects.filter(purchase=one).exists()
    assert coordinator.post(where, {**parts, "amount2": "10"}).status_code == 302
    assert Booking.objects.filter(purchase=one).count() == 2
    assert coordinator.get(f"{where}file/").content == finvoice()
    again = {"line1": books, "amount1": "100", "line6": books, "amount6": "10"}
    assert coordinator.post(where, again).status_code == 422  # two parts are asked for, and the sixth is lost
    assert coordinator.post(f"{where}?parts=6", again).status_code == 302
    assert [b.line_id for b in Booking.objects.filter(purchase=one)] == [books, books]


def test_a_file_that_is_no_e_invoice_gets_a_clear_sentence(coordinator: Client) -> None:
    assert "This is not an e-invoice" in sent(coordinator, b"%PDF-1.7 lasku", "lasku.pdf")
    assert "This is not an e-invoice" in sent(coordinator, b"<html></html>")
    assert "does not add up" in sent(coordinator, finvoice(gross="111,00"))
    assert sent(coordinator, finvoice()) == ""
    assert "has come before" in sent(coordinator, finvoice())
    assert Purchase.objects.filter(number="2022-17").count() == 1


def test_an_attachment_of_200_megabytes_is_refused_before_it_is_read(coordinator: Client) -> None:
    told = {
        "vendor": "X Oy",
        "number": "1",
        "issued": "2022-11-01",
        "net": "1",
        "vat": "0",
        "gross": "1",
        "currency": "EUR",
    }
    content = b"%PDF-1.7" + bytes(51 * 1024 * 1024)
    for path, name, limit in (("typed", "iso.pdf", "50 MB"), ("upload", "iso.xml", "20 MB")):
        response = coordinator.post(
            f"{BASE}purchases/{path}/", {**told, "file": SimpleUploadedFile(name, content)}
        )
        assert response.status_code == 422
        assert f"at most {limit}" in response.content.decode()
    assert not Purchase.objects.filter(number="1").exists()


def test_an_invoice_is_typed_in_and_put_aside(coordinator: Client) -> None:
    told = {
        "vendor": "Ulkomainen Ltd",
        "number": "INV-9",
        "issued": "2022-11-01",
        "net": "1 000",
        "vat": "0",
        "gross": "1 000",
        "currency": "EUR",
        "reverse_charge": "on",
    }
    wrong = coordinator.post(f"{BASE}purchases/typed/", {**told, "gross": "1 001"})
    assert "are not 1,001.00 together" in wrong.content.decode()
    with_file = {**told, "file": SimpleUploadedFile("lasku.pdf", b"%PDF-1.7 x")}
    assert coordinator.post(f"{BASE}purchases/typed/", with_file).status_code == 302
    one = Purchase.objects.get(number="INV-9")
    where = f"{BASE}purchases/{one.pk}/"
    assert "Film and music: €1,240.00" in coordinator.get(where).content.decode()
    parts = {"reverse_content": "film-and-music", "line1": line("Elokuvat"), "amount1": "1240"}
    assert coordinator.post(where, parts).status_code == 302
    assert coordinator.post(f"{where}discard/", {"why": "x"}).status_code == 422
    waiting = Purchase.objects.get(number="ESIMERKKI-212")
    assert coordinator.get(f"{BASE}purchases/{waiting.pk}/discard/").status_code == 200
    assert coordinator.post(f"{BASE}purchases/{waiting.pk}/discard/", {"why": "Ei meille"}).status_code == 302
    assert "Discarded" in page(coordinator, "purchases/")


# ── grants ────────────────────────────────────────────────────────────────────────────────────────
def test_a_grant_has_a_report_as_page_sheet_and_pdf(coordinator: Client) -> None:
    one = Grant.objects.get()
    html = page(coordinator, f"grants/{one.pk}/")
    for seen in ("€2,480.00", "€1,984.00", "€496.00", "€1,600.00", "€384.00", "ESIMERKKI-5"):
        assert seen in html, seen
    assert coordinator.get(f"{BASE}grants/{one.pk}/?report-export=xlsx").content[:2] == b"PK"
    pdf = coordinator.get(f"{BASE}grants/{one.pk}/report/")
    assert pdf.content[:5] == b"%PDF-"
    assert "Esimerkkivirasto" in page(coordinator, "grants/")
    told = {
        "title": "Toinen hanke",
        "funder": "Virasto",
        "valid_from": "2022-01-01",
        "valid_to": "2022-12-31",
        "amount": "1000",
        "own_percent": "25,5 %",
    }
    assert coordinator.post(f"{BASE}grants/new/", {**told, "own_percent": "120"}).status_code == 422
    assert coordinator.post(f"{BASE}grants/new/", told).status_code == 302


# ── who may ───────────────────────────────────────────────────────────────────────────────────────
def test_directors_see_finance_books_and_library_staff_see_nothing(coordinator: Client) -> None:
    director, finance, staff = person("director"), person("finance"), person("library-staff")
    one, found = Grant.objects.get().pk, Purchase.objects.get(number="ESIMERKKI-212").pk
    reads = (
        *("", "2022/", f"lines/{line('Lehdet')}/", "purchases/", f"purchases/{found}/", "grants/"),
        *(f"grants/{one}/", f"grants/{one}/report/"),
    )
    for path in reads:
        assert director.get(BASE + path).status_code == 200, path
        assert finance.get(BASE + path).status_code == 200, path
        assert staff.get(BASE + path).status_code == 403, path
    writes = (
        *("begin/", "purchases/upload/", "purchases/typed/", f"purchases/{found}/discard/", "grants/new/"),
        *("2022/commitments/", "2022/carry/"),
    )
    for path in writes:
        assert director.get(BASE + path).status_code == 403, path
        assert staff.get(BASE + path).status_code == 403, path
    told = {"line1": line("Lehdet"), "amount1": "384,40"}
    assert director.post(f"{BASE}purchases/{found}/", told).status_code == 403
    assert finance.get(f"{BASE}2022/carry/").status_code == 403
    assert finance.post(f"{BASE}purchases/{found}/", told).status_code == 302
    assert 'href="/en/backoffice/budget/"' in director.get("/en/backoffice/").content.decode()
    assert 'href="/en/backoffice/budget/"' not in staff.get("/en/backoffice/").content.decode()
