"""A line chart as plain SVG. The page shows the same numbers in a table under it.

Lines differ by dashes and marks besides colour, and each has its name at its end: no legend to decode. The
scale begins at zero, so that a small change does not look like a large one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

WIDTH, HEIGHT = 720, 320
LEFT, RIGHT, TOP, BOTTOM = 90, 170, 20, 40
KINDS = 6
LABEL_HEIGHT = 18


@dataclass(frozen=True, slots=True)
class Point:
    """One value and how it is written; None: there is none, and the line is broken there."""

    value: Decimal | None
    text: str


@dataclass(frozen=True, slots=True)
class Series:
    """A line with its name; one point for each place on the axis."""

    name: str
    points: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class Tick:
    value: Decimal
    text: str


def top_of(series: Sequence[Series]) -> Decimal:
    """The round number that the scale ends at: 1, 2, 2.5, 4, 5 or 10 times a power of ten."""
    largest = max(
        (p.value for line in series for p in line.points if p.value is not None), default=Decimal(0)
    )
    if largest <= 0:
        return Decimal(1)
    power = Decimal(10) ** largest.adjusted()
    steps = (Decimal(n) / 10 for n in (10, 20, 25, 40, 50, 100))
    return next(step * power for step in steps if step * power >= largest)


def line_chart(
    series: Sequence[Series], labels: Sequence[str], *, title: str, description: str, ticks: Sequence[Tick]
) -> SafeString:
    """The SVG of lines over the same places; `ticks` are the scale's marks, the last one its top."""
    top = max((tick.value for tick in ticks), default=Decimal(1)) or Decimal(1)
    grid = format_html_join(
        "",
        '<g class="lines__grid"><line x1="{}" y1="{}" x2="{}" y2="{}"/>'
        '<text x="{}" y="{}" class="lines__tick">{}</text></g>',
        (
            (LEFT, _y(t.value, top), WIDTH - RIGHT, _y(t.value, top), LEFT - 8, _y(t.value, top) + 5, t.text)
            for t in ticks
        ),
    )
    axis = format_html_join(
        "",
        '<text x="{}" y="{}" class="lines__label">{}</text>',
        ((_x(n, len(labels)), HEIGHT - 14, label) for n, label in enumerate(labels)),
    )
    ends = _label_places([_last(line, top, len(labels)) for line in series])
    lines = format_html_join(
        "", "{}", ((_line(n, one, labels, top, ends[n]),) for n, one in enumerate(series))
    )
    return format_html(
        '<svg class="lines" viewBox="0 0 {} {}" width="{}" height="{}" role="img" aria-label="{}">'
        "<title>{}</title><desc>{}</desc>{}{}{}</svg>",
        *(WIDTH, HEIGHT, WIDTH, HEIGHT, title, title, description, grid, axis, lines),
    )


def _line(number: int, line: Series, labels: Sequence[str], top: Decimal, label_y: int) -> SafeString:
    kind = number % KINDS + 1
    paths: list[str] = []
    marks: list[tuple[int, int, str]] = []
    drawing = False
    for at, point in enumerate(line.points):
        if point.value is None:
            drawing = False
            continue
        x, y = _x(at, len(labels)), _y(point.value, top)
        if drawing:
            paths[-1] += f" L{x} {y}"
        else:
            paths.append(f"M{x} {y}")
        drawing = True
        marks.append((x, y, f"{line.name}, {labels[at]}: {point.text}"))
    drawn = format_html_join("", '<path d="{}"/>', ((path,) for path in paths))
    dots = format_html_join("", '<circle cx="{}" cy="{}" r="4"><title>{}</title></circle>', marks)
    label = line.name if len(line.name) <= 22 else line.name[:21] + "…"
    return format_html(
        '<g class="line line--{}">{}{}<text x="{}" y="{}" class="line__name">{}</text></g>',
        *(kind, drawn, dots, WIDTH - RIGHT + 12, label_y, label),
    )


def _last(line: Series, top: Decimal, places: int) -> int:
    values = [point.value for point in line.points if point.value is not None]
    return _y(values[-1], top) + 5 if values else TOP


def _label_places(wanted: list[int]) -> list[int]:
    """The names' heights, pushed apart where they would cover each other."""
    order = sorted(range(len(wanted)), key=lambda n: wanted[n])
    placed = list(wanted)
    lowest = 0
    for n in order:
        placed[n] = max(wanted[n], lowest + LABEL_HEIGHT)
        lowest = placed[n]
    return placed


def _x(at: int, places: int) -> int:
    inner = WIDTH - LEFT - RIGHT
    return LEFT + (inner // 2 if places < 2 else at * inner // (places - 1))


def _y(value: Decimal, top: Decimal) -> int:
    inner = HEIGHT - TOP - BOTTOM
    return HEIGHT - BOTTOM - int(value * inner / top)
