"""Open data of a year: only closed years, small counts kept, the same bytes for the same figures."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from datetime import date, timedelta

import pytest
from django.test import Client
from tests.insight.reporting.use_world import NOW, load_use
from tests.north import load_services

from kimppa.commons.usage.models import Batch, Settled
from kimppa.foundation.accounts.actors import Operator
from kimppa.foundation.core import clock
from kimppa.insight.reporting.open_data import (
    NoOpenData,
    archive,
    description,
    open_year,
    published,
    readme,
)

pytestmark = pytest.mark.django_db
ON = date(2023, 1, 20)


@pytest.fixture
def used(db: None) -> None:
    load_services(Operator("test"), NOW)
    load_use()
    clock.set_offset(NOW - clock.real_now() + timedelta(seconds=1))


def table(content: bytes, name: str) -> list[dict[str, str]]:
    with zipfile.ZipFile(io.BytesIO(content)) as file:
        return list(csv.DictReader(io.StringIO(file.read(name).decode("utf-8-sig"))))


def test_a_year_with_an_open_month_or_that_is_not_over_is_not_published(used: None) -> None:
    assert published(on=ON) == (2021,)
    for year in (2022, 2023, 1999):
        with pytest.raises(NoOpenData):
            open_year(year, on=ON)
    Settled.objects.update(open=False)
    assert published(on=ON) == (2022, 2021)
    assert published(on=date(2022, 12, 31)) == (2021,)


def test_small_counts_are_kept_and_shown_ones_do_not_give_them_away(used: None) -> None:
    Settled.objects.filter(platform="ellibs", month__year=2021, unit_code="890").delete()
    for month, value in ((1, 1), (2, 2)):
        Settled.objects.create(
            platform="ellibs",
            month=date(2021, month, 1),
            unit_kind="municipality",
            unit_code="890",
            value=value,
            estimated=0,
            open=False,
        )
    found = open_year(2021, on=ON)
    rows = table(archive(found), "use.csv")
    ellibs = {row["municipality_code"]: row for row in rows if row["service"] == "Ellibs"}
    assert len(ellibs) == 59
    assert (ellibs["890"]["value"], ellibs["890"]["quality"]) == ("", "suppressed")
    others = [row for code, row in ellibs.items() if row["quality"] == "suppressed" and code != "890"]
    assert others  # or the whole less the rest would tell Utsjoki
    assert ellibs["564"]["quality"] == "measured"
    assert all(not (0 < int(row["value"]) < 5) for row in rows if row["value"])


def test_estimates_are_called_so_and_never_told_in_parts(used: None) -> None:
    rows = table(archive(open_year(2021, on=ON)), "use.csv")
    viddla = [row for row in rows if row["service"] == "Viddla" and row["value"] not in {"", "0"}]
    assert {row["quality"] for row in viddla} == {"estimated"}
    assert "estimated" not in rows[0]
    totals = {row["service"]: row["value"] for row in table(archive(open_year(2021, on=ON)), "services.csv")}
    assert totals["Naxos Music Library"] == "480"
    assert not [row for row in rows if row["service"] == "Naxos Music Library"]


def test_a_service_used_a_handful_of_times_is_withheld_whole(used: None) -> None:
    Settled.objects.filter(platform="naxos-music-library").delete()
    Settled.objects.create(
        platform="naxos-music-library",
        month=date(2021, 5, 1),
        unit_kind="consortium",
        value=3,
        estimated=0,
        open=False,
    )
    found = open_year(2021, on=ON)
    assert found.withheld == ("Naxos Music Library",)
    assert "Naxos Music Library" not in {row["service"] for row in table(archive(found), "services.csv")}


def test_the_description_names_every_column_and_what_was_kept_back(used: None) -> None:
    made = archive(open_year(2021, on=ON))
    assert made == archive(open_year(2021, on=ON))
    with zipfile.ZipFile(io.BytesIO(made)) as file:
        told = json.loads(file.read("datapackage.json"))
        readme = file.read("README.md").decode()
    for resource in told["resources"]:
        columns = list(table(made, resource["path"])[0])
        assert [one["name"] for one in resource["schema"]["fields"]] == columns
    assert told["suppressed_cells"] == open_year(2021, on=ON).hidden
    assert "CC BY 4.0" in readme


@pytest.mark.parametrize("language", ["fi", "sv", "en"])
def test_anybody_finds_the_years_and_gets_the_file(used: None, language: str) -> None:
    client = Client()
    page = client.get(f"/{language}/open-data/")
    assert page.status_code == 200
    assert f"/{language}/open-data/kimppa-use-2021.zip" in page.content.decode()
    assert "2022.zip" not in page.content.decode()
    file = client.get(f"/{language}/open-data/kimppa-use-2021.zip")
    assert (file.status_code, file["Content-Type"]) == (200, "application/zip")
    assert client.get(f"/{language}/open-data/kimppa-use-2022.zip").status_code == 404


def test_a_year_of_which_anything_is_invented_says_so_in_its_files(used: None) -> None:
    plain = open_year(2021, on=ON)
    assert plain.example is False
    assert "ESIMERKKI" not in readme(plain)
    Batch.objects.create(source="hub", month=date(2021, 3, 1), opened=NOW, closed=NOW, brought_by="ESIMERKKI")
    marked = open_year(2021, on=ON)
    assert readme(marked).startswith("# ESIMERKKI (invented figures): ")
    assert str(description(marked)["title"]).startswith("ESIMERKKI")
