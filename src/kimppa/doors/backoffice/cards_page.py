"""Clearing the wrong PINs of a card for a resident who stands at the desk."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kimppa.commons.members.permissions import require_any
from kimppa.commons.members.roles import Act
from kimppa.doors.web.errors import explain
from kimppa.doors.web.forms import offer
from kimppa.doors.web.staff import actor_of, staff_required
from kimppa.elibrary.patrons import queries, services
from kimppa.foundation.core import clock
from kimppa.foundation.core.errors import KimppaError


class CardForm(forms.Form):
    system = forms.ChoiceField(label=gettext_lazy("Library"))
    card = forms.CharField(
        label=gettext_lazy("Card number"),
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        choices = [(s.slug, s.name_fi) for s in queries.systems()]
        offer(self, "system", choices)


@staff_required
def page(request: HttpRequest) -> HttpResponseBase:
    """Whether the card is known is not told: only that no wrong PINs are remembered any more."""
    actor, now = actor_of(request), clock.now()
    require_any(actor, Act.UNLOCK_CARDS, now=now)
    form = CardForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            services.unlock_card(
                by=actor, system=form.cleaned_data["system"], card=form.cleaned_data["card"], now=now
            )
        except KimppaError as error:
            form.add_error("card", explain(error))
        else:
            messages.success(request, _("No wrong PINs are remembered of that card any more."))
            return redirect("backoffice:cards")
    return render(request, "backoffice/cards.html", {"form": form}, status=422 if form.errors else 200)
