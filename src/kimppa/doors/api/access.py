"""Who reads: a person's own token, or the session of the back office. Roles and scopes are the person's."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest
from ninja.security import APIKeyCookie, HttpBearer

from kimppa.commons.members.permissions import require_any
from kimppa.commons.members.roles import Act, Visible
from kimppa.doors.web.limits import too_often
from kimppa.doors.web.staff import second_factor_shown, staff_of, still_open
from kimppa.foundation.accounts import tokens
from kimppa.foundation.accounts.models import User
from kimppa.foundation.core import clock
from kimppa.foundation.core.errors import KimppaError
from kimppa.foundation.core.text import noop

A_MINUTE, READS_A_MINUTE = 60, 600
TRIES, TRIES_IN_SECONDS = 60, 600


class TooOften(KimppaError):
    code = "too-often"
    status = 429
    sentence = noop("Too many requests. Wait a minute and go on.")


class NotSignedIn(KimppaError):
    code = "not-signed-in"
    status = 401
    sentence = noop("Send a token that is valid: Authorization: Bearer …")


class Token(HttpBearer):
    """`Authorization: Bearer kimppa_…`, made on one's own page in the back office."""

    openapi_description = "A personal access token from the back office's page “Your access tokens”."

    def authenticate(self, request: HttpRequest, token: str) -> User | None:
        _check_rate(request)
        try:
            return tokens.holder(token, scope=tokens.READ, now=clock.real_now())
        except tokens.TokenRefused:
            if too_often(request, "api-token", most=TRIES, seconds=TRIES_IN_SECONDS):
                raise TooOften from None
            return None


class Session(APIKeyCookie):
    """The cookie of the signed-in back office, so that its pages and a browser can read too."""

    param_name = settings.SESSION_COOKIE_NAME

    def authenticate(self, request: HttpRequest, key: str | None) -> User | None:
        user = staff_of(request)
        if user is None or not still_open(request, user) or not second_factor_shown(request, user):
            return None
        _check_rate(request)
        return user


def _check_rate(request: HttpRequest) -> None:
    if too_often(request, "api", most=READS_A_MINUTE, seconds=A_MINUTE):
        raise TooOften


def reader(request: HttpRequest) -> User:
    """Who was let in; every operation asks for the rights of this person."""
    user: object = getattr(request, "auth", None)
    if not isinstance(user, User):
        raise NotSignedIn
    return user


def seen(request: HttpRequest, act: Act) -> Visible:
    """What the reader may see of an act. Raises NotYours where nothing."""
    return require_any(reader(request), act, now=clock.now())
