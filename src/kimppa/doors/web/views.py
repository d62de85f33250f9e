"""The few pages that belong to no door alone."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import translation
from django.utils.cache import patch_vary_headers
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET, require_POST, require_safe

from kimppa.doors.web import theme
from kimppa.doors.web.hosts import on_backoffice_host
from kimppa.doors.web.language import wished

YEAR = 365 * 24 * 3600


@require_safe
def front(request: HttpRequest) -> HttpResponse:
    """`/` leads to the front page in the language that the browser asks for; Finnish otherwise."""
    with translation.override(wished(request)):
        target = reverse("backoffice:overview" if on_backoffice_host(request) else "portal:home")
    response = HttpResponseRedirect(target)
    patch_vary_headers(response, ("Accept-Language",))
    return response


@require_GET
def robots(request: HttpRequest) -> HttpResponse:
    """Search engines may read the portal, never the back office or a resident's own pages."""
    if on_backoffice_host(request):
        return HttpResponse("User-agent: *\nDisallow: /\n", content_type="text/plain")
    lines = ["User-agent: *"]
    lines += [
        f"Disallow: /{code}/{part}/" for code in ("fi", "sv", "en") for part in ("backoffice", "me", "read")
    ]
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain")


@require_POST
def choose_theme(request: HttpRequest) -> HttpResponse:
    """Keep the choice of light or dark, and return to the page it was made on."""
    back = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(back, allowed_hosts={request.get_host()}):
        back = "/"
    response = HttpResponseRedirect(back)
    chosen = request.POST.get("theme", "")
    if chosen in theme.CHOICES:
        response.set_cookie(
            theme.COOKIE,
            chosen,
            max_age=YEAR,
            samesite="Lax",
            httponly=True,
            secure=settings.SESSION_COOKIE_SECURE,
        )
    else:
        response.delete_cookie(theme.COOKIE, samesite="Lax")
    return response
