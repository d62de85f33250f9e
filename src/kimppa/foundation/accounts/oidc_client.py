"""Signing somebody in at an identity provider: our side of the calls, for residents and staff alike.

Every call goes through core.http to hosts that are written down with the provider. Descriptions and keys are
kept for some minutes; keys are read once more when a token names one that is not known. Nothing is kept of a
person. A claim may be sealed: then its value is replaced before anybody sees it.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from urllib.parse import urlsplit

from kimppa.foundation.core import http
from kimppa.foundation.core.errors import KimppaError, Unavailable
from kimppa.foundation.core.text import noop
from kimppa.foundation.protocols import oidc, oidc_tokens
from kimppa.foundation.protocols.oidc import Going, NotAccepted, Provider, Wanted, Why
from kimppa.foundation.protocols.oidc_tokens import Claims, Expected, Keys

KEPT_SECONDS = 300.0
MOST_BYTES = 262_144
FORM = "application/x-www-form-urlencoded"
JSON = {"Accept": "application/json"}
MOST_KEPT = 200


class ProviderSilent(Unavailable):
    """The provider was not reached, or not in time. `host` is whom we asked."""

    code = "sign-in-service-silent"
    sentence = noop(
        "The sign-in service at %(host)s does not answer just now. Nothing was changed. Try again in a while."
    )


@dataclass(frozen=True, slots=True)
class Client:
    """We, towards one provider.

    hosts: the servers, besides the issuer's own, that its addresses may be on; `host` or `host:port`.
    levels: one of these `acr` is asked for and required. userinfo: ask there for more claims.
    """

    issuer: str
    client_id: str
    secret: str = field(repr=False)
    scopes: tuple[str, ...] = ()
    levels: tuple[str, ...] = ()
    asked_levels: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()
    private: bool = False
    ca: str = ""
    userinfo: bool = False
    timeout: int = 8

    @property
    def places(self) -> frozenset[tuple[str, int]]:
        """Where calls may go: host and port."""
        told = (urlsplit(self.issuer).netloc, *self.hosts)
        return frozenset(_place(f"https://{one}") for one in told)

    @property
    def allowed(self) -> http.Allowed:
        hosts = frozenset(host for host, _ in self.places)
        return http.Allowed(
            hosts, private=self.private, ports=frozenset(p for _, p in self.places), ca=self.ca
        )


@dataclass(frozen=True, slots=True)
class _Known:
    until: float
    provider: Provider
    keys: Keys


_known: dict[Client, _Known] = {}
_lock = threading.Lock()


def forget() -> None:
    """Read every description and key anew."""
    with _lock:
        _known.clear()


def start(client: Client, wanted: Wanted) -> tuple[str, Going]:
    """Where to send the browser, and what to keep in it sealed. Raises ProviderSilent, NotAccepted."""
    known = _of(client, _deadline(client))
    going = oidc.begin()
    return oidc.authorization_address(known.provider, wanted, going), going


def wanted_of(client: Client, *, redirect_uri: str, language: str, anew: bool = False) -> Wanted:
    """What we ask of a provider. `anew`: the person must show once more who they are."""
    levels = tuple(dict.fromkeys((*client.levels, *client.asked_levels)))
    prompt = "login" if anew else ""
    return Wanted(client.client_id, redirect_uri, client.scopes, levels, prompt, language)


def finish(
    client: Client,
    wanted: Wanted,
    going: Going,
    params: Mapping[str, Sequence[str]],
    *,
    now: datetime,
    sealed: Mapping[str, Callable[[str], str]] | None = None,
) -> Claims:
    """Who came back, verified. Real time. Raises Cancelled, NotAccepted, ProviderSilent.

    sealed: claims whose value is replaced at once by what the function gives.
    """
    deadline = _deadline(client)
    known = _of(client, deadline)
    code = oidc.code_of(params, provider=known.provider, going=going)
    content, headers = oidc.token_question(
        known.provider, wanted, secret=client.secret, code=code, verifier=going.verifier
    )
    answer = _call(client, known.provider.token, deadline, content=content, headers=headers)
    token, access = oidc.tokens_of(answer.status, answer.content)
    if not oidc_tokens.knows(known.keys, token):
        known = _of(client, deadline, anew=True)
    expected = Expected(client.issuer, client.client_id, going.nonce, client.levels)
    claims = oidc_tokens.claims_of(token, known.keys, expected, now=int(now.timestamp()))
    if client.userinfo and known.provider.userinfo and access:
        bearer = JSON | {"Authorization": f"Bearer {access}"}
        more = _call(client, known.provider.userinfo, deadline, headers=bearer)
        claims = oidc_tokens.with_userinfo(claims, more.status, more.content)
    return _sealed(claims, sealed or {})


def _sealed(claims: Claims, sealed: Mapping[str, Callable[[str], str]]) -> Claims:
    told = dict(claims.told)
    for name, seal in sealed.items():
        value = told.pop(name, "")
        # A value that stands under another name too goes with it.
        told = {other: text for other, text in told.items() if not value or value not in text}
        told[name] = seal(value)
    return replace(claims, told=told)


def reach(client: Client) -> Provider:
    """Read description and keys anew: the provider is there. Raises ProviderSilent, NotAccepted."""
    return _of(client, _deadline(client), anew=True).provider


def _of(client: Client, deadline: float, *, anew: bool = False) -> _Known:
    now = time.monotonic()
    with _lock:
        kept = _known.get(client)
    if kept is not None and kept.until > now and not anew:
        return kept
    place = oidc.discovery_address(client.issuer)
    told = _call(client, place, deadline)
    if told.status != 200:
        raise NotAccepted(why=Why.DISCOVERY.value)
    provider = oidc.provider_of(told.content, client.issuer)
    if any(_place(one) not in client.places for one in provider.addresses):
        raise NotAccepted(why=Why.ENDPOINT.value)
    keys = oidc_tokens.keys_of(_call(client, provider.keys, deadline).content)
    found = _Known(now + KEPT_SECONDS, provider, keys)
    with _lock:
        if len(_known) >= MOST_KEPT:
            _known.clear()
        _known[client] = found
    return found


def _place(address: str) -> tuple[str, int]:
    parts = urlsplit(address)
    return (parts.hostname or "").rstrip("."), parts.port or 443


def _deadline(client: Client) -> float:
    return time.monotonic() + client.timeout


def _call(
    client: Client,
    address: str,
    deadline: float,
    *,
    content: bytes | None = None,
    headers: Mapping[str, str] = JSON,
) -> http.Answer:
    host = urlsplit(address).hostname or ""
    left = deadline - time.monotonic()
    if left <= 0:
        raise ProviderSilent(host=host)
    try:
        if content is None:
            return http.get(
                address, allowed=client.allowed, headers=headers, timeout=left, max_bytes=MOST_BYTES
            )
        return http.post(
            address,
            allowed=client.allowed,
            content=content,
            media_type=FORM,
            headers=headers,
            timeout=left,
            max_bytes=MOST_BYTES,
        )
    except http.AddressRefused:
        raise NotAccepted(why=Why.ENDPOINT.value) from None
    except KimppaError:
        raise ProviderSilent(host=host) from None
