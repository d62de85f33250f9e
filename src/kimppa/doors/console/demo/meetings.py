"""The demo region's meetings: one held, one going on by e-mail, one to come. All invented (ESIMERKKI)."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal

from kimppa.commons.members.groups import join_group
from kimppa.commons.members.models import Group, GroupMembership
from kimppa.consortium.governance import agenda, ballots, meetings, minutes
from kimppa.consortium.governance.agenda import Matter
from kimppa.consortium.governance.ballots import Settlement
from kimppa.consortium.governance.meetings import Plan
from kimppa.consortium.governance.models import Meeting, Participant
from kimppa.consortium.governance.rules import Attendance, Effect, ItemKind, MeetingKind, Outcome
from kimppa.consortium.governance.services import Words
from kimppa.doors.console.demo.money import BODY, DECIDED, MARK, RATE_2022
from kimppa.foundation.accounts.actors import Actor
from kimppa.foundation.accounts.models import User
from kimppa.foundation.core.clock import HELSINKI

# Whose groups they sit in; the groups are those of the region, the people invented.
SEATS = {
    "koordinaattori@kimppa.example": (BODY, "responsible", "ict", "content"),
    "vastuu@kimppa.example": (BODY, "responsible", "ict", "communications", "content"),
    "johtaja@kimppa.example": (BODY, "content"),
    "kirjasto@kimppa.example": ("communications",),
}
SINCE = date(2021, 1, 1)
PAGE = "https://kimppa.example/fi/backoffice/meetings/"
DAY = timedelta(days=1)


def load(*, by: Actor, now: datetime) -> None:
    """Build everything through the verbs, after the demo's people and money; idempotent."""
    people = {user.email: user for user in User.objects.filter(email__in=SEATS)}
    if len(people) < len(SEATS) or not Group.objects.filter(slug=BODY).exists() or Meeting.objects.exists():
        return
    _seats(by, people, now)
    chair, secretary = people["koordinaattori@kimppa.example"], people["vastuu@kimppa.example"]
    _held(by, chair, secretary)
    _by_email(by, chair, secretary, now)
    _coming(by, chair, secretary, now)


def _seats(by: Actor, people: dict[str, User], now: datetime) -> None:
    for email, slugs in SEATS.items():
        for slug in slugs:
            user = people[email]
            known = GroupMembership.objects.filter(user=user, group__slug=slug).exists()
            if not known and Group.objects.filter(slug=slug).exists():
                join_group(by=by, group=slug, user_id=user.pk, valid_from=SINCE, now=now)


def _held(by: Actor, chair: User, secretary: User) -> None:
    """The directors' day that decided the rate of 2022; its decision is the one that money recorded."""
    start = datetime(DECIDED.year, DECIDED.month, DECIDED.day, 9, tzinfo=HELSINKI)
    called, ended = start - 14 * DAY, start + timedelta(hours=3)
    plan = Plan(
        group=BODY,
        kind=MeetingKind.IN_PERSON,
        title_fi=f"Esimiespäivä, marraskuu 2021 ({MARK})",
        title_sv=f"Chefsdag, november 2021 ({MARK})",
        title_en=f"Directors’ day, November 2021 ({MARK})",
        starts_at=start,
        ends_at=ended,
        place="Oulu",
        chair=chair.pk,
        secretary=secretary.pk,
        quorum_percent=50,
        example=True,
    )
    meeting = meetings.plan_meeting(by=by, plan=plan, now=called)
    matter = Matter(
        ItemKind.DECISION,
        "Asukaskohtainen maksu 2022: sisällöt ja alustat",
        "Avgift per invånare 2022: innehåll och plattformar",
        "Rate per resident 2022: content and platforms",
        presenter=secretary.name,
    )
    item = agenda.add_item(by=by, meeting=meeting, matter=matter, now=called)
    proposal = agenda.propose(
        by=by,
        item=item,
        words="Maksu on 0,75 euroa asukasta kohti väkiluvulla 31.12.2020.",
        effect=Effect.RATE,
        year=2022,
        rate=RATE_2022,
        now=called,
    )
    meetings.call(by=by, meeting=meeting, address=f"{PAGE}{meeting}/", now=called)
    meetings.open_meeting(by=by, meeting=meeting, now=start)
    there = Participant.objects.filter(meeting=meeting).values_list("pk", flat=True)
    attendance = dict.fromkeys(there, (Attendance.PRESENT, ""))
    meetings.record_attendance(by=by, meeting=meeting, attendance=attendance, now=start)
    settlement = Settlement(
        Outcome.CONSENSUS, proposal=proposal, diary_number=f"{MARK}/12/2021", words=Words(matter.title_fi)
    )
    ballots.settle(by=by, item=item, settlement=settlement, now=ended)
    meetings.close_meeting(by=by, meeting=meeting, now=ended)
    signers = f"{chair.name}, puheenjohtaja\n{secretary.name}, sihteeri"
    minutes.adopt_minutes(by=by, meeting=meeting, language="fi", signers=signers, now=ended + DAY)


def _by_email(by: Actor, chair: User, secretary: User, now: datetime) -> None:
    """An e-mail meeting that waits for answers."""
    start = (now - DAY).replace(minute=0, second=0, microsecond=0)
    plan = Plan(
        group=BODY,
        kind=MeetingKind.EMAIL,
        title_fi=f"Sähköpostikokous: musiikkipalvelun jatko ({MARK})",
        title_sv=f"E-postmöte: fortsättning av musiktjänsten ({MARK})",
        title_en=f"E-mail meeting: the music service goes on ({MARK})",
        starts_at=start,
        ends_at=start + 7 * DAY,
        chair=chair.pk,
        secretary=secretary.pk,
        quorum_percent=50,
        example=True,
    )
    meeting = meetings.plan_meeting(by=by, plan=plan, now=start - 2 * DAY)
    info = Matter(ItemKind.INFORMATION, "Käyttöluvut", "Användningssiffror", "Figures of use")
    agenda.add_item(by=by, meeting=meeting, matter=info, now=start - 2 * DAY)
    matter = Matter(
        ItemKind.DECISION,
        "Musiikkipalvelun jatko vuonna 2023",
        "Musiktjänstens fortsättning 2023",
        "The music service in 2023",
        presenter=secretary.name,
    )
    item = agenda.add_item(by=by, meeting=meeting, matter=matter, now=start - 2 * DAY)
    agenda.propose(by=by, item=item, words="Palvelua jatketaan vuosi 2023.", now=start - 2 * DAY)
    meetings.call(by=by, meeting=meeting, address=f"{PAGE}{meeting}/", now=start - 2 * DAY)


def _coming(by: Actor, chair: User, secretary: User, now: datetime) -> None:
    """The next directors' day, still being planned."""
    start = (now + 21 * DAY).astimezone(HELSINKI).replace(hour=9, minute=0, second=0, microsecond=0)
    plan = Plan(
        group=BODY,
        kind=MeetingKind.ONLINE,
        title_fi=f"Esimiespäivä: ensi vuoden maksu ({MARK})",
        title_sv=f"Chefsdag: nästa års avgift ({MARK})",
        title_en=f"Directors’ day: next year’s rate ({MARK})",
        starts_at=start,
        ends_at=start + timedelta(hours=3),
        link="https://kokous.example/esimiespaiva",
        chair=chair.pk,
        secretary=secretary.pk,
        quorum_percent=50,
        example=True,
    )
    meeting = meetings.plan_meeting(by=by, plan=plan, now=now)
    year = start.year + 1
    matter = Matter(
        ItemKind.DECISION,
        f"Asukaskohtainen maksu {year}: sisällöt ja alustat",
        f"Avgift per invånare {year}: innehåll och plattformar",
        f"Rate per resident {year}: content and platforms",
    )
    item = agenda.add_item(by=by, meeting=meeting, matter=matter, now=now)
    agenda.propose(
        by=by,
        item=item,
        words=f"Maksu vuonna {year} on 0,80 euroa asukasta kohti. ({MARK})",
        effect=Effect.RATE,
        year=year,
        rate=Decimal("0.80"),
        now=now,
    )
