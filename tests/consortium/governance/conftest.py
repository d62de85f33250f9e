"""A group of five directors, a coordinator who runs their meetings, and moments around one meeting."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

import pytest

from kimppa.commons.members.models import (
    Group,
    GroupMembership,
    Municipality,
    Region,
    RoleAssignment,
)
from kimppa.consortium.governance import agenda, meetings
from kimppa.consortium.governance.agenda import Matter
from kimppa.consortium.governance.meetings import Plan
from kimppa.consortium.governance.models import Participant
from kimppa.consortium.governance.rules import Attendance, ItemKind, MeetingKind
from kimppa.foundation.accounts.models import User

PLANNED = datetime(2022, 11, 1, 8, tzinfo=UTC)
OPENS = datetime(2022, 11, 14, 7, tzinfo=UTC)
DURING = OPENS + timedelta(days=1)
CLOSES = datetime(2022, 11, 18, 14, tzinfo=UTC)
AFTER = CLOSES + timedelta(hours=1)
ADDRESS = "https://kimppa.example/fi/backoffice/meetings/1/"
NAMES = ("Aino", "Eero", "Ilona", "Oskari", "Ulla")


@dataclass(frozen=True, slots=True)
class Body:
    runner: User
    directors: tuple[User, ...]


def user(name: str, role: str, kind: str = "consortium", code: str = "") -> User:
    made = User.objects.create(
        email=f"{name.lower()}@example.org", name=name, is_demo=True, date_joined=PLANNED
    )
    RoleAssignment.objects.create(user=made, role=role, scope_kind=kind, scope_code=code)
    return made


def make_body() -> Body:
    region = Region.objects.create(code="19", name_fi="Lappi")
    group = Group.objects.create(slug="directors-days", name_fi="Esimiespäivät", name_sv="Chefsdagarna")
    directors = []
    for number, name in enumerate(NAMES):
        code = f"9{number:02d}"
        Municipality.objects.create(code=code, name_fi=f"Kunta {name}", region=region)
        directors.append(user(name, "director", "municipality", code))
        GroupMembership.objects.create(group=group, user=directors[-1], valid_from=date(2021, 1, 1))
    return Body(user("Kaisa", "coordinator"), tuple(directors))


@pytest.fixture
def body(db: None) -> Body:
    return make_body()


def plan(body: Body, kind: MeetingKind = MeetingKind.EMAIL, **changed: object) -> Plan:
    told = Plan(
        group="directors-days",
        kind=kind,
        title_fi="Sähköpostikokous",
        title_sv="E-postmöte",
        starts_at=OPENS,
        ends_at=CLOSES,
        place="" if kind is MeetingKind.EMAIL else "Oulu",
        chair=body.directors[0].pk,
        secretary=body.runner.pk,
    )
    return replace(told, **changed)  # type: ignore[arg-type]


MATTER = Matter(ItemKind.DECISION, "Musiikkipalvelun jatko", "Musiktjänstens fortsättning")


@dataclass(frozen=True, slots=True)
class Held:
    """A meeting that was called, with one item for decision and one proposal on it."""

    body: Body
    meeting: int
    item: int
    base: int


def called(
    body: Body, kind: MeetingKind = MeetingKind.EMAIL, matter: Matter = MATTER, **changed: object
) -> Held:
    by = body.runner
    meeting = meetings.plan_meeting(by=by, plan=plan(body, kind, **changed), now=PLANNED)
    item = agenda.add_item(by=by, meeting=meeting, matter=matter, now=PLANNED)
    base = agenda.propose(by=by, item=item, words="Palvelua jatketaan vuosi 2023.", now=PLANNED)
    meetings.call(by=by, meeting=meeting, address=ADDRESS, now=PLANNED)
    return Held(body, meeting, item, base)


def in_room(body: Body, matter: Matter = MATTER, present: int = 5, **changed: object) -> Held:
    """A meeting in person that is going on, the first `present` of the directors there."""
    held = called(body, MeetingKind.IN_PERSON, matter, **changed)
    meetings.open_meeting(by=body.runner, meeting=held.meeting, now=OPENS)
    rows = Participant.objects.filter(meeting=held.meeting).order_by("pk")
    told = {
        row.pk: (Attendance.PRESENT if number < present else Attendance.ABSENT, "")
        for number, row in enumerate(rows)
    }
    meetings.record_attendance(by=body.runner, meeting=held.meeting, attendance=told, now=OPENS)
    return held


def participant(held: Held, number: int) -> int:
    return Participant.objects.get(meeting=held.meeting, user=held.body.directors[number]).pk
