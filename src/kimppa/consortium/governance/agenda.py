"""The agenda: items, papers, proposals."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import Max

from kimppa.commons.members.permissions import may, require
from kimppa.commons.members.roles import Act
from kimppa.consortium.governance.meetings import check_state, locked
from kimppa.consortium.governance.models import AgendaItem, Meeting, Paper, Participant, Proposal
from kimppa.consortium.governance.rules import (
    Effect,
    ItemInUse,
    ItemKind,
    MeetingKind,
    MeetingNotInState,
    MeetingState,
    NoSuchItem,
    NoSuchPaper,
    NoSuchProposal,
    NotEntitled,
    NotForDecision,
    NoTitle,
    NoWords,
    OthersProposal,
    PaperKind,
    RateNotSaid,
    SecondsItself,
    SettledAlready,
    VotedFor,
)
from kimppa.foundation.accounts import audit
from kimppa.foundation.accounts.actors import Actor
from kimppa.foundation.accounts.models import User
from kimppa.foundation.core.money import checked_rate
from kimppa.foundation.core.text import clean_line, clean_text
from kimppa.foundation.files import services as files
from kimppa.foundation.files.models import Retention

BEFORE_ADOPTION = (MeetingState.PLANNED, MeetingState.CALLED, MeetingState.OPEN, MeetingState.CLOSED)
BEFORE_CLOSING = (MeetingState.PLANNED, MeetingState.CALLED, MeetingState.OPEN)


@dataclass(frozen=True, slots=True)
class Matter:
    """What stands on the agenda; `secret` makes a vote on it a secret one."""

    kind: ItemKind
    title_fi: str
    title_sv: str = ""
    title_en: str = ""
    text_fi: str = ""
    text_sv: str = ""
    text_en: str = ""
    presenter: str = ""
    secret: bool = False


def found_item(item: int) -> AgendaItem:
    """The item, its meeting locked. Raises NoSuchItem."""
    meeting = AgendaItem.objects.filter(pk=item).values_list("meeting_id", flat=True).first()
    if meeting is None:
        raise NoSuchItem
    row = locked(meeting)
    one = AgendaItem.objects.filter(pk=item).first()
    if one is None:
        raise NoSuchItem
    one.meeting = row
    return one


def participant_of(meeting: Meeting, by: Actor) -> Participant:
    """The actor as one of those called. Raises NotEntitled."""
    one = meeting.participants.filter(user=by).first() if isinstance(by, User) else None
    if one is None:
        raise NotEntitled
    return one


@transaction.atomic
def add_item(*, by: Actor, meeting: int, matter: Matter, now: datetime) -> int:
    """Add a matter at the end of the agenda; returns its id. Raises NoTitle, MeetingNotInState."""
    require(by, Act.RUN_MEETINGS, now=now)
    row = locked(meeting)
    check_state(row, now, *BEFORE_CLOSING)
    last = row.items.aggregate(last=Max("number"))["last"] or 0
    item = AgendaItem(meeting=row, number=last + 1)
    _fill(item, matter)
    item.save(force_insert=True)
    after: dict[str, audit.Value] = {"number": item.number, "title": item.title_fi, "kind": item.kind}
    audit.record(by=by, act="governance.add_item", obj=item, before=None, after=after, now=now)
    return item.pk


@transaction.atomic
def change_item(*, by: Actor, item: int, matter: Matter, now: datetime) -> None:
    """Change a matter before the meeting opens. Raises NoSuchItem, NoTitle, MeetingNotInState."""
    require(by, Act.RUN_MEETINGS, now=now)
    one = found_item(item)
    check_state(one.meeting, now, MeetingState.PLANNED, MeetingState.CALLED)
    before: dict[str, audit.Value] = {"title": one.title_fi, "kind": one.kind}
    _fill(one, matter)
    one.save()
    after: dict[str, audit.Value] = {"title": one.title_fi, "kind": one.kind}
    audit.record(by=by, act="governance.change_item", obj=one, before=before, after=after, now=now)


def _fill(item: AgendaItem, matter: Matter) -> None:
    item.title_fi = clean_line(matter.title_fi)[:300]
    if not item.title_fi:
        raise NoTitle
    item.kind = matter.kind.value
    item.title_sv, item.title_en = clean_line(matter.title_sv)[:300], clean_line(matter.title_en)[:300]
    item.text_fi, item.text_sv = clean_text(matter.text_fi), clean_text(matter.text_sv)
    item.text_en, item.presenter = clean_text(matter.text_en), clean_line(matter.presenter)[:200]
    item.secret = matter.secret and matter.kind is ItemKind.DECISION


@transaction.atomic
def remove_item(*, by: Actor, item: int, now: datetime) -> None:
    """Take a matter off an agenda that has not been sent; those after it move up.

    Raises NoSuchItem, ItemInUse, MeetingNotInState.
    """
    require(by, Act.RUN_MEETINGS, now=now)
    one = found_item(item)
    check_state(one.meeting, now, MeetingState.PLANNED)
    if one.proposals.exists() or one.papers.exists():
        raise ItemInUse(title=one.title_fi)
    meeting, number = one.meeting, one.number
    before: dict[str, audit.Value] = {"number": number, "title": one.title_fi}
    audit.record(by=by, act="governance.remove_item", obj=one, before=before, after=None, now=now)
    one.delete()
    # One by one in their order: no two items may have one number even for a moment.
    for later in meeting.items.filter(number__gt=number).order_by("number"):
        later.number -= 1
        later.save(update_fields=["number"])


@transaction.atomic
def raise_item(*, by: Actor, item: int, now: datetime) -> None:
    """Move a matter one place up on an agenda that has not been sent. The first one stays where it is."""
    require(by, Act.RUN_MEETINGS, now=now)
    one = found_item(item)
    check_state(one.meeting, now, MeetingState.PLANNED)
    above = one.meeting.items.filter(number=one.number - 1).first()
    if above is None:
        return
    free, upper, lower = 0, above.number, one.number
    for row, number in ((above, free), (one, upper), (above, lower)):
        row.number = number
        row.save(update_fields=["number"])
    audit.record(
        by=by,
        act="governance.raise_item",
        obj=one,
        before={"number": lower},
        after={"number": upper},
        now=now,
    )


@transaction.atomic
def attach_paper(
    *,
    by: Actor,
    meeting: int,
    item: int | None = None,
    kind: PaperKind = PaperKind.UPLOADED,
    title: str,
    name: str,
    content: bytes,
    media_type: str,
    now: datetime,
) -> int:
    """Give a document to a meeting, or to one item of it; returns the paper's id.

    The same bytes given twice to the same place are one paper. Raises NoSuchMeeting, NoSuchItem,
    MeetingNotInState, MinutesAdopted and what files.store raises.
    """
    require(by, Act.RUN_MEETINGS, now=now)
    row = locked(meeting)
    check_state(row, now, *BEFORE_ADOPTION)
    if item is not None and not row.items.filter(pk=item).exists():
        raise NoSuchItem
    file = files.store(
        name=name, content=content, media_type=media_type, retention=Retention.CONTENT, now=now
    )
    same = row.papers.filter(item_id=item, sha256=file.sha256).first()
    if same is not None:
        files.remove(file=file)
        return same.pk
    called = clean_line(title)[:200] or file.name
    paper = Paper.objects.create(
        meeting=row,
        item_id=item,
        kind=kind.value,
        title=called,
        file=file,
        sha256=file.sha256,
        added_at=now,
    )
    after: dict[str, audit.Value] = {"meeting": row.pk, "title": called, "sha256": file.sha256}
    audit.record(by=by, act="governance.attach_paper", obj=paper, before=None, after=after, now=now)
    return paper.pk


@transaction.atomic
def withdraw_paper(*, by: Actor, paper: int, now: datetime) -> None:
    """Take a document back before the meeting opens. Raises NoSuchPaper, MeetingNotInState."""
    require(by, Act.RUN_MEETINGS, now=now)
    one = Paper.objects.select_related("file").filter(pk=paper).first()
    if one is None:
        raise NoSuchPaper
    row = locked(one.meeting_id)
    check_state(row, now, MeetingState.PLANNED, MeetingState.CALLED)
    before: dict[str, audit.Value] = {"meeting": row.pk, "title": one.title, "sha256": one.sha256}
    audit.record(by=by, act="governance.withdraw_paper", obj=one, before=before, after=None, now=now)
    file = one.file
    one.delete()
    files.remove(file=file)


@transaction.atomic
def propose(
    *,
    by: Actor,
    item: int,
    words: str,
    effect: Effect = Effect.OTHER,
    year: int | None = None,
    rate: Decimal | None = None,
    now: datetime,
) -> int:
    """Make a proposal on an item for decision; returns its id. A rate needs its year and figure.

    The first one on an item is the base; later ones are counter-proposals to it and need a second. Whoever
    runs the meeting proposes at any time before the closing, a participant while the meeting is called or
    open. Raises NotEntitled, NoWords, RateNotSaid, BadRate, NotForDecision, SettledAlready,
    MeetingNotInState.
    """
    require(by, Act.TAKE_PART, now=now)
    one = found_item(item)
    runs = may(by, Act.RUN_MEETINGS, now=now)
    if not runs:
        participant_of(one.meeting, by)
    state = check_state(one.meeting, now, *BEFORE_CLOSING)
    if state is MeetingState.PLANNED and not runs:
        raise MeetingNotInState
    _check_open(one)
    said = clean_text(words)
    if not said:
        raise NoWords
    if effect is Effect.RATE:
        if rate is None or year is None:
            raise RateNotSaid
        checked_rate(rate)
    row = Proposal.objects.create(
        item=one,
        counter_to=one.proposals.filter(withdrawn_at=None).order_by("pk").first(),
        proposer=by if isinstance(by, User) else None,
        proposer_name=by.name,
        words=said,
        effect=effect.value,
        year=year,
        rate=rate if effect is Effect.RATE else None,
        created=now,
    )
    after: dict[str, audit.Value] = {"item": one.pk, "words": said[:300], "effect": effect, "rate": row.rate}
    audit.record(by=by, act="governance.propose", obj=row, before=None, after=after, now=now)
    return row.pk


def _check_open(item: AgendaItem) -> None:
    if item.kind != ItemKind.DECISION:
        raise NotForDecision(title=item.title_fi)
    if item.settled_at is not None:
        raise SettledAlready(title=item.title_fi)


@transaction.atomic
def second(*, by: Actor, proposal: int, seconder: int | None = None, now: datetime) -> None:
    """Second a counter-proposal, so that it is voted on; a second time changes nothing.

    A participant seconds for himself. In a meeting that people sit in, whoever runs it may write down
    which participant (`seconder`) did. Raises NoSuchProposal, NotEntitled, SecondsItself,
    SettledAlready, MeetingNotInState.
    """
    require(by, Act.TAKE_PART, now=now)
    row = _proposal(proposal)
    meeting = row.item.meeting
    check_state(meeting, now, MeetingState.CALLED, MeetingState.OPEN)
    _check_open(row.item)
    who = _seconder(by, meeting, seconder, now)
    if who.user_id == row.proposer_id:
        raise SecondsItself
    if row.counter_to_id is None or row.seconded_by_id is not None:
        return
    row.seconded_by = who.user
    row.save(update_fields=["seconded_by"])
    after: dict[str, audit.Value] = {"seconded_by": who.user.name}
    audit.record(by=by, act="governance.second", obj=row, before=None, after=after, now=now)


def _seconder(by: Actor, meeting: Meeting, seconder: int | None, now: datetime) -> Participant:
    if seconder is None:
        return participant_of(meeting, by)
    require(by, Act.RUN_MEETINGS, now=now)
    one = meeting.participants.select_related("user").filter(pk=seconder).first()
    if one is None or meeting.kind == MeetingKind.EMAIL:
        raise NotEntitled
    return one


@transaction.atomic
def withdraw_proposal(*, by: Actor, proposal: int, now: datetime) -> None:
    """Take back one's own proposal that nobody has voted for. Whoever runs the meeting may do it for one.

    Raises NoSuchProposal, OthersProposal, VotedFor, SettledAlready, MeetingNotInState.
    """
    require(by, Act.TAKE_PART, now=now)
    row = _proposal(proposal)
    check_state(row.item.meeting, now, *BEFORE_CLOSING)
    _check_open(row.item)
    own = isinstance(by, User) and by.pk == row.proposer_id
    if not own and not may(by, Act.RUN_MEETINGS, now=now):
        raise OthersProposal
    if row.item.ballots.filter(proposal=row).exists():
        raise VotedFor
    if row.withdrawn_at is None:
        row.withdrawn_at = now
        row.save(update_fields=["withdrawn_at"])
        _next_base(row)
        audit.record(
            by=by, act="governance.withdraw_proposal", obj=row, before=None, after={"withdrawn": now}, now=now
        )


def _next_base(gone: Proposal) -> None:
    """When the base goes, the oldest counter-proposal takes its place: something must be voted against."""
    if gone.counter_to_id is not None:
        return
    rest = list(gone.item.proposals.filter(withdrawn_at=None).order_by("pk"))
    for one in rest:
        one.counter_to = None if one is rest[0] else rest[0]
        one.save(update_fields=["counter_to"])


def _proposal(proposal: int) -> Proposal:
    item = Proposal.objects.filter(pk=proposal).values_list("item_id", flat=True).first()
    if item is None:
        raise NoSuchProposal
    one = found_item(item)
    row = Proposal.objects.filter(pk=proposal, withdrawn_at=None).first()
    if row is None:
        raise NoSuchProposal
    row.item = one
    return row
