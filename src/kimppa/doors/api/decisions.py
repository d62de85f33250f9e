"""Decisions and meetings. Of meetings, those that the reader may see; of secret votes, nothing."""

from __future__ import annotations

from datetime import date, datetime

from django.http import HttpRequest
from ninja import Field, Query, Router, Schema

from kimppa.commons.members.roles import Act
from kimppa.consortium.governance import meeting_queries, queries
from kimppa.consortium.governance.meeting_rows import ItemRow, MeetingRow
from kimppa.consortium.governance.queries import DecisionRow
from kimppa.consortium.governance.rules import NoSuchMeeting
from kimppa.doors.api.access import reader, seen
from kimppa.doors.api.listing import CSV, Page, Paging, Shown, listed
from kimppa.foundation.core import clock
from kimppa.foundation.core.errors import Missing
from kimppa.foundation.core.text import noop

router = Router(tags=[noop("Decisions and meetings")])


class NoSuchDecision(Missing):
    code = "no-such-decision"
    sentence = noop("There is no such decision.")


class ByYear(Paging):
    year: int | None = Field(None, ge=2000, le=2199, description="Only this year's; else all.")


class DecisionOut(Schema):
    id: int
    diary_number: str
    effect: str
    body: str = Field(description="The deciding group's slug.")
    body_fi: str
    decided_on: date
    title_fi: str
    title_sv: str
    title_en: str
    superseded_by: str = Field(description="Diary number of the decision that took its place, or empty.")
    example: bool = Field(description="Invented, for showing.")


class DecisionFull(DecisionOut):
    text_fi: str
    text_sv: str
    text_en: str


class MeetingOut(Schema):
    id: int
    group: str
    group_fi: str
    kind: str
    state: str
    title_fi: str
    title_sv: str
    title_en: str
    starts_at: datetime
    ends_at: datetime
    place: str
    example: bool


class ItemOut(Schema):
    number: int
    kind: str
    title_fi: str
    title_sv: str
    title_en: str
    outcome: str | None
    conclusion_fi: str
    conclusion_sv: str
    conclusion_en: str
    diary_number: str
    decision_id: int | None


class MeetingFull(MeetingOut):
    items: list[ItemOut]


@router.get("/decisions", response=Page[DecisionOut], openapi_extra=CSV, summary=noop("Decisions"))
def decisions(request: HttpRequest, asked: Query[ByYear]) -> object:
    seen(request, Act.SEE_AGREEMENTS)
    rows = [r for r in queries.decisions() if asked.year is None or r.decided_on.year == asked.year]
    return listed(request, asked, rows, schema=DecisionOut, key=lambda r: r.id, show=_decision)


@router.get("/decisions/{int:decision}", response=DecisionFull, summary=noop("One decision"))
def decision(request: HttpRequest, decision: int) -> object:
    seen(request, Act.SEE_AGREEMENTS)
    found = queries.decision(decision)
    if found is None:
        raise NoSuchDecision
    texts = {"text_fi": found.text_fi, "text_sv": found.text_sv, "text_en": found.text_en}
    return _decision(found) | texts


@router.get(
    "/meetings", response=Page[MeetingOut], openapi_extra=CSV, summary=noop("Meetings that one may see")
)
def meetings(request: HttpRequest, asked: Query[ByYear]) -> object:
    seen(request, Act.TAKE_PART)
    found = meeting_queries.meetings(reader(request), now=clock.now())
    rows = [r for r in found if asked.year is None or clock.day_of(r.starts_at).year == asked.year]
    return listed(request, asked, rows, schema=MeetingOut, key=lambda r: r.id, show=_meeting)


@router.get("/meetings/{int:meeting}", response=MeetingFull, summary=noop("One meeting with its agenda"))
def meeting(request: HttpRequest, meeting: int) -> object:
    seen(request, Act.TAKE_PART)
    found = meeting_queries.meeting(meeting, reader(request), now=clock.now())
    if found is None:
        raise NoSuchMeeting
    return _meeting(found.row) | {"items": [_item(item) for item in found.items]}


def _decision(row: DecisionRow) -> Shown:
    return {
        "id": row.id,
        "diary_number": row.diary_number,
        "effect": row.effect,
        "body": row.body_slug,
        "body_fi": row.body_fi,
        "decided_on": row.decided_on,
        "title_fi": row.title_fi,
        "title_sv": row.title_sv,
        "title_en": row.title_en,
        "superseded_by": row.superseded_by,
        "example": row.example,
    }


def _meeting(row: MeetingRow) -> Shown:
    return {
        "id": row.id,
        "group": row.group_slug,
        "group_fi": row.group_fi,
        "kind": row.kind.value,
        "state": row.state.value,
        "title_fi": row.title_fi,
        "title_sv": row.title_sv,
        "title_en": row.title_en,
        "starts_at": row.starts_at,
        "ends_at": row.ends_at,
        "place": row.place,
        "example": row.example,
    }


def _item(row: ItemRow) -> Shown:
    return {
        "number": row.number,
        "kind": row.kind.value,
        "title_fi": row.title_fi,
        "title_sv": row.title_sv,
        "title_en": row.title_en,
        "outcome": row.outcome.value if row.outcome else None,
        "conclusion_fi": row.conclusion_fi,
        "conclusion_sv": row.conclusion_sv,
        "conclusion_en": row.conclusion_en,
        "diary_number": row.diary_number,
        "decision_id": row.decision_id,
    }
