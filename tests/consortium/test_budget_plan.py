"""Budgets in the database: versions by decision, carry-over, commitments, purchases, grants."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from tests.consortium.conftest import BY, NOW

from kimppa.commons.members.models import Group, LegalParty
from kimppa.commons.platforms.models import Platform
from kimppa.consortium.agreements import drafts, papers, price_book
from kimppa.consortium.agreements.costs import Basis
from kimppa.consortium.agreements.drafts import Draft
from kimppa.consortium.agreements.models import Agreement
from kimppa.consortium.agreements.price_book import Asked
from kimppa.consortium.agreements.prices import NoExchangeRate, Price, PriceKind
from kimppa.consortium.agreements.rules import AgreementKind, PartyRole
from kimppa.consortium.agreements.services import sign
from kimppa.consortium.agreements.vat import VatContent
from kimppa.consortium.budgets import commitments, grants, lines, plan_queries, purchase_queries, purchases
from kimppa.consortium.budgets.grants import GrantSaid
from kimppa.consortium.budgets.lines import Said
from kimppa.consortium.budgets.plan_models import (
    Booking,
    BudgetLine,
    BudgetVersion,
    Commitment,
    LineAmount,
    Purchase,
)
from kimppa.consortium.budgets.plan_rules import (
    BudgetAdopted,
    BudgetEmpty,
    CarriedOtherwise,
    CommitmentRefused,
    CostKind,
    DraftExists,
    GrantAgreement,
    GrantIncomplete,
    LineIncomplete,
    LineTaken,
    NotAdopted,
    NothingToCarry,
    OutsideGrant,
    PartsBad,
    PartsDisagree,
    PurchaseBooked,
    PurchaseIncomplete,
    PurchaseState,
    PurchaseSums,
    PurchaseTwice,
)
from kimppa.consortium.budgets.purchases import Piece, Told, Upload
from kimppa.consortium.budgets.services import Resolution
from kimppa.consortium.governance.models import Decision
from kimppa.consortium.governance.services import Words
from kimppa.foundation.accounts.models import AuditEntry, User
from kimppa.foundation.core.errors import Forbidden
from kimppa.foundation.core.money import Cents

pytestmark = pytest.mark.django_db
DAY = date(2022, 11, 15)


def c(value: int) -> Cents:
    return Cents(value)


def resolution(number: str) -> Resolution:
    return Resolution("directors-days", number, date(2022, 11, 10), Words(f"Talousarvio {number}"))


@pytest.fixture
def plan(db: None) -> int:
    """The draft of 2022 with two lines; returns its id."""
    Group.objects.create(slug="directors-days", name_fi="Esimiespäivät")
    Platform.objects.create(slug="kirjat", name="Kirjat")
    price_book.load_shipped_vat_rates(by=BY, now=NOW)
    version = lines.begin_version(by=BY, year=2022, now=NOW)
    put(version, "Kirjat", 20_000_00, platform="kirjat")
    put(version, "Lehdet", 5_000_00)
    return version


def put(version: int, title: str, cents: int, line: int | None = None, platform: str = "") -> int:
    said = Said(title, c(cents), platform=platform, account="4300", cost_centre="6010")
    return lines.put_line(by=BY, version=version, said=said, line=line, now=NOW)


@pytest.fixture
def adopted(plan: int) -> dict[str, int]:
    lines.adopt_budget(by=BY, version=plan, resolution=resolution("1/2022"), now=NOW)
    return dict(BudgetLine.objects.values_list("title", "pk"))


def vendor_agreement(number: str = "S/1", last: date | None = date(2024, 12, 31)) -> int:
    city, _ = LegalParty.objects.get_or_create(name="Oulun kaupunki")
    made = drafts.write(
        by=BY,
        draft=Draft(
            kind=AgreementKind.VENDOR,
            diary_number=number,
            title_fi="Palvelusopimus",
            valid_from=date(2022, 5, 1),
            valid_to=last,
            parties=((city.pk, PartyRole.COORDINATOR),),
            vendor="Kirjamyyjä Oy",
        ),
        now=NOW,
    )
    price = Price(PriceKind.FLAT, Decimal(12_000), VatContent.BOOKS)
    price_book.put_price(by=BY, agreement=made, asked=Asked("kirjat", price), now=NOW)
    sign(by=BY, agreement=number, signed_on=date(2022, 4, 1), now=NOW)
    return made


def told(number: str = "17", net: int = 1000_00, vat: int = 100_00, **more: object) -> Told:
    return Told("Kirjamyyjä Oy", number, date(2022, 11, 3), c(net), c(vat), c(net + vat), **more)  # type: ignore[arg-type]


def receive(said: Told, upload: Upload | None = None) -> int:
    return purchases.receive(by=BY, told=said, upload=upload, now=NOW)


def book(purchase: int, *pieces: Piece, **more: object) -> None:
    purchases.book(by=BY, purchase=purchase, pieces=pieces, now=NOW, **more)  # type: ignore[arg-type]


def outlook_of(title: str, year: int = 2022) -> tuple[int, int, int, int]:
    view = plan_queries.budget(year)
    assert view is not None
    found = next(line.outlook for line in view.lines if line.title == title)
    return found.budget.value, found.booked.value, found.remaining.value, found.forecast.value


# ── versions ──────────────────────────────────────────────────────────────────────────────────────
def test_a_budget_is_adopted_by_a_decision_and_then_stands(plan: int) -> None:
    decision = lines.adopt_budget(by=BY, version=plan, resolution=resolution("1/2022"), now=NOW)
    again = lines.adopt_budget(by=BY, version=plan, resolution=resolution("1/2022"), now=NOW)
    assert decision == again
    assert Decision.objects.get(pk=decision).effect == "budget"
    assert Decision.objects.count() == 1
    line = BudgetLine.objects.get(title="Kirjat")
    for act in (
        lambda: put(plan, "Musiikki", 1_00),
        lambda: put(plan, "Kirjat", 1_00, line.pk),
        lambda: lines.drop_line(by=BY, version=plan, line=line.pk, now=NOW),
        lambda: lines.adopt_budget(by=BY, version=plan, resolution=resolution("2/2022"), now=NOW),
    ):
        with pytest.raises(BudgetAdopted):
            act()
    assert Decision.objects.count() == 1
    assert AuditEntry.objects.filter(act="budgets.adopt_budget").count() == 1


def test_a_change_after_adoption_is_a_new_version_and_the_earlier_one_stays(adopted: dict[str, int]) -> None:
    later = lines.begin_version(by=BY, year=2022, now=NOW)
    with pytest.raises(DraftExists):
        lines.begin_version(by=BY, year=2022, now=NOW)
    put(later, "Kirjat", 25_000_00, adopted["Kirjat"])
    view = plan_queries.budget(2022)
    assert view is not None
    assert (view.version.number, view.version.total) == (1, c(25_000_00))
    lines.adopt_budget(by=BY, version=later, resolution=resolution("2/2022"), now=NOW)
    first, second = plan_queries.budget(2022, 1), plan_queries.budget(2022)
    assert first is not None
    assert second is not None
    assert (first.version.total, second.version.total) == (c(25_000_00), c(30_000_00))
    assert {line.id for line in first.lines} == {line.id for line in second.lines}


def test_bad_lines_are_refused(plan: int) -> None:
    with pytest.raises(LineTaken):
        put(plan, "Kirjat", 1_00)
    with pytest.raises(LineIncomplete):
        put(plan, " ", 1_00)
    with pytest.raises(LineIncomplete):
        put(plan, "Musiikki", -1)
    empty = lines.begin_version(by=BY, year=2023, now=NOW)
    with pytest.raises(BudgetEmpty):
        lines.adopt_budget(by=BY, version=empty, resolution=resolution("9/2022"), now=NOW)
    assert not Decision.objects.exists()


def test_a_line_that_is_dropped_from_a_draft_is_gone(plan: int) -> None:
    line = BudgetLine.objects.get(title="Lehdet")
    lines.drop_line(by=BY, version=plan, line=line.pk, now=NOW)
    assert not BudgetLine.objects.filter(pk=line.pk).exists()


def test_the_database_keeps_the_promises_too(adopted: dict[str, int]) -> None:
    version = BudgetVersion.objects.get()
    wrongs: tuple[Callable[[], object], ...] = (
        lambda: BudgetVersion.objects.filter(pk=version.pk).update(decision=None),
        lambda: LineAmount.objects.update(own_cents=-1),
        lambda: LineAmount.objects.update(carried_cents=1),
        lambda: BudgetLine.objects.filter(title="Kirjat").update(title=""),
    )
    for wrong in wrongs:
        with pytest.raises(IntegrityError), transaction.atomic():
            wrong()


# ── carry-over ────────────────────────────────────────────────────────────────────────────────────
def test_a_remainder_is_carried_over_by_decision_and_no_more_than_is_left(adopted: dict[str, int]) -> None:
    one = receive(told(net=4_000_00, vat=400_00))
    book(one, Piece(adopted["Lehdet"], c(4_400_00)))

    def carry(number: str, cents: int) -> int:
        amounts = {adopted["Lehdet"]: c(cents)}
        return lines.carry_over(by=BY, year=2022, amounts=amounts, resolution=resolution(number), now=NOW)

    with pytest.raises(NothingToCarry, match=r"600\.00"):
        carry("3/2022", 600_01)
    assert not Decision.objects.filter(diary_number="3/2022").exists()
    assert carry("3/2022", 500_00) == carry("3/2022", 500_00)
    with pytest.raises(CarriedOtherwise, match="3/2022"):
        carry("3/2022", 400_00)
    view = plan_queries.budget(2023)
    assert view is not None
    assert [(r.title, r.own.value, r.carried.value, r.carried_from) for r in view.lines] == [
        ("Lehdet", 0, 500_00, "2022")
    ]
    with pytest.raises(NothingToCarry):
        carry("4/2022", 100_01)
    assert carry("4/2022", 100_00) == carry("4/2022", 100_00)
    view = plan_queries.budget(2023)
    assert view is not None
    assert view.version.total == c(600_00)


def test_a_year_without_an_adopted_budget_carries_nothing(plan: int) -> None:
    with pytest.raises(NotAdopted):
        lines.carry_over(by=BY, year=2022, amounts={}, resolution=resolution("1"), now=NOW)


# ── commitments ───────────────────────────────────────────────────────────────────────────────────
def test_a_commitment_is_reckoned_by_the_months_that_bind(adopted: dict[str, int]) -> None:
    agreement = vendor_agreement()
    (one,) = commitments.suggestions(2022, Basis(), on=DAY)
    assert (one.gross, one.line, one.recorded) == (c(8_800_00), adopted["Kirjat"], None)  # 8 months, 10 %
    commitments.record_commitment(
        by=BY,
        agreement=agreement,
        platform="kirjat",
        line=adopted["Kirjat"],
        basis=Basis(),
        on=DAY,
        now=NOW,
    )
    assert outlook_of("Kirjat") == (20_000_00, 0, 8_800_00, 8_800_00)
    (one,) = commitments.suggestions(2022, Basis(), on=DAY)
    assert one.recorded == c(8_800_00)
    invoice = receive(told(net=3_000_00, vat=300_00))
    book(invoice, Piece(adopted["Kirjat"], c(3_300_00)))
    assert outlook_of("Kirjat") == (20_000_00, 3_300_00, 5_500_00, 8_800_00)
    detail = plan_queries.line(adopted["Kirjat"])
    assert detail is not None
    assert [(b.vendor, b.agreement_number) for b in detail.bookings] == [("Kirjamyyjä Oy", "S/1")]
    assert [(n, p.remaining.value) for p, n in detail.promises] == [("S/1", 5_500_00)]
    row, year, cost = plan_queries.commitment(detail.commitments[0].id, on=DAY) or (None, 0, None)
    assert row is not None
    assert cost is not None
    assert cost.cost is not None
    assert (year, cost.cost.gross, len(cost.steps)) == (2022, row.amount, 3)


def test_an_agreement_that_was_given_notice_of_binds_no_longer(adopted: dict[str, int]) -> None:
    agreement = vendor_agreement(last=None)
    assert len(commitments.suggestions(2023, Basis(), on=DAY)) == 1
    papers.give_notice(
        by=BY, agreement=agreement, given_on=date(2022, 10, 1), ends_on=date(2022, 12, 31), now=NOW
    )
    assert commitments.suggestions(2023, Basis(), on=DAY) == ()
    with pytest.raises(CommitmentRefused):
        commitments.record_commitment(
            by=BY, agreement=0, platform="kirjat", line=adopted["Kirjat"], basis=Basis(), on=DAY, now=NOW
        )
    assert not Commitment.objects.exists()


# ── purchases ─────────────────────────────────────────────────────────────────────────────────────
def test_an_invoice_is_split_over_lines_and_must_match_to_the_cent(adopted: dict[str, int]) -> None:
    one = receive(told(), Upload("lasku.pdf", b"%PDF-1.7 lasku", "application/pdf"))
    with pytest.raises(PartsDisagree, match=r"1099\.99"):
        book(one, Piece(adopted["Kirjat"], c(1_000_00)), Piece(adopted["Lehdet"], c(99_99)))
    assert not Booking.objects.exists()
    book(one, Piece(adopted["Kirjat"], c(1_000_00)), Piece(adopted["Lehdet"], c(100_00)))
    assert outlook_of("Kirjat")[1] == 1_000_00
    assert outlook_of("Lehdet")[1] == 100_00
    row, parts = purchase_queries.purchase(one) or (None, ())
    assert row is not None
    assert (row.state, row.cost, len(parts), len(row.sha256)) == (PurchaseState.BOOKED, c(1_100_00), 2, 64)
    assert purchase_queries.file_of(one)[2] == b"%PDF-1.7 lasku"
    with pytest.raises(PurchaseBooked):
        book(one, Piece(adopted["Kirjat"], c(1_100_00)))
    purchases.rebook(by=BY, purchase=one, pieces=[Piece(adopted["Lehdet"], c(1_100_00))], now=NOW)
    assert outlook_of("Kirjat")[1] == 0
    assert outlook_of("Lehdet")[1] == 1_100_00


def test_the_same_invoice_twice_is_refused_however_its_number_is_written(adopted: dict[str, int]) -> None:
    one = receive(told("A 17"))
    for number in ("A 17", "a17", "A17 "):
        with pytest.raises(PurchaseTwice):
            receive(told(number))
    with pytest.raises(IntegrityError), transaction.atomic():
        Purchase.objects.filter(pk=receive(told("B"))).update(number_key="a17")
    purchases.discard(by=BY, purchase=one, why="Väärä summa", now=NOW)
    assert receive(told("A 17")) != one
    assert purchase_queries.waiting() == 1


def test_a_credit_note_takes_back_from_the_line(adopted: dict[str, int]) -> None:
    book(receive(told()), Piece(adopted["Kirjat"], c(1_100_00)))
    credit = receive(told("18", net=-200_00, vat=-20_00))
    with pytest.raises(PartsBad):
        book(credit, Piece(adopted["Kirjat"], c(220_00)))
    book(credit, Piece(adopted["Kirjat"], c(-220_00)))
    assert outlook_of("Kirjat")[1] == 880_00


def test_with_reverse_charge_the_city_pays_the_vat_and_the_line_bears_it(adopted: dict[str, int]) -> None:
    one = receive(told(vat=0, reverse_charge=True))
    with pytest.raises(PartsDisagree, match=r"1240\.00"):
        book(one, Piece(adopted["Kirjat"], c(1_000_00)), reverse_content=VatContent.FILM_AND_MUSIC)
    book(one, Piece(adopted["Kirjat"], c(1_240_00)), reverse_content=VatContent.FILM_AND_MUSIC)
    row, _ = purchase_queries.purchase(one) or (None, ())
    assert row is not None
    assert (row.self_assessed, row.cost) == (c(240_00), c(1_240_00))


def test_a_foreign_invoice_is_changed_by_the_rate_of_its_day(adopted: dict[str, int]) -> None:
    with pytest.raises(NoExchangeRate):
        receive(told(currency="SEK"))
    price_book.record_exchange_rate(
        by=BY, currency="SEK", day=date(2022, 11, 1), rate=Decimal("0.0915"), source="ESIMERKKI", now=NOW
    )
    row, _ = purchase_queries.purchase(receive(told(currency="SEK"))) or (None, ())
    assert row is not None
    assert (row.original, row.net, row.vat, row.cost) == (c(1100_00), c(91_50), c(9_15), c(100_65))


def test_what_is_no_invoice_is_refused(adopted: dict[str, int]) -> None:
    with pytest.raises(PurchaseSums):
        receive(Told("X", "1", DAY, c(100), c(10), c(111)))
    for wrong in (
        Told("", "1", DAY, c(1), c(0), c(1)),
        Told("X", "", DAY, c(1), c(0), c(1)),
        told(net=0, vat=0),
    ):
        with pytest.raises(PurchaseIncomplete):
            receive(wrong)
    assert not Purchase.objects.exists()


def test_nothing_is_booked_to_a_line_that_nobody_has_adopted(plan: int) -> None:
    one = receive(told())
    with pytest.raises(PartsBad):
        book(one, Piece(BudgetLine.objects.get(title="Kirjat").pk, c(1_100_00)))
    assert Purchase.objects.get(pk=one).state == PurchaseState.RECEIVED


# ── grants ────────────────────────────────────────────────────────────────────────────────────────
def grant(**more: object) -> int:
    said = {
        "title": "Kehittämishanke",
        "amount": c(5_000_00),
        "own_percent": Decimal(20),
        "valid_from": date(2022, 1, 1),
        "valid_to": date(2022, 12, 31),
        "funder": "Esimerkkivirasto",
        **more,
    }
    return grants.record_grant(by=BY, said=GrantSaid(**said), now=NOW)  # type: ignore[arg-type]


def test_costs_of_a_grant_are_divided_between_the_funder_and_the_own_share(adopted: dict[str, int]) -> None:
    one = grant()
    pieces: Sequence[Piece] = (
        Piece(adopted["Kirjat"], c(1_000_01), one, CostKind.LICENCES),
        Piece(adopted["Kirjat"], c(50_00), one, CostKind.TRAVEL),
        Piece(adopted["Lehdet"], c(49_99)),
    )
    book(receive(told()), *pieces)
    row, costs = purchase_queries.grant(one)
    assert (row.shares.cost, row.shares.grant, row.shares.own) == (c(1_050_01), c(840_01), c(210_00))
    assert [(k.kind, k.grant.value, k.own.value) for k in row.shares.kinds] == [
        ("licences", 800_01, 200_00),
        ("travel", 40_00, 10_00),
    ]
    assert sum(cost.amount.value for cost in costs) == 1_050_01


def test_a_cost_outside_the_grants_time_is_refused(adopted: dict[str, int]) -> None:
    one = grant(valid_to=date(2022, 11, 2))
    with pytest.raises(OutsideGrant, match="2022-11-03"):
        book(receive(told()), Piece(adopted["Kirjat"], c(1_100_00), one))
    assert not Booking.objects.exists()


def test_a_grant_that_cannot_be_is_refused(adopted: dict[str, int]) -> None:
    for wrong in (
        {"title": " "},
        {"amount": c(0)},
        {"own_percent": Decimal(101)},
        {"own_percent": Decimal("33.333")},
        {"valid_to": date(2021, 12, 31)},
        {"funder": ""},
    ):
        with pytest.raises(GrantIncomplete):
            grant(**wrong)
    with pytest.raises(GrantAgreement):
        grant(agreement=vendor_agreement())
    grant()
    with pytest.raises(GrantIncomplete):
        grant()


def test_who_has_no_role_changes_nothing(adopted: dict[str, int]) -> None:
    nobody = User.objects.create(email="x@example.org", name="X", date_joined=NOW)
    acts: tuple[Callable[[], object], ...] = (
        lambda: lines.begin_version(by=nobody, year=2023, now=NOW),
        lambda: purchases.receive(by=nobody, told=told(), now=NOW),
        lambda: lines.carry_over(by=nobody, year=2022, amounts={}, resolution=resolution("5"), now=NOW),
    )
    for act in acts:
        with pytest.raises(Forbidden):
            act()
    assert Agreement.objects.count() == 0
    assert not Purchase.objects.exists()
