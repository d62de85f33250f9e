"""Binding an account with a password to its owner's sign-in at a city: offering it, and taking the offer."""

from __future__ import annotations

from django import forms
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from kimppa.commons.members import city_bindings, staff_queries
from kimppa.commons.members.permissions import require_any
from kimppa.commons.members.roles import Act
from kimppa.doors.web.errors import explain
from kimppa.doors.web.forms import offer
from kimppa.doors.web.staff import actor_of, staff_required
from kimppa.foundation.accounts import bindings
from kimppa.foundation.accounts.issuers import issuers
from kimppa.foundation.core import clock
from kimppa.foundation.core.errors import KimppaError


class CityForm(forms.Form):
    """Which city's sign-in."""

    city = forms.ChoiceField(label=gettext_lazy("City's sign-in"))

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        offer(self, "city", [(str(one.id), one.name) for one in issuers(only_on=True)])


@staff_required
@never_cache
def person(request: HttpRequest, user_id: int) -> HttpResponseBase:
    """Offer it; by POST the address that its owner opens is shown, this once."""
    actor, now = actor_of(request), clock.now()
    require_any(actor, Act.MANAGE_STAFF, now=now)
    row = staff_queries.person(user_id, on=clock.today())
    if row is None:
        raise Http404
    form, link = CityForm(request.POST or None), ""
    if request.method == "POST" and form.is_valid():
        try:
            token = city_bindings.offer(
                by=actor,
                user_id=user_id,
                issuer_id=int(form.cleaned_data["city"]),
                now=now,
                real_now=clock.real_now(),
            )
        except KimppaError as error:
            form.add_error(None, explain(error))
        else:
            link = request.build_absolute_uri(reverse("backoffice:bind", args=[token]))
    context = {"row": row, "form": form, "link": link}
    return render(request, "backoffice/person_city.html", context, status=422 if form.errors else 200)


@staff_required
@never_cache
@require_safe
def bind(request: HttpRequest, token: str) -> HttpResponseBase:
    """What the owner of the account reads before going to the city."""
    found = bindings.offered(token, user_id=actor_of(request).pk, now=clock.real_now())
    return render(request, "backoffice/bind.html", {"offer": found, "token": token})
