"""A connection to a SIP2 server: TLS, login, one question at a time, everything by one deadline.

Connections stay open between questions, a few per system and process. One that met anything odd is closed,
so that a late answer about one person can never be read as the answer about the next.
"""

from __future__ import annotations

import os
import select
import socket
import ssl
import threading
import time
from functools import lru_cache

from kimppa.elibrary.patrons import dialling
from kimppa.elibrary.patrons.asking import Code, Journal, StepName, Trouble
from kimppa.elibrary.patrons.connections import Sip2Settings
from kimppa.elibrary.patrons.dialling import left
from kimppa.foundation.protocols.sip2 import Line, Lines, LineTooLong, NotSip2, NotWritable, read, write
from kimppa.foundation.protocols.sip2_messages import (
    Login,
    LoginAnswer,
    Message,
    Resend,
    StatusAnswer,
    StatusRequest,
    message,
)

IDLE_LONGEST = 50.0
LIVES_LONGEST = 600.0
LONGEST_ANSWER = 16_384


@lru_cache(maxsize=64)
def tls_context(ca: str) -> ssl.SSLContext:
    """Verifies by the given certificates alone, or by the public ones where none are given."""
    context = ssl.create_default_context(cadata=ca or None)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


class Wire:
    """One open connection."""

    def __init__(self, sock: socket.socket, settings: Sip2Settings) -> None:
        self._sock = sock
        self._settings = settings
        self._lines = Lines(LONGEST_ANSWER)
        self._sequence = -1
        self.born = self.used = time.monotonic()

    def close(self) -> None:
        self._sock.close()

    def fresh(self) -> bool:
        """Still worth using: not old, not closed by the other end, nothing unasked waiting in it."""
        now = time.monotonic()
        if now - self.used > IDLE_LONGEST or now - self.born > LIVES_LONGEST or self._lines.waiting:
            return False
        try:
            poll = select.poll()
            poll.register(self._sock, select.POLLIN)
            return not poll.poll(0)
        except (OSError, ValueError):
            return False

    def exchange(self, sent: Message, expected: str, deadline: float, journal: Journal | None = None) -> Line:
        """Send and read the answer; asks once for a repeat of a wrong checksum. Raises Trouble.

        Raises NotWritable before anything is sent.
        """
        dialect = self._settings.dialect
        self._sequence = (self._sequence + 1) % 10
        octets = write(sent.frame(), dialect, sequence=self._sequence)
        self._send(octets, deadline)
        resent = repeated = False
        while True:
            line = self._receive(deadline)
            if line.frame.code == "96" and not resent:
                resent = True
                self._send(octets, deadline)
            elif line.checksum_ok is False and not repeated:
                repeated = True
                self._send(write(Resend("97").frame(), dialect), deadline)
            else:
                break
        if journal is not None and expected not in {"94", "98"}:
            told = {None: "absent", True: "right", False: "wrong"}[line.checksum_ok]
            facts = {"checksum": told, "repeated": "yes" if repeated else "no"}
            journal.note(StepName.CHECKSUM, ok=line.checksum_ok is not False, facts=facts)
        if line.checksum_ok is False:
            raise Trouble(Code.CHECKSUM)
        wrong_turn = line.sequence is not None and dialect.checksum and line.sequence != self._sequence
        if line.frame.code != expected or wrong_turn:
            raise Trouble(Code.WRONG_ANSWER)
        self.used = time.monotonic()
        return line

    def _send(self, octets: bytes, deadline: float) -> None:
        try:
            self._sock.settimeout(left(deadline))
            self._sock.sendall(octets)
        except TimeoutError:
            raise Trouble(Code.TIMEOUT) from None
        except OSError:
            raise Trouble(Code.CLOSED) from None

    def _receive(self, deadline: float) -> Line:
        while True:
            try:
                self._sock.settimeout(left(deadline))
                octets = self._sock.recv(4096)
                lines = self._lines.feed(octets)
            except TimeoutError:
                raise Trouble(Code.TIMEOUT) from None
            except OSError:
                raise Trouble(Code.CLOSED) from None
            except LineTooLong:
                raise Trouble(Code.TOO_LONG) from None
            if len(lines) > 1:
                raise Trouble(Code.WRONG_ANSWER)
            if lines:
                try:
                    return read(lines[0], self._settings.encoding)
                except (NotSip2, LineTooLong):
                    raise Trouble(Code.UNREADABLE) from None
            if not octets:
                raise Trouble(Code.CLOSED)


def open_wire(settings: Sip2Settings, password: str, deadline: float, journal: Journal | None) -> Wire:
    """A new connection, logged in where there is a user name. Raises Trouble; no PIN was sent."""
    wire = Wire(_dial(settings, deadline, journal), settings)
    try:
        _login(wire, settings, password, deadline, journal)
        if settings.status_first:
            status(wire, deadline)
    except Trouble:
        wire.close()
        raise
    except NotWritable:
        wire.close()
        raise Trouble(Code.BAD_SETTINGS) from None
    return wire


def _dial(settings: Sip2Settings, deadline: float, journal: Journal | None) -> socket.socket:
    place = dialling.Place(
        settings.host,
        settings.port,
        tls_context(settings.ca) if settings.tls else None,
        private=settings.private,
        tls_name=settings.tls_name,
    )
    return dialling.dial(place, deadline, journal)


def _login(
    wire: Wire, settings: Sip2Settings, password: str, deadline: float, journal: Journal | None
) -> None:
    if not settings.user:
        return
    answer = message(
        wire.exchange(Login(settings.user, password, settings.location or None), "94", deadline).frame
    )
    good = isinstance(answer, LoginAnswer) and answer.ok
    dialling.tell(journal, StepName.LOGIN, ok=good)
    if not good:
        raise Trouble(Code.LOGIN_REFUSED)


def status(wire: Wire, deadline: float) -> StatusAnswer:
    """99/98: the library system is in use. Raises Trouble."""
    answer = message(wire.exchange(StatusRequest(), "98", deadline).frame)
    if not isinstance(answer, StatusAnswer) or not answer.online:
        raise Trouble(Code.OFFLINE)
    return answer


_idle: dict[str, list[Wire]] = {}
_lock = threading.Lock()


def take(key: str) -> Wire | None:
    """An open connection that nobody uses, if there is a good one."""
    place = f"{os.getpid()}:{key}"
    while True:
        with _lock:
            waiting = _idle.get(place)
            wire = waiting.pop() if waiting else None
        if wire is None or wire.fresh():
            return wire
        wire.close()


def give(key: str, wire: Wire) -> None:
    """Keep a connection for the next question; those of settings that are gone are closed by their age."""
    old: list[Wire] = []
    with _lock:
        _idle.setdefault(f"{os.getpid()}:{key}", []).append(wire)
        limit = time.monotonic() - IDLE_LONGEST
        for place, wires in list(_idle.items()):
            old += [one for one in wires if one.used < limit]
            kept = [one for one in wires if one.used >= limit]
            if kept:
                _idle[place] = kept
            else:
                del _idle[place]
    for one in old:
        one.close()


def close_all() -> None:
    """Close what is kept open in this process."""
    with _lock:
        wires = [one for kept in _idle.values() for one in kept]
        _idle.clear()
    for wire in wires:
        wire.close()
