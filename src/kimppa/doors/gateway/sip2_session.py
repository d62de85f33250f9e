"""One e-service's SIP2 connection: what its lines are answered with. Pure but for the verbs that it asks.

Sign in first (93), then ask (23, 63). BL and CQ tell the verdict: `BL Y` only where the person may use this
service today, `CQ Y` only where card and PIN go together. No name is ever told: AE is empty. AF says why not.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC
from functools import partial

from django.utils import translation
from django.utils.translation import gettext

from kimppa.commons.platforms.entitlement import REASONS, Reason
from kimppa.doors.web.errors import explain
from kimppa.elibrary.access import checking, traffic
from kimppa.elibrary.access.checking import CardVerdict
from kimppa.elibrary.access.outcomes import OUTCOME_NAMES, Outcome
from kimppa.elibrary.access.rules import Way
from kimppa.foundation.core import clock, storage
from kimppa.foundation.core.errors import KimppaError
from kimppa.foundation.protocols import sip2
from kimppa.foundation.protocols import sip2_messages as messages
from kimppa.foundation.protocols.sip2 import Dialect, Encoding, Line, Terminator
from kimppa.foundation.protocols.sip2_messages import Flag

# How long the same person's further questions are one sign-in: e-services ask 23 and then 63, and again.
ONE_VISIT = 600.0
MOST_REMEMBERED = 20_000
MOST_LOGINS = 3
# 3M's order: status, checkout, checkin, block, SC status, resend, login, information, end session, …
SUPPORTED = "YNNNYYYYYNNNNNNN"
ONLINE = (True, False, False, False, False, False)
BLOCKED = frozenset({Flag.CHARGE_DENIED, Flag.RENEWAL_DENIED, Flag.HOLD_DENIED})


class Hangup(Exception):
    """The connection is to be closed after what has been answered."""

    def __init__(self, last: bytes = b"") -> None:
        super().__init__()
        self.last = last


class Visits:
    """Who was confirmed to whom a moment ago, so that a visit is counted once. In memory, by salted keys."""

    def __init__(self) -> None:
        self._until: dict[int, float] = {}

    def is_new(self, client_id: str, card: str) -> bool:
        return self._until.get(hash((client_id, card)), 0.0) < time.monotonic()

    def remember(self, client_id: str, card: str) -> None:
        now = time.monotonic()
        if len(self._until) >= MOST_REMEMBERED:
            self._until = {key: until for key, until in self._until.items() if until > now}
        if len(self._until) < MOST_REMEMBERED:
            self._until[hash((client_id, card))] = now + ONE_VISIT


@dataclass(slots=True)
class Session:
    """The state of one connection. `address` is the caller's."""

    address: str
    visits: Visits
    client_id: str = ""
    system: str = ""
    failed: int = 0
    last: bytes = b""
    dialect: Dialect = field(default_factory=Dialect)

    def answer(self, octets: bytes) -> bytes:
        """The line to send back. Raises Hangup where there is nothing more to talk about."""
        try:
            line = self._read(octets)
        except KimppaError:
            return self._resend_please()
        if line.checksum_ok is False:
            return self._resend_please()
        if line.frame.code == "97":
            return self.last or self._resend_please()
        self.dialect = replace(self.dialect, checksum=line.checksum_ok is not None)
        said = self._message(messages.message(line.frame))
        self.last = self._written(said, line.sequence)
        return self.last

    def _written(self, said: messages.Message, sequence: int | None = None) -> bytes:
        """The line of a message. Raises Hangup where what was asked cannot be said back."""
        try:
            return sip2.write(said.frame(), self.dialect, sequence=sequence)
        except sip2.NotWritable:
            raise Hangup from None

    def _read(self, octets: bytes) -> Line:
        """In the encoding that the line is in; every answer is then written in the same."""
        line = sip2.read(octets, Encoding.UTF_8)
        encoding = Encoding.LATIN_1 if line.garbled else self.dialect.encoding
        self.dialect = replace(self.dialect, encoding=encoding, terminator=Terminator.CR)
        return sip2.read(octets, encoding) if line.garbled else line

    def _resend_please(self) -> bytes:
        return sip2.write(sip2.Frame("96"), self.dialect)

    def _message(self, said: messages.Message) -> messages.Message:
        if isinstance(said, messages.Login):
            return self._login(said)
        if isinstance(said, messages.StatusRequest):
            now = clock.real_now().astimezone(UTC)
            return messages.StatusAnswer(ONLINE, now, "", 300, 3, library="Kimppa", supported=SUPPORTED)
        if isinstance(said, messages.PatronQuestion):
            return self._question(said)
        if isinstance(said, messages.EndSession):
            now = clock.real_now().astimezone(UTC)
            return messages.EndSessionAnswer(True, said.card, said.institution, now)
        raise Hangup

    def _login(self, said: messages.Login) -> messages.LoginAnswer:
        """CN is the client id, or `client-id@library-system` where the service has a sign-in for each."""
        client_id, _, system = said.user.strip().partition("@")
        try:
            with storage.in_words():
                traffic.caller(
                    client_id=client_id,
                    secret=said.password,
                    way=Way.SIP2,
                    address=self.address,
                    now=clock.real_now(),
                )
        except storage.StorageBusy:
            raise Hangup(self._written(messages.LoginAnswer(False))) from None
        except KimppaError:
            self.client_id, self.failed = "", self.failed + 1
            if self.failed >= MOST_LOGINS:
                raise Hangup(self._written(messages.LoginAnswer(False))) from None
            return messages.LoginAnswer(False)
        self.client_id, self.system, self.failed = client_id, system, 0
        return messages.LoginAnswer(True)

    def _question(self, said: messages.PatronQuestion) -> messages.PatronAnswer:
        if not self.client_id:
            return self._answer(said, None, lambda: gettext("The e-service has not signed in (93)."))
        fresh = self.visits.is_new(self.client_id, said.card)
        try:
            verdict = self._asked(said, counted=fresh)
        except (traffic.TooManyQuestions, storage.StorageBusy) as error:
            return self._answer(said, None, partial(explain, error))
        except KimppaError as error:
            raise Hangup(self._written(self._answer(said, None, partial(explain, error)))) from None
        if verdict.outcome == Outcome.OK and fresh:
            self.visits.remember(self.client_id, said.card)
        return self._answer(said, verdict, partial(_why, verdict))

    def _asked(self, said: messages.PatronQuestion, *, counted: bool) -> CardVerdict:
        with storage.in_words():
            return checking.check(
                connection=self.client_id,
                card=said.card,
                pin=said.pin or "",
                institution=said.institution,
                system=self.system,
                counted=counted,
                address=self.address,
                now=clock.real_now(),
                today=clock.today(),
            )

    def _answer(
        self, said: messages.PatronQuestion, verdict: CardVerdict | None, why: Callable[[], str]
    ) -> messages.PatronAnswer:
        asked = messages.LANGUAGES.get(said.language, "")
        may = verdict is not None and verdict.entitled
        told = "" if may else self._in(asked, why)
        more: tuple[tuple[str, str], ...] = (("AF", told),) if told else ()
        if verdict is not None and verdict.age_group:
            more += (("PC", verdict.age_group),)
        return messages.PatronAnswer(
            code={"23": "24", "63": "64"}[said.code],
            card=said.card,
            institution=said.institution,
            at=clock.real_now().astimezone(UTC),
            flags=frozenset() if may else BLOCKED,
            language=said.language if asked else messages.UNKNOWN_LANGUAGE,
            valid_patron=may,
            valid_password=verdict is not None and verdict.valid,
            counts=(0,) * 6,
            more=more,
        )

    def _in(self, language: str, words: Callable[[], str]) -> str:
        """A text in the question's language (Finnish where it tells none of ours), as one line."""
        with translation.override(language if language in {"fi", "sv", "en"} else "fi"):
            line = " ".join(words().replace("|", " ").split())
        codec = self.dialect.encoding.value
        return line.encode(codec, "replace").decode(codec)


def _why(verdict: CardVerdict) -> str:
    """Why not, as it may be shown to the person."""
    if verdict.outcome in set(Reason):
        return gettext(REASONS[Reason(verdict.outcome)])
    return gettext(OUTCOME_NAMES[Outcome(verdict.outcome)])
