"""Kinds of agreements and what their cost annexes may say. Pure."""

from __future__ import annotations

from enum import StrEnum

from kimppa.foundation.core.errors import Invalid, Missing, Refused
from kimppa.foundation.core.text import noop


class AgreementKind(StrEnum):
    COOPERATION = "cooperation"
    ORGANISATION = "organisation"
    VENDOR = "vendor"
    DATA_PROCESSING = "data-processing"
    GRANT = "grant"


KIND_NAMES: dict[AgreementKind, str] = {
    AgreementKind.COOPERATION: noop("Cooperation agreement"),
    AgreementKind.ORGANISATION: noop("Organisation agreement"),
    AgreementKind.VENDOR: noop("E-service contract"),
    AgreementKind.DATA_PROCESSING: noop("Data-processing agreement"),
    AgreementKind.GRANT: noop("Grant agreement"),
}


class PartyRole(StrEnum):
    MEMBER = "member"
    COORDINATOR = "coordinator"
    VENDOR = "vendor"
    FUNDER = "funder"


class CostClass(StrEnum):
    """Domain §4: content and platforms yearly, maintenance when needed, everything else."""

    CONTENT = "content"
    MAINTENANCE = "maintenance"
    OTHER = "other"


CLASS_NAMES: dict[CostClass, str] = {
    CostClass.CONTENT: noop("Content and platforms"),
    CostClass.MAINTENANCE: noop("Maintenance"),
    CostClass.OTHER: noop("Other costs"),
}


class AgreementIncomplete(Invalid):
    code = "agreement-incomplete"
    sentence = noop("An agreement needs a title, a diary number and parties. Nothing was recorded.")


class AgreementDates(Invalid):
    code = "agreement-dates"
    sentence = noop("The last day %(end)s is before the first day %(start)s. Nothing was recorded.")


class AgreementTaken(Refused):
    code = "agreement-taken"
    sentence = noop("Another agreement already has the diary number %(number)s. Nothing was recorded.")


class NoSuchAgreement(Missing):
    code = "no-such-agreement"
    sentence = noop("There is no agreement with the diary number %(number)s. Nothing was recorded.")


class AnnexOverlaps(Refused):
    code = "annex-overlaps"
    sentence = noop(
        "The agreement %(number)s already has a cost annex for a part of the time from %(start)s on. "
        "Nothing was recorded."
    )
