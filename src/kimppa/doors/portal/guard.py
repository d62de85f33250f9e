"""Pages that need a signed-in resident."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.cache import add_never_cache_headers

from kimppa.doors.web.patrons import patron_of
from kimppa.elibrary.patrons.queries import CurrentPatron

P = ParamSpec("P")


def to_sign_in(back_to: str) -> HttpResponse:
    """To the sign-in page, and from there back to where one was."""
    return HttpResponseRedirect(f"{reverse('portal:sign-in')}?{urlencode({'next': back_to})}")


def patron_required(
    view: Callable[Concatenate[HttpRequest, CurrentPatron, P], HttpResponse],
) -> Callable[Concatenate[HttpRequest, P], HttpResponse]:
    """Gives the view its patron; a visitor signs in first. What it answers is kept by no cache."""

    @wraps(view)
    def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        patron = patron_of(request)
        if patron is None:
            return to_sign_in(request.get_full_path() if request.method == "GET" else reverse("portal:shelf"))
        response = view(request, patron, *args, **kwargs)
        if not response.has_header("Cache-Control"):
            add_never_cache_headers(response)
        return response

    return guarded
