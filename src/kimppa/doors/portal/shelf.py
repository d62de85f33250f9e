"""The resident's own pages: the shelf, and what is kept about them."""

from __future__ import annotations

import json

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language, gettext, ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kimppa.commons.members import queries as members
from kimppa.doors.portal import cards, home
from kimppa.doors.portal.guard import patron_required
from kimppa.doors.web.patrons import forget
from kimppa.elibrary.circulation import queries as circulation
from kimppa.elibrary.circulation import services as circulation_services
from kimppa.elibrary.patrons import queries as patrons
from kimppa.elibrary.patrons import services as patron_services
from kimppa.elibrary.patrons.queries import CurrentPatron
from kimppa.foundation.core import clock


@require_safe
@patron_required
def page(request: HttpRequest, patron: CurrentPatron) -> HttpResponse:
    now = clock.now()
    past = circulation.history(patron_id=patron.id, now=now) if patron.keep_history else ()
    context = {
        "loans": [cards.loan_card(loan) for loan in circulation.shelf(patron_id=patron.id, now=now)],
        "keeps_history": patron.keep_history,
        "past": [(cards.card(loan.publication), loan.ended or loan.due) for loan in past],
        "guides": home.guides(),
    }
    return render(request, "portal/shelf.html", context)


@require_safe
@patron_required
def me(request: HttpRequest, patron: CurrentPatron) -> HttpResponse:
    """What is kept about the resident, in words."""
    context = {
        "library": _library(patron),
        "home_name": _home(patron),
        "loans": len(circulation.shelf(patron_id=patron.id, now=clock.now())),
        "keep_history": patron.keep_history,
    }
    return render(request, "portal/me.html", context)


def _library(patron: CurrentPatron) -> str:
    language = get_language() or "fi"
    return next((s.name(language) for s in patrons.systems() if s.slug == patron.system_slug), "")


def _home(patron: CurrentPatron) -> str:
    if not patron.home:
        return ""
    found = members.municipality(patron.home)
    return found.name(get_language() or "fi") if found else patron.home


@require_safe
@patron_required
def export(request: HttpRequest, patron: CurrentPatron) -> HttpResponse:
    """Everything that is kept, as a file."""
    document = json.dumps(circulation.own_data(patron_id=patron.id), ensure_ascii=False, indent=2)
    response = HttpResponse(document, content_type="application/json; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="kimppa-my-data.json"'
    return response


@require_POST
@patron_required
def history(request: HttpRequest, patron: CurrentPatron) -> HttpResponse:
    """Whether a list of past loans is kept: only if the resident says so."""
    keep = request.POST.get("keep") == "yes"
    patron_services.keep_history(patron_id=patron.id, keep=keep)
    if keep:
        messages.success(
            request, gettext("From now on your returned loans stay on a list that only you see.")
        )
    else:
        messages.success(
            request, gettext("Past loans are no longer kept. Earlier ones are removed within a day.")
        )
    return HttpResponseRedirect(reverse("portal:me"))


@require_http_methods(["GET", "HEAD", "POST"])
@patron_required
def erase(request: HttpRequest, patron: CurrentPatron) -> HttpResponse:
    """GET tells what would go; POST forgets the resident and signs out everywhere."""
    now = clock.now()
    if request.method == "POST":
        circulation_services.erase(patron_id=patron.id, now=now, real_now=clock.real_now())
        messages.success(request, gettext("Your data is erased and you are signed out."))
        response = HttpResponseRedirect(reverse("portal:home"))
        forget(response)
        return response
    loans = len(circulation.shelf(patron_id=patron.id, now=now))
    context = {
        "title": gettext("Erase everything about me?"),
        "consequences": [
            ngettext("%(n)s loan is returned.", "%(n)s loans are returned.", loans) % {"n": loans},
            gettext("Where you were in your books is forgotten."),
            gettext("You are signed out on every device."),
            gettext("The row that stood for you is removed for good within a month."),
            gettext("Your library card keeps working at your library, and you may sign in here again later."),
        ],
        "action_url": request.path,
        "action_label": gettext("Erase"),
        "cancel_url": reverse("portal:me"),
        "danger": True,
    }
    return render(request, "portal/confirm.html", context)
