"""Addresses of static files that carry the file's own fingerprint."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles import finders


def address(name: str) -> str:
    """`/static/kimppa.css?v=3f2a91c04b7d`: changes when, and only when, the file does."""
    print_ = fingerprint(name)
    return f"{settings.STATIC_URL}{name}" + (f"?v={print_}" if print_ else "")


@lru_cache(maxsize=256)
def fingerprint(name: str) -> str:
    """Twelve hex digits of the content; empty where there is no such file."""
    found = finders.find(name)
    if not isinstance(found, str):
        return ""
    return hashlib.sha256(Path(found).read_bytes()).hexdigest()[:12]
