"""Putting a question to a target: HTTP, a certificate, SIP2 status, OpenID discovery.

Every call has one deadline and a size limit, and goes only where `core.http` lets it: the host that the
probe names, and private addresses only where the probe says that they are meant. Touches no database, so
that several targets may be asked at once. What is told of an answer holds neither bodies nor secrets.
"""

from __future__ import annotations

import json
import socket
import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from urllib.parse import urlsplit

from cryptography import x509

from kimppa.foundation.core import http
from kimppa.foundation.core.errors import Invalid, KimppaError, Param
from kimppa.foundation.core.http import Allowed
from kimppa.foundation.core.text import clean_line, noop, shorten

TIMEOUT = 10.0
MOST_BYTES = 512 * 1024
MOST_LINE = 4096
DISCOVERY = "/.well-known/openid-configuration"
REQUIRED = (
    *("issuer", "authorization_endpoint", "token_endpoint", "jwks_uri", "response_types_supported"),
    *("subject_types_supported", "id_token_signing_alg_values_supported"),
)


class ProbeKind(StrEnum):
    HTTP = "http"
    TLS = "tls"
    SIP2 = "sip2"
    OIDC = "oidc"


PROBE_NAMES: dict[ProbeKind, str] = {
    ProbeKind.HTTP: noop("Web page or interface (HTTP)"),
    ProbeKind.TLS: noop("Certificate (TLS)"),
    ProbeKind.SIP2: noop("Library system (SIP2 status)"),
    ProbeKind.OIDC: noop("Sign-in service (OpenID discovery)"),
}


class Outcome(StrEnum):
    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


# What an answer's code means, for people. Codes of core.http stand in its own errors.
ANSWERS: dict[str, str] = {
    "": noop("In order"),
    "other-status": noop("The answer's status is %(status)s, not %(wanted)s."),
    "text-missing": noop("The answer does not hold the text that was expected."),
    "certificate-ends": noop("The certificate ends in %(days)s days."),
    "certificate-ended": noop("The certificate has ended."),
    "certificate-not-trusted": noop("The certificate is not trusted: %(why)s"),
    "sip2-offline": noop("The library system says that it is off line."),
    "sip2-login-refused": noop("The library system refused the probe's own login."),
    "sip2-odd": noop("What answered does not speak SIP2 as expected."),
    "not-discovery": noop("The answer is not an OpenID discovery document."),
    "field-missing": noop("The discovery document lacks the field %(field)s."),
    "other-issuer": noop("The discovery document names another issuer: %(issuer)s"),
    "not-reached": http.NotReached.sentence,
    "address-refused": http.AddressRefused.sentence,
    "redirect-refused": http.RedirectRefused.sentence,
    "answer-too-large": http.AnswerTooLarge.sentence,
    "answer-encoded": http.AnswerEncoded.sentence,
    "bad-address": noop("The address cannot be read."),
}


class BadAddress(Invalid):
    code = "bad-address"
    sentence = noop("“%(address)s” is not an address that a probe can ask. Nothing was changed.")


@dataclass(frozen=True, slots=True)
class Question:
    """A probe without its row. `secret` is the plain login secret; it is never told."""

    id: int
    kind: ProbeKind
    address: str
    expected_status: int = 200
    expected_text: str = ""
    warn_days: int = 21
    tls: bool = True
    private: bool = False
    login: str = ""
    secret: str = field(default="", repr=False)
    institution: str = ""


@dataclass(frozen=True, slots=True)
class Seen:
    """How one question went."""

    outcome: Outcome
    took_ms: int
    code: str = ""
    params: dict[str, Param] = field(default_factory=dict)


class _Failed(Exception):
    def __init__(self, code: str, **params: Param) -> None:
        super().__init__(code)
        self.code, self.params = code, params


def check_address(kind: ProbeKind, address: str, *, private: bool) -> None:
    """Raise BadAddress unless a probe of this kind can ask the address."""
    try:
        if kind in {ProbeKind.HTTP, ProbeKind.OIDC}:
            parts = urlsplit(address)
            schemes = {"https", "http"} if private else {"https"}
            good = parts.scheme in schemes and bool(parts.hostname) and parts.username is None
            _ = parts.port
        else:
            good = bool(_host_port(address)[0])
    except (_Failed, ValueError):
        good = False
    if not good or any(ord(letter) <= 32 for letter in address):
        raise BadAddress(address=shorten(address, 100))


def ask(question: Question, *, now: datetime, timeout: float = TIMEOUT) -> Seen:
    """Put one question; never raises for what happens outside."""
    began = time.monotonic()
    outcome, code, params = Outcome.OK, "", dict[str, Param]()
    try:
        code, params = _ASKERS[question.kind](question, now, began + timeout)
        outcome = Outcome.WARN if code else Outcome.OK
    except _Failed as failed:
        outcome, code, params = Outcome.FAIL, failed.code, failed.params
    except KimppaError as error:
        outcome, code, params = Outcome.FAIL, error.code, dict(error.params)
    except ssl.SSLCertVerificationError as error:
        outcome, code = Outcome.FAIL, "certificate-not-trusted"
        params = {"why": shorten(clean_line(error.verify_message), 120)}
    except (OSError, ValueError):
        outcome, code, params = Outcome.FAIL, "not-reached", {"host": _host(question.address)}
    return Seen(outcome, int((time.monotonic() - began) * 1000), code, params)


def _host(address: str) -> str:
    return shorten((urlsplit(address).hostname or "") if "://" in address else address.partition(":")[0], 120)


def _allowed(question: Question, host: str, port: int) -> Allowed:
    """The probe's own host, its www form and what lies below it; nothing else, whatever it redirects to."""
    bare = host.lower().removeprefix("www.")
    named = frozenset({bare, f"www.{bare}"})
    below = frozenset() if bare.replace(".", "").isdigit() or ":" in bare else frozenset({f".{bare}"})
    return Allowed(
        hosts=named | below, private=question.private, insecure=question.private, ports=frozenset({port})
    )


def _get(question: Question, url: str, deadline: float) -> http.Answer:
    parts = urlsplit(url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    allowed = _allowed(question, parts.hostname or "", port)
    left = max(0.1, deadline - time.monotonic())
    return http.get(url, allowed=allowed, timeout=left, max_bytes=MOST_BYTES)


def _http(question: Question, now: datetime, deadline: float) -> tuple[str, dict[str, Param]]:
    answer = _get(question, question.address, deadline)
    if answer.status != question.expected_status:
        raise _Failed("other-status", status=answer.status, wanted=question.expected_status)
    if question.expected_text and question.expected_text not in answer.content.decode("utf-8", "replace"):
        raise _Failed("text-missing")
    return "", {"status": answer.status, "bytes": len(answer.content)}


def _oidc(question: Question, now: datetime, deadline: float) -> tuple[str, dict[str, Param]]:
    answer = _get(question, question.address.rstrip("/") + DISCOVERY, deadline)
    if answer.status != 200:
        raise _Failed("other-status", status=answer.status, wanted=200)
    try:
        found = json.loads(answer.content)
    except ValueError:
        raise _Failed("not-discovery") from None
    if not isinstance(found, dict):
        raise _Failed("not-discovery")
    for name in REQUIRED:
        if not found.get(name):
            raise _Failed("field-missing", field=name)
    if found["issuer"] != question.address:
        raise _Failed("other-issuer", issuer=shorten(clean_line(str(found["issuer"])), 120))
    return "", {}


def _tls(question: Question, now: datetime, deadline: float) -> tuple[str, dict[str, Param]]:
    host, port = _host_port(question.address)
    try:
        ends = _certificate_end(question, host, port, deadline, verified=True)
    except ssl.SSLCertVerificationError:
        if _certificate_end(question, host, port, deadline, verified=False) <= now:
            raise _Failed("certificate-ended") from None
        raise
    days = (ends - now).days
    told: dict[str, Param] = {"days": days, "ends": ends.isoformat()}
    return ("certificate-ends" if days < question.warn_days else "", told)


def _certificate_end(
    question: Question, host: str, port: int, deadline: float, *, verified: bool
) -> datetime:
    context = ssl.create_default_context()
    if not verified:  # only to read when it ends; nothing is sent
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with (
        _connected(question, host, port, deadline) as plain,
        context.wrap_socket(plain, server_hostname=host) as wrapped,
    ):
        sent = wrapped.getpeercert(binary_form=True)
    if not sent:
        raise _Failed("not-reached", host=host)
    return x509.load_der_x509_certificate(sent).not_valid_after_utc


def _sip2(question: Question, now: datetime, deadline: float) -> tuple[str, dict[str, Param]]:
    host, port = _host_port(question.address)
    with _connected(question, host, port, deadline) as plain:
        line = plain
        if question.tls:
            line = ssl.create_default_context().wrap_socket(plain, server_hostname=host)
        try:
            if question.login:
                told = f"9300CN{question.login}|CO{question.secret}|CP{question.institution}|"
                if _exchange(line, told, 0, deadline)[:3] != "941":
                    raise _Failed("sip2-login-refused")
            status = _exchange(line, "9900802.00", 1, deadline)
        finally:
            if line is not plain:
                line.close()
    if len(status) < 36 or not status.startswith("98") or status[2] not in "YN":
        raise _Failed("sip2-odd")
    if status[2] == "N":
        raise _Failed("sip2-offline")
    return "", {}


def _exchange(line: socket.socket, message: str, number: int, deadline: float) -> str:
    """Send one message with its checksum, and read one line. Nothing that was read is ever told."""
    numbered = f"{message}AY{number}AZ".encode("latin-1", "replace")
    line.sendall(numbered + b"%04X\r" % (-sum(numbered) & 0xFFFF))
    got = bytearray()
    while b"\r" not in got and b"\n" not in got.lstrip(b"\r\n"):
        left = deadline - time.monotonic()
        if left <= 0 or len(got) > MOST_LINE:
            raise _Failed("sip2-odd" if got else "not-reached", host="SIP2")
        line.settimeout(left)
        part = line.recv(1024)
        if not part:
            raise _Failed("sip2-odd")
        got += part
        got = bytearray(got.lstrip(b"\r\n"))
    return got.replace(b"\n", b"\r").split(b"\r")[0].decode("latin-1")


def _host_port(address: str) -> tuple[str, int]:
    host, _, port = address.rpartition(":")
    host = host.strip("[]")
    if not host or not port.isdigit() or not 0 < int(port) < 65536 or "/" in host:
        raise _Failed("bad-address")
    return host, int(port)


@contextmanager
def _connected(question: Question, host: str, port: int, deadline: float) -> Iterator[socket.socket]:
    """A connection to the checked address itself, so that the name cannot be bound anew in between."""
    address = http.resolve_allowed(host, port, allowed=_allowed(question, host, port))
    plain = socket.create_connection((address, port), timeout=max(0.1, deadline - time.monotonic()))
    try:
        plain.settimeout(max(0.1, deadline - time.monotonic()))
        yield plain
    finally:
        plain.close()


_ASKERS = {ProbeKind.HTTP: _http, ProbeKind.OIDC: _oidc, ProbeKind.TLS: _tls, ProbeKind.SIP2: _sip2}
