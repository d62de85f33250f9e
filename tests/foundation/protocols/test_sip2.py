"""SIP2 lines survive the way there and back in each dialect; what would break a line is refused."""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kimppa.foundation.protocols import sip2, sip2_messages
from kimppa.foundation.protocols.sip2 import (
    Dialect,
    Encoding,
    Frame,
    Lines,
    LineTooLong,
    NotSip2,
    NotWritable,
    Terminator,
    checksum,
    read,
    write,
)
from kimppa.foundation.protocols.sip2_messages import (
    EndSession,
    EndSessionAnswer,
    Flag,
    Login,
    LoginAnswer,
    Message,
    PatronAnswer,
    PatronQuestion,
    Resend,
    StatusAnswer,
    StatusRequest,
    message,
)

AT = datetime(2026, 3, 1, 12, 30, 5)  # noqa: DTZ001 the protocol's local time
DIALECTS = [Dialect(e, t, c) for e in Encoding for t in Terminator for c in (True, False)]
ONE_OF_EACH: list[Message] = [
    Login("hub", "söpö", "OULU"),
    Login("hub", ""),
    LoginAnswer(True),
    LoginAnswer(False, more=(("AF", "no"),)),
    StatusRequest(),
    StatusAnswer((True, False, False, True, False, True), AT, "OUTI", 30, 3, "2.00", "Oulu", "Y" * 16),
    PatronQuestion("23", "285A123", "1234", "OUTI", AT, ""),
    PatronQuestion("63", "285A123", None, "", None, None, "007", "  Y       ", (("BP", "1"), ("ZZ", "?"))),
    PatronAnswer("24", "285A123", "OUTI", AT, "Mäki", frozenset({Flag.CARD_LOST}), "006", True, False),
    PatronAnswer(
        "64",
        "285A123",
        "OUTI",
        AT.replace(tzinfo=UTC),
        "Åke Ö",
        frozenset(Flag),
        "007",
        True,
        True,
        (0, 1, 9999, None, 4, 5),
        (("AS", "one"), ("AS", "two"), ("PA", "20300101")),
    ),
    EndSession("285A123", "OUTI", AT, "", "1234"),
    EndSessionAnswer(True, "285A123", "OUTI", AT),
    Resend("97"),
    Resend("96"),
]


@pytest.mark.parametrize("dialect", DIALECTS, ids=str)
def test_each_message_comes_back_as_it_was_sent(dialect):
    for number, sent in enumerate(ONE_OF_EACH):
        sequence = number % 10 if dialect.checksum else None
        octets = write(sent.frame(), dialect, sequence=sequence)
        assert octets.endswith(dialect.terminator.octets)
        line = read(octets, dialect.encoding)
        assert message(line.frame) == sent
        assert line.sequence == sequence
        assert line.checksum_ok is (True if dialect.checksum else None)
        assert not line.garbled


def test_known_checksums_of_the_standard():
    assert write(Frame("97"), Dialect()) == b"97AZFEF5\r"
    assert write(Frame("96"), Dialect()) == b"96AZFEF6\r"
    assert write(LoginAnswer(True).frame(), Dialect(), sequence=3) == b"941AY3AZFDFA\r"


def test_checksum_is_counted_over_the_encoded_bytes():
    frame = Login("ö", "å").frame()
    sums = {write(frame, Dialect(encoding))[-5:-1] for encoding in Encoding}
    assert len(sums) == 3


@pytest.mark.parametrize("encoding", list(Encoding))
@given(data=st.data())
def test_any_writable_fields_come_back(encoding, data):
    def writable(letter: str) -> bool:
        try:
            return letter != "|" and letter.isprintable() and bool(letter.encode(encoding.value))
        except UnicodeEncodeError:
            return False

    values = st.text(st.characters(exclude_categories=["Cs", "Cc"]).filter(writable), max_size=20)
    names = st.from_regex(r"[A-Z][A-Z0-9]", fullmatch=True).filter(lambda n: n not in {"AY", "AZ"})
    fields = tuple(data.draw(st.lists(st.tuples(names, values), max_size=6)))
    frame = Frame("94", "1", fields)
    octets = write(frame, Dialect(encoding), sequence=data.draw(st.integers(0, 9)))
    line = read(octets, encoding)
    assert line.frame == frame
    assert line.checksum_ok is True
    body = octets[:-5]
    assert (sum(body) + int(checksum(body), 16)) % 65536 == 0


@given(octets=st.binary(max_size=200))
def test_any_bytes_are_read_or_refused_never_worse(octets):
    for start in (b"", b"64", b"941", b"98", b"63"):
        with contextlib.suppress(NotSip2):
            message(read(start + octets).frame)


@given(place=st.integers(0, 60), octet=st.integers(0, 255))
def test_one_changed_byte_is_a_wrong_checksum(place, octet):
    good = write(Login("hub", "secret", "OULU").frame(), Dialect(), sequence=1)
    body = bytearray(good[:-9])  # without AYnAZ… and CR, but with all of the fields
    place %= len(body)
    if octet in b"\r\n\x00" or body[place] == octet or place < 2:
        return
    body[place] = octet
    assert read(bytes(body) + good[-9:]).checksum_ok is False


@pytest.mark.parametrize("bad", ["a|b", "a\rb", "a\nb", "a\x00b", "a\x7fb"])
def test_what_would_break_the_line_is_refused_not_smuggled(bad):
    for sent in (Login(bad, "x"), Login("x", bad), PatronQuestion("63", bad, "1", "", AT)):
        with pytest.raises(NotWritable):
            write(sent.frame(), Dialect())


def test_a_letter_that_the_encoding_lacks_is_refused():
    with pytest.raises(NotWritable):
        write(Login("Ω€", "x").frame(), Dialect(Encoding.LATIN_1))


def test_field_names_and_fixed_parts_are_strict_when_written():
    for frame in (Frame("94", "1", (("A", "x"),)), Frame("94", "1", (("AY", "x"),)), Frame("94", "")):
        with pytest.raises(NotWritable):
            write(frame, Dialect())


@pytest.mark.parametrize("line", [b"", b"6", b"64", b"64" + b" " * 58, b"zz", b"11YN", b"98YYY|" + b" " * 40])
def test_short_fixed_parts_and_unknown_codes_are_clear_errors(line):
    with pytest.raises(NotSip2):
        read(line)


def test_unknown_unclosed_and_repeated_fields_are_kept():
    line = read(b"941AFfirst|AFsecond|XQ7|stray|ZYopen")
    assert line.frame.fields == (("AF", "first"), ("AF", "second"), ("XQ", "7"), ("ZY", "open"))
    assert line.frame.every("AF") == ("first", "second")
    assert line.frame.get("AA") is None


def test_a_name_that_ends_like_a_sequence_is_no_sequence():
    assert read(b"941AEMAY3").frame.get("AE") == "MAY3"
    assert read(b"941AEMay|AY3").sequence == 3
    assert read(b"941AY3").sequence == 3


def test_blank_or_absent_password_check_is_not_a_yes():
    fixed = "64" + " " * 14 + "000" + " " * 18 + " " * 24
    for fields, said in [
        ("BLY|", None),
        ("BLY|CQ|", None),
        ("BLY|CQ |", None),
        ("BLY|CQN|", False),
        ("BLY|CQy|", None),
    ]:
        answer = message(read(f"{fixed}AOx|AA1|{fields}".encode()).frame)
        assert isinstance(answer, PatronAnswer)
        assert answer.valid_password is said
        assert not answer.good
    whole = message(read(f"{fixed}AOx|AA1|BLY|CQY|".encode()).frame)
    assert isinstance(whole, PatronAnswer)
    assert whole.good


def test_wrong_encoding_is_marked_and_deciding_fields_are_still_read():
    octets = write(
        PatronAnswer("64", "1", "o", AT, "Mäki", valid_patron=True, valid_password=True).frame(),
        Dialect(Encoding.LATIN_1),
    )
    line = read(octets, Encoding.UTF_8)
    assert line.garbled
    assert line.checksum_ok is True
    answer = message(line.frame)
    assert isinstance(answer, PatronAnswer)
    assert answer.good


def test_moments_are_local_without_a_zone_and_nonsense_is_none():
    assert sip2_messages.read_moment("20260301    123005") == AT
    assert sip2_messages.read_moment("20260301   Z123005") == AT.replace(tzinfo=UTC)
    for nonsense in ("", " " * 18, "20261301    123005", "2026030x    123005"):
        assert sip2_messages.read_moment(nonsense) is None


def test_lines_are_cut_at_any_terminator_and_an_endless_one_is_refused():
    lines = Lines(limit=10)
    assert lines.feed(b"941\r\n99") == [b"941"]
    assert lines.waiting
    assert lines.feed(b"0\n\r\r96\r") == [b"990", b"96"]
    assert not lines.waiting
    with pytest.raises(LineTooLong):
        lines.feed(b"x" * 11)
    with pytest.raises(LineTooLong):
        read(b"94" + b"x" * sip2.LONGEST_LINE)
