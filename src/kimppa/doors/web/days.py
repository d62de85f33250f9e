"""Ninety days of a service as bars, and the same in words. Drawn as text: a page has 1,350 of them."""

from __future__ import annotations

from datetime import date, timedelta
from functools import lru_cache

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext, ngettext

from kimppa.commons.health.rules import Tally
from kimppa.commons.health.status_queries import SHOWN_DAYS
from kimppa.doors.web import formats

STEP, WIDTH, HEIGHT = 4, 3, 28
# A day with more of it down than this is a bad day.
BAD_SHARE = 20
# Heights tell the same as colours: who sees none of them still sees which day was otherwise.
TOPS = {"up": 0, "some": 0, "bad": 0, "planned": 10, "unknown": 22}


def words(whole: Tally, language: str) -> str:
    """What the days tell, in one sentence."""
    figure = whole.availability
    if figure is None:
        return gettext("Nothing is known of the last 90 days.")
    return gettext("Worked %(percent)s %% of the time in the last 90 days.") % {
        "percent": formats.number(figure.normalize(), language)
    }


def bad_days(days: tuple[Tally | None, ...], first: date) -> tuple[str, ...]:
    """The days with disruptions, the newest first."""
    found = []
    for place in range(len(days) - 1, -1, -1):
        day = days[place]
        if day is not None and day.down:
            minutes = ngettext("%(n)s minute", "%(n)s minutes", day.down) % {"n": day.down}
            found.append(f"{formats.day(first + timedelta(days=place))}: {minutes}")
    return tuple(found)


def level(day: Tally | None) -> str:
    """How a day is drawn."""
    if day is None or not day.told:
        return "unknown"
    if day.down:
        return "bad" if day.down * BAD_SHARE > day.up + day.down else "some"
    return "up" if day.up else "planned"


@lru_cache(maxsize=1024)
def _bar(place: int, how: str) -> str:
    top = TOPS[how]
    if how in {"some", "bad"}:  # a notch: the day is broken in two
        cut = 16 if how == "some" else 6
        return (
            f'<rect class="day-{how}" x="{place * STEP}" width="{WIDTH}" height="{cut}"/>'
            f'<rect class="day-{how}" x="{place * STEP}" y="{cut + 4}" width="{WIDTH}" '
            f'height="{HEIGHT - cut - 4}"/>'
        )
    return f'<rect class="day-{how}" x="{place * STEP}" y="{top}" width="{WIDTH}" height="{HEIGHT - top}"/>'


def drawn(days: tuple[Tally | None, ...], label: str) -> SafeString:
    """The bars; what they tell stands in their label, and day by day in the list under them."""
    bars = "".join(_bar(place, level(day)) for place, day in enumerate(days))
    width = SHOWN_DAYS * STEP - 1
    return mark_safe(  # noqa: S308 - the label is escaped, the rest are our own numbers
        f'<svg class="days" viewBox="0 0 {width} {HEIGHT}" preserveAspectRatio="none" role="img" '
        f'aria-label="{escape(label)}">{bars}</svg>'
    )
