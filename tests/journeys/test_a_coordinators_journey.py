"""Who has never seen it runs the year 2023: decision, shares, invoices, documents; by mouse and by keys."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator

import pikepdf
import pytest
from lxml import etree
from playwright.sync_api import Page, expect
from tests import needs
from tests.journeys.conftest import Open, Site, Visitor

pytestmark = [pytest.mark.journey, pytest.mark.slow]

OFFICE = "/fi/backoffice/"
OFFICE_PAGES = (
    *("", "members/", "members/890/", "people/", "people/1/", "roles/", "audit/", "services/"),
    *("services/ellibs/", "cards/", "imports/", "imports/1/", "feedback/", "money/", "money/2022/"),
    *("money/2023/decide/", "money/invoices/1/", "money/invoices/1/credit/", "money/invoices/1/payment/"),
    *("money/decisions/", "money/payers/", "money/levies/1/"),
    *("use/?year=2022", "use/deliveries/", "use/bring/", "use/measures/", "use/measures/ellibs/"),
    "use/figure/?platform=ellibs&code=564&first=2022-01&last=2022-10",
    *("reports/?year=2022", "reports/services/ellibs/?year=2022", "reports/places/564/?year=2022"),
    *("reports/equality/?year=2022", "reports/trends/", "reports/paper/?year=2022"),
    *("reports/national/?year=2022", "reports/views/"),
)


@pytest.fixture
def worker(site: Site) -> Iterator[None]:
    process = site.home.start("worker")
    yield
    process.terminate()
    process.wait(timeout=30)


@pytest.mark.parametrize(("width", "dark"), [(360, True), (1280, False), (768, False)])
def test_every_page_of_the_back_office_is_accessible_and_fits(visit: Open, width: int, dark: bool) -> None:
    one = visit(width=width, dark=dark)
    one.sign_in_staff()
    for path in OFFICE_PAGES:
        one.go(OFFICE + path)
        one.check(f"{path} at {width}")


def test_from_the_overview_to_the_documents_of_2023(visit: Open, site: Site, worker: None) -> None:
    one = visit()
    one.sign_in_staff()
    page = one.page
    expect(page.get_by_text("496\u202f619,25\u00a0€")).to_be_visible()
    page.get_by_role("link", name="Ensi vuoden maksu").click()
    page.get_by_label("Euroa asukasta kohti").fill("0,78")
    page.get_by_label("Väkiluvut päivältä").select_option(label="31.12.2021")
    page.get_by_label("Asianumero").fill("ESIMERKKI/20/2022")
    page.get_by_role("button", name="Näytä, mitä seuraisi").click()
    expect(page.get_by_text("517\u202f414,56\u00a0€").first).to_be_visible()
    one.check("preview of the decision")
    page.get_by_role("button", name="Kirjaa päätös ja laske osuudet").click()
    page.get_by_role("link", name=re.compile("Esikatsele")).click()
    one.check("preview of issuing")
    page.get_by_role("button", name=re.compile("57")).click()
    wait_for_documents(one)
    one.check("the issued year")
    invoice = page.locator("table").first.get_by_role("link").filter(has_text="ESIMOUL").first
    invoice.click()
    expect(page.get_by_text("ESIMERKKI/20/2022").first).to_be_visible()
    pdf = download(page, "PDF")
    with pikepdf.open(io.BytesIO(pdf)) as document:
        assert "/StructTreeRoot" in document.Root
        assert str(document.Root.Lang).startswith("fi")
        assert document.Root.MarkInfo.Marked
    xml = etree.fromstring(download(page, "Finvoice"))
    schema = needs.shared("schemas", "finvoice")
    xsd = next(schema.glob("**/*.xsd"))
    etree.XMLSchema(etree.parse(str(xsd))).assertValid(xml)


def wait_for_documents(one: Visitor) -> None:
    """The page of 2023 follows the worker until no document is missing."""
    for _ in range(40):
        page = one.go(f"{OFFICE}money/2023/")
        if page.get_by_text("Asiakirjoja tehdään").count() == 0:
            return
        page.wait_for_timeout(500)
    raise AssertionError("the documents were not made in 20 seconds")


def download(page: Page, name: str) -> bytes:
    with page.expect_download() as waiting:
        page.get_by_role("link", name=re.compile(name)).first.click()
    return waiting.value.path().read_bytes()


def test_signing_in_and_opening_a_year_goes_by_keys_alone(visit: Open) -> None:
    one = visit()
    page = one.go(OFFICE)
    type_into(page, "id_login", "talous@kimppa.example")
    type_into(page, "id_password", "kimppa-esimerkki-2022")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Yleiskuva")
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.textContent.trim()") == "Vuosi 2022":
            break
        if "Vuodet ja laskut" in page.evaluate("document.activeElement.textContent"):
            break
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline != "none"
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Raha")


def type_into(page: Page, element: str, text: str) -> None:
    """Tab until the field has the focus, then type."""
    for _ in range(30):
        if page.evaluate("document.activeElement.id") == element:
            page.keyboard.type(text)
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"{element} cannot be reached by keys")


def test_the_back_office_works_without_scripts(visit: Open) -> None:
    one = visit(scripts=False)
    one.sign_in_staff("johtaja@kimppa.example")
    page = one.go(f"{OFFICE}money/2022/")
    expect(page.get_by_text("Savukoski").first).to_be_visible()
    expect(page.get_by_text("756,75").first).to_be_visible()
    assert page.get_by_text("Utsjoki").count() == 0
    page = one.go(f"{OFFICE}members/?q=savu")
    expect(page.get_by_role("link", name="Savukoski")).to_be_visible()
    assert page.get_by_role("link", name="Oulu").count() == 0
