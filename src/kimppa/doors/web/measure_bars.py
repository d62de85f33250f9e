"""Bars against a limit as plain SVG: what has happened, what is still to come, and where the limit stands.

What is to come is hatched, so that it differs from what has happened by more than its shade. The page shows
the same numbers in a table.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

LABEL, LENGTH, VALUE = 190, 380, 150
HEIGHT, GAP = 20, 14


@dataclass(frozen=True, slots=True)
class Measure:
    """One bar: done, to come and limit in the same unit (below zero counts as zero), and words beside it."""

    name: str
    done: int
    coming: int
    limit: int
    text: str


def measure_bars(bars: Sequence[Measure], *, title: str, description: str) -> SafeString:
    """The SVG of bars on one scale, the longest bar or limit filling it."""
    largest = max((max(_sum(bar), bar.limit) for bar in bars), default=0) or 1
    drawn = format_html_join(
        "",
        '<g><title>{}: {}</title><text x="0" y="{}" class="measure__name">{}</text>'
        '<rect class="measure__done" x="{}" y="{}" width="{}" height="{}"/>'
        '<rect class="measure__coming" x="{}" y="{}" width="{}" height="{}" fill="url(#measure-hatch)"/>'
        '<path class="measure__limit measure__limit--{}" d="M{} {}v{}"/>'
        '<text x="{}" y="{}" class="measure__text">{}</text></g>',
        (_bar(number, bar, largest) for number, bar in enumerate(bars)),
    )
    width, height = LABEL + LENGTH + VALUE, max(1, len(bars)) * (HEIGHT + GAP)
    return format_html(
        '<svg class="measure" viewBox="0 0 {} {}" width="{}" height="{}" role="img" aria-label="{}">'
        "<title>{}</title><desc>{}</desc>"
        '<defs><pattern id="measure-hatch" width="6" height="6" patternUnits="userSpaceOnUse" '
        'patternTransform="rotate(45)"><path class="measure__hatch" d="M0 0v6"/></pattern></defs>{}</svg>',
        *(width, height, width, height, title, title, description, drawn),
    )


def _bar(number: int, bar: Measure, largest: int) -> tuple[str | int, ...]:
    top = number * (HEIGHT + GAP) + GAP // 2
    done = max(0, bar.done) * LENGTH // largest
    coming = max(0, bar.coming) * LENGTH // largest
    limit = LABEL + max(0, bar.limit) * LENGTH // largest
    base = top + HEIGHT - 5
    name = bar.name if len(bar.name) <= 24 else bar.name[:23] + "…"
    over = "over" if _sum(bar) > bar.limit else "within"
    return (
        *(bar.name, bar.text, base, name),
        *(LABEL, top, done, HEIGHT, LABEL + done, top, coming, HEIGHT),
        *(over, limit, top - 4, HEIGHT + 8, LABEL + LENGTH + 10, base, bar.text),
    )


def _sum(bar: Measure) -> int:
    return max(0, bar.done) + max(0, bar.coming)
