"""A sign-in at somebody else's page that is under way: what binds its answer to this browser.

It stands in a cookie that only we can read, for a quarter of an hour, and is good for one answer. Residents
and staff have cookies of their own; neither opens the other's.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest, HttpResponseBase

from kimppa.foundation.core import secrets
from kimppa.foundation.core.errors import KimppaError
from kimppa.foundation.protocols.oidc import Going, NotAccepted, Why

RESIDENTS, STAFF = "residents", "staff"
COOKIES = {RESIDENTS: "kimppa_going", STAFF: "kimppa_staff_going"}
GOOD_FOR = 15 * 60
# A browser keeps no cookie beyond four kilobytes; whoever came by a longer address lands on the front page.
LONGEST, LONGEST_BACK = 4_000, 1_900


@dataclass(frozen=True, slots=True)
class UnderWay:
    """`where`: whose page it is (a library system's slug, an issuer's number). `more`: what to do after."""

    where: str
    going: Going
    redirect_uri: str
    language: str
    back: str
    more: Mapping[str, str] = field(default_factory=dict)


def keep(response: HttpResponseBase, realm: str, one: UnderWay, *, now: datetime) -> None:
    """Give it to the browser to keep."""
    told = asdict(one) | {"back": one.back if len(one.back) <= LONGEST_BACK else ""}
    plain = json.dumps({"realm": realm, "at": int(now.timestamp()), **told}).encode()
    response.set_cookie(
        COOKIES[realm],
        base64.urlsafe_b64encode(secrets.encrypt(plain)).decode(),
        max_age=GOOD_FOR,
        httponly=True,
        samesite="Lax",
        secure=settings.SESSION_COOKIE_SECURE,
    )


def peek(request: HttpRequest, realm: str, *, now: datetime) -> UnderWay | None:
    """What this browser has under way; None where there is nothing, or it is too old or not ours."""
    sealed = request.COOKIES.get(COOKIES[realm], "")
    if not sealed or len(sealed) > LONGEST:
        return None
    try:
        told = json.loads(secrets.decrypt(base64.urlsafe_b64decode(sealed.encode())))
        begun, whose = told.pop("at"), told.pop("realm")
        one = UnderWay(**{**told, "going": Going(**told["going"])})
    except (KimppaError, ValueError, TypeError, KeyError):
        return None
    return one if whose == realm and 0 <= now.timestamp() - begun <= GOOD_FOR else None


def take(request: HttpRequest, realm: str, *, now: datetime) -> UnderWay:
    """As `peek`, for the one answer that it is good for. Raises NotAccepted."""
    one = peek(request, realm, now=now)
    if one is None:
        raise NotAccepted(why=Why.STATE.value)
    spent = hashlib.sha256(one.going.state.encode()).hexdigest()
    if not cache.add(f"under-way:{spent}", 1, 2 * GOOD_FOR):
        raise NotAccepted(why=Why.REPLAYED.value)
    return one


def end(response: HttpResponseBase, realm: str) -> None:
    """Take it from the browser."""
    response.delete_cookie(COOKIES[realm], samesite="Lax")
