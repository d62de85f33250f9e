"""What both ways in share: where one goes afterwards, the library remembered, the page of an outage."""

from __future__ import annotations

from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import get_language

from kimppa.doors.web.errors import explain
from kimppa.elibrary.patrons import queries
from kimppa.elibrary.patrons.rules import SystemDown

LIBRARY_COOKIE = "kimppa_library"
YEAR = 365 * 24 * 3600


def safe_next(request: HttpRequest) -> str:
    """Where one wanted to go, if that is a page of ours; else the front page."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    return wanted if ours(request, wanted) else reverse("portal:home")


def ours(request: HttpRequest, address: str) -> bool:
    return url_has_allowed_host_and_scheme(address, allowed_hosts={request.get_host()})


def sign_in_address(back: str) -> str:
    """The sign-in page, which leads on to `back`."""
    return f"{reverse('portal:sign-in')}?{urlencode({'next': back})}"


def remember_library(response: HttpResponseBase, system: str) -> None:
    """The library is chosen already next time."""
    response.set_cookie(
        LIBRARY_COOKIE,
        system,
        max_age=YEAR,
        samesite="Lax",
        httponly=True,
        secure=settings.SESSION_COOKIE_SECURE,
    )


def down(
    request: HttpRequest, system: str, back: str, error: SystemDown, *, city: bool = False
) -> HttpResponse:
    """Honestly: whose system does not answer, since when, and what works all the same."""
    language = get_language() or "fi"
    row = next((one for one in queries.systems() if one.slug == system), None)
    context = {
        "system": row.name(language) if row else "",
        "since": queries.down_since(system),
        "next": back,
        "sentence": explain(error),
        "city": city,
    }
    response = render(request, "portal/system_down.html", context, status=error.status)
    response["Retry-After"] = "120"
    return response
