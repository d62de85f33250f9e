"""What the cities paid to vendors comes from the booked invoices; the voucher of a settlement as PDF."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from tests.consortium.conftest import BY, NOW

from kimppa.consortium.agreements import price_book
from kimppa.consortium.agreements.vat import VatContent
from kimppa.consortium.budgets import lines, purchase_queries, purchases
from kimppa.consortium.budgets.plan_models import BudgetLine, Purchase
from kimppa.consortium.budgets.purchases import Piece, Told
from kimppa.consortium.budgets.services import Resolution
from kimppa.consortium.governance.services import Words
from kimppa.consortium.invoicing import settlement_pdf, settlements
from kimppa.consortium.invoicing.between_cities import NoSuchSettlement
from kimppa.consortium.invoicing.models import Seller
from kimppa.consortium.invoicing.settlements import Terms
from kimppa.foundation.core.money import Cents

pytestmark = pytest.mark.django_db
NOTHING = Cents(0)


@pytest.fixture
def line(issued_2022: None) -> int:
    """A line of the adopted budget of 2022."""
    version = lines.begin_version(by=BY, year=2022, now=NOW)
    said = lines.Said("Kirjat", Cents(30_000_000), account="4300", cost_centre="6010")
    lines.put_line(by=BY, version=version, said=said, now=NOW)
    resolution = Resolution("directors-days", "7/2022", date(2022, 11, 10), Words("Talousarvio"))
    lines.adopt_budget(by=BY, version=version, resolution=resolution, now=NOW)
    return BudgetLine.objects.get().pk


def sellers() -> tuple[Seller, Seller]:
    oulu, rovaniemi = Seller.objects.order_by("prefix")
    return oulu, rovaniemi


def book(line: int, number: str, net: int, vat: int, paid_by: int | None, **more: object) -> int:
    told = Told("Kirjamyyjä Oy", number, date(2022, 11, 3), Cents(net), Cents(vat), Cents(net + vat))
    made = purchases.receive(by=BY, told=told, now=NOW)
    tax = int(str(more.pop("own_tax", 0)))
    purchases.book(
        by=BY, purchase=made, pieces=[Piece(line, Cents(net + vat + tax))], paid_by=paid_by, now=NOW,
        **more,  # type: ignore[arg-type]
    )  # fmt: skip
    return made


def terms(oulu: int = 0, rovaniemi: int = 0) -> dict[int, Terms]:
    one, other = sellers()
    return {one.pk: Terms(Cents(oulu), 7332), other.pk: Terms(Cents(rovaniemi), 2668)}


def paid(given: dict[int, Terms]) -> dict[int, int]:
    return {one.side.seller_id: one.side.paid.value for one in settlements.plan(2022, given)}


def test_what_was_booked_counts_and_what_was_not_is_told_by_hand(line: int) -> None:
    oulu, rovaniemi = sellers()
    assert paid(terms(5_00, 7_00)) == {oulu.pk: 5_00, rovaniemi.pk: 7_00}
    book(line, "1", 100_000_00, 10_000_00, oulu.party_id)
    # A credit note takes off; Rovaniemi has nothing booked, so its word counts.
    book(line, "2", -1_000_00, -100_00, oulu.party_id)
    assert paid(terms(5_00, 7_00)) == {oulu.pk: 108_900_00, rovaniemi.pk: 7_00}
    assert sum(one.transfer.value for one in settlements.plan(2022, terms())) == 0


def test_the_signing_city_pays_the_vat_of_a_reverse_charge(line: int) -> None:
    oulu, rovaniemi = sellers()
    price_book.record_vat_rate(
        by=BY, content=VatContent.GENERAL, percent=Decimal(24), valid_from=date(2013, 1, 1), now=NOW
    )
    book(
        line, "3", 1_000_00, 0, rovaniemi.party_id, own_tax=240_00, reverse_content=VatContent.GENERAL
    )  # fmt: skip
    assert paid(terms())[rovaniemi.pk] == 1_240_00
    assert paid(terms())[oulu.pk] == 0


def test_what_names_no_city_is_told_and_counts_when_it_does(line: int) -> None:
    oulu, _ = sellers()
    made = book(line, "4", 500_00, 50_00, None)
    found = settlements.recorded(2022)
    assert (found.by_seller, found.unnamed) == ({}, Cents(550_00))
    part = Piece(line, Cents(550_00))
    purchases.rebook(by=BY, purchase=made, pieces=[part], paid_by=oulu.party_id, now=NOW)
    assert settlements.recorded(2022) == settlements.Recorded({oulu.pk: Cents(550_00)}, NOTHING)
    # Booked to another line the city stays; of another year nothing is known.
    purchases.rebook(by=BY, purchase=made, pieces=[part], now=NOW)
    row = purchase_queries.purchase(made)
    assert row is not None
    assert row[0].paid_by == oulu.party.name
    assert settlements.recorded(2021).by_seller == {}
    assert Purchase.objects.get(pk=made).paid_by_id == oulu.party_id


def test_the_voucher_is_a_pdf_of_what_was_recorded(line: int) -> None:
    oulu, _ = sellers()
    book(line, "5", 100_000_00, 0, oulu.party_id)
    planned = settlements.plan(2022, terms())
    settlements.record_settlement(
        by=BY, year=2022, terms=terms(),
        expected={one.side.seller_id: one.transfer for one in planned},
        reference="ESIMERKKI/20/2022", dated=date(2022, 11, 1), now=NOW,
    )  # fmt: skip
    sides = settlements.settlement(2022, 1)
    assert sum(one.transfer.value for one in sides) == 0
    for language in ("fi", "sv", "en"):
        made = settlement_pdf.pdf(sides, language)
        assert made.startswith(b"%PDF")
        assert made == settlement_pdf.pdf(sides, language)
    with pytest.raises(NoSuchSettlement):
        settlements.settlement(2022, 2)
