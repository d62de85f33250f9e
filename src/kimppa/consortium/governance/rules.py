"""Decisions and meetings: their kinds and states, and what is refused. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
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


class MeetingKind(StrEnum):
    IN_PERSON = "in-person"
    ONLINE = "online"
    EMAIL = "e-mail"


MEETING_KIND_NAMES: dict[MeetingKind, str] = {
    MeetingKind.IN_PERSON: noop("In person"),
    MeetingKind.ONLINE: noop("Online"),
    MeetingKind.EMAIL: noop("E-mail meeting"),
}


class MeetingState(StrEnum):
    PLANNED = "planned"
    CALLED = "called"
    OPEN = "open"
    CLOSED = "closed"
    ADOPTED = "adopted"
    CANCELLED = "cancelled"


MEETING_STATE_NAMES: dict[MeetingState, str] = {
    MeetingState.PLANNED: noop("Being planned"),
    MeetingState.CALLED: noop("Called"),
    MeetingState.OPEN: noop("Going on"),
    MeetingState.CLOSED: noop("Minutes to be adopted"),
    MeetingState.ADOPTED: noop("Minutes adopted"),
    MeetingState.CANCELLED: noop("Cancelled"),
}


class Attendance(StrEnum):
    UNKNOWN = "unknown"
    PRESENT = "present"
    PROXY = "proxy"
    ABSENT = "absent"


ATTENDANCE_NAMES: dict[Attendance, str] = {
    Attendance.UNKNOWN: noop("Not recorded"),
    Attendance.PRESENT: noop("Present"),
    Attendance.PROXY: noop("Somebody stood in"),
    Attendance.ABSENT: noop("Absent"),
}


class ItemKind(StrEnum):
    INFORMATION = "information"
    DISCUSSION = "discussion"
    DECISION = "decision"


ITEM_KIND_NAMES: dict[ItemKind, str] = {
    ItemKind.INFORMATION: noop("For information"),
    ItemKind.DISCUSSION: noop("For discussion"),
    ItemKind.DECISION: noop("For decision"),
}


class Outcome(StrEnum):
    """How an item was settled."""

    NOTED = "noted"
    CONSENSUS = "consensus"
    VOTE = "vote"
    POSTPONED = "postponed"


OUTCOME_NAMES: dict[Outcome, str] = {
    Outcome.NOTED: noop("Noted"),
    Outcome.CONSENSUS: noop("Decided by consensus"),
    Outcome.VOTE: noop("Decided by vote"),
    Outcome.POSTPONED: noop("Postponed"),
}


class Choice(StrEnum):
    """A vote. SECRET is what is left of a settled secret vote: that it was given."""

    FOR = "for"
    AGAINST = "against"
    ABSTAIN = "abstain"
    SECRET = "secret"  # noqa: S105 - a kind of vote


class PaperKind(StrEnum):
    UPLOADED = "uploaded"
    ASSEMBLED = "assembled"
    SCENARIO = "scenario"


PAPER_KIND_NAMES: dict[PaperKind, str] = {
    PaperKind.UPLOADED: noop("Document"),
    PaperKind.ASSEMBLED: noop("Meeting papers"),
    PaperKind.SCENARIO: noop("Scenario"),
}

# Their decisions are adopted together with what they change, on the pages of money.
ADOPTED_WITH_EFFECT = frozenset({Effect.RATE, Effect.BUDGET})


@dataclass(frozen=True, slots=True)
class Moments:
    """What a meeting's state is derived from."""

    kind: MeetingKind
    starts_at: datetime
    ends_at: datetime
    called_at: datetime | None = None
    opened_at: datetime | None = None
    closed_at: datetime | None = None
    cancelled_at: datetime | None = None
    adopted_at: datetime | None = None


def state_at(told: Moments, now: datetime) -> MeetingState:
    """The state at a moment.

    An e-mail meeting that was called opens and closes by itself: the opening moment is inside, the
    closing moment outside. Other meetings are opened and closed by whoever runs them.
    """
    if told.cancelled_at is not None:
        return MeetingState.CANCELLED
    if told.adopted_at is not None:
        return MeetingState.ADOPTED
    if told.called_at is None:
        return MeetingState.PLANNED
    if told.kind is MeetingKind.EMAIL:
        if now >= told.ends_at:
            return MeetingState.CLOSED
        return MeetingState.OPEN if now >= told.starts_at else MeetingState.CALLED
    if told.closed_at is not None:
        return MeetingState.CLOSED
    return MeetingState.OPEN if told.opened_at is not None else MeetingState.CALLED


class ClosesBeforeOpening(Invalid):
    code = "closes-before-opening"
    sentence = noop("The closing time must be after the opening time. Nothing was recorded.")


class NoTitle(Invalid):
    code = "no-title"
    sentence = noop("A title in Finnish is needed. Nothing was recorded.")


class NoPlace(Invalid):
    code = "no-place"
    sentence = noop("Say where the meeting is held, or give its link. Nothing was recorded.")


class BadLink(Invalid):
    code = "bad-link"
    sentence = noop("The link must begin with https://. Nothing was recorded.")


class BadQuorum(Invalid):
    code = "bad-quorum"
    sentence = noop("The quorum is a percentage from 0 to 100. Nothing was recorded.")


class NoSuchMeeting(Missing):
    code = "no-such-meeting"
    sentence = noop("There is no such meeting.")


class NoSuchItem(Missing):
    code = "no-such-item"
    sentence = noop("There is no such item on the agenda. Nothing was recorded.")


class NoSuchProposal(Missing):
    code = "no-such-proposal"
    sentence = noop("There is no such proposal on this item. Nothing was recorded.")


class NoSuchPaper(Missing):
    code = "no-such-paper"
    sentence = noop("There is no such document.")


class MeetingNotInState(Refused):
    code = "meeting-not-in-state"
    sentence = noop("This cannot be done to the meeting as it stands now. Nothing was changed.")


class MinutesAdopted(Refused):
    code = "minutes-adopted"
    sentence = noop(
        "The minutes of this meeting have been adopted. Nothing in it can be changed any more; "
        "a mistake in the minutes is mended by a correction."
    )


class NothingOnAgenda(Refused):
    code = "nothing-on-agenda"
    sentence = noop("The meeting has no items on its agenda yet. Nobody was called.")


class NobodyToCall(Refused):
    code = "nobody-to-call"
    sentence = noop("The group has no members on the day of the meeting. Nobody was called.")


class NoChair(Refused):
    code = "no-chair"
    sentence = noop("Name the chair and the secretary before calling the meeting. Nobody was called.")


class CalledTooLate(Refused):
    code = "called-too-late"
    sentence = noop("The closing time has passed already. Choose a later one. Nobody was called.")


class NotOpenYet(Refused):
    code = "not-open-yet"
    sentence = noop("The meeting is not open yet. It opens %(moment)s. Nothing was recorded.")


class ClosedAlready(Refused):
    code = "closed-already"
    sentence = noop("The meeting was closed %(moment)s. Your answer came too late and was not recorded.")


class NotEntitled(Refused):
    code = "not-entitled"
    sentence = noop("Only those who were called to this meeting may answer in it. Nothing was recorded.")


class NotPresent(Refused):
    code = "not-present"
    sentence = noop("%(name)s is not recorded as present. Record the attendance first. No vote was recorded.")


class ProxyUnnamed(Invalid):
    code = "proxy-unnamed"
    sentence = noop("Say who stood in for %(name)s. Nothing was recorded.")


class NotForDecision(Refused):
    code = "not-for-decision"
    sentence = noop("The item “%(title)s” is not for decision. Nothing was recorded.")


class SettledAlready(Refused):
    code = "settled-already"
    sentence = noop("The item “%(title)s” has been settled already. Nothing was changed.")


class ItemInUse(Refused):
    code = "item-in-use"
    sentence = noop("The item “%(title)s” has proposals, votes or documents, so it stays on the agenda.")


class NoWords(Invalid):
    code = "no-words"
    sentence = noop("Write what is proposed. Nothing was recorded.")


class RateNotSaid(Invalid):
    code = "rate-not-said"
    sentence = noop("A proposal of a rate needs the year and the euros per resident. Nothing was recorded.")


class SecondsItself(Refused):
    code = "seconds-itself"
    sentence = noop("Nobody can second a proposal of their own. Nothing was recorded.")


class NotSeconded(Refused):
    code = "not-seconded"
    sentence = noop("Nobody has seconded this counter-proposal, so it is not voted on. Nothing was recorded.")


class OthersProposal(Refused):
    code = "others-proposal"
    sentence = noop("Only the one who made a proposal can withdraw it. Nothing was changed.")


class VotedFor(Refused):
    code = "voted-for"
    sentence = noop("Votes have been given for this proposal, so it can no longer be withdrawn.")


class QuorumMissing(Refused):
    code = "quorum-missing"
    sentence = noop(
        "%(took_part)s of %(entitled)s took part and the quorum is %(needed)s. "
        "The item can be postponed, not decided."
    )


class VoteTied(Refused):
    code = "vote-tied"
    sentence = noop(
        "The vote is tied at %(votes)s votes and the chair’s own vote does not settle it. "
        "Nothing was decided. Vote again, decide by consensus or postpone the item."
    )


class NoVotes(Refused):
    code = "no-votes"
    sentence = noop("Nobody has voted for or against. Nothing was decided.")


class NotUnanimous(Refused):
    code = "not-unanimous"
    sentence = noop("%(count)s votes differ from the proposal, so there is no consensus. Settle it by vote.")


class WrongOutcome(Invalid):
    code = "wrong-outcome"
    sentence = noop("The item “%(title)s” cannot be settled in that way. Nothing was recorded.")


class DecidedElsewhere(Refused):
    code = "decided-elsewhere"
    sentence = noop(
        "The decision %(number)s is of another body or another day than this meeting. Nothing was recorded."
    )


class UnsettledItems(Refused):
    code = "unsettled-items"
    sentence = noop("These items have not been settled yet: %(numbers)s. The minutes were not adopted.")


class NoSigners(Invalid):
    code = "no-signers"
    sentence = noop("Name those who sign the minutes. The minutes were not adopted.")


class NoCorrection(Invalid):
    code = "no-correction"
    sentence = noop("Write what is corrected. Nothing was recorded.")
