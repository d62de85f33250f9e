"""What an e-service's authorization request says, and whether it may. Pure.

Sources: RFC 6749 §4.1, RFC 7636 (S256 only), OpenID Connect Core 1.0 §3.1.2, RFC 9207 (iss), RFC 9700.
A request whose client or return address is wrong is never sent back anywhere (UnknownClient, ForgedRedirect).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from kimppa.elibrary.access.rules import OPENID, Told
from kimppa.foundation.core.errors import Invalid, Param
from kimppa.foundation.core.text import noop

LONGEST = 1000
PROMPTS = frozenset({"none", "login", "consent", "select_account"})


class UnknownClient(Invalid):
    code = "unknown-client"
    status = 400
    sentence = noop(
        "The e-service that sent you here is not one that we know, so you were not sent back. Open the "
        "service from our own page instead."
    )


class ForgedRedirect(Invalid):
    code = "bad-redirect"
    status = 400
    sentence = noop(
        "The address to return to is not one that this e-service has registered, so you were not sent there. "
        "Open the service from our own page instead."
    )


class SentBack(Invalid):
    """The e-service is told by a redirect what is wrong with its request."""

    code = "sent-back"
    status = 400
    sentence = noop("The e-service’s request was refused: %(description)s")

    def __init__(self, *, error: str, description: str, redirect_uri: str, state: str) -> None:
        params: dict[str, Param] = {"error": error, "description": description}
        super().__init__(**params)
        self.error = error
        self.description = description
        self.redirect_uri = redirect_uri
        self.state = state


@dataclass(frozen=True, slots=True)
class Client:
    """What of a connection the reading of a request needs. `told`: the scopes it may ask for."""

    client_id: str
    redirect_uris: tuple[str, ...]
    told: frozenset[str]


@dataclass(frozen=True, slots=True)
class Request:
    """A request in order. `max_age` in seconds; scopes sorted, without openid."""

    client_id: str
    redirect_uri: str
    scopes: tuple[str, ...]
    state: str
    nonce: str
    challenge: str
    silent: bool
    again: bool
    ask_consent: bool
    max_age: int | None


def read(params: Sequence[tuple[str, str]], client: Client) -> Request:
    """The request that the parameters make. Raises ForgedRedirect, SentBack."""
    redirect_uri = only(params, "redirect_uri")
    if redirect_uri not in client.redirect_uris:
        raise ForgedRedirect()
    given = dict(params)
    state = given.get("state", "")

    def refused(error: str, description: str) -> SentBack:
        return SentBack(
            error=error, description=description, redirect_uri=redirect_uri, state=state[:LONGEST]
        )

    twice = sorted(name for name, n in Counter(name for name, _ in params).items() if n > 1)
    if twice:
        raise refused("invalid_request", "a parameter is given twice")
    if any(len(value) > LONGEST or "\x00" in value for value in given.values()):
        raise refused("invalid_request", "a parameter is too long")
    if "request" in given:
        raise refused("request_not_supported", "request objects are not supported")
    if "request_uri" in given:
        raise refused("request_uri_not_supported", "request_uri is not supported")
    if given.get("response_type") != "code":
        raise refused("unsupported_response_type", "response_type must be code")
    if given.get("response_mode", "query") != "query":
        raise refused("invalid_request", "response_mode must be query")
    wrong = _pkce(given) or _scope(given, client) or _prompt(given)
    if wrong is not None:
        raise refused(*wrong)
    prompts = set(given.get("prompt", "").split())
    return Request(
        client_id=client.client_id,
        redirect_uri=redirect_uri,
        scopes=tuple(sorted(set(given["scope"].split()) - {OPENID})),
        state=state,
        nonce=given.get("nonce", ""),
        challenge=given["code_challenge"],
        silent="none" in prompts,
        again=bool(prompts & {"login", "select_account"}),
        ask_consent="consent" in prompts,
        max_age=int(given["max_age"]) if given.get("max_age") else None,
    )


def _pkce(given: dict[str, str]) -> tuple[str, str] | None:
    challenge = given.get("code_challenge", "")
    if given.get("code_challenge_method") != "S256":
        return "invalid_request", "code_challenge_method must be S256"
    if len(challenge) != 43 or not all(c.isascii() and (c.isalnum() or c in "-_") for c in challenge):
        return "invalid_request", "code_challenge must be 43 characters of base64url"
    return None


def _scope(given: dict[str, str], client: Client) -> tuple[str, str] | None:
    scopes = set(given.get("scope", "").split())
    if OPENID not in scopes:
        return "invalid_scope", "scope must contain openid"
    strange = scopes - {OPENID} - client.told
    if strange & set(Told):
        return "invalid_scope", "this connection may not ask for " + " ".join(sorted(strange & set(Told)))
    # Core §3.1.2.1: scopes that are not understood should be ignored; we say so instead of giving less.
    if strange:
        return "invalid_scope", "there are no other scopes than entitled age_group municipality"
    return None


def _prompt(given: dict[str, str]) -> tuple[str, str] | None:
    prompts = given.get("prompt", "").split()
    if set(prompts) - PROMPTS or ("none" in prompts and len(prompts) > 1):
        return "invalid_request", "prompt must be none, or login and consent"
    age = given.get("max_age", "")
    if age and not (age.isascii() and age.isdigit() and len(age) < 10):
        return "invalid_request", "max_age must be a number of seconds"
    return None


def only(params: Sequence[tuple[str, str]], name: str) -> str:
    """A parameter's value; empty where it is not given or given twice."""
    values = [value for key, value in params if key == name]
    return values[0] if len(values) == 1 else ""
