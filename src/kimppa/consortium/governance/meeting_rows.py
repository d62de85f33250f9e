"""What is told of meetings: the frozen rows that meeting_queries gives."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from kimppa.consortium.governance.rules import (
    Attendance,
    Choice,
    Effect,
    ItemKind,
    MeetingKind,
    MeetingState,
    Outcome,
    PaperKind,
)
from kimppa.foundation.core.text import in_language


@dataclass(frozen=True, slots=True)
class MeetingRow:
    id: int
    group_slug: str
    group_fi: str
    group_sv: str
    group_en: str
    kind: MeetingKind
    title_fi: str
    title_sv: str
    title_en: str
    place: str
    link: str
    starts_at: datetime
    ends_at: datetime
    chair_id: int | None
    chair: str
    secretary_id: int | None
    secretary: str
    quorum_percent: int
    state: MeetingState
    opened_at: datetime | None
    closed_at: datetime | None
    adopted_at: datetime | None
    example: bool

    def title(self, language: str) -> str:
        return in_language(language, fi=self.title_fi, sv=self.title_sv, en=self.title_en)

    def group(self, language: str) -> str:
        return in_language(language, fi=self.group_fi, sv=self.group_sv, en=self.group_en)


@dataclass(frozen=True, slots=True)
class ParticipantRow:
    """Somebody who was called. `answered`: has voted or spoken in the meeting."""

    id: int
    user_id: int
    name: str
    municipality_fi: str
    municipality_sv: str
    attendance: Attendance
    proxy: str
    answered: bool

    def municipality(self, language: str) -> str:
        return in_language(language, fi=self.municipality_fi, sv=self.municipality_sv)


@dataclass(frozen=True, slots=True)
class ProposalRow:
    """`votable`: the base, or a counter-proposal that somebody seconded."""

    id: int
    proposer_id: int | None
    proposer: str
    words: str
    effect: Effect
    year: int | None
    rate: Decimal | None
    counter: bool
    seconded_by: str
    votable: bool
    withdrawn: bool


@dataclass(frozen=True, slots=True)
class CountRow:
    choice: Choice
    proposal_id: int | None
    votes: int


@dataclass(frozen=True, slots=True)
class BallotRow:
    """Who voted how; of a secret vote it is told to nobody but the voter."""

    participant_id: int
    name: str
    choice: Choice
    proposal_id: int | None


@dataclass(frozen=True, slots=True)
class RemarkRow:
    participant_id: int
    name: str
    words: str
    said_at: datetime


@dataclass(frozen=True, slots=True)
class PaperRow:
    id: int
    item_id: int | None
    kind: PaperKind
    title: str
    name: str
    size: int
    sha256: str
    added_at: datetime


@dataclass(frozen=True, slots=True)
class ItemRow:
    """`voted`: how many have voted. `ballots` and counts are empty while an e-mail meeting is open.

    `decision_id` is None where nothing was decided, or its decision has not been adopted yet.
    """

    id: int
    number: int
    kind: ItemKind
    title_fi: str
    title_sv: str
    title_en: str
    text_fi: str
    text_sv: str
    text_en: str
    presenter: str
    secret: bool
    outcome: Outcome | None
    chosen: ProposalRow | None
    by_chair: bool
    conclusion_fi: str
    conclusion_sv: str
    conclusion_en: str
    diary_number: str
    decision_id: int | None
    settled_at: datetime | None
    proposals: tuple[ProposalRow, ...]
    voted: int
    counts: tuple[CountRow, ...]
    ballots: tuple[BallotRow, ...]
    own: BallotRow | None
    own_remark: str
    remarks: tuple[RemarkRow, ...]
    papers: tuple[PaperRow, ...]

    def title(self, language: str) -> str:
        return in_language(language, fi=self.title_fi, sv=self.title_sv, en=self.title_en)

    def text(self, language: str) -> str:
        return in_language(language, fi=self.text_fi, sv=self.text_sv, en=self.text_en)

    def conclusion(self, language: str) -> str:
        return in_language(language, fi=self.conclusion_fi, sv=self.conclusion_sv, en=self.conclusion_en)


@dataclass(frozen=True, slots=True)
class MinutesRow:
    version: int
    language: str
    size: int
    sha256: str
    correction: str
    adopted_at: datetime


@dataclass(frozen=True, slots=True)
class MeetingDetail:
    """A meeting as the reader may see it; `me` is the reader among those called."""

    row: MeetingRow
    participants: tuple[ParticipantRow, ...]
    items: tuple[ItemRow, ...]
    papers: tuple[PaperRow, ...]
    minutes: tuple[MinutesRow, ...]
    me: ParticipantRow | None

    @property
    def present(self) -> int:
        return sum(p.attendance in {Attendance.PRESENT, Attendance.PROXY} for p in self.participants)

    @property
    def unsettled(self) -> tuple[int, ...]:
        return tuple(item.number for item in self.items if item.settled_at is None)


@dataclass(frozen=True, slots=True)
class SettledItem:
    """What the pages that give effects begin with: where and when it was decided, and what."""

    meeting_id: int
    item_id: int
    body: str
    decided_on: date
    diary_number: str
    title_fi: str
    title_sv: str
    year: int | None
    rate: Decimal | None


@dataclass(frozen=True, slots=True)
class OpenProposal:
    """A proposal that waits to be decided."""

    meeting_id: int
    item_number: int
    meeting_fi: str
    title_fi: str
    title_sv: str
    title_en: str
    proposer: str
    words: str
    rate: Decimal | None
    year: int | None

    def title(self, language: str) -> str:
        return in_language(language, fi=self.title_fi, sv=self.title_sv, en=self.title_en)


@dataclass(frozen=True, slots=True)
class Waiting:
    """An e-mail meeting that waits for the reader's answer."""

    meeting_id: int
    title_fi: str
    title_sv: str
    title_en: str
    closes_at: datetime

    def title(self, language: str) -> str:
        return in_language(language, fi=self.title_fi, sv=self.title_sv, en=self.title_en)
