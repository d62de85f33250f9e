"""The resident at hand: read from the patrons' own cookie, never from a staff session."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.utils.functional import SimpleLazyObject

from kimppa.foundation.core import clock

if TYPE_CHECKING:
    from kimppa.elibrary.patrons.queries import CurrentPatron

COOKIE = "kimppa_patron"
# The session itself ends by its system's hours, or holds longer while that is down.
COOKIE_AGE = 45 * 24 * 3600


class PatronMiddleware:
    """Puts `request.patron` there: looked up on first use, false where nobody is signed in."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        request.patron = SimpleLazyObject(lambda: patron_of(request))  # type: ignore[attr-defined]
        return self.get_response(request)


def patron_of(request: HttpRequest) -> CurrentPatron | None:
    """Who reads this page; None for a visitor. One look-up a request."""
    if not hasattr(request, "_patron"):
        request._patron = _look_up(request.COOKIES.get(COOKIE, ""))  # type: ignore[attr-defined]
    found: CurrentPatron | None = request._patron  # type: ignore[attr-defined]
    return found


def _look_up(token: str) -> CurrentPatron | None:
    if not token or len(token) > 200:
        return None
    from kimppa.elibrary.patrons import queries, services

    now = clock.real_now()
    found = queries.patron_of_session(token, now=now)
    if found is not None and found.session and not queries.used_lately(found, now=now):
        services.touch_session(handle=found.session, now=now)
    return found


def remember(response: HttpResponseBase, token: str, *, for_long: bool = True) -> None:
    """Give the browser its patron session; not `for_long`, it goes when the browser is closed."""
    response.set_cookie(
        COOKIE,
        token,
        max_age=COOKIE_AGE if for_long else None,
        httponly=True,
        samesite="Lax",
        secure=settings.SESSION_COOKIE_SECURE,
    )


def forget(response: HttpResponseBase) -> None:
    """Take the patron session from the browser."""
    response.delete_cookie(COOKIE, samesite="Lax")
