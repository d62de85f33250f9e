"""Shares, rates and levies with exact figures."""

from __future__ import annotations

import csv
from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.consortium.conftest import BY, DATA, NOW

from kimppa.commons.members.models import Membership, Population
from kimppa.consortium.agreements.rules import CostClass
from kimppa.consortium.budgets import queries, services
from kimppa.consortium.budgets.models import CostShare, LevyRevision, StandingRate
from kimppa.consortium.budgets.rules import (
    BadMonths,
    BadRateDate,
    BadSum,
    NoPopulation,
    NoStandingRate,
    PopulationIncomplete,
    Resident,
    YearOutOfRange,
    share_by_rate,
    shares_by_amount,
    shares_by_rate,
    total_of,
)
from kimppa.consortium.budgets.services import Resolution
from kimppa.consortium.budgets.shares import shares_of
from kimppa.consortium.governance.models import Decision
from kimppa.consortium.governance.rules import (
    AlreadySuperseded,
    DecidedInFuture,
    DiaryNumberTaken,
    NoSuchBody,
)
from kimppa.consortium.governance.services import Words
from kimppa.foundation.accounts.models import AuditEntry
from kimppa.foundation.core.money import BadRate, Cents

DAY_2020, DAY_2021 = date(2020, 12, 31), date(2021, 12, 31)


def the_59(year: int, months: int = 12) -> list[Resident]:
    with (DATA / "municipalities.csv").open(encoding="utf-8", newline="") as file:
        return [Resident(row["code"], int(row[f"pop_{year}"]), months) for row in csv.DictReader(file)]


def resolution(
    number: str, supersedes: int | None = None, decided_on: date = date(2022, 11, 10)
) -> Resolution:
    return Resolution("directors-days", number, decided_on, Words(f"Päätös {number}"), supersedes)


def test_seventy_five_cents_on_2020_are_496619_25() -> None:
    assert total_of(shares_by_rate(Decimal("0.75"), the_59(2020))) == Cents(49_661_925)


def test_eight_months_of_seventy_cents_on_2022_are_309334_21_for_the_59_of_the_region() -> None:
    # The figure belongs to the 59 of the region, not to all 309 municipalities of the country.
    assert total_of(shares_by_rate(Decimal("0.70"), the_59(2022, months=8))) == Cents(30_933_421)
    # With the quotient rounded first it would be another sum: rate and months are kept apart.
    quotient = (Decimal("0.70") * 8 / 12).quantize(Decimal("0.01"))
    assert total_of(shares_by_rate(quotient, the_59(2022))) == Cents(31_154_373)


@given(st.decimals(min_value=0, max_value=999, places=6), st.integers(0, 700_000), st.integers(1, 12))
def test_a_share_is_the_exact_product_rounded_half_up_once(
    rate: Decimal, residents: int, months: int
) -> None:
    exact = Fraction(rate) * residents * months / 12 * 100
    share = share_by_rate(rate, residents, months).value
    assert Fraction(-1, 2) <= exact - share < Fraction(1, 2)


def test_half_a_cent_goes_up() -> None:
    assert share_by_rate(Decimal("0.005"), 1) == Cents(1)
    assert share_by_rate(Decimal("0.004999"), 1) == Cents(0)
    assert share_by_rate(Decimal("0.75"), 2517) == Cents(188_775)


def test_a_sum_splits_to_the_cent_and_months_weigh() -> None:
    shares = shares_by_amount(Cents(50_000_000), the_59(2020))
    assert total_of(shares) == Cents(50_000_000)
    half = shares_by_amount(Cents(300), [Resident("a", 100, 12), Resident("b", 100, 6)])
    assert [s.amount.value for s in half] == [200, 100]


@pytest.mark.parametrize("rate", ["-0.01", "0.1234567", "1000000", "NaN", "Infinity"])
def test_an_impossible_rate_is_refused(rate: str) -> None:
    with pytest.raises(BadRate):
        share_by_rate(Decimal(rate), 1)


@pytest.mark.parametrize("months", [0, 13, -1])
def test_impossible_months_are_refused(months: int) -> None:
    with pytest.raises(BadMonths):
        share_by_rate(Decimal(1), 1, months)


def test_a_sum_of_nothing_is_refused() -> None:
    with pytest.raises(BadSum):
        shares_by_amount(Cents(0), the_59(2020))


@pytest.mark.django_db
class TestVerbs:
    def decide(self, number: str, rate: str, start: date, supersedes: int | None = None) -> int:
        return services.decide_rate(
            by=BY,
            resolution=resolution(number, supersedes),
            cost_class=CostClass.CONTENT,
            rate=Decimal(rate),
            valid_from=start,
            now=NOW,
        )

    def levy(self, year: int, day: date) -> int:
        return services.levy(by=BY, year=year, cost_class=CostClass.CONTENT, reference_date=day, now=NOW)

    def test_a_rate_stands_until_the_next_one(self, region: None) -> None:
        self.decide("1", "0.75", date(2022, 1, 1))
        self.decide("2", "0.78", date(2023, 1, 1))
        assert [(r.rate, r.valid_to) for r in queries.rates(CostClass.CONTENT)] == [
            (Decimal("0.78"), None),
            (Decimal("0.75"), date(2022, 12, 31)),
        ]
        standing = queries.standing_rate(CostClass.CONTENT, date(2022, 12, 31))
        assert standing is not None
        assert standing.decision.diary_number == "1"
        assert queries.standing_rate(CostClass.CONTENT, date(2021, 12, 31)) is None

    def test_the_same_decision_twice_is_one(self, region: None) -> None:
        assert self.decide("1", "0.75", date(2022, 1, 1)) == self.decide("1", "0.75", date(2022, 1, 1))
        assert (Decision.objects.count(), StandingRate.objects.count()) == (1, 1)
        assert AuditEntry.objects.filter(act="budgets.decide_rate").count() == 1

    def test_a_second_rate_from_the_same_day_needs_to_supersede(self, region: None) -> None:
        self.decide("1", "0.75", date(2022, 1, 1))
        with pytest.raises(BadRateDate, match="decision 1"):
            self.decide("2", "0.80", date(2022, 1, 1))
        assert Decision.objects.count() == 1
        first = Decision.objects.get()
        self.decide("2", "0.80", date(2022, 1, 1), supersedes=first.pk)
        standing = queries.standing_rate(CostClass.CONTENT, date(2022, 1, 1))
        assert standing is not None
        assert standing.rate == Decimal("0.80")
        assert StandingRate.objects.get(decision=first).withdrawn
        with pytest.raises(AlreadySuperseded):
            self.decide("3", "0.90", date(2022, 1, 1), supersedes=first.pk)

    def test_what_is_wrong_with_a_decision_is_said_and_nothing_is_written(self, region: None) -> None:
        self.decide("1", "0.75", date(2022, 1, 1))
        common = {"by": BY, "cost_class": CostClass.CONTENT, "valid_from": date(2024, 1, 1), "now": NOW}
        wrong = Resolution("directors-days", "1", date(2022, 11, 9), Words("Toinen"))
        with pytest.raises(DiaryNumberTaken):
            services.decide_rate(resolution=wrong, rate=Decimal(1), **common)  # type: ignore[arg-type]
        later = resolution("2", decided_on=date(2022, 11, 16))
        nobody = Resolution("nobody", "3", date(2022, 11, 9), Words("x"))
        with pytest.raises(DecidedInFuture):
            services.decide_rate(resolution=later, rate=Decimal(1), **common)  # type: ignore[arg-type]
        with pytest.raises(NoSuchBody):
            services.decide_rate(resolution=nobody, rate=Decimal(1), **common)  # type: ignore[arg-type]
        with pytest.raises(BadRate):
            services.decide_rate(resolution=resolution("4"), rate=Decimal(-1), **common)  # type: ignore[arg-type]
        assert (Decision.objects.count(), StandingRate.objects.count()) == (1, 1)

    def test_a_levy_keeps_residents_rate_and_months_of_each_share(self, region: None) -> None:
        self.decide("1", "0.75", date(2022, 1, 1))
        revision = self.levy(2022, DAY_2020)
        share = CostShare.objects.get(revision=revision, municipality__code="009")
        assert (share.residents, share.rate, share.months) == (2517, Decimal("0.75"), 12)
        assert (share.reference_date, share.share_cents) == (DAY_2020, 188_775)
        assert share.population.source == "Tilastokeskus"

    def test_levying_again_with_nothing_changed_is_the_same_revision(self, region: None) -> None:
        self.decide("1", "0.75", date(2022, 1, 1))
        assert self.levy(2022, DAY_2020) == self.levy(2022, DAY_2020)
        assert CostShare.objects.count() == 59

    def test_other_populations_make_the_next_revision_and_the_first_stays(self, region: None) -> None:
        self.decide("1", "0.75", date(2022, 1, 1))
        first, second = self.levy(2022, DAY_2020), self.levy(2022, DAY_2021)
        assert [r.number for r in LevyRevision.objects.order_by("number")] == [1, 2]
        assert LevyRevision.objects.get(pk=first).total_cents == 49_661_925
        assert LevyRevision.objects.get(pk=second).total_cents == 49_751_400
        latest = queries.latest_revision(2022, CostClass.CONTENT)
        assert latest is not None
        assert latest.id == second
        assert not queries.revision(first).latest

    def test_a_sum_may_be_decided_instead(self, region: None) -> None:
        revision = services.levy_amount(
            by=BY,
            resolution=resolution("7"),
            year=2023,
            cost_class=CostClass.MAINTENANCE,
            amount=Cents(1_000_001),
            reference_date=DAY_2021,
            now=NOW,
        )
        assert sum(s.amount.value for s in shares_of(revision)) == 1_000_001
        assert queries.revision(revision).amount == Cents(1_000_001)

    def test_without_a_rate_a_population_or_a_member_nothing_is_levied(self, region: None) -> None:
        with pytest.raises(NoStandingRate):
            self.levy(2022, DAY_2020)
        self.decide("1", "0.75", date(2022, 1, 1))
        with pytest.raises(NoPopulation, match="2020-12-30"):
            self.levy(2022, date(2020, 12, 30))
        Population.objects.get(municipality__code="009", reference_date=DAY_2020).delete()
        with pytest.raises(PopulationIncomplete, match="Alavieska"):
            self.levy(2022, DAY_2020)
        with pytest.raises(YearOutOfRange):
            self.levy(1, DAY_2020)
        assert not LevyRevision.objects.exists()

    def test_who_has_left_is_not_charged(self, region: None) -> None:
        self.decide("1", "0.75", date(2022, 1, 1))
        Membership.objects.filter(municipality__code="889").update(valid_to=date(2021, 12, 31))
        shares = shares_of(self.levy(2022, DAY_2020))
        assert len(shares) == 58
        assert "889" not in {s.code for s in shares}

    def test_the_plan_shows_the_change_from_last_year(self, region: None) -> None:
        self.decide("1", "0.75", date(2022, 1, 1))
        self.levy(2022, DAY_2020)
        basis = queries.Basis(DAY_2021, date(2023, 1, 1), rate=Decimal("0.78"))
        rows = queries.changes(queries.plan(basis), queries.latest_revision(2022, CostClass.CONTENT))
        alavieska = next(row for row in rows if row.share.code == "009")
        assert (alavieska.share.amount, alavieska.before) == (Cents(194_298), Cents(188_775))
        assert alavieska.change == Cents(5_523)
