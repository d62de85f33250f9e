"""Pages of plain text: help, and the two that the law asks for."""

from __future__ import annotations

from datetime import date

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from kimppa.commons.platforms import queries as platforms
from kimppa.doors.portal import eservices, home, info
from kimppa.foundation.core import clock

# The day of the assessment that the statement tells of; change it with the statement.
ASSESSED = date(2026, 11, 22)


@require_safe
def help_page(request: HttpRequest) -> HttpResponse:
    services = [eservices.service_card(row) for row in platforms.platforms_on(clock.today())]
    context = {"guides": home.guides(), "services": services, "pages": info.links()}
    return render(request, "portal/help.html", context)


@require_safe
def accessibility(request: HttpRequest) -> HttpResponse:
    return render(request, "portal/accessibility.html", {"assessed": ASSESSED})


@require_safe
def privacy(request: HttpRequest) -> HttpResponse:
    return render(request, "portal/privacy.html")
