"""Bars of one measure, one below another, as plain SVG. The page shows the same numbers in a table under it.

The scale begins at zero. What was not measured here (imported, estimated) is hatched.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

HEIGHT, GAP, LABEL, LONGEST, VALUE = 24, 8, 70, 420, 140


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar with its name and number; `chosen` is the one that the page is about."""

    name: str
    text: str
    value: Decimal
    chosen: bool = False
    hatched: bool = False


def bar_chart(bars: Sequence[Bar], *, title: str, label: int = LABEL) -> SafeString:
    """The SVG of bars, each with its name before it and its number after it; `label`: room for the names."""
    largest = max((bar.value for bar in bars), default=Decimal(0)) or Decimal(1)
    drawn = format_html_join(
        "",
        '<g class="{}"><text x="0" y="{}" class="bar__name">{}</text>'
        '<rect class="bar" x="{}" y="{}" width="{}" height="{}"/>'
        '<text x="{}" y="{}" class="bar__value">{}</text></g>',
        (_bar(number, bar, largest, label) for number, bar in enumerate(bars)),
    )
    width, height = label + LONGEST + VALUE, max(1, len(bars)) * (HEIGHT + GAP)
    return format_html(
        '<svg class="plain-bars" viewBox="0 0 {} {}" width="{}" height="{}" role="img" aria-label="{}">'
        '<defs><pattern id="plain-bars-hatch" width="6" height="6" patternUnits="userSpaceOnUse"'
        ' patternTransform="rotate(45)"><line x1="0" y1="0" x2="0" y2="6" class="plain-bars__hatch"/>'
        "</pattern></defs>{}</svg>",
        *(width, height, width, height, title, drawn),
    )


def _bar(number: int, bar: Bar, largest: Decimal, label: int) -> tuple[str | int, ...]:
    top = number * (HEIGHT + GAP)
    length = max(1, int(max(bar.value, Decimal(0)) * LONGEST / largest))
    kind = "plain-bar plain-bar--hatched" if bar.hatched else "plain-bar"
    css = f"{kind} plain-bar--chosen" if bar.chosen else kind
    base = top + 17
    return (css, base, bar.name, label, top, length, HEIGHT, label + length + 8, base, bar.text)
