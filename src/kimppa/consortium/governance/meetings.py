"""Planning, calling, opening and closing meetings, and who was there.

Every verb locks the meeting's row first: what happens in one meeting happens one after another.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from urllib.parse import urlsplit

from django.db import transaction

from kimppa.commons.members.groups import group_members_on
from kimppa.commons.members.models import Group
from kimppa.commons.members.permissions import require
from kimppa.commons.members.roles import Act
from kimppa.consortium.governance.models import AgendaItem, Meeting, Participant
from kimppa.consortium.governance.rules import (
    Attendance,
    BadLink,
    BadQuorum,
    CalledTooLate,
    ClosesBeforeOpening,
    MeetingKind,
    MeetingNotInState,
    MeetingState,
    MinutesAdopted,
    Moments,
    NobodyToCall,
    NoChair,
    NoPlace,
    NoSuchBody,
    NoSuchMeeting,
    NothingOnAgenda,
    NoTitle,
    ProxyUnnamed,
    state_at,
)
from kimppa.foundation.accounts import audit
from kimppa.foundation.accounts.actors import Actor
from kimppa.foundation.accounts.models import User
from kimppa.foundation.core import clock
from kimppa.foundation.core.text import clean_line, in_language
from kimppa.foundation.outbox import services as outbox

INVITATION = "meeting-invitation"
CANCELLATION = "meeting-cancelled"


@dataclass(frozen=True, slots=True)
class Plan:
    """What a meeting is. Chair and secretary are users; both are needed before it is called."""

    group: str
    kind: MeetingKind
    title_fi: str
    starts_at: datetime
    ends_at: datetime
    title_sv: str = ""
    title_en: str = ""
    place: str = ""
    link: str = ""
    chair: int | None = None
    secretary: int | None = None
    quorum_percent: int = 0
    example: bool = False


def moments_of(row: Meeting) -> Moments:
    """What the state of a meeting is derived from."""
    return Moments(
        kind=MeetingKind(row.kind),
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        called_at=row.called_at,
        opened_at=row.opened_at,
        closed_at=row.closed_at,
        cancelled_at=row.cancelled_at,
        adopted_at=row.adopted_at,
    )


def state_of(row: Meeting, now: datetime) -> MeetingState:
    """The meeting's state at a moment."""
    return state_at(moments_of(row), now)


def decided_on(row: Meeting) -> date:
    """The day its decisions bear: when an e-mail meeting closed, when another one was opened."""
    held = row.ends_at if row.kind == MeetingKind.EMAIL else row.opened_at or row.starts_at
    return clock.day_of(held)


def locked(meeting: int) -> Meeting:
    """The meeting's row, held until the transaction ends. Raises NoSuchMeeting."""
    row = Meeting.objects.select_for_update().filter(pk=meeting).first()
    if row is None:
        raise NoSuchMeeting
    return row


def check_state(row: Meeting, now: datetime, *wanted: MeetingState) -> MeetingState:
    """The state, which must be one of those wanted. Raises MinutesAdopted, MeetingNotInState."""
    state = state_of(row, now)
    if state not in wanted:
        raise MinutesAdopted if state is MeetingState.ADOPTED else MeetingNotInState
    return state


@transaction.atomic
def plan_meeting(*, by: Actor, plan: Plan, now: datetime) -> int:
    """Put a meeting into the calendar; nobody is told yet. Returns its id.

    Raises NoSuchBody, NoTitle, NoPlace, BadLink, BadQuorum, ClosesBeforeOpening.
    """
    require(by, Act.RUN_MEETINGS, now=now)
    row = Meeting(created=now)
    _fill(row, plan)
    row.save(force_insert=True)
    after: dict[str, audit.Value] = {"group": plan.group, "kind": plan.kind, "starts_at": plan.starts_at}
    audit.record(by=by, act="governance.plan_meeting", obj=row, before=None, after=after, now=now)
    return row.pk


@transaction.atomic
def change_meeting(*, by: Actor, meeting: int, plan: Plan, now: datetime) -> None:
    """Change a meeting that has not been called. Raises what plan_meeting raises, and MeetingNotInState."""
    require(by, Act.RUN_MEETINGS, now=now)
    row = locked(meeting)
    check_state(row, now, MeetingState.PLANNED)
    before: dict[str, audit.Value] = {"title": row.title_fi, "starts_at": row.starts_at, "place": row.place}
    _fill(row, plan)
    row.save()
    after: dict[str, audit.Value] = {"title": row.title_fi, "starts_at": row.starts_at, "place": row.place}
    audit.record(by=by, act="governance.change_meeting", obj=row, before=before, after=after, now=now)


def _fill(row: Meeting, plan: Plan) -> None:
    group = Group.objects.filter(slug=plan.group).first()
    if group is None:
        raise NoSuchBody(slug=plan.group[:60])
    row.title_fi = clean_line(plan.title_fi)[:300]
    if not row.title_fi:
        raise NoTitle
    if plan.ends_at <= plan.starts_at:
        raise ClosesBeforeOpening
    if not 0 <= plan.quorum_percent <= 100:
        raise BadQuorum
    row.place, row.link = clean_line(plan.place)[:300], plan.link.strip()[:500]
    if row.link and (urlsplit(row.link).scheme != "https" or not urlsplit(row.link).netloc):
        raise BadLink
    if plan.kind is not MeetingKind.EMAIL and not row.place and not row.link:
        raise NoPlace
    users = User.objects.filter(is_active=True).in_bulk(
        [one for one in (plan.chair, plan.secretary) if one is not None]
    )
    row.group, row.kind = group, plan.kind.value
    row.title_sv, row.title_en = clean_line(plan.title_sv)[:300], clean_line(plan.title_en)[:300]
    row.starts_at, row.ends_at = plan.starts_at, plan.ends_at
    row.chair = users.get(plan.chair) if plan.chair else None
    row.secretary = users.get(plan.secretary) if plan.secretary else None
    row.quorum_percent, row.example = plan.quorum_percent, plan.example


@transaction.atomic
def call(*, by: Actor, meeting: int, address: str, now: datetime) -> int:
    """Invite the group as it stands on the day of the meeting; returns how many messages were put out.

    `address` is the meeting's page, written into the invitation with the agenda. Called again, those who
    have joined the group since are invited and nobody else. Raises NothingOnAgenda, NoChair,
    CalledTooLate, NobodyToCall, MeetingNotInState.
    """
    require(by, Act.RUN_MEETINGS, now=now)
    row = locked(meeting)
    check_state(row, now, MeetingState.PLANNED, MeetingState.CALLED, MeetingState.OPEN)
    agenda = list(row.items.order_by("number"))
    if not agenda:
        raise NothingOnAgenda
    if row.chair_id is None or row.secretary_id is None:
        raise NoChair
    if now >= row.ends_at:
        raise CalledTooLate
    known = set(row.participants.values_list("user_id", flat=True))
    people = group_members_on(row.group.slug, clock.day_of(row.starts_at))
    fresh = [one for one in people if one.user_id not in known]
    if not people and not known:
        raise NobodyToCall
    Participant.objects.bulk_create(
        Participant(meeting=row, user_id=one.user_id, municipality_id=one.municipality_id) for one in fresh
    )
    for one in fresh:
        lines = [f"{item.number}. {_title(item, one.language)}" for item in agenda]
        params = _told(row, one.language) | {"agenda": "\n".join(lines), "address": address}
        outbox.send_to_address(
            address=one.email, template=INVITATION, params=params, language=one.language, now=now
        )
    if row.called_at is None:
        row.called_at = now
        row.save(update_fields=["called_at"])
    after: dict[str, audit.Value] = {"invited": len(fresh)}
    audit.record(by=by, act="governance.call", obj=row, before=None, after=after, now=now)
    return len(fresh)


def _title(row: Meeting | AgendaItem, language: str) -> str:
    return in_language(language, fi=row.title_fi, sv=row.title_sv, en=row.title_en)


def _told(row: Meeting, language: str) -> dict[str, str | int]:
    starts, ends = (moment.astimezone(clock.HELSINKI) for moment in (row.starts_at, row.ends_at))
    return {
        "title": _title(row, language),
        "group": in_language(language, fi=row.group.name_fi, sv=row.group.name_sv, en=row.group.name_en),
        "kind": row.kind,
        "starts": f"{starts.day}.{starts.month}.{starts.year} {starts:%H.%M}",
        "ends": f"{ends.day}.{ends.month}.{ends.year} {ends:%H.%M}",
        "place": row.place,
        "link": row.link,
    }


@transaction.atomic
def cancel(*, by: Actor, meeting: int, now: datetime) -> None:
    """Cancel a meeting that has not been held; those who were called are told. Raises MeetingNotInState."""
    require(by, Act.RUN_MEETINGS, now=now)
    row = locked(meeting)
    check_state(row, now, MeetingState.PLANNED, MeetingState.CALLED)
    row.cancelled_at = now
    row.save(update_fields=["cancelled_at"])
    for one in row.participants.select_related("user"):
        told = _told(row, one.user.language)
        outbox.send_to_address(
            address=one.user.email, template=CANCELLATION, params=told, language=one.user.language, now=now
        )
    audit.record(by=by, act="governance.cancel", obj=row, before=None, after={"cancelled": True}, now=now)


@transaction.atomic
def open_meeting(*, by: Actor, meeting: int, now: datetime) -> None:
    """Open a meeting that was called; an e-mail meeting opens by itself. Raises MeetingNotInState."""
    require(by, Act.RUN_MEETINGS, now=now)
    row = locked(meeting)
    check_state(row, now, MeetingState.CALLED)
    if row.kind == MeetingKind.EMAIL:
        raise MeetingNotInState
    row.opened_at = now
    row.save(update_fields=["opened_at"])
    audit.record(by=by, act="governance.open_meeting", obj=row, before=None, after={"opened": now}, now=now)


@transaction.atomic
def close_meeting(*, by: Actor, meeting: int, now: datetime) -> None:
    """Close a meeting that is going on; an e-mail meeting closes by itself. Raises MeetingNotInState."""
    require(by, Act.RUN_MEETINGS, now=now)
    row = locked(meeting)
    check_state(row, now, MeetingState.OPEN)
    if row.kind == MeetingKind.EMAIL:
        raise MeetingNotInState
    row.closed_at = now
    row.save(update_fields=["closed_at"])
    audit.record(by=by, act="governance.close_meeting", obj=row, before=None, after={"closed": now}, now=now)


@transaction.atomic
def record_attendance(
    *, by: Actor, meeting: int, attendance: Mapping[int, tuple[Attendance, str]], now: datetime
) -> None:
    """Write down who was there: participant's id → attendance and, for PROXY, who stood in.

    Not in an e-mail meeting, where whoever answers has taken part. Raises ProxyUnnamed, MeetingNotInState.
    """
    require(by, Act.RUN_MEETINGS, now=now)
    row = locked(meeting)
    check_state(row, now, MeetingState.CALLED, MeetingState.OPEN, MeetingState.CLOSED)
    if row.kind == MeetingKind.EMAIL:
        raise MeetingNotInState
    changed = []
    for one in row.participants.select_related("user").filter(pk__in=attendance):
        how, stand_in = attendance[one.pk]
        named = clean_line(stand_in)[:200] if how is Attendance.PROXY else ""
        if how is Attendance.PROXY and not named:
            raise ProxyUnnamed(name=one.user.name)
        one.attendance, one.proxy = how.value, named
        changed.append(one)
    Participant.objects.bulk_update(changed, ["attendance", "proxy"])
    present = sum(one.attendance in {Attendance.PRESENT, Attendance.PROXY} for one in changed)
    after: dict[str, audit.Value] = {"present": present, "of": len(changed)}
    audit.record(by=by, act="governance.record_attendance", obj=row, before=None, after=after, now=now)
