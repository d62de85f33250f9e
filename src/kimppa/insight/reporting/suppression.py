"""Small cells of a public table, hidden so that no subtraction brings them back. Pure.

A table of counts has rows, columns and their totals, all public. A cell of 1 … LIMIT − 1 is hidden (zero is
told: that nobody used a service says nothing of anybody). Then more cells are hidden until an attacker who
knows every total, and that what is hidden is no zero, can narrow no small cell to an interval shorter than
WIDTH. The test is exact, by flows (docs/algorithms/suppression.md), not by counting hidden cells in a row.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

LIMIT = 5
WIDTH = 5

Cell: TypeAlias = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Interval:
    """What a hidden cell can be, for one who knows all that is public."""

    low: int
    high: int

    @property
    def width(self) -> int:
        return self.high - self.low


@dataclass(frozen=True, slots=True)
class Kept:
    """What is not told: single cells, and whole columns (with their totals) that could not be kept apart."""

    cells: frozenset[Cell]
    columns: frozenset[str]


def suppress(
    table: Mapping[Cell, int], *, rows_told: bool = True, limit: int = LIMIT, width: int = WIDTH
) -> Kept:
    """What to hide. Column totals are public; row totals (of the columns that are told) if `rows_told`.

    Cells missing from the table are zeros and public. After a column has been taken away everything is
    reckoned anew, for the row totals are others then.
    """
    columns = {column for _, column in table}
    gone = {c for c in columns if 0 < sum(v for (_, at), v in table.items() if at == c) < limit}
    while True:
        told = {cell: value for cell, value in table.items() if value and cell[1] not in gone}
        hidden, lost = _hidden(told, rows_told, limit, width)
        if not lost:
            return Kept(frozenset(hidden), frozenset(gone))
        gone |= lost


def narrowed(
    table: Mapping[Cell, int], hidden: Iterable[Cell], cell: Cell, *, rows_told: bool = True
) -> Interval:
    """The interval to which a hidden cell can be narrowed by one who knows the shown cells, the totals, and
    that zeros are always shown.
    """
    room = {one: table[one] - 1 for one in hidden if one != cell}
    value = table[cell]
    fall = _flow(dict(room), cell, value - 1, rising=False, rows_told=rows_told)
    rise = _flow(dict(room), cell, 10 * WIDTH, rising=True, rows_told=rows_told)
    return Interval(value - fall, value + rise)


def _hidden(table: Mapping[Cell, int], rows_told: bool, limit: int, width: int) -> tuple[set[Cell], set[str]]:
    """The cells to hide; or, instead, the columns in which that cannot be done."""
    small = sorted(cell for cell, value in table.items() if value < limit)
    hidden, lost = set(small), set()
    for cell in small:
        while cell[1] not in lost:
            if narrowed(table, hidden, cell, rows_told=rows_told).width >= width:
                break
            more = _rectangle(table, hidden, cell) if rows_told else _beside(table, hidden, cell)
            hidden.update(more)
            if not more:
                lost.add(cell[1])
    return hidden, lost


def _flow(room: dict[Cell, int], cell: Cell, most: int, *, rising: bool, rows_told: bool) -> int:
    """By how much a cell can change while all totals stay: the largest flow around it through hidden cells.

    Along a way from the cell's column to its row cells fall and rise in turn (`room`: how far each can
    fall; nothing bounds a rise). Without row totals the way ends at whichever row comes first.
    """
    moved = 0
    while moved < most:
        way = _way(room, cell, first_falls=rising, rows_told=rows_told)
        if way is None:
            return moved
        falling = [one for n, one in enumerate(way) if (n % 2 == 0) is rising]
        amount = min([most - moved, *(room[one] for one in falling)])
        for n, one in enumerate(way):
            room[one] += -amount if (n % 2 == 0) is rising else amount
        moved += amount
    return moved


def _way(room: Mapping[Cell, int], cell: Cell, *, first_falls: bool, rows_told: bool) -> list[Cell] | None:
    """The shortest way by turns from the cell's column to its row; a cell that must fall needs room."""
    row, column = cell
    by_column: dict[str, list[Cell]] = {}
    by_row: dict[str, list[Cell]] = {}
    for one in sorted(room):
        by_row.setdefault(one[0], []).append(one)
        by_column.setdefault(one[1], []).append(one)
    came: dict[tuple[str, str], tuple[tuple[str, str], Cell] | None] = {("column", column): None}
    queue = deque([("column", column)])
    while queue:
        here = queue.popleft()
        kind, name = here
        from_column = kind == "column"
        falls = first_falls if from_column else not first_falls
        for one in (by_column if from_column else by_row).get(name, ()):
            there = ("row", one[0]) if from_column else ("column", one[1])
            if there in came or (falls and room[one] <= 0):
                continue
            came[there] = (here, one)
            if from_column and (not rows_told or one[0] == row):
                return _walked(came, there)
            queue.append(there)
    return None


def _walked(
    came: Mapping[tuple[str, str], tuple[tuple[str, str], Cell] | None], end: tuple[str, str]
) -> list[Cell]:
    way: list[Cell] = []
    step = came[end]
    while step is not None:
        way.insert(0, step[1])
        step = came[step[0]]
    return way


def _beside(table: Mapping[Cell, int], hidden: set[Cell], cell: Cell) -> tuple[Cell, ...]:
    """Another cell of the column to hide: the smallest, for it takes the least from what is told."""
    others = [one for one in table if one[1] == cell[1] and one not in hidden]
    return (min(others, key=lambda one: (table[one], one)),) if others else ()


def _rectangle(table: Mapping[Cell, int], hidden: set[Cell], cell: Cell) -> tuple[Cell, ...]:
    """The corners of the rectangle with the cell that take the least from what is told; none: empty."""
    row, column = cell
    best: tuple[bool, int, tuple[Cell, ...]] | None = None
    for other in {one[0] for one in table if one[1] == column and one[0] != row}:
        for beside in {one[1] for one in table if one[0] == row and one[1] != column}:
            corners = ((other, column), (row, beside), (other, beside))
            fresh = tuple(one for one in corners if one not in hidden)
            if not fresh or any(one not in table for one in corners):
                continue
            weak = min(table[one] for one in corners) <= WIDTH
            told = (weak, sum(table[one] for one in fresh), fresh)
            best = told if best is None else min(best, told)
    return best[2] if best else ()
