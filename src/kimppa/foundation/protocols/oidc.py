"""OpenID Connect as a client: what is asked of an identity provider, and what its answers must be.

One flow only: authorization code with PKCE (S256), state and nonce. Read: OpenID Connect Core 1.0, Discovery
1.0, RFC 7636, RFC 8414, RFC 9207, RFC 9700. ID tokens are read in oidc_tokens. Pure.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets as random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import quote, urlencode, urlsplit

from kimppa.foundation.core.errors import Refused
from kimppa.foundation.core.text import noop

WELL_KNOWN = "/.well-known/openid-configuration"
LONGEST_TOKEN = 16_384
LONGEST = 2_000


class Why(StrEnum):
    """Why an answer was not accepted; shown to people as a short code that helps whoever mends it."""

    DISCOVERY = "discovery"
    ISSUER = "issuer"
    ENDPOINT = "endpoint"
    NO_CODE_FLOW = "no-code-flow"
    NO_PKCE = "no-pkce"
    KEYS = "keys"
    STATE = "state"
    MIX_UP = "mix-up"
    REPLAYED = "replayed"
    ANSWER = "answer"
    TOKEN = "token"  # noqa: S105 (a code, no secret)
    ALGORITHM = "algorithm"
    KEY_UNKNOWN = "key-unknown"
    SIGNATURE = "signature"
    AUDIENCE = "audience"
    EXPIRED = "expired"
    ISSUED = "issued"
    NONCE = "nonce"
    SUBJECT = "subject"
    LEVEL = "level"
    USERINFO = "userinfo"
    IDENTITY = "identity"


WHY_NAMES: dict[Why, str] = {
    Why.DISCOVERY: noop("Its description (openid-configuration) could not be read."),
    Why.ISSUER: noop("It calls itself something else than what is written here as its issuer."),
    Why.ENDPOINT: noop("One of its addresses is not https, or not on a server that is listed here."),
    Why.NO_CODE_FLOW: noop("It does not offer the authorization code flow."),
    Why.NO_PKCE: noop("It does not offer PKCE with S256."),
    Why.KEYS: noop("Its keys could not be read."),
}


class NotAccepted(Refused):
    """The provider's answer cannot be trusted, or does not belong to this sign-in. `why` is a Why."""

    code = "sign-in-not-accepted"
    sentence = noop(
        "The answer of the sign-in service was not accepted, so nobody was signed in. Try again from the "
        "beginning. If it happens again, tell your library this code: %(why)s."
    )


class Cancelled(Refused):
    code = "sign-in-cancelled"
    sentence = noop("The sign-in was not finished. Nothing was changed.")


@dataclass(frozen=True, slots=True)
class Provider:
    """What of a discovery document is used. `tells_issuer`: its answers carry `iss` (RFC 9207)."""

    issuer: str
    authorization: str
    token: str
    keys: str
    userinfo: str
    post_secret: bool
    tells_issuer: bool

    @property
    def addresses(self) -> tuple[str, ...]:
        return tuple(one for one in (self.authorization, self.token, self.keys, self.userinfo) if one)


@dataclass(frozen=True, slots=True)
class Going:
    """One sign-in under way: the secrets that bind the answer to this browser."""

    state: str
    nonce: str
    verifier: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked for. `prompt`: `login` where the person must sign in anew."""

    client_id: str
    redirect_uri: str
    scopes: tuple[str, ...] = ()
    acr_values: tuple[str, ...] = ()
    prompt: str = ""
    language: str = ""


def discovery_address(issuer: str) -> str:
    return issuer.rstrip("/") + WELL_KNOWN


def provider_of(document: bytes, issuer: str) -> Provider:
    """What a discovery document says. Raises NotAccepted."""
    said = object_of(document, Why.DISCOVERY)
    if said.get("issuer") != issuer:
        raise NotAccepted(why=Why.ISSUER.value)
    if "code" not in texts_of(said.get("response_types_supported")):
        raise NotAccepted(why=Why.NO_CODE_FLOW.value)
    # Silence about PKCE is common and harmless; naming other ways only is not.
    ways = said.get("code_challenge_methods_supported")
    if ways is not None and "S256" not in texts_of(ways):
        raise NotAccepted(why=Why.NO_PKCE.value)
    methods = texts_of(said.get("token_endpoint_auth_methods_supported")) or ("client_secret_basic",)
    return Provider(
        issuer=issuer,
        authorization=_endpoint(said, "authorization_endpoint"),
        token=_endpoint(said, "token_endpoint"),
        keys=_endpoint(said, "jwks_uri"),
        userinfo=_endpoint(said, "userinfo_endpoint") if said.get("userinfo_endpoint") else "",
        post_secret="client_secret_basic" not in methods and "client_secret_post" in methods,
        tells_issuer=said.get("authorization_response_iss_parameter_supported") is True,
    )


def _endpoint(said: Mapping[str, object], name: str) -> str:
    text = said.get(name)
    if isinstance(text, str) and len(text) <= LONGEST and text.isascii() and text.isprintable():
        try:
            parts = urlsplit(text)
            if parts.scheme == "https" and parts.hostname and not parts.username and not parts.fragment:
                return text
        except ValueError:
            pass
    raise NotAccepted(why=Why.ENDPOINT.value)


def begin() -> Going:
    """New secrets for one sign-in."""
    return Going(random.token_urlsafe(32), random.token_urlsafe(32), random.token_urlsafe(48))


def challenge(verifier: str) -> str:
    """PKCE, S256."""
    return _plain64(hashlib.sha256(verifier.encode("ascii")).digest())


def authorization_address(provider: Provider, wanted: Wanted, going: Going) -> str:
    """Where the browser is sent."""
    query = {
        "response_type": "code",
        "client_id": wanted.client_id,
        "redirect_uri": wanted.redirect_uri,
        "scope": " ".join(dict.fromkeys(("openid", *wanted.scopes))),
        "state": going.state,
        "nonce": going.nonce,
        "code_challenge": challenge(going.verifier),
        "code_challenge_method": "S256",
        "acr_values": " ".join(wanted.acr_values),
        "prompt": wanted.prompt,
        "ui_locales": wanted.language,
    }
    joint = "&" if urlsplit(provider.authorization).query else "?"
    return provider.authorization + joint + urlencode({name: v for name, v in query.items() if v})


def code_of(params: Mapping[str, Sequence[str]], *, provider: Provider, going: Going) -> str:
    """The code of the address that the browser came back by. Raises Cancelled, NotAccepted."""
    said = {name: _only(params, name) for name in ("state", "iss", "error", "code")}
    if not hmac.compare_digest(said["state"].encode(), going.state.encode()):
        raise NotAccepted(why=Why.STATE.value)
    # RFC 9207: an answer of another provider than the one that was asked.
    if (said["iss"] or provider.tells_issuer) and said["iss"] != provider.issuer:
        raise NotAccepted(why=Why.MIX_UP.value)
    if said["error"]:
        raise Cancelled() if said["error"] == "access_denied" else NotAccepted(why=Why.ANSWER.value)
    if not said["code"]:
        raise NotAccepted(why=Why.ANSWER.value)
    return said["code"]


def _only(params: Mapping[str, Sequence[str]], name: str) -> str:
    values = params.get(name, ())
    if len(values) > 1 or any(len(value) > LONGEST for value in values):
        raise NotAccepted(why=Why.ANSWER.value)
    return values[0] if values else ""


def token_question(
    provider: Provider, wanted: Wanted, *, secret: str, code: str, verifier: str
) -> tuple[bytes, dict[str, str]]:
    """Body and headers of the exchange of a code for tokens."""
    fields = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": wanted.redirect_uri,
        "code_verifier": verifier,
    }
    headers = {"Accept": "application/json"}
    if provider.post_secret:
        fields |= {"client_id": wanted.client_id, "client_secret": secret}
    else:
        pair = f"{quote(wanted.client_id, safe='')}:{quote(secret, safe='')}"
        headers["Authorization"] = "Basic " + base64.b64encode(pair.encode()).decode()
    return urlencode(fields).encode(), headers


def tokens_of(status: int, content: bytes) -> tuple[str, str]:
    """The ID token and the access token of an answer. Raises NotAccepted."""
    said = object_of(content, Why.TOKEN)
    token, access = said.get("id_token"), said.get("access_token")
    if status != 200 or not isinstance(token, str) or len(token) > LONGEST_TOKEN:
        raise NotAccepted(why=Why.TOKEN.value)
    usable = isinstance(access, str) and access.isascii() and access.isprintable()
    return token, access if isinstance(access, str) and usable else ""


def texts_of(value: object) -> tuple[str, ...]:
    return tuple(one for one in value if isinstance(one, str)) if isinstance(value, list) else ()


def object_of(content: bytes, why: Why) -> dict[str, object]:
    try:
        said: object = json.loads(content)
    except (ValueError, RecursionError):
        raise NotAccepted(why=why.value) from None
    if not isinstance(said, dict):
        raise NotAccepted(why=why.value)
    return said


def _plain64(octets: bytes) -> str:
    return base64.urlsafe_b64encode(octets).decode().rstrip("=")
