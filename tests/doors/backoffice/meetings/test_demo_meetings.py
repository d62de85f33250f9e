"""The demo's meetings: built through the verbs once, one held with its minutes, one open, one planned."""

from __future__ import annotations

import pytest
from tests.consortium.conftest import BY, NOW
from tests.north import load_everything

from kimppa.consortium.governance import meeting_queries
from kimppa.consortium.governance.models import Decision, Meeting, Minutes
from kimppa.consortium.governance.rules import MeetingState
from kimppa.doors.console.demo import meetings, money

pytestmark = pytest.mark.django_db


def test_the_demo_has_one_meeting_of_each_state_and_loads_once() -> None:
    load_everything(BY, NOW)
    money.issue_2022(by=BY)
    for _again in range(2):
        meetings.load(by=BY, now=NOW)
    rows = meeting_queries.meetings(BY, now=NOW)
    assert [row.state for row in rows] == [MeetingState.OPEN, MeetingState.PLANNED, MeetingState.ADOPTED]
    assert all("ESIMERKKI" in row.title("fi") for row in rows)
    held = meeting_queries.meeting(rows[2].id, BY, now=NOW)
    assert held is not None
    assert held.items[0].decision_id == Decision.objects.get(diary_number="ESIMERKKI/12/2021").pk
    assert (Minutes.objects.count(), Meeting.objects.count()) == (1, 3)
