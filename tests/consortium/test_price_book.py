"""Writing prices down: what is refused, what ends what, and what stands on a day."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from tests.consortium.conftest import BY, NOW

from kimppa.commons.members.models import LegalParty
from kimppa.commons.platforms.models import Platform
from kimppa.consortium.agreements import contracts, drafts, price_book, price_queries
from kimppa.consortium.agreements.costs import Basis, NoQuantity
from kimppa.consortium.agreements.drafts import Draft
from kimppa.consortium.agreements.models import Agreement
from kimppa.consortium.agreements.price_book import Asked
from kimppa.consortium.agreements.price_models import PlatformPrice, VatRate
from kimppa.consortium.agreements.prices import (
    BadExchangeRate,
    ExchangeRateTaken,
    NotAVendorAgreement,
    NoVatPayer,
    Price,
    PriceDates,
    PriceKind,
    PriceOutside,
    PricesOverlap,
    PriceWithdrawn,
    Tier,
    UnknownCurrency,
    VatTreatment,
)
from kimppa.consortium.agreements.rules import AgreementKind, Binds, PartyRole
from kimppa.consortium.agreements.services import sign
from kimppa.consortium.agreements.terms import TermKind
from kimppa.consortium.agreements.vat import NoVatRate, VatContent, VatRateStands
from kimppa.doors.console.demo import governance, prices
from kimppa.foundation.accounts.models import AuditEntry, User
from kimppa.foundation.core.errors import Forbidden
from kimppa.foundation.core.money import Cents
from kimppa.foundation.core.periods import Period, year

pytestmark = pytest.mark.django_db
DAY = date(2022, 11, 15)
START = date(2022, 1, 1)


def flat(rate: str, **more: object) -> Price:
    return Price(PriceKind.FLAT, Decimal(rate), VatContent.BOOKS, **more)  # type: ignore[arg-type]


@pytest.fixture
def service(db: None) -> str:
    Platform.objects.create(slug="kirjat", name="Kirjat")
    price_book.load_shipped_vat_rates(by=BY, now=NOW)
    return "kirjat"


def agreement(
    number: str, kind: AgreementKind = AgreementKind.VENDOR, last: date | None = date(2023, 12, 31)
) -> int:
    city, _ = LegalParty.objects.get_or_create(name="Oulun kaupunki")
    outside = {"vendor": f"Myyjä {number}"} if kind is AgreementKind.VENDOR else {"funder": "Rahoittaja"}
    return drafts.write(
        by=BY,
        draft=Draft(
            kind=kind,
            diary_number=number,
            title_fi=f"Sopimus {number}",
            valid_from=START,
            valid_to=last,
            parties=((city.pk, PartyRole.COORDINATOR),),
            binds=Binds.LISTED,
            **outside,  # type: ignore[arg-type]
        ),
        now=NOW,
    )


def put(one: int, price: Price, part: str = "", payer: int | None = None) -> int:
    asked = Asked("kirjat", price, part, payer)
    return price_book.put_price(by=BY, agreement=one, asked=asked, now=NOW)


def test_a_new_price_ends_the_open_one_before_it(service: str) -> None:
    one = agreement("1")
    first = put(one, flat("100"))
    put(one, flat("110", valid_from=date(2023, 1, 1)))
    assert PlatformPrice.objects.get(pk=first).valid_to == date(2022, 12, 31)
    assert AuditEntry.objects.filter(act="agreements.end_price").count() == 1
    found = price_queries.prices(platform="kirjat")
    assert [(r.price.rate, r.period) for r in found] == [
        (Decimal(110), Period(date(2023, 1, 1), None)),
        (Decimal(100), Period(START, date(2022, 12, 31))),
    ]


def test_prices_of_one_thing_may_not_overlap_but_two_parts_may(service: str) -> None:
    one = agreement("1")
    put(one, flat("100", valid_to=date(2022, 12, 31)))
    for price in (
        flat("1"),
        flat("1", valid_from=date(2022, 12, 31)),
        flat("1", valid_from=date(2022, 3, 1), valid_to=date(2022, 4, 1)),
    ):
        with pytest.raises(PricesOverlap):
            put(one, price)
    put(one, flat("100"), "Käyttö")
    assert PlatformPrice.objects.count() == 2


def test_what_cannot_be_is_refused_and_nothing_is_recorded(service: str) -> None:
    one, grant = agreement("1"), agreement("2", AgreementKind.GRANT)
    with pytest.raises(NotAVendorAgreement):
        put(grant, flat("1"))
    with pytest.raises(PriceOutside):
        put(one, flat("1", valid_from=date(2021, 12, 31)))
    with pytest.raises(UnknownCurrency):
        put(one, flat("1", currency="EUROA"))
    with pytest.raises(NoVatPayer):
        put(one, flat("1", treatment=VatTreatment.REVERSE))
    assert not PlatformPrice.objects.exists()


def test_the_database_keeps_the_promises_too(service: str) -> None:
    one = agreement("1")
    made = put(one, flat("100"))
    row = PlatformPrice.objects.filter(pk=made)
    for wrong in ({"rate": -1}, {"treatment": "reverse"}, {"patron_cap": 3}, {"valid_to": date(2021, 1, 1)}):
        with pytest.raises(IntegrityError), transaction.atomic():
            row.update(valid_from=START, **wrong)


def test_a_withdrawn_price_stays_in_the_history_and_makes_room(service: str) -> None:
    one = agreement("1")
    wrong = put(one, flat("1000"))
    price_book.withdraw_price(by=BY, price=wrong, why="Pilkku väärässä paikassa", now=NOW)
    with pytest.raises(PriceWithdrawn):
        price_book.withdraw_price(by=BY, price=wrong, why="", now=NOW)
    put(one, flat("100"))
    states = {(r.price.rate, r.withdrawn, r.withdrawn_why) for r in price_queries.prices(agreement=one)}
    assert states == {(Decimal(1000), True, "Pilkku väärässä paikassa"), (Decimal(100), False, "")}
    known = price_queries.tables()
    rows = price_queries.prices(agreement=one)
    cost = price_queries.reckon(rows, Basis(), period=year(2022), known=known, on=DAY).cost
    assert cost is not None
    assert cost.gross == Cents(110_00)


def test_a_price_is_ended_by_hand_and_only_after_it_began(service: str) -> None:
    one = agreement("1")
    made = put(one, flat("100", valid_from=date(2022, 3, 1)))
    with pytest.raises(PriceDates):
        price_book.end_price(by=BY, price=made, valid_to=date(2022, 2, 1), now=NOW)
    price_book.end_price(by=BY, price=made, valid_to=date(2022, 6, 30), now=NOW)
    assert PlatformPrice.objects.get(pk=made).valid_to == date(2022, 6, 30)


def test_shipped_vat_rates_come_once_and_later_ones_end_the_earlier(service: str) -> None:
    assert VatRate.objects.count() == 8
    assert price_book.load_shipped_vat_rates(by=BY, now=NOW) == 0
    assert price_queries.vat_rate(VatContent.BOOKS, date(2025, 6, 1)) == 14
    assert price_queries.vat_rate(VatContent.FILM_AND_MUSIC, date(2024, 9, 1)) == Decimal("25.5")
    price_book.record_vat_rate(
        by=BY, content=VatContent.PRESS, percent=Decimal(12), valid_from=date(2027, 1, 1), now=NOW
    )
    assert price_queries.vat_rate(VatContent.PRESS, date(2026, 12, 31)) == 10
    assert price_queries.vat_rate(VatContent.PRESS, date(2027, 1, 1)) == 12
    with pytest.raises(VatRateStands):
        price_book.record_vat_rate(
            by=BY, content=VatContent.PRESS, percent=Decimal(9), valid_from=date(2026, 1, 1), now=NOW
        )
    with pytest.raises(NoVatRate):
        price_queries.vat_rate(VatContent.BOOKS, date(2020, 12, 31))


def test_an_exchange_rate_has_a_day_and_a_source(service: str) -> None:
    def say(currency: str, rate: str, source: str = "ESIMERKKI") -> None:
        price_book.record_exchange_rate(
            by=BY, currency=currency, day=START, rate=Decimal(rate), source=source, now=NOW
        )

    say("usd", "0.88")
    with pytest.raises(ExchangeRateTaken):
        say("USD", "0.9")
    for currency, rate, source, error in (
        ("EUR", "1", "x", UnknownCurrency),
        ("ABC", "1", "x", UnknownCurrency),
        ("SEK", "0", "x", BadExchangeRate),
        ("SEK", "0.1", " ", BadExchangeRate),
    ):
        with pytest.raises(error):
            say(currency, rate, source)


def test_offers_stand_beside_the_agreement_over_a_year_and_the_whole_term(service: str) -> None:
    now_, offer = agreement("1", last=date(2023, 12, 31)), agreement("2", last=date(2025, 12, 31))
    for kind, value in ((TermKind.OPTIONS, "1"), (TermKind.OPTION_MONTHS, "12")):
        drafts.put_term(by=BY, agreement=now_, kind=kind, value=value, now=NOW)
    put(now_, flat("1000"))
    put(offer, Price(PriceKind.PER_RESIDENT, Decimal("0.01"), VatContent.BOOKS))
    sign(by=BY, agreement="1", signed_on=START, now=NOW)
    first, second = price_queries.compared("kirjat", Basis(residents=90_000), on=DAY, year=year(2023))
    assert (first.current, second.current) == (True, False)
    assert [one.year.cost.gross.value for one in (first, second) if one.year.cost] == [1100_00, 990_00]
    assert first.term.period == Period(START, date(2024, 12, 31))
    assert first.term.cost is not None
    assert first.term.cost.gross == Cents(3300_00)
    assert second.term.cost is not None
    assert second.term.cost.gross == Cents(3 * 990_00 + 1026_00)  # 14 % in 2025
    _, unknown = price_queries.compared("kirjat", Basis(), on=DAY, year=year(2023))
    assert unknown.year.cost is None
    assert isinstance(unknown.year.error, NoQuantity)


def test_a_term_without_a_price_for_all_of_it_says_so(service: str) -> None:
    one = agreement("1")
    put(one, flat("1000", valid_to=date(2022, 12, 31)))
    (only,) = price_queries.compared("kirjat", Basis(), on=DAY, year=year(2022))
    assert not only.year.unpriced
    assert only.term.unpriced
    put(one, flat("1000", valid_from=date(2023, 1, 1)))
    (only,) = price_queries.compared("kirjat", Basis(), on=DAY, year=year(2022))
    assert not only.term.unpriced


def test_tiers_come_back_as_they_were_written(service: str) -> None:
    tiers = (Tier(0, Decimal("2.5")), Tier(1000, Decimal("2.000001")))
    put(agreement("1"), Price(PriceKind.TIERS, content=VatContent.BOOKS, tiers=tiers))
    (row,) = price_queries.prices()
    assert row.price.tiers == tiers


def test_only_agreements_in_force_count_on_a_day(service: str) -> None:
    one = agreement("1")
    put(one, flat("1"))
    rows = price_queries.prices()
    assert price_queries.in_force(rows, contracts.contracts(on=DAY), DAY) == ()
    sign(by=BY, agreement="1", signed_on=START, now=NOW)
    assert len(price_queries.in_force(price_queries.prices(), contracts.contracts(on=DAY), DAY)) == 1
    after = date(2024, 1, 1)
    assert price_queries.in_force(price_queries.prices(), contracts.contracts(on=after), after) == ()


def test_a_new_version_carries_the_prices_that_still_run(service: str) -> None:
    one = agreement("1")
    put(one, flat("90", valid_to=date(2022, 6, 30)))
    put(one, Price(PriceKind.TIERS, content=VatContent.BOOKS, tiers=(Tier(0, Decimal(2)),)), "Käyttö")
    put(one, flat("110", valid_from=date(2023, 6, 1)))
    sign(by=BY, agreement="1", signed_on=START, now=NOW)
    later = drafts.new_version(by=BY, agreement=one, diary_number="2", valid_from=date(2023, 1, 1), now=NOW)
    rows = price_queries.prices(agreement=later)
    assert {(r.part, r.period.start, r.price.tiers) for r in rows} == {
        ("Käyttö", date(2023, 1, 1), (Tier(0, Decimal(2)),)),
        ("", date(2023, 6, 1), ()),
    }
    assert len(price_queries.prices(agreement=one)) == 3


def test_who_has_no_role_writes_no_price(service: str) -> None:
    nobody = User.objects.create(email="x@example.org", name="X", date_joined=NOW)
    one = agreement("1")
    with pytest.raises(Forbidden):
        price_book.put_price(by=nobody, agreement=one, asked=Asked("kirjat", flat("1")), now=NOW)
    assert not PlatformPrice.objects.exists()


def test_the_demo_prices_only_invented_services(demo_money: None) -> None:
    governance.load(by=BY, now=NOW)
    prices.load(by=BY, now=NOW)
    prices.load(by=BY, now=NOW)
    rows = price_queries.prices()
    assert len(rows) == 6
    assert all(row.example and "ESIMERKKI" in row.platform_name for row in rows)
    assert Agreement.objects.filter(diary_number="ESIMERKKI/25/2022", signed_on=None).exists()
