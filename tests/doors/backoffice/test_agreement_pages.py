"""Agreements through the door: list, page, writing, signing, documents, deadlines, and who may not."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from tests.consortium.conftest import BY, NOW, load_region
from tests.doors.backoffice.test_money_pages import person

from kimppa.commons.members.models import LegalParty
from kimppa.consortium.agreements.models import Agreement, AgreementDocument, Term
from kimppa.doors.console.demo import governance, money
from kimppa.foundation.core import clock

pytestmark = pytest.mark.django_db
BASE = "/en/backoffice/agreements/"


@pytest.fixture
def coordinator(db: None) -> Client:
    load_region()
    money.issue_2022(by=BY)
    governance.load(by=BY, now=NOW)
    clock.set_offset(NOW - clock.real_now() + timedelta(seconds=1))
    return person("coordinator")


def pk(number: str) -> int:
    return Agreement.objects.get(diary_number=number).pk


def page(client: Client, path: str, status: int = 200) -> str:
    response = client.get(BASE + path)
    assert response.status_code == status, path
    return response.content.decode()


def test_list_page_and_deadlines_say_what_is_due_and_what_is_wrong(coordinator: Client) -> None:
    html = page(coordinator, "")
    for seen in (
        "Esimerkkilehdet Oy",
        "No data-processing agreement",
        "At or above",
        "30.11.2022",
        "€66,000.00",
    ):
        assert seen in html, seen
    export = coordinator.get(f"{BASE}?export=csv").content.decode("utf-8-sig").splitlines()
    assert len(export) == 6
    html = page(coordinator, f"{pk('ESIMERKKI/22/2021')}/")
    for seen in (
        "Personal data would be handled without a basis",
        "60 parties",
        "on a mandate",
        "Record a notice",
    ):
        assert seen in html, seen
    html = page(coordinator, f"{pk('ESIMERKKI/21/2021')}/")
    for seen in ("29.9.2023", "31.12.2025", "99,5 %", "Tilaajalla on oikeus", "31.12.2033"):
        assert seen in html, seen
    html = page(coordinator, "deadlines/?days=30")
    assert "Last day to give notice" in html
    assert "29.9.2023" not in html
    assert "29.9.2023" in page(coordinator, "deadlines/")


def test_an_agreement_is_written_given_terms_signed_and_then_stands(coordinator: Client) -> None:
    city = LegalParty.objects.get(municipality__code="698").pk
    told = {
        "kind": "vendor",
        "diary_number": "ESIMERKKI/30/2022",
        "title_fi": "Musiikkipalvelu",
        "valid_from": "2022-11-01",
        "coordinators": [str(city)],
        "binds": "members",
        "vendor": "Esimerkkimusiikki Oy",
        "retention_years": "10",
    }
    response = coordinator.post(f"{BASE}new/", told)
    assert response.status_code == 302
    one = pk("ESIMERKKI/30/2022")
    assert coordinator.post(f"{BASE}new/", told).status_code == 422
    term = f"{BASE}{one}/do/term/"
    assert coordinator.get(term).status_code == 200
    assert coordinator.post(term, {"kind": "notice-months", "value": "kaksi"}).status_code == 422
    assert coordinator.post(term, {"kind": "notice-months", "value": "2"}).status_code == 302
    twice = coordinator.post(term, {"kind": "notice-months", "value": "3"})
    assert twice.status_code == 422
    assert "already has this term" in twice.content.decode()
    refused = coordinator.post(f"{BASE}{one}/do/sign/", {"signed_on": "2022-11-10"})
    assert refused.status_code == 422  # Oulu's members gave their mandate to Oulu only
    assert "no mandate to sign" in refused.content.decode()
    oulu = LegalParty.objects.get(municipality__code="564").pk
    both = told | {"coordinators": [str(city), str(oulu)]}
    assert coordinator.post(f"{BASE}{one}/edit/", both).status_code == 302
    assert coordinator.post(f"{BASE}{one}/do/sign/", {"signed_on": "2022-11-10"}).status_code == 302
    assert coordinator.post(f"{BASE}{one}/edit/", both).status_code == 422
    row = Term.objects.get(agreement=one)
    coordinator.post(f"{BASE}{one}/terms/{row.pk}/remove/")
    assert Term.objects.filter(pk=row.pk).exists()
    response = coordinator.post(
        f"{BASE}{one}/do/version/", {"diary_number": "ESIMERKKI/31/2022", "valid_from": "2023-01-01"}
    )
    assert response.status_code == 302
    assert response["Location"].endswith(f"/{pk('ESIMERKKI/31/2022')}/")


def test_a_document_is_kept_and_a_wrong_or_huge_one_refused_with_a_sentence(coordinator: Client) -> None:
    one = pk("ESIMERKKI/21/2021")
    path = f"{BASE}{one}/do/document/"

    def send(name: str, content: bytes) -> tuple[int, str]:
        file = SimpleUploadedFile(name, content)
        response = coordinator.post(path, {"role": "signed", "title": "Sopimus", "file": file})
        return response.status_code, response.content.decode()

    status, html = send("virus.pdf", b"MZ\x90\x00")
    assert (status, "its content is not what its name says" in html) == (422, True)
    status, html = send("iso.pdf", b"%PDF-" + bytes(200 * 1024 * 1024))
    assert (status, "The file is too large: 201 MB, at most 50 MB." in html) == (422, True)
    assert not AgreementDocument.objects.exists()
    assert send("sopimus.pdf", b"%PDF-1.7 ...")[0] == 302
    kept = AgreementDocument.objects.get()
    response = coordinator.get(f"{BASE}documents/{kept.pk}/")
    assert response.content == b"%PDF-1.7 ..."
    assert "attachment" in response["Content-Disposition"]
    page(coordinator, "documents/999999/", 404)


def test_every_deed_has_its_page_and_unknown_ones_none(coordinator: Client) -> None:
    one = pk("ESIMERKKI/21/2021")
    for name in ("sign", "term", "document", "relation", "option", "notice", "version"):
        page(coordinator, f"{one}/do/{name}/")
    page(coordinator, f"{one}/do/explode/", 404)
    page(coordinator, "999999/", 404)
    page(coordinator, "new/")
    page(coordinator, f"{pk('ESIMERKKI/24/2022')}/edit/")
    used = coordinator.post(f"{BASE}{one}/do/option/", {"used_on": "2022-11-15", "decision": ""})
    assert used.status_code == 302
    assert "Option 1 used" in page(coordinator, f"{one}/")


def test_who_may_not_write_does_not(coordinator: Client) -> None:
    one = pk("ESIMERKKI/24/2022")
    director = person("director", "municipality", "009")
    page(director, "")
    page(director, f"{one}/")
    for path in ("new/", f"{one}/edit/", f"{one}/do/sign/", f"{one}/do/term/"):
        page(director, path, 403)
        assert director.post(BASE + path, {"signed_on": "2022-11-15"}).status_code == 403
    staff = person("library-staff")
    for path in ("", "deadlines/", f"{one}/"):
        page(staff, path, 403)


def test_a_register_is_read_previewed_applied_and_taken_back(coordinator: Client) -> None:
    raw = "Asianumero;Toimittaja;Sopimus;Alkaa\nR/1;Rekisteri Oy;Eka;1.1.2022\nR/2;;Toka;1.1.2022\n"
    file = SimpleUploadedFile("rekisteri.csv", raw.encode())
    response = coordinator.post(f"{BASE}import/", {"file": file})
    assert response.status_code == 302
    path = response["Location"].removeprefix(BASE)
    html = page(coordinator, path)
    for seen in ("names no vendor", "R/1", "Record the agreements"):
        assert seen in html, seen
    assert not Agreement.objects.filter(diary_number="R/1").exists()
    assert coordinator.post(BASE + path, {"do": "apply"}).status_code == 302
    assert Agreement.objects.filter(diary_number="R/1").exists()
    assert coordinator.post(BASE + path, {"do": "undo"}).status_code == 302
    assert not Agreement.objects.filter(diary_number="R/1").exists()
    bad = coordinator.post(f"{BASE}import/", {"file": SimpleUploadedFile("x.xlsx", b"PK\x03\x04rubbish")})
    assert bad.status_code == 422
    assert "cannot be read as a register" in bad.content.decode()
    assert person("director").post(f"{BASE}import/", {}).status_code == 403


def test_the_overview_says_what_must_be_done_and_to_whom(coordinator: Client) -> None:
    html = coordinator.get("/en/backoffice/").content.decode()
    assert "1 day to give notice or use an option falls within 30 days, the first on 30.11.2022." in html
    assert "1 contract in force has no data-processing agreement." in html
    assert "to give notice" not in person("finance").get("/en/backoffice/").content.decode()
