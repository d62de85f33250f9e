"""The portal's front page."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from kimppa.commons.platforms import queries as platforms
from kimppa.doors.portal import cards, eservices
from kimppa.doors.web.patrons import patron_of
from kimppa.elibrary.catalog import queries as catalog
from kimppa.elibrary.circulation import queries as circulation
from kimppa.foundation.core import clock


@dataclass(frozen=True, slots=True)
class Guide:
    """The residents' guide book in one language; `here` marks the language of the page."""

    card: cards.TitleCard
    here: bool


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    now = clock.now()
    patron = patron_of(request)
    loans = circulation.shelf(patron_id=patron.id, now=now) if patron else ()
    services = platforms.platforms_on(clock.day_of(now))
    context = {
        "loans": [cards.loan_card(loan) for loan in loans],
        "guides": guides(),
        "services": eservices.service_cards(request, services),
        "newest": cards.cards(catalog.newest()),
        "sami": cards.cards(catalog.in_sami()),
        "titles": catalog.total(),
        "search_url": reverse("portal:search"),
    }
    return render(request, "portal/home.html", context)


def guides() -> list[Guide]:
    """The guide in the language of the page first."""
    here = (get_language() or "fi")[:2]
    found = [Guide(cards.card(row), row.language.startswith(here)) for row in catalog.guides()]
    return sorted(found, key=lambda guide: not guide.here)
