"""Planning, calling, opening, closing, attendance, agenda, papers, proposals: and what is refused."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from tests.consortium.governance.conftest import (
    ADDRESS,
    AFTER,
    CLOSES,
    DURING,
    MATTER,
    OPENS,
    PLANNED,
    Body,
    called,
    in_room,
    participant,
    plan,
    user,
)

from kimppa.commons.members import groups
from kimppa.commons.members.models import Group, GroupMembership
from kimppa.commons.members.permissions import NotYours
from kimppa.commons.members.rules import DatesInWrongOrder, OverlappingMembership
from kimppa.consortium.governance import agenda, meetings, rules
from kimppa.consortium.governance.agenda import Matter
from kimppa.consortium.governance.models import AgendaItem, Meeting, Paper, Participant, Proposal
from kimppa.consortium.governance.rules import Attendance, Effect, ItemKind, MeetingKind
from kimppa.foundation.core.errors import KimppaError
from kimppa.foundation.core.jobs import run_pending
from kimppa.foundation.files.models import StoredFile
from kimppa.foundation.outbox.models import Message

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"ends_at": OPENS}, rules.ClosesBeforeOpening),
        ({"title_fi": "  "}, rules.NoTitle),
        ({"group": "nobody"}, rules.NoSuchBody),
        ({"link": "javascript:alert(1)"}, rules.BadLink),
        ({"quorum_percent": 101}, rules.BadQuorum),
        ({"kind": MeetingKind.ONLINE, "place": ""}, rules.NoPlace),
    ],
)
def test_a_meeting_that_cannot_be_is_not_planned(
    body: Body, changed: dict[str, object], error: type[KimppaError]
) -> None:
    with pytest.raises(error):
        meetings.plan_meeting(by=body.runner, plan=plan(body, **changed), now=PLANNED)
    assert not Meeting.objects.exists()


def test_only_those_who_run_meetings_plan_them(body: Body) -> None:
    for role in ("director", "finance", "library-staff"):
        with pytest.raises(NotYours):
            meetings.plan_meeting(by=user(role, role), plan=plan(body), now=PLANNED)
    assert meetings.plan_meeting(by=user("Veikko", "responsible-person"), plan=plan(body), now=PLANNED)


def test_the_invitation_goes_once_to_each_member_of_the_day_with_the_agenda(body: Body) -> None:
    gone, later = body.directors[3], user("Myöhempi", "director")
    GroupMembership.objects.filter(user=gone).update(valid_to=date(2022, 11, 13))
    held = called(body)
    assert Message.objects.count() == 4
    assert not Message.objects.filter(address=gone.email).exists()
    message = Message.objects.get(address=body.directors[0].email)
    assert message.params["agenda"] == "1. Musiikkipalvelun jatko"
    assert (message.params["starts"], message.params["ends"]) == ("14.11.2022 09.00", "18.11.2022 16.00")
    run_pending()
    assert Message.objects.filter(sent__isnull=False).count() == 4
    assert meetings.call(by=body.runner, meeting=held.meeting, address=ADDRESS, now=PLANNED) == 0
    groups.join_group(
        by=body.runner, group="directors-days", user_id=later.pk, valid_from=date(2022, 1, 1), now=PLANNED
    )
    assert meetings.call(by=body.runner, meeting=held.meeting, address=ADDRESS, now=DURING) == 1
    assert Message.objects.filter(address=later.email).count() == 1
    first = Participant.objects.get(user=body.directors[0])
    assert first.municipality is not None
    assert first.municipality.name_fi == "Kunta Aino"


def test_a_meeting_is_not_called_without_agenda_chair_members_or_time(body: Body) -> None:
    by = body.runner
    empty = meetings.plan_meeting(by=by, plan=plan(body), now=PLANNED)
    with pytest.raises(rules.NothingOnAgenda):
        meetings.call(by=by, meeting=empty, address=ADDRESS, now=PLANNED)
    agenda.add_item(by=by, meeting=empty, matter=MATTER, now=PLANNED)
    with pytest.raises(rules.CalledTooLate):
        meetings.call(by=by, meeting=empty, address=ADDRESS, now=CLOSES)
    meetings.change_meeting(by=by, meeting=empty, plan=plan(body, chair=None), now=PLANNED)
    with pytest.raises(rules.NoChair):
        meetings.call(by=by, meeting=empty, address=ADDRESS, now=PLANNED)
    Group.objects.create(slug="ict", name_fi="ICT-ryhmä")
    meetings.change_meeting(by=by, meeting=empty, plan=plan(body, group="ict"), now=PLANNED)
    with pytest.raises(rules.NobodyToCall):
        meetings.call(by=by, meeting=empty, address=ADDRESS, now=PLANNED)
    assert not Message.objects.exists()
    with pytest.raises(rules.NoSuchMeeting):
        meetings.call(by=by, meeting=999999, address=ADDRESS, now=PLANNED)


def test_a_called_meeting_is_not_changed_but_can_be_cancelled_and_all_are_told(body: Body) -> None:
    held = called(body)
    with pytest.raises(rules.MeetingNotInState):
        meetings.change_meeting(by=body.runner, meeting=held.meeting, plan=plan(body), now=PLANNED)
    meetings.cancel(by=body.runner, meeting=held.meeting, now=PLANNED)
    assert Message.objects.filter(template="meeting-cancelled").count() == 5
    run_pending()
    assert not Message.objects.filter(sent=None).exists()
    with pytest.raises(rules.MeetingNotInState):
        meetings.cancel(by=body.runner, meeting=held.meeting, now=PLANNED)


def test_an_e_mail_meeting_is_neither_opened_nor_closed_by_hand(body: Body) -> None:
    held = called(body)
    with pytest.raises(rules.MeetingNotInState):
        meetings.open_meeting(by=body.runner, meeting=held.meeting, now=PLANNED)
    with pytest.raises(rules.MeetingNotInState):
        meetings.close_meeting(by=body.runner, meeting=held.meeting, now=DURING)
    with pytest.raises(rules.MeetingNotInState):
        meetings.record_attendance(by=body.runner, meeting=held.meeting, attendance={}, now=DURING)


def test_who_stood_in_must_be_named(body: Body) -> None:
    held = in_room(body)
    one = participant(held, 1)
    with pytest.raises(rules.ProxyUnnamed) as error:
        meetings.record_attendance(
            by=body.runner, meeting=held.meeting, attendance={one: (Attendance.PROXY, " ")}, now=OPENS
        )
    assert error.value.params == {"name": "Eero"}
    meetings.record_attendance(
        by=body.runner,
        meeting=held.meeting,
        attendance={one: (Attendance.PROXY, "Sanna Sijainen")},
        now=OPENS,
    )
    row = Participant.objects.get(pk=one)
    assert (row.attendance, row.proxy) == ("proxy", "Sanna Sijainen")


def test_the_agenda_is_ordered_and_numbered_without_gaps(body: Body) -> None:
    by = body.runner
    meeting = meetings.plan_meeting(by=by, plan=plan(body), now=PLANNED)
    ids = [
        agenda.add_item(by=by, meeting=meeting, matter=Matter(ItemKind.INFORMATION, title), now=PLANNED)
        for title in ("A", "B", "C")
    ]

    def order() -> str:
        return "".join(f"{i.number}{i.title_fi}" for i in AgendaItem.objects.order_by("number"))

    agenda.raise_item(by=by, item=ids[2], now=PLANNED)
    agenda.raise_item(by=by, item=ids[0], now=PLANNED)
    assert order() == "1A2C3B"
    agenda.remove_item(by=by, item=ids[0], now=PLANNED)
    assert order() == "1C2B"
    agenda.change_item(by=by, item=ids[1], matter=Matter(ItemKind.DECISION, "D", secret=True), now=PLANNED)
    assert order() == "1C2D"
    with pytest.raises(rules.NoTitle):
        agenda.change_item(by=by, item=ids[1], matter=Matter(ItemKind.DECISION, ""), now=PLANNED)
    agenda.propose(by=by, item=ids[1], words="Näin", now=PLANNED)
    with pytest.raises(rules.ItemInUse):
        agenda.remove_item(by=by, item=ids[1], now=PLANNED)
    with pytest.raises(rules.NotForDecision):
        agenda.propose(by=by, item=ids[2], words="Näin", now=PLANNED)
    with pytest.raises(rules.NoSuchItem):
        agenda.remove_item(by=by, item=999999, now=PLANNED)


def test_papers_are_kept_once_and_taken_back_only_before_the_opening(body: Body) -> None:
    held = called(body)

    def give(content: bytes) -> int:
        return agenda.attach_paper(
            by=body.runner,
            meeting=held.meeting,
            item=held.item,
            title="Liite",
            name="liite.pdf",
            content=content,
            media_type="application/pdf",
            now=PLANNED,
        )

    one = give(b"%PDF-1")
    assert give(b"%PDF-1") == one
    assert StoredFile.objects.count() == 1
    other = give(b"%PDF-2")
    agenda.withdraw_paper(by=body.runner, paper=other, now=PLANNED)
    assert (Paper.objects.count(), StoredFile.objects.count()) == (1, 1)
    with pytest.raises(rules.MeetingNotInState):
        agenda.withdraw_paper(by=body.runner, paper=one, now=DURING)
    with pytest.raises(rules.NoSuchPaper):
        agenda.withdraw_paper(by=body.runner, paper=999999, now=PLANNED)
    with pytest.raises(NotYours):
        agenda.withdraw_paper(by=body.directors[0], paper=one, now=PLANNED)
    with pytest.raises(rules.NoSuchItem):
        agenda.attach_paper(
            by=body.runner,
            meeting=held.meeting,
            item=999999,
            title="",
            name="x.pdf",
            content=b"%PDF-3",
            media_type="application/pdf",
            now=PLANNED,
        )


def test_a_counter_proposal_needs_a_second_from_somebody_else(body: Body) -> None:
    held = called(body)
    eero, ilona = body.directors[1], body.directors[2]
    counter = agenda.propose(by=eero, item=held.item, words="Palvelu lopetetaan.", now=DURING)
    assert Proposal.objects.get(pk=counter).counter_to_id == held.base
    with pytest.raises(rules.SecondsItself):
        agenda.second(by=eero, proposal=counter, now=DURING)
    with pytest.raises(rules.NotEntitled):
        agenda.second(by=body.runner, proposal=counter, now=DURING)
    agenda.second(by=ilona, proposal=counter, now=DURING)
    agenda.second(by=body.directors[3], proposal=counter, now=DURING)
    assert Proposal.objects.get(pk=counter).seconded_by == ilona
    with pytest.raises(rules.MeetingNotInState):
        agenda.second(by=ilona, proposal=counter, now=AFTER)
    with pytest.raises(rules.NoSuchProposal):
        agenda.second(by=ilona, proposal=999999, now=DURING)


def test_what_is_proposed_is_said_and_by_somebody_entitled(body: Body) -> None:
    held = called(body)
    aino = body.directors[0]
    with pytest.raises(rules.NoWords):
        agenda.propose(by=aino, item=held.item, words=" \n", now=DURING)
    with pytest.raises(rules.RateNotSaid):
        agenda.propose(by=aino, item=held.item, words="x", effect=Effect.RATE, year=2023, now=DURING)
    rate = agenda.propose(
        by=aino,
        item=held.item,
        words="0,80",
        effect=Effect.RATE,
        year=2023,
        rate=Decimal("0.80"),
        now=DURING,
    )
    assert Proposal.objects.get(pk=rate).rate == Decimal("0.80")
    with pytest.raises(rules.NotEntitled):
        agenda.propose(by=user("Vieras", "director"), item=held.item, words="x", now=DURING)
    with pytest.raises(rules.MeetingNotInState):
        agenda.propose(by=aino, item=held.item, words="x", now=AFTER)


def test_a_proposal_is_withdrawn_by_its_maker_and_the_next_takes_its_place(body: Body) -> None:
    held = called(body)
    eero, ilona = body.directors[1], body.directors[2]
    counter = agenda.propose(by=eero, item=held.item, words="Toinen", now=DURING)
    third = agenda.propose(by=ilona, item=held.item, words="Kolmas", now=DURING)
    with pytest.raises(rules.OthersProposal):
        agenda.withdraw_proposal(by=ilona, proposal=counter, now=DURING)
    agenda.withdraw_proposal(by=body.runner, proposal=held.base, now=DURING)
    assert Proposal.objects.get(pk=counter).counter_to_id is None
    assert Proposal.objects.get(pk=third).counter_to_id == counter
    with pytest.raises(rules.NoSuchProposal):
        agenda.withdraw_proposal(by=body.runner, proposal=held.base, now=DURING)


def test_memberships_of_a_group_have_dates_that_do_not_overlap(body: Body) -> None:
    by, one = body.runner, user("Uusi", "director")
    row = groups.join_group(
        by=by, group="directors-days", user_id=one.pk, valid_from=date(2022, 1, 1), now=PLANNED
    )
    with pytest.raises(OverlappingMembership):
        groups.join_group(
            by=by, group="directors-days", user_id=one.pk, valid_from=date(2023, 1, 1), now=PLANNED
        )
    with pytest.raises(DatesInWrongOrder):
        groups.leave_group(by=by, membership=row, valid_to=date(2021, 12, 31), now=PLANNED)
    groups.leave_group(by=by, membership=row, valid_to=date(2022, 12, 31), now=PLANNED)
    on = [len(groups.group_members_on("directors-days", date(year, 1, 1))) for year in (2021, 2022, 2023)]
    assert on == [5, 6, 5]
    assert groups.groups_on(date(2022, 6, 1))[0].members == 6
    with pytest.raises(groups.NoSuchGroup):
        groups.join_group(by=by, group="x", user_id=one.pk, valid_from=date(2022, 1, 1), now=PLANNED)
    with pytest.raises(groups.NoSuchGroupMember):
        groups.join_group(by=by, group="directors-days", user_id=0, valid_from=date(2022, 1, 1), now=PLANNED)
    with pytest.raises(groups.NoSuchGroupMember):
        groups.leave_group(by=by, membership=999999, valid_to=date(2022, 1, 1), now=PLANNED)
    for role in ("finance", "library-staff"):
        with pytest.raises(NotYours):
            groups.leave_group(by=user(role, role), membership=row, valid_to=date(2022, 1, 1), now=PLANNED)


def test_a_meeting_in_person_goes_through_its_states_in_order(body: Body) -> None:
    held = called(body, MeetingKind.IN_PERSON)
    by = body.runner
    with pytest.raises(rules.MeetingNotInState):
        meetings.close_meeting(by=by, meeting=held.meeting, now=OPENS)
    meetings.open_meeting(by=by, meeting=held.meeting, now=OPENS)
    with pytest.raises(rules.MeetingNotInState):
        meetings.open_meeting(by=by, meeting=held.meeting, now=OPENS)
    meetings.close_meeting(by=by, meeting=held.meeting, now=OPENS + timedelta(hours=2))
    with pytest.raises(rules.MeetingNotInState):
        agenda.add_item(by=by, meeting=held.meeting, matter=MATTER, now=AFTER)
