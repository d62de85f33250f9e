"""The value of a procurement over its whole term with options, against dated thresholds. Pure.

Sources: laki julkisista hankinnoista ja käyttöoikeussopimuksista 1397/2016, in force from 1.1.2017: 25 §
(national threshold of goods and services 60 000 € without VAT), 27 § (options and renewals count), and for
agreements without an end the value of 48 months.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from kimppa.consortium.agreements.deadlines import Span
from kimppa.foundation.core.money import Cents
from kimppa.foundation.core.periods import months_between
from kimppa.foundation.core.text import noop

OPEN_ENDED_MONTHS = 48


@dataclass(frozen=True, slots=True)
class Threshold:
    """From a day on: from this value on (without VAT) the law binds the procurement."""

    valid_from: date
    value: Cents


NATIONAL: tuple[Threshold, ...] = (Threshold(date(2017, 1, 1), Cents(60_000_00)),)


class Standing(StrEnum):
    UNKNOWN = "unknown"
    BELOW = "below"
    AT_OR_ABOVE = "at-or-above"


STANDING_NAMES: dict[Standing, str] = {
    Standing.UNKNOWN: noop("Value not given"),
    Standing.BELOW: noop("Below the national threshold"),
    Standing.AT_OR_ABOVE: noop("At or above the national threshold"),
}


def months(span: Span) -> int:
    """Months that count: the agreement's own and every option's; 48 where it has no end or renews itself."""
    if span.valid_from is None or span.valid_to is None or span.renewal_months:
        return OPEN_ENDED_MONTHS
    return months_between(span.valid_from, span.valid_to) + span.options * (span.option_months or 0)


def value(span: Span, *, yearly: Cents | None, one_off: Cents | None) -> Cents | None:
    """The whole value, a half cent rounded up; None where no value is given."""
    if yearly is None and one_off is None:
        return None
    running = 0 if yearly is None else (yearly.value * months(span) * 2 + 12) // 24
    return Cents(running + (one_off.value if one_off else 0))


def threshold(on: date) -> Threshold | None:
    """The national threshold of a day; None before the first one known here."""
    return max(
        (one for one in NATIONAL if one.valid_from <= on), key=lambda one: one.valid_from, default=None
    )


def standing(whole: Cents | None, *, on: date) -> Standing:
    """How a value stands to the threshold of the day."""
    limit = threshold(on)
    if whole is None or limit is None:
        return Standing.UNKNOWN
    return Standing.BELOW if whole.value < limit.value.value else Standing.AT_OR_ABOVE
