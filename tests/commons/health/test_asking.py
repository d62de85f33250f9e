"""Probes against real servers on this machine: pages, certificates, SIP2, discovery documents."""

from __future__ import annotations

import json
import socketserver
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from kimppa.commons.health.asking import BadAddress, Outcome, ProbeKind, Question, ask, check_address

NOW = datetime.now(UTC)


@contextmanager
def running(server: socketserver.BaseServer) -> Iterator[int]:
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()


class Pages(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        port = self.server.server_address[1]
        place = {"/inward": "http://169.254.169.254/latest", "/house": "http://10.0.0.7/"}.get(self.path)
        body = b"Tervetuloa"
        if self.path.endswith("openid-configuration"):
            issuer = f"http://127.0.0.1:{port}" + self.path.partition("/.well-known")[0]
            names = ("authorization_endpoint", "token_endpoint", "jwks_uri", "response_types_supported")
            names += ("subject_types_supported", "id_token_signing_alg_values_supported")
            told = dict.fromkeys(names, "x") | {"issuer": issuer}
            if "/lacking/" in self.path:
                del told["jwks_uri"]
            if "/other/" in self.path:
                told["issuer"] = "https://somebody.example"
            body = json.dumps(told).encode()
        if self.path == "/slow":
            time.sleep(1.5)
        if self.path == "/endless":
            body = b"x" * 700_000
        self.send_response(302 if place else 500 if self.path == "/broken" else 200)
        if place:
            self.send_header("Location", place)
        self.end_headers()
        with suppress(OSError):
            self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None: ...


class LibrarySystem(socketserver.StreamRequestHandler):
    """Answers one line for each; what, is told by its server."""

    def handle(self) -> None:
        got = b""
        while part := self.request.recv(1024):
            got += part
            while b"\r" in got:
                line, _, got = got.partition(b"\r")
                self.server.heard.append(line.decode())  # type: ignore[attr-defined]
                answer = self.server.answers.get(line[:2].decode(), "")  # type: ignore[attr-defined]
                self.request.sendall(answer.encode() + b"\r\n")


def library_system(answers: dict[str, str]) -> socketserver.ThreadingTCPServer:
    server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), LibrarySystem)
    server.daemon_threads = True
    server.answers, server.heard = answers, []  # type: ignore[attr-defined]
    return server


STATUS = "98{}YYYYY00500320260302    1015302.00AOouti|AMOUTI|BXYYYYYYYYYYYYYYYY|"


@pytest.fixture(scope="module")
def pages() -> Iterator[str]:
    with running(ThreadingHTTPServer(("127.0.0.1", 0), Pages)) as port:
        yield f"http://127.0.0.1:{port}"


def http(address: str, **other: object) -> Question:
    return Question(1, ProbeKind.HTTP, address, private=True, **other)  # type: ignore[arg-type]


def test_a_page_with_its_status_and_text_is_in_order(pages: str) -> None:
    seen = ask(http(f"{pages}/", expected_text="Tervetuloa"), now=NOW)
    assert (seen.outcome, seen.code, seen.params) == (Outcome.OK, "", {"status": 200, "bytes": 10})


@pytest.mark.parametrize(
    ("path", "text", "code"),
    [
        ("/broken", "", "other-status"),
        ("/", "Välkommen", "text-missing"),
        ("/endless", "", "answer-too-large"),
    ],
)
def test_another_answer_fails_and_says_how(pages: str, path: str, text: str, code: str) -> None:
    seen = ask(http(pages + path, expected_text=text), now=NOW)
    assert (seen.outcome, seen.code) == (Outcome.FAIL, code)


def test_a_page_that_hangs_is_left_after_the_time(pages: str) -> None:
    began = time.monotonic()
    seen = ask(http(f"{pages}/slow"), now=NOW, timeout=0.3)
    assert (seen.outcome, seen.code) == (Outcome.FAIL, "not-reached")
    assert time.monotonic() - began < 1.2


@pytest.mark.parametrize("path", ["/inward", "/house"])
def test_a_target_that_sends_the_probe_to_a_private_address_is_refused_and_said(
    pages: str, path: str
) -> None:
    seen = ask(http(pages + path), now=NOW)
    assert (seen.outcome, seen.code) == (Outcome.FAIL, "address-refused")
    assert "169.254.169.254" in str(seen.params["url"]) or "10.0.0.7" in str(seen.params["url"])


def test_a_private_address_is_not_asked_unless_it_is_meant() -> None:
    for kind, address in ((ProbeKind.HTTP, "https://127.0.0.1/"), (ProbeKind.TLS, "127.0.0.1:443")):
        assert ask(Question(1, kind, address), now=NOW).code == "address-refused"
    assert ask(Question(1, ProbeKind.SIP2, "127.0.0.1:6001"), now=NOW).code == "address-refused"


@pytest.mark.parametrize(
    ("path", "code"),
    [("", ""), ("/lacking", "field-missing"), ("/other", "other-issuer")],
)
def test_a_discovery_document_has_its_fields_and_its_own_issuer(pages: str, path: str, code: str) -> None:
    assert ask(Question(1, ProbeKind.OIDC, pages + path, private=True), now=NOW).code == code


def test_a_library_system_tells_whether_it_is_on_line_and_hears_a_right_checksum() -> None:
    server = library_system({"93": "941", "99": STATUS.format("Y")})
    with running(server) as port:
        question = Question(
            1, ProbeKind.SIP2, f"127.0.0.1:{port}", tls=False, private=True, login="probe", secret="s3cret"
        )
        assert ask(question, now=NOW).outcome is Outcome.OK
    login, status = server.heard  # type: ignore[attr-defined]
    assert login.startswith("9300CNprobe|COs3cret|CP|AY0AZ")
    for line in (login, status):
        assert (sum(line[:-4].encode()) + int(line[-4:], 16)) & 0xFFFF == 0


@pytest.mark.parametrize(
    ("answers", "code"),
    [
        ({"93": "940"}, "sip2-login-refused"),
        ({"93": "941", "99": STATUS.format("N")}, "sip2-offline"),
        ({"93": "941", "99": "HTTP/1.1 400"}, "sip2-odd"),
        ({"93": "941", "99": "98Y"}, "sip2-odd"),
        ({"93": "941", "99": "9" * 9000}, "sip2-odd"),
    ],
)
def test_a_library_system_that_answers_otherwise_has_failed(answers: dict[str, str], code: str) -> None:
    with running(library_system(answers)) as port:
        question = Question(
            1, ProbeKind.SIP2, f"127.0.0.1:{port}", tls=False, private=True, login="probe", secret="s3cret"
        )
        seen = ask(question, now=NOW, timeout=1)
    assert (seen.outcome, seen.code) == (Outcome.FAIL, code)
    assert "s3cret" not in repr(seen) + repr(question)


def test_a_library_system_that_answers_half_a_line_is_left_after_the_time() -> None:
    class Half(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            self.request.sendall(b"98YYY")
            time.sleep(2)

    with running(socketserver.ThreadingTCPServer(("127.0.0.1", 0), Half)) as port:
        question = Question(1, ProbeKind.SIP2, f"127.0.0.1:{port}", tls=False, private=True)
        seen = ask(question, now=NOW, timeout=0.4)
    assert seen.outcome is Outcome.FAIL
    assert seen.took_ms < 1500


def certificate(folder: Path, *, days: int) -> tuple[Path, Path]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(NOW - timedelta(days=90))
        .not_valid_after(NOW + timedelta(days=days, hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    cert, private = folder / "cert.pem", folder / "key.pem"
    cert.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return cert, private


@pytest.mark.parametrize(
    ("days", "trusted", "outcome", "code"),
    [
        (60, True, Outcome.OK, ""),
        (5, True, Outcome.WARN, "certificate-ends"),
        (-3, True, Outcome.FAIL, "certificate-ended"),
        (60, False, Outcome.FAIL, "certificate-not-trusted"),
    ],
)
def test_a_certificate_tells_how_long_it_holds(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    days: int,
    trusted: bool,
    outcome: Outcome,
    code: str,
) -> None:
    cert, private = certificate(tmp_path, days=days)
    if trusted:
        monkeypatch.setenv("SSL_CERT_FILE", str(cert))
    server = ThreadingHTTPServer(("127.0.0.1", 0), Pages)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, private)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    with running(server) as port:
        seen = ask(Question(1, ProbeKind.TLS, f"localhost:{port}", private=True), now=NOW)
    assert (seen.outcome, seen.code) == (outcome, code)
    if outcome is not Outcome.FAIL:
        assert seen.params["days"] == days


@pytest.mark.parametrize(
    ("kind", "address"),
    [
        *(
            (ProbeKind.HTTP, a)
            for a in ("http://a.example", "file:///etc/passwd", "https://u:p@a.example", "x")
        ),
        *(
            (ProbeKind.TLS, a)
            for a in ("a.example", "a.example:0", "a.example:99999", "https://a.example:443")
        ),
        (ProbeKind.SIP2, "a.example :6001"),
        (ProbeKind.OIDC, "https://a.example:port"),
    ],
)
def test_an_address_that_no_probe_can_ask_is_refused(kind: ProbeKind, address: str) -> None:
    with pytest.raises(BadAddress):
        check_address(kind, address, private=False)
