"""RFC 5545: folding at 75 octets, escaping, whole days."""

from __future__ import annotations

from datetime import UTC, date, datetime

from kimppa.foundation.protocols.icalendar import Event, calendar, escaped, folded

CHANGED = datetime(2022, 11, 15, 10, tzinfo=UTC)


def test_a_line_is_folded_at_75_octets_and_never_within_a_character() -> None:
    line = "SUMMARY:" + "ä" * 100
    written = folded(line)
    parts = written.split(b"\r\n")
    assert parts.pop() == b""
    assert all(len(part) <= 75 for part in parts)
    assert all(part.startswith(b" ") for part in parts[1:])
    assert (parts[0] + b"".join(part[1:] for part in parts[1:])).decode() == line
    assert folded("x" * 75) == b"x" * 75 + b"\r\n"


def test_texts_are_escaped_and_carry_no_line_of_their_own() -> None:
    assert escaped("a,b;c\\d\r\nEND:VEVENT\x00") == "a\\,b\\;c\\\\d\\nEND:VEVENT"


def test_an_event_is_a_whole_day() -> None:
    event = Event("1-notice@x", date(2022, 12, 31), "Irtisano, heti", CHANGED, "E/1", "https://x.example/fi/")
    lines = calendar("Määräpäivät", [event]).decode().split("\r\n")
    assert lines[:3] == ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Kimppa//Kimppa//FI"]
    for wanted in (
        "UID:1-notice@x",
        "DTSTAMP:20221115T100000Z",
        "DTSTART;VALUE=DATE:20221231",
        "DTEND;VALUE=DATE:20230101",
        "SUMMARY:Irtisano\\, heti",
        "URL:https://x.example/fi/",
    ):
        assert wanted in lines
    assert lines[-2:] == ["END:VCALENDAR", ""]
