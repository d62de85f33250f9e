"""Who is alerted when something stops working and when it works again."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kimppa.commons.health import office_queries, services
from kimppa.commons.health.problems import NoSuchReceiver
from kimppa.commons.members.permissions import require
from kimppa.commons.members.roles import Act
from kimppa.doors.web.errors import explain
from kimppa.doors.web.forms import offer
from kimppa.doors.web.staff import actor_of, staff_required
from kimppa.foundation.core import clock
from kimppa.foundation.core.errors import KimppaError


class ReceiverForm(forms.Form):
    """An office's mailbox, or a program's address."""

    kind = forms.ChoiceField(label=gettext_lazy("Kind"))
    address = forms.CharField(
        label=gettext_lazy("Address"),
        max_length=500,
        help_text=gettext_lazy("An e-mail address, or https://… of a program."),
    )
    language = forms.ChoiceField(
        label=gettext_lazy("Language"), choices=(("fi", "Suomi"), ("sv", "Svenska"), ("en", "English"))
    )
    private = forms.BooleanField(
        label=gettext_lazy("An address of the house's own network is meant"), required=False
    )

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        offer(self, "kind", [("email", _("E-mail")), ("webhook", _("Program (webhook)"))])


@staff_required
def listing(request: HttpRequest) -> HttpResponseBase:
    """The receivers; by POST one more. A webhook's secret is shown in this answer and never again."""
    by, now = actor_of(request), clock.real_now()
    require(by, Act.RUN_HEALTH, now=clock.now())
    form = ReceiverForm(request.POST or None)
    secret = ""
    if request.method == "POST" and form.is_valid():
        try:
            secret = services.add_receiver(by=by, **form.cleaned_data, now=now)
        except KimppaError as error:
            form.add_error(None, explain(error))
        else:
            if not secret:
                messages.success(request, _("It is alerted from now on."))
                return redirect("backoffice:health-receivers")
            form = ReceiverForm()
    context = {"form": form, "rows": office_queries.receivers(), "secret": secret}
    response = render(
        request, "backoffice/health/receivers.html", context, status=422 if form.errors else 200
    )
    response["Cache-Control"] = "private, no-store"
    return response


@staff_required
def stop(request: HttpRequest, receiver_id: int) -> HttpResponseBase:
    """Alert an address no more."""
    by, now = actor_of(request), clock.real_now()
    require(by, Act.RUN_HEALTH, now=clock.now())
    row = next((one for one in office_queries.receivers() if one.id == receiver_id), None)
    if row is None:
        raise NoSuchReceiver
    if request.method == "POST":
        services.stop_receiver(by=by, receiver_id=receiver_id, now=now)
        messages.success(request, _("It is alerted no more."))
        return redirect("backoffice:health-receivers")
    return render(request, "backoffice/health/receiver_stop.html", {"row": row})
