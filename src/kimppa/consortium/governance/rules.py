"""Decisions: what kind of effect they have, and what is refused. Pure."""

from __future__ import annotations

from enum import StrEnum

from kimppa.foundation.core.errors import Invalid, Missing, Refused
from kimppa.foundation.core.text import noop


class Effect(StrEnum):
    """What a decision changes; the things it changes point to it."""

    RATE = "rate"
    BUDGET = "budget"
    MANDATE = "mandate"
    ADMISSION = "admission"
    OTHER = "other"


EFFECT_NAMES: dict[Effect, str] = {
    Effect.RATE: noop("Rate per resident"),
    Effect.BUDGET: noop("Budget"),
    Effect.MANDATE: noop("Mandate"),
    Effect.ADMISSION: noop("Admission of a member"),
    Effect.OTHER: noop("Other decision"),
}


class DiaryNumberTaken(Refused):
    code = "diary-number-taken"
    sentence = noop(
        "Another decision already has the diary number %(number)s. Nothing was recorded. "
        "A decision is never edited: record the new one under its own number."
    )


class NoDiaryNumber(Invalid):
    code = "no-diary-number"
    sentence = noop("A decision needs a diary number and a title. Nothing was recorded.")


class NoSuchBody(Missing):
    code = "no-such-body"
    sentence = noop("There is no body called “%(slug)s” that could decide. Nothing was recorded.")


class DecidedInFuture(Invalid):
    code = "decided-in-future"
    sentence = noop("The decision's date %(day)s has not come yet. Nothing was recorded.")


class AlreadySuperseded(Refused):
    code = "already-superseded"
    sentence = noop("The decision %(number)s has already been superseded. Nothing was recorded.")
