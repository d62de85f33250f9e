"""A meeting's papers: exact figures of the real region, proposals, decisions, deadlines; and the PDF."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from io import BytesIO

import pytest
from django.test import Client
from pypdf import PdfReader
from tests.consortium.conftest import BY, NOW
from tests.consortium.governance.conftest import MATTER, user

from kimppa.commons.members.groups import join_group
from kimppa.consortium.governance import agenda, meetings
from kimppa.consortium.governance.meetings import Plan
from kimppa.consortium.governance.models import Paper
from kimppa.consortium.governance.rules import Effect, MeetingKind, NoSuchMeeting
from kimppa.doors.console.demo import governance
from kimppa.foundation.accounts.models import User
from kimppa.foundation.core import clock
from kimppa.foundation.core.money import Cents
from kimppa.insight.reporting import papers
from kimppa.insight.reporting.queries import FigureKind, papers_for

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("demo_money")]
STARTS = datetime(2022, 11, 24, 8, tzinfo=UTC)
BASE = "/en/backoffice/"


@pytest.fixture
def runner() -> User:
    return user("Kaisa", "coordinator")


@pytest.fixture
def meeting(runner: User) -> int:
    for slug in ("directors-days",):
        join_group(by=BY, group=slug, user_id=runner.pk, valid_from=date(2021, 1, 1), now=NOW)
    plan = Plan(
        group="directors-days",
        kind=MeetingKind.IN_PERSON,
        title_fi="Esimiespäivä",
        starts_at=STARTS,
        ends_at=STARTS + timedelta(hours=4),
        place="Oulu",
        chair=runner.pk,
        secretary=runner.pk,
    )
    made = meetings.plan_meeting(by=runner, plan=plan, now=NOW)
    item = agenda.add_item(by=runner, meeting=made, matter=MATTER, now=NOW)
    agenda.propose(
        by=runner, item=item, words="0,80", effect=Effect.RATE, year=2023, rate=Decimal("0.80"), now=NOW
    )
    return made


def test_the_papers_hold_the_years_money_and_next_year_by_the_standing_rate(
    meeting: int, runner: User
) -> None:
    told = papers_for(meeting, runner, now=NOW)
    figures = {one.kind: one.amount for one in told.figures}
    assert figures[FigureKind.LEVIED] == Cents(49661925)
    internal, invoiced = figures[FigureKind.INTERNAL], figures[FigureKind.INVOICED]
    assert internal + invoiced == Cents(49661925)
    assert figures[FigureKind.PAID] + figures[FigureKind.OPEN] == invoiced
    scenario = told.scenario
    assert scenario is not None
    assert (scenario.year, scenario.rate.rate) == (2023, Decimal("0.75"))
    # 663,352 residents on 31.12.2021, rounded a share at a time
    assert (scenario.reference_date, scenario.residents) == (date(2021, 12, 31), 663352)
    assert scenario.total == Cents(49751400)
    assert scenario.before == Cents(49661925)
    assert sum(row.change.value for row in scenario.changes if row.change) == 89475
    sizes = [abs(row.change.value) for row in scenario.changes if row.change is not None]
    assert sizes == sorted(sizes, reverse=True)


def test_the_papers_hold_proposals_decisions_and_deadlines(meeting: int, runner: User) -> None:
    governance.load(by=BY, now=NOW)
    told = papers_for(meeting, runner, now=NOW)
    assert [one.rate for one in told.proposals if one.meeting_id == meeting] == [Decimal("0.80")]
    assert "ESIMERKKI/12/2021" in [one.diary_number for one in told.decisions] or told.since is not None
    assert "ESIMERKKI/22/2021" in [one.diary_number for one in told.deadlines]
    assert all(told.on <= one.day <= told.until for one in told.deadlines)


def test_decisions_are_those_since_the_groups_last_meeting(meeting: int, runner: User) -> None:
    assert [d.diary_number for d in papers_for(meeting, runner, now=NOW).decisions] == ["ESIMERKKI/12/2021"]
    earlier = STARTS - timedelta(days=100)
    plan = Plan(
        "directors-days",
        MeetingKind.IN_PERSON,
        "Kesäkokous",
        earlier,
        earlier + timedelta(hours=1),
        place="Oulu",
        chair=runner.pk,
        secretary=runner.pk,
    )
    before = meetings.plan_meeting(by=runner, plan=plan, now=earlier - timedelta(days=9))
    assert papers_for(meeting, runner, now=NOW).since is None  # it was planned, never called
    agenda.add_item(by=runner, meeting=before, matter=MATTER, now=earlier - timedelta(days=9))
    meetings.call(by=runner, meeting=before, address="https://x", now=earlier - timedelta(days=9))
    told = papers_for(meeting, runner, now=NOW)
    assert (told.since, told.decisions) == (date(2022, 8, 16), ())


def test_who_may_not_see_the_meeting_gets_no_papers(meeting: int) -> None:
    with pytest.raises(NoSuchMeeting):
        papers_for(meeting, user("Utu", "library-staff"), now=NOW)
    with pytest.raises(NoSuchMeeting):
        papers_for(999999, BY, now=NOW)


@pytest.mark.parametrize("language", ["fi", "sv", "en"])
def test_the_pdf_tells_the_same_in_each_language_and_the_same_bytes_each_time(
    meeting: int, runner: User, language: str
) -> None:
    told = papers_for(meeting, runner, now=NOW)
    made = papers.pdf(told, language=language)
    assert papers.pdf(told, language=language) == made
    text = " ".join(" ".join(p.extract_text() for p in PdfReader(BytesIO(made)).pages).split())
    assert papers.words(language).papers in text
    assert "ESIMERKKI/12/2021" in text
    plain = text.replace("\u202f", "").replace("\xa0", "").replace(" ", "").replace(",", ".")
    assert "497514.00" in plain or "497.514.00" in plain
    without = papers.pdf(replace(told, scenario=None, decisions=(), proposals=()), language=language)
    assert papers.words(language).no_decisions in " ".join(
        " ".join(p.extract_text() for p in PdfReader(BytesIO(without)).pages).split()
    )


def test_the_papers_are_shown_and_given_to_the_meeting_by_one_press(meeting: int, runner: User) -> None:
    clock.set_offset(NOW - clock.real_now() + timedelta(seconds=1))
    client = Client()
    client.force_login(runner)
    html = client.get(f"{BASE}meetings/{meeting}/papers/").content.decode()
    for seen in ("€497,514.00", "€496,619.25", "ESIMERKKI/12/2021", "663,352"):
        assert seen in html, seen
    for _again in range(2):
        assert client.post(f"{BASE}meetings/{meeting}/papers/", {"language": "fi"}).status_code == 302
    paper = Paper.objects.get()
    assert (paper.kind, paper.title) == ("assembled", "Kokousaineisto: Esimiespäivä")
    assert client.get(f"{BASE}meetings/papers/{paper.pk}/").content[:5] == b"%PDF-"


def test_a_scenario_is_given_to_a_meetings_papers_as_a_spreadsheet(meeting: int, runner: User) -> None:
    clock.set_offset(NOW - clock.real_now() + timedelta(seconds=1))
    client = Client()
    client.force_login(runner)
    asked = "content=0,80&maintenance=0&months=12&reference_date=2021-12-31"
    html = client.get(f"{BASE}money/scenario/?{asked}").content.decode()
    assert "Add to a meeting’s papers" in html
    address = f"{BASE}money/scenario/?{asked}&export=xlsx"
    assert client.post(address, {"meeting": meeting}).status_code == 302
    paper = Paper.objects.get()
    assert paper.kind == "scenario"
    assert "0,80" in paper.title
    assert client.get(f"{BASE}meetings/papers/{paper.pk}/").content[:2] == b"PK"
    wrong = client.post(address, {"meeting": "x"}, follow=True)
    assert "There is no such meeting." in wrong.content.decode()
    finance = Client()
    finance.force_login(user("Taneli", "finance"))
    assert finance.get(f"{BASE}money/scenario/?{asked}").status_code == 200
    assert finance.post(address, {"meeting": meeting}).status_code == 403
    assert Paper.objects.count() == 1
