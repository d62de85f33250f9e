"""An internal charge reversed; a year credited and issued anew: exact figures, and what must not happen."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from tests.consortium.conftest import BY, NOW
from tests.consortium.test_cost_shares_document import cents, examples
from tests.consortium.test_invoicing import TODAY, first_of_2023, issue, levy_2023

from kimppa.commons.members.models import RoleAssignment
from kimppa.commons.members.permissions import NotYours
from kimppa.consortium.budgets.models import LevyRevision
from kimppa.consortium.invoicing import corrections, plans, queries, services, standing, withdrawals
from kimppa.consortium.invoicing.corrections import Withdrawn
from kimppa.consortium.invoicing.models import (
    BillingBatch,
    InternalCharge,
    Invoice,
    InvoiceLine,
    NumberSeries,
)
from kimppa.consortium.invoicing.rules import (
    AlreadyReversed,
    CannotReverse,
    EarlierRevisionIssued,
    IssuedBeforeOthers,
    IssuedInFuture,
    NewerCalculation,
    NoSuchCharge,
    ReasonNeeded,
)
from kimppa.foundation.accounts.models import AuditEntry, User
from kimppa.foundation.core import jobs
from kimppa.foundation.core.money import Cents

pytestmark = pytest.mark.django_db
# 0.78 and 0.80 × the residents of 31.12.2021: Oulu 209,551 and Rovaniemi 64,180 are charged internally.
OLD, NEW = 51_741_456, 53_068_160
OULU_OLD, OULU_NEW, ROVANIEMI_OLD = 16_344_978, 16_764_080, 5_006_040
WHY = "Uusi päätös 2/2022"


@pytest.fixture
def first(issued_2022: None) -> int:
    """The calculation of 2023 by 0.78, issued."""
    revision = levy_2023("0.78", "1/2022")
    issue(revision)
    return revision


@pytest.fixture
def second(first: int) -> int:
    """The calculation that follows from the superseding decision of 0.80, not issued."""
    return levy_2023("0.80", "2/2022", supersedes=LevyRevision.objects.get(pk=first).decision_id)


def oulu() -> InternalCharge:
    return standing.standing_charges().get(share__municipality__code="564", charged_on=TODAY)


def reverse(charge: InternalCharge, reason: str = "Väärä seutu", day: date = TODAY) -> int:
    return corrections.reverse_internal(by=BY, charge=charge.pk, reason=reason, charged_on=day, now=NOW)


def withdraw(revision: int, reason: str = WHY, day: date = TODAY) -> Withdrawn:
    return corrections.withdraw_earlier(by=BY, revision=revision, reason=reason, issued_on=day, now=NOW)


def net(year: int) -> tuple[int, int]:
    """What the overview adds up: invoices with their credits, and internal charges with their reversals."""
    invoiced = sum(row.total.value for row in queries.invoices_of(year))
    return invoiced, sum(row.amount.value for row in queries.internal_charges_of(year))


def test_a_reversed_internal_charge_is_free_to_be_booked_again(first: int) -> None:
    charge = oulu()
    assert charge.amount_cents == OULU_OLD
    before = net(2023)
    turned = InternalCharge.objects.get(pk=reverse(charge))
    assert (turned.amount_cents, turned.reverses_id, turned.source) == (-OULU_OLD, charge.pk, charge.source)
    assert net(2023) == (before[0], before[1] - OULU_OLD)
    assert plans.plan_issue(first, on=TODAY).internal == 1
    assert issue(first) == services.Issued(0, 1, Cents(OULU_OLD))
    assert net(2023) == before
    assert sum(before) == OLD
    assert InternalCharge.objects.filter(share__municipality__code="564", source=charge.source).count() == 3


def test_a_charge_is_reversed_once_with_a_reason_and_never_a_reversal(first: int) -> None:
    charge = oulu()
    with pytest.raises(ReasonNeeded):
        reverse(charge, " ")
    for day in (TODAY + timedelta(days=1), TODAY - timedelta(days=1)):
        with pytest.raises(IssuedInFuture):
            reverse(charge, day=day)
    turned = reverse(charge)
    assert reverse(charge) == turned
    with pytest.raises(AlreadyReversed, match="Oulu"):
        reverse(charge, "toinen syy")
    with pytest.raises(CannotReverse):
        reverse(InternalCharge.objects.get(pk=turned))
    with pytest.raises(NoSuchCharge):
        corrections.reverse_internal(by=BY, charge=999_999, reason="x", charged_on=TODAY, now=NOW)
    assert InternalCharge.objects.filter(reverses=charge).count() == 1
    assert AuditEntry.objects.filter(act="invoicing.reverse_internal").count() == 1


@pytest.mark.parametrize(
    "change",
    [
        {"reverses": None},
        {"amount_cents": 1},
        {"reason": ""},
        {"reversed": True},
        {},
    ],
    ids=["charged twice", "a positive reversal", "without reason", "itself reversed", "reversed twice"],
)
def test_the_database_itself_refuses(first: int, change: dict[str, object]) -> None:
    charge = oulu()
    if not change:
        reverse(charge)
    row: dict[str, object] = {
        "batch": charge.batch,
        "seller": charge.seller,
        "source": charge.source,
        "share": charge.share,
        "amount_cents": 1 if "reverses" in change else -1,
        "charged_on": TODAY,
        "reverses": charge,
        "reason": "x",
    }
    with pytest.raises(IntegrityError), transaction.atomic():
        InternalCharge.objects.create(**{**row, **change})


def test_the_preview_says_what_stands_and_writes_nothing(second: int) -> None:
    counts = (Invoice.objects.count(), InternalCharge.objects.count(), BillingBatch.objects.count())
    paid = first_of_2023()
    services.record_payment(by=BY, invoice=paid.pk, key="k", received_on=TODAY, amount=Cents(10_000), now=NOW)
    planned = withdrawals.plan_withdrawal(second)
    assert (planned.invoices, planned.internal) == (57, 2)
    assert (planned.total, planned.paid) == (Cents(OLD), Cents(10_000))
    assert [(s.invoices, s.internal, s.first, s.last) for s in planned.sellers] == [
        (37, 1, "ESIMOUL75", "ESIMOUL111"),
        (20, 1, "ESIMROI41", "ESIMROI60"),
    ]
    assert [s.internal_total.value for s in planned.sellers] == [OULU_OLD, ROVANIEMI_OLD]
    assert (Invoice.objects.count(), InternalCharge.objects.count(), BillingBatch.objects.count()) == counts


def test_a_year_is_credited_and_issued_anew_by_the_superseding_decision(second: int) -> None:
    with pytest.raises(EarlierRevisionIssued):
        issue(second)
    assert withdraw(second) == Withdrawn(57, 2, Cents(OLD))
    assert net(2023) == (0, 0)
    notes = Invoice.objects.filter(year=2023, credits__isnull=False)
    assert {note.number for note in notes} == {
        *(f"ESIMOUL{n}" for n in range(75, 112)),
        *(f"ESIMROI{n}" for n in range(41, 61)),
    }
    assert all(note.total_cents == -note.credits.total_cents for note in notes if note.credits)
    assert issue(second) == services.Issued(57, 2, Cents(NEW))
    assert sum(net(2023)) == NEW
    assert oulu().amount_cents == OULU_NEW
    assert withdrawals.plan_withdrawal(second).sellers == ()
    jobs.run_pending()
    progress = queries.progress_of(2023)
    assert (progress.done, progress.total) == (171, 171)
    open_sum = sum(row.open.value for row in queries.invoices_of(2023))
    assert open_sum == net(2023)[0]


@pytest.mark.parametrize(
    "example", [row for row in examples("again") if "2023" in row[0]], ids=lambda e: e[0]
)
def test_the_rows_are_those_of_the_documents_example(second: int, example: list[str]) -> None:
    withdraw(second)
    issue(second)
    name = example[0].split()[0]
    lines = InvoiceLine.objects.filter(share__municipality__name_fi=name, invoice__year=2023)
    charges = InternalCharge.objects.filter(share__municipality__name_fi=name, charged_on=TODAY)
    rows = (charges if "internal" in example[0] else lines).order_by("pk")
    made = list(rows.values_list("amount_cents", flat=True))
    assert made == [cents(text) for text in example[5:8]]
    assert sum(made) == cents(example[8])


def test_the_release_before_goes_on_booking_internal_charges(first: int) -> None:
    charge = oulu()
    reverse(charge)
    values = [charge.batch_id, charge.seller_id, charge.source, charge.share_id, OULU_OLD, TODAY]
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO invoicing_internalcharge"
            " (batch_id, seller_id, source, share_id, amount_cents, charged_on)"
            " VALUES (%s, %s, %s, %s, %s, %s)",
            values,
        )
    assert oulu().amount_cents == OULU_OLD
    assert issue(first) == services.Issued(0, 0, Cents(0))


def test_asked_twice_nothing_is_credited_twice_and_what_is_new_stands(second: int) -> None:
    withdraw(second)
    series = list(NumberSeries.objects.order_by("pk").values_list("last", flat=True))
    assert withdraw(second) == Withdrawn(0, 0, Cents(0))
    issue(second)
    assert withdraw(second, "vielä kerran") == Withdrawn(0, 0, Cents(0))
    assert AuditEntry.objects.filter(act="invoicing.withdraw_earlier").count() == 2
    assert [row.last for row in NumberSeries.objects.order_by("pk")] == [
        last + new for last, new in zip(series, (37, 20), strict=True)
    ]
    assert Invoice.objects.filter(year=2023, credits__isnull=False).count() == 57


def test_what_was_credited_by_hand_is_left_and_the_rest_is_credited(second: int) -> None:
    row = first_of_2023()
    note = services.credit(by=BY, invoice=row.pk, reason="Väärä maksaja", issued_on=TODAY, now=NOW)
    reverse(oulu())
    assert withdraw(second) == Withdrawn(56, 1, Cents(OLD - row.total_cents - OULU_OLD))
    assert Invoice.objects.get(credits=row).pk == note
    assert net(2023) == (0, 0)


def test_other_years_are_not_touched(second: int) -> None:
    before = net(2022)
    withdraw(second)
    assert net(2022) == before
    assert not Invoice.objects.filter(year=2022, credited_by__isnull=False).exists()


def test_two_calculations_are_taken_back_at_once(second: int) -> None:
    withdraw(second)
    issue(second)
    third = levy_2023("0.79", "3/2022", supersedes=LevyRevision.objects.get(pk=second).decision_id)
    with pytest.raises(NewerCalculation):
        withdraw(second)
    assert withdraw(third) == Withdrawn(57, 2, Cents(NEW))
    assert net(2023) == (0, 0)


def test_nothing_is_credited_without_reason_in_future_or_before_the_invoices(second: int) -> None:
    with pytest.raises(ReasonNeeded):
        withdraw(second, "  ")
    with pytest.raises(IssuedInFuture):
        withdraw(second, day=TODAY + timedelta(days=1))
    with pytest.raises(IssuedBeforeOthers):
        withdraw(second, day=TODAY - timedelta(days=1))
    assert not Invoice.objects.filter(year=2023, credits__isnull=False).exists()
    assert sum(net(2023)) == OLD


def test_only_those_may_who_may_credit(second: int) -> None:
    user = User.objects.create(email="d@example.org", name="D", date_joined=datetime(2022, 1, 1, tzinfo=UTC))
    RoleAssignment.objects.create(user=user, role="director", scope_kind="municipality", scope_code="009")
    with pytest.raises(NotYours):
        corrections.withdraw_earlier(by=user, revision=second, reason=WHY, issued_on=TODAY, now=NOW)
    with pytest.raises(NotYours):
        corrections.reverse_internal(by=user, charge=oulu().pk, reason=WHY, charged_on=TODAY, now=NOW)
    assert sum(net(2023)) == OLD
