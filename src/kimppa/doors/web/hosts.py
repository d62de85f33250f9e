"""The back office on a host of its own, where the installation was told of one."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponseBase

from kimppa.doors.web.language import without_language

# What both hosts need: looks, covers, whether we live, the front door (which leads on), the theme's form.
SHARED = ("/static/", "/healthz", "/readyz", "/metrics", "/theme/", "/robots.txt")


def is_backoffice(path: str) -> bool:
    """Does this address belong to the consortium's people, or to their programs?"""
    bare = without_language(path)
    return bare == "/backoffice" or bare.startswith(("/backoffice/", "/api/"))


def on_backoffice_host(request: HttpRequest) -> bool:
    """Was the request sent to the back office's own host? Always false where none is named."""
    wanted = settings.ENV.backoffice_host.lower()
    return bool(wanted) and request.get_host().lower() in {wanted, wanted.partition(":")[0]}


class HostMiddleware:
    """404 for back-office pages on the residents' host and for residents' pages on the back office's."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        path = request.path_info
        apart = bool(settings.ENV.backoffice_host) and path != "/" and not _shared(path)
        if apart and is_backoffice(path) != on_backoffice_host(request):
            raise Http404
        return self.get_response(request)


def _shared(path: str) -> bool:
    return without_language(path).startswith(SHARED)


def own_address(request: HttpRequest) -> str:
    """Where the installation says it is (KIMPPA_PUBLIC_URL); without that, where the request came to."""
    told: str = settings.ENV.public_url
    return (told or f"{request.scheme}://{request.get_host()}").rstrip("/")
