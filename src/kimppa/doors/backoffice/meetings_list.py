"""Meetings as a list, the participant's page of an e-mail meeting, and one meeting for a calendar."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from kimppa.commons.members.permissions import may, require
from kimppa.commons.members.roles import Act
from kimppa.consortium.governance import ballots, meeting_queries
from kimppa.consortium.governance.meeting_rows import MeetingRow
from kimppa.consortium.governance.rules import (
    ITEM_KIND_NAMES,
    MEETING_KIND_NAMES,
    MEETING_STATE_NAMES,
    MeetingState,
)
from kimppa.doors.backoffice import money_tables as tables
from kimppa.doors.backoffice.meetings_page import STATE_TONES
from kimppa.doors.backoffice.meetings_votes import AnswerForm
from kimppa.doors.web.errors import explain
from kimppa.doors.web.staff import actor_of, staff_required
from kimppa.doors.web.tables import Column, Table
from kimppa.foundation.core import clock
from kimppa.foundation.core.errors import KimppaError
from kimppa.foundation.protocols.icalendar import Event, calendar


@staff_required
def listing(request: HttpRequest) -> HttpResponseBase:
    """The meetings that the reader may see, the next first."""
    by, now = actor_of(request), clock.now()
    require(by, Act.TAKE_PART, now=now)
    table = _table(request, meeting_queries.meetings(by, now=now))
    download = table.download()
    if download is not None:
        return download
    shown = tables.language()
    context = {
        "table": table,
        "waiting": [(one, one.title(shown)) for one in meeting_queries.waiting_for(by, now=now)],
        "runs": may(by, Act.RUN_MEETINGS, now=now),
    }
    return render(request, "backoffice/meetings/list.html", context)


def _table(request: HttpRequest, rows: tuple[MeetingRow, ...]) -> Table[MeetingRow]:
    shown = tables.language()
    return Table(
        request,
        caption=_("Meetings"),
        filename="meetings",
        rows=rows,
        columns=(
            Column[MeetingRow](
                "title",
                _("Meeting"),
                lambda r: r.title(shown),
                link=lambda r: reverse("backoffice:meeting", args=[r.id]),
            ),
            Column("group", _("Group"), lambda r: r.group(shown), choices=True),
            Column("kind", _("Kind"), lambda r: _(MEETING_KIND_NAMES[r.kind]), choices=True),
            Column("starts", _("Begins or opens"), lambda r: r.starts_at, kind="moment"),
            Column("ends", _("Ends or closes"), lambda r: r.ends_at, kind="moment"),
            Column(
                "state",
                _("State"),
                lambda r: _(MEETING_STATE_NAMES[r.state]),
                badge=lambda r: STATE_TONES[r.state],
                choices=True,
            ),
        ),
        empty=_("No meetings yet."),
    )


@staff_required
def answer(request: HttpRequest, meeting: int) -> HttpResponseBase:
    """The participant's own answers; all of them are given at once, and may be given anew."""
    by, now = actor_of(request), clock.now()
    require(by, Act.TAKE_PART, now=now)
    detail = meeting_queries.meeting(meeting, by, now=now)
    if detail is None:
        raise Http404
    posted = request.method == "POST"
    form = AnswerForm(request.POST if posted else None, detail=detail)
    if posted and form.is_valid():
        try:
            ballots.answer(by=by, meeting=meeting, answers=form.told(), now=now)
        except KimppaError as error:
            if error.status == 403:
                raise
            form.add_error(None, explain(error))
        else:
            messages.success(
                request, _("Thank you. Your answer was recorded. You can change it until the closing.")
            )
            return redirect("backoffice:meeting", meeting)
    shown = tables.language()
    names = set(form.fields)
    context = {
        "form": form,
        "row": detail.row,
        "title": detail.row.title(shown),
        "open": detail.row.state is MeetingState.OPEN and detail.me is not None,
        "asked": [
            (
                item,
                item.title(shown),
                item.text(shown),
                _(ITEM_KIND_NAMES[item.kind]),
                form[f"vote{item.id}"] if f"vote{item.id}" in names else None,
                form[f"words{item.id}"],
            )
            for item in form.items
        ],
    }
    return render(request, "backoffice/meetings/answer.html", context, status=422 if posted else 200)


@staff_required
@require_GET
def calendar_file(request: HttpRequest, meeting: int) -> HttpResponse:
    """The meeting as iCalendar, to be put into one's own calendar."""
    by, now = actor_of(request), clock.now()
    require(by, Act.TAKE_PART, now=now)
    detail = meeting_queries.meeting(meeting, by, now=now)
    if detail is None:
        raise Http404
    row, shown = detail.row, tables.language()
    address = request.build_absolute_uri(reverse("backoffice:meeting", args=[row.id]))
    event = Event(
        uid=f"meeting-{row.id}@{request.get_host()}",
        day=clock.day_of(row.starts_at),
        starts=row.starts_at,
        ends=row.ends_at,
        summary=row.title(shown),
        description=row.group(shown),
        location=row.place or row.link,
        url=address,
        changed=now,
    )
    response = HttpResponse(calendar(row.title(shown), [event]), content_type="text/calendar; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="meeting-{row.id}.ics"'
    return response
