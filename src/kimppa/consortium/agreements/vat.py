"""Value added tax by kind of content and day: dated facts as data, never a list in the code. Pure.

A rate is per cent with at most six decimals. A day without a rate is an error with a sentence, not a zero:
an offer priced with a rate that nobody has recorded would be wrong by a tenth or a quarter.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum

from kimppa.foundation.core.errors import Invalid, Refused
from kimppa.foundation.core.money import decimals
from kimppa.foundation.core.periods import Period
from kimppa.foundation.core.text import noop

MOST_DECIMALS = 6
ONE_DAY = timedelta(days=1)


class VatContent(StrEnum):
    """What is bought, as the tax law divides it."""

    BOOKS = "books"
    PRESS = "press"
    FILM_AND_MUSIC = "film-and-music"
    GENERAL = "general"


VAT_CONTENT_NAMES: dict[VatContent, str] = {
    VatContent.BOOKS: noop("E-books and audiobooks"),
    VatContent.PRESS: noop("Newspapers and magazines"),
    VatContent.FILM_AND_MUSIC: noop("Film and music"),
    VatContent.GENERAL: noop("Everything else (general rate)"),
}


class NoVatRate(Invalid):
    code = "no-vat-rate"
    sentence = noop(
        "No VAT rate has been recorded for the content “%(content)s” on %(day)s. "
        "Add the rate with its dates, then try again. Nothing was reckoned."
    )


class BadVatRate(Invalid):
    code = "bad-vat-rate"
    sentence = noop("“%(value)s” is not a VAT rate. Write per cent from 0 to 100, for example 25,5.")


class VatRateStands(Refused):
    code = "vat-rate-stands"
    sentence = noop(
        "A VAT rate of the content “%(content)s” already begins on %(start)s, the same day or later. "
        "Nothing was recorded."
    )


@dataclass(frozen=True, slots=True)
class VatSpan:
    """One rate of one kind of content; both days inside, None as the last day: until further notice."""

    content: VatContent
    percent: Decimal
    valid_from: date
    valid_to: date | None = None

    def holds(self, day: date) -> bool:
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)


class VatTable:
    """Every recorded rate; asked by content and day."""

    def __init__(self, spans: Iterable[VatSpan]) -> None:
        self._spans = tuple(sorted(spans, key=lambda span: (span.content, span.valid_from)))

    def vat_rate(self, content: VatContent, on: date) -> Decimal:
        """The rate of a day in per cent. Raises NoVatRate."""
        return self._span(content, on).percent

    def split_by_rate(self, content: VatContent, period: Period) -> tuple[tuple[Period, Decimal], ...]:
        """A closed period cut where the rate changes, each part with its rate. Raises NoVatRate."""
        if period.start is None or period.end is None:
            raise ValueError("an open period has no VAT")
        parts: list[tuple[Period, Decimal]] = []
        start = period.start
        while start <= period.end:
            span = self._span(content, start)
            end = period.end if span.valid_to is None else min(span.valid_to, period.end)
            if parts and parts[-1][1] == span.percent:
                parts[-1] = (Period(parts[-1][0].start, end), span.percent)
            else:
                parts.append((Period(start, end), span.percent))
            start = end + ONE_DAY
        return tuple(parts)

    def _span(self, content: VatContent, day: date) -> VatSpan:
        for span in self._spans:
            if span.content is content and span.holds(day):
                return span
        raise NoVatRate(content=content.value, day=day.isoformat())


def checked_percent(percent: Decimal) -> Decimal:
    """The same rate if it can be one. Raises BadVatRate."""
    if not percent.is_finite() or not 0 <= percent <= 100 or decimals(percent) > MOST_DECIMALS:
        raise BadVatRate(value=str(percent)[:40])
    return percent
