"""Prices, pure: every kind reckoned to the cent, tiers, caps, VAT over a change of rate, currencies."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kimppa.consortium.agreements.costs import (
    BadQuantity,
    Basis,
    Cost,
    NoQuantity,
    cost_between,
    cost_of,
    evenly,
    half_up,
    tiered,
)
from kimppa.consortium.agreements.exchange import EURO, Exchange, ExchangeTable
from kimppa.consortium.agreements.prices import (
    BadCap,
    BadTiers,
    Measure,
    NoExchangeRate,
    Price,
    PriceDates,
    PriceKind,
    PriceNegative,
    Tier,
    TierMode,
    TiersDoNotBegin,
    TiersHaveGap,
    UnknownCurrency,
    VatTreatment,
)
from kimppa.consortium.agreements.tiers_text import parse_tiers, show_tiers
from kimppa.consortium.agreements.vat import (
    BadVatRate,
    NoVatRate,
    VatContent,
    VatSpan,
    VatTable,
    checked_percent,
)
from kimppa.foundation.core.money import Cents
from kimppa.foundation.core.periods import Period, year

BOOKS, FILM, PRESS = VatContent.BOOKS, VatContent.FILM_AND_MUSIC, VatContent.PRESS
VAT = VatTable(
    (
        VatSpan(BOOKS, Decimal(10), date(2021, 1, 1), date(2024, 12, 31)),
        VatSpan(BOOKS, Decimal(14), date(2025, 1, 1), date(2025, 12, 31)),
        VatSpan(BOOKS, Decimal("13.5"), date(2026, 1, 1)),
        VatSpan(FILM, Decimal(24), date(2021, 1, 1), date(2024, 8, 31)),
        VatSpan(FILM, Decimal("25.5"), date(2024, 9, 1)),
        VatSpan(PRESS, Decimal(10), date(2021, 1, 1), date(2022, 12, 31)),
    )
)
RESIDENTS = 662_159


def d(text: str) -> Decimal:
    return Decimal(text)


def flat(rate: str, **more: object) -> Price:
    return Price(PriceKind.FLAT, d(rate), **more)  # type: ignore[arg-type]


def reckoned(price: Price, basis: Basis, number: int = 2022) -> Cost:
    return cost_of(price, basis, period=year(number), vat=VAT)


# ── VAT by day ────────────────────────────────────────────────────────────────────────────────────
def test_the_vat_rate_is_the_one_of_the_day() -> None:
    assert VAT.vat_rate(BOOKS, date(2024, 12, 31)) == 10
    assert VAT.vat_rate(BOOKS, date(2025, 1, 1)) == 14
    assert VAT.vat_rate(BOOKS, date(2026, 1, 1)) == d("13.5")
    assert VAT.vat_rate(FILM, date(2024, 8, 31)) == 24
    assert VAT.vat_rate(FILM, date(2024, 9, 1)) == d("25.5")


def test_a_day_without_a_vat_rate_is_an_error_with_a_sentence_and_never_zero() -> None:
    with pytest.raises(NoVatRate) as told:
        VAT.vat_rate(PRESS, date(2023, 1, 1))
    assert "press" in str(told.value)
    assert "2023-01-01" in str(told.value)
    with pytest.raises(NoVatRate):
        VAT.vat_rate(VatContent.GENERAL, date(2022, 1, 1))
    with pytest.raises(NoVatRate):
        VAT.split_by_rate(PRESS, Period(date(2022, 7, 1), date(2023, 6, 30)))


def test_a_period_over_a_change_of_rate_is_split_at_the_change() -> None:
    parts = VAT.split_by_rate(FILM, year(2024))
    assert parts == (
        (Period(date(2024, 1, 1), date(2024, 8, 31)), d("24")),
        (Period(date(2024, 9, 1), date(2024, 12, 31)), d("25.5")),
    )
    assert VAT.split_by_rate(BOOKS, year(2022)) == ((year(2022), d("10")),)


@pytest.mark.parametrize("percent", ["-1", "100.1", "1.1234567", "NaN"])
def test_a_rate_that_cannot_be_is_refused(percent: str) -> None:
    with pytest.raises(BadVatRate):
        checked_percent(d(percent))


# ── kinds ─────────────────────────────────────────────────────────────────────────────────────────
def test_a_flat_price_with_vat_added() -> None:
    cost = reckoned(flat("14000", content=BOOKS), Basis())
    assert (cost.net, cost.vat, cost.gross, cost.billed) == (
        Cents(14_000_00),
        Cents(1_400_00),
        Cents(15_400_00),
        Cents(15_400_00),
    )


def test_a_flat_price_over_a_change_of_vat_is_cut_by_months() -> None:
    cost = reckoned(flat("12000", content=FILM), Basis(), 2024)
    assert [(p.percent, p.net.value, p.vat.value) for p in cost.parts] == [
        (d("24"), 8_000_00, 1_920_00),
        (d("25.5"), 4_000_00, 1_020_00),
    ]
    assert cost.gross == Cents(14_940_00)


def test_parts_of_a_year_add_up_to_the_year_rounded_once() -> None:
    # 100.01 / 12 * 8 = 66.6733… and 33.3366…: each rounded alone gives 100.01 here, 1000.03 does not.
    cost = reckoned(flat("1000.03", content=FILM), Basis(), 2024)
    assert [part.net.value for part in cost.parts] == [666_69, 333_34]
    assert cost.net == Cents(1000_03)


def test_a_price_per_resident_is_rounded_half_up_once() -> None:
    cost = reckoned(Price(PriceKind.PER_RESIDENT, d("0.0213"), BOOKS), Basis(residents=RESIDENTS))
    assert cost.net == Cents(14_103_99)  # 14 103.9867
    assert cost.vat == Cents(1_410_40)  # 1 410.399


def test_a_price_with_vat_inside_gives_the_sum_asked_and_no_more() -> None:
    cost = reckoned(flat("1240", content=FILM, treatment=VatTreatment.INCLUDED), Basis())
    assert (cost.gross, cost.net, cost.vat) == (Cents(1240_00), Cents(1000_00), Cents(240_00))
    odd = reckoned(flat("99.99", content=FILM, treatment=VatTreatment.INCLUDED), Basis())
    assert (odd.gross, odd.net, odd.vat) == (Cents(99_99), Cents(80_64), Cents(19_35))


def test_with_reverse_charge_the_vendor_bills_no_vat_but_it_is_a_cost() -> None:
    cost = reckoned(flat("1000", content=FILM, treatment=VatTreatment.REVERSE), Basis())
    assert (cost.billed, cost.vat, cost.gross, cost.self_assessed) == (
        Cents(1000_00),
        Cents(240_00),
        Cents(1240_00),
        Cents(240_00),
    )
    assert any("signing city pays" in step.sentence for step in cost.steps)


def test_titles_and_uses_are_priced_by_the_piece() -> None:
    titles = reckoned(Price(PriceKind.PER_TITLE, d("2.5"), BOOKS), Basis(titles=1201))
    assert titles.net == Cents(3_002_50)
    uses = reckoned(Price(PriceKind.PER_USE, d("2.95"), FILM), Basis(uses=evenly(1000)))
    assert uses.net == Cents(2_950_00)


def test_a_cap_per_patron_charges_no_more_uses_than_it_allows() -> None:
    price = Price(PriceKind.PER_USE, d("3"), FILM, patron_cap=4)
    basis = Basis(uses=(50, *(0,) * 11), patrons=(10, *(0,) * 11))
    assert reckoned(price, basis).net == Cents(40 * 3_00)
    with pytest.raises(NoQuantity, match="patrons"):
        reckoned(price, Basis(uses=evenly(10)))


def test_a_cap_per_month_holds_in_each_month_by_itself() -> None:
    price = Price(PriceKind.PER_USE, d("2"), FILM, month_cap=d("100.00"))
    basis = Basis(uses=(80, 10, *(0,) * 10))
    cost = reckoned(price, basis)
    assert cost.net == Cents(120_00)
    assert [step.params["count"] for step in cost.steps if "limit was reached" in step.sentence] == [1]


def test_a_foreign_price_is_changed_into_euros_by_the_rate_written_down() -> None:
    rates = ExchangeTable(
        (
            Exchange("USD", d("0.9"), date(2022, 1, 3), "ESIMERKKI"),
            Exchange("USD", d("0.95"), date(2022, 6, 1), "ESIMERKKI"),
        )
    )
    rate = rates.on("USD", date(2022, 5, 31))
    price = flat("1000.55", content=BOOKS, currency="USD")
    cost = cost_of(price, Basis(), period=year(2022), vat=VAT, exchange=rate)
    assert cost.net == Cents(900_50)  # 900.495
    with pytest.raises(NoExchangeRate, match="USD"):
        rates.on("USD", date(2022, 1, 2))
    assert rates.on("EUR", date(2022, 1, 2)) == EURO


def test_a_price_that_begins_in_the_middle_costs_its_months_and_days() -> None:
    from_may = flat("1200", content=BOOKS, valid_from=date(2022, 5, 1))
    assert reckoned(from_may, Basis()).net == Cents(800_00)
    from_16 = flat("1200", content=BOOKS, valid_from=date(2022, 12, 17))  # 15 of December's 31 days
    assert reckoned(from_16, Basis()).net == Cents(48_39)
    assert reckoned(flat("1200", content=BOOKS, valid_from=date(2023, 1, 1)), Basis()) == Cost()


def test_several_years_are_reckoned_year_by_year() -> None:
    period = Period(date(2024, 7, 1), date(2026, 6, 30))
    cost = cost_between([(flat("1000", content=BOOKS), EURO)], Basis(), period=period, vat=VAT)
    assert [(p.percent, p.net.value) for p in cost.parts] == [
        (d("10"), 500_00),
        (d("14"), 1000_00),
        (d("13.5"), 500_00),
    ]
    assert cost.gross == Cents(550_00 + 1140_00 + 567_50)


# ── tiers ─────────────────────────────────────────────────────────────────────────────────────────
TIERS = parse_tiers("0 – 999: 2,50\n1 000 – 4 999: 2,00\n5000 –: 1,50")


def test_marginal_tiers_price_each_unit_in_its_own_tier() -> None:
    assert tiered(TIERS, TierMode.MARGINAL, 999) == d("2497.50")
    assert tiered(TIERS, TierMode.MARGINAL, 1000) == d("2499.50")
    assert tiered(TIERS, TierMode.MARGINAL, 6000) == d("2497.5") + d("8000") + d("1501.5")


def test_whole_tiers_give_the_tier_reached_to_every_unit() -> None:
    assert tiered(TIERS, TierMode.WHOLE, 999) == d("2497.50")
    assert tiered(TIERS, TierMode.WHOLE, 1000) == d("2000")
    assert tiered(TIERS, TierMode.WHOLE, 0) == 0


def test_tiers_by_uses_follow_the_use_over_the_year() -> None:
    price = Price(PriceKind.TIERS, content=FILM, measure=Measure.USES, tiers=TIERS)
    cost = reckoned(price, Basis(uses=evenly(6000)), 2024)
    assert cost.net == Cents(11_999_00)
    assert [part.net.value for part in cost.parts] == [7_999_33, 3_999_67]
    half = Price(
        PriceKind.TIERS, content=FILM, measure=Measure.USES, tiers=TIERS, valid_from=date(2022, 7, 1)
    )
    assert reckoned(half, Basis(uses=evenly(6000))).net == Cents(5_999_50)


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("1 – 999: 2\n1000 –: 1", TiersDoNotBegin),
        ("0 – 999: 2\n1001 –: 1", TiersHaveGap),
        ("0 – 999: 2\n999 –: 1", TiersHaveGap),
        ("0 – 999: 2", TiersHaveGap),
        ("0 –: kaksi", BadTiers),
        ("", BadTiers),
        ("0 – : -2", PriceNegative),
        ("9 – 3: 1", BadTiers),
    ],
)
def test_a_tier_table_that_does_not_hold_together_is_refused(text: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        parse_tiers(text)


def test_a_tier_table_is_read_as_it_is_shown() -> None:
    assert parse_tiers(show_tiers(TIERS)) == TIERS
    assert parse_tiers(show_tiers(TIERS, "en")) == TIERS


@pytest.mark.parametrize(
    ("price", "error"),
    [
        (flat("-1"), PriceNegative),
        (flat("1", currency="EURO"), UnknownCurrency),
        (flat("1", currency="XYZ"), UnknownCurrency),
        (flat("1", patron_cap=3), BadCap),
        (Price(PriceKind.PER_USE, d("1"), month_cap=d("0")), BadCap),
        (flat("1", valid_from=date(2022, 2, 1), valid_to=date(2022, 1, 1)), PriceDates),
        (Price(PriceKind.TIERS, tiers=(Tier(5, d("1")),)), TiersDoNotBegin),
    ],
)
def test_a_price_that_cannot_be_is_refused(price: Price, error: type[Exception]) -> None:
    with pytest.raises(error):
        price.checked()


def test_a_missing_or_negative_quantity_is_said_and_not_taken_for_zero() -> None:
    with pytest.raises(NoQuantity):
        reckoned(Price(PriceKind.PER_TITLE, d("1"), BOOKS), Basis())
    with pytest.raises(BadQuantity):
        Basis(titles=-1)
    with pytest.raises(BadQuantity):
        evenly(-1)


# ── properties ────────────────────────────────────────────────────────────────────────────────────
RATES = st.decimals(min_value=0, max_value=1000, places=4)
STARTS = st.lists(st.integers(1, 5000), max_size=5, unique=True).map(lambda more: [0, *sorted(more)])


@st.composite
def tables(draw: st.DrawFn) -> tuple[Tier, ...]:
    return tuple(Tier(start, draw(RATES)) for start in draw(STARTS))


@given(tables(), st.integers(0, 9000), st.integers(0, 500))
def test_marginal_tiers_never_cost_less_for_more(tiers: tuple[Tier, ...], count: int, more: int) -> None:
    one, other = (tiered(tiers, TierMode.MARGINAL, n) for n in (count, count + more))
    assert one <= other


@given(tables(), st.integers(0, 9000))
def test_the_two_ways_agree_inside_the_first_tier_and_whole_is_the_rate_reached(
    tiers: tuple[Tier, ...], count: int
) -> None:
    reached = [tier.rate for tier in tiers if tier.start <= count][-1]
    assert tiered(tiers, TierMode.WHOLE, count) == reached * count
    if len(tiers) == 1 or count < tiers[1].start:
        assert tiered(tiers, TierMode.MARGINAL, count) == tiered(tiers, TierMode.WHOLE, count)


@given(
    st.lists(st.integers(0, 500), min_size=12, max_size=12),
    st.integers(0, 60),
    st.integers(1, 6),
    st.decimals(min_value=Decimal("0.01"), max_value=900, places=2),
)
def test_caps_are_never_exceeded(uses: list[int], patrons: int, cap: int, month_cap: Decimal) -> None:
    price = Price(PriceKind.PER_USE, d("2.95"), FILM, patron_cap=cap, month_cap=month_cap)
    cost = reckoned(price, Basis(uses=tuple(uses), patrons=(patrons,) * 12))
    assert cost.net.euros <= 12 * month_cap
    assert cost.net.euros <= 12 * patrons * cap * d("2.95")
    assert cost.net.euros <= sum(uses) * d("2.95")


@given(RATES, st.integers(0, 700_000), st.sampled_from([2022, 2024, 2025]))
def test_parts_add_up_and_the_sum_is_within_half_a_cent(rate: Decimal, residents: int, number: int) -> None:
    cost = reckoned(Price(PriceKind.PER_RESIDENT, rate, FILM), Basis(residents=residents), number)
    assert sum(part.net.value for part in cost.parts) == cost.net.value
    assert abs(Fraction(rate) * residents * 100 - cost.net.value) <= Fraction(1, 2)
    assert cost.net.value == half_up(Fraction(rate) * residents)


@given(st.decimals(min_value=0, max_value=100_000, places=2), st.sampled_from(list(VatTreatment)))
def test_what_is_billed_and_what_is_assessed_are_the_whole_cost(
    rate: Decimal, treatment: VatTreatment
) -> None:
    cost = reckoned(Price(PriceKind.FLAT, rate, FILM, treatment), Basis(), 2024)
    assert cost.billed + cost.self_assessed == cost.gross == cost.net + cost.vat
    if treatment is VatTreatment.INCLUDED:
        assert cost.gross == Cents(int(rate * 100))
