"""JSON read a piece at a time: the elements of Report_Items come one by one, never all at once."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from typing import NoReturn, TextIO, TypeAlias

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"
Event: TypeAlias = "tuple[str, Json]"

CHUNK = 1 << 18
LARGEST = 1 << 26  # characters of one element, or of a whole report written as a string
TORN = 7  # characters: how near the end a decoder stops at a value cut off
DEEPEST = 8  # wraps around a report
SPACE = " \t\r\n"
# What stands around or instead of a report.
WRAPS = {"body", "report", "data", "result", "response"}
EXCEPTIONS = {"exception", "exceptions", "report_exceptions"}
LONE = {"code", "number", "message", "severity", "data", "help_url"}


class Truncated(Exception):
    """The text ends before the value does."""


class Malformed(Exception):
    """The text is no JSON. The first argument says where."""


def _no_such(constant: str) -> NoReturn:
    raise ValueError(constant)


class Reader:
    """Values and signs off a text, keeping only what has not been read yet."""

    __slots__ = ("_at", "_buffer", "_decode", "_ended", "_passed", "_text")

    def __init__(self, text: TextIO) -> None:
        self._text, self._buffer, self._at, self._ended, self._passed = text, "", 0, False, 0
        self._decode = json.JSONDecoder(parse_constant=_no_such).raw_decode

    def sign(self) -> str:
        """The next character that is no white space, not taken; empty at the end."""
        while True:
            while self._at < len(self._buffer):
                if self._buffer[self._at] not in SPACE:
                    return self._buffer[self._at]
                self._at += 1
            if not self._more(CHUNK):
                return ""

    def take(self, wanted: str) -> None:
        found = self.sign()
        if not found:
            raise Truncated
        if found != wanted:
            self.wrong()
        self._at += 1

    def value(self) -> Json:
        """The next value, whole."""
        if not self.sign():
            raise Truncated
        more = CHUNK
        while True:
            try:
                value, end = self._decode(self._buffer, self._at)
            except RecursionError as error:
                raise Malformed(self.place()) from error
            except ValueError as error:
                self._wrong_unless_torn(error)
                if not self._more(more):
                    raise Truncated from error
                more *= 2
                continue
            # A number at the end of the buffer may go on.
            if end < len(self._buffer) or not self._more(CHUNK):
                self._at = end
                return _typed(value)

    def _wrong_unless_torn(self, error: ValueError) -> None:
        """Nonsense is told from a value that is not all there yet by where the decoder stopped."""
        left = len(self._buffer) - self._at
        torn = isinstance(error, json.JSONDecodeError) and (
            error.msg.startswith("Unterminated string") or error.pos + TORN > len(self._buffer)
        )
        if not torn or left > LARGEST:
            self.wrong()

    def _more(self, size: int) -> bool:
        """Read on, forgetting what was taken. False at the end of the text."""
        came = "" if self._ended else self._text.read(size)
        if not came:
            self._ended = True
            return False
        self._passed += self._at
        self._buffer, self._at = self._buffer[self._at :] + came, 0
        return True

    def place(self) -> str:
        return f"character {self._passed + self._at + 1}"

    def wrong(self) -> NoReturn:
        raise Malformed(self.place())


def _typed(value: Json) -> Json:
    return value


def events(text: TextIO) -> Iterator[Event]:
    """What a file says, in its order: `header`, `items` (once, where they begin), `item`, `exceptions`,
    `wrapped`. Raises Truncated or Malformed where the text ends or breaks."""
    reader = Reader(text)
    yield from _anything(reader, 0)
    if reader.sign():
        reader.wrong()


def _anything(reader: Reader, depth: int) -> Iterator[Event]:
    sign = reader.sign()
    if depth > DEEPEST:
        reader.wrong()
    if sign == "{":
        yield from _object(reader, depth)
    elif sign == "[":
        if depth == 0:
            yield "wrapped", "[…]"
        for _ in _elements(reader):
            yield from _anything(reader, depth + 1)
    elif sign == '"':
        inner = str(reader.value())
        if inner.lstrip()[:1] in ("{", "["):
            yield "wrapped", "“…”"
            inside = Reader(io.StringIO(inner))
            yield from _anything(inside, depth + 1)
    else:
        reader.value()


def _elements(reader: Reader) -> Iterator[None]:
    """Stands before each element in turn; whoever asks takes it."""
    reader.take("[")
    if reader.sign() == "]":
        reader.take("]")
        return
    while True:
        yield
        if reader.sign() == "]":
            reader.take("]")
            return
        reader.take(",")


def _object(reader: Reader, depth: int) -> Iterator[Event]:
    lone: dict[str, Json] = {}
    for key in _keys(reader):
        plain = key.strip().casefold()
        if plain == "report_items":
            yield "items", None
            yield from _items(reader)
        elif plain == "report_header":
            yield "header", _unwrapped(reader.value())
        elif plain in EXCEPTIONS:
            yield "exceptions", _unwrapped(reader.value())
        elif plain in WRAPS and reader.sign() in ("{", "[", '"'):
            yield "wrapped", f"{{“{key}”: …}}"
            yield from _anything(reader, depth + 1)
        else:
            value = reader.value()
            if plain in LONE:
                lone[key] = value
    if any(key.casefold() in ("code", "number") for key in lone):
        yield "exceptions", lone


def _keys(reader: Reader) -> Iterator[str]:
    """The keys of an object; stands before the value of each in turn."""
    reader.take("{")
    if reader.sign() == "}":
        reader.take("}")
        return
    while True:
        if reader.sign() not in ('"', ""):
            reader.wrong()
        key = str(reader.value())
        reader.take(":")
        yield key
        if reader.sign() == "}":
            reader.take("}")
            return
        reader.take(",")


def _items(reader: Reader) -> Iterator[Event]:
    if reader.sign() == "[":
        for _ in _elements(reader):
            yield "item", _unwrapped(reader.value())
        return
    value = _unwrapped(reader.value())
    for one in value if isinstance(value, list) else [value] if value else []:
        yield "item", one


def _unwrapped(value: Json) -> Json:
    """What a string holds, where it holds JSON."""
    if isinstance(value, str) and value.lstrip()[:1] in ("{", "["):
        try:
            return _typed(json.loads(value, parse_constant=_no_such))
        except (ValueError, RecursionError):
            return value
    return value
