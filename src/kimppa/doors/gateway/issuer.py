"""Our own address towards e-services: the issuer of tokens, and what stands below it."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest


def issuer(request: HttpRequest) -> str:
    """Where the installation says it is (KIMPPA_PUBLIC_URL); without that, where the request came to."""
    told: str = settings.ENV.public_url
    return (told or f"{request.scheme}://{request.get_host()}").rstrip("/")
