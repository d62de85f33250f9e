"""The consortium's year in a browser: one leaves and joins again, the rate is decided, invoiced, paid and
settled by the final accounts, and the next year is tried out for the next meeting.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from tests.foundation.protocols.test_camt import entry, message
from tests.journeys.conftest import Open, Site, Visitor, running

pytestmark = [pytest.mark.journey, pytest.mark.slow]
OFFICE = "/fi/backoffice/"
CASES = f"{OFFICE}members/cases/"
UNPAID = """
from kimppa.consortium.invoicing.models import Invoice
rows = Invoice.objects.filter(year=2023, kind="invoice", seller__prefix="{prefix}").order_by("serial")
answer = [[row.reference, row.total_cents, row.seller.iban] for row in rows.select_related("seller")]
"""
STANDS = """
from kimppa.consortium.invoicing.year_sums import year_sums
found = year_sums(year=2023)[2023]
answer = [found.invoiced.value + found.internal.value, found.paid.value, found.open.value]
"""
LATEST = """
from kimppa.consortium.budgets.models import LevyRevision
row = LevyRevision.objects.filter(levy__year__year=2023, levy__cost_class="content").order_by("-number")[0]
answer = [row.pk, row.number, row.total_cents]
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A demo region of its own: this journey changes who is a member."""
    with running(tmp_path_factory.mktemp("year") / "home") as one:
        yield one


@pytest.fixture
def worker(site: Site) -> Iterator[None]:
    process = site.home.start("worker")
    yield
    process.terminate()
    process.wait(timeout=30)


def fill(page: Page, **values: str) -> None:
    """Fields by their names, whatever kind they are."""
    for name, value in values.items():
        field = page.locator(f"main [name='{name}']")
        if field.evaluate("(e) => e.tagName") == "SELECT":
            field.select_option(value)
        else:
            field.fill(value)


def send(page: Page, label: str) -> None:
    page.locator("main").get_by_role("button", name=re.compile(label)).first.click()


def case(page: Page, kind: str, day: str) -> str:
    """Opens a case of Savukoski and records the municipality's own decision; the case's address."""
    fill(page, kind=kind, municipality="742", day=day, opened_on="2022-09-01")
    send(page, "Aloita")
    address = page.url
    page.get_by_role("link", name="Kirjaa päätös").click()
    fill(page, decided_on="2022-10-03", number="Kvalt 12 §")
    send(page, "Kirjaa")
    return address


def put_in_force(one: Visitor, months: str, number: str) -> None:
    page = one.page
    page.get_by_role("link", name="Päätä ja saata voimaan").click()
    fill(page, months=months, body="directors-days", decided_on="2022-11-10", diary_number=number)
    send(page, "Näytä, mitä seuraisi")
    one.check("consequences of a case")
    send(page, "Saata voimaan")
    expect(page.get_by_text("Voimassa").first).to_be_visible()


def test_a_year_from_accession_to_the_next_years_scenario(
    visit: Open, site: Site, worker: None, tmp_path: Path
) -> None:
    one = visit()
    one.sign_in_staff()
    page = one.page

    # Savukoski leaves at the end of 2022 and comes back in July: six months of 2023.
    one.go(CASES + "new/")
    case(page, "leave", "2022-12-31")
    put_in_force(one, "12", "ESIMERKKI/40/2022")
    one.go(CASES + "new/")
    case(page, "join", "2023-07-01")
    page.get_by_role("link", name="Kirjaa allekirjoitus").click()
    fill(page, signed_on="2022-10-10")
    send(page, "Kirjaa")
    put_in_force(one, "6", "ESIMERKKI/41/2022")

    # The directors decide 0.78 €; 58 pay the whole year and one half of it.
    one.go(f"{OFFICE}money/2023/decide/")
    fill(
        page,
        rate="0,78",
        reference_date="2021-12-31",
        body="directors-days",
        decided_on="2022-11-10",
        diary_number="ESIMERKKI/42/2022",
    )
    send(page, "Näytä, mitä seuraisi")
    expect(page.get_by_text("517\u202f021,05").first).to_be_visible()
    send(page, "Kirjaa päätös ja laske osuudet")
    page.get_by_role("link", name=re.compile("Esikatsele")).click()
    send(page, "57")
    revision, number, total = site.home.ask(LATEST)  # type: ignore[misc]
    assert number == 1
    stands = site.home.ask(STANDS)
    assert isinstance(stands, list)
    assert stands[0] == total

    # The bank's statements of both cities: every invoice is paid by its reference.
    for prefix in ("ESIMOUL", "ESIMROI"):
        rows = site.home.ask(UNPAID.format(prefix=prefix))
        assert isinstance(rows, list)
        entries = "".join(
            entry(amount=f"{cents / 100:.2f}", reference=reference, key=f"{prefix}{place}")
            for place, (reference, cents, _iban) in enumerate(rows)
        )
        raw = message(entries, iban=rows[0][2]).replace(b"2022-03-01", b"2022-11-15")
        file = tmp_path / f"{prefix}.xml"
        file.write_bytes(raw.replace(b"<Id>S1</Id>", f"<Id>{prefix}</Id>".encode()))
        one.go(f"{OFFICE}money/bank/")
        page.locator("input[type=file]").set_input_files(file)
        page.locator("main form").filter(has=page.locator("input[type=file]")).locator("button").click()
    assert site.home.ask(STANDS) == [total, stands[2], 0]

    # The final accounts come out lower: everybody gets the difference back by a credit note.
    one.go(f"{OFFICE}money/2023/levy/")
    for details in page.locator("main details:not([open]) > summary").all():
        details.click()
    fill(
        page,
        cost_class="content",
        amount="500000",
        stage="settlement",
        reference_date="2021-12-31",
        body="directors-days",
        decided_on="2022-11-14",
        diary_number="ESIMERKKI/43/2022",
        decision_fi="Tilinpäätöksen mukainen tasaus (ESIMERKKI)",
    )
    send(page, "Näytä, mitä seuraisi")
    send(page, "Kirjaa päätös")
    expect(page.get_by_text("Tasaus").first).to_be_visible()
    settled, number, _total = site.home.ask(LATEST)  # type: ignore[misc]
    assert (number, settled != revision) == (2, True)
    one.go(f"{OFFICE}money/levies/{settled}/issue/")
    one.check("preview of the settlement")
    send(page, "hyvityslaskuja")
    # Nobody owes anything; what was paid too much waits to be given back or moved.
    assert site.home.ask(STANDS) == [50_000_000, stands[2], 0]
    one.go(f"{OFFICE}money/too-much/")
    expect(page.get_by_text("Savukoski").first).to_be_visible()
    one.check("what was paid too much")
    one.go(f"{OFFICE}money/2023/")
    one.check("the settled year")

    # One share, with all that it was made of.
    page.locator("#shares").get_by_role("link", name="Savukoski").click()
    expect(page.get_by_text("6/12").first).to_be_visible()
    expect(page.get_by_text("ESIMERKKI/41/2022").first).to_be_visible()
    one.check("a share")

    # What would 0.80 € mean next? The answer goes to the next meeting's papers.
    one.go(f"{OFFICE}money/scenario/")
    fill(page, content="0,80", reference_date="2021-12-31")
    send(page, "Näytä, mitä seuraisi")
    expect(page.get_by_role("rowheader", name="Savukoski")).to_be_visible()
    one.check("next year's scenario")
    page.locator("main [name='meeting']").select_option(index=0)
    page.locator("main form").filter(has=page.locator("[name='meeting']")).locator("button").click()
    expect(page.get_by_role("link", name=re.compile(r"0,80 \+ 0,00"))).to_be_visible()
    one.check("the meeting with the scenario among its papers")
