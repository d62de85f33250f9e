"""The name of a person towards one connection: no two can tell that theirs are the same person."""

from __future__ import annotations

from kimppa.foundation.core import secrets


def subject(client_id: str, pseudonym: str) -> str:
    """Pairwise (OpenID Connect Core §8.1): an HMAC with a key that is never changed."""
    return secrets.hmac_hex("patrons", f"subject:{client_id}:{pseudonym}")
