"""SIP2 lines: a code, fixed places, `XXvalue|` fields, `AYn` sequence and `AZcccc` checksum. Pure.

Both directions. Reading is tolerant (unknown fields are kept, an unclosed last field is read, what cannot be
decoded is marked `garbled`), writing is strict: a value that would break the line is refused, never smuggled.
What the lines mean stands in sip2_messages. Source: 3M Standard Interchange Protocol 2.00; the checksum is
counted over the encoded bytes, as systems in the field do it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from kimppa.foundation.core.errors import Invalid
from kimppa.foundation.core.text import noop

LONGEST_LINE = 16_384
SEPARATOR = "|"
TAIL = re.compile(rb"(?:AY([0-9]))?AZ([0-9A-Fa-f]{4})$")
SEQUENCE_ONLY = re.compile(rb"AY([0-9])$")
FIELD_ID = re.compile(r"[A-Z][A-Z0-9]")
# Characters of the fixed part of each message, after its two-character code.
FIXED = {
    "23": 21,
    "24": 35,
    "35": 18,
    "36": 19,
    "63": 31,
    "64": 59,
    "93": 2,
    "94": 1,
    "96": 0,
    "97": 0,
    "98": 34,
    "99": 8,
}


class NotSip2(Invalid):
    code = "not-sip2"
    sentence = noop("This is not a SIP2 message that can be read here: %(why)s.")


class NotWritable(Invalid):
    code = "sip2-not-writable"
    sentence = noop("The field %(field)s holds something that cannot be said in SIP2: %(why)s.")


class LineTooLong(Invalid):
    code = "sip2-line-too-long"
    sentence = noop("A SIP2 line is longer than %(limit)s bytes; it was not read to its end.")


class Encoding(StrEnum):
    """How the two ends write letters; the value is the name of Python's codec."""

    UTF_8 = "utf-8"
    LATIN_1 = "latin-1"
    CP850 = "cp850"


class Terminator(StrEnum):
    CR = "CR"
    LF = "LF"
    CRLF = "CRLF"

    @property
    def octets(self) -> bytes:
        return {"CR": b"\r", "LF": b"\n", "CRLF": b"\r\n"}[self.value]


@dataclass(frozen=True, slots=True)
class Dialect:
    """How lines are written. `checksum`: with AY and AZ; without, neither is written nor asked for."""

    encoding: Encoding = Encoding.UTF_8
    terminator: Terminator = Terminator.CR
    checksum: bool = True


@dataclass(frozen=True, slots=True)
class Frame:
    """A message as written: its code, its fixed part, its fields in their order, repeated ones too."""

    code: str
    fixed: str = ""
    fields: tuple[tuple[str, str], ...] = ()

    def get(self, name: str) -> str | None:
        """The first value of a field; None where it is absent, which is not the same as empty."""
        return next((value for one, value in self.fields if one == name), None)

    def every(self, name: str) -> tuple[str, ...]:
        return tuple(value for one, value in self.fields if one == name)


@dataclass(frozen=True, slots=True)
class Line:
    """A line that was read. `checksum_ok` is None where it carried none; `sequence` likewise.

    garbled: some bytes were not of the dialect's encoding; U+FFFD stands in their places.
    """

    frame: Frame
    sequence: int | None = None
    checksum_ok: bool | None = None
    garbled: bool = False


def checksum(octets: bytes) -> str:
    """Four hex digits that bring the sum of all bytes (those of `AZ` included) to zero, modulo 65536."""
    return f"{-sum(octets) & 0xFFFF:04X}"


def write(frame: Frame, dialect: Dialect, *, sequence: int | None = None) -> bytes:
    """The line with its terminator. `sequence` 0–9 is left out for 96 and 97. Raises NotWritable."""
    length = FIXED.get(frame.code)
    if length is None or len(frame.fixed) != length:
        raise NotWritable(field=frame.code, why="fixed part")
    parts = [frame.code, _plain(frame.code, frame.fixed)]
    for name, value in frame.fields:
        if not FIELD_ID.fullmatch(name) or name in {"AY", "AZ"}:
            raise NotWritable(field=name[:2], why="field name")
        parts.append(f"{name}{_plain(name, value)}{SEPARATOR}")
    body = b"".join(_encoded(frame.code, part, dialect.encoding) for part in parts)
    if dialect.checksum:
        if sequence is not None:
            if not 0 <= sequence <= 9:
                raise NotWritable(field="AY", why="sequence")
            body += f"AY{sequence}".encode("ascii")
        body += b"AZ"
        body += checksum(body).encode("ascii")
    return body + dialect.terminator.octets


def _plain(name: str, value: str) -> str:
    if SEPARATOR in value or any(ord(letter) < 0x20 or ord(letter) == 0x7F for letter in value):
        raise NotWritable(field=name, why="separator or control character")
    return value


def _encoded(code: str, part: str, encoding: Encoding) -> bytes:
    try:
        return part.encode(encoding.value)
    except UnicodeEncodeError:
        raise NotWritable(field=part[:2] or code, why=encoding.value) from None


def read(octets: bytes, encoding: Encoding = Encoding.UTF_8) -> Line:
    """A line, with or without its terminator. A wrong checksum is told, not raised.

    Raises NotSip2, LineTooLong.
    """
    if len(octets) > LONGEST_LINE:
        raise LineTooLong(limit=LONGEST_LINE)
    bare = octets.strip(b"\r\n\x00")
    if TAIL.search(trimmed := bare.rstrip(b" ")):
        bare = trimmed
    code = bare[:2].decode("ascii", errors="replace")
    if code not in FIXED:
        raise NotSip2(why="unknown code")
    body, sequence, ok = _tail(bare)
    text = body.decode(encoding.value, errors="replace")
    end = 2 + FIXED[code]
    if len(text) < end:
        raise NotSip2(why=f"{code} is cut short")
    fixed = text[2:end]
    if SEPARATOR in fixed:
        raise NotSip2(why=f"the fixed part of {code}")
    return Line(Frame(code, fixed, _fields(text[end:])), sequence, ok, "\ufffd" in text)


def _tail(bare: bytes) -> tuple[bytes, int | None, bool | None]:
    """The line without sequence and checksum, the sequence, and whether the checksum is right."""
    found = TAIL.search(bare)
    if found is not None:
        digit, said = found.group(1), found.group(2).decode("ascii")
        right = checksum(bare[: found.end() - 4]) == said.upper()
        return bare[: found.start()], int(digit) if digit else None, right
    alone = SEQUENCE_ONLY.search(bare)
    # Without a checksum, AY is the tail only where no field is open: a name may end in those letters.
    if alone is not None and (bare[: alone.start()].endswith(b"|") or alone.start() == _head(bare)):
        return bare[: alone.start()], int(alone.group(1)), None
    return bare, None, None


def _head(bare: bytes) -> int:
    return 2 + FIXED[bare[:2].decode("ascii")]


def _fields(text: str) -> tuple[tuple[str, str], ...]:
    """`XXvalue|` fields; what has no name of two characters is passed over."""
    pieces = (piece.lstrip("\r\n") for piece in text.split(SEPARATOR))
    return tuple((piece[:2], piece[2:]) for piece in pieces if FIELD_ID.match(piece[:2]) and len(piece) >= 2)


class Lines:
    """Bytes as they arrive → whole lines, whichever terminator is used. Holds no more than one line."""

    def __init__(self, limit: int = LONGEST_LINE) -> None:
        self._limit = limit
        self._rest = b""

    def feed(self, octets: bytes) -> list[bytes]:
        """The lines that became whole, without terminators; empty ones left out. Raises LineTooLong."""
        *whole, self._rest = re.split(rb"[\r\n]", self._rest + octets)
        if len(self._rest) > self._limit or any(len(line) > self._limit for line in whole):
            raise LineTooLong(limit=self._limit)
        return [line for line in whole if line.strip()]

    @property
    def waiting(self) -> bool:
        """Whether part of a line has come."""
        return bool(self._rest.strip())
