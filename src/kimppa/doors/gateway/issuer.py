"""Our own address towards e-services: the issuer of tokens, and what stands below it."""

from __future__ import annotations

from django.http import HttpRequest

from kimppa.doors.web.hosts import own_address


def issuer(request: HttpRequest) -> str:
    """Where the installation says it is (KIMPPA_PUBLIC_URL); without that, where the request came to."""
    return own_address(request)
