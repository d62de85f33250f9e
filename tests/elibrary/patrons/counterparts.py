"""Library systems to talk to: pysip2 (not our code) with and without TLS, one that misbehaves, a Koha.

The Koha answers by the published facts of its interfaces. Certificates are of an authority made on the spot.
"""

from __future__ import annotations

import json
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import IPv4Address
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import parse_qs

import anyio
import pysip2
from anyio.abc import SocketAttribute, TaskStatus
from anyio.from_thread import start_blocking_portal
from anyio.streams.tls import TLSListener
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

BLANK = " " * 14
AT = "20260301    120000"


@dataclass
class Person:
    """A card as the library system knows it."""

    pin: str
    name: str = "Maija Mäkelä"
    status: str = BLANK
    home: str = "Oulu"
    extra: dict[str, object] = field(default_factory=dict)
    record: dict[str, object] = field(default_factory=dict)


@dataclass
class Running:
    """A server: where it is, and every card that it was asked about, with the PIN."""

    port: int
    asked: list[tuple[str, str]] = field(default_factory=list)
    logins: list[str] = field(default_factory=list)
    tokens: int = 0
    records: list[tuple[str, str | None]] = field(default_factory=list)


@lru_cache(maxsize=4)
def certificates(name: str = "localhost") -> tuple[str, bytes]:
    """An authority's certificate, and a key with a certificate by it for the name and 127.0.0.1."""
    ca_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    ca_name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Koe-CA")])
    ca = (
        _certificate(ca_name, ca_name, ca_key.public_key())
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(ca_key, hashes.SHA256())
    )
    names = x509.SubjectAlternativeName([x509.DNSName(name), x509.IPAddress(IPv4Address("127.0.0.1"))])
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    mine = (
        _certificate(subject, ca_name, key.public_key())
        .add_extension(names, critical=False)
        .sign(ca_key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return ca.public_bytes(pem).decode(), private + mine.public_bytes(pem)


def _certificate(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey
) -> x509.CertificateBuilder:
    begun = datetime.now(UTC) - timedelta(days=1)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(begun)
        .not_valid_after(begun + timedelta(days=30))
    )


def server_context() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "server.pem"
        path.write_bytes(certificates()[1])
        context.load_cert_chain(path)
    return context


@contextmanager
def library_system(
    cards: dict[str, Person],
    *,
    tls: bool = True,
    encoding: str = "utf-8",
    login: tuple[str, str] | None = ("hub", "söpö"),
    port: int = 0,
) -> Iterator[Running]:
    """pysip2 as a library system; strict about checksums and about logging in first. `port` 0: a free one."""
    server = pysip2.SIP2Server(
        encoding=encoding, error_detection="required", login_required=login is not None, institution_id="OUTI"
    )
    running = Running(0)

    @server.route(pysip2.LOGIN)
    def log_in(request, context):
        running.logins.append(request.login_user_id)
        good = (request.login_user_id, request.login_password) == login
        return pysip2.LoginResponse(ok="1" if good else "0")

    @server.route(pysip2.PATRON_INFORMATION)
    def information(request, context):
        said = _said(cards, running, request)
        counts = ("hold", "overdue", "charged", "fine", "recall")
        return pysip2.PatronInformationResponse(
            **said, **{f"{name}_items_count": "0000" for name in counts}, unavailable_holds_count="0000"
        )

    @server.route(pysip2.PATRON_STATUS)
    def status(request, context):
        said = _said(cards, running, request)
        said.pop("home_address", None)
        return pysip2.PatronStatusResponse(**said)

    async def serve(*, task_status: TaskStatus[int]) -> None:
        listener = await anyio.create_tcp_listener(local_host="127.0.0.1", local_port=port)
        mine = listener.extra(SocketAttribute.local_port)  # noqa: S610 (a socket, not a query)
        secured = TLSListener(listener, server_context(), standard_compatible=False) if tls else listener
        task_status.started(mine)
        await secured.serve(server._handle_connection)

    with start_blocking_portal() as portal:
        task, running.port = portal.start_task(serve)
        try:
            yield running
        finally:
            task.cancel()


def _said(cards: dict[str, Person], running: Running, request: object) -> dict[str, object]:
    card, pin = request.patron_identifier, request.patron_password
    running.asked.append((card, pin))
    known = cards.get(card)
    said = {
        "patron_status": known.status if known else BLANK,
        "language": "007",
        "transaction_date": AT,
        "institution_id": "OUTI",
        "patron_identifier": card,
        "personal_name": known.name if known else "",
        "valid_patron": "Y" if known else "N",
        "valid_patron_password": "Y" if known and known.pin == pin else "N",
    }
    return {**said, "home_address": known.home} if known else said


Behaviour = Callable[[socket.socket, Callable[[], bytes]], None]


@contextmanager
def misbehaving(behave: Behaviour) -> Iterator[Running]:
    """A server that does as told on each connection. `behave(socket, next_line)`."""
    listener = socket.create_server(("127.0.0.1", 0))
    running, ended = Running(listener.getsockname()[1]), threading.Event()
    open_ones: list[socket.socket] = []

    def one(connection: socket.socket) -> None:
        rest = bytearray()

        def next_line() -> bytes:
            while b"\r" not in rest:
                octets = connection.recv(4096)
                if not octets:
                    raise ConnectionError
                rest.extend(octets)
            line, _, after = bytes(rest).partition(b"\r")
            rest[:] = after
            return line

        try:
            behave(connection, next_line)
        except OSError:
            pass
        finally:
            connection.close()

    def accept() -> None:
        while not ended.is_set():
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            open_ones.append(connection)
            threading.Thread(target=one, args=(connection,), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield running
    finally:
        ended.set()
        listener.close()
        for connection in open_ones:
            connection.close()


@contextmanager
def koha(cards: dict[str, Person], *, client: tuple[str, str] = ("hub", "kohasecret")) -> Iterator[Running]:
    """Koha-Suomi's two forms and the international one, over TLS, behind OAuth2 client credentials."""
    running = Running(0)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            """The record of whoever was asked about last; extended attributes only where asked for."""
            running.records.append((self.path, self.headers.get("x-koha-embed")))
            if self.headers.get("Authorization") != f"Bearer token-{running.tokens}":
                self._answer(401, {"error": "Authentication failure."})
                return
            card = running.asked[-1][0]
            told = {"patron_id": 7, "cardnumber": card, "surname": "Mäkelä"} | cards[card].record
            if self.headers.get("x-koha-embed") != "extended_attributes":
                told.pop("extended_attributes", None)
            self._answer(int(told.pop("status", 200)), told)

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            if self.path == "/api/v1/oauth/token":
                self._token({name: values[0] for name, values in parse_qs(body.decode()).items()})
            elif self.headers.get("Authorization") != f"Bearer token-{running.tokens}":
                self._answer(401, {"error": "Authentication failure."})
            elif self.headers.get("Content-Type") == "application/json":
                self._check(json.loads(body))
            else:
                self._check({name: values[0] for name, values in parse_qs(body.decode()).items()})

        def _token(self, given: dict[str, str]) -> None:
            if (given.get("client_id"), given.get("client_secret")) != client:
                self._answer(401, {"error": "invalid_client"})
                return
            running.tokens += 1
            self._answer(
                200, {"access_token": f"token-{running.tokens}", "token_type": "Bearer", "expires_in": 3600}
            )

        def _check(self, given: dict[str, str]) -> None:
            community = self.path == "/api/v1/auth/password/validation"
            card = given.get("cardnumber") or given.get("userid") or given.get("uname") or given["identifier"]
            pin = given.get("password") or given["passwd"]
            running.asked.append((card, pin))
            known = cards.get(card)
            if known is None or known.pin != pin:
                self._answer(400 if community else 401, {"error": "Validation failed"})
                return
            told = {"cardnumber": card, "patron_id": 7, "userid": "maija"} | known.extra
            self._answer(int(told.pop("status", 201 if community else 200)), told)

        def _answer(self, status: int, told: dict[str, object]) -> None:
            content = json.dumps(told).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *args: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.socket = server_context().wrap_socket(server.socket, server_side=True)
    running.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield running
    finally:
        server.shutdown()
        server.server_close()
