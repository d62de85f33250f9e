"""Our share: every municipality's statement adds up to the levies and the invoices, to the cent."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from io import BytesIO

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pypdf import PdfReader
from tests.consortium.conftest import BY, NOW
from tests.consortium.test_differences import difference
from tests.consortium.test_invoicing import TODAY, issue, levy_2023

from kimppa.commons.members.models import Municipality
from kimppa.commons.members.queries import member_codes_on
from kimppa.commons.members.roles import Visible
from kimppa.consortium.agreements.rules import CostClass
from kimppa.consortium.budgets import queries as budgets
from kimppa.consortium.budgets import services as levies
from kimppa.consortium.budgets.models import LevyRevision
from kimppa.consortium.budgets.recipes import Key, Part, Recipe
from kimppa.consortium.budgets.revisions import LevyTitle
from kimppa.consortium.budgets.services import Resolution
from kimppa.consortium.governance.services import Words
from kimppa.consortium.invoicing import corrections, plans
from kimppa.consortium.invoicing.ledger_models import PastLevy
from kimppa.consortium.invoicing.models import InternalCharge, Invoice, InvoiceLine, PayerOf, Payment
from kimppa.foundation.core.money import Cents
from kimppa.foundation.imports.models import ImportBatch
from kimppa.insight.reporting import statement_pdf, statement_words
from kimppa.insight.reporting.reckoning import Account, reckon
from kimppa.insight.reporting.statements import NoStatement, member_lines, statement, statement_years

pytestmark = pytest.mark.django_db


@pytest.fixture
def first(issued_2022: None) -> int:
    revision = levy_2023("0.78", "1/2022")
    issue(revision)
    return revision


def superseding(first: int, rate: str) -> int:
    return levy_2023(rate, "2/2022", supersedes=LevyRevision.objects.get(pk=first).decision_id)


def pay(invoice: Invoice, cents: int, key: str) -> None:
    Payment.objects.create(
        invoice=invoice, key=key, received_on=TODAY, amount_cents=cents, recorded_at=NOW, note=""
    )


def adds_up(year: int) -> None:
    """The promise: for each of the 59, and for all of them together."""
    rows = member_lines(year)
    assert len(rows) == 59
    for row in rows:
        one = row.sums
        assert one.levied == Cents(
            one.invoiced.value + one.credited.value + one.internal.value + one.not_charged.value
        ), row.code
        assert one.paid.value + one.open.value - one.overpaid.value == one.invoiced.value + one.credited.value
    latest = [r for r in budgets.revisions_of(year) if r.latest]
    planned = sum(plans.plan_issue(r.id, on=TODAY).total.value for r in latest)
    assert sum(row.sums.levied.value for row in rows) == sum(r.total.value for r in latest)
    assert sum(row.sums.not_charged.value for row in rows) == planned
    lines = InvoiceLine.objects.filter(share__revision__levy__year__year=year)
    charges = InternalCharge.objects.filter(share__revision__levy__year__year=year)
    billed = sum(row.sums.invoiced.value + row.sums.credited.value for row in rows)
    assert billed == sum(lines.values_list("amount_cents", flat=True))
    assert sum(r.sums.internal.value for r in rows) == sum(charges.values_list("amount_cents", flat=True))
    payments = Payment.objects.filter(invoice__year=year).values_list("amount_cents", flat=True)
    assert sum(row.sums.paid.value for row in rows) == sum(payments)


def the_same(year: int) -> None:
    """The statement of each municipality says what the list of all says, and its parts and papers sum up."""
    rows = {row.code: row.sums for row in member_lines(year)}
    for code in rows:
        told = statement(code, year, language="fi")
        assert told.sums == rows[code]
        assert sum(p.share.amount.value for p in told.parts) == told.sums.levied.value
        assert sum(p.charged.value for p in told.parts) == told.sums.invoiced.value + told.sums.credited.value
        assert sum(p.internal.value for p in told.parts) == told.sums.internal.value
        assert sum(p.not_charged.value for p in told.parts) == told.sums.not_charged.value
        assert sum(v.amount.value for v in told.vouchers) == sum(p.charged.value for p in told.parts)
        assert sum(v.paid.value for v in told.vouchers) == told.sums.paid.value
        assert sum(v.open.value for v in told.vouchers) == told.sums.open.value
        assert sum(c.amount.value for c in told.internal) == told.sums.internal.value


def test_a_year_issued_and_paid_adds_up_for_each_of_the_59_and_for_all(demo_money: None) -> None:
    adds_up(2022)
    the_same(2022)
    assert sum(row.sums.levied.value for row in member_lines(2022)) == 49_661_925


def test_the_smallest_sees_what_its_share_is_made_of(issued_2022: None) -> None:
    told = statement("742", 2022, language="en")
    (part,) = told.parts
    # 1,009 residents on 31.12.2020 × 0.75 €
    assert (part.share.residents, part.share.rate, part.share.months) == (1009, Decimal("0.750000"), 12)
    assert part.exact == Decimal("756.75")
    assert part.share.population_source == "Tilastokeskus"
    assert (told.sums.levied, told.sums.invoiced, told.sums.internal) == (
        Cents(75_675),
        Cents(75_675),
        Cents(0),
    )
    assert told.sums.open == Cents(75_675)
    assert part.revision.decision.diary_number == "ESIMERKKI/12/2021"
    assert part.annex is not None
    assert part.agreement_id is not None
    assert told.whole.total == Cents(49_661_925)
    assert (told.whole.residents, told.whole.municipalities) == (662_159, 59)
    assert told.whole.percent(told.sums.total) == Decimal("0.15")
    assert told.line.per_resident == told.whole.per_resident == Decimal("0.75")
    assert told.next_due == told.vouchers[0].due_on
    assert told.example


def test_a_coordinating_city_sees_an_internal_charge_and_no_invoice(issued_2022: None) -> None:
    told = statement("564", 2022, language="fi")
    assert told.vouchers == ()
    assert told.sums.internal == told.sums.levied
    assert told.sums.open == Cents(0)


def test_a_levy_that_is_not_issued_is_owed_but_not_charged(issued_2022: None) -> None:
    levy_2023("0.78", "1/2022")
    adds_up(2023)
    told = statement("742", 2023, language="fi")
    assert told.sums.not_charged == told.sums.levied == Cents(78_702)  # 1,009 × 0.78
    assert told.line.change == Cents(78_702 - 75_675)
    assert told.line.change_percent == Decimal("4.0")
    assert [line.year for line in told.years] == [2022, 2023]
    assert statement_years("742") == (2023, 2022)


@pytest.mark.parametrize("rate", ["0.80", "0.75"])
def test_after_a_difference_everything_still_adds_up(first: int, rate: str) -> None:
    for invoice in Invoice.objects.filter(year=2023)[:5]:
        pay(invoice, invoice.total_cents // 2, f"half-{invoice.pk}")
    second = superseding(first, rate)
    adds_up(2023)
    difference(second)
    adds_up(2023)
    the_same(2023)
    assert all(row.sums.not_charged == Cents(0) for row in member_lines(2023))


def test_after_credit_and_reissue_everything_still_adds_up_and_the_paid_shows_as_too_much(first: int) -> None:
    invoice = Invoice.objects.filter(year=2023, lines__share__municipality__code="742").get()
    pay(invoice, invoice.total_cents, "all")
    second = superseding(first, "0.80")
    corrections.withdraw_earlier(by=BY, revision=second, reason="Uusi päätös", issued_on=TODAY, now=NOW)
    adds_up(2023)
    issue(second)
    adds_up(2023)
    the_same(2023)
    told = statement("742", 2023, language="fi")
    assert [v.amount.value for v in told.vouchers] == [78_702, -78_702, 80_720]
    assert told.vouchers[1].of == told.vouchers[0].number
    assert (told.sums.paid, told.sums.open, told.sums.overpaid) == (
        Cents(78_702),
        Cents(80_720),
        Cents(78_702),
    )


def test_a_sum_shared_by_a_recipe_tells_its_keys(issued_2022: None) -> None:
    levies.levy_amount(
        by=BY,
        resolution=Resolution("directors-days", "7/2022", date(2022, 11, 1), Words("Rajapinta")),
        year=2022,
        cost_class=CostClass.OTHER,
        amount=Cents(1_000_000),
        reference_date=date(2020, 12, 31),
        recipe=Recipe(parts=(Part(Key.POPULATION, 50), Part(Key.EQUAL, 50)), flat=Cents(1_000)),
        title=LevyTitle("Rajapinta"),
        now=NOW,
    )
    adds_up(2022)
    told = statement("742", 2022, language="en")
    assert [part.revision.cost_class for part in told.parts] == ["content", "other"]
    made = told.parts[1].made
    assert any("A flat part of €10.00 from each" in text for text in made)
    assert any("Key equal parts, weight 50.0 %" in text for text in made)


def test_an_invoice_for_two_municipalities_deals_its_payment_by_what_each_owes(issued_2022: None) -> None:
    two = PayerOf.objects.get(municipality__code="742").payer
    PayerOf.objects.filter(municipality__code="148").update(payer=two)
    issue(levy_2023("0.78", "1/2022"))
    invoice = Invoice.objects.get(year=2023, lines__share__municipality__code="742")
    assert invoice.lines.count() == 2
    pay(invoice, 100_001, "part")
    adds_up(2023)
    small, large = (statement(code, 2023, language="fi") for code in ("742", "148"))
    assert small.vouchers[0].shared
    assert small.sums.paid.value + large.sums.paid.value == 100_001
    exact = Decimal(100_001) * small.sums.invoiced.value / invoice.total_cents
    assert abs(small.sums.paid.value - exact) < 1


def test_an_overpaid_account_gives_no_cent_away() -> None:
    account = Account({("742", 2023): 100, ("148", 2023): 200}, {("742", 2023): -100}, paid=301)
    assert account.paid_by_cell() == {("148", 2023): 301, ("742", 2023): 0}
    taken = Account({("742", 2023): 100, ("148", 2023): 200}, {("742", 2023): -100, ("148", 2023): -200}, 30)
    assert taken.paid_by_cell() == {("742", 2023): 10, ("148", 2023): 20}


def test_a_year_imported_from_a_sheet_stands_in_the_line_of_years(issued_2022: None) -> None:
    batch = ImportBatch.objects.create(
        kind="past-levies",
        source_name="vanhat.xlsx",
        created=NOW,
        applied=NOW,
        state="applied",
        sha256="0",
    )
    place = Municipality.objects.get(code="742")
    PastLevy.objects.create(
        year=2021,
        municipality=place,
        cost_class="content",
        amount_cents=50_000,
        paid_cents=20_000,
        residents=1_000,
        batch=batch,
    )
    told = statement("742", 2022, language="fi")
    assert [(line.year, line.sums.total) for line in told.years] == [
        (2021, Cents(50_000)),
        (2022, Cents(75_675)),
    ]
    assert told.line.change == Cents(25_675)
    before = statement("742", 2021, language="fi")
    assert (before.sums.past, before.sums.past_paid, before.line.residents) == (
        Cents(50_000),
        Cents(20_000),
        1_000,
    )
    assert before.past[0].source == "vanhat.xlsx"
    assert before.whole.total == Cents(50_000)


def test_another_municipalitys_statement_is_not_there_for_a_director(issued_2022: None) -> None:
    own = Visible(False, frozenset({"742"}))
    assert statement("742", 2022, language="fi", visible=own).place.code == "742"
    for code in ("148", "999"):
        with pytest.raises(NoStatement):
            statement(code, 2022, language="fi", visible=own)
    with pytest.raises(NoStatement):
        statement_years("148", visible=own)
    assert [row.code for row in member_lines(2022, visible=own)] == ["742"]
    assert member_lines(2022, visible=Visible(False)) == ()


def test_a_year_in_which_nothing_happened_is_empty_and_not_an_error(issued_2022: None) -> None:
    told = statement("742", 2030, language="fi")
    assert (told.parts, told.vouchers, told.sums.total) == ((), (), Cents(0))
    assert told.line.change is None


def test_the_number_of_queries_does_not_grow_with_the_members(issued_2022: None) -> None:
    assert len(member_codes_on(date(2022, 1, 1))) == 59
    with CaptureQueriesContext(connection) as asked:
        reckon()
    assert len(asked) <= 7
    with CaptureQueriesContext(connection) as asked:
        statement("742", 2022, language="fi")
    assert len(asked) <= 26


@pytest.mark.parametrize("language", ["fi", "sv", "en"])
def test_the_document_is_tagged_titled_and_says_the_same(first: int, language: str) -> None:
    difference(superseding(first, "0.80"))
    told = statement("742", 2023, language=language)
    made = statement_pdf.pdf(told, on=TODAY, language=language)
    assert made == statement_pdf.pdf(told, on=TODAY, language=language)
    reader = PdfReader(BytesIO(made))
    assert reader.metadata is not None
    assert reader.metadata.title == statement_words.title_of(told, language)
    assert reader.trailer["/Root"]["/Lang"] == language
    assert reader.trailer["/Root"]["/MarkInfo"]["/Marked"]
    text = " ".join(" ".join(page.extract_text() for page in reader.pages).split())
    for said in ("807", "009", "2/2022", *(one.number for one in told.vouchers)):
        assert said in text


def plain(text: str) -> str:
    return text.replace("\u202f", " ").replace("\u00a0", " ")


def test_the_sentences_say_what_a_director_asks_first(issued_2022: None) -> None:
    told = statement("742", 2022, language="fi")
    said = [
        text.replace("\u202f", " ").replace("\u00a0", " ") for text in statement_words.in_short(told, "fi")
    ]
    assert said == [
        "Savukoski: osuus vuodelta 2022 on 756,75 €.",
        "Laskutettu 756,75 €.",
        "Maksettu 0,00 €, maksamatta 756,75 €.",
        f"Seuraava eräpäivä on {told.vouchers[0].due_on:%-d.%-m.%Y}.",
        "Se on 0,15 % kaikkien 59 kunnan yhteissummasta 496 619,25 €: 0,75 €/asukas, "
        "kaikilla keskimäärin 0,75 €/asukas.",
    ]
    made = [
        text.replace("\u202f", " ").replace("\u00a0", " ")
        for text in statement_words.of_part(told.parts[0], "fi")
    ]
    assert made[0].endswith("1 009 asukasta (31.12.2020, Tilastokeskus) × 0,75 €/asukas = 756,75 €.")
    assert "ESIMERKKI/12/2021" in made[1]
    empty = statement_words.in_short(statement("742", 2030, language="fi"), "fi")
    assert empty == ("Savukoski: vuodelta 2030 ei ole päätettyä osuutta.",)
