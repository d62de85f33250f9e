"""Cards checked by SIP2 at a library system that is not our code, over TLS, and at one that misbehaves."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
from django.core.management import call_command
from tests.elibrary.patrons import counterparts
from tests.elibrary.patrons.counterparts import AT, BLANK, Person, certificates, library_system
from tests.races import at_once

from kimppa.commons.health.models import Minute
from kimppa.commons.members.models import Municipality, Region
from kimppa.elibrary.patrons import breaker, checks, connecting, jobs, rules, sip2_wire, testing
from kimppa.elibrary.patrons.models import LibrarySystem, SystemState, WrongPins
from kimppa.foundation.accounts.actors import Operator
from kimppa.foundation.core.errors import KimppaError
from kimppa.foundation.protocols.sip2 import checksum

pytestmark = pytest.mark.django_db
BY = Operator("test")
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
TODAY = date(2026, 3, 1)
CARD, PIN = "285A123123", "7391"
CARDS = {CARD: Person(PIN), "285A000001": Person("1111", home="Kemi", status="Y" + BLANK[1:])}


@pytest.fixture(autouse=True)
def closed() -> Iterator[None]:
    yield
    sip2_wire.close_all()


@pytest.fixture
def oulu() -> None:
    region = Region.objects.create(code="17", name_fi="Pohjois-Pohjanmaa")
    Municipality.objects.create(code="564", name_fi="Oulu", name_sv="Uleåborg", region=region)


def define(slug: str, code: str, **more: object) -> None:
    """A system of a municipality of its own."""
    region, _ = Region.objects.get_or_create(code="19", defaults={"name_fi": "Lappi"})
    Municipality.objects.get_or_create(code=code, defaults={"name_fi": f"Kunta {code}", "region": region})
    connecting.define_system(
        by=BY,
        slug=slug,
        names=(slug.upper(), "", ""),
        owner=connecting.Owner(municipality=code),
        now=NOW,
        **more,
    )


def connect(
    port: int, slug: str = "outi", *, mapping: dict[str, object] | None = None, **more: object
) -> None:
    settings = {
        "host": "127.0.0.1",
        "port": port,
        "private": True,
        "ca": certificates()[0],
        "tls_name": "localhost",
        "user": "hub",
        "institution": "OUTI",
        "timeout": 1,
        **more,
    }
    connecting.connect(
        by=BY,
        system=slug,
        kind="sip2",
        settings=settings,
        secrets={"login_password": "söpö"},
        mapping=mapping or {"home": "BD", "home_by": "name", "language": "language"},
        valid_from=None,
        now=NOW,
    )


def check(card: str = CARD, pin: str = PIN, slug: str = "outi", now: datetime = NOW) -> checks.Checked:
    return checks.check_card(system=slug, card=card, pin=pin, now=now, today=TODAY)


def test_a_right_pin_is_a_yes_with_what_the_mapping_reads(oulu):
    with library_system(CARDS) as server:
        define("outi", "001")
        connect(server.port)
        found = check(" 285a 123123 ")
    assert (found.home, found.blocked, found.language, found.age_group) == ("564", False, "fi", "")
    assert server.asked == [(CARD, PIN)]


@pytest.mark.parametrize("encoding", ["utf-8", "latin-1", "cp850"])
def test_each_encoding_logs_in_with_letters_and_has_right_checksums(oulu, encoding):
    with library_system(CARDS, encoding=encoding) as server:
        define("outi", "001")
        connect(server.port, encoding=encoding)
        assert check().home == "564"
        assert server.logins == ["hub"]


def test_patron_status_of_message_23_is_enough_where_63_is_not_there(oulu):
    with library_system(CARDS) as server:
        define("outi", "001")
        connect(server.port, message="23")
        assert check().home == ""
    assert server.asked == [(CARD, PIN)]


def test_a_connection_is_kept_and_logged_in_once(oulu):
    with library_system(CARDS) as server:
        define("outi", "001")
        connect(server.port)
        for _ in range(12):
            check()
    assert len(server.logins) == 1
    assert len(server.asked) == 12


def test_a_kept_connection_that_the_server_closed_gets_no_pin(oulu):
    with library_system(CARDS) as server:
        define("outi", "001")
        connect(server.port)
        check()
    # The server is gone: the kept connection is seen to be closed before any PIN is sent into it.
    with pytest.raises(rules.SystemNotAsked):
        check()


def test_wrong_pins_and_unknown_cards_are_no_and_a_denied_one_is_blocked(oulu):
    with library_system(CARDS) as server:
        define("outi", "001")
        connect(server.port)
        with pytest.raises(rules.WrongPin):
            check(pin="0000")
        with pytest.raises(rules.WrongPin):
            check(card="285A999999")
        assert check("285A000001", "1111").blocked
    assert len(server.asked) == 3


def test_a_pin_that_would_break_the_line_reaches_nobody(oulu):
    with library_system(CARDS) as server:
        define("outi", "001")
        connect(server.port)
        for bad in ("1|CQY|", "1\rx", "1\n2"):
            with pytest.raises((rules.WrongPin, rules.TooManyWrongPins)):
                check(pin=bad)
    assert server.asked == []


def test_ten_wrong_pins_of_a_card_from_everywhere_reach_the_system_only_n_minus_two_times(oulu):
    for locks_after, passed in ((5, 3), (3, 1), (2, 1)):
        with library_system(CARDS) as server:
            define(f"s{locks_after}", f"0{locks_after}0", locks_after=locks_after)
            connect(server.port, f"s{locks_after}")
            for _ in range(10):
                with pytest.raises((rules.WrongPin, rules.TooManyWrongPins)):
                    check(pin="0000", slug=f"s{locks_after}")
            assert len(server.asked) == passed


@pytest.mark.django_db(transaction=True)
def test_ten_wrong_pins_at_once_from_ten_processes_do_not_slip_past_the_limit():
    with library_system(CARDS) as server:
        define("outi", "001", locks_after=5)
        connect(server.port)
        said = at_once([lambda: check(pin="0000")] * 10)
        assert len(server.asked) == 3
    assert (said.count("wrong-pin"), said.count("too-many-wrong-pins")) == (2, 8)


@pytest.mark.django_db(transaction=True)
def test_after_a_pause_one_process_alone_makes_the_trial():
    define("outi", "001")
    system = LibrarySystem.objects.get()
    SystemState.objects.create(system=system, failures=5, down_since=NOW, last_failure=NOW)

    def gate() -> None:
        try:
            breaker.pass_gate(system, NOW + breaker.PAUSE)
        except breaker.Trouble:
            raise rules.SystemNotAsked() from None

    assert sorted(at_once([gate] * 6)) == ["done"] + ["library-system-down"] * 5


def test_a_wrong_login_or_another_certificate_asks_nobody_and_counts_no_try(oulu):
    with library_system(CARDS, login=("hub", "other")) as server:
        define("outi", "001")
        connect(server.port)
        with pytest.raises(rules.SystemNotAsked):
            check()
        connect(server.port, tls_name="elsewhere.example")
        with pytest.raises(rules.SystemNotAsked):
            check()
        connect(server.port, ca="")
        with pytest.raises(rules.SystemNotAsked):
            check()
    assert server.asked == []
    assert not WrongPins.objects.filter(count__gt=0).exists()
    assert SystemState.objects.get().code == "tls"


def test_a_private_address_is_called_only_when_listed(oulu):
    with library_system(CARDS) as server:
        define("outi", "001")
        connect(server.port, private=False)
        with pytest.raises(rules.SystemNotAsked):
            check()
    assert server.logins == []
    assert SystemState.objects.get().code == "address-refused"


def test_plain_sip2_works_on_loopback_when_said_so(oulu):
    with library_system(CARDS, tls=False) as server:
        define("outi", "001")
        connect(server.port, tls=False)
        assert check().home == "564"


def answer(body: str, sequence: int, encoding: str = "utf-8") -> bytes:
    octets = f"{body}AY{sequence}AZ".encode(encoding)
    return octets + checksum(octets).encode() + b"\r"


def yes(sequence: int, *, card: str = CARD, tail: str = "BLY|CQY|", name: str = "X") -> bytes:
    return answer(f"64{BLANK}007{AT}{'0000' * 6}AOOUTI|AA{card}|AE{name}|{tail}", sequence)


FAULTS: dict[str, tuple[Callable[[object], None], type[KimppaError], str]] = {}


def fault(error: type[KimppaError], code: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    def put(behave: Callable[..., None]) -> Callable[..., None]:
        FAULTS[behave.__name__] = (behave, error, code)
        return behave

    return put


def after_login(connection, next_line) -> None:
    next_line()
    connection.sendall(answer("941", 0))
    next_line()


@fault(rules.SystemDown, "timeout")
def hangs(connection, next_line):
    after_login(connection, next_line)
    time.sleep(3)


@fault(rules.SystemNotAsked, "timeout")
def hangs_before_login(connection, next_line):
    time.sleep(3)


@fault(rules.SystemDown, "closed")
def half_a_line(connection, next_line):
    after_login(connection, next_line)
    connection.sendall(yes(1)[:40])


@fault(rules.SystemDown, "timeout")
def a_letter_at_a_time(connection, next_line):
    after_login(connection, next_line)
    for octet in yes(1):
        connection.sendall(bytes([octet]))
        time.sleep(0.05)


@fault(rules.SystemDown, "other-patron")
def another_patron(connection, next_line):
    after_login(connection, next_line)
    connection.sendall(yes(1, card="285A999999"))


@fault(rules.SystemDown, "other-patron")
def nobody_at_all(connection, next_line):
    after_login(connection, next_line)
    connection.sendall(yes(1, card=""))


@fault(rules.WrongPin, "")
def blank_cq(connection, next_line):
    after_login(connection, next_line)
    connection.sendall(yes(1, tail="BLY|CQ|"))


@fault(rules.WrongPin, "")
def absent_cq(connection, next_line):
    after_login(connection, next_line)
    connection.sendall(yes(1, tail="BLY|"))


@fault(rules.WrongPin, "")
def no_bl(connection, next_line):
    after_login(connection, next_line)
    connection.sendall(yes(1, tail="CQY|"))


@fault(rules.SystemDown, "checksum")
def wrong_checksum_for_ever(connection, next_line):
    after_login(connection, next_line)
    while True:
        connection.sendall(yes(1).replace(b"AEX", b"AEY"))
        next_line()


@fault(rules.SystemDown, "unreadable")
def something_else(connection, next_line):
    after_login(connection, next_line)
    connection.sendall(b"HTTP/1.1 400 Bad Request\r\n")


@fault(rules.SystemDown, "unreadable")
def a_short_answer(connection, next_line):
    after_login(connection, next_line)
    connection.sendall(b"64YYY|BLY|CQY|\r")


@fault(rules.SystemDown, "wrong-answer")
def the_answer_before(connection, next_line):
    after_login(connection, next_line)
    connection.sendall(yes(0))


@fault(rules.SystemDown, "wrong-answer")
def two_answers(connection, next_line):
    after_login(connection, next_line)
    connection.sendall(yes(1) + yes(1))


@fault(rules.SystemDown, "too-long")
def an_endless_line(connection, next_line):
    after_login(connection, next_line)
    while True:
        connection.sendall(b"A" * 4096)


@fault(rules.SystemDown, "closed")
def closes_after_login(connection, next_line):
    after_login(connection, next_line)


@fault(rules.SystemNotAsked, "login-refused")
def no_login(connection, next_line):
    next_line()
    connection.sendall(answer("940", 0))


@pytest.mark.parametrize("name", list(FAULTS))
def test_what_misbehaves_is_never_a_yes_and_is_over_in_time(name):
    behave, error, code = FAULTS[name]
    with counterparts.misbehaving(behave) as server:
        define("outi", "001")
        connect(server.port, tls=False)
        begun = time.monotonic()
        with pytest.raises(error) as caught:
            check()
        assert time.monotonic() - begun < 2.5
        assert caught.type is error
        # A question that left stays counted as a try; one that did not is given back.
        counted = WrongPins.objects.filter(count=1).exists()
        assert counted == (error is not rules.SystemNotAsked)
        state = SystemState.objects.filter(system__slug="outi").first()
        assert (state.code if state else "") == code
        assert not [wire for kept in sip2_wire._idle.values() for wire in kept] or error is rules.WrongPin


def test_a_checksum_that_is_wrong_once_is_asked_again_by_97():
    seen: list[bytes] = []

    def once(connection, next_line):
        after_login(connection, next_line)
        connection.sendall(yes(1).replace(b"AEX", b"AEY"))
        seen.append(next_line())
        connection.sendall(yes(1))

    with counterparts.misbehaving(once) as server:
        define("outi", "001")
        connect(server.port, tls=False)
        assert not check().blocked
    assert seen == [b"97AZFEF5"]


def test_another_encoding_than_agreed_is_contained():
    def latin(connection, next_line):
        after_login(connection, next_line)
        body = f"64{BLANK}007{AT}{'0000' * 6}AOOUTI|AA{CARD}|AEMäki|BDJyväskylä|BLY|CQY|"
        connection.sendall(answer(body, 1, "latin-1"))

    with counterparts.misbehaving(latin) as server:
        define("outi", "001")
        connect(server.port, tls=False)
        assert check().home == ""


def test_a_system_that_fails_is_left_alone_told_as_down_and_found_again(oulu):
    with library_system(CARDS) as server:
        define("outi", "001")
        connect(server.port)
    for _ in range(breaker.OPENS_AFTER):
        with pytest.raises(rules.SystemNotAsked):
            check()
    state = SystemState.objects.get()
    assert state.down_since == NOW
    with pytest.raises(rules.SystemNotAsked):
        check(now=NOW + breaker.PAUSE / 2)
    assert SystemState.objects.get().failures == breaker.OPENS_AFTER  # the one that waited was not asked
    with library_system(CARDS) as server:
        connect(server.port)
        assert check(now=NOW + breaker.PAUSE).home == "564"
    state = SystemState.objects.get()
    assert (state.failures, state.down_since, state.code) == (0, None, "")
    minute = Minute.objects.filter(target_id="library-system:outi").first()
    assert (minute.good, minute.bad) == (1, breaker.OPENS_AFTER)


def test_the_probe_finds_a_system_that_came_back_and_asks_about_no_card(oulu):
    with library_system(CARDS) as server:
        define("outi", "001")
        connect(server.port)
        SystemState.objects.create(
            system=LibrarySystem.objects.get(), failures=9, down_since=NOW, last_failure=NOW
        )
        jobs.reach(LibrarySystem.objects.get(), today=TODAY, now=NOW + timedelta(hours=1))
    assert SystemState.objects.get().down_since is None
    assert server.asked == []
    assert jobs.reach(LibrarySystem.objects.get(), today=TODAY, now=NOW) is False


def test_more_questions_at_once_than_allowed_are_turned_away_at_once(oulu):
    with breaker.one_of("x", 1), pytest.raises(breaker.Trouble), breaker.one_of("x", 1):
        pass
    with breaker.one_of("x", 1):
        pass


def test_the_answer_to_one_is_never_the_answer_to_the_next(oulu):
    """A server that answers too late: its late yes must not meet the next card."""
    release = threading.Event()

    def late(connection, next_line):
        after_login(connection, next_line)
        release.wait(1.3)
        connection.sendall(yes(1))
        next_line()

    with counterparts.misbehaving(late) as server:
        define("outi", "001")
        connect(server.port, tls=False)
        with pytest.raises(rules.SystemDown):
            check()
        with pytest.raises(rules.SystemDown):
            check(card="285A999999")


def test_a_card_known_in_two_kimppas_is_asked_of_none_until_somebody_says_which(oulu):
    with library_system(CARDS) as one, library_system(CARDS) as two:
        for slug, code, server in (("outi", "001", one), ("lappi", "002", two)):
            define(slug, code, card_pattern="285A[0-9]{6}", institution=slug.upper())
            connect(server.port, slug)
        with pytest.raises(checks.CardOfSeveral):
            checks.route(card=CARD)
        assert (one.asked, two.asked) == ([], [])
        assert checks.route(card=CARD, institution="LAPPI") == "lappi"
        first, second = check(slug="outi"), check(slug="lappi")
        assert first.pseudonym != second.pseudonym


def steps(tried: testing.Tried) -> dict[str, dict[str, str]]:
    return {step.name.value: dict(step.facts) for step in tried.steps}


def test_the_test_tool_shows_each_step_and_nothing_secret(oulu):
    with library_system(CARDS) as server:
        define("outi", "001", card_pattern="285A[0-9]{6}")
        connect(server.port)
        tried = testing.try_card(by=BY, system="outi", card=CARD, pin=PIN, now=NOW, today=TODAY, real_now=NOW)
        wrong = testing.try_card(
            by=BY, system="outi", card=CARD, pin="0000", now=NOW, today=TODAY, real_now=NOW
        )
    assert tried.good
    shown = steps(tried)
    assert list(shown) == [
        *("route", "resolve", "connect", "login", "question", "checksum", "fields", "decision", "attributes")
    ]
    assert shown["route"] == {"card": "…23", "route": "outi"}
    assert shown["connect"]["encrypted"].startswith("TLSv1")
    assert shown["fields"]["AA"] == "…23"
    assert shown["fields"]["AE"] == "(12)"
    assert shown["attributes"]["home"] == "564"
    assert not wrong.good
    assert steps(wrong)["decision"] == {"BL": "Y", "CQ": "N"}
    assert WrongPins.objects.get().count == 1
    text = repr((tried.steps, wrong.steps))
    assert not any(secret in text for secret in (CARD, PIN, "0000", "söpö", "Mäkelä", "285A"))


def test_neither_card_nor_pin_nor_secret_stands_in_database_log_or_trail(oulu, capsys, tmp_path):
    with library_system(CARDS) as server:
        define("outi", "001")
        connect(server.port)
        checks.keep(check(), now=NOW)
        with pytest.raises(rules.WrongPin) as caught:
            check(pin="4826")
        testing.try_card(by=BY, system="outi", card=CARD, pin=PIN, now=NOW, today=TODAY, real_now=NOW)
    path = tmp_path / "all.json"
    call_command("dumpdata", "--output", str(path), verbosity=0)
    everything = path.read_text() + repr(caught.value.params) + "".join(capsys.readouterr())
    assert "127.0.0.1" in everything
    assert [s for s in (CARD, CARD.lower(), f'"{PIN}"', '"4826"', "söpö", "Mäkelä") if s in everything] == []
