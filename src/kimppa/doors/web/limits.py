"""How often one address may do a thing that anybody may do. The address itself is not kept."""

from __future__ import annotations

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest

from kimppa.foundation.core import clock, secrets


def too_often(request: HttpRequest, what: str, *, most: int, seconds: int) -> bool:
    """Count one more try of `what` from this address; True when it is over `most` in the span of time."""
    span = int(clock.real_now().timestamp()) // seconds
    key = f"often:{what}:{span}:{secrets.hmac_hex('patrons', f'address:{address_of(request)}')[:32]}"
    cache.add(key, 0, seconds)
    return cache.incr(key) > most


def address_of(request: HttpRequest) -> str:
    """The visitor's address; behind trusted proxies, what the outermost of them saw."""
    hops = [hop.strip() for hop in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",") if hop.strip()]
    trusted: int = settings.ENV.trusted_proxies
    if trusted and len(hops) >= trusted:
        return str(hops[-trusted])
    return str(request.META.get("REMOTE_ADDR", ""))
