"""iCalendar (RFC 5545): whole-day events as a calendar to subscribe to. Pure.

Lines end with CRLF and are folded at 75 octets (never within a character); backslash, semicolon, comma
and line breaks are escaped in texts.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

FOLD_AT = 75
PRODUCT = "-//Kimppa//Kimppa//FI"


@dataclass(frozen=True, slots=True)
class Event:
    """One whole day, or with `starts` and `ends` the time between two moments.

    `uid` stays the same when the calendar is read again; `changed` is its DTSTAMP.
    """

    uid: str
    day: date
    summary: str
    changed: datetime
    description: str = ""
    url: str = ""
    location: str = ""
    starts: datetime | None = None
    ends: datetime | None = None


def calendar(name: str, events: Iterable[Event]) -> bytes:
    """The calendar's bytes (media type text/calendar)."""
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        f"PRODID:{PRODUCT}",
        "CALSCALE:GREGORIAN",
        "METHOD:PUBLISH",
        f"X-WR-CALNAME:{escaped(name)}",
    ]
    for event in events:
        lines += _event(event)
    lines.append("END:VCALENDAR")
    return b"".join(folded(line) for line in lines)


def _event(event: Event) -> list[str]:
    lines = [
        "BEGIN:VEVENT",
        f"UID:{escaped(event.uid)}",
        f"DTSTAMP:{event.changed.astimezone(UTC):%Y%m%dT%H%M%SZ}",
        *_when(event),
        f"SUMMARY:{escaped(event.summary)}",
    ]
    if event.description:
        lines.append(f"DESCRIPTION:{escaped(event.description)}")
    if event.location:
        lines.append(f"LOCATION:{escaped(event.location)}")
    if event.url:
        lines.append(f"URL:{''.join(event.url.split())}")
    # A day to remember takes nobody's time; a meeting does.
    return [*lines, f"TRANSP:{'OPAQUE' if event.starts else 'TRANSPARENT'}", "END:VEVENT"]


def _when(event: Event) -> list[str]:
    if event.starts is not None and event.ends is not None:
        return [
            f"DTSTART:{event.starts.astimezone(UTC):%Y%m%dT%H%M%SZ}",
            f"DTEND:{event.ends.astimezone(UTC):%Y%m%dT%H%M%SZ}",
        ]
    return [
        f"DTSTART;VALUE=DATE:{event.day:%Y%m%d}",
        f"DTEND;VALUE=DATE:{event.day + timedelta(days=1):%Y%m%d}",
    ]


def escaped(text: str) -> str:
    """A TEXT value (3.3.11); control characters but the line break are left out."""
    plain = text.replace("\r\n", "\n").replace("\r", "\n")
    kept = "".join(c for c in plain if c == "\n" or (c >= " " and c != "\x7f"))
    for sign, written in (("\\", "\\\\"), (";", "\\;"), (",", "\\,"), ("\n", "\\n")):
        kept = kept.replace(sign, written)
    return kept


def folded(line: str) -> bytes:
    """One content line, folded (3.1): a continuation begins with a space, which counts."""
    parts: list[bytes] = []
    part = b""
    for character in line:
        octets = character.encode("utf-8")
        if len(part) + len(octets) > FOLD_AT:
            parts.append(part)
            part = b" "
        part += octets
    return b"\r\n".join([*parts, part]) + b"\r\n"
