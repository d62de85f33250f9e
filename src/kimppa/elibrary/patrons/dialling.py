"""Opening a connection to a library system's server, step by step: its address, the line, the encryption.

Nothing is said over it here. The test tool shows the steps; a question over HTTPS, whose own calls show
none, has them shown by a connection that is opened before it and closed again.
"""

from __future__ import annotations

import socket
import ssl
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlsplit

from kimppa.elibrary.patrons.asking import Code, Journal, StepName, Trouble
from kimppa.foundation.core import http


@dataclass(frozen=True, slots=True)
class Place:
    """Where to. context: how it is encrypted, None for not at all; tls_name: where it is not the host's."""

    host: str
    port: int
    context: ssl.SSLContext | None
    private: bool = False
    tls_name: str = ""


def left(deadline: float) -> float:
    """Seconds until the deadline. Raises TimeoutError."""
    seconds = deadline - time.monotonic()
    if seconds <= 0:
        raise TimeoutError
    return seconds


def dial(place: Place, deadline: float, journal: Journal | None) -> socket.socket:
    """An open connection, encrypted where that is said. Raises Trouble."""
    address = _resolve(place, journal)
    port = str(place.port)
    try:
        sock = socket.create_connection((address, place.port), timeout=left(deadline))
    except TimeoutError:
        tell(journal, StepName.CONNECT, ok=False, port=port)
        raise Trouble(Code.TIMEOUT) from None
    except OSError:
        tell(journal, StepName.CONNECT, ok=False, port=port)
        raise Trouble(Code.NO_CONNECTION) from None
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    if place.context is None:
        tell(journal, StepName.CONNECT, port=port, encrypted="no")
        return sock
    return _secured(sock, place, place.context, deadline, journal)


def show(url: str, *, private: bool, ca: str, deadline: float, journal: Journal) -> None:
    """The steps to an https address, with the certificates that its call will trust. Raises Trouble."""
    parts = urlsplit(url)
    place = Place(parts.hostname or "", parts.port or 443, http.trust(ca), private=private)
    dial(place, deadline, journal).close()


def _resolve(place: Place, journal: Journal | None) -> str:
    allowed = http.Allowed(frozenset({place.host}), private=place.private, ports=frozenset({place.port}))
    try:
        address = http.resolve_allowed(place.host, place.port, allowed=allowed)
    except http.AddressRefused:
        tell(journal, StepName.RESOLVE, ok=False, host=place.host)
        raise Trouble(Code.ADDRESS_REFUSED) from None
    except http.NotReached:
        tell(journal, StepName.RESOLVE, ok=False, host=place.host)
        raise Trouble(Code.NO_ADDRESS) from None
    tell(journal, StepName.RESOLVE, host=place.host, address=address)
    if place.context is None and not http.is_private(address):
        raise Trouble(Code.ADDRESS_REFUSED)
    return address


def _secured(
    sock: socket.socket, place: Place, context: ssl.SSLContext, deadline: float, journal: Journal | None
) -> socket.socket:
    port = str(place.port)
    try:
        sock.settimeout(left(deadline))
        secured = context.wrap_socket(sock, server_hostname=place.tls_name or place.host)
    except (OSError, ValueError) as error:
        sock.close()
        why = error.verify_message if isinstance(error, ssl.SSLCertVerificationError) else ""
        tell(journal, StepName.CONNECT, ok=False, port=port, encrypted="no", why=why[:120])
        raise Trouble(Code.TIMEOUT if isinstance(error, TimeoutError) else Code.TLS) from None
    cipher, until = secured.cipher(), str((secured.getpeercert() or {}).get("notAfter", ""))
    if until:
        until = datetime.fromtimestamp(ssl.cert_time_to_seconds(until), UTC).date().isoformat()
    tell(
        journal,
        StepName.CONNECT,
        port=port,
        encrypted=secured.version() or "",
        cipher=cipher[0] if cipher else "",
        until=until,
    )
    return secured


def tell(journal: Journal | None, name: StepName, *, ok: bool = True, **facts: str) -> None:
    """Note a step with the facts that are there."""
    if journal is not None:
        journal.note(name, ok=ok, facts={key: value for key, value in facts.items() if value})
