"""Charts as plain SVG: a tile map, diverging bars, lines. The same numbers stand in a table under them.

No style attributes (the content security policy forbids them): colours come from classes of the style sheet.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from html import escape

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from kimppa.environment import PROJECT

TILE, GAP = 76, 4
STEPS = 3
BAR_HEIGHT, BAR_GAP, LABEL, HALF = 22, 6, 150, 260


@dataclass(frozen=True, slots=True)
class Tile:
    """A square: whose it is, the text in it, and its shade from −3 to 3 (None: no figure)."""

    code: str
    name: str
    text: str
    shade: int | None


@dataclass(frozen=True, slots=True)
class Bar:
    name: str
    text: str
    value: Decimal


@cache
def places(which: str) -> dict[str, tuple[int, int]]:
    """Code → (column, row) of a tile map, `north` or `finland` (data/tiles_*.csv by assets/tiles.py)."""
    with (PROJECT / "data" / f"tiles_{which}.csv").open(encoding="utf-8", newline="") as handle:
        return {r["code"]: (int(r["column"]), int(r["row"])) for r in csv.DictReader(handle)}


def map_for(codes: Sequence[str]) -> str:
    """The map that has all of them: the region's where it can be, else the country's."""
    return "north" if set(codes) <= set(places("north")) else "finland"


def shades(values: Mapping[str, Decimal | None]) -> dict[str, int | None]:
    """Values to steps from −3 to 3: a third of the largest distance from zero each; zero is 0."""
    largest = max((abs(v) for v in values.values() if v is not None), default=Decimal(0))
    return {code: _step(value, largest) for code, value in values.items()}


def _step(value: Decimal | None, largest: Decimal) -> int | None:
    if value is None:
        return None
    if value == 0 or largest == 0:
        return 0
    step = min(STEPS, int(abs(value) * STEPS / largest) + 1)
    return step if value > 0 else -step


def tile_map(tiles: Sequence[Tile], *, title: str) -> SafeString:
    """The SVG of a tile map; a tile without a place (a new municipality) is left to the table."""
    grid = places(map_for([tile.code for tile in tiles]))
    shown = [(grid[tile.code], tile) for tile in tiles if tile.code in grid]
    columns = max((x for (x, _), _ in shown), default=0) + 1
    rows = max((y for (_, y), _ in shown), default=0) + 1
    # Joined here: format_html_join took 25 ms for the 309 of the country. Every text is escaped in _square.
    squares = mark_safe("".join(_square(place, tile) for place, tile in shown))  # noqa: S308
    width, height = columns * TILE, rows * TILE
    return format_html(
        '<svg class="tile-map" viewBox="0 0 {} {}" width="{}" height="{}" role="img"'
        ' aria-label="{}">{}</svg>',
        *(width, height, width, height, title, squares),
    )


def _square(place: tuple[int, int], tile: Tile) -> str:
    x, y = place[0] * TILE, place[1] * TILE
    shade = "none" if tile.shade is None else str(tile.shade).replace("-", "m")
    size, middle = TILE - GAP, x + (TILE - GAP) // 2
    name = escape(tile.name if len(tile.name) <= 9 else tile.name[:8] + ".")
    text = escape(tile.text)
    return (
        f'<g class="tile tile--{shade}"><title>{escape(tile.name)}: {text}</title>'
        f'<rect x="{x}" y="{y}" width="{size}" height="{size}" rx="6"/>'
        f'<text x="{middle}" y="{y + 30}" class="tile__name">{name}</text>'
        f'<text x="{middle}" y="{y + 52}" class="tile__value">{text}</text></g>'
    )


def diverging_bars(bars: Sequence[Bar], *, title: str) -> SafeString:
    """Bars to the left of zero for less, to the right for more, each with its name and number beside it."""
    largest = max((abs(bar.value) for bar in bars), default=Decimal(0)) or Decimal(1)
    lines = format_html_join(
        "",
        '<g><text x="{}" y="{}" class="bar__name">{}</text>'
        '<rect class="bar bar--{}" x="{}" y="{}" width="{}" height="{}"/>'
        '<text x="{}" y="{}" class="bar__value bar__value--{}">{}</text></g>',
        (_bar(n, bar, largest) for n, bar in enumerate(bars)),
    )
    width, height = LABEL + 2 * HALF + 160, max(1, len(bars)) * (BAR_HEIGHT + BAR_GAP)
    return format_html(
        '<svg class="bars" viewBox="0 0 {} {}" width="{}" height="{}" role="img" aria-label="{}">{}</svg>',
        *(width, height, width, height, title, lines),
    )


def _bar(number: int, bar: Bar, largest: Decimal) -> tuple[str | int, ...]:
    zero = LABEL + HALF + 60
    length = int(abs(bar.value) * HALF / largest)
    top = number * (BAR_HEIGHT + BAR_GAP)
    more = bar.value >= 0
    side, start = ("more", zero) if more else ("less", zero - length)
    label = zero + length + 8 if more else zero - length - 8
    base = top + 16
    return (0, base, bar.name, side, start, top, max(1, length), BAR_HEIGHT, label, base, side, bar.text)
