"""Reading meetings: lists, and one meeting with everything in it, in a fixed number of queries."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime

from django.db.models import QuerySet

from kimppa.commons.members.permissions import visible_to
from kimppa.commons.members.roles import Act
from kimppa.consortium.governance.meeting_rows import (
    BallotRow,
    CountRow,
    ItemRow,
    MeetingDetail,
    MeetingRow,
    MinutesRow,
    OpenProposal,
    PaperRow,
    ParticipantRow,
    ProposalRow,
    RemarkRow,
    SettledItem,
    Waiting,
)
from kimppa.consortium.governance.meetings import decided_on, state_of
from kimppa.consortium.governance.models import (
    AgendaItem,
    Ballot,
    Decision,
    Meeting,
    Minutes,
    Paper,
    Participant,
    Proposal,
    Remark,
    VoteCount,
)
from kimppa.consortium.governance.rules import (
    Attendance,
    Choice,
    Effect,
    ItemKind,
    MeetingKind,
    MeetingState,
    NoSuchPaper,
    Outcome,
    PaperKind,
)
from kimppa.foundation.accounts.actors import Actor
from kimppa.foundation.accounts.models import User
from kimppa.foundation.files import queries as files


def _rows() -> QuerySet[Meeting]:
    return Meeting.objects.select_related("group", "chair", "secretary")


def visible_meetings(by: Actor, *, now: datetime) -> QuerySet[Meeting]:
    """All meetings to those who may see them; to the rest those that they were called to."""
    if visible_to(by, Act.SEE_MEETINGS, now=now):
        return _rows()
    if isinstance(by, User) and visible_to(by, Act.TAKE_PART, now=now):
        return _rows().filter(participants__user=by, called_at__isnull=False)
    return _rows().none()


def meetings(by: Actor, *, now: datetime) -> tuple[MeetingRow, ...]:
    """What the reader may see: those to come, the next first, then those held, the newest first."""
    rows = [row_of(row, now) for row in visible_meetings(by, now=now)]
    over = {MeetingState.CLOSED, MeetingState.ADOPTED, MeetingState.CANCELLED}
    coming = sorted((r for r in rows if r.state not in over), key=lambda r: (r.starts_at, r.id))
    held = sorted((r for r in rows if r.state in over), key=lambda r: (r.starts_at, r.id), reverse=True)
    return (*coming, *held)


def row_of(row: Meeting, now: datetime) -> MeetingRow:
    """The frozen view of a meeting at a moment."""
    return MeetingRow(
        id=row.pk,
        group_slug=row.group.slug,
        group_fi=row.group.name_fi,
        group_sv=row.group.name_sv,
        group_en=row.group.name_en,
        kind=MeetingKind(row.kind),
        title_fi=row.title_fi,
        title_sv=row.title_sv,
        title_en=row.title_en,
        place=row.place,
        link=row.link,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        chair_id=row.chair_id,
        chair=row.chair.name if row.chair else "",
        secretary_id=row.secretary_id,
        secretary=row.secretary.name if row.secretary else "",
        quorum_percent=row.quorum_percent,
        state=state_of(row, now),
        opened_at=row.opened_at,
        closed_at=row.closed_at,
        adopted_at=row.adopted_at,
        example=row.example,
    )


def meeting(meeting_id: int, by: Actor, *, now: datetime) -> MeetingDetail | None:
    """One meeting with everything in it; None where there is none that the reader may see."""
    row = visible_meetings(by, now=now).filter(pk=meeting_id).first()
    return detail_of(row, by, now=now) if row else None


def detail_of(row: Meeting, by: Actor, *, now: datetime) -> MeetingDetail:
    """The frozen view of everything in a meeting, as the reader may see it."""
    head = row_of(row, now)
    ballots = list(Ballot.objects.filter(item__meeting=row).select_related("participant__user"))
    remarks = list(
        Remark.objects.filter(item__meeting=row).select_related("participant__user").order_by("said_at", "pk")
    )
    answered = {b.participant_id for b in ballots} | {r.participant_id for r in remarks}
    people = tuple(
        _participant(p, answered)
        for p in row.participants.select_related("user", "municipality").order_by("user__name", "pk")
    )
    me = next((p for p in people if isinstance(by, User) and p.user_id == by.pk), None)
    papers = tuple(_paper(p) for p in row.papers.select_related("file").order_by("added_at", "pk"))
    return MeetingDetail(
        row=head,
        participants=people,
        items=_items(row, head, ballots, remarks, papers, me),
        papers=tuple(p for p in papers if p.item_id is None),
        minutes=tuple(
            MinutesRow(m.version, m.language, m.file.size, m.sha256, m.correction, m.adopted_at)
            for m in row.minutes.select_related("file").defer("content").order_by("-version")
        ),
        me=me,
    )


def _participant(p: Participant, answered: set[int]) -> ParticipantRow:
    return ParticipantRow(
        id=p.pk,
        user_id=p.user_id,
        name=p.user.name,
        municipality_fi=p.municipality.name_fi if p.municipality else "",
        municipality_sv=p.municipality.name_sv if p.municipality else "",
        attendance=Attendance(p.attendance),
        proxy=p.proxy,
        answered=p.pk in answered,
    )


def _paper(p: Paper) -> PaperRow:
    return PaperRow(
        p.pk, p.item_id, PaperKind(p.kind), p.title, p.file.name, p.file.size, p.sha256, p.added_at
    )


def proposal_row(p: Proposal) -> ProposalRow:
    """The frozen view of a proposal."""
    counter = p.counter_to_id is not None
    standing = p.withdrawn_at is None
    return ProposalRow(
        id=p.pk,
        proposer_id=p.proposer_id,
        proposer=p.proposer_name,
        words=p.words,
        effect=Effect(p.effect),
        year=p.year,
        rate=p.rate,
        counter=counter,
        seconded_by=p.seconded_by.name if p.seconded_by else "",
        votable=standing and (not counter or p.seconded_by_id is not None),
        withdrawn=not standing,
    )


def _items(
    row: Meeting,
    head: MeetingRow,
    ballots: list[Ballot],
    remarks: list[Remark],
    papers: tuple[PaperRow, ...],
    me: ParticipantRow | None,
) -> tuple[ItemRow, ...]:
    found = list(row.items.order_by("number"))
    proposals: dict[int, list[ProposalRow]] = defaultdict(list)
    for p in Proposal.objects.filter(item__meeting=row).select_related("seconded_by").order_by("pk"):
        proposals[p.item_id].append(proposal_row(p))
    counts: dict[int, list[CountRow]] = defaultdict(list)
    for c in VoteCount.objects.filter(item__meeting=row).order_by("pk"):
        counts[c.item_id].append(CountRow(Choice(c.choice), c.proposal_id, c.votes))
    numbers = [item.diary_number for item in found if item.diary_number]
    decided = dict(Decision.objects.filter(diary_number__in=numbers).values_list("diary_number", "pk"))
    # While answers come in nobody sees how others have voted.
    hidden = head.kind is MeetingKind.EMAIL and head.state is MeetingState.OPEN
    given: dict[int, list[BallotRow]] = defaultdict(list)
    for b in ballots:
        given[b.item_id].append(
            BallotRow(b.participant_id, b.participant.user.name, Choice(b.choice), b.proposal_id)
        )
    said: dict[int, list[RemarkRow]] = defaultdict(list)
    for r in remarks:
        said[r.item_id].append(RemarkRow(r.participant_id, r.participant.user.name, r.words, r.said_at))
    return tuple(
        _item(
            item,
            proposals[item.pk],
            counts[item.pk],
            given[item.pk],
            said[item.pk],
            papers,
            decided,
            me,
            hidden,
        )
        for item in found
    )


def _item(
    item: AgendaItem,
    proposals: list[ProposalRow],
    counts: list[CountRow],
    ballots: list[BallotRow],
    remarks: list[RemarkRow],
    papers: tuple[PaperRow, ...],
    decided: dict[str, int],
    me: ParticipantRow | None,
    hidden: bool,
) -> ItemRow:
    mine = me.id if me else None
    return ItemRow(
        id=item.pk,
        number=item.number,
        kind=ItemKind(item.kind),
        title_fi=item.title_fi,
        title_sv=item.title_sv,
        title_en=item.title_en,
        text_fi=item.text_fi,
        text_sv=item.text_sv,
        text_en=item.text_en,
        presenter=item.presenter,
        secret=item.secret,
        outcome=Outcome(item.outcome) if item.outcome else None,
        chosen=next((p for p in proposals if p.id == item.chosen_id), None),
        by_chair=item.by_chair,
        conclusion_fi=item.conclusion_fi,
        conclusion_sv=item.conclusion_sv,
        conclusion_en=item.conclusion_en,
        diary_number=item.diary_number,
        decision_id=decided.get(item.diary_number),
        settled_at=item.settled_at,
        proposals=tuple(proposals),
        voted=len(ballots),
        counts=tuple(counts),
        ballots=() if hidden or item.secret else tuple(sorted(ballots, key=lambda b: b.name)),
        own=next((b for b in ballots if b.participant_id == mine), None),
        own_remark=next((r.words for r in remarks if r.participant_id == mine), ""),
        remarks=tuple(remarks),
        papers=tuple(p for p in papers if p.item_id == item.pk),
    )


def item_of_decision(diary_number: str) -> tuple[int, str, datetime] | None:
    """Meeting's id, its title in Finnish and its day: where a decision was made. None: not in a meeting."""
    row = AgendaItem.objects.filter(diary_number=diary_number).select_related("meeting").first()
    return (row.meeting.pk, row.meeting.title_fi, row.meeting.starts_at) if row and diary_number else None


def settled_item(item_id: int) -> SettledItem | None:
    """An item that was decided, for the page that gives the decision its effect; None for any other."""
    row = (
        AgendaItem.objects.select_related("meeting__group", "chosen")
        .filter(pk=item_id, settled_at__isnull=False, chosen__isnull=False)
        .first()
    )
    if row is None or row.chosen is None:
        return None
    return SettledItem(
        meeting_id=row.meeting_id,
        item_id=row.pk,
        body=row.meeting.group.slug,
        decided_on=decided_on(row.meeting),
        diary_number=row.diary_number,
        title_fi=row.title_fi,
        title_sv=row.title_sv,
        year=row.chosen.year,
        rate=row.chosen.rate,
    )


def open_proposals(group: str) -> tuple[OpenProposal, ...]:
    """Proposals of a group's meetings that stand and are not settled, also those of postponed items."""
    rows = Proposal.objects.filter(
        withdrawn_at=None, item__meeting__group__slug=group, item__meeting__cancelled_at=None
    ).filter(item__outcome__in=["", Outcome.POSTPONED.value])
    rows = rows.select_related("item__meeting").order_by("item__meeting__starts_at", "item__number", "pk")
    return tuple(
        OpenProposal(
            meeting_id=p.item.meeting_id,
            item_number=p.item.number,
            meeting_fi=p.item.meeting.title_fi,
            title_fi=p.item.title_fi,
            title_sv=p.item.title_sv,
            title_en=p.item.title_en,
            proposer=p.proposer_name,
            words=p.words,
            rate=p.rate,
            year=p.year,
        )
        for p in rows
    )


def waiting_for(user: User, *, now: datetime) -> tuple[Waiting, ...]:
    """E-mail meetings that are open and that the person has not answered, the first to close first."""
    rows = Meeting.objects.filter(
        kind=MeetingKind.EMAIL.value,
        called_at__isnull=False,
        cancelled_at=None,
        starts_at__lte=now,
        ends_at__gt=now,
        participants__user=user,
        participants__attendance=Attendance.UNKNOWN.value,
    ).order_by("ends_at", "pk")
    told = rows.values_list("pk", "title_fi", "title_sv", "title_en", "ends_at")
    return tuple(Waiting(*row) for row in told)


def meeting_before(row: MeetingRow) -> datetime | None:
    """When the same group met before this meeting; None where it has not."""
    earlier = Meeting.objects.filter(
        group__slug=row.group_slug, starts_at__lt=row.starts_at, called_at__isnull=False, cancelled_at=None
    )
    return earlier.order_by("-starts_at").values_list("starts_at", flat=True).first()


def paper(paper_id: int, by: Actor, *, now: datetime) -> tuple[str, str, bytes]:
    """Name, media type and bytes of a paper, checked. Raises NoSuchPaper, FileGone, FileDamaged."""
    seen = visible_meetings(by, now=now).values("pk")
    row = Paper.objects.select_related("file").filter(pk=paper_id, meeting__in=seen).first()
    if row is None:
        raise NoSuchPaper
    return row.file.name, row.file.media_type, files.read(row.file)


def minutes(meeting_id: int, version: int, by: Actor, *, now: datetime) -> tuple[str, str, bytes]:
    """Name, media type and bytes of adopted minutes, checked. Raises NoSuchPaper, FileGone, FileDamaged."""
    seen = visible_meetings(by, now=now).filter(pk=meeting_id).values("pk")
    row = Minutes.objects.select_related("file").filter(meeting__in=seen, version=version).first()
    if row is None:
        raise NoSuchPaper
    return row.file.name, row.file.media_type, files.read(row.file)
