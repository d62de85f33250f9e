"""Invented counts are the same each time, marked, and never beside counts that are real."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from tests.north import load_everything

from kimppa.commons.members import queries as members
from kimppa.commons.usage import examples, settled
from kimppa.commons.usage.models import Batch, Figure
from kimppa.commons.usage.services import AccessMetric, count_access
from kimppa.doors.console.demo import use
from kimppa.foundation.accounts.actors import Operator

pytestmark = pytest.mark.django_db
NOW = datetime(2022, 11, 15, 10, tzinfo=UTC)
BY = Operator("test")
MAY, JUNE = date(2022, 5, 1), date(2022, 6, 1)


@pytest.fixture
def north():
    load_everything(BY, NOW)


def invent() -> int:
    return examples.invent_sign_ins(by=BY, platforms=["ellibs"], months=[MAY, JUNE], now=NOW)


def test_every_member_has_use_by_its_size_and_a_second_run_adds_nothing(north):
    made = invent()
    assert made == Figure.objects.count()
    places = dict(Figure.objects.filter(month=MAY).values_list("unit_code", "value"))
    assert set(places) <= {*members.member_codes_on(MAY), ""}
    assert places["564"] > places["698"] > places["148"] > 0
    assert set(Batch.objects.values_list("brought_by", flat=True)) == {"ESIMERKKI"}
    before = sorted(Figure.objects.values_list("month", "unit_code", "value"))
    assert invent() == 0
    Batch.objects.all().delete()
    invent()
    assert sorted(Figure.objects.values_list("month", "unit_code", "value")) == before


def test_a_month_in_which_anything_was_counted_is_left_alone(north):
    when = datetime(2022, 5, 3, 10, tzinfo=UTC)
    count_access(platform="ellibs", unit_code="564", metric=AccessMetric.SIGN_INS, kind="oidc", now=when)
    invent()
    assert list(Figure.objects.filter(month=MAY).values_list("value", flat=True)) == [1]
    assert Figure.objects.filter(month=JUNE).exists()


def test_in_the_demo_sign_ins_count_for_every_service_of_the_year(north):
    use.count(by=BY, now=NOW)
    use.choose(by=BY, now=NOW)
    totals = settled.totals(date(2022, 1, 1), date(2022, 12, 1))
    assert len(totals) == 10
    assert all((row.months, row.open_months, row.estimated) == (10, 0, 0) for row in totals)
    use.choose(by=BY, now=NOW)
    # And our own lending, of which nothing has been lent.
    assert len(settled.measures()) == 11
