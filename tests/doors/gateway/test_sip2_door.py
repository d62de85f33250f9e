"""The SIP2 door, over TLS, asked by a client that was not written here (PyPI Sip2), and by rude ones."""

from __future__ import annotations

import logging
import socket
import sqlite3
import ssl
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connection
from Sip2.sip2 import Sip2
from tests.elibrary.access.conftest import BY, CARD, NOW, PIN, STRANGER, connect, make_films
from tests.elibrary.patrons.counterparts import certificates

from kimppa.commons.platforms import services as platforms
from kimppa.commons.usage.models import Figure
from kimppa.doors.gateway import sip2_server
from kimppa.doors.gateway.sip2_server import NotListening, Place, Server
from kimppa.elibrary.access.models import AccessLog, Connection
from kimppa.elibrary.access.rules import Way
from kimppa.elibrary.access.services import NewSecret
from kimppa.elibrary.patrons.models import LibrarySystem, WrongPins
from kimppa.foundation.protocols import sip2
from kimppa.foundation.protocols import sip2_messages as messages

pytestmark = pytest.mark.django_db(transaction=True)
DIALECT = sip2.Dialect()


@pytest.fixture(scope="module")
def pem(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A key with its certificate, in one file."""
    path = tmp_path_factory.mktemp("tls") / "door.pem"
    path.write_bytes(certificates()[1])
    return path


@pytest.fixture
def vendor(domain_time: None) -> NewSecret:
    make_films()
    return connect(Way.SIP2)


@pytest.fixture(autouse=True)
def trusted(pem: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The independent client verifies certificates: it trusts the authority of these tests."""
    authority = pem.with_name("authority.pem")
    authority.write_text(certificates()[0])
    monkeypatch.setenv("SSL_CERT_FILE", str(authority))


@pytest.fixture
def door(vendor: NewSecret, pem: Path) -> Iterator[int]:
    """The port of a running door."""
    server = Server(Place("127.0.0.1", 0, pem, pem))
    running = threading.Thread(target=server.run)
    running.start()
    yield server.port
    server.stop()
    running.join(10)
    for _ in range(100):  # its connections end before the test's database does
        if not server.busy:
            break
        time.sleep(0.05)
    assert not server.busy


def client(port: int, made: NewSecret, user: str = "") -> Sip2:
    one = Sip2()
    one.log = logging.getLogger("test.sip2")
    one.hostName, one.hostPort, one.institutionId = "127.0.0.1", port, ""
    one.connect()
    said = one.get_response(one.sip_login_request(user or made.client_id, made.secret))
    one.logged_in = one.sip_login_response(said)["fixed"]["Ok"] == "1"
    return one


def ask(one: Sip2, card: str, pin: str) -> tuple[str, str, str]:
    """BL, CQ and AF of a patron information question."""
    one.patron, one.patronpwd = card, pin
    told = one.sip_patron_information_response(one.get_response(one.sip_patron_information_request("none")))
    said = told["variable"]
    return tuple((said.get(name) or [""])[0] for name in ("BL", "CQ", "AF"))


def test_an_independent_client_signs_in_asks_and_hears_both_letters(door, vendor):
    one = client(door, vendor)
    assert one.logged_in
    status = one.sip_sc_status_response(one.get_response(one.sip_sc_status_request()))
    assert status["fixed"]["OnlineStatus"] == "Y"
    assert ask(one, CARD, PIN) == ("Y", "Y", "")
    assert ask(one, CARD, "9999")[:2] == ("N", "N")
    one.patron = CARD
    ended = one.sip_end_patron_session_response(one.get_response(one.sip_end_patron_session_request()))
    assert ended["fixed"]["EndSession"] == "Y"
    one.disconnect()
    assert list(AccessLog.objects.order_by("outcome").values_list("outcome", "count")) == [
        ("card-not-accepted", 1),
        ("ok", 1),
    ]


def test_status_and_information_of_one_visit_are_one_sign_in(door, vendor):
    one = client(door, vendor)
    one.patron, one.patronpwd = CARD, PIN
    status = one.sip_patron_status_response(one.get_response(one.sip_patron_status_request()))
    assert status["variable"]["BL"] == ["Y"]
    for _ in range(3):
        assert ask(one, CARD, PIN) == ("Y", "Y", "")
    one.disconnect()
    figure = Figure.objects.get()
    assert (figure.metric, figure.kind, figure.unit_code, figure.value) == ("sign-ins", "sip2", "564", 1)


def test_a_card_of_a_library_that_takes_no_part_is_told_why_and_never_asked_about(door, vendor):
    one = client(door, vendor)
    bl, cq, why = ask(one, STRANGER, PIN)
    assert (bl, cq) == ("N", "N")
    assert why
    assert not WrongPins.objects.exists()
    one.disconnect()


def test_a_sign_in_for_one_library_reaches_no_other(door, vendor):
    one = client(door, vendor, f"{vendor.client_id}@outi")
    assert ask(one, CARD, PIN) == ("Y", "Y", "")
    one.disconnect()
    other = client(door, vendor, f"{vendor.client_id}@lapin-kirjasto")
    assert ask(other, CARD, PIN)[:2] == ("N", "N")
    other.disconnect()


def test_a_sign_in_for_one_library_reaches_it_where_its_card_numbers_have_no_known_pattern(door, vendor):
    LibrarySystem.objects.update(card_pattern="", institution="")
    named = client(door, vendor, f"{vendor.client_id}@outi")
    assert ask(named, CARD, PIN)[:2] == ("Y", "Y")
    named.disconnect()
    unnamed = client(door, vendor)
    assert ask(unnamed, CARD, PIN)[:2] == ("N", "N")
    unnamed.disconnect()


def test_three_wrong_secrets_end_the_connection_and_nothing_is_asked_without_signing_in(door, vendor):
    one = client(door, NewSecret(vendor.client_id, "wrong"))
    assert not one.logged_in
    assert ask(one, CARD, PIN)[:2] == ("N", "N")
    assert not WrongPins.objects.exists()
    one.disconnect()
    with raw(door) as rude:
        wrong = messages.Login(vendor.client_id, "wrong").frame()
        answers = [say(rude, sip2.write(wrong, DIALECT, sequence=0)) for _ in range(3)]
        assert [a[:3] for a in answers] == [b"940", b"940", b"940"]
        assert rude.recv(10) == b""


def raw(port: int) -> ssl.SSLSocket:
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    plain = socket.create_connection(("127.0.0.1", port), timeout=5)
    return context.wrap_socket(plain)


def say(talking: socket.socket, octets: bytes) -> bytes:
    talking.sendall(octets)
    heard = b""
    while not heard.endswith(b"\r"):
        more = talking.recv(4096)
        if not more:
            break
        heard += more
    return heard


def signed_in(port: int, vendor: NewSecret) -> ssl.SSLSocket:
    talking = raw(port)
    login = messages.Login(vendor.client_id, vendor.secret).frame()
    assert say(talking, sip2.write(login, DIALECT, sequence=1)).startswith(b"941AY1AZ")
    return talking


def question(card: str = CARD, pin: str | None = PIN, code: str = "63") -> sip2.Frame:
    return messages.PatronQuestion(code, card, pin, "", None, language="007").frame()


def test_a_wrong_checksum_is_asked_for_again_and_97_repeats_the_last_answer(door, vendor):
    with signed_in(door, vendor) as talking:
        good = sip2.write(question(), DIALECT, sequence=2)
        assert say(talking, good[:-5] + b"0000\r")[:2] == b"96"
        first = say(talking, good)
        assert b"BLY|CQY|" in first
        assert say(talking, sip2.write(sip2.Frame("97"), DIALECT)) == first
    assert AccessLog.objects.get(outcome="ok").count == 1


RUBBISH = (b"\x00\xff\xfe\r", b"63\r", b"ZZgarbage|\r", b"6300120|AA\r")


@pytest.mark.parametrize("line", RUBBISH)
def test_what_is_no_sip2_is_asked_for_again_and_the_line_goes_on(door, vendor, line):
    with signed_in(door, vendor) as talking:
        assert say(talking, line)[:2] == b"96"
        assert b"BLY|CQY|" in say(talking, sip2.write(question(), DIALECT, sequence=3))


def test_a_line_without_end_ends_its_own_connection_and_no_other(door, vendor):
    with signed_in(door, vendor) as polite, signed_in(door, vendor) as endless:
        endless.sendall(b"63" + b"x" * 10_000)
        assert endless.recv(10) == b""
        assert b"BLY|CQY|" in say(polite, sip2.write(question(), DIALECT, sequence=4))


def test_latin_1_and_lines_without_checksum_are_answered_in_kind(door, vendor):
    with signed_in(door, vendor) as talking:
        plain = sip2.Dialect(sip2.Encoding.LATIN_1, sip2.Terminator.CRLF, checksum=False)
        heard = say(talking, sip2.write(question("ÄÄ1", "1234"), plain))
        assert b"AA\xc4\xc41|" in heard
        assert b"BLN|CQN|" in heard
        assert b"AZ" not in heard


def test_no_pin_or_an_empty_one_is_never_a_yes(door, vendor):
    with signed_in(door, vendor) as talking:
        for pin in (None, "", " "):
            assert b"BLN|CQN|" in say(talking, sip2.write(question(pin=pin), DIALECT, sequence=5))
    assert not WrongPins.objects.exists()


def test_a_flood_is_refused_for_itself_and_others_go_on(door, vendor):
    other = connect_again(vendor)
    Connection.objects.filter(client_id=vendor.client_id).update(rate_per_minute=5)
    with signed_in(door, vendor) as talking:
        heard = [say(talking, sip2.write(question(), DIALECT, sequence=0)) for _ in range(12)]
    yes = sum(b"BLY|" in one for one in heard)
    assert yes < 12  # a minute's end may fall within
    assert any(b"BLN|CQN|" in one for one in heard)
    with signed_in(door, other) as polite:
        assert b"BLY|CQY|" in say(polite, sip2.write(question(), DIALECT, sequence=0))


def connect_again(vendor: NewSecret) -> NewSecret:
    """Another service's connection."""
    platforms.define_platform(by=BY, slug="music", name="Music", contents=[], now=NOW)
    platforms.take_into_use(by=BY, slug="music", valid_from=None, now=NOW)
    platforms.entitle(by=BY, slug="music", valid_from=None, now=NOW)
    return connect(Way.SIP2, platform="music")


def test_a_switched_off_connection_is_let_go(door, vendor):
    with signed_in(door, vendor) as talking:
        Connection.objects.update(on=False, off_reason="rikki")
        assert b"BLN|CQN|" in say(talking, sip2.write(question(), DIALECT, sequence=0))
        assert talking.recv(10) == b""


def test_whoever_does_not_sign_in_in_time_is_let_go(door, vendor, monkeypatch):
    monkeypatch.setattr(sip2_server, "SIGN_IN_WITHIN", 0.5)
    with raw(door) as silent:
        silent.settimeout(5)
        assert silent.recv(10) == b""


def test_one_address_cannot_take_every_place(door, vendor, monkeypatch):
    monkeypatch.setattr(sip2_server, "MOST_OF_ONE_ADDRESS", 2)
    with signed_in(door, vendor) as first, signed_in(door, vendor), pytest.raises((OSError, AssertionError)):
        signed_in(door, vendor)
    assert first is not None


def test_beyond_this_machine_a_certificate_is_needed(tmp_path: Path):
    with pytest.raises(NotListening, match="needs a certificate"):
        Server(Place("0.0.0.0", 0))  # noqa: S104 - it must not open
    with pytest.raises(NotListening, match="cannot be read"):
        Server(Place("127.0.0.1", 0, tmp_path / "none.pem", tmp_path / "none.key"))


def test_a_database_held_by_another_writer_is_said_and_the_connection_lives_on(door, vendor, monkeypatch):
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL locks rows, not the database; its words for it have a test of their own")
    monkeypatch.setitem(connection.settings_dict["OPTIONS"], "timeout", 0.05)
    other = sqlite3.connect(
        str(connection.settings_dict["NAME"]), timeout=0.1, isolation_level=None, uri=True
    )
    one = client(door, vendor)
    try:
        other.execute("BEGIN IMMEDIATE")
        bl, cq, why = ask(one, CARD, "9999")
        assert (bl, cq) == ("N", "N")
        assert "Yritä hetken päästä uudelleen" in why
    finally:
        other.rollback()
        other.close()
    assert ask(one, CARD, PIN) == ("Y", "Y", "")
    one.disconnect()
