"""What SIP2 lines say: one frozen class a message, read from and turned into a `sip2.Frame`. Pure.

Requests and answers both, so that one codec serves as client and as server. Fields that a class does not
name are kept in `more`, in their order. Days are as the line says them: without a zone they are local time.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from enum import IntEnum
from typing import ClassVar, TypeAlias

from kimppa.foundation.protocols.sip2 import Frame, NotSip2, NotWritable

Fields: TypeAlias = tuple[tuple[str, str], ...]
VERSION = "2.00"
# The first of the protocol's languages, 001 onwards.
_FIRST = ("en", "fr", "de", "it", "nl", "sv", "fi", "es", "da", "pt", "fr", "no", "he", "ja", "ru", "ar")
LANGUAGES = {f"{number:03}": code for number, code in enumerate(_FIRST, 1)}
UNKNOWN_LANGUAGE = "000"


class Flag(IntEnum):
    """Places of the patron status; set means that the thing is so."""

    CHARGE_DENIED = 0
    RENEWAL_DENIED = 1
    RECALL_DENIED = 2
    HOLD_DENIED = 3
    CARD_LOST = 4
    TOO_MANY_CHARGED = 5
    TOO_MANY_OVERDUE = 6
    TOO_MANY_RENEWALS = 7
    TOO_MANY_CLAIMS = 8
    TOO_MANY_LOST = 9
    EXCESSIVE_FINES = 10
    EXCESSIVE_FEES = 11
    RECALL_OVERDUE = 12
    TOO_MANY_BILLED = 13


def write_flags(flags: frozenset[Flag]) -> str:
    return "".join("Y" if flag in flags else " " for flag in Flag)


def read_flags(text: str) -> frozenset[Flag]:
    return frozenset(flag for flag in Flag if text[flag : flag + 1] in {"Y", "y", "1"})


def write_moment(moment: datetime) -> str:
    """YYYYMMDDZZZZHHMMSS; the zone is blank for local time, `   Z` for UTC."""
    zone = "   Z" if moment.tzinfo is UTC else "    "
    return f"{moment:%Y%m%d}{zone}{moment:%H%M%S}"


def read_moment(text: str) -> datetime | None:
    """The moment that 18 characters tell; None where they tell none."""
    try:
        day, clock = date(*_parts(text[:8], 4, 2, 2)), time(*_parts(text[12:18], 2, 2, 2))
    except ValueError:
        return None
    return datetime.combine(day, clock, tzinfo=UTC if text[11:12] == "Z" else None)


def _parts(text: str, a: int, b: int, c: int) -> tuple[int, int, int]:
    if not (len(text) == a + b + c and text.isascii() and text.isdigit()):
        raise ValueError(text)
    return int(text[:a]), int(text[a : a + b]), int(text[a + b :])


def _yes(text: str | None) -> bool | None:
    """Y or N; anything else, blanks too, says nothing."""
    return {"Y": True, "N": False}.get(text) if text is not None else None


def _letter(value: bool) -> str:
    return "Y" if value else "N"


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() else None


def _digits(value: int | None, width: int) -> str:
    text = " " * width if value is None else f"{value:0{width}d}"
    if len(text) != width:
        raise NotWritable(field="fixed", why="number")
    return text


def _wide(text: str, width: int) -> str:
    if len(text) > width:
        raise NotWritable(field="fixed", why="too long")
    return text.ljust(width)


def _given(**fields: str | None) -> Fields:
    """Fields in the order given; None leaves one out."""
    return tuple((name, value) for name, value in fields.items() if value is not None)


def _rest(frame: Frame, named: frozenset[str]) -> Fields:
    """What the class does not name, and repeats of what it does."""
    seen: set[str] = set()
    kept = []
    for name, value in frame.fields:
        if name in named and name not in seen:
            seen.add(name)
        else:
            kept.append((name, value))
    return tuple(kept)


@dataclass(frozen=True, slots=True)
class Login:
    CODE: ClassVar[str] = "93"
    user: str
    password: str
    location: str | None = None
    algorithms: str = "00"
    more: Fields = ()

    def frame(self) -> Frame:
        return Frame(
            "93", self.algorithms, _given(CN=self.user, CO=self.password, CP=self.location) + self.more
        )

    @classmethod
    def of(cls, frame: Frame) -> Login:
        rest = _rest(frame, frozenset({"CN", "CO", "CP"}))
        return cls(frame.get("CN") or "", frame.get("CO") or "", frame.get("CP"), frame.fixed, rest)


@dataclass(frozen=True, slots=True)
class LoginAnswer:
    CODE: ClassVar[str] = "94"
    ok: bool
    more: Fields = ()

    def frame(self) -> Frame:
        return Frame("94", "1" if self.ok else "0", self.more)

    @classmethod
    def of(cls, frame: Frame) -> LoginAnswer:
        return cls(frame.fixed == "1", frame.fields)


@dataclass(frozen=True, slots=True)
class StatusRequest:
    """99: is the system there? status 0 = fine, 1 = out of paper, 2 = shutting down."""

    CODE: ClassVar[str] = "99"
    status: str = "0"
    width: int = 80
    version: str = VERSION
    more: Fields = ()

    def frame(self) -> Frame:
        return Frame("99", f"{self.status:1.1}{_digits(self.width, 3)}{_wide(self.version, 4)}", self.more)

    @classmethod
    def of(cls, frame: Frame) -> StatusRequest:
        return cls(frame.fixed[0], _number(frame.fixed[1:4]) or 0, frame.fixed[4:8].strip(), frame.fields)


@dataclass(frozen=True, slots=True)
class StatusAnswer:
    """98. `can` is the first six places: online, checkin, checkout, renewal, status update, offline.

    `supported` (BX): Y or N for each of sixteen messages.
    """

    CODE: ClassVar[str] = "98"
    can: tuple[bool, bool, bool, bool, bool, bool]
    at: datetime | None
    institution: str
    timeout: int | None = None
    retries: int | None = None
    version: str = VERSION
    library: str | None = None
    supported: str | None = None
    more: Fields = ()

    @property
    def online(self) -> bool:
        return self.can[0]

    def frame(self) -> Frame:
        numbers = _digits(self.timeout, 3) + _digits(self.retries, 3)
        fixed = "".join(_letter(one) for one in self.can) + numbers + _at(self.at) + _wide(self.version, 4)
        return Frame("98", fixed, _given(AO=self.institution, AM=self.library, BX=self.supported) + self.more)

    @classmethod
    def of(cls, frame: Frame) -> StatusAnswer:
        a, b, c, d, e, f = (letter == "Y" for letter in frame.fixed[:6])
        return cls(
            (a, b, c, d, e, f),
            read_moment(frame.fixed[12:30]),
            frame.get("AO") or "",
            _number(frame.fixed[6:9]),
            _number(frame.fixed[9:12]),
            frame.fixed[30:34].strip(),
            frame.get("AM"),
            frame.get("BX"),
            _rest(frame, frozenset({"AO", "AM", "BX"})),
        )


@dataclass(frozen=True, slots=True)
class PatronQuestion:
    """23 (patron status) or 63 (patron information). Which of the two is `code`.

    card AA, pin AD (patron password), institution AO, terminal AC (terminal password). `summary` is of 63.
    """

    code: str
    card: str
    pin: str | None
    institution: str
    at: datetime | None
    terminal: str | None = None
    language: str = UNKNOWN_LANGUAGE
    summary: str = " " * 10
    more: Fields = ()

    def frame(self) -> Frame:
        summary = {"23": "", "63": _wide(self.summary, 10)}[self.code]
        fields = _given(AO=self.institution, AA=self.card, AC=self.terminal, AD=self.pin)
        return Frame(self.code, _wide(self.language, 3) + _at(self.at) + summary, fields + self.more)

    @classmethod
    def of(cls, frame: Frame) -> PatronQuestion:
        return cls(
            frame.code,
            frame.get("AA") or "",
            frame.get("AD"),
            frame.get("AO") or "",
            read_moment(frame.fixed[3:21]),
            frame.get("AC"),
            frame.fixed[:3],
            frame.fixed[21:31] or " " * 10,
            _rest(frame, frozenset({"AO", "AA", "AC", "AD"})),
        )


@dataclass(frozen=True, slots=True)
class PatronAnswer:
    """24 or 64. BL `valid_patron` and CQ `valid_password` are None where absent, blank or neither Y nor N.

    counts (64 only): holds, overdue, charged, fines, recalls, unavailable holds; None where blank.
    """

    code: str
    card: str
    institution: str
    at: datetime | None
    name: str = ""
    flags: frozenset[Flag] = frozenset()
    language: str = UNKNOWN_LANGUAGE
    valid_patron: bool | None = None
    valid_password: bool | None = None
    counts: tuple[int | None, ...] = (None,) * 6
    more: Fields = ()

    @property
    def good(self) -> bool:
        """The card is known and the PIN was checked and is right: both are said, in so many letters."""
        return self.valid_patron is True and self.valid_password is True

    def frame(self) -> Frame:
        fixed = write_flags(self.flags) + _wide(self.language, 3) + _at(self.at)
        if self.code == "64":
            if len(self.counts) != 6:
                raise NotWritable(field="fixed", why="counts")
            fixed += "".join(_digits(one, 4) for one in self.counts)
        said = {"BL": self.valid_patron, "CQ": self.valid_password}
        letters = tuple((name, _letter(one)) for name, one in said.items() if one is not None)
        fields = _given(AO=self.institution, AA=self.card, AE=self.name)
        return Frame(self.code, fixed, fields + letters + self.more)

    @classmethod
    def of(cls, frame: Frame) -> PatronAnswer:
        counts = tuple(_number(frame.fixed[at : at + 4]) for at in range(35, 59, 4))
        return cls(
            frame.code,
            frame.get("AA") or "",
            frame.get("AO") or "",
            read_moment(frame.fixed[17:35]),
            frame.get("AE") or "",
            read_flags(frame.fixed[:14]),
            frame.fixed[14:17],
            _yes(frame.get("BL")),
            _yes(frame.get("CQ")),
            counts,
            _rest(frame, frozenset({"AO", "AA", "AE", "BL", "CQ"})),
        )


@dataclass(frozen=True, slots=True)
class EndSession:
    CODE: ClassVar[str] = "35"
    card: str
    institution: str
    at: datetime | None
    terminal: str | None = None
    pin: str | None = None
    more: Fields = ()

    def frame(self) -> Frame:
        fields = _given(AO=self.institution, AA=self.card, AC=self.terminal, AD=self.pin)
        return Frame("35", _at(self.at), fields + self.more)

    @classmethod
    def of(cls, frame: Frame) -> EndSession:
        rest = _rest(frame, frozenset({"AO", "AA", "AC", "AD"}))
        moment = read_moment(frame.fixed)
        return cls(
            frame.get("AA") or "", frame.get("AO") or "", moment, frame.get("AC"), frame.get("AD"), rest
        )


@dataclass(frozen=True, slots=True)
class EndSessionAnswer:
    CODE: ClassVar[str] = "36"
    ended: bool
    card: str
    institution: str
    at: datetime | None
    more: Fields = ()

    def frame(self) -> Frame:
        fields = _given(AO=self.institution, AA=self.card)
        return Frame("36", _letter(self.ended) + _at(self.at), fields + self.more)

    @classmethod
    def of(cls, frame: Frame) -> EndSessionAnswer:
        rest = _rest(frame, frozenset({"AO", "AA"}))
        moment = read_moment(frame.fixed[1:])
        return cls(frame.fixed[0] == "Y", frame.get("AA") or "", frame.get("AO") or "", moment, rest)


@dataclass(frozen=True, slots=True)
class Resend:
    """97 asks the system to send its last answer again, 96 the client its last question."""

    code: str = "97"

    def frame(self) -> Frame:
        return Frame(self.code)

    @classmethod
    def of(cls, frame: Frame) -> Resend:
        return cls(frame.code)


Message: TypeAlias = (
    Login
    | LoginAnswer
    | StatusRequest
    | StatusAnswer
    | PatronQuestion
    | PatronAnswer
    | EndSession
    | EndSessionAnswer
    | Resend
)
KINDS: Mapping[str, type[Message]] = {
    "93": Login,
    "94": LoginAnswer,
    "99": StatusRequest,
    "98": StatusAnswer,
    "23": PatronQuestion,
    "63": PatronQuestion,
    "24": PatronAnswer,
    "64": PatronAnswer,
    "35": EndSession,
    "36": EndSessionAnswer,
    "96": Resend,
    "97": Resend,
}


def message(frame: Frame) -> Message:
    """The typed message of a frame. Raises NotSip2."""
    kind = KINDS.get(frame.code)
    if kind is None:
        raise NotSip2(why="unknown code")
    return kind.of(frame)


def _at(moment: datetime | None) -> str:
    return " " * 18 if moment is None else write_moment(moment)
