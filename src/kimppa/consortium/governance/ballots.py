"""Voting, answering an e-mail meeting, and settling items."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from kimppa.commons.members.permissions import require
from kimppa.commons.members.roles import Act
from kimppa.consortium.governance import tally
from kimppa.consortium.governance.agenda import found_item, participant_of
from kimppa.consortium.governance.meetings import check_state, decided_on, locked, state_of
from kimppa.consortium.governance.models import (
    AgendaItem,
    Ballot,
    Decision,
    Meeting,
    Participant,
    Proposal,
    Remark,
    VoteCount,
)
from kimppa.consortium.governance.rules import (
    ADOPTED_WITH_EFFECT,
    Attendance,
    Choice,
    ClosedAlready,
    DecidedElsewhere,
    DiaryNumberTaken,
    Effect,
    ItemKind,
    MeetingKind,
    MeetingNotInState,
    MeetingState,
    NoDiaryNumber,
    NoSuchItem,
    NoSuchProposal,
    NotEntitled,
    NotForDecision,
    NotOpenYet,
    NotPresent,
    NotSeconded,
    NotUnanimous,
    Outcome,
    SettledAlready,
    WrongOutcome,
)
from kimppa.consortium.governance.services import Words, adopt
from kimppa.foundation.accounts import audit
from kimppa.foundation.accounts.actors import Actor
from kimppa.foundation.core import clock
from kimppa.foundation.core.text import clean_line, clean_text

HERE = (Attendance.PRESENT.value, Attendance.PROXY.value)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a participant says on one item: a vote (None: none given), words, or both."""

    item: int
    choice: Choice | None = None
    proposal: int | None = None
    words: str = ""


@dataclass(frozen=True, slots=True)
class Vote:
    """How somebody voted: `proposal` with FOR."""

    choice: Choice
    proposal: int | None = None


@transaction.atomic
def answer(*, by: Actor, meeting: int, answers: Sequence[Answer], now: datetime) -> None:
    """Vote and speak in a meeting that is open, for oneself. Given anew, an answer replaces the earlier.

    In an e-mail meeting whoever answers has taken part. An item that has been settled is not answered any
    more. Raises NotEntitled, NotOpenYet, ClosedAlready, NoSuchItem, NotForDecision, NoSuchProposal,
    NotSeconded, SettledAlready; then nothing of the answer is kept.
    """
    require(by, Act.TAKE_PART, now=now)
    row = locked(meeting)
    one = participant_of(row, by)
    _check_open_now(row, now)
    if row.kind != MeetingKind.EMAIL and one.attendance != Attendance.PRESENT:
        raise NotPresent(name=by.name)
    items = {item.pk: item for item in row.items.all()}
    voted = said = 0
    for given in answers:
        item = items.get(given.item)
        if item is None:
            raise NoSuchItem
        if given.choice is not None:
            _cast(item, one, Vote(given.choice, given.proposal), now)
            voted += 1
        said += _say(item, one, given.words, now)
    if row.kind == MeetingKind.EMAIL and one.attendance != Attendance.PRESENT:
        one.attendance, one.proxy = Attendance.PRESENT.value, ""
        one.save(update_fields=["attendance", "proxy"])
    # How somebody voted is never in the audit trail: a secret vote would stand there in the open.
    after: dict[str, audit.Value] = {"meeting": row.pk, "votes": voted, "remarks": said}
    audit.record(by=by, act="governance.answer", obj=one, before=None, after=after, now=now)


def _check_open_now(row: Meeting, now: datetime) -> None:
    state = state_of(row, now)
    if state is MeetingState.OPEN:
        return
    if state in {MeetingState.CLOSED, MeetingState.ADOPTED}:
        raise ClosedAlready(moment=_shown(row.closed_at or row.ends_at))
    if state is MeetingState.CALLED:
        raise NotOpenYet(moment=_shown(row.starts_at))
    raise MeetingNotInState


def _shown(moment: datetime) -> str:
    local = moment.astimezone(clock.HELSINKI)
    return f"{local.day}.{local.month}.{local.year} {local:%H.%M}"


def _cast(item: AgendaItem, one: Participant, vote: Vote, now: datetime) -> None:
    if item.kind != ItemKind.DECISION:
        raise NotForDecision(title=item.title_fi)
    if item.settled_at is not None:
        raise SettledAlready(title=item.title_fi)
    if vote.choice is Choice.SECRET:
        raise WrongOutcome(title=item.title_fi)
    proposal = _votable(item, vote.proposal) if vote.choice is Choice.FOR else None
    Ballot.objects.update_or_create(
        item=item,
        participant=one,
        defaults={"choice": vote.choice.value, "proposal": proposal, "given_at": now},
    )


def _votable(item: AgendaItem, proposal: int | None) -> Proposal:
    """A proposal that stands and, if it is a counter-proposal, was seconded."""
    row = item.proposals.filter(pk=proposal or 0, withdrawn_at=None).first()
    if row is None:
        raise NoSuchProposal
    if row.counter_to_id is not None and row.seconded_by_id is None:
        raise NotSeconded
    return row


def _say(item: AgendaItem, one: Participant, words: str, now: datetime) -> int:
    said = clean_text(words)[:4000]
    earlier = Remark.objects.filter(item=item, participant=one)
    if not said:
        earlier.delete()
        return 0
    if not earlier.filter(words=said).exists():
        Remark.objects.update_or_create(item=item, participant=one, defaults={"words": said, "said_at": now})
    return 1


@transaction.atomic
def record_votes(*, by: Actor, item: int, votes: Mapping[int, Vote], now: datetime) -> None:
    """Write down votes given in the room: participant's id → vote. Those recorded earlier are replaced.

    Never in an e-mail meeting, where each answers for himself, nor on a secret vote. Raises NoSuchItem,
    NotEntitled, NotPresent, NotForDecision, SettledAlready, MeetingNotInState.
    """
    require(by, Act.RUN_MEETINGS, now=now)
    one = found_item(item)
    check_state(one.meeting, now, MeetingState.OPEN)
    if one.meeting.kind == MeetingKind.EMAIL or one.secret:
        raise MeetingNotInState
    people = {p.pk: p for p in one.meeting.participants.select_related("user")}
    for participant, vote in votes.items():
        who = people.get(participant)
        if who is None:
            raise NotEntitled
        if who.attendance not in HERE:
            raise NotPresent(name=who.user.name)
        _cast(one, who, vote, now)
    after: dict[str, audit.Value] = {"votes": len(votes)}
    audit.record(by=by, act="governance.record_votes", obj=one, before=None, after=after, now=now)


@dataclass(frozen=True, slots=True)
class Settlement:
    """How an item ends. CONSENSUS names the proposal; a decision has a diary number and words."""

    outcome: Outcome
    proposal: int | None = None
    diary_number: str = ""
    words: Words | None = None


@transaction.atomic
def settle(*, by: Actor, item: int, settlement: Settlement, now: datetime) -> int | None:
    """Settle an item while the meeting is open or closed (an e-mail meeting: closed). Never done twice.

    What was decided becomes a Decision under the diary number, and its id is returned; a rate or a budget
    only reserves the number (None), for its decision is adopted with its effect on the pages of money.
    Raises WrongOutcome, QuorumMissing, NoVotes, VoteTied, NotUnanimous, NoSuchProposal, NotSeconded,
    NoDiaryNumber, DecidedElsewhere, SettledAlready, MeetingNotInState, MinutesAdopted.
    """
    require(by, Act.RUN_MEETINGS, now=now)
    one = found_item(item)
    state = check_state(one.meeting, now, MeetingState.OPEN, MeetingState.CLOSED)
    if one.meeting.kind == MeetingKind.EMAIL and state is MeetingState.OPEN:
        raise MeetingNotInState
    if one.settled_at is not None:
        raise SettledAlready(title=one.title_fi)
    how = settlement.outcome
    decided = how in {Outcome.CONSENSUS, Outcome.VOTE}
    for_decision = one.kind == ItemKind.DECISION
    if (decided and not for_decision) or (how is Outcome.NOTED and for_decision):
        raise WrongOutcome(title=one.title_fi)
    if decided:
        _decide(one, settlement)
    words = settlement.words or Words("")
    one.outcome, one.settled_at = how.value, now
    one.conclusion_fi, one.conclusion_sv = clean_text(words.text_fi), clean_text(words.text_sv)
    one.conclusion_en = clean_text(words.text_en)
    decision = _adopted(by, one, settlement, now) if one.chosen_id is not None else None
    one.save()
    if one.secret:
        one.ballots.update(choice=Choice.SECRET.value, proposal=None)
    after: dict[str, audit.Value] = {"outcome": how, "diary_number": one.diary_number}
    audit.record(by=by, act="governance.settle", obj=one, before=None, after=after, now=now)
    return decision.pk if decision else None


def _decide(item: AgendaItem, settlement: Settlement) -> None:
    """Find what was chosen, by consensus or by the votes, and keep the counts."""
    meeting = item.meeting
    ballots = list(item.ballots.all())
    people = meeting.participants
    took_part = len(ballots) if meeting.kind == MeetingKind.EMAIL else 0
    if settlement.outcome is Outcome.CONSENSUS and meeting.kind == MeetingKind.EMAIL:
        took_part = people.filter(attendance__in=HERE).count()
    if meeting.kind != MeetingKind.EMAIL:
        took_part = people.filter(attendance__in=HERE).count()
    tally.check_quorum(took_part=took_part, entitled=people.count(), percent=meeting.quorum_percent)
    if settlement.outcome is Outcome.CONSENSUS:
        chosen = _votable(item, settlement.proposal)
        other = sum(
            b.choice == Choice.AGAINST or (b.choice == Choice.FOR and b.proposal_id != chosen.pk)
            for b in ballots
        )
        if other:
            raise NotUnanimous(count=other)
        item.chosen = chosen
        return
    standing = item.proposals.filter(withdrawn_at=None).order_by("pk")
    votable = [p.pk for p in standing if p.counter_to_id is None or p.seconded_by_id is not None]
    chair = people.filter(user=meeting.chair).values_list("pk", flat=True).first()
    votes = [tally.Vote(b.participant_id, Choice(b.choice), b.proposal_id) for b in ballots]
    result = tally.settle(votes, votable, chair=chair, secret=item.secret)
    item.chosen_id, item.by_chair = result.winner, result.by_chair
    VoteCount.objects.bulk_create(
        VoteCount(item=item, choice=c.choice.value, proposal_id=c.proposal, votes=c.votes)
        for c in result.counts
    )


def _adopted(by: Actor, item: AgendaItem, settlement: Settlement, now: datetime) -> Decision | None:
    """Tie the item to its diary number and, where nothing else must happen with it, adopt the decision."""
    chosen = item.chosen
    number = clean_line(settlement.diary_number)[:60]
    if chosen is None or not number:
        raise NoDiaryNumber
    meeting = item.meeting
    if AgendaItem.objects.filter(diary_number=number).exclude(pk=item.pk).exists():
        raise DiaryNumberTaken(number=number)
    day = decided_on(meeting)
    item.diary_number = number
    standing = Decision.objects.filter(diary_number=number).first()
    if standing is not None and (standing.body_id, standing.decided_on) != (meeting.group_id, day):
        raise DecidedElsewhere(number=number)
    effect = Effect(chosen.effect)
    if effect in ADOPTED_WITH_EFFECT:
        return standing
    words = settlement.words or Words("")
    title = clean_line(words.title_fi) or item.title_fi
    return adopt(
        by=by,
        body=meeting.group.slug,
        diary_number=number,
        effect=effect,
        decided_on=day,
        words=Words(
            title_fi=title,
            title_sv=words.title_sv or item.title_sv,
            title_en=words.title_en or item.title_en,
            text_fi=words.text_fi or chosen.words,
            text_sv=words.text_sv,
            text_en=words.text_en,
        ),
        example=meeting.example,
        now=now,
    )
