"""The region from 2021 to 2025. Real: members, kimppas with their dates, populations to 31.12.2022, 0.75 € in
2022, and 0.70 € for eight of twelve months in the national library's first year. Invented: every other rate,
every decision and every invoice; for 2024 and 2025 the populations of 31.12.2022 stand in for unknown ones.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from tests import north

from kimppa.commons.members import queries as members
from kimppa.consortium.agreements.rules import CostClass
from kimppa.consortium.budgets import queries as budgets
from kimppa.consortium.budgets import services as levies
from kimppa.consortium.budgets.recipes import Key, Part, Recipe, Stage
from kimppa.consortium.budgets.revisions import LevyTitle
from kimppa.consortium.budgets.rules import NoPopulation
from kimppa.consortium.budgets.services import Resolution
from kimppa.consortium.budgets.shares import shares_of
from kimppa.consortium.governance.services import Words
from kimppa.consortium.invoicing import queries as invoicing
from kimppa.consortium.invoicing import services
from kimppa.consortium.invoicing.models import Invoice, NumberSeries
from kimppa.consortium.invoicing.rules import Kind
from kimppa.consortium.invoicing.year_sums import YearSum, year_sums
from kimppa.doors.console.demo import money
from kimppa.foundation.accounts.actors import Operator
from kimppa.foundation.core.money import Cents

pytestmark = pytest.mark.django_db
BY = Operator("test")
NOW = datetime(2026, 1, 15, 10, tzinfo=UTC)


def moment(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 10, tzinfo=UTC)


def said(number: str, day: date) -> Resolution:
    return Resolution("directors-days", f"ESIMERKKI/{number}", day, Words(f"Keksitty päätös {number}"))


def levied(year: int, rate: str, populations: date, *, months: int = 12, stage: Stage = Stage.WHOLE) -> int:
    return levies.decide_and_levy(
        by=BY,
        resolution=said(str(year), date(year - 1, 11, 15)),
        year=year,
        cost_class=CostClass.CONTENT,
        rate=Decimal(rate),
        reference_date=populations,
        months=months,
        stage=stage,
        now=moment(date(year, 1, 10)),
    )


def issued(revision: int, day: date) -> services.Issued:
    return services.issue(by=BY, revision=revision, issued_on=day, now=moment(day))


def paid(year: int) -> None:
    """Every invoice of the year in full, on its due day."""
    for row in invoicing.invoices_of(year):
        if row.kind == Kind.INVOICE and row.open.value > 0:
            services.record_payment(
                by=BY, invoice=row.id, key=f"{row.id}", received_on=row.due_on, amount=row.open, now=NOW
            )


@pytest.fixture
def region() -> None:
    north.load_places(BY, moment(date(2021, 1, 2)))
    money.issue_2022(by=BY)


def stands(year: int) -> YearSum:
    return year_sums(year=year)[year]


def test_five_years_reconcile_to_the_cent_each(region: None) -> None:
    assert 2021 not in year_sums()  # the ministry's project paid the first year
    assert stands(2022).invoiced.value + stands(2022).internal.value == 49_661_925
    issued(levied(2023, "0.78", date(2021, 12, 31)), date(2023, 2, 1))
    assert stands(2023).invoiced.value + stands(2023).internal.value == 51_741_456
    first_year = levied(2024, "0.70", date(2022, 12, 31), months=8)
    assert budgets.revision(first_year).total == Cents(30_933_421)
    issued(first_year, date(2024, 5, 2))
    advance = levied(2025, "0.70", date(2022, 12, 31), months=6, stage=Stage.ADVANCE)
    issued(advance, date(2025, 2, 3))
    whole = levies.levy(
        by=BY,
        year=2025,
        cost_class=CostClass.CONTENT,
        reference_date=date(2022, 12, 31),
        stage=Stage.ADVANCE,
        now=moment(date(2025, 8, 1)),
    )
    issued(whole, date(2025, 8, 1))
    settled = levies.levy_amount(
        by=BY,
        resolution=said("tilinpäätös 2025", date(2025, 12, 15)),
        year=2025,
        cost_class=CostClass.CONTENT,
        amount=Cents(45_000_000),
        reference_date=date(2022, 12, 31),
        stage=Stage.SETTLEMENT,
        now=moment(date(2025, 12, 16)),
    )
    made = issued(settled, date(2025, 12, 16))
    assert (made.invoices, made.notes) == (0, 57)
    assert stands(2025).invoiced.value + stands(2025).internal.value == 45_000_000
    for year in (2022, 2023, 2024, 2025):
        paid(year)
        assert stands(year).open == Cents(0)
        assert stands(year).paid == stands(year).invoiced
    for series in NumberSeries.objects.all():
        serials = sorted(Invoice.objects.filter(seller=series.seller).values_list("serial", flat=True))
        assert serials == list(range(1, series.last + 1))


def test_the_first_year_is_eight_twelfths_of_each_share_rounded_once(region: None) -> None:
    revision = levied(2024, "0.70", date(2022, 12, 31), months=8)
    people = members.population(date(2022, 12, 31))
    for share in shares_of(revision):
        assert share.amount.value == (2 * people[share.code] * 70 * 8 + 12) // 24
        assert (share.rate, share.months) == (Decimal("0.70"), 8)


def test_a_year_without_populations_is_not_levied_by_a_guess(region: None) -> None:
    with pytest.raises(NoPopulation, match=r"31\.12\.2024|2024-12-31"):
        levied(2025, "0.70", date(2024, 12, 31))


def test_sotkamo_shares_a_cost_of_kainet_only_once_it_has_joined_it(region: None) -> None:
    def shared(year: int) -> set[str]:
        revision = levies.levy_amount(
            by=BY,
            resolution=said(f"rajapinta {year}", date(year, 1, 5)),
            year=year,
            cost_class=CostClass.OTHER,
            amount=Cents(700_000),
            reference_date=date(2022, 12, 31),
            recipe=Recipe((Part(Key.POPULATION),), kimppas=("kainet",)),
            title=LevyTitle(f"Rajapinnan muutos {year} (ESIMERKKI)"),
            now=NOW,
        )
        rows = shares_of(revision)
        assert sum(row.amount.value for row in rows) == 700_000
        return {row.code for row in rows}

    before, after = shared(2025), shared(2026)
    assert after - before == {"765"}
    assert len(before) == 7
