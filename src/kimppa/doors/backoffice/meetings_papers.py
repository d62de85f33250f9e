"""The papers of a meeting as they assemble themselves, and giving them to the meeting."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from kimppa.commons.members.permissions import require
from kimppa.commons.members.roles import Act
from kimppa.consortium.agreements.deadlines import KIND_NAMES as DEADLINE_NAMES
from kimppa.consortium.governance import meeting_queries
from kimppa.consortium.governance.agenda import attach_paper
from kimppa.consortium.governance.rules import MeetingState, PaperKind
from kimppa.doors.backoffice import money_tables as tables
from kimppa.doors.backoffice.meetings_forms import LanguageForm
from kimppa.doors.web.errors import explain
from kimppa.doors.web.staff import actor_of, staff_required
from kimppa.doors.web.tables import XLSX
from kimppa.foundation.accounts.models import User
from kimppa.foundation.core import clock
from kimppa.foundation.core.errors import KimppaError
from kimppa.insight.reporting import papers as document
from kimppa.insight.reporting.queries import FIGURE_NAMES, papers_for

CLOSED = {MeetingState.ADOPTED, MeetingState.CANCELLED}


@staff_required
def page(request: HttpRequest, meeting: int) -> HttpResponseBase:
    """What the papers would hold now; by POST they are made into a PDF and given to the meeting."""
    by, now = actor_of(request), clock.now()
    require(by, Act.RUN_MEETINGS, now=now)
    gathered = papers_for(meeting, by, now=now)
    shown = tables.language()
    form = LanguageForm(request.POST or None, initial={"language": shown})
    if request.method == "POST" and form.is_valid():
        language = form.cleaned_data["language"]
        try:
            attach_paper(
                by=by,
                meeting=meeting,
                kind=PaperKind.ASSEMBLED,
                title=document.title_of(gathered, language),
                name=f"{document.words(language).papers.lower()}-{gathered.on.isoformat()}.pdf",
                content=document.pdf(gathered, language=language),
                media_type="application/pdf",
                now=now,
            )
        except KimppaError as error:
            form.add_error(None, explain(error))
        else:
            messages.success(request, _("The papers were given to the meeting."))
            return redirect("backoffice:meeting", meeting)
    scenario = gathered.scenario
    context = {
        "form": form,
        "papers": gathered,
        "row": gathered.meeting.row,
        "title": gathered.meeting.row.title(shown),
        "decisions": [(one, one.title(shown)) for one in gathered.decisions],
        "proposals": [(one, one.title(shown)) for one in gathered.proposals],
        "deadlines": [(one, _(DEADLINE_NAMES[one.kind]), one.title(shown)) for one in gathered.deadlines],
        "figures": [(_(FIGURE_NAMES[one.kind]), one.amount) for one in gathered.figures],
        "changes": [
            (one.share.name(shown), one.share.amount, one.change)
            for one in (scenario.changes[: document.CHANGES_SHOWN] if scenario else ())
        ],
    }
    return render(request, "backoffice/meetings/papers.html", context, status=422 if form.is_bound else 200)


def offered_meetings(by: User) -> list[tuple[str, str]]:
    """Meetings that papers can still be given to, for a choice."""
    shown = tables.language()
    rows = meeting_queries.meetings(by, now=clock.now())
    return [(str(row.id), row.title(shown)) for row in rows if row.state not in CLOSED]


def attach_table(request: HttpRequest, table: HttpResponse, title: str) -> HttpResponseBase:
    """Give a table, made as a spreadsheet, to the meeting that the form names."""
    by = actor_of(request)
    asked = request.POST.get("meeting", "")
    meeting = int(asked) if asked.isascii() and asked.isdecimal() and len(asked) < 12 else 0
    try:
        attach_paper(
            by=by,
            meeting=meeting,
            kind=PaperKind.SCENARIO,
            title=title,
            name="scenario.xlsx",
            content=table.content,
            media_type=XLSX,
            now=clock.now(),
        )
    except KimppaError as error:
        if error.status == 403:
            raise
        messages.error(request, explain(error))
        return redirect("backoffice:meetings")
    messages.success(request, _("The scenario was added to the meeting’s papers."))
    return redirect("backoffice:meeting", meeting)
