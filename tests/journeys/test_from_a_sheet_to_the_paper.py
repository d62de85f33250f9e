"""A vendor's sheet that nobody has seen before becomes a figure of the directors' paper, and leads back."""

from __future__ import annotations

import hashlib
import io
import re

import pikepdf
import pypdf
import pytest
from playwright.sync_api import expect
from tests.journeys.conftest import Open

from kimppa.foundation.core import tabular

pytestmark = [pytest.mark.journey, pytest.mark.slow]
USE = "/en/backoffice/use/"
REPORTS = "/en/backoffice/reports/"
MONTHS = ("tammi", "helmi", "maalis", "huhti", "touko", "kesä")
SHEET = (
    ("ESIMERKKI: katselut",),
    (),
    ("Kunta", *MONTHS, "Yhteensä"),
    ("Oulu", 40, 50, 60, 50, 40, 20, 260),
    ("Rovaniemi", 10, 20, 20, 20, 20, 10, 100),
    ("Koillismaan piste", 1, 2, 3, 2, 1, 1, 10),
    ("YHTEENSÄ", 51, 72, 83, 72, 61, 31, 370),
)


def workbook() -> bytes:
    width = max(len(row) for row in SHEET)
    padded = [[*row, *[None] * (width - len(row))] for row in SHEET]
    return tabular.xlsx_bytes(["ESIMERKKI", *[""] * (width - 1)], padded)


def test_from_an_unknown_sheet_to_the_directors_paper_and_back_to_its_row(visit: Open) -> None:
    raw = workbook()
    one = visit()
    one.sign_in_staff()
    page = one.go(f"{USE}bring/")
    one.check("bringing a file")
    page.get_by_label("File").set_input_files(
        {"name": "katselut.xlsx", "mimeType": "application/octet-stream", "buffer": raw}
    )
    page.get_by_label("E-service").select_option(label="Viddla")
    page.locator("main form button[type=submit]").first.click()

    expect(page.get_by_role("heading", name="How the sheet is read")).to_be_visible()
    one.check("how the sheet is read")
    page.get_by_label("What the columns of months count").fill("plays")
    page.get_by_label("Year of months that are written without one").fill("2022")
    page.get_by_label("The names are of").select_option(label="A municipality")
    page.get_by_role("button", name="Show what it makes").click()

    page.get_by_label("Koillismaan piste").select_option(label="Kuusamo")
    page.get_by_role("button", name="Remember the names").click()
    expect(page.get_by_text("370").first).to_be_visible()
    one.check("what would be taken into use")
    page.get_by_role("button", name="Take into use").click()
    expect(page.get_by_text(hashlib.sha256(raw).hexdigest())).to_be_visible()
    one.check("the delivery")

    page = one.go(f"{USE}measures/viddla/")
    page.get_by_label(re.compile("own sheet · plays · A municipality")).check()
    page.get_by_label("One unit of it is").select_option(label="Plays")
    page.get_by_label("From the month").fill("2022-01")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("What counts was recorded")).to_be_visible()
    one.check("what counts")

    page = one.go(f"{REPORTS}places/564/?year=2022")
    one.check("a municipality's report")
    page.get_by_role("link", name="260", exact=True).first.click()
    expect(page.get_by_role("heading", name="Viddla: Oulu")).to_be_visible()
    one.check("where a figure comes from")
    page.get_by_role("link", name="katselut.xlsx").first.click()
    expect(page.get_by_text(hashlib.sha256(raw).hexdigest())).to_be_visible()
    with page.expect_download() as kept:
        page.get_by_role("link", name="katselut.xlsx").first.click()
    assert kept.value.path().read_bytes() == raw

    page = one.go(f"{REPORTS}paper/?year=2022")
    one.check("the directors' paper")
    expect(page.get_by_text("Viddla").first).to_be_visible()
    paper = one.context.request.get(f"{one.site.url}{REPORTS}paper/2022/en.pdf").body()
    with pikepdf.open(io.BytesIO(paper)) as document:
        assert "/StructTreeRoot" in document.Root
        assert str(document.Root.Lang).startswith("en")
    text = " ".join(sheet.extract_text() for sheet in pypdf.PdfReader(io.BytesIO(paper)).pages)
    assert "Viddla" in text
    assert "370" in text

    one.go(f"{REPORTS}national/?year=2022")
    one.check("the national sheet")
