"""The SIP2 door: listens, encrypts, limits, and gives every line to its session. One thread a connection.

E-services keep few connections open for long, so threads are cheap here. Plain connections are taken on
loopback only (behind a TLS tunnel, or in a test); any other address needs a certificate.
"""

from __future__ import annotations

import ipaddress
import socket
import ssl
import threading
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import structlog
from django.db import DatabaseError, close_old_connections, connection

from kimppa.doors.gateway.sip2_session import Hangup, Session, Visits
from kimppa.foundation.core import gathering
from kimppa.foundation.core.errors import KimppaError
from kimppa.foundation.protocols.sip2 import Lines

LOG = structlog.get_logger("kimppa.sip2")
# A line of a question is some hundred bytes.
LONGEST_LINE = 4096
SIGN_IN_WITHIN = 15.0
IDLE = 900.0
HANDSHAKE_WITHIN = 10.0
MOST_CONNECTIONS = 200
MOST_OF_ONE_ADDRESS = 40
ASK_DATABASE_AGAIN = 60.0
WRITE_EVERY = 1.0


class NotListening(Exception):
    """Why the door cannot open, in one sentence."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where to listen; `certificate` and `key` are files (PEM), none for plain loopback."""

    host: str
    port: int
    certificate: Path | None = None
    key: Path | None = None


class Server:
    """Promises: what one connection does, or fails to do, is not felt by the others; stops in a second."""

    def __init__(self, place: Place) -> None:
        self._tls = _tls(place)
        self._stopping = threading.Event()
        self._lock = threading.Lock()
        self._open: Counter[str] = Counter()
        self._visits = Visits()
        self._next_write = 0.0
        self._listening = socket.create_server((place.host, place.port), backlog=64)
        self._listening.settimeout(0.5)
        self.port: int = self._listening.getsockname()[1]

    def run(self) -> None:
        """Take connections until `stop`."""
        with self._listening:
            while not self._stopping.is_set():
                try:
                    taken, address = self._listening.accept()
                except TimeoutError:
                    pass
                else:
                    self._take(taken, str(address[0]))
                self._write_counts()

    def stop(self) -> None:
        self._stopping.set()

    @property
    def busy(self) -> int:
        """How many connections are open."""
        with self._lock:
            return self._open.total()

    def _write_counts(self) -> None:
        """Once a second, what was gathered; a database that cannot be written to just now is tried again."""
        now = time.monotonic()
        if now < self._next_write:
            return
        self._next_write = now + WRITE_EVERY
        try:
            gathering.flush()
        except DatabaseError as error:
            LOG.warning("sip2_counts_lost", error=type(error).__name__)
            close_old_connections()

    def _take(self, taken: socket.socket, address: str) -> None:
        with self._lock:
            full = self._open.total() >= MOST_CONNECTIONS or self._open[address] >= MOST_OF_ONE_ADDRESS
            if not full:
                self._open[address] += 1
        if full:
            LOG.warning("sip2_too_many_connections")
            taken.close()
            return
        threading.Thread(target=self._serve, args=(taken, address), daemon=True).start()

    def _serve(self, taken: socket.socket, address: str) -> None:
        try:
            with taken:
                taken.settimeout(HANDSHAKE_WITHIN)
                talking = self._tls.wrap_socket(taken, server_side=True) if self._tls else taken
                with talking:
                    self._talk(talking, Session(address, self._visits))
        except (OSError, KimppaError) as error:
            # A caller that goes away, hangs or speaks no TLS is its own trouble; a fault of ours is logged.
            LOG.info("sip2_connection_ended", error=type(error).__name__)
        except DatabaseError as error:
            LOG.warning("sip2_database_failed", error=type(error).__name__)
        finally:
            connection.close()
            with self._lock:
                self._open[address] -= 1
                if not self._open[address]:
                    del self._open[address]

    def _talk(self, talking: socket.socket, session: Session) -> None:
        """Answer line after line, in order, until the other end is gone, silent for long, or misbehaves."""
        lines, begun, heard, asked = Lines(LONGEST_LINE), time.monotonic(), time.monotonic(), time.monotonic()
        _quick_writes()
        talking.settimeout(1.0)
        while not self._stopping.is_set():
            try:
                octets = talking.recv(4096)
            except TimeoutError:
                now = time.monotonic()
                waited = now - heard > IDLE
                if waited or (not session.client_id and now - begun > SIGN_IN_WITHIN):
                    return
                continue
            if not octets:
                return
            heard = time.monotonic()
            if heard - asked > ASK_DATABASE_AGAIN:
                asked = heard
                close_old_connections()
                _quick_writes()
            for line in lines.feed(octets):
                try:
                    talking.sendall(session.answer(line))
                except Hangup as end:
                    if end.last:
                        talking.sendall(end.last)
                    return


def _quick_writes() -> None:
    """SQLite: no flush to the disk for each count; a power cut may cost the last ones, and nothing else."""
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA synchronous=NORMAL")


def _tls(place: Place) -> ssl.SSLContext | None:
    if place.certificate is None or place.key is None:
        try:
            loopback = ipaddress.ip_address(place.host).is_loopback
        except ValueError:
            loopback = False
        if not loopback:
            raise NotListening("SIP2 outside this machine needs a certificate: KIMPPA_SIP2_CERT and _KEY.")
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_cert_chain(place.certificate, place.key)
    except (OSError, ssl.SSLError):
        raise NotListening("The certificate or the key of the SIP2 door cannot be read.") from None
    return context
