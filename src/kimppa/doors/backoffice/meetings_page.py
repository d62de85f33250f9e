"""One meeting: everything in it, and what may be done with it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from kimppa.commons.members import groups, staff_queries
from kimppa.commons.members.permissions import may, require
from kimppa.commons.members.roles import Act
from kimppa.consortium.governance import agenda, meeting_queries, meetings, minutes
from kimppa.consortium.governance.meeting_rows import ItemRow, MeetingDetail, ProposalRow
from kimppa.consortium.governance.rules import (
    ATTENDANCE_NAMES,
    EFFECT_NAMES,
    ITEM_KIND_NAMES,
    MEETING_KIND_NAMES,
    MEETING_STATE_NAMES,
    OUTCOME_NAMES,
    PAPER_KIND_NAMES,
    Choice,
    Effect,
    MeetingKind,
    MeetingState,
)
from kimppa.consortium.governance.tally import quorum
from kimppa.doors.backoffice import meetings_forms as kinds
from kimppa.doors.backoffice import money_tables as tables
from kimppa.doors.backoffice.meetings_deeds import (
    ITEM_DEEDS,
    MEETING_DEEDS,
    Place,
    effect_url,
    item_deeds,
    meeting_deeds,
)
from kimppa.doors.backoffice.meetings_votes import proposal_label
from kimppa.doors.web.errors import explain
from kimppa.doors.web.staff import actor_of, staff_required
from kimppa.foundation.accounts.models import User
from kimppa.foundation.core import clock
from kimppa.foundation.core.errors import KimppaError
from kimppa.foundation.core.text import LANGUAGES

STATE_TONES = {
    MeetingState.PLANNED: "",
    MeetingState.CALLED: "info",
    MeetingState.OPEN: "ok",
    MeetingState.CLOSED: "warn",
    MeetingState.ADOPTED: "",
    MeetingState.CANCELLED: "bad",
}


@dataclass(frozen=True, slots=True)
class ProposalView:
    row: ProposalRow
    effect: str
    can_second: bool
    can_withdraw: bool


@dataclass(frozen=True, slots=True)
class ItemView:
    """An item with its words in the page's language, and what the reader may do with it."""

    row: ItemRow
    title: str
    text: str
    kind: str
    outcome: str
    conclusion: str
    proposals: tuple[ProposalView, ...]
    counts: tuple[tuple[str, int, str], ...]
    own: str
    deeds: tuple[tuple[str, str], ...]
    effect_url: str


@staff_required
def page(request: HttpRequest, meeting: int) -> HttpResponseBase:
    by, now = actor_of(request), clock.now()
    require(by, Act.TAKE_PART, now=now)
    detail = _detail(meeting, by, now)
    row, shown = detail.row, tables.language()
    runs = may(by, Act.RUN_MEETINGS, now=now)
    context = {
        "detail": detail,
        "row": row,
        "title": row.title(shown),
        "group": row.group(shown),
        "kind": _(MEETING_KIND_NAMES[row.kind]),
        "state": _(MEETING_STATE_NAMES[row.state]),
        "tone": STATE_TONES[row.state],
        "remote": row.kind is MeetingKind.EMAIL,
        "runs": runs,
        "items": [_item_view(item, detail, by, runs) for item in detail.items],
        "people": [
            (one, one.municipality(shown), _(ATTENDANCE_NAMES[one.attendance])) for one in detail.participants
        ],
        "answered": sum(one.answered for one in detail.participants),
        "needed": quorum(len(detail.participants), row.quorum_percent),
        "papers": [(paper, _(PAPER_KIND_NAMES[paper.kind])) for paper in detail.papers],
        "deeds": [(name, _(MEETING_DEEDS[name].title)) for name in meeting_deeds(detail)] if runs else [],
        "editable": runs and row.state is MeetingState.PLANNED,
        "may_answer": detail.me is not None and row.state is MeetingState.OPEN,
        "papers_change": runs and row.state in {MeetingState.PLANNED, MeetingState.CALLED},
        "papers_open": runs and row.state not in {MeetingState.ADOPTED, MeetingState.CANCELLED},
        "unsettled": detail.unsettled if row.state is MeetingState.CLOSED else (),
        "languages": LANGUAGES,
    }
    return render(request, "backoffice/meetings/page.html", context)


def _item_view(item: ItemRow, detail: MeetingDetail, by: User, runs: bool) -> ItemView:
    shown = tables.language()
    offered = item_deeds(detail, item)
    mine = detail.me is not None
    deeds = [name for name in offered if runs or (name == "propose" and mine)]
    active = "propose" in offered
    return ItemView(
        row=item,
        title=item.title(shown),
        text=item.text(shown),
        kind=_(ITEM_KIND_NAMES[item.kind]),
        outcome=_(OUTCOME_NAMES[item.outcome]) if item.outcome else "",
        conclusion=item.conclusion(shown),
        proposals=tuple(
            ProposalView(
                row=one,
                effect=_(EFFECT_NAMES[one.effect]) if one.effect is not Effect.OTHER else "",
                can_second=_can_second(one, detail, by) and active,
                can_withdraw=active and not one.withdrawn and (runs or one.proposer_id == by.pk),
            )
            for one in item.proposals
        ),
        counts=tuple(_count_view(item)),
        own=_own_words(item),
        deeds=tuple((name, _(ITEM_DEEDS[name].title)) for name in deeds),
        effect_url=effect_url(item) if runs else "",
    )


def _can_second(one: ProposalRow, detail: MeetingDetail, by: User) -> bool:
    waiting = one.counter and not one.seconded_by and not one.withdrawn
    in_time = detail.row.state in {MeetingState.CALLED, MeetingState.OPEN}
    return waiting and in_time and detail.me is not None and one.proposer_id != by.pk


def _count_view(item: ItemRow) -> list[tuple[str, int, str]]:
    """Each side of a counted vote: its words, its votes and, of an open vote, who gave them."""
    words = {one.id: proposal_label(one) for one in item.proposals}
    told = {Choice.AGAINST: _("Against"), Choice.ABSTAIN: _("Abstained")}
    rows = []
    for count in item.counts:
        label = words.get(count.proposal_id, "") if count.proposal_id else told.get(count.choice, "")
        names = [
            b.name for b in item.ballots if (b.choice, b.proposal_id) == (count.choice, count.proposal_id)
        ]
        rows.append((label, count.votes, ", ".join(names)))
    return rows


def _own_words(item: ItemRow) -> str:
    own = item.own
    if own is None:
        return ""
    if own.choice is Choice.FOR:
        return next((proposal_label(one) for one in item.proposals if one.id == own.proposal_id), "")
    named = {
        Choice.AGAINST: _("Against"),
        Choice.ABSTAIN: _("Abstained"),
        Choice.SECRET: _("Given in secret"),
    }
    return named[own.choice]


@staff_required
def edit(request: HttpRequest, meeting: int | None = None) -> HttpResponseBase:
    """A new meeting, or one that has not been called yet."""
    by, now = actor_of(request), clock.now()
    require(by, Act.RUN_MEETINGS, now=now)
    detail = None if meeting is None else _detail(meeting, by, now)
    form = kinds.MeetingForm(
        request.POST or None,
        initial=kinds.begun(detail),
        groups=groups.groups_on(clock.today()),
        people=staff_queries.people(on=clock.today()),
        shown=tables.language(),
    )
    if request.method == "POST" and form.is_valid():
        try:
            written = _write(by, meeting, form, now)
        except KimppaError as error:
            form.add_error(None, explain(error))
        else:
            messages.success(request, _("The meeting was saved."))
            return redirect("backoffice:meeting", written)
    context = {"form": form, "detail": detail, "title": detail.row.title(tables.language()) if detail else ""}
    return render(request, "backoffice/meetings/edit.html", context, status=422 if form.is_bound else 200)


def _write(by: User, meeting: int | None, form: kinds.MeetingForm, now: datetime) -> int:
    if meeting is None:
        return meetings.plan_meeting(by=by, plan=form.plan(), now=now)
    meetings.change_meeting(by=by, meeting=meeting, plan=form.plan(), now=now)
    return meeting


@staff_required
def do(request: HttpRequest, meeting: int, name: str, item: int | None = None) -> HttpResponseBase:
    """The page of one deed: its form, and by POST the deed."""
    by, now = actor_of(request), clock.now()
    deed = (MEETING_DEEDS if item is None else ITEM_DEEDS).get(name)
    if deed is None:
        raise Http404
    require(by, deed.act, now=now)
    detail = _detail(meeting, by, now)
    place = Place(request, detail, _item(detail, item) if item is not None else None)
    posted = request.method == "POST"
    form = deed.form(place, posted)
    if posted and form.is_valid():
        try:
            deed.do(by, place, form, now)
        except KimppaError as error:
            if error.status == 403:
                raise
            form.add_error(None, explain(error))
        else:
            messages.success(request, _(deed.done))
            return redirect("backoffice:meeting", meeting)
    context = {
        "form": form,
        "title": _(deed.title),
        "button": _(deed.button),
        "consequence": _(deed.consequence) if deed.consequence else "",
        "danger": deed.danger,
        "row": detail.row,
        "meeting_title": detail.row.title(tables.language()),
        "item": place.item,
        "item_title": place.item.title(tables.language()) if place.item else "",
        "upload": name == "paper",
    }
    return render(request, "backoffice/meetings/deed.html", context, status=422 if posted else 200)


@staff_required
@require_POST
def move_up(request: HttpRequest, meeting: int, item: int) -> HttpResponseBase:
    return _act(request, meeting, lambda by, now: agenda.raise_item(by=by, item=item, now=now))


@staff_required
@require_POST
def second(request: HttpRequest, meeting: int, proposal: int) -> HttpResponseBase:
    return _act(request, meeting, lambda by, now: agenda.second(by=by, proposal=proposal, now=now))


@staff_required
@require_POST
def withdraw_proposal(request: HttpRequest, meeting: int, proposal: int) -> HttpResponseBase:
    return _act(request, meeting, lambda by, now: agenda.withdraw_proposal(by=by, proposal=proposal, now=now))


@staff_required
@require_POST
def withdraw_paper(request: HttpRequest, meeting: int, paper: int) -> HttpResponseBase:
    return _act(request, meeting, lambda by, now: agenda.withdraw_paper(by=by, paper=paper, now=now))


def _act(request: HttpRequest, meeting: int, verb: Callable[[User, datetime], None]) -> HttpResponseBase:
    """One press of a button: done, or told why not."""
    try:
        verb(actor_of(request), clock.now())
    except KimppaError as error:
        if error.status == 403:
            raise
        messages.error(request, explain(error))
    return redirect("backoffice:meeting", meeting)


@staff_required
@require_GET
def paper(request: HttpRequest, paper: int) -> HttpResponseBase:
    """A document of a meeting as a download."""
    by, now = actor_of(request), clock.now()
    require(by, Act.TAKE_PART, now=now)
    return attachment(*meeting_queries.paper(paper, by, now=now))


@staff_required
@require_GET
def kept_minutes(request: HttpRequest, meeting: int, version: int) -> HttpResponseBase:
    """Adopted minutes as they were kept."""
    by, now = actor_of(request), clock.now()
    require(by, Act.TAKE_PART, now=now)
    return attachment(*meeting_queries.minutes(meeting, version, by, now=now))


@staff_required
@require_GET
def draft(request: HttpRequest, meeting: int, language: str) -> HttpResponseBase:
    """The minutes as they would be now."""
    by, now = actor_of(request), clock.now()
    require(by, Act.RUN_MEETINGS, now=now)
    if language not in LANGUAGES:
        raise Http404
    content = minutes.draft(_detail(meeting, by, now), language=language, on=now)
    return attachment(f"minutes-draft-{meeting}-{language}.pdf", "application/pdf", content)


def attachment(name: str, media_type: str, content: bytes) -> HttpResponse:
    """A document to keep, under its own name."""
    response = HttpResponse(content, content_type=media_type)
    response["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name)}"
    return response


def _detail(meeting: int, by: User, now: datetime) -> MeetingDetail:
    detail = meeting_queries.meeting(meeting, by, now=now)
    if detail is None:
        raise Http404
    return detail


def _item(detail: MeetingDetail, item: int) -> ItemRow:
    found = next((one for one in detail.items if one.id == item), None)
    if found is None:
        raise Http404
    return found
