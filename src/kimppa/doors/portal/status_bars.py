"""A service as the public status page shows it: its state, ninety days as bars, and the same in words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.utils.safestring import SafeString
from django.utils.translation import gettext

from kimppa.commons.health.rules import STANDING_NAMES, Standing
from kimppa.commons.health.status_queries import TargetStatus
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
    key: str
    name: str
    state: str
    tone: str
    example: bool
    bars: SafeString
    words: str
    bad_days: tuple[str, ...]


def shown(one: TargetStatus, first: date, language: str) -> ShownTarget:
    """A target as the page shows it."""
    words = days.words(one.whole, language)
    return ShownTarget(
        key=one.key,
        name=one.name(language),
        state=gettext(STANDING_NAMES[one.standing]),
        tone=TONES[one.standing],
        example=one.example and "ESIMERKKI" not in one.name(language),
        bars=days.drawn(one.days, words),
        words=words,
        bad_days=days.bad_days(one.days, first),
    )
