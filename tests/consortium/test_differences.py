"""Advances, settlement and new decisions issued as differences; several levies on one invoice."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.consortium.conftest import BY, NOW
from tests.consortium.test_invoicing import TODAY, issue, levy_2023

from kimppa.commons.members.models import Municipality
from kimppa.consortium.agreements.rules import CostClass
from kimppa.consortium.budgets import queries as budgets
from kimppa.consortium.budgets import services as levies
from kimppa.consortium.budgets.models import LevyRevision, MemberMonths
from kimppa.consortium.budgets.recipes import Stage
from kimppa.consortium.budgets.revisions import LevyTitle
from kimppa.consortium.budgets.services import Resolution
from kimppa.consortium.budgets.shares import shares_of
from kimppa.consortium.governance.services import Words
from kimppa.consortium.invoicing import corrections, plans, queries, services
from kimppa.consortium.invoicing.content import from_json
from kimppa.consortium.invoicing.models import InternalCharge, Invoice, InvoiceLine, NumberSeries
from kimppa.consortium.invoicing.rules import (
    ChargesOthers,
    EarlierRevisionIssued,
    InvoiceState,
    Kind,
    NothingLeft,
    YearsMixed,
)
from kimppa.consortium.invoicing.services import Issued
from kimppa.foundation.core.apportion import Weight, cumulative
from kimppa.foundation.core.money import Cents

pytestmark = pytest.mark.django_db
OLD, NEW = 51_741_456, 53_068_160
DAY = date(2021, 12, 31)


def difference(revision: int, *, also: tuple[int, ...] = ()) -> Issued:
    return services.issue(by=BY, revision=revision, also=also, difference=True, issued_on=TODAY, now=NOW)


def amount(number: str, euros: int, stage: Stage = Stage.WHOLE, title: str = "Rajapinta") -> int:
    return levies.levy_amount(
        by=BY,
        resolution=Resolution("directors-days", number, date(2022, 11, 1), Words(f"Päätös {number}")),
        year=2023,
        cost_class=CostClass.OTHER,
        amount=Cents(euros * 100),
        reference_date=DAY,
        stage=stage,
        title=LevyTitle(title),
        now=NOW,
    )


def place() -> Municipality:
    return Municipality.objects.get(code="148")


def charged(levy_of: int) -> dict[str, int]:
    """What stands for each municipality of a revision's levy, by every line and charge."""
    levy = budgets.revision(levy_of).levy_id
    found: dict[str, int] = {}
    lines = InvoiceLine.objects.filter(share__revision__levy_id=levy)
    charges = InternalCharge.objects.filter(share__revision__levy_id=levy)
    for rows in (lines, charges):
        for code, cents in rows.values_list("share__municipality__code", "amount_cents"):
            found[code] = found.get(code, 0) + cents
    return found


def wanted(revision: int) -> dict[str, int]:
    return {share.code: share.amount.value for share in shares_of(revision)}


@pytest.fixture
def first(issued_2022: None) -> int:
    revision = levy_2023("0.78", "1/2022")
    issue(revision)
    return revision


@pytest.fixture
def higher(first: int) -> int:
    return levy_2023("0.80", "2/2022", supersedes=LevyRevision.objects.get(pk=first).decision_id)


@pytest.fixture
def lower(first: int) -> int:
    return levy_2023("0.75", "2/2022", supersedes=LevyRevision.objects.get(pk=first).decision_id)


def test_a_higher_rate_is_charged_as_the_difference_and_the_first_invoices_stand(higher: int) -> None:
    with pytest.raises(EarlierRevisionIssued):
        issue(higher)
    planned = plans.plan_issue(higher, on=TODAY)
    assert (planned.earlier, planned.invoices, planned.notes, planned.internal) == (59, 57, 0, 2)
    assert planned.total == Cents(NEW - OLD)
    assert difference(higher) == Issued(57, 2, Cents(NEW - OLD))
    assert charged(higher) == wanted(higher)
    assert difference(higher) == Issued(0, 0, Cents(0))
    line = InvoiceLine.objects.get(share__revision_id=higher, share__municipality__code="009")
    assert line.amount_cents == 199_280 - 194_298
    said = from_json(line.invoice.content).lines[0]
    assert (said.share, said.charged_before, said.amount) == (Cents(199_280), Cents(194_298), Cents(4_982))
    assert (
        "Osuus on nyt 1\u202f992,80\u00a0€; siitä on veloitettu aiemmin 1\u202f942,98\u00a0€" in said.made[-1]
    )


def test_a_lower_rate_reduces_the_first_invoices_by_notes_of_the_difference(lower: int) -> None:
    total = budgets.revision(lower).total.value
    issued = difference(lower)
    assert (issued.invoices, issued.notes, issued.internal) == (0, 57, 2)
    assert issued.total == Cents(total - OLD)
    assert charged(lower) == wanted(lower)
    note = Invoice.objects.get(reduces__isnull=False, lines__share__municipality__code="009")
    assert (note.kind, note.total_cents) == (Kind.CREDIT_NOTE, 186_825 - 194_298)
    assert note.reduces is not None
    said = from_json(note.content)
    assert (said.credits_number, said.credit_reason) == (note.reduces.number, "Uusi laskelma: 2/2022")
    row = queries.invoice(note.reduces.pk).row
    assert (row.total, row.reduced, row.open) == (Cents(194_298), Cents(-7_473), Cents(186_825))


def test_an_internal_charge_that_falls_is_reversed_and_booked_anew(lower: int) -> None:
    difference(lower)
    rows = InternalCharge.objects.filter(
        share__municipality__code="564", share__revision__levy__year__year=2023
    )
    assert [row.amount_cents for row in rows.order_by("pk")] == [16_344_978, -16_344_978, 15_716_325]


def test_numbers_have_no_gap_when_differences_go_both_ways(first: int) -> None:
    levy = LevyRevision.objects.get(pk=first)
    # One leaves the year by decision: all of its share is given back, the others pay more.
    second = levy_2023("0.80", "2/2022", supersedes=levy.decision_id)
    MemberMonths.objects.create(
        year=2023, municipality=place(), months=0, decision_id=LevyRevision.objects.get(pk=second).decision_id
    )
    third = levies.levy(by=BY, year=2023, cost_class=CostClass.CONTENT, reference_date=DAY, now=NOW)
    assert len(shares_of(third)) == 58
    made = difference(third)
    assert made.notes == 1
    stands = charged(third)
    gone = set(stands) - set(wanted(third))
    assert {stands.pop(code) for code in gone} == {0}
    assert stands == wanted(third)
    for series in NumberSeries.objects.all():
        serials = list(Invoice.objects.filter(seller=series.seller).values_list("serial", flat=True))
        assert sorted(serials) == list(range(1, series.last + 1))


def test_an_invoice_reduced_to_nothing_is_credited_and_takes_no_other_credit(first: int) -> None:
    decision = LevyRevision.objects.get(pk=first).decision_id
    MemberMonths.objects.create(year=2023, municipality=place(), months=0, decision_id=decision)
    second = levies.levy(by=BY, year=2023, cost_class=CostClass.CONTENT, reference_date=DAY, now=NOW)
    difference(second)
    note = Invoice.objects.get(reduces__isnull=False)
    assert note.reduces is not None
    row = queries.invoice(note.reduces.pk).row
    assert (row.state, row.open) == (InvoiceState.CREDITED, Cents(0))
    with pytest.raises(NothingLeft):
        services.credit(by=BY, invoice=note.reduces.pk, reason="x", issued_on=TODAY, now=NOW)


def test_crediting_an_invoice_that_was_reduced_gives_back_what_was_left_of_it(lower: int) -> None:
    difference(lower)
    reduced = Invoice.objects.get(reduces__isnull=False, lines__share__municipality__code="009").reduces
    assert reduced is not None
    pk = services.credit(by=BY, invoice=reduced.pk, reason="Väärä maksaja", issued_on=TODAY, now=NOW)
    note = Invoice.objects.get(pk=pk)
    assert note.total_cents == -186_825
    assert [line.amount.value for line in from_json(note.content).lines] == [-194_298, 7_473]
    assert charged(lower)["009"] == 0
    planned = plans.plan_issue(lower, on=TODAY)
    assert (planned.invoices, planned.total, planned.earlier) == (1, Cents(186_825), 0)
    issue(lower)
    assert charged(lower) == wanted(lower)


def test_credit_and_reissue_also_takes_back_what_differences_left(lower: int) -> None:
    difference(lower)
    third = levy_2023("0.79", "3/2022", supersedes=LevyRevision.objects.get(pk=lower).decision_id)
    made = corrections.withdraw_earlier(by=BY, revision=third, reason="Uusi", issued_on=TODAY, now=NOW)
    assert (made.invoices, made.internal, made.total) == (57, 2, budgets.revision(lower).total)
    assert set(charged(third).values()) == {0}
    issue(third)
    assert charged(third) == wanted(third)


def test_an_advance_a_second_one_and_the_settlement_leave_each_at_its_share(issued_2022: None) -> None:
    for number, euros, stage in (
        ("a", 10_000, Stage.ADVANCE),
        ("b", 20_000, Stage.ADVANCE),
        ("c", 17_777, Stage.SETTLEMENT),
    ):
        revision = amount(number, euros, stage)
        issue(revision)
        assert charged(revision) == wanted(revision)
        assert sum(charged(revision).values()) == euros * 100


def test_two_levies_of_a_year_stand_on_one_invoice_for_each_payer(issued_2022: None) -> None:
    content, change = levy_2023("0.78", "1/2022"), amount("9/2022", 5_000)
    issued = services.issue(by=BY, revision=content, also=[change], issued_on=TODAY, now=NOW)
    assert (issued.invoices, issued.internal, issued.total) == (57, 4, Cents(OLD + 500_000))
    invoice = Invoice.objects.get(year=2023, lines__share__municipality__code="009", lines__position=1)
    assert [line.title for line in from_json(invoice.content).lines] == [
        "Sisällöt ja alustat 2023",
        "Rajapinta",
    ]
    assert invoice.batch.revision is None
    for revision in (content, change):
        assert charged(revision) == wanted(revision)
        assert issue(revision) == Issued(0, 0, Cents(0))


def test_an_invoice_of_two_levies_is_not_credited_whole_for_one_of_them(issued_2022: None) -> None:
    content, change = levy_2023("0.78", "1/2022"), amount("9/2022", 5_000)
    services.issue(by=BY, revision=content, also=[change], issued_on=TODAY, now=NOW)
    newer = levy_2023("0.80", "2/2022", supersedes=LevyRevision.objects.get(pk=content).decision_id)
    before = Invoice.objects.count()
    with pytest.raises(ChargesOthers):
        corrections.withdraw_earlier(by=BY, revision=newer, reason="x", issued_on=TODAY, now=NOW)
    assert Invoice.objects.count() == before
    difference(newer)
    assert charged(newer) == wanted(newer)
    assert charged(change) == wanted(change)


def test_levies_of_two_years_are_not_put_on_one_invoice(issued_2022: None) -> None:
    earlier = budgets.latest_revision(2022, CostClass.CONTENT)
    assert earlier is not None
    with pytest.raises(YearsMixed):
        services.issue(
            by=BY, revision=levy_2023("0.78", "1/2022"), also=[earlier.id], issued_on=TODAY, now=NOW
        )


@given(
    st.lists(st.integers(1, 10**9), min_size=1, max_size=12),
    st.lists(st.integers(1, 700_000), min_size=1, max_size=59),
)
@settings(max_examples=60)
def test_nobody_drifts_over_a_year_of_splits(totals: list[int], people: list[int]) -> None:
    """Each is less than a cent from its exact quota of all, and half a cent or less on average."""
    weights = [Weight(f"{n:02d}", residents) for n, residents in enumerate(people)]
    given_so_far = dict.fromkeys((w.code for w in weights), 0)
    for step in cumulative(totals, weights):
        for code, cents in step.items():
            given_so_far[code] += cents
    exact = {w.code: Decimal(sum(totals)) * w.weight / sum(people) for w in weights}
    drift = [abs(given_so_far[code] - quota) for code, quota in exact.items()]
    assert sum(given_so_far.values()) == sum(totals)
    assert max(drift) < 1
    assert sum(drift) / len(drift) <= Decimal("0.5") + Decimal("1e-15")
