"""How an e-service's server shows its secret: HTTP Basic, Bearer, or (token endpoint only) in the form."""

from __future__ import annotations

import base64
import binascii
from urllib.parse import unquote_plus

from django.http import HttpRequest

LONGEST = 400


def basic(request: HttpRequest) -> tuple[str, str] | None:
    """Client id and secret of a Basic header, decoded as RFC 6749 §2.3.1 says; None without one."""
    scheme, _, rest = request.headers.get("Authorization", "")[:LONGEST].partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        client_id, _, secret = base64.b64decode(rest.strip(), validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    return unquote_plus(client_id), unquote_plus(secret)


def bearer(request: HttpRequest) -> str:
    """What a Bearer header carries; empty without one."""
    scheme, _, rest = request.headers.get("Authorization", "")[:LONGEST].partition(" ")
    return rest.strip() if scheme.lower() == "bearer" else ""


def key(request: HttpRequest) -> tuple[str, str]:
    """Client id and secret, by Basic or by Bearer `client-id.secret`; empty texts without either."""
    shown = basic(request)
    if shown is not None:
        return shown
    client_id, _, secret = bearer(request).partition(".")
    return client_id, secret
