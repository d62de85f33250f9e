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


ROLE_NAMES: dict[PartyRole, str] = {
    PartyRole.MEMBER: noop("Member"),
    PartyRole.COORDINATOR: noop("Coordinating city"),
    PartyRole.VENDOR: noop("Vendor"),
    PartyRole.FUNDER: noop("Funder"),
}


class Binds(StrEnum):
    """Whom a signature binds: the parties listed, or besides them every member of that day."""

    LISTED = "listed"
    MEMBERS = "members"


BINDS_NAMES: dict[Binds, str] = {
    Binds.LISTED: noop("The parties listed"),
    Binds.MEMBERS: noop("Every member of the day of signature"),
}


class DocumentRole(StrEnum):
    SIGNED = "signed"
    ANNEX = "annex"
    OFFER = "offer"
    OTHER = "other"


DOCUMENT_NAMES: dict[DocumentRole, str] = {
    DocumentRole.SIGNED: noop("Signed agreement"),
    DocumentRole.ANNEX: noop("Annex"),
    DocumentRole.OFFER: noop("Offer"),
    DocumentRole.OTHER: noop("Other document"),
}


class Relation(StrEnum):
    RESTS_ON = "rests-on"
    PROCESSING_FOR = "processing-for"
    RELATED = "related"


RELATION_NAMES: dict[Relation, str] = {
    Relation.RESTS_ON: noop("Rests on"),
    Relation.PROCESSING_FOR: noop("Data-processing agreement of"),
    Relation.RELATED: noop("Belongs together with"),
}


class Purpose(StrEnum):
    """What a mandate is for."""

    SIGN = "sign"
    COORDINATE = "coordinate"
    BILL = "bill"


PURPOSE_NAMES: dict[Purpose, str] = {
    Purpose.SIGN: noop("To sign agreements"),
    Purpose.COORDINATE: noop("To coordinate"),
    Purpose.BILL: noop("To bill"),
}


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


class MandateIncomplete(Invalid):
    code = "mandate-incomplete"
    sentence = noop(
        "A mandate needs somebody who gives it, somebody else who receives it, a purpose, a first day, and a "
        "paper: an agreement or a decision. Nothing was recorded."
    )


class MandateOverlaps(Refused):
    code = "mandate-overlaps"
    sentence = noop(
        "%(name)s has already given %(holder)s this mandate for a part of that time. Nothing was recorded."
    )


class MandateDates(Invalid):
    code = "mandate-dates"
    sentence = noop("The mandate's last day %(end)s is before its first day %(start)s. Nothing was recorded.")


class NoSuchMandate(Missing):
    code = "no-such-mandate"
    sentence = noop("There is no such mandate in force that could end. Nothing was recorded.")


class SignedAlready(Refused):
    code = "agreement-signed-already"
    sentence = noop("The agreement %(number)s was signed on %(day)s. Nothing was changed.")


class SignedInFuture(Invalid):
    code = "signed-in-future"
    sentence = noop("The day of signature %(day)s has not come yet. Nothing was recorded.")


class NoSigner(Refused):
    code = "no-signer"
    sentence = noop(
        "The agreement %(number)s names no coordinating city that could sign for the members. "
        "Nothing was signed."
    )


class MandateMissing(Refused):
    """The first member without an authority to sign, and how many there are."""

    code = "mandate-missing"
    sentence = noop(
        "%(name)s had given the signers no mandate to sign that was in force on %(day)s. "
        "Members without one: %(count)s. Nothing was signed."
    )


class MandateBeginsLater(Refused):
    code = "mandate-begins-later"
    sentence = noop(
        "The mandate of %(name)s begins on %(start)s, after the day of signature %(day)s. "
        "Members without a mandate on that day: %(count)s. Nothing was signed."
    )


class AgreementSigned(Refused):
    code = "agreement-signed"
    sentence = noop(
        "The agreement %(number)s was signed on %(day)s and cannot be edited any more. "
        "Make a new version of it. Nothing was changed."
    )


class AgreementNotSigned(Refused):
    code = "agreement-not-signed"
    sentence = noop("The agreement %(number)s has not been signed yet. Nothing was recorded.")


class VersionExists(Refused):
    code = "agreement-version-exists"
    sentence = noop("The agreement %(number)s already has a newer version, %(later)s. Nothing was recorded.")


class VersionBegins(Invalid):
    code = "agreement-version-begins"
    sentence = noop(
        "A new version must begin after the first day of the version %(number)s, %(start)s. "
        "Nothing was recorded."
    )


class TermsOverlap(Refused):
    code = "terms-overlap"
    sentence = noop(
        "The agreement %(number)s already has this term for a part of that time (from %(start)s to %(end)s). "
        "Nothing was recorded."
    )


class NotCooperation(Refused):
    code = "not-cooperation"
    sentence = noop(
        "Only a cooperation agreement says how shares stand to VAT; %(number)s is another agreement. "
        "Nothing was recorded."
    )


class ShareVatDay(Invalid):
    code = "share-vat-day"
    sentence = noop(
        "How shares stand to VAT changes on the first day of a month, not on %(day)s. Nothing was recorded."
    )


class BadTerm(Invalid):
    code = "bad-term"
    sentence = noop("“%(value)s” is not a value for this term. Nothing was recorded.")


class NoOptionLeft(Refused):
    code = "no-option-left"
    sentence = noop("The agreement %(number)s has no option left to use. Nothing was recorded.")


class OptionTooLate(Refused):
    code = "option-too-late"
    sentence = noop(
        "The option of the agreement %(number)s had to be used by %(day)s at the latest. "
        "Nothing was recorded."
    )


class EndedAlready(Refused):
    code = "agreement-ended-already"
    sentence = noop("Notice of the agreement %(number)s was already given on %(day)s. Nothing was recorded.")


class EndsTooSoon(Refused):
    code = "agreement-ends-too-soon"
    sentence = noop(
        "With the notice given on %(given)s the agreement %(number)s ends on %(day)s at the earliest. "
        "Nothing was recorded."
    )


class BadRelation(Invalid):
    code = "bad-relation"
    sentence = noop("The two agreements cannot be related in this way. Nothing was recorded.")
