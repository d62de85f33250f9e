"""A service as the public status page shows it: its state, ninety days as bars, and the same in words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from django.utils.safestring import SafeString
from django.utils.translation import gettext

from kimppa.commons.health.rules import STANDING_NAMES, Standing
from kimppa.commons.health.status_queries import History, TargetStatus
from kimppa.doors.web import days

TONES: dict[Standing, str] = {
    Standing.WORKS: "ok",
    Standing.TROUBLE: "warn",
    Standing.DOWN: "bad",
    Standing.MAINTENANCE: "info",
    Standing.UNKNOWN: "",
}


@dataclass(frozen=True, slots=True)
class ShownTarget:
    name: str
    state: str
    tone: str
    example: bool
    bars: SafeString
    words: str
    bad_days: tuple[str, ...]


def shown(one: TargetStatus, first: date, language: str) -> ShownTarget:
    """A target as the page shows it."""
    bars, words, bad = _drawn(one.history, first, language)
    return ShownTarget(
        name=one.name(language),
        state=gettext(STANDING_NAMES[one.standing]),
        tone=TONES[one.standing],
        example=one.example and "ESIMERKKI" not in one.name(language),
        bars=bars,
        words=words,
        bad_days=bad,
    )


@lru_cache(maxsize=512)
def _drawn(history: History, first: date, language: str) -> tuple[SafeString, str, tuple[str, ...]]:
    """Drawn once for each history, which is one object as long as nothing more is counted."""
    words = days.words(history.whole, language)
    return days.drawn(history.days, words), words, days.bad_days(history.days, first)
