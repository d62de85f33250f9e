"""Small cells cannot be brought back: another attacker tries every table that agrees with what is public."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import product
from math import comb

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kimppa.insight.reporting.suppression import LIMIT, WIDTH, Cell, narrowed, suppress

ROWS, COLUMNS = ("a", "b", "c"), ("x", "y", "z")
TABLES = st.fixed_dictionaries(
    {(row, column): st.one_of(st.integers(0, 9), st.integers(0, 40)) for row in ROWS for column in COLUMNS}
)


def agreeing(
    table: Mapping[Cell, int], hidden: frozenset[Cell], columns: tuple[str, ...], rows_told: bool
) -> Iterator[dict[Cell, int]]:
    """Every table with the same totals and shown cells: column by column, then the rows are held up to it."""
    choices = []
    for column in columns:
        mine = sorted(cell for cell in hidden if cell[1] == column)
        whole = sum(table[cell] for cell in mine)
        choices.append([dict(zip(mine, parts, strict=True)) for parts in parted(whole, len(mine))])
    for picked in product(*choices):
        guess = {cell: value for part in picked for cell, value in part.items()}
        rows = {row: sum(v for (r, _), v in guess.items() if r == row) for row in ROWS}
        true = {row: sum(table[cell] for cell in hidden if cell[0] == row) for row in ROWS}
        if not rows_told or rows == true:
            yield guess


def ways(table: Mapping[Cell, int], hidden: frozenset[Cell], columns: tuple[str, ...]) -> int:
    """How many tables there are to try."""
    count = 1
    for column in columns:
        mine = [table[cell] for cell in hidden if cell[1] == column]
        count *= comb(sum(mine) - 1, len(mine) - 1) if mine else 1
    return count


def parted(whole: int, places: int) -> Iterator[tuple[int, ...]]:
    """Every way to put a sum into places of at least one each."""
    if places == 0:
        yield ()
    elif places == 1:
        yield (whole,)
    else:
        for first in range(1, whole - places + 2):
            for rest in parted(whole - first, places - 1):
                yield (first, *rest)


@pytest.mark.parametrize("rows_told", [True, False])
@settings(max_examples=100)
@given(table=TABLES)
def test_no_small_cell_can_be_narrowed_by_trying_every_table(table: dict[Cell, int], rows_told: bool) -> None:
    kept = suppress(table, rows_told=rows_told)
    told = tuple(column for column in COLUMNS if column not in kept.columns)
    small = [cell for cell, value in table.items() if 0 < value < LIMIT and cell[1] in told]
    assert kept.cells >= set(small)
    if not small or ways(table, kept.cells, told) > 3000:
        return  # too many tables to try; the next test asks the flows
    seen: dict[Cell, set[int]] = {cell: set() for cell in small}
    for guess in agreeing(table, kept.cells, told, rows_told):
        for cell in small:
            seen[cell].add(guess[cell])
    for cell in small:
        assert table[cell] in seen[cell]
        assert max(seen[cell]) - min(seen[cell]) >= WIDTH, (cell, seen[cell])


@given(st.dictionaries(st.tuples(st.sampled_from("abcdefgh"), st.sampled_from("uvwxyz")), st.integers(0, 60)))
def test_larger_tables_are_kept_by_the_same_measure(table: dict[Cell, int]) -> None:
    for rows_told in (True, False):
        kept = suppress(table, rows_told=rows_told)
        told = {cell: value for cell, value in table.items() if cell[1] not in kept.columns}
        for cell, value in told.items():
            if 0 < value < LIMIT:
                found = narrowed(told, kept.cells, cell, rows_told=rows_told)
                assert found.low <= value <= found.high
                assert found.width >= WIDTH


def test_two_small_cells_with_a_known_sum_take_a_third_with_them() -> None:
    table = {("a", "x"): 1, ("b", "x"): 2, ("c", "x"): 50, ("d", "x"): 30}
    kept = suppress(table, rows_told=False)
    assert kept.cells == {("a", "x"), ("b", "x"), ("d", "x")}
    assert kept.columns == frozenset()


def test_a_service_used_in_one_municipality_alone_is_withheld_with_its_total() -> None:
    kept = suppress({("a", "x"): 3, ("a", "y"): 70, ("b", "y"): 60}, rows_told=False)
    assert kept.columns == {"x"}
    assert kept.cells == frozenset()


def test_large_counts_and_zeros_are_told() -> None:
    kept = suppress({("a", "x"): 0, ("b", "x"): 5, ("c", "x"): 900})
    assert kept.cells == frozenset()
    assert kept.columns == frozenset()
