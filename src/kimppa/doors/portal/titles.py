"""A title's page: what it is, and one button that tells the truth."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import patch_cache_control
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_safe

from kimppa.commons.platforms import queries as platforms
from kimppa.doors.portal import cards, eservices, names
from kimppa.doors.portal.guard import patron_required, to_sign_in
from kimppa.doors.web import covers, formats
from kimppa.doors.web.errors import explain
from kimppa.doors.web.patrons import patron_of
from kimppa.elibrary.catalog import queries as catalog
from kimppa.elibrary.catalog.queries import PublicationRow
from kimppa.elibrary.circulation import queries as circulation
from kimppa.elibrary.circulation import services as circulation_services
from kimppa.elibrary.circulation.rules import NoSuchLoan
from kimppa.elibrary.patrons.queries import CurrentPatron
from kimppa.foundation.core import clock
from kimppa.foundation.core.errors import KimppaError


@require_safe
def page(request: HttpRequest, publication_id: int) -> HttpResponse:
    return _page(request, publication_id)


def _page(request: HttpRequest, publication_id: int, error: KimppaError | None = None) -> HttpResponse:
    row = catalog.publication(publication_id)
    now = clock.now()
    patron = patron_of(request)
    loan = (
        circulation.loan_of(patron_id=patron.id, publication_id=publication_id, now=now) if patron else None
    )
    availability = circulation.availability([publication_id], now=now)[publication_id]
    context = {
        "title": cards.card(row),
        "people": [names.person(name) for name in row.contributors],
        "publication": row,
        "facts": _facts(row),
        "loan": cards.loan_card(loan) if loan else None,
        "availability": availability,
        "state": cards.state_words(availability),
        "elsewhere": [] if availability.has_license else _elsewhere(row),
        "error": explain(error) if error else "",
        "crumbs": (
            (gettext("Front page"), reverse("portal:home")),
            (gettext("Search"), reverse("portal:search")),
            (row.title, ""),
        ),
    }
    return render(request, "portal/title.html", context, status=error.status if error else 200)


def _facts(row: PublicationRow) -> tuple[tuple[str, str], ...]:
    """Facts in words; what is not known is left out. Only of what the project itself has written is it
    known that a screen reader can read it."""
    shown = cards.card(row)
    accessible = gettext("Text that can be enlarged and read aloud") if row.is_guide else ""
    return (
        (gettext("Kind"), shown.kind),
        (gettext("Language"), shown.language),
        (gettext("Year"), shown.year),
        (gettext("Accessibility"), accessible),
        (gettext("Identifier"), row.identifier),
    )


def _elsewhere(row: PublicationRow) -> list[eservices.ServiceCard]:
    """Services of the day that hold this kind of thing; whether they hold this very title is not known."""
    kind = row.kind or "ebook"
    found = platforms.platforms_on(clock.today())
    return [eservices.service_card(p) for p in found if kind in p.contents][:4]


@require_http_methods(["GET", "HEAD", "POST"])
def borrow(request: HttpRequest, publication_id: int) -> HttpResponse:
    """Borrow, then back to the title's page, which now offers to read.

    GET leads to that page too: whoever was refused and then changes the language comes that way.
    """
    patron = patron_of(request)
    here = reverse("portal:title", args=[publication_id])
    if request.method != "POST":
        return HttpResponseRedirect(here)
    if patron is None:
        return to_sign_in(here)
    now = clock.now()
    try:
        circulation_services.borrow(patron_id=patron.id, publication_id=publication_id, now=now)
    except KimppaError as error:
        return _page(request, publication_id, error)
    loan = circulation.loan_of(patron_id=patron.id, publication_id=publication_id, now=now)
    if loan is not None:
        words = gettext("It is yours until %(day)s. It returns by itself.") % {"day": formats.day(loan.due)}
        messages.success(request, words)
    return HttpResponseRedirect(here)


@patron_required
def give_back(request: HttpRequest, patron: CurrentPatron, publication_id: int) -> HttpResponse:
    """GET asks (the page behind the dialog); POST returns the loan."""
    row = catalog.publication(publication_id)
    if request.method == "POST":
        circulation_services.give_back(patron_id=patron.id, publication_id=publication_id, now=clock.now())
        messages.success(request, gettext("“%(title)s” is returned. Thank you!") % {"title": row.title})
        return HttpResponseRedirect(reverse("portal:shelf"))
    if circulation.loan_of(patron_id=patron.id, publication_id=publication_id, now=clock.now()) is None:
        raise NoSuchLoan
    context = {
        "title": gettext("Return “%(title)s”?") % {"title": row.title},
        "text": gettext("It leaves your shelf at once, and somebody else can have it."),
        "action_url": request.path,
        "action_label": gettext("Return"),
        "cancel_url": reverse("portal:shelf"),
    }
    return render(request, "portal/confirm.html", context)


@require_safe
def cover(request: HttpRequest, publication_id: int) -> HttpResponse:
    """The generated cover as a picture of its own; kept by browsers for a day."""
    row = catalog.publication(publication_id)
    picture = covers.svg(title=row.title, author=cards.authors(row.contributors), kind=row.kind)
    response = HttpResponse(picture, content_type="image/svg+xml; charset=utf-8")
    patch_cache_control(response, public=True, max_age=24 * 3600)
    return response
