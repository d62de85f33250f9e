"""Joining and leaving: the steps in their order, the months that follow from a day, what is refused. Pure."""

from __future__ import annotations

from datetime import date
from enum import StrEnum

from kimppa.foundation.core.errors import Invalid, Missing, Refused
from kimppa.foundation.core.text import noop

MONTHS_OF_YEAR = 12


class Kind(StrEnum):
    JOIN = "join"
    LEAVE = "leave"


class Step(StrEnum):
    """Where a case stands; each step follows from the one before it."""

    OPENED = "opened"
    DECIDED = "decided"
    SIGNED = "signed"
    IN_FORCE = "in-force"
    CANCELLED = "cancelled"


KIND_NAMES: dict[Kind, str] = {Kind.JOIN: noop("Joining"), Kind.LEAVE: noop("Leaving")}
STEP_NAMES: dict[Kind, dict[Step, str]] = {
    Kind.JOIN: {
        Step.OPENED: noop("Invited"),
        Step.DECIDED: noop("The municipality has decided"),
        Step.SIGNED: noop("Signed"),
        Step.IN_FORCE: noop("In force"),
        Step.CANCELLED: noop("Cancelled"),
    },
    Kind.LEAVE: {
        Step.OPENED: noop("Notice received"),
        Step.DECIDED: noop("The municipality has decided"),
        Step.SIGNED: noop("Signed"),
        Step.IN_FORCE: noop("In force"),
        Step.CANCELLED: noop("Cancelled"),
    },
}


class NoSuchCase(Missing):
    code = "no-such-membership-case"
    sentence = noop("There is no such case of joining or leaving.")


class CaseOpen(Refused):
    code = "membership-case-open"
    sentence = noop("%(name)s already has an open case of joining or leaving. Nothing was recorded.")


class AlreadyMember(Refused):
    code = "already-member"
    sentence = noop("%(name)s is a member on %(day)s already. Nothing was recorded.")


class NotMember(Refused):
    code = "not-a-member"
    sentence = noop("%(name)s is not a member on %(day)s, so it cannot leave. Nothing was recorded.")


class StepMissing(Refused):
    code = "step-missing"
    sentence = noop(
        "This step comes later. First record the decision of the municipality, and of one that joins the "
        "signature too. Nothing was recorded."
    )


class CaseClosed(Refused):
    code = "membership-case-closed"
    sentence = noop("This case is in force or cancelled already. Nothing was changed.")


class DateOutOfOrder(Invalid):
    code = "membership-date-out-of-order"
    sentence = noop(
        "The day %(day)s is before the step before it, %(earlier)s, or has not come yet. "
        "Nothing was recorded."
    )


class NoAgreement(Refused):
    code = "no-cooperation-agreement"
    sentence = noop("No signed cooperation agreement is in force on %(day)s. Nothing was recorded.")


class NoCoordinator(Refused):
    code = "no-coordinator"
    sentence = noop(
        "%(name)s belongs to no area with a coordinating city on %(day)s, so nobody could be given the "
        "mandate. Nothing was recorded. Place it in an area first."
    )


class NumberNeeded(Invalid):
    code = "board-number-needed"
    sentence = noop("The decision of the municipality needs its diary number. Nothing was recorded.")


def suggested_months(kind: Kind, day: date) -> int:
    """Months charged in the year of the first (joining) or last (leaving) day; a begun month counts whole."""
    return MONTHS_OF_YEAR + 1 - day.month if kind is Kind.JOIN else day.month


def step_of(*, decided: bool, signed: bool, in_force: bool, cancelled: bool) -> Step:
    """Where a case stands; derived each time, never stored."""
    if cancelled:
        return Step.CANCELLED
    if in_force:
        return Step.IN_FORCE
    if signed:
        return Step.SIGNED
    return Step.DECIDED if decided else Step.OPENED
