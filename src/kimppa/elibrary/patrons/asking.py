"""What every way of asking a library system shares: how it can fail, what was said, and the steps of a test.

Pure. Nothing here ever holds a PIN; a `Journal` holds only what may be shown to staff.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from kimppa.foundation.core.text import noop


class Code(StrEnum):
    """Why a question got no usable answer. Kept in the system's state and told to health."""

    NOT_CONNECTED = "not-connected"
    BAD_SETTINGS = "bad-settings"
    NO_ADDRESS = "no-address"
    ADDRESS_REFUSED = "address-refused"
    NO_CONNECTION = "no-connection"
    TLS = "tls"
    TIMEOUT = "timeout"
    CLOSED = "closed"
    LOGIN_REFUSED = "login-refused"
    OFFLINE = "offline"
    CHECKSUM = "checksum"
    UNREADABLE = "unreadable"
    TOO_LONG = "too-long"
    WRONG_ANSWER = "wrong-answer"
    OTHER_PATRON = "other-patron"
    NO_STABLE_ID = "no-stable-id"
    NOT_PERMITTED = "not-permitted"
    HTTP_STATUS = "http-status"
    BUSY = "busy"
    RESTING = "resting"
    NO_CARDS = "no-cards"
    NOT_ACCEPTED = "not-accepted"


CODE_NAMES: dict[Code, str] = {
    Code.NOT_CONNECTED: noop("The library system has no connection on this day."),
    Code.BAD_SETTINGS: noop("The connection's settings cannot be used. Open and save the connection again."),
    Code.NO_ADDRESS: noop("The server's name is not found."),
    Code.ADDRESS_REFUSED: noop(
        "The server's address may not be called: it is private and not listed as such."
    ),
    Code.NO_CONNECTION: noop("The server takes no connection. Is the port open for us?"),
    Code.TLS: noop(
        "The connection could not be encrypted, or the server's certificate is not to be trusted."
    ),
    Code.TIMEOUT: noop("The answer did not come in time."),
    Code.CLOSED: noop("The server closed the connection without an answer."),
    Code.LOGIN_REFUSED: noop("The server did not accept our own user name and password."),
    Code.OFFLINE: noop("The server answers, but says that the library system is not in use."),
    Code.CHECKSUM: noop("The answer's checksum was wrong twice."),
    Code.UNREADABLE: noop("The answer could not be read."),
    Code.TOO_LONG: noop("The answer did not end where it should."),
    Code.WRONG_ANSWER: noop("The server answered something else than what was asked."),
    Code.OTHER_PATRON: noop("The answer was about another card. It was not used."),
    Code.NO_STABLE_ID: noop("The answer lacks the field of the lasting number."),
    Code.NOT_PERMITTED: noop("Our user name lacks the right to ask about cards."),
    Code.HTTP_STATUS: noop("The server answered with an error."),
    Code.BUSY: noop("As many questions as are allowed at once are already under way."),
    Code.RESTING: noop("The system is left alone for a moment after it has failed several times."),
    Code.NO_CARDS: noop("People of this library sign in at their city. No card and PIN can be asked about."),
    Code.NOT_ACCEPTED: noop("The sign-in service answers, but its answer is not to be trusted."),
}
# These tell of us or of one person, not of the system's health.
NOT_THE_SYSTEM = frozenset({Code.NO_STABLE_ID, Code.BUSY, Code.RESTING, Code.NOT_CONNECTED, Code.NO_CARDS})


class Trouble(Exception):
    """No usable answer. `sent`: the PIN may have reached the system, so that the try stays counted."""

    def __init__(self, code: Code, *, sent: bool = False) -> None:
        self.code = code
        self.sent = sent
        super().__init__(code.value)


class StepName(StrEnum):
    ROUTE = "route"
    RESOLVE = "resolve"
    CONNECT = "connect"
    LOGIN = "login"
    QUESTION = "question"
    CHECKSUM = "checksum"
    FIELDS = "fields"
    DECISION = "decision"
    ATTRIBUTES = "attributes"
    RESULT = "result"
    DESCRIPTION = "description"


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a test. `facts` are names and values that may be shown."""

    name: StepName
    ok: bool
    facts: tuple[tuple[str, str], ...] = ()


@dataclass(slots=True)
class Journal:
    """The steps of one try, for the test tool. Whoever writes here has already masked what is personal."""

    steps: list[Step] = field(default_factory=list)

    def note(self, name: StepName, *, ok: bool = True, facts: Mapping[str, str] | None = None) -> None:
        self.steps.append(Step(name, ok, tuple((facts or {}).items())))


# Shown as they are: what the system decided, nothing of the person.
OPEN_FIELDS = frozenset({"BL", "CQ"})
CARD_FIELDS = frozenset({"AA", "cardnumber"})


def masked(name: str, value: str) -> str:
    """A field's value as staff may see it: decisions as they are, a card's end, of all else the length."""
    if name in OPEN_FIELDS:
        return value[:3] if value else "(blank)"
    if name in CARD_FIELDS:
        return masked_card(value)
    return f"({len(value)})"


def masked_card(card: str) -> str:
    """Only the last two characters, and of a short number none."""
    return f"…{card[-2:]}" if len(card) > 4 else "…"


@dataclass(frozen=True, slots=True)
class Said:
    """What a library system said of a card and PIN.

    `fields`: the first value of each field, by the protocol's own name (SIP2 `PA`; the key in JSON). `flags`:
    the patron status that is set, by name.
    """

    good: bool
    fields: Mapping[str, str] = field(default_factory=dict)
    flags: frozenset[str] = frozenset()


NO = Said(False)
