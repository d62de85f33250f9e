"""Settled use: what is known is measured, the rest is dealt and marked, other figures are not added to it."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from tests.north import load_everything

from kimppa.commons.members import queries as members
from kimppa.commons.members.models import Membership, Municipality
from kimppa.commons.usage import measures, settled, settling
from kimppa.commons.usage.measures import BadMeasureDay, Choice, MeasureBefore
from kimppa.commons.usage.models import Batch, Figure, Measure, Settled
from kimppa.commons.usage.rules import Interest, Source, Split, UnitKind
from kimppa.commons.usage.services import AccessMetric, count_access
from kimppa.foundation.accounts.actors import Operator
from kimppa.foundation.core.errors import Missing

pytestmark = pytest.mark.django_db
NOW = datetime(2022, 11, 15, 10, tzinfo=UTC)
BY = Operator("test")
MAY, JUNE = date(2022, 5, 1), date(2022, 6, 1)
SLUG = "naxos-music-library"
PLAYS = Choice(Source.SHEET, "plays", UnitKind.CONSORTIUM, Interest.PLAYS, Split.HUB)


@pytest.fixture
def north():
    load_everything(BY, NOW)


def told(month, figures, *, unit_kind="consortium", metric="plays", source=Source.SHEET, **more):
    """A delivery of one month; `figures`: unit code → value."""
    batch = Batch.objects.create(source=source, month=month, opened=NOW, closed=NOW, platform=SLUG, **more)
    for code, value in figures.items():
        Figure.objects.create(
            batch=batch,
            platform=SLUG,
            unit_kind=unit_kind,
            unit_code=code,
            month=month,
            metric=metric,
            value=value,
            quality="measured",
        )
    return batch


def signed_in(code, times, month=MAY):
    when = datetime(month.year, month.month, 10, 10, tzinfo=UTC)
    for _ in range(times):
        count_access(platform=SLUG, unit_code=code, metric=AccessMetric.SIGN_INS, kind="oidc", now=when)


def choose(choice=PLAYS, first=date(2022, 1, 1)):
    return measures.choose(by=BY, platform=SLUG, choice=choice, valid_from=first, now=NOW)


def places(month=MAY):
    rows = settled.by_place(month, month)
    return {row.unit_code: (row.value, row.estimated) for row in rows if row.value}


def test_a_figure_of_all_is_dealt_by_our_own_sign_ins_and_marked_as_an_estimate(north):
    told(MAY, {"": 1000})
    signed_in("564", 3)
    signed_in("698", 1)
    signed_in("", 1)
    choose()
    assert places() == {"564": (600, 600), "698": (200, 200), "": (200, 200)}
    (whole,) = settled.totals(MAY, MAY)
    assert (whole.value, whole.estimated, whole.open_months) == (1000, 0, 0)
    (made,) = settled.how_made(SLUG, "564", MAY, MAY)
    assert (made.whole, made.weight, made.weights, made.split) == (1000, 3, 5, Split.HUB)


def test_without_sign_ins_residents_decide_and_the_parts_sum_to_the_whole(north):
    told(MAY, {"": 1000})
    choose()
    found = places()
    people = members.population(members.latest_population_date(MAY))
    everyone = sum(people[code] for code in members.member_codes_on(MAY))
    assert sum(value for value, _ in found.values()) == 1000
    assert abs(found["564"][0] - 1000 * people["564"] / everyone) < 1
    assert all(value == estimated for value, estimated in found.values())


def test_a_municipality_that_its_source_knows_is_measured(north):
    told(MAY, {"564": 70, "698": 30, "": 5}, unit_kind="municipality")
    choose(Choice(Source.SHEET, "plays", UnitKind.MUNICIPALITY, Interest.PLAYS, Split.HUB))
    assert places() == {"564": (70, 0), "698": (30, 0), "": (5, 0)}


def test_a_kimppas_figure_stays_inside_that_kimppa(north):
    outi = next(row for row in members.kimppas_on(MAY) if row.slug == "outi")
    told(MAY, {"outi": 500}, unit_kind="kimppa")
    choose(Choice(Source.SHEET, "plays", UnitKind.KIMPPA, Interest.PLAYS, Split.POPULATION))
    found = places()
    assert set(found) <= set(outi.codes)
    assert sum(value for value, _ in found.values()) == 500


def test_use_of_who_was_no_member_that_month_is_left_out_of_the_whole(north):
    pudas = Municipality.objects.get(code="615")
    Membership.objects.filter(municipality=pudas).update(valid_to=date(2022, 4, 30))
    told(MAY, {"564": 70, "615": 9}, unit_kind="municipality")
    choose(Choice(Source.SHEET, "plays", UnitKind.MUNICIPALITY, Interest.PLAYS, Split.NONE))
    assert places() == {"564": (70, 0)}
    assert settled.totals(MAY, MAY)[0].value == 70
    assert Figure.objects.get(unit_code="615").value == 9


def test_another_report_or_metric_is_never_added_to_what_counts(north):
    told(MAY, {"": 100}, metric="Total_Item_Requests", source=Source.COUNTER, report="TR")
    told(MAY, {"": 140}, metric="Total_Item_Requests", source=Source.COUNTER, report="PR")
    told(MAY, {"": 90}, metric="Unique_Item_Requests", source=Source.COUNTER, report="TR")
    told(MAY, {"": 60})
    choose(
        Choice(
            Source.COUNTER,
            "Total_Item_Requests",
            UnitKind.CONSORTIUM,
            Interest.REQUESTS,
            Split.NONE,
            report="TR",
        )
    )
    assert settled.totals(MAY, MAY)[0].value == 100


def test_a_figure_that_is_not_split_stays_with_nobody(north):
    told(MAY, {"": 100})
    choose(Choice(Source.SHEET, "plays", UnitKind.CONSORTIUM, Interest.PLAYS, Split.NONE))
    assert places() == {"": (100, 0)}


def test_a_month_whose_delivery_is_not_complete_stays_open(north):
    told(MAY, {"": 100}, incomplete=True)
    told(JUNE, {"": 100})
    choose()
    assert [(r.month, r.open_months) for r in settled.by_month(MAY, JUNE)] == [(MAY, 1), (JUNE, 0)]


def test_a_delivery_that_tells_nothing_of_its_month_is_a_known_zero(north):
    told(MAY, {})
    choose()
    assert [(row.value, row.open_months) for row in settled.totals(MAY, MAY)] == [(0, 0)]
    assert settled.totals(JUNE, JUNE) == ()


def test_a_later_choice_holds_from_its_day_and_taking_it_back_restores_the_first(north):
    told(MAY, {"": 100})
    told(JUNE, {"": 100})
    told(JUNE, {"": 7}, metric="downloads")
    choose()
    second = choose(
        Choice(Source.SHEET, "downloads", UnitKind.CONSORTIUM, Interest.LOANS, Split.NONE), first=JUNE
    )
    assert [row.value for row in settled.by_month(MAY, JUNE)] == [100, 7]
    assert [(m.valid_from, m.valid_to) for m in settled.measures(platform=SLUG)] == [
        (date(2022, 1, 1), date(2022, 5, 31)),
        (JUNE, None),
    ]
    measures.take_back(by=BY, measure_id=second, now=NOW)
    assert [row.value for row in settled.by_month(MAY, JUNE)] == [100, 100]


def test_a_choice_begins_with_a_month_after_the_ones_before_and_of_a_known_service(north):
    choose(first=JUNE)
    with pytest.raises(BadMeasureDay):
        choose(first=date(2022, 7, 2))
    with pytest.raises(MeasureBefore):
        choose(first=MAY)
    with pytest.raises(Missing):
        measures.choose(by=BY, platform="not-there", choice=PLAYS, valid_from=JUNE, now=NOW)
    assert Measure.objects.count() == 1


def test_live_counts_are_settled_while_their_month_is_open(north):
    choose(Choice(Source.HUB, "sign-ins", UnitKind.MUNICIPALITY, Interest.SIGN_INS, Split.NONE))
    november = date(2022, 11, 1)
    signed_in("564", 2, november)
    settling.settle_live(now=NOW)
    signed_in("564", 1, november)
    settling.settle_live(now=NOW)
    (row,) = settled.by_month(november, november)
    assert (row.value, row.open_months) == (3, 1)
    settling.settle_live(now=datetime(2022, 12, 2, 10, tzinfo=UTC))
    (row,) = settled.by_month(november, november)
    assert (row.value, row.open_months) == (3, 0)
    assert Settled.objects.filter(month=november).count() == 2
