"""Reports in the back office: every figure with its state, tables as files, views saved, nothing guessed."""

from __future__ import annotations

import csv
import io
import re

import pytest
from django.test import Client
from tests.insight.reporting.use_world import NOW, load_use
from tests.north import load_everything

from kimppa.commons.usage.models import Batch, Figure
from kimppa.consortium.budgets.plan_models import Booking
from kimppa.foundation.accounts.actors import Operator
from kimppa.foundation.accounts.models import AuditEntry, User
from kimppa.foundation.core import clock
from kimppa.insight.reporting.models import SavedView

pytestmark = pytest.mark.django_db
BASE = "/en/backoffice/reports/"


@pytest.fixture
def used(db: None) -> None:
    load_everything(Operator("test"), NOW)
    load_use()
    clock.set_offset(NOW - clock.real_now())


def signed_in(email: str = "johtaja@kimppa.example") -> Client:
    client = Client()
    client.force_login(User.objects.get(email=email))
    return client


def shown(address: str, client: Client | None = None) -> str:
    response = (client or signed_in()).get(f"{BASE}{address}")
    assert response.status_code == 200, address
    return response.content.decode()


def table(address: str) -> list[dict[str, str]]:
    text = signed_in().get(f"{BASE}{address}").content.decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


def test_the_year_shows_services_with_costs_estimates_and_open_months(used: None) -> None:
    page = shown("?year=2022")
    for seen in ("Ellibs", "Viddla", "open months: 1", "not known", "13,000.00", "2,400.00", "Oulu", "<svg"):
        assert seen in page, seen
    rows = {row["E-service"]: row for row in table("?year=2022&services-export=csv")}
    assert rows["Ellibs"]["Split by estimate, %"] == "0.0"
    assert rows["Viddla"]["Split by estimate, %"] == "100.0"
    assert rows["Viddla"]["Booked cost"] == "not known"
    assert rows["Ellibs"]["Months"] == "closed"


def test_a_cost_opens_to_the_budget_line_that_it_was_booked_on(used: None) -> None:
    lines = set(re.findall(r'href="/en/backoffice/budget/lines/(\d+)/"', shown("?year=2022")))
    booked = Booking.objects.filter(line__year__year=2022, line__platform__isnull=False)
    assert lines == {str(line) for line in booked.values_list("line", flat=True)}


def test_municipalities_of_one_service_and_kimppas_together_sum_to_the_same(used: None) -> None:
    alone = table("?year=2022&service=ellibs&places-export=csv")
    together = table("?year=2022&service=ellibs&by=kimppa&places-export=csv")
    assert len(alone) == 59
    assert sum(int(row["Loans"]) for row in alone) == sum(int(row["Loans"]) for row in together)
    unknown = table("?year=2022&service=naxos-music-library&places-export=csv")[-1]
    assert (unknown["Municipality"], unknown["Plays"]) == ("Municipality not known", "480")
    first = table("?year=2022&service=naxos-music-library&places-export=csv")[0]
    assert first["Plays"] == "not known"  # never zero where nobody tells the municipality


def test_a_year_without_use_and_nonsense_in_the_address_are_pages_too(used: None) -> None:
    assert "No use is known" in shown("?year=2019")
    for query in ("?year=0000", "?year=abcd", "?service=x&by=y&places-page=99", "?year=2199"):
        shown(query)
    assert signed_in().get(f"{BASE}services/nothing/?year=2022").status_code == 404
    assert signed_in().get(f"{BASE}places/999/?year=2022").status_code == 404


def test_a_service_shows_months_years_and_what_its_deliveries_tell(used: None) -> None:
    page = shown("services/ellibs/?year=2022")
    for seen in ("Month by month", "Year by year", "do not tell kinds", "12/2022", "13,000.00"):
        assert seen in page, seen

    batch = Batch.objects.create(
        source="sheet", month="2022-01-01", opened=NOW, closed=NOW, platform="ellibs"
    )
    for language, value in (("fi", 70), ("sv", 30)):
        Figure.objects.create(
            batch=batch,
            platform="ellibs",
            unit_kind="municipality",
            unit_code="564",
            month="2022-01-01",
            metric="loans",
            kind="ebook",
            language=language,
            value=value,
            quality="measured",
        )
    assert "By language" in shown("services/ellibs/?year=2022")
    rows = table("services/ellibs/?year=2022&languages-export=csv")
    assert [(row["What"], row["Use"], row["Share, %"]) for row in rows] == [
        ("fi", "70", "70.0"),
        ("sv", "30", "30.0"),
    ]


def test_a_municipality_stands_beside_everybody_and_its_part_of_a_known_cost(used: None) -> None:
    page = shown("places/564/?year=2022")
    for seen in ("Oulu", "Relative use", "Naxos Music Library", "Viddla"):
        assert seen in page, seen
    rows = {row["E-service"]: row for row in table("places/564/?year=2022&services-export=csv")}
    assert rows["Viddla"]["Its part of the cost, by use"] == "not known"
    assert float(rows["Ellibs"]["Its part of the cost, by use"]) > 5000


def test_equality_names_what_it_left_out_and_shows_distance(used: None) -> None:
    page = shown("equality/?year=2022")
    for seen in ("Left out", "Viddla", "as the crow flies", "Rovaniemi", "10 of 10", "1 is equal"):
        assert seen in page, seen
    rows = {row["Municipality"]: row for row in table("equality/?year=2022&places-export=csv")}
    assert rows["Oulu"]["Kilometres to the nearest city"] == "0"


def test_trends_tell_changes_in_words(used: None) -> None:
    page = shown("trends/")
    assert "counted as before" in page
    assert "Open months left out: 1" in page
    assert "card-viddla" in page
    assert "card-viddla" not in shown("trends/?service=ellibs")


def test_a_view_is_saved_shared_opened_and_removed_by_its_owner_alone(used: None) -> None:
    mine, other = signed_in(), signed_in("koordinaattori@kimppa.example")
    told = {"page": "reports", "query": "year=2022&service=ellibs&places-export=csv", "name": "Kirjat"}
    assert mine.post(f"{BASE}views/", told).status_code == 302
    assert "Kirjat" not in shown("views/", other)
    mine.post(f"{BASE}views/", told | {"shared": "yes"})
    row = SavedView.objects.get()
    assert (row.query, row.shared) == ("year=2022&service=ellibs", True)
    page = shown("views/", other)
    assert "Kirjat" in page
    assert "/en/backoffice/reports/?year=2022&amp;service=ellibs" in page
    assert other.post(f"{BASE}views/{row.pk}/remove/").status_code == 404
    assert SavedView.objects.count() == 1
    mine.post(f"{BASE}views/{row.pk}/remove/")
    assert SavedView.objects.count() == 0
    assert AuditEntry.objects.filter(act__startswith="reporting.").count() == 3


def test_a_view_without_a_name_or_of_no_report_is_not_saved(used: None) -> None:
    client = signed_in()
    for told in ({"page": "reports", "name": " "}, {"page": "money", "name": "x"}, {}):
        client.post(f"{BASE}views/", told)
    assert SavedView.objects.count() == 0


@pytest.mark.parametrize("language", ["fi", "sv", "en"])
def test_every_report_opens_in_every_language(used: None, language: str) -> None:
    client = signed_in()
    for address in ("", "services/ellibs/", "places/564/", "equality/", "trends/", "views/"):
        assert client.get(f"/{language}/backoffice/reports/{address}?year=2022").status_code == 200


def test_the_directors_paper_is_read_on_a_page_and_downloaded_in_three_languages(used: None) -> None:
    assert "Services used in 2022: 3." in shown("paper/?year=2022")
    client = signed_in()
    for language in ("fi", "sv", "en"):
        file = client.get(f"{BASE}paper/2022/{language}.pdf")
        assert (file.status_code, file["Content-Type"]) == (200, "application/pdf")
        assert file.content.startswith(b"%PDF")
    assert client.get(f"{BASE}paper/2022/de.pdf").status_code == 404


def test_the_national_sheet_says_what_is_whole_in_part_and_empty(used: None) -> None:
    page = shown("national/?year=2022")
    for seen in ("in part", "empty", "whole", "the vendor does not tell", "open months: 1"):
        assert seen in page, seen
    rows = {row["Our code"]: row for row in table("national/?year=2022&fields-export=csv")}
    assert rows["ebooks-use"]["Value"] == "104424"
    assert rows["ebooks-cost"]["Value"] == "13000.00"
    assert rows["video-collection"]["Value"] == ""
    assert {row["Code on the form"] for row in rows.values()} == {""}
    assert signed_in().get(f"{BASE}national/?year=2022&fields-export=xlsx").content[:2] == b"PK"
