"""Counts are made at once, add up, and never hold a title and a place in one row."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from kimppa.commons.usage import queries
from kimppa.commons.usage.models import Batch, Figure, TitleFigure
from kimppa.commons.usage.services import OWN_LENDING, count_loan

pytestmark = pytest.mark.django_db
NOW = datetime(2022, 11, 15, 10, tzinfo=UTC)


def test_three_loans_of_two_places_are_three_in_all_and_one_batch_of_the_month():
    count_loan(unit_code="564", kind="ebook", title_key="a", now=NOW)
    count_loan(unit_code="564", kind="ebook", title_key="b", now=NOW)
    count_loan(unit_code="", kind="ebook", title_key="a", now=NOW)
    rows = queries.by_month(platform=OWN_LENDING, year=2022)
    assert [(r.unit_code, r.value, r.quality) for r in rows] == [("", 1, "measured"), ("564", 2, "measured")]
    assert dict(TitleFigure.objects.values_list("title_key", "value")) == {"a": 2, "b": 1}
    assert Batch.objects.count() == 1


def test_a_loan_just_after_midnight_in_finland_counts_in_the_new_month():
    count_loan(unit_code="564", kind="ebook", title_key="a", now=datetime(2022, 11, 30, 22, 30, tzinfo=UTC))
    assert [r.month for r in queries.by_month(platform=OWN_LENDING, year=2022)] == [date(2022, 12, 1)]


def test_no_row_can_hold_both_a_title_and_a_place():
    assert "title_key" not in {f.name for f in Figure._meta.get_fields()}
    assert "unit_code" not in {f.name for f in TitleFigure._meta.get_fields()}
