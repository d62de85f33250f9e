"""Nothing that was made for one person is kept by a cache: not by the browser either, whose next user may be
the next one at the library's computer."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.utils.cache import patch_cache_control, patch_vary_headers

from kimppa.doors.web.hosts import is_backoffice
from kimppa.doors.web.language import in_path
from kimppa.doors.web.patrons import COOKIE


class PrivateMiddleware:
    """`private, no-store` on every page, file and export of the signed-in and of the back office.

    A view that says itself what may be kept (covers, parts of a book) is left in peace. A visitor's pages
    may be kept by their own browser, which asks each time: they hold the choice of light or dark.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if in_path(request.path_info) is None or response.has_header("Cache-Control"):
            return response
        known = COOKIE in request.COOKIES or settings.SESSION_COOKIE_NAME in request.COOKIES
        if known or is_backoffice(request.path_info):
            patch_cache_control(response, private=True, no_store=True)
        else:
            patch_cache_control(response, private=True, no_cache=True)
        patch_vary_headers(response, ("Cookie",))
        return response
