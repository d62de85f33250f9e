"""The same SIP2 messages in HTTPS posts; the other end reads and writes them by pysip2's codec."""

from __future__ import annotations

import base64
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pysip2
import pytest
from pysip2.codec import decode_message, encode_message
from tests.elibrary.patrons.counterparts import AT, BLANK, Running, certificates, server_context
from tests.elibrary.patrons.test_sip2_system import BY, CARD, PIN, check, define, steps

from kimppa.elibrary.patrons import connecting, library_systems, rules, testing
from kimppa.elibrary.patrons.models import LibrarySystem, SystemState, WrongPins

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
TODAY = date(2026, 3, 1)


@contextmanager
def posts(*, spoil: bytes = b"", status: int = 200) -> Iterator[Running]:
    running = Running(0)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            wanted = "Basic " + base64.b64encode("hub:söpö".encode()).decode()
            if self.headers["Authorization"] != wanted or self.headers["Content-Type"] != "text/plain":
                self._say(401, b"")
                return
            asked = decode_message(body, encoding="utf-8", field_delimiter="|")
            answer = encode_message(
                self._answer(asked.message),
                sequence_number=asked.sequence_number,
                checksum=True,
                encoding="utf-8",
                field_delimiter="|",
            )
            self._say(status, spoil or answer)

        def _answer(self, asked: pysip2.SIPMessage) -> pysip2.SIPMessage:
            if isinstance(asked, pysip2.SCStatusRequest):
                return pysip2.SIP2Server(institution_id="OUTI").build_acs_status(asked)
            assert isinstance(asked, pysip2.PatronStatusRequest)
            running.asked.append((asked.patron_identifier, asked.patron_password))
            return pysip2.PatronStatusResponse(
                patron_status=BLANK,
                language="006",
                transaction_date=AT,
                institution_id="OUTI",
                patron_identifier=asked.patron_identifier,
                personal_name="Åke",
                valid_patron="Y",
                valid_patron_password="Y" if asked.patron_password == PIN else "N",
            )

        def _say(self, code: int, content: bytes) -> None:
            self.send_response(code)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *args: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.socket = server_context().wrap_socket(server.socket, server_side=True)
    running.port = server.server_port
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield running
    finally:
        server.shutdown()
        server.server_close()


def connect(port: int, *, password: str = "söpö", **more: object) -> None:  # noqa: S107
    connecting.connect(
        by=BY,
        system="outi",
        kind="sip2-https",
        settings={
            "url": f"https://127.0.0.1:{port}/sip2",
            "user": "hub",
            "private": True,
            "ca": certificates()[0],
            "message": "23",
            "institution": "OUTI",
            "timeout": 2,
            **more,
        },
        secrets={"login_password": password},
        mapping={"language": "language"},
        valid_from=None,
        now=NOW,
    )


def test_a_card_is_checked_in_a_post_and_a_wrong_pin_is_a_no():
    with posts() as server:
        define("outi", "001")
        connect(server.port)
        assert check().language == "sv"
        with pytest.raises(rules.WrongPin):
            check(pin="0000")
        assert library_systems.reach(LibrarySystem.objects.get(), today=TODAY, now=NOW) is True
    assert server.asked == [(CARD, PIN), (CARD, "0000")]


def test_our_own_wrong_password_is_not_the_residents():
    with posts() as server:
        define("outi", "001")
        connect(server.port, password="other")
        with pytest.raises(rules.SystemNotAsked):
            check()
    assert server.asked == []
    assert SystemState.objects.get().code == "login-refused"
    assert not WrongPins.objects.filter(count__gt=0).exists()


@pytest.mark.parametrize(
    ("spoil", "status", "code"),
    [
        (b"<html>", 200, "unreadable"),
        (b"x" * 20_000, 200, "too-long"),
        (b"941AY0AZFDFD\r", 200, "wrong-answer"),
        (b"941AY0AZ0000\r", 200, "checksum"),
        (b"", 500, "http-status"),
        (b"", 302, "http-status"),
    ],
)
def test_what_is_not_an_answer_is_never_a_yes_and_stays_counted(spoil, status, code):
    with posts(spoil=spoil, status=status) as server:
        define("outi", "001")
        connect(server.port)
        with pytest.raises(rules.SystemDown) as caught:
            check()
    assert caught.type is rules.SystemDown
    assert SystemState.objects.get().code == code
    assert WrongPins.objects.get().count == 1
    assert len(server.asked) == 1


def test_the_test_tool_shows_the_way_too_and_nothing_secret():
    def tried(**more: object) -> testing.Tried:
        connect(server.port, **more)
        return testing.try_card(by=BY, system="outi", card=CARD, pin=PIN, now=NOW, today=TODAY, real_now=NOW)

    with posts() as server:
        define("outi", "001")
        good, broken = tried(), tried(ca="")
    assert good.good
    shown = steps(good)
    assert list(shown) == [
        *("route", "resolve", "connect", "question", "checksum", "fields", "decision", "attributes")
    ]
    assert shown["resolve"] == {"host": "127.0.0.1", "address": "127.0.0.1"}
    assert shown["connect"]["encrypted"].startswith("TLSv1")
    assert "until" in shown["connect"]
    assert steps(broken)["result"] == {"code": "tls"}
    assert server.asked == [(CARD, PIN)]
    assert not any(secret in repr((good.steps, broken.steps)) for secret in (CARD, PIN, "söpö", "Åke"))
