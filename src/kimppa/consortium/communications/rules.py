"""Feedback and when it must be answered. Pure.

Source: Act 306/2019, 9 §: feedback on accessibility is answered within 14 days. We answer everything so.
"""

from __future__ import annotations

from datetime import date, timedelta
from enum import StrEnum

from kimppa.foundation.core.errors import Invalid, Missing, Refused
from kimppa.foundation.core.text import noop

ANSWER_WITHIN = timedelta(days=14)
LONGEST = 5_000
MOST_IN_AN_HOUR = 100


class Subject(StrEnum):
    ACCESSIBILITY = "accessibility"
    CONTENT = "content"
    SIGN_IN = "sign-in"
    OTHER = "other"


SUBJECT_NAMES: dict[Subject, str] = {
    Subject.ACCESSIBILITY: noop("Accessibility: something cannot be used, seen or heard"),
    Subject.CONTENT: noop("Books and services"),
    Subject.SIGN_IN: noop("Signing in"),
    Subject.OTHER: noop("Something else"),
}


class BadFeedback(Invalid):
    code = "bad-feedback"
    sentence = noop("Write what you want to tell us, at most %(limit)s characters. Nothing was sent.")


class TooMuchFeedback(Refused):
    code = "too-much-feedback"
    status = 429
    sentence = noop(
        "We have got unusually much feedback within an hour. Nothing was sent; please try again later."
    )


class NoSuchFeedback(Missing):
    code = "no-such-feedback"
    sentence = noop("There is no such feedback.")


class AlreadyAnswered(Refused):
    code = "already-answered"
    sentence = noop("This was already answered by %(name)s. Nothing was sent again.")


def answer_due(received: date) -> date:
    """The last day for answering."""
    return received + ANSWER_WITHIN


def checked(text: str) -> str:
    """The same text without idle space around. Raises BadFeedback."""
    tidy = text.replace("\x00", "").strip()
    if not tidy or len(tidy) > LONGEST:
        raise BadFeedback(limit=LONGEST)
    return tidy
