"""The test tool of a library system: each step of one try, in words, with nothing secret in it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables

from kimppa.commons.members.permissions import require_any
from kimppa.commons.members.roles import Act
from kimppa.doors.backoffice.library_systems_forms import AGE_WORDS, TryForm, put_error
from kimppa.doors.web import formats
from kimppa.doors.web.errors import explain
from kimppa.doors.web.staff import actor_of, staff_required
from kimppa.elibrary.patrons import connection_queries as queries
from kimppa.elibrary.patrons import testing
from kimppa.elibrary.patrons.asking import CODE_NAMES, Code, Step, StepName
from kimppa.elibrary.patrons.connections import Kind
from kimppa.elibrary.patrons.mapping import FLAG_NAMES
from kimppa.foundation.core import clock
from kimppa.foundation.core.errors import KimppaError
from kimppa.foundation.core.text import noop
from kimppa.foundation.protocols.oidc import WHY_NAMES, Why

STEP_NAMES: dict[StepName, str] = {
    StepName.ROUTE: noop("Which system the card number belongs to"),
    StepName.RESOLVE: noop("The server's address"),
    StepName.CONNECT: noop("Connection and encryption"),
    StepName.LOGIN: noop("Our own sign-in"),
    StepName.QUESTION: noop("Question sent"),
    StepName.CHECKSUM: noop("Checksum of the answer"),
    StepName.FIELDS: noop("Fields of the answer"),
    StepName.DECISION: noop("Does the card go with the PIN"),
    StepName.ATTRIBUTES: noop("What we understand of the person"),
    StepName.RESULT: noop("What went wrong"),
    StepName.DESCRIPTION: noop("The sign-in service's description and keys"),
}
FACT_NAMES: dict[str, str] = {
    "card": noop("Card number"),
    "route": noop("By its pattern"),
    "host": noop("Server"),
    "address": noop("Address"),
    "port": noop("Port"),
    "encrypted": noop("Encryption"),
    "cipher": noop("Cipher"),
    "until": noop("Certificate valid until"),
    "why": noop("Why not"),
    "message": noop("Message"),
    "checksum": noop("Checksum"),
    "repeated": noop("Asked to be repeated"),
    "garbled": noop("Letters that are not in the agreed encoding"),
    "flags": noop("Marks that are set"),
    "status": noop("Status"),
    "home": noop("Home municipality"),
    "age_group": noop("Age group"),
    "blocked": noop("Blocked"),
    "expires": noop("Card's last day"),
    "language": noop("Language"),
    "stable_id": noop("Who the person is, by"),
    "code": noop("Reason"),
    "issuer": noop("Issuer"),
    "authorization": noop("Where people are led"),
    "token": noop("Where we fetch the answer"),
}
VALUE_NAMES: dict[str, str] = {
    "yes": noop("yes"),
    "no": noop("no"),
    "right": noop("right"),
    "wrong": noop("wrong"),
    "absent": noop("absent"),
    "(absent)": noop("absent"),
    "(blank)": noop("blank"),
    "unknown": noop("unknown"),
    "card": noop("card number"),
    "card-of-no-system": noop("none: no pattern fits"),
    "card-of-several-systems": noop("several: patterns overlap"),
}


DAYS = frozenset({"until", "expires"})


@dataclass(frozen=True, slots=True)
class ShownStep:
    title: str
    ok: bool
    facts: tuple[tuple[str, str], ...]


@staff_required
@sensitive_post_parameters("card", "pin")
@sensitive_variables("form")
def page(request: HttpRequest, system: str) -> HttpResponseBase:
    """Ask the system once, as a sign-in would. Nobody is signed in; a wrong PIN counts."""
    by, now = actor_of(request), clock.now()
    require_any(by, Act.EDIT_CONNECTIONS, now=now)
    found = queries.system(system, clock.today())
    if found is None:
        raise Http404
    city = found.row.kind == Kind.OIDC
    form, tried = TryForm(None if city else request.POST or None), None
    if request.method == "POST" and city:
        tried = testing.try_description(by=by, system=system, now=now, today=clock.today())
    elif request.method == "POST" and form.is_valid():
        try:
            tried = testing.try_card(
                by=by,
                system=system,
                card=form.cleaned_data["card"],
                pin=form.cleaned_data["pin"],
                now=now,
                today=clock.today(),
                real_now=clock.real_now(),
            )
        except KimppaError as error:
            put_error(form, error)
    name = found.row.name(translation.get_language() or "fi")
    crumbs = (
        (_("Library systems"), reverse("backoffice:library-systems")),
        (name, reverse("backoffice:library-system", args=[system])),
        (_("Test"), ""),
    )
    context = {
        "name": name,
        "crumbs": crumbs,
        # Neither is written back onto the page.
        "form": form if form.errors else TryForm(),
        "tried": tried,
        "why": explain(tried.error) if tried and tried.error else "",
        "steps": [shown(step) for step in tried.steps] if tried else [],
        "local": found.row.kind == "local",
        "city": city,
    }
    response = render(
        request, "backoffice/library_systems/test.html", context, status=422 if form.errors else 200
    )
    response["Cache-Control"] = "no-store"
    return response


def shown(step: Step) -> ShownStep:
    """A step in the reader's words."""
    fields = step.name in (StepName.FIELDS, StepName.DECISION)
    facts = tuple((_fact(name, plain=fields), _value(name, value)) for name, value in step.facts)
    return ShownStep(_(STEP_NAMES[step.name]), step.ok, facts)


def _fact(name: str, *, plain: bool) -> str:
    """A field of the answer keeps its own name."""
    ours = name in FACT_NAMES and (not plain or name in {"garbled", "flags", "status"})
    return _(FACT_NAMES[name]) if ours else name


def _value(name: str, value: str) -> str:
    if name == "why" and value in set(Why) and Why(value) in WHY_NAMES:
        return _(WHY_NAMES[Why(value)])
    if name == "code" and value in set(Code):
        return _(CODE_NAMES[Code(value)])
    if name in DAYS and value != "unknown":
        return formats.day(date.fromisoformat(value))
    if name == "flags":
        return ", ".join(_(FLAG_NAMES[one]) for one in value.split(", ") if one in FLAG_NAMES)
    if name == "age_group" and value in AGE_WORDS:
        return _(AGE_WORDS[value])
    if value.startswith("(") and value[1:-1].isdigit():
        return _("present, %(n)s characters").replace("%(n)s", value[1:-1])
    return _(VALUE_NAMES[value]) if value in VALUE_NAMES else value
