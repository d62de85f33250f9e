"""One's own access tokens: made, shown once, revoked."""

from __future__ import annotations

from datetime import timedelta

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from kimppa.commons.members.permissions import require_any
from kimppa.commons.members.roles import Act
from kimppa.doors.web.errors import explain
from kimppa.doors.web.forms import offer
from kimppa.doors.web.staff import actor_of, staff_required
from kimppa.foundation.accounts import tokens
from kimppa.foundation.core import clock
from kimppa.foundation.core.errors import KimppaError

DAYS = (30, 90, 180, 365)


class TokenForm(forms.Form):
    name = forms.CharField(
        label=gettext_lazy("What uses it"),
        max_length=100,
        help_text=gettext_lazy("For example the program’s name and where it runs."),
    )
    days = forms.ChoiceField(label=gettext_lazy("Valid for"))

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        offer(self, "days", [(str(days), _("%(days)s days") % {"days": days}) for days in DAYS])


@staff_required
def page(request: HttpRequest) -> HttpResponseBase:
    """The list, and a new token by POST; its text is in that one answer and nowhere else.

    How long a token is good is real time: it has nothing to do with the demo's calendar.
    """
    by, now = actor_of(request), clock.real_now()
    require_any(by, Act.SEE_BACKOFFICE, now=clock.now())
    form = TokenForm(request.POST or None, initial={"days": "90"})
    context: dict[str, object] = {"form": form}
    if request.method == "POST" and form.is_valid():
        days = timedelta(days=int(form.cleaned_data["days"]))
        name = form.cleaned_data["name"]
        try:
            made = tokens.issue(user=by, name=name, scopes=[tokens.READ], valid_for=days, by=by, now=now)
        except KimppaError as error:
            form.add_error(None, explain(error))
        else:
            context |= {"token": made.token, "form": TokenForm(initial={"days": "90"})}
    context["rows"] = [(row, row.works(now)) for row in tokens.tokens_of(by)]
    response = render(request, "backoffice/tokens.html", context, status=422 if form.errors else 200)
    response["Cache-Control"] = "no-store"
    return response


@staff_required
@require_POST
def revoke(request: HttpRequest, token: int) -> HttpResponseBase:
    """End one of one's own tokens. Raises NoSuchToken, also for another's."""
    by = actor_of(request)
    require_any(by, Act.SEE_BACKOFFICE, now=clock.now())
    tokens.revoke(token_id=token, of=by, by=by, now=clock.real_now())
    messages.success(request, _("The token was revoked. It opens nothing any more."))
    return redirect("backoffice:tokens")
