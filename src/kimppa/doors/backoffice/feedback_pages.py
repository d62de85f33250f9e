"""The queue of residents' feedback: what is due when, and answering it."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

from kimppa.commons.members.permissions import require
from kimppa.commons.members.roles import Act
from kimppa.consortium.communications import queries, services
from kimppa.consortium.communications.queries import FeedbackRow
from kimppa.consortium.communications.rules import LONGEST, SUBJECT_NAMES
from kimppa.doors.web.errors import explain
from kimppa.doors.web.staff import actor_of, staff_required
from kimppa.doors.web.tables import Column, Table
from kimppa.foundation.core import clock
from kimppa.foundation.core.errors import KimppaError
from kimppa.foundation.core.text import shorten


class AnswerForm(forms.Form):
    """The answer's text."""

    text = forms.CharField(
        label=_("Your answer"),
        help_text=_("Sent to the resident as it stands, in the language they wrote in."),
        widget=forms.Textarea(attrs={"rows": 8}),
        max_length=LONGEST,
    )


@staff_required
@require_safe
def listing(request: HttpRequest) -> HttpResponseBase:
    """What waits, the one due first in front; below it what was answered."""
    require(actor_of(request), Act.ANSWER_FEEDBACK, now=clock.now())
    waiting, answered = _waiting(request), _answered(request)
    for table in (waiting, answered):
        download = table.download()
        if download is not None:
            return download
    return render(request, "backoffice/feedback.html", {"waiting": waiting, "answered": answered})


def _subject(row: FeedbackRow) -> str:
    return gettext(SUBJECT_NAMES[row.subject])


def _url(row: FeedbackRow) -> str:
    return reverse("backoffice:feedback_answer", args=[row.id])


def _waiting(request: HttpRequest) -> Table[FeedbackRow]:
    today = clock.today()
    return Table(
        request,
        name="waiting",
        caption=gettext("Waiting for an answer"),
        filename="feedback-waiting",
        empty=gettext("Nothing waits for an answer."),
        rows=queries.open_feedback(),
        columns=(
            Column[FeedbackRow]("text", gettext("Message"), lambda row: shorten(row.text, 120), link=_url),
            Column("subject", gettext("Subject"), _subject, choices=True),
            Column("received", gettext("Received"), lambda row: row.received, kind="moment"),
            Column(
                "due",
                gettext("Answer by"),
                lambda row: row.due,
                kind="day",
                badge=lambda row: (
                    "bad" if row.late(today) else "warn" if (row.due - today).days <= 3 else "info"
                ),
            ),
            Column("language", gettext("Language"), lambda row: row.language),
        ),
    )


def _answered(request: HttpRequest) -> Table[FeedbackRow]:
    today = clock.today()
    return Table(
        request,
        name="answered",
        caption=gettext("Answered"),
        filename="feedback-answered",
        empty=gettext("Nothing has been answered yet."),
        rows=queries.answered_feedback(),
        columns=(
            Column[FeedbackRow]("text", gettext("Message"), lambda row: shorten(row.text, 120), link=_url),
            Column("subject", gettext("Subject"), _subject, choices=True),
            Column("received", gettext("Received"), lambda row: row.received, kind="moment"),
            Column("answered", gettext("Answered"), lambda row: row.answered, kind="moment"),
            Column("late", gettext("Late"), lambda row: row.late(today), kind="yes"),
            Column("by", gettext("Answered by"), lambda row: row.answered_by),
        ),
    )


@staff_required
@require_http_methods(["GET", "HEAD", "POST"])
def answer(request: HttpRequest, feedback_id: int) -> HttpResponseBase:
    """One message with its answer, or the form for answering."""
    actor, now = actor_of(request), clock.now()
    require(actor, Act.ANSWER_FEEDBACK, now=now)
    row = queries.feedback(feedback_id)
    form = AnswerForm(request.POST or None)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                services.answer_feedback(
                    by=actor, feedback_id=row.id, text=form.cleaned_data["text"], now=now
                )
            except KimppaError as error:
                form.add_error(None, explain(error))
                status = error.status
            else:
                said = (
                    gettext("The answer is sent.") if row.wants_answer else gettext("The answer is recorded.")
                )
                messages.success(request, said)
                return HttpResponseRedirect(reverse("backoffice:feedback"))
    context = {
        "row": row,
        "subject": _subject(row),
        "form": form,
        "late": row.late(clock.day_of(now)),
        "crumbs": (
            (gettext("Feedback of residents"), reverse("backoffice:feedback")),
            (gettext("Message"), ""),
        ),
    }
    return render(request, "backoffice/feedback_answer.html", context, status=status)
