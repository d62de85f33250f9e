"""The own reminders of deadlines, and the own calendar address."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from kimppa.commons.members.permissions import require
from kimppa.commons.members.roles import Act
from kimppa.consortium.agreements import reminders
from kimppa.consortium.agreements.contracts import DeadlineRow
from kimppa.consortium.agreements.deadlines import KIND_NAMES, Kind
from kimppa.doors.web.staff import actor_of, staff_required
from kimppa.foundation.core import clock
from kimppa.foundation.core.errors import KimppaError
from kimppa.foundation.protocols.icalendar import Event, calendar


class ReminderForm(forms.Form):
    """A number of days for each kind; 0 is never."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        for kind in Kind:
            self.fields[kind.value] = forms.IntegerField(
                label=_(KIND_NAMES[kind]),
                min_value=0,
                max_value=reminders.MOST_DAYS,
                help_text=_("Days before. 0: no reminder."),
            )


@staff_required
def page(request: HttpRequest) -> HttpResponseBase:
    by, now = actor_of(request), clock.now()
    require(by, Act.SEE_AGREEMENTS, now=now)
    chosen = {kind.value: days for kind, days in reminders.choices_of(by, now=now).items()}
    form = ReminderForm(request.POST or None, initial=chosen)
    if request.method == "POST" and form.is_valid():
        wanted = {kind: int(form.cleaned_data[kind.value]) for kind in Kind}
        reminders.choose(by=by, wanted=wanted, now=now)
        messages.success(request, _("Your reminders were saved."))
        return redirect("backoffice:agreements-reminders")
    status = 422 if form.is_bound else 200
    return render(request, "backoffice/agreements/reminders.html", {"form": form}, status=status)


@staff_required
@require_POST
def new_calendar(request: HttpRequest) -> HttpResponseBase:
    """A new secret address, shown this once."""
    token = reminders.new_calendar(by=actor_of(request), now=clock.now())
    address = request.build_absolute_uri(reverse("calendar", args=[token]))
    response = render(request, "backoffice/agreements/calendar.html", {"address": address})
    response["Cache-Control"] = "no-store"
    return response


@require_GET
def feed(request: HttpRequest, token: str) -> HttpResponse:
    """A calendar by its secret address, in its person's language. No sign-in: calendars cannot."""
    now = clock.now()
    try:
        user, rows = reminders.calendar_of(token, now=now)
    except KimppaError as error:
        return HttpResponse(status=error.status)
    with translation.override(user.language):
        events = [
            Event(
                uid=f"{row.agreement_id}-{row.kind.value}-{row.day.isoformat()}@{request.get_host()}",
                day=row.day,
                summary=f"{_(KIND_NAMES[row.kind])}: {row.title(user.language)}",
                description=row.diary_number,
                url=_page(request, row),
                changed=clock.real_now(),
            )
            for row in rows
        ]
        content = calendar(_("Deadlines of agreements"), events)
    response = HttpResponse(content, content_type="text/calendar; charset=utf-8")
    response["Cache-Control"] = "private, max-age=3600"
    return response


def _page(request: HttpRequest, row: DeadlineRow) -> str:
    return request.build_absolute_uri(reverse("backoffice:agreement", args=[row.agreement_id]))
