"""The line chart: a scale from zero, holes where nothing is known, names that do not cover each other."""

from __future__ import annotations

import re
from decimal import Decimal
from itertools import pairwise

from kimppa.doors.web.line_chart import LABEL_HEIGHT, Point, Series, Tick, line_chart, top_of


def series(name: str, *values: int | None) -> Series:
    return Series(name, tuple(Point(None if v is None else Decimal(v), f"{v} €") for v in values))


def drawn(*lines: Series, places: int = 3) -> str:
    labels = [str(2021 + n) for n in range(places)]
    ticks = [Tick(Decimal(n), str(n)) for n in (0, 50, 100)]
    return line_chart(lines, labels, title="Hinta", description="Luvut taulukossa", ticks=ticks)


def test_the_chart_has_a_title_a_description_and_no_style_of_its_own() -> None:
    svg = drawn(series("A", 0, 50, 100))
    assert 'role="img" aria-label="Hinta"' in svg
    assert "<title>Hinta</title><desc>Luvut taulukossa</desc>" in svg
    assert "style=" not in svg
    assert "A, 2022: 50 €" in svg


def test_zero_stands_at_the_bottom_and_the_top_at_the_top() -> None:
    assert re.search(r'd="M90 280 L320 150 L550 20"', drawn(series("A", 0, 50, 100)))


def test_a_line_is_broken_where_nothing_is_known() -> None:
    svg = drawn(series("A", 100, None, 100))
    assert svg.count("<path") == 2
    assert svg.count("<circle") == 2


def test_names_at_the_ends_do_not_cover_each_other_and_hostile_ones_stay_text() -> None:
    svg = drawn(series("<b>A</b>", 1, 1, 50), series("B", 1, 1, 50), series("C", 1, 1, 51))
    assert "<b>" not in svg
    heights = sorted(int(y) for y in re.findall(r'y="(\d+)" class="line__name"', svg))
    assert all(b - a >= LABEL_HEIGHT for a, b in pairwise(heights))


def test_the_top_of_the_scale_is_a_round_number_not_below_the_largest() -> None:
    for value, top in ((0, 1), (1, 1), (11, 20), (23, 25), (38_000, 40_000), (99, 100), (401, 500)):
        assert top_of([series("A", value)]) == top
