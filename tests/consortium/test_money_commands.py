"""`kimppa levy` and `kimppa invoices` as a script would use them."""

from __future__ import annotations

import csv
import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from lxml import etree

from kimppa.commons.members.models import Membership
from kimppa.consortium.budgets.models import CostShare, FiscalYear, Levy

pytestmark = pytest.mark.django_db


def levy(*arguments: str) -> str:
    out = StringIO()
    call_command("levy", *arguments, stdout=out)
    return out.getvalue()


def refused(*arguments: str) -> str:
    with pytest.raises(CommandError) as raised:
        levy(*arguments)
    assert raised.value.returncode == 2
    return str(raised.value)


def test_the_levy_of_2022_comes_as_csv_with_a_total_row(region: None) -> None:
    lines = levy("--rate", "0.75", "--population", "2020-12-31", "--format", "csv").splitlines()
    assert lines[0] == "code,municipality,residents,share"
    assert lines[1] == "009,Alavieska,2517,1887.75"
    assert lines[-1] == "total,,662159,496619.25"
    assert len(lines) == 61


def test_it_writes_nothing(region: None) -> None:
    levy("--rate", "0.75", "--population", "2020-12-31", "--format", "csv")
    assert not Levy.objects.exists()
    assert not FiscalYear.objects.exists()
    assert not CostShare.objects.exists()


def test_a_sum_is_split_to_the_cent(region: None) -> None:
    out = levy("--amount", "500000.00", "--population", "2020-12-31", "--format", "csv")
    rows = list(csv.DictReader(StringIO(out)))
    assert rows[-1] == {"code": "total", "municipality": "", "residents": "662159", "share": "500000.00"}
    assert sum(round(float(row["share"]) * 100) for row in rows[:-1]) == 50_000_000


def test_eight_months_of_seventy_cents_for_the_59_on_2022_are_309334_21(region: None) -> None:
    out = levy("--rate", "0.70", "--months", "8", "--population", "2022-12-31", "--format", "json")
    made = json.loads(out)
    assert made["total"] == "309334.21"
    assert made["months"] == 8
    assert len(made["shares"]) == 59


def test_the_table_is_for_people(region: None) -> None:
    out = levy("--rate", "0.75", "--population", "2020-12-31")
    assert out.splitlines()[-1].endswith("496\u202f619,25\u00a0€")


def test_members_of_another_day_or_all_may_be_asked(region: None) -> None:
    Membership.objects.filter(municipality__code="889").update(valid_to="2021-06-30")
    common = ("--rate", "1", "--population", "2020-12-31", "--format", "csv")
    assert len(levy(*common, "--members", "2021-06-30").splitlines()) == 61
    assert len(levy(*common, "--members", "2021-07-01").splitlines()) == 60
    assert len(levy(*common, "--members", "all").splitlines()) == 61


def test_a_day_without_population_is_refused_and_the_known_days_are_named(region: None) -> None:
    said = refused("--rate", "0.75", "--population", "2020-12-30")
    assert "2020-12-30" in said
    assert "2020-12-31" in said


@pytest.mark.parametrize("rate", ["-0.75", "0.1234567", "abc", "NaN", ""])
def test_an_impossible_rate_is_refused_with_a_sentence(region: None, rate: str) -> None:
    assert "is not a rate" in refused(f"--rate={rate}", "--population", "2020-12-31")


@pytest.mark.parametrize("months", ["0", "13", "x", "-1", "99999999999"])
def test_impossible_months_are_refused(region: None, months: str) -> None:
    assert "months" in refused("--rate", "1", "--population", "2020-12-31", f"--months={months}")


def test_a_day_that_is_none_is_refused(region: None) -> None:
    assert "is not a day" in refused("--rate", "1", "--population", "31.12.2020")


def test_a_day_before_there_were_members_is_refused(region: None) -> None:
    said = refused("--rate", "1", "--population", "2019-12-31", "--members", "2019-01-01")
    assert "No municipality was a member on 2019-01-01" in said


def test_every_document_of_the_year_is_written(demo_money: None, tmp_path: Path) -> None:
    out = StringIO()
    call_command("invoices", "--year", "2022", "--export", str(tmp_path / "out"), stdout=out)
    assert "57 invoices of 2022: 171 documents" in out.getvalue()
    names = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert len(names) == 171
    assert "ESIMROI1.pdf" in names
    assert (tmp_path / "out" / "ESIMROI1.pdf").read_bytes().startswith(b"%PDF-")
    root = etree.parse(str(tmp_path / "out" / "ESIMROI1.xml")).getroot()
    assert root.findtext("InvoiceDetails/InvoiceNumber") == "ESIMROI1"


def test_a_year_without_invoices_is_refused_and_makes_no_folder(demo_money: None, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="No invoices have been issued for 2023"):
        call_command("invoices", "--year", "2023", "--export", str(tmp_path / "out"))
    assert not (tmp_path / "out").exists()
