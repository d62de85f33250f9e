"""“Our share” in the back office: a director lands on the own municipality; every figure leads on."""

from __future__ import annotations

from io import BytesIO

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pypdf import PdfReader
from tests.consortium.governance.conftest import user
from tests.consortium.test_invoicing import issue, levy_2023

from kimppa.consortium.budgets.models import CostShare
from kimppa.consortium.invoicing.models import Invoice

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("money_2022")]
BASE = "/en/backoffice/our-share/"


def signed_in(role: str, kind: str = "consortium", code: str = "") -> Client:
    client = Client()
    client.force_login(user("Sirpa", role, kind, code))
    return client


@pytest.fixture
def director() -> Client:
    return signed_in("director", "municipality", "742")


def text(client: Client, path: str, status: int = 200) -> str:
    response = client.get(path)
    assert response.status_code == status, path
    return response.content.decode().replace("\u202f", " ").replace("\u00a0", " ")


def test_a_director_of_one_municipality_lands_on_its_statement(director: Client) -> None:
    response = director.get(BASE)
    assert response["Location"] == f"{BASE}742/2022/"
    page = text(director, f"{BASE}742/2022/")
    assert "Savukoski: the share of 2022 is €756.75." in page
    assert "1,009 residents (31.12.2020, Tilastokeskus) × 0.75 €/resident = €756.75." in page
    front = text(director, "/en/backoffice/")
    assert front.count('href="/en/backoffice/our-share/"') == 2  # in the list of pages, and on its figure


def test_every_figure_leads_to_what_it_was_made_of(director: Client) -> None:
    page = text(director, f"{BASE}742/2022/")
    share = CostShare.objects.get(municipality__code="742")
    invoice = Invoice.objects.get(lines__share=share)
    for path in (
        f"/en/backoffice/money/shares/{share.pk}/",
        f"/en/backoffice/money/levies/{share.revision_id}/",
        f"/en/backoffice/money/decisions/{share.revision.decision_id}/",
        f"/en/backoffice/money/invoices/{invoice.pk}/",
        "/api/v1/statements/742/2022",
        f"{BASE}742/2022/document.pdf",
    ):
        assert f'href="{path}"' in page
        assert director.get(path).status_code == 200, path


def test_the_years_stand_in_a_chart_and_a_table_with_the_change(director: Client) -> None:
    issue(levy_2023("0.78", "1/2022"))
    page = text(director, f"{BASE}742/2023/")
    assert "The share is €30.27 (4.0 %) larger than in 2022." in page
    assert page.count('class="plain-bar') >= 2
    table = director.get(f"{BASE}742/2023/?years-export=csv").content.decode()
    assert [row.split(",")[0] for row in table.split("\r\n")[1:3]] == ["2023", "2022"]
    lines = director.get(f"{BASE}742/2023/?documents-export=xlsx")
    assert lines["Content-Type"].endswith("sheet")


@pytest.mark.parametrize("language", ["fi", "sv", "en"])
def test_the_document_comes_in_the_language_of_the_page(director: Client, language: str) -> None:
    response = director.get(f"/{language}/backoffice/our-share/742/2022/document.pdf")
    assert response["Content-Type"] == "application/pdf"
    reader = PdfReader(BytesIO(response.content))
    assert reader.trailer["/Root"]["/Lang"] == language
    assert "Savukoski" in reader.pages[0].extract_text()


def test_a_director_does_not_see_the_neighbours_statement_in_any_form(director: Client) -> None:
    for path in (f"{BASE}148/2022/", f"{BASE}148/2022/document.pdf", f"{BASE}148/2022/?parts-export=csv"):
        assert "Inari" not in text(director, path, 404)


def test_who_sees_all_gets_the_list_that_adds_up(money_2022: None) -> None:
    finance = signed_in("finance")
    page = text(finance, f"{BASE}?year=2022")
    assert "€496,619.25" in page
    table = finance.get(f"{BASE}?year=2022&export=csv").content.decode().split("\r\n")
    assert len([row for row in table if row]) == 60
    assert "Nothing has been levied" in text(finance, f"{BASE}?year=2030")
    assert finance.get(f"{BASE}?year=nonsense").status_code == 200
    for year in ("1999", "3000", "20222"):
        assert finance.get(f"{BASE}742/{year}/").status_code == 404


def test_library_staff_do_not_see_statements() -> None:
    client = signed_in("library-staff", "municipality", "742")
    for path in ("", "742/2022/", "742/2022/document.pdf"):
        assert client.get(BASE + path).status_code == 403
    assert "/our-share/" not in text(client, "/en/backoffice/")


def test_a_city_that_books_its_own_share_reads_so() -> None:
    page = text(signed_in("director", "municipality", "564"), f"{BASE}564/2022/")
    assert "no invoice is made of it" in page


def test_a_statement_asks_the_database_a_fixed_number_of_times(director: Client) -> None:
    text(director, f"{BASE}742/2022/")
    with CaptureQueriesContext(connection) as asked:
        text(director, f"{BASE}742/2022/")
    assert len(asked) <= 36
