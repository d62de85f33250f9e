"""My devices, signing out of them, and a guardian's consent for a child."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language, gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kimppa.doors.portal.guard import patron_required
from kimppa.doors.portal.sign_in import CardForm, fill_systems
from kimppa.doors.web.errors import explain
from kimppa.doors.web.patrons import forget
from kimppa.elibrary.patrons import queries, services
from kimppa.elibrary.patrons.queries import CurrentPatron
from kimppa.foundation.core import clock
from kimppa.foundation.core.errors import KimppaError


@require_safe
@patron_required
def devices(request: HttpRequest, patron: CurrentPatron) -> HttpResponse:
    """Where one is signed in; each can be ended from here."""
    return _listed(request, patron)


def _listed(request: HttpRequest, patron: CurrentPatron, status: int = 200) -> HttpResponse:
    rows = queries.sessions_of(patron.id, now=clock.real_now())
    return render(request, "portal/devices.html", {"rows": rows, "here": patron.session}, status=status)


@require_POST
@patron_required
def end(request: HttpRequest, patron: CurrentPatron, handle: str) -> HttpResponse:
    """Sign one device out; of one that is not there it is said, above those that are."""
    try:
        services.end_session(patron_id=patron.id, handle=handle)
    except KimppaError as error:
        messages.error(request, explain(error))
        return _listed(request, patron, error.status)
    messages.success(request, gettext("That device is signed out."))
    return HttpResponseRedirect(reverse("portal:devices"))


@require_POST
@patron_required
def everywhere(request: HttpRequest, patron: CurrentPatron) -> HttpResponse:
    """Sign every device out, this one too."""
    count = services.sign_out_everywhere(patron_id=patron.id)
    text = ngettext("You are signed out of %(n)s device.", "You are signed out of all %(n)s devices.", count)
    messages.success(request, text % {"n": count})
    response = HttpResponseRedirect(reverse("portal:home"))
    forget(response)
    return response


class ChildForm(CardForm):
    """The child's card; what the guardian says with it."""

    own = None  # type: ignore[assignment]
    agreed = forms.ChoiceField(
        label=_("Your word as a guardian"),
        widget=forms.RadioSelect,
        choices=(
            ("yes", _("I agree that the child uses services that ask for a guardian's consent")),
            ("no", _("I take my consent back")),
        ),
    )

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        labels = {"system": _("The child's library"), "card": _("The child's card number")}
        for name, label in {**labels, "pin": _("The child's PIN")}.items():
            self.fields[name].label = label
            # The browser would fill in the guardian's own.
            self.fields[name].widget.attrs["autocomplete"] = "off"


@sensitive_post_parameters("card", "pin")
@require_http_methods(["GET", "HEAD", "POST"])
@patron_required
def child(request: HttpRequest, patron: CurrentPatron) -> HttpResponse:
    """A guardian, signed in with their own card, agrees for the child whose card and PIN they have."""
    form = fill_systems(ChildForm(request.POST or None, initial={"system": patron.system_slug}))
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            told = _consent(form, patron)
            if told is None:
                messages.success(request, gettext("Your word is kept with the child's card."))
                return HttpResponseRedirect(reverse("portal:me"))
            form.add_error(None, explain(told))
            status = told.status
    return render(request, "portal/child.html", {"form": form, "language": get_language()}, status=status)


def _consent(form: CardForm, patron: CurrentPatron) -> KimppaError | None:
    said = form.cleaned_data
    try:
        services.consent_for_child(
            guardian_id=patron.id,
            system=said["system"],
            card=said["card"],
            pin=said["pin"],
            agreed=said["agreed"] == "yes",
            now=clock.real_now(),
            today=clock.today(),
        )
    except KimppaError as error:
        return error
    return None
