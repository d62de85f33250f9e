"""Change points: the document's example, seasons, and that nothing is made of noise."""

from __future__ import annotations

import math
import random
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.needs import ROOT

from kimppa.insight.reporting.trends import trend

DOCUMENT = ROOT / "docs" / "algorithms" / "trends.md"
SEASON = (1.3, 1.1, 1.0, 0.9, 0.8, 0.6, 0.5, 0.8, 1.0, 1.1, 1.3, 1.6)


def line(start: str) -> list[int]:
    text = DOCUMENT.read_text(encoding="utf-8")
    found = text[text.index(start) + len(start) :].split("\n")[0].split("`")[0]
    return [int(word) for word in found.split()]


def test_the_example_is_as_the_document_says() -> None:
    found = trend(line("    example "))
    at, percent = line("`example change ")
    assert [(c.at, c.percent) for c in found.changes] == [(at, Decimal(percent))]
    assert not found.seasonal
    assert found.levels[0] == 101
    assert found.levels[-1] == 150


@pytest.mark.parametrize("at", [20, 30, 40])
def test_a_doubling_is_found_in_its_month_through_a_strong_season(at: int) -> None:
    noise = random.Random(at)  # noqa: S311 - no secret
    values = [
        round(1000 * SEASON[n % 12] * (2 if n >= at else 1) * math.exp(noise.gauss(0, 0.04)))
        for n in range(60)
    ]
    found = trend(values)
    assert [change.at for change in found.changes] == [at]
    assert abs(found.changes[0].percent - 100) < 12
    assert found.seasonal


def test_a_season_alone_is_no_change() -> None:
    noise = random.Random(5)  # noqa: S311
    values = [round(800 * SEASON[n % 12] * math.exp(noise.gauss(0, 0.05))) for n in range(48)]
    assert trend(values).changes == ()


@given(st.lists(st.integers(0, 10**7), max_size=40))
def test_every_series_has_a_level_for_each_month_and_stretches_of_three(values: list[int]) -> None:
    found = trend(values)
    assert len(found.levels) == len(values)
    starts = [0, *(change.at for change in found.changes), len(values)]
    assert all(b - a >= 3 for a, b in pairwise(starts)) or not found.changes


@given(st.integers(0, 10**6), st.integers(0, 60))
def test_what_never_changes_has_no_change(value: int, months: int) -> None:
    assert trend([value] * months).changes == ()
