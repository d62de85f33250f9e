"""Asking a library system by SIP2 over a socket, or by the same messages in HTTPS posts."""

from __future__ import annotations

import base64
import time
from datetime import datetime
from urllib.parse import urlsplit

from kimppa.elibrary.patrons import dialling, sip2_wire
from kimppa.elibrary.patrons.asking import NO, Code, Journal, Said, StepName, Trouble
from kimppa.elibrary.patrons.connected import Connected
from kimppa.elibrary.patrons.connections import Sip2HttpsSettings, Sip2Settings
from kimppa.elibrary.patrons.sip2_question import ANSWER_TO, question, understood
from kimppa.foundation.core import http
from kimppa.foundation.core.errors import KimppaError
from kimppa.foundation.protocols.sip2 import Frame, Line, LineTooLong, NotSip2, NotWritable, read, write
from kimppa.foundation.protocols.sip2_messages import StatusAnswer, StatusRequest, message

LONGEST_ANSWER = 16_384


def ask(
    settings: Sip2Settings,
    connected: Connected,
    card: str,
    pin: str,
    *,
    now: datetime,
    journal: Journal | None = None,
) -> Said:
    """One question over a connection that is kept, or a new one. Raises Trouble."""
    sent = question(settings, card=card, pin=pin, terminal=connected.secret("terminal_password"), now=now)
    try:
        write(sent.frame(), settings.dialect)
    except NotWritable:
        # No such PIN can be in that system, and none is smuggled into the line.
        return NO
    deadline = time.monotonic() + settings.timeout
    wire = sip2_wire.take(connected.key) if journal is None else None
    if wire is None:
        wire = sip2_wire.open_wire(settings, connected.secret("login_password"), deadline, journal)
    said = None
    try:
        if journal is not None:
            journal.note(StepName.QUESTION, facts={"message": settings.message})
        line = wire.exchange(sent, ANSWER_TO[settings.message], deadline, journal)
        said = understood(line, card, journal)
    except Trouble as trouble:
        raise Trouble(trouble.code, sent=True) from None
    finally:
        if said is None:
            wire.close()
        else:
            sip2_wire.give(connected.key, wire)
    return said


def reach(settings: Sip2Settings, connected: Connected) -> None:
    """Connect, log in and ask for the status (99/98), without any card. Raises Trouble."""
    deadline = time.monotonic() + settings.timeout
    wire = sip2_wire.open_wire(settings, connected.secret("login_password"), deadline, None)
    try:
        sip2_wire.status(wire, deadline)
    finally:
        wire.close()


def ask_https(
    settings: Sip2HttpsSettings,
    connected: Connected,
    card: str,
    pin: str,
    *,
    now: datetime,
    journal: Journal | None = None,
) -> Said:
    """One question in one post. Raises Trouble."""
    sent = question(settings, card=card, pin=pin, terminal=connected.secret("terminal_password"), now=now)
    try:
        write(sent.frame(), settings.dialect)
    except NotWritable:
        return NO
    if journal is not None:
        deadline = time.monotonic() + settings.timeout
        dialling.show(
            settings.url, private=settings.private, ca=settings.ca, deadline=deadline, journal=journal
        )
        journal.note(StepName.QUESTION, facts={"message": settings.message})
    line = _post(settings, connected, sent.frame(), ANSWER_TO[settings.message], pin_inside=True)
    if journal is not None:
        told = "absent" if line.checksum_ok is None else "right"
        journal.note(StepName.CHECKSUM, facts={"checksum": told})
    try:
        return understood(line, card, journal)
    except Trouble as trouble:
        raise Trouble(trouble.code, sent=True) from None


def reach_https(settings: Sip2HttpsSettings, connected: Connected) -> None:
    """Ask for the status without any card. Raises Trouble."""
    line = _post(settings, connected, StatusRequest().frame(), "98", pin_inside=False)
    answer = message(line.frame)
    if not isinstance(answer, StatusAnswer) or not answer.online:
        raise Trouble(Code.OFFLINE)


def _post(
    settings: Sip2HttpsSettings, connected: Connected, frame: Frame, expected: str, *, pin_inside: bool
) -> Line:
    headers = {}
    if settings.user:
        both = f"{settings.user}:{connected.secret('login_password')}".encode()
        headers["Authorization"] = f"Basic {base64.b64encode(both).decode('ascii')}"
    parts = urlsplit(settings.url)
    try:
        answer = http.post(
            settings.url,
            allowed=http.Allowed(
                frozenset({parts.hostname or ""}),
                private=settings.private,
                ports=frozenset({parts.port or 443}),
                ca=settings.ca,
            ),
            content=write(frame, settings.dialect, sequence=0),
            media_type=settings.media_type,
            headers=headers,
            timeout=settings.timeout,
            max_bytes=LONGEST_ANSWER,
        )
    except http.AddressRefused:
        raise Trouble(Code.ADDRESS_REFUSED) from None
    except http.AnswerTooLarge:
        raise Trouble(Code.TOO_LONG, sent=pin_inside) from None
    except KimppaError:
        # Whether the question had left when the call broke off is not known: taken as if it had.
        raise Trouble(Code.NO_CONNECTION, sent=pin_inside) from None
    if answer.status in (401, 403):
        raise Trouble(Code.LOGIN_REFUSED)
    if answer.status != 200:
        raise Trouble(Code.HTTP_STATUS, sent=pin_inside)
    return _line(settings, answer.content, expected, pin_inside=pin_inside)


def _line(settings: Sip2HttpsSettings, content: bytes, expected: str, *, pin_inside: bool) -> Line:
    try:
        line = read(content, settings.encoding)
    except (NotSip2, LineTooLong):
        raise Trouble(Code.UNREADABLE, sent=pin_inside) from None
    if line.checksum_ok is False:
        raise Trouble(Code.CHECKSUM, sent=pin_inside)
    if line.frame.code != expected:
        raise Trouble(Code.WRONG_ANSWER, sent=pin_inside)
    return line
