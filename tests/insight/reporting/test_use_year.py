"""A year of use: exact figures of the real region, with what is estimated, open and not known kept apart."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from tests.insight.reporting.use_world import MONTHS, NOW, OULU, load_use, loans, people, settle
from tests.north import load_services

from kimppa.commons.usage.models import Batch, Measure, Settled
from kimppa.commons.usage.rules import Interest
from kimppa.foundation.accounts.actors import Operator
from kimppa.foundation.core.money import Cents
from kimppa.insight.reporting import use_history
from kimppa.insight.reporting.use_equality import equality_of
from kimppa.insight.reporting.use_sums import Compared, Use, cost_each, percent, ratio
from kimppa.insight.reporting.use_trends import trends
from kimppa.insight.reporting.use_year import use_year, years

pytestmark = pytest.mark.django_db


@pytest.fixture
def used(db: None) -> None:
    load_services(Operator("test"), NOW)
    load_use()


def test_a_service_has_its_use_cost_and_residents_exactly(used: None) -> None:
    told = use_year(2022)
    loaned = 12 * sum(loans(code, count, 2022) for code, count in people().items())
    ellibs = told.service("ellibs")
    assert ellibs is not None
    assert ellibs.use == Use(loaned, 0, 0, 12)
    assert ellibs.counted_as == (Interest.LOANS,)
    assert ellibs.booked == Cents(13_000_00)
    assert ellibs.cost is not None
    assert ellibs.cost.bookings == 2
    assert ellibs.cost_per_use == cost_each(Cents(13_000_00), loaned)
    assert told.residents == sum(people().values()) == 663_352 == ellibs.residents
    assert ellibs.per_resident == ratio(loaned, 663_352, places=3)
    assert told.costs.shared == Cents(2_400_00)


def test_where_nothing_is_booked_the_cost_is_not_known_and_not_zero(used: None) -> None:
    viddla = use_year(2022).service("viddla")
    assert viddla is not None
    assert (viddla.booked, viddla.cost_per_use, viddla.cost_per_resident) == (None, None, None)


def test_estimates_and_open_months_stand_beside_every_figure(used: None) -> None:
    told = use_year(2022)
    viddla = told.service("viddla")
    assert viddla is not None
    assert viddla.use.open_months == 1
    assert viddla.use.estimated == 0  # the vendor told the whole
    assert viddla.places.estimated_percent == Decimal(100)
    assert [one.slug for one in told.open_services] == ["viddla"]
    oulu = next(place for place in told.places if place.code == OULU)
    assert oulu.uses["viddla"].estimated == oulu.uses["viddla"].value > 0
    assert oulu.uses["ellibs"].estimated == 0


def test_use_of_nobody_known_stays_with_nobody(used: None) -> None:
    told = use_year(2022)
    naxos = told.service("naxos-music-library")
    assert naxos is not None
    assert (naxos.use.value, naxos.places.value, told.unknown["naxos-music-library"].value) == (480, 0, 480)


def test_years_are_compared_by_the_months_that_both_have_closed_and_counted_alike(used: None) -> None:
    told = use_year(2022)
    ellibs, viddla = told.service("ellibs"), told.service("viddla")
    assert ellibs is not None
    assert viddla is not None
    assert ellibs.compared is not None
    assert ellibs.compared.months == 12
    assert viddla.compared is not None
    assert viddla.compared.months == 11  # December is open
    assert viddla.compared.change == Decimal(0)
    Measure.objects.filter(platform="ellibs").update(valid_to=date(2021, 12, 31))
    Measure.objects.create(
        platform="ellibs",
        valid_from=date(2022, 1, 1),
        source="counter",
        report="TR",
        metric="Unique_Title_Requests",
        unit_kind="consortium",
        counted_as="requests",
        split="none",
    )
    again = use_year(2022).service("ellibs")
    assert again is not None
    assert again.compared is None


def test_relative_use_weighs_each_service_alike_and_everybody_together_is_a_hundred(used: None) -> None:
    told = use_year(2022)
    weighed = sum((told.relative(p) or Decimal(0)) * (p.residents or 0) for p in told.places)
    assert abs(weighed / told.residents - 100) < 1
    oulu = next(place for place in told.places if place.code == OULU)
    assert (told.relative(oulu) or 0) > 100


def test_a_municipality_without_a_population_has_no_figures_per_resident(used: None) -> None:
    settle("ellibs", date(2020, 1, 1), {OULU: 10}, estimated=False, is_open=False)
    told = use_year(2018)
    assert told.services == ()
    assert told.basis.reference_date is None
    assert all(place.residents is None and told.relative(place) is None for place in told.places)
    assert years() == (2022, 2021, 2020)


def test_equality_takes_only_what_was_measured_and_names_what_was_not(used: None) -> None:
    found = equality_of(use_year(2022))
    assert [service.slug for service in found.left_out] == ["viddla"]
    assert found.measured is not None
    assert found.with_estimates is not None
    # Oulu uses twice as much: the measured index is the lower one, estimates by residents hide it.
    assert found.measured.index < found.with_estimates.index < 1
    assert (found.measured.by_size or 0) > 0
    assert (found.measured.by_distance or 0) < 0
    assert set(found.cities) == {"564", "698"}
    by_service = {row.service.slug: row for row in found.services}
    assert by_service["viddla"].measured is None
    utsjoki = next(row for row in found.places if row.place.code == "890")
    assert utsjoki.city == "698"
    assert utsjoki.open_to is not None
    assert utsjoki.open_to == utsjoki.services > 0


def test_trends_leave_open_months_out_and_call_a_new_release_a_change_of_counting(used: None) -> None:
    for month, release in ((date(2021, 1, 1), "5"), (date(2022, 1, 1), "5.1")):
        Batch.objects.create(
            source="counter", month=month, opened=NOW, closed=NOW, platform="ellibs", release=release
        )
    ellibs, viddla = (
        next(one for one in trends(until=date(2023, 1, 20)) if one.slug == slug)
        for slug in ("ellibs", "viddla")
    )
    assert len(ellibs.months) == 24
    (change,) = ellibs.changes
    assert change.month == date(2022, 1, 1)
    assert 95 < change.percent < 105  # floor division makes halves a little smaller
    assert change.counting is not None
    assert change.counting.release == "5.1"
    assert [mark.month for mark in ellibs.breaks] == [date(2022, 1, 1)]
    assert (len(viddla.months), viddla.open_months, viddla.changes) == (23, 1, ())


def test_a_gap_in_the_months_ends_the_row(used: None) -> None:
    Settled.objects.filter(platform="ellibs", month=date(2021, 6, 1)).delete()
    (ellibs,) = trends(until=date(2023, 1, 20), slug="ellibs")
    assert [ellibs.months[0][0], ellibs.months[-1][0]] == [date(2021, 7, 1), date(2022, 12, 1)]


def test_a_municipalitys_years_and_a_services_years_agree_with_the_year(used: None) -> None:
    mine = use_history.of_place(OULU, 2022)
    assert mine["ellibs", 2022] == Use(12 * loans(OULU, people()[OULU], 2022), 0, 0, 12)
    assert mine["viddla", 2022].open_months == 1
    rows = use_history.years_of("ellibs", use_history.months_of("ellibs", 2022))
    assert [row.year for row in rows] == [2022, 2021]
    service = use_year(2022).service("ellibs")
    assert service is not None
    assert rows[0].use == service.use
    assert rows[0].compared == service.compared
    assert rows[1].booked is None


def test_sums_say_nothing_where_there_is_nothing() -> None:
    assert percent(1, 0) is None
    assert ratio(5, None) is None
    assert cost_each(None, 3) is None
    assert cost_each(Cents(100), 0) is None
    assert cost_each(Cents(100), 40) == Decimal("0.0250")
    assert cost_each(Cents(-900), 3) == Decimal("-3.00")
    assert Compared(0, 0, 0).change is None
    assert len(MONTHS[2022]) == 12
