"""What an e-service may be told, for how long, and how its own settings must look. Pure.

Sources: OpenID Connect Core 1.0 (scopes, pairwise subjects), RFC 9700 (exact redirect addresses, codes of
single use), RFC 7636 (PKCE). Data minimising after Finna's scopes: never a name, a card or an address.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Iterable
from datetime import timedelta
from enum import StrEnum
from ipaddress import IPv4Network, IPv6Address, ip_address, ip_network
from urllib.parse import urlsplit

from kimppa.foundation.core.errors import Invalid
from kimppa.foundation.core.text import noop


class Way(StrEnum):
    """How an e-service asks."""

    OIDC = "oidc"
    TICKET = "ticket"
    JSON = "json"
    SIP2 = "sip2"


WAY_NAMES: dict[Way, str] = {
    Way.OIDC: noop("OpenID Connect"),
    Way.TICKET: noop("Signed ticket link"),
    Way.JSON: noop("JSON validation"),
    Way.SIP2: noop("SIP2"),
}


class Told(StrEnum):
    """What is told of a person; the scopes of the OpenID Provider besides `openid`."""

    ENTITLED = "entitled"
    AGE_GROUP = "age_group"
    MUNICIPALITY = "municipality"


OPENID = "openid"
TOLD_NAMES: dict[Told, str] = {
    Told.ENTITLED: noop("that you may use the service"),
    Told.AGE_GROUP: noop("your age group (child, young or adult), where your library tells it"),
    Told.MUNICIPALITY: noop("your home municipality, where your library tells it"),
}
# The value of a claim that the library system does not tell.
UNKNOWN = "unknown"

CODE_LIFE = timedelta(seconds=60)
TICKET_LIFE = timedelta(seconds=60)
TOKEN_LIFE = timedelta(minutes=10)
ID_TOKEN_LIFE = timedelta(hours=1)
# How long a new signing key is published before it signs, so that caches of keys know it.
KEY_NOTICE = timedelta(minutes=10)
OLD_SECRET_LIFE = timedelta(hours=24)
LOG_KEPT = timedelta(days=90)
RATE_DEFAULT, RATE_MOST = 120, 60_000
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
ADDRESS_LONGEST = 500


class BadAddress(Invalid):
    code = "bad-return-address"
    sentence = noop(
        "%(address)s cannot be used: an address begins with https:// and has no “#”, no “*” and no name or "
        "password in it."
    )


class BadNetwork(Invalid):
    code = "bad-network"
    sentence = noop("%(network)s is no network. Write for example 192.0.2.0/24 or 2001:db8::/48.")


class BadScopes(Invalid):
    code = "bad-told"
    sentence = noop("The home municipality is told only where the service's terms of use say so.")


class BadRate(Invalid):
    code = "bad-rate"
    sentence = noop("The rate must be between 1 and 60,000 questions a minute.")


def client_key(text: str) -> str:
    """A client id as it is looked up: what no row can hold (PostgreSQL takes no NUL) becomes nobody's."""
    return text[:60] if text.isascii() and text.isprintable() else ""


def tidy_address(text: str) -> str:
    """An address a browser may be sent to, exactly as it will be compared. Raises BadAddress.

    https, or plain http on the machine itself (a developer's).
    """
    address = text.strip()
    try:
        parts = urlsplit(address)
        host, _port = parts.hostname or "", parts.port
    except ValueError:
        raise BadAddress(address=address[:80]) from None
    plain = address.isascii() and address.isprintable() and not set(address) & set(' "<>\\^`{|}*')
    scheme = parts.scheme == "https" or (parts.scheme == "http" and host in LOOPBACK)
    if not (plain and scheme and host) or "#" in address or "@" in parts.netloc:
        raise BadAddress(address=address[:80])
    if len(address) > ADDRESS_LONGEST:
        raise BadAddress(address=address[:80])
    return address


OWN_PAGE = re.compile(r"/[a-z0-9][A-Za-z0-9/_-]*")


def tidy_launch(text: str) -> str:
    """Where one tap leads: an address, or a page of our own from its first slash on. Raises BadAddress."""
    own = text.strip()
    return own if OWN_PAGE.fullmatch(own) and len(own) <= ADDRESS_LONGEST else tidy_address(text)


def tidy_network(text: str) -> str:
    """A network as CIDR. Raises BadNetwork."""
    try:
        return str(ip_network(text.strip(), strict=False))
    except ValueError:
        raise BadNetwork(network=text.strip()[:60]) from None


def may_call_from(address: str, networks: Iterable[str]) -> bool:
    """Whether an address lies in one of the networks; no networks at all: from anywhere."""
    allowed = [ip_network(one) for one in networks]
    if not allowed:
        return True
    try:
        asked = ip_address(address)
    except ValueError:
        return False
    if isinstance(asked, IPv6Address) and asked.ipv4_mapped is not None:
        asked = asked.ipv4_mapped
    return any(asked in net for net in allowed)


def network_of(address: str) -> str:
    """The caller's network for the log: /24 of IPv4, /48 of IPv6; empty where unreadable."""
    try:
        asked = ip_address(address)
    except ValueError:
        return ""
    if isinstance(asked, IPv6Address) and asked.ipv4_mapped is not None:
        asked = asked.ipv4_mapped
    prefix = 24 if asked.version == 4 else 48
    net = ip_network((asked, prefix), strict=False)
    return str(net) if isinstance(net, IPv4Network) else net.compressed


def hashed(secret: str) -> str:
    """Our secrets have 256 random bits: a plain digest is as hard to turn back as a slow one."""
    return hashlib.sha256(secret.encode()).hexdigest()


def same_secret(given: str, kept: str) -> bool:
    """Whether a secret has that digest, told in the same time whatever it is."""
    return bool(kept) and hmac.compare_digest(hashed(given), kept)


def challenge_of(verifier: str) -> str:
    """The S256 challenge of a PKCE verifier (RFC 7636 §4.2)."""
    digest = hashlib.sha256(verifier.encode("ascii", "replace")).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def is_verifier(text: str) -> bool:
    """RFC 7636 §4.1: 43 to 128 unreserved characters."""
    return 43 <= len(text) <= 128 and text.isascii() and all(c.isalnum() or c in "-._~" for c in text)
