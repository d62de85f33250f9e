"""Sign-in with a library card: choose the library, card number, PIN."""

from __future__ import annotations

from typing import TypeVar

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from kimppa.commons.platforms import queries as platforms
from kimppa.commons.platforms.entitlement import within
from kimppa.doors.portal import city, entrance
from kimppa.doors.web.devices import device_name
from kimppa.doors.web.errors import explain
from kimppa.doors.web.limits import address_of
from kimppa.doors.web.patrons import COOKIE, forget, patron_of, remember
from kimppa.elibrary.patrons import city_sign_in, queries, services
from kimppa.elibrary.patrons.rules import BadCard, SystemDown
from kimppa.foundation.core import clock, storage
from kimppa.foundation.core.errors import KimppaError

# More than any card has, and little enough that nobody fills the log with one.
LONGEST_INPUT = 200


class CardForm(forms.Form):
    """Which library's card, its number and its PIN."""

    system = forms.ChoiceField(
        label=_("Your library"),
        help_text=_("The library, or group of libraries, that gave you your card."),
        error_messages={"required": _("Choose your library first.")},
    )
    card = forms.CharField(
        label=_("Library card number"),
        help_text=_("Under the bars on the card. Spaces do not matter."),
        error_messages={"required": _("Write the number of your library card.")},
        widget=forms.TextInput(
            attrs={"autocomplete": "username", "autocapitalize": "characters", "spellcheck": "false"}
        ),
    )
    pin = forms.CharField(
        label=_("PIN"),
        help_text=_("Usually four digits. You got it with the card, and can change it at your library."),
        error_messages={"required": _("Write your PIN.")},
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password", "inputmode": "numeric"}),
    )

    own = forms.BooleanField(
        label=_("This is my own device: stay signed in"),
        required=False,
        help_text=_("Leave it out on a shared device: then you stay in for twelve hours at most."),
    )

    def clean_card(self) -> str:
        card = str(self.cleaned_data["card"])
        if len(card) > LONGEST_INPUT:
            raise forms.ValidationError(explain(BadCard()), code="bad-card")
        return card

    def clean_pin(self) -> str:
        return str(self.cleaned_data["pin"])[:LONGEST_INPUT]


class CityForm(forms.Form):
    """Whose city's sign-in one goes to; all else is asked there."""

    system = forms.ChoiceField(
        label=_("Your library"), help_text=_("The library, or group of libraries, whose services you use.")
    )
    own = CardForm.base_fields["own"]


def _form(request: HttpRequest, elsewhere: frozenset[str]) -> CardForm | CityForm:
    """The form that the library wants: card and PIN, or only the way to the city.

    With the wrong one of the two, choosing the library and sending it brings the other.
    """
    asked = request.POST.get("system") or request.GET.get("library")
    chosen = asked or request.COOKIES.get(entrance.LIBRARY_COOKIE, "")
    # A device in the library is nobody's own until somebody says so.
    shared = bool(within(address_of(request), platforms.networks()))
    initial = {"system": chosen, "own": not shared}
    if chosen in elsewhere:
        return fill_systems(CityForm(initial=initial))
    given = request.POST if "card" in request.POST else None
    form = fill_systems(CardForm(given, initial=initial))
    if elsewhere:
        # Whoever chooses a city's sign-in leaves them empty.
        form.use_required_attribute = False
        form.fields["system"].help_text = _(
            "The library, or group of libraries, that gave you your card. Where your city has a sign-in of "
            "its own, choose the library, leave card and PIN empty and go on."
        )
    return form


Form = TypeVar("Form", bound=forms.Form)


def fill_systems(form: Form) -> Form:
    """The library systems that there are, by name in the page's language."""
    language = get_language() or "fi"
    choices = [(row.slug, row.name(language)) for row in queries.systems()]
    field = form.fields["system"]
    if isinstance(field, forms.ChoiceField):
        field.choices = choices if len(choices) == 1 else [("", "–"), *choices]
    return form


@sensitive_post_parameters("card", "pin")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest) -> HttpResponse:
    back = entrance.safe_next(request)
    # `again`: an e-service asks that whoever sits here signs in anew.
    again = "again" in request.GET or "again" in request.POST
    if request.method == "GET" and patron_of(request) is not None and not again:
        return HttpResponseRedirect(back)
    elsewhere = city_sign_in.systems(clock.today())
    form = _form(request, elsewhere)
    status = 200
    if request.method == "POST" and isinstance(form, CityForm):
        own = "own" in request.POST
        return city.start(request, request.POST["system"], back, own=own, anew=again)
    if isinstance(form, CardForm) and form.is_bound:
        status = 422
        if form.is_valid():
            answered = _try(request, form, back)
            if isinstance(answered, HttpResponse):
                return answered
            status = answered
    context = {"form": form, "next": back, "city": isinstance(form, CityForm), "again": again}
    return render(request, "portal/sign_in.html", context, status=status)


@storage.unflushed()
def _try(request: HttpRequest, form: CardForm, back: str) -> HttpResponse | int:
    """The way in, or the status of what was wrong, which then stands on the form."""
    data = form.cleaned_data
    now = clock.real_now()
    try:
        signed_in = services.sign_in(
            system=data["system"],
            card=data["card"],
            pin=data["pin"],
            device=device_name(request.headers.get("User-Agent", "")),
            remembered=data["own"],
            now=now,
            today=clock.today(),
        )
    except SystemDown as error:
        return entrance.down(request, data["system"], back, error)
    except KimppaError as error:
        form.add_error("card" if isinstance(error, BadCard) else None, explain(error))
        return error.status
    response = HttpResponseRedirect(back)
    remember(response, signed_in.token, for_long=data["own"])
    entrance.remember_library(response, data["system"])
    return response


@require_POST
def out(request: HttpRequest) -> HttpResponse:
    """End this device's session."""
    token = request.COOKIES.get(COOKIE, "")
    if token:
        services.sign_out(token=token[:200])
    response = HttpResponseRedirect(reverse("portal:home"))
    forget(response)
    return response
