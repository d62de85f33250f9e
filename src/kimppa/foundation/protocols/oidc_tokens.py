"""Keys of an identity provider and the ID tokens that they sign: every check before a claim is believed.

Signatures are joserfc's, by public keys alone: RS256, ES256 and PS256, whatever the token says. Pure.
"""

from __future__ import annotations

import base64
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey

from kimppa.foundation.protocols.oidc import LONGEST_TOKEN, NotAccepted, Why, object_of, texts_of

ALGORITHMS = ("RS256", "ES256", "PS256")
LEEWAY = 60
LEAST_RSA_BITS = 2048
MOST_KEYS = 50
# A claim of an inner object is called `outer.inner`, as deep as this.
DEEPEST = 2


@dataclass(frozen=True, slots=True)
class Expected:
    """What an ID token must fit. `levels`: one of these must be its `acr`, where any is named."""

    issuer: str
    client_id: str
    nonce: str
    levels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Claims:
    """Verified claims. `told`: every scalar by name, those of inner objects as `outer.inner`."""

    issuer: str
    subject: str
    acr: str
    amr: tuple[str, ...]
    told: Mapping[str, str]


Keys: TypeAlias = Sequence[RSAKey | ECKey]


def keys_of(content: bytes) -> Keys:
    """The public keys of a JWKS that may sign ID tokens; others in it are passed over. Raises NotAccepted."""
    rows = object_of(content, Why.KEYS).get("keys")
    if not isinstance(rows, list):
        raise NotAccepted(why=Why.KEYS.value)
    found = [key for row in rows[:MOST_KEYS] if isinstance(row, dict) and (key := _key(row)) is not None]
    if not found:
        raise NotAccepted(why=Why.KEYS.value)
    return found


def _key(row: dict[str, object]) -> RSAKey | ECKey | None:
    names = ("kty", "kid", "alg", "use", "n", "e", "crv", "x", "y")
    shown = {name: value for name, value in row.items() if name in names and isinstance(value, str)}
    if shown.get("use", "sig") != "sig" or shown.get("alg", "RS256") not in ALGORITHMS:
        return None
    try:
        if shown.get("kty") == "RSA":
            key = RSAKey.import_key(dict(shown))
            return key if key.public_key.key_size >= LEAST_RSA_BITS else None
        if shown.get("kty") == "EC" and shown.get("crv") == "P-256":
            return ECKey.import_key(dict(shown))
    except (JoseError, ValueError, TypeError, KeyError):
        return None
    return None


def knows(keys: Keys, token: str) -> bool:
    """Whether a key fits the token's header; if not, the keys may have changed since they were read."""
    return bool(_fitting(keys, token))


def _fitting(keys: Keys, token: str) -> list[RSAKey | ECKey]:
    """The keys by which a token may be signed. Raises NotAccepted where its header can never be right."""
    header = _header(token)
    algorithm = header.get("alg")
    if algorithm not in ALGORITHMS or "crit" in header:
        raise NotAccepted(why=Why.ALGORITHM.value)
    kind = ECKey if algorithm == "ES256" else RSAKey
    fitting = [key for key in keys if isinstance(key, kind) and key.alg in (None, algorithm)]
    kid = header.get("kid")
    if kid is not None:
        return [key for key in fitting if key.kid == kid]
    return fitting if len(fitting) == 1 else []


def _header(token: str) -> dict[str, object]:
    if len(token) > LONGEST_TOKEN or token.count(".") != 2 or not token.isascii():
        raise NotAccepted(why=Why.TOKEN.value)
    try:
        head = token.partition(".")[0]
        plain = base64.urlsafe_b64decode(head + "=" * (-len(head) % 4))
    except ValueError:
        raise NotAccepted(why=Why.TOKEN.value) from None
    return object_of(plain, Why.TOKEN)


def claims_of(token: str, keys: Keys, expected: Expected, *, now: int) -> Claims:
    """The claims of an ID token, once signature and every check are right. Raises NotAccepted.

    now: seconds since 1970. Which claim is checked first is no promise; that all of them are, is.
    """
    fitting = _fitting(keys, token)
    if not fitting:
        raise NotAccepted(why=Why.KEY_UNKNOWN.value)
    said = _signed(token, fitting)
    subject, acr = said.get("sub"), said.get("acr")
    wrong = {
        Why.ISSUER: said.get("iss") != expected.issuer,
        Why.AUDIENCE: not _is_for(said, expected.client_id),
        Why.EXPIRED: not _number(said.get("exp")) or said["exp"] + LEEWAY <= now,
        Why.ISSUED: not _number(said.get("iat")) or said["iat"] - LEEWAY > now or _not_yet(said, now),
        Why.NONCE: not _same(said.get("nonce"), expected.nonce),
        Why.SUBJECT: not isinstance(subject, str) or not subject.strip() or len(subject) > 255,
        Why.LEVEL: bool(expected.levels) and acr not in expected.levels,
    }
    for why, is_wrong in wrong.items():
        if is_wrong:
            raise NotAccepted(why=why.value)
    told: dict[str, str] = {}
    _flatten(said, "", told, 0)
    return Claims(
        expected.issuer, str(subject), acr if isinstance(acr, str) else "", texts_of(said.get("amr")), told
    )


def _signed(token: str, keys: Keys) -> dict[str, Any]:
    for key in keys:
        try:
            return dict(jwt.decode(token, key, algorithms=list(ALGORITHMS)).claims)
        except (JoseError, ValueError, TypeError, KeyError, RecursionError):
            continue
    raise NotAccepted(why=Why.SIGNATURE.value)


def with_userinfo(claims: Claims, status: int, content: bytes) -> Claims:
    """The claims with what the userinfo address adds; what the ID token said stands. Raises NotAccepted."""
    said = object_of(content, Why.USERINFO)
    if status != 200 or said.get("sub") != claims.subject:
        raise NotAccepted(why=Why.USERINFO.value)
    more: dict[str, str] = {}
    _flatten(said, "", more, 0)
    return Claims(claims.issuer, claims.subject, claims.acr, claims.amr, more | dict(claims.told))


def proves(claims: Claims, *, acr: Sequence[str], amr: Sequence[str]) -> bool:
    """Whether the sign-in itself proves a second factor: by its level, or by the ways that were used."""
    return bool(claims.acr and claims.acr in acr) or bool(set(claims.amr) & set(amr))


def _is_for(said: Mapping[str, object], client_id: str) -> bool:
    """`aud` names us; where it names others too, or `azp` is there, the token was given to us."""
    told = said.get("aud")
    audience = (told,) if isinstance(told, str) else texts_of(told)
    party = said.get("azp")
    if client_id not in audience or (len(audience) > 1 and party is None):
        return False
    return party is None or party == client_id


def _not_yet(said: Mapping[str, object], now: int) -> bool:
    begins = said.get("nbf")
    return begins is not None and not (isinstance(begins, int | float) and begins - LEEWAY <= now)


def _same(told: object, wanted: str) -> bool:
    return isinstance(told, str) and bool(wanted) and hmac.compare_digest(told.encode(), wanted.encode())


def _number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _flatten(said: Mapping[str, object], prefix: str, found: dict[str, str], depth: int) -> None:
    for name, value in said.items():
        place = f"{prefix}{name}"[:60]
        if isinstance(value, dict) and depth < DEEPEST:
            _flatten(value, f"{place}.", found, depth + 1)
        elif isinstance(value, bool):
            found[place] = "true" if value else "false"
        elif isinstance(value, str | int | float):
            found[place] = str(value)
