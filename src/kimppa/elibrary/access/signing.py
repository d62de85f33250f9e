"""The keys that sign ID tokens and tickets, and signing with them.

A new key is published KEY_NOTICE before it signs; an old one stays published until the last token that it
signed has expired. So a vendor that keeps our keys for some minutes never meets an unknown one, and old
tokens verify as long as they are good.
"""

from __future__ import annotations

import secrets as random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import TypeAlias

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from django.db import IntegrityError, transaction
from django.db.models import Q
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, RSAKey

from kimppa.elibrary.access import rules
from kimppa.elibrary.access.models import SigningKey
from kimppa.foundation.core import secrets

ALGORITHM = "RS256"
RSA_BITS = 2048
FIRST = "first"
Claim: TypeAlias = str | int | bool | list[str]
Jwk: TypeAlias = dict[str, str | list[str]]


@dataclass(frozen=True, slots=True)
class KeyRow:
    """A key as the back office shows it."""

    kid: str
    alg: str
    created: datetime
    signs_from: datetime
    published_until: datetime | None


def published(now: datetime) -> tuple[Jwk, ...]:
    """The public keys (JWK) that verify what may still be good, newest first."""
    return tuple(row.public for row in _published(now))


def keys(now: datetime) -> tuple[KeyRow, ...]:
    """The published keys, newest first."""
    return tuple(KeyRow(k.kid, k.alg, k.created, k.signs_from, k.published_until) for k in _published(now))


def _published(now: datetime) -> list[SigningKey]:
    good = Q(published_until__isnull=True) | Q(published_until__gt=now)
    return list(SigningKey.objects.filter(good).order_by("-signs_from", "-pk"))


def sign(claims: Mapping[str, Claim], *, now: datetime) -> str:
    """A JWT by the key in use; the first one is made when there is none."""
    row = SigningKey.objects.filter(signs_from__lte=now).order_by("-signs_from", "-pk").first()
    if row is None:
        row = first_key(now=now)
    header = {"alg": row.alg, "kid": row.kid, "typ": "JWT"}
    return jwt.encode(header, dict(claims), _opened(row.kid, bytes(row.private)), algorithms=[row.alg])


def read(token: str, *, now: datetime) -> dict[str, object] | None:
    """The claims of a JWT that one of the published keys signed; None for any other text.

    Whether it has expired, and for whom it is, the caller must see.
    """
    if len(token) > 8192 or token.count(".") != 2:
        return None
    public = published(now)
    if not public:
        return None
    known = KeySet([_public(str(one["kid"]), str(one["n"]), str(one["e"])) for one in public])
    try:
        return dict(jwt.decode(token, known, algorithms=[ALGORITHM]).claims)
    except (JoseError, ValueError, TypeError, KeyError):
        return None


def first_key(*, now: datetime) -> SigningKey:
    """The key to begin with; another process's, where that was quicker: its name is taken once."""
    try:
        with transaction.atomic():
            return make(now=now, signs_from=now, kid=FIRST)
    except IntegrityError:
        return SigningKey.objects.get(kid=FIRST)


def make(*, now: datetime, signs_from: datetime, kid: str = "") -> SigningKey:
    """A new RSA key, its private part encrypted."""
    made = rsa.generate_private_key(public_exponent=65537, key_size=RSA_BITS)
    pem = made.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    kid = kid or random.token_urlsafe(12)
    shown = RSAKey.import_key(pem).as_dict(private=False)
    public = {"kty": "RSA", "n": str(shown["n"]), "e": str(shown["e"]), "kid": kid, "use": "sig"}
    return SigningKey.objects.create(
        kid=kid,
        alg=ALGORITHM,
        private=secrets.encrypt(pem),
        public={**public, "alg": ALGORITHM},
        created=now,
        signs_from=signs_from,
    )


def still_needed(row: SigningKey, *, next_signs_from: datetime) -> datetime:
    """Until when a key verifies something good, once the next one has begun to sign."""
    return max(next_signs_from, row.signs_from) + max(rules.ID_TOKEN_LIFE, rules.TICKET_LIFE)


def seal_anew() -> int:
    """Encrypt the private parts that an older key sealed with the key in use; returns how many."""
    done = 0
    for pk in SigningKey.objects.values_list("pk", flat=True):
        with transaction.atomic():
            row = SigningKey.objects.select_for_update().get(pk=pk)
            if not secrets.is_current(bytes(row.private)):
                row.private = secrets.encrypt(secrets.decrypt(bytes(row.private)))
                row.save(update_fields=["private"])
                done += 1
    return done


@lru_cache(maxsize=8)
def _opened(kid: str, sealed: bytes) -> RSAKey:
    """Reading a private key takes longer than signing with it."""
    return RSAKey.import_key(secrets.decrypt(sealed), {"kid": kid})


@lru_cache(maxsize=32)
def _public(kid: str, n: str, e: str) -> RSAKey:
    return RSAKey.import_key({"kty": "RSA", "n": n, "e": e, "kid": kid, "use": "sig", "alg": ALGORITHM})


def is_for(claims: Mapping[str, object], client_id: str) -> bool:
    """Whether a token's audience is that client."""
    told = claims.get("aud")
    return (
        client_id in told if isinstance(told, Sequence) and not isinstance(told, str) else told == client_id
    )
