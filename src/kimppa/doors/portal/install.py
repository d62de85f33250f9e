"""The portal as an installed app: its manifest, the worker that keeps one page, and that page."""

from __future__ import annotations

from django.contrib.staticfiles import finders
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import get_language, gettext
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from kimppa.doors.web.context import site_name

NIGHT = "#0f2a3d"
ICONS = (("icon-192.png", "192x192", "any"), ("icon-512.png", "512x512", "any maskable"))


@require_safe
@cache_control(public=True, max_age=3600)
def manifest(request: HttpRequest) -> JsonResponse:
    """The web app manifest in the page's language."""
    content = {
        "name": site_name(),
        "short_name": gettext("E-library"),
        "description": gettext("Borrow, read and listen; all e-services with one sign-in."),
        "lang": get_language() or "fi",
        "start_url": reverse("portal:home"),
        "scope": "/",
        "display": "standalone",
        "background_color": NIGHT,
        "theme_color": NIGHT,
        "icons": [
            {"src": static(name), "sizes": size, "type": "image/png", "purpose": purpose}
            for name, size, purpose in ICONS
        ],
        "shortcuts": [
            {"name": gettext("My shelf"), "url": reverse("portal:shelf")},
            {"name": gettext("E-services"), "url": reverse("portal:services")},
        ],
    }
    return JsonResponse(content, content_type="application/manifest+json")


@require_safe
@cache_control(public=True, max_age=300)
def worker(_request: HttpRequest) -> FileResponse:
    """At the root, because a worker rules only the addresses below its own."""
    found = finders.find("sw.js")
    if not isinstance(found, str):
        raise Http404
    return FileResponse(open(found, "rb"), content_type="text/javascript; charset=utf-8")  # noqa: PTH123


@require_safe
def offline(request: HttpRequest) -> HttpResponse:
    """Shown by the worker where there is no network; it holds everything that it needs."""
    return render(request, "portal/offline.html")
