"""Calls out of the house. Every call names the hosts that it may reach.

Promises: the whole call ends by its timeout; no more than `max_bytes` are read; the host's addresses
are resolved once, all of them checked, and the connection is made to the checked address (with the
host's own name in TLS and in the request), so that a name cannot be bound anew in between; every
redirect is checked like a first address; proxies named in the environment are not used.
"""

from __future__ import annotations

import ipaddress
import socket
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import BinaryIO, TypeAlias
from urllib.parse import urljoin, urlsplit

import httpx

from kimppa.foundation.core.errors import Invalid, Refused, Unavailable
from kimppa.foundation.core.text import noop, shorten

MAX_REDIRECTS = 5
DEFAULT_TIMEOUT = 15.0
DEFAULT_MAX_BYTES = 10 * 1024 * 1024
REDIRECTS = frozenset({301, 302, 303, 307, 308})
SAME_METHOD = frozenset({307, 308})
NAT64 = ipaddress.ip_network("64:ff9b::/96")
USER_AGENT = "Kimppa/0.1"
IpAddress: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address


class AddressRefused(Refused):
    code = "address-refused"
    sentence = noop("The address %(url)s may not be called from here.")


class NotReached(Unavailable):
    code = "not-reached"
    sentence = noop("%(host)s did not answer.")


class AnswerTooLarge(Invalid):
    code = "answer-too-large"
    sentence = noop("The answer of %(host)s is larger than %(limit)s bytes.")


class AnswerEncoded(Invalid):
    code = "answer-encoded"
    sentence = noop("The answer of %(host)s is compressed although that was not asked for.")


class RedirectRefused(Refused):
    code = "redirect-refused"
    sentence = noop("%(host)s sends the call on to somewhere else, which is not followed.")


@dataclass(frozen=True, slots=True)
class Allowed:
    """Where a call may go.

    hosts: exact names, or `.example.fi` for every name below example.fi. private: addresses of the
    house's own network and of this machine are meant. insecure: http:// too. ports: besides 443 and 80.
    ca: certificates (PEM) that are trusted instead of the public ones.
    """

    hosts: frozenset[str]
    private: bool = False
    insecure: bool = False
    ports: frozenset[int] = frozenset()
    ca: str = ""

    def host(self, name: str) -> bool:
        bare = name.lower().rstrip(".")
        return any(bare == one or (one.startswith(".") and bare.endswith(one)) for one in self.hosts)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, whatever its status; header names in lower case."""

    status: int
    headers: Mapping[str, str]
    content: bytes
    url: str


@dataclass(frozen=True, slots=True)
class _Call:
    method: str
    url: str
    content: bytes | None
    headers: Mapping[str, str] = field(default_factory=dict)
    sink: BinaryIO | None = None


@dataclass(frozen=True, slots=True)
class _Target:
    """An address that was checked."""

    scheme: str
    host: str
    port: int
    address: IpAddress
    path: str

    @property
    def origin(self) -> tuple[str, str, int]:
        return self.scheme, self.host, self.port

    @property
    def dialled(self) -> str:
        literal = f"[{self.address}]" if self.address.version == 6 else str(self.address)
        return f"{self.scheme}://{literal}:{self.port}{self.path}"

    @property
    def host_header(self) -> str:
        name = f"[{self.host}]" if ":" in self.host else self.host
        return name if self.port == _usual(self.scheme) else f"{name}:{self.port}"


def get(
    url: str,
    *,
    allowed: Allowed,
    headers: Mapping[str, str] | None = None,
    timeout: float = DEFAULT_TIMEOUT,
    max_bytes: int = DEFAULT_MAX_BYTES,
) -> Answer:
    """GET. Raises AddressRefused, RedirectRefused, NotReached, AnswerTooLarge, AnswerEncoded."""
    return _follow(_Call("GET", url, None, headers or {}), allowed, timeout, max_bytes)


def save(
    url: str,
    sink: BinaryIO,
    *,
    allowed: Allowed,
    headers: Mapping[str, str] | None = None,
    timeout: float = DEFAULT_TIMEOUT,
    max_bytes: int = DEFAULT_MAX_BYTES,
) -> Answer:
    """GET whose content is written to `sink` as it comes, for what memory should not hold; errors as `get`.

    The answer's own content is empty. After an error the sink may hold a part.
    """
    return _follow(_Call("GET", url, None, headers or {}, sink), allowed, timeout, max_bytes)


def post(
    url: str,
    *,
    allowed: Allowed,
    content: bytes,
    media_type: str,
    headers: Mapping[str, str] | None = None,
    timeout: float = DEFAULT_TIMEOUT,
    max_bytes: int = DEFAULT_MAX_BYTES,
) -> Answer:
    """POST; errors as for `get`. Sent on to another origin it is refused, never sent twice."""
    sent = {**(headers or {}), "Content-Type": media_type}
    return _follow(_Call("POST", url, content, sent), allowed, timeout, max_bytes)


def resolve_allowed(host: str, port: int, *, allowed: Allowed) -> str:
    """The checked address to dial for a call that is not HTTP. Raises AddressRefused, NotReached."""
    place = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    try:
        return str(_checked(f"https://{place}", allowed).address)
    except AddressRefused:
        # Nobody called it over HTTP, and nobody should look for that address.
        raise AddressRefused(url=shorten(place, 200)) from None


def is_private(address: str) -> bool:
    """Whether an address that `resolve_allowed` gave is of the house's own network or this machine."""
    return not _may(ipaddress.ip_address(address), private=False)


@lru_cache(maxsize=64)
def trust(ca: str) -> ssl.SSLContext:
    """What a call trusts: these certificates, or the public ones. Read once: it takes longer than a call."""
    return ssl.create_default_context(cadata=ca) if ca else httpx.create_ssl_context(trust_env=False)


def _follow(call: _Call, allowed: Allowed, timeout: float, max_bytes: int) -> Answer:
    deadline = time.monotonic() + timeout
    target = _checked(call.url, allowed)
    for _ in range(MAX_REDIRECTS + 1):
        answer = _once(call, target, deadline, max_bytes, allowed.ca)
        place = answer.headers.get("location")
        if answer.status not in REDIRECTS or place is None:
            return answer
        url = urljoin(call.url, place)
        following = _checked(url, allowed)
        call = _next(call, url, answer.status, target, following)
        target = following
    raise RedirectRefused(host=target.host)


def _next(call: _Call, url: str, status: int, before: _Target, after: _Target) -> _Call:
    if before.scheme == "https" and after.scheme != "https":
        raise RedirectRefused(host=before.host)
    headers = dict(call.headers)
    if after.origin != before.origin:
        headers = {n: v for n, v in headers.items() if n.lower() not in {"authorization", "cookie"}}
    if call.method == "GET" or status == 303:
        headers = {n: v for n, v in headers.items() if n.lower() != "content-type"}
        return _Call("GET", url, None, headers, call.sink)
    if status in SAME_METHOD and after.origin == before.origin:
        return _Call(call.method, url, call.content, headers)
    raise RedirectRefused(host=before.host)


def _checked(url: str, allowed: Allowed) -> _Target:
    """The address to dial for a URL. Raises AddressRefused, NotReached."""
    refused = AddressRefused(url=shorten(url.split("?")[0], 200))
    try:
        parts = urlsplit(url)
        port = parts.port or _usual(parts.scheme)
    except ValueError:
        raise refused from None
    schemes = {"https", "http"} if allowed.insecure else {"https"}
    host = (parts.hostname or "").rstrip(".")
    wrong = parts.scheme not in schemes or parts.username is not None or not allowed.host(host)
    if wrong or port not in {443, 80, *allowed.ports}:
        raise refused
    addresses = _resolve(host, port)
    if not all(_may(address, private=allowed.private) for address in addresses):
        raise refused
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return _Target(parts.scheme, host, port, addresses[0], path)


def _usual(scheme: str) -> int:
    return 443 if scheme == "https" else 80


def _resolve(host: str, port: int) -> list[IpAddress]:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise NotReached(host=host) from None
    return [ipaddress.ip_address(str(entry[4][0]).partition("%")[0]) for entry in found]


def _may(address: IpAddress, *, private: bool) -> bool:
    """A public address; with `private` also one of the house's network, but never a link-local one."""
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if inner is None and address in NAT64:
            inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if inner is not None:
            return _may(inner, private=private)
    if address.is_multicast or address.is_unspecified or address.is_link_local:
        return False
    return address.is_global or (private and (address.is_private or address.is_loopback))


def _once(call: _Call, target: _Target, deadline: float, max_bytes: int, ca: str) -> Answer:
    headers = {
        "User-Agent": USER_AGENT,
        **call.headers,
        "Host": target.host_header,
        "Accept-Encoding": "identity",
    }
    left = max(0.1, deadline - time.monotonic())
    try:
        with (
            httpx.Client(trust_env=False, follow_redirects=False, timeout=left, verify=trust(ca)) as client,
            client.stream(
                call.method,
                target.dialled,
                content=call.content,
                headers=headers,
                extensions={"sni_hostname": target.host},
            ) as response,
        ):
            if response.headers.get("content-encoding", "identity") != "identity":
                raise AnswerEncoded(host=target.host)
            content = _limited(response, target.host, deadline, max_bytes, call.sink)
            return Answer(response.status_code, dict(response.headers), content, call.url)
    except httpx.HTTPError as error:
        raise NotReached(host=target.host) from error


def _limited(
    response: httpx.Response, host: str, deadline: float, max_bytes: int, sink: BinaryIO | None
) -> bytes:
    declared = response.headers.get("content-length", "")
    if declared.isdigit() and int(declared) > max_bytes:
        raise AnswerTooLarge(host=host, limit=max_bytes)
    content, size = bytearray(), 0
    if sink is not None:
        sink.seek(0)
        sink.truncate()
    for chunk in response.iter_raw():
        size += len(chunk)
        if sink is None:
            content += chunk
        else:
            sink.write(chunk)
        if size > max_bytes:
            raise AnswerTooLarge(host=host, limit=max_bytes)
        if time.monotonic() > deadline:
            raise NotReached(host=host)
    return bytes(content)
