"""How late open items are: buckets, interest, who may be reminded. Pure."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum

from kimppa.foundation.core.errors import Invalid, Missing, Refused
from kimppa.foundation.core.money import Cents
from kimppa.foundation.core.text import noop

LEVELS = (1, 2, 3)
DAYS_OF_YEAR = 365


class Bucket(StrEnum):
    NOT_DUE = "not-due"
    TO_30 = "1-30"
    TO_60 = "31-60"
    TO_90 = "61-90"
    OVER_90 = "over-90"


BUCKET_NAMES: dict[Bucket, str] = {
    Bucket.NOT_DUE: noop("Not due"),
    Bucket.TO_30: noop("1–30 days late"),
    Bucket.TO_60: noop("31–60 days late"),
    Bucket.TO_90: noop("61–90 days late"),
    Bucket.OVER_90: noop("Over 90 days late"),
}


class NotLate(Refused):
    code = "not-late"
    sentence = noop(
        "%(number)s is paid, credited or not late on %(day)s. No reminder was made. Load the page again."
    )


class ReminderInFuture(Invalid):
    code = "reminder-in-future"
    sentence = noop("The reminder's date %(day)s has not come yet. No reminder was made.")


class LastLevel(Refused):
    code = "last-reminder"
    sentence = noop("%(number)s has been reminded of three times. No reminder was made.")


class BadContact(Invalid):
    code = "bad-contact"
    sentence = noop("“%(value)s” is no e-mail address. Nothing was changed.")


class BadInterest(Invalid):
    code = "bad-interest"
    sentence = noop("Interest is 0–100 per cent a year with at most two decimals. Nothing was changed.")


class NoSuchReminder(Missing):
    code = "no-such-reminder"
    sentence = noop("There is no such reminder, or its letter is still being made.")


def bucket_of(days_late: int) -> Bucket:
    """The bucket of an item that fell due so many days ago (negative or none: not due)."""
    if days_late <= 0:
        return Bucket.NOT_DUE
    for most, bucket in ((30, Bucket.TO_30), (60, Bucket.TO_60), (90, Bucket.TO_90)):
        if days_late <= most:
            return bucket
    return Bucket.OVER_90


def interest(amount: Cents, *, per_cent: Decimal | None, days: int) -> Cents:
    """Simple interest for days late, rounded half up; nothing where no rate has been set."""
    if per_cent is None or days <= 0:
        return Cents(0)
    exact = Decimal(amount.value) * per_cent * days / (100 * DAYS_OF_YEAR)
    return Cents(int(exact.to_integral_value(ROUND_HALF_UP)))
