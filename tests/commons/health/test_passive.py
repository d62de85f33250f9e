"""Signals of real traffic are counted in their minute, cheaply, and never disturb whoever sent them."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction

from kimppa.commons.health import queries
from kimppa.commons.health.models import Minute, Target
from kimppa.commons.health.passive import report
from kimppa.commons.health.rules import Standing

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 2, 10, 15, 40, tzinfo=UTC)


def test_an_unknown_key_becomes_an_unlisted_target_of_its_prefix_and_nothing_is_raised():
    report(key="library-system:outi", ok=True, took_ms=31, now=NOW)
    report(key="what-is-this", ok=True, took_ms=1, now=NOW)
    found = Target.objects.order_by("key").values_list("key", "kind", "name_fi", "public")
    assert list(found) == [
        ("library-system:outi", "library-system", "outi", False),
        ("what-is-this", "other", "what-is-this", False),
    ]
    assert queries.standing(NOW)["library-system:outi"] is Standing.UNKNOWN  # not judged yet


def test_signals_of_one_minute_are_one_row():
    for number in range(5):
        report(key="hub:portal", ok=number != 3, took_ms=10, code="" if number != 3 else "slow", now=NOW)
    report(key="hub:portal", ok=True, took_ms=7, now=NOW + timedelta(seconds=20))
    rows = Minute.objects.order_by("at").values_list("at", "good", "bad", "took_ms", "code")
    assert list(rows) == [
        (NOW.replace(second=0), 4, 1, 50, "slow"),
        (NOW.replace(second=0) + timedelta(minutes=1), 1, 0, 7, ""),
    ]


def test_a_signal_inside_a_transaction_leaves_it_whole_even_with_an_impossible_key():
    with transaction.atomic():
        report(key="", ok=True, took_ms=-5, now=NOW)
        report(key="x" * 5000, ok=False, took_ms=10**12, code="y" * 500, now=NOW)
        report(key="hub:portal", ok=True, took_ms=1, now=NOW)
    assert Minute.objects.filter(target_id="hub:portal").count() == 1


@pytest.mark.slow
def test_a_signal_costs_less_than_a_millisecond():
    report(key="hub:portal", ok=True, took_ms=1, now=NOW)
    began = time.process_time()
    for _ in range(500):
        report(key="hub:portal", ok=True, took_ms=1, now=NOW)
    assert (time.process_time() - began) / 500 < 0.001
