"""Words that the pages of usage share: whom figures are of, their source, what is to be said of them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from django.utils.translation import get_language, override
from django.utils.translation import gettext as _

from kimppa.commons.platforms import queries as platforms
from kimppa.commons.usage import units
from kimppa.commons.usage.landing import Told
from kimppa.commons.usage.rules import SOURCE_NAMES, UNIT_KIND_NAMES, Source, UnitKind
from kimppa.commons.usage.sheet_words import METRIC_NAMES
from kimppa.doors.web.errors import sentence
from kimppa.foundation.core.text import LANGUAGES, noop

# What we count ourselves; what others count keeps the name that they (or COUNTER) gave it, unless it is one
# of the few that a sheet's headings are read as.
OWN_METRICS: dict[str, str] = {
    "sign-ins": noop("sign-ins"),
    "opens": noop("openings"),
    "loans": noop("loans"),
}
TONES = {"notice": "info", "warning": "warn", "error": "warn", "critical": "bad", "fatal": "bad"}


@dataclass(frozen=True, slots=True)
class Said:
    """A problem as a page shows it."""

    tone: str
    level: str
    where: str
    text: str


class UnitNames:
    """Names of units in the page's language, read once a page."""

    def __init__(self) -> None:
        self._names = units.named(get_language() or "fi")

    def of(self, kind: str, code: str) -> str:
        """`Oulu`, `Koko e-kirjasto`, or that it is not known."""
        if kind == UnitKind.CONSORTIUM:
            return _(UNIT_KIND_NAMES[UnitKind.CONSORTIUM])
        if not code:
            return _("Not known")
        return self._names.get((kind, code), code)

    def choices(self, kind: str) -> list[tuple[str, str]]:
        """Code and name of every unit of a kind."""
        return [(code, name) for (one, code), name in self._names.items() if one == kind]


def whom(names: UnitNames, kind: str, code: str) -> str:
    """Of a whole delivery: a kind without a code is told row by row."""
    if code or kind == UnitKind.CONSORTIUM or kind not in set(UnitKind):
        return names.of(kind, code)
    by_row = {
        UnitKind.MUNICIPALITY: _("By municipality"),
        UnitKind.KIMPPA: _("By kimppa"),
        UnitKind.LIBRARY: _("By library"),
    }
    return by_row[UnitKind(kind)]


def source(of: Source) -> str:
    return _(SOURCE_NAMES[of])


def metric(of: Source, name: str) -> str:
    """The metric's own name, or its words where it is one of ours."""
    if of in {Source.HUB, Source.OWN_LENDING}:
        return _(OWN_METRICS[name]) if name in OWN_METRICS else name
    if of is Source.SHEET:
        return _(METRIC_NAMES[name]) if name in METRIC_NAMES else name
    return name


def metric_said(text: str) -> str:
    """The metric that a person names: one of ours in any of our languages, else the person's own words."""
    plain = text.strip().casefold()
    for language in LANGUAGES:
        with override(language):
            for name, words in METRIC_NAMES.items():
                if plain in {name, _(words).casefold()}:
                    return name
    return text.strip()


def service_names() -> dict[str, str]:
    return {row.slug: row.name for row in platforms.every_platform()}


def span(first: date, last: date) -> str:
    """`1/2022–10/2022`, or one month."""
    begin, end = f"{first.month}/{first.year}", f"{last.month}/{last.year}"
    return begin if begin == end else f"{begin}–{end}"


def month(text: str) -> str:
    """`1/2022` of `2022-01`; what is none stays as it is."""
    year, dash, number = text.partition("-")
    return f"{int(number)}/{year}" if dash and number.isdigit() else text


def said(problems: tuple[Told, ...]) -> list[Said]:
    """The worst first."""
    order = ("question", "fatal", "critical", "error", "warning", "notice")
    rows = sorted(problems, key=lambda one: order.index(one.level) if one.level in order else 9)
    return [
        Said(TONES.get(one.level, "warn"), level(one.level), place(one.where), in_words(one)) for one in rows
    ]


def place(where: str) -> str:
    """Row and column of a table in the page's language; else the file's own words."""
    found = re.match(r"row (\d+)(?:, column (\d+))?", where)
    if not found:
        return where
    said_so = _("Row %(number)s") % {"number": found[1]}
    if found[2]:
        said_so += ", " + _("column %(number)s") % {"number": found[2]}
    return said_so + where[found.end() :]


def in_words(told: Told) -> str:
    text = sentence(told.sentence, dict(told.params))
    return f"{text} {_(told.next)}" if told.next else text


def level(code: str) -> str:
    words = {
        "question": _("Question"),
        "notice": _("Note"),
        "warning": _("Warning"),
        "error": _("Error"),
        "critical": _("Stops it"),
        "fatal": _("Stops it"),
    }
    return words.get(code, code)
