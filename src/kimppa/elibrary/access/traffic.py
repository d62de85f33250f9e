"""Who calls, how much, and what came of it: the guard at a connection's door, and its log by the minute."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, connection, transaction
from django.db.models import F

from kimppa.elibrary.access import rules
from kimppa.elibrary.access.models import AccessLog, Connection, RateWindow
from kimppa.elibrary.access.outcomes import Outcome
from kimppa.elibrary.access.rules import Way
from kimppa.foundation.core import gathering
from kimppa.foundation.core.errors import Forbidden, Missing, Refused
from kimppa.foundation.core.keeping import kept
from kimppa.foundation.core.text import noop

# As it is, because building it anew for each question costs more than running it.
# A call that came in the last moment of a minute may be counted in the next, which another has begun by then.
USE_ONE = (
    "UPDATE access_ratewindow SET used = used + 1 WHERE connection_id = %s AND minute >= %s AND used < %s"
)


class NoSuchConnection(Missing):
    code = "no-such-connection"
    sentence = noop("There is no such connection.")


class BadKey(Refused):
    code = "bad-key"
    status = 401
    sentence = noop("The client id and secret do not open this connection.")


class SwitchedOff(Forbidden):
    code = "switched-off"
    sentence = noop("This connection is switched off. Ask the e-library's office.")


class OutsideNetwork(Forbidden):
    code = "outside-network"
    sentence = noop("This connection may not be used from that network.")


class TooManyQuestions(Refused):
    code = "too-many-questions"
    status = 429
    sentence = noop("More questions in a minute than were agreed. Wait for the next minute.")


@dataclass(frozen=True, slots=True)
class Caller:
    """An e-service's server that has shown its secret."""

    client_id: str
    platform: str
    way: Way


def find(client_id: str) -> Connection:
    """The row of a client id. Raises NoSuchConnection."""
    key = rules.client_key(client_id)
    found = kept(("access.connection", key), lambda: _find(key))
    if found is None:
        raise NoSuchConnection()
    return found


def _find(client_id: str) -> Connection | None:
    return Connection.objects.filter(client_id=client_id).select_related("platform").first()


def caller(*, client_id: str, secret: str, way: Way, address: str, now: datetime) -> Caller:
    """Whoever has the secret of a connection of that way, calling from where it may, not too often.

    Raises BadKey (also for an unknown client), SwitchedOff, OutsideNetwork, TooManyQuestions; what can be
    laid to a connection's account is in its log. One call of its minute's rate is used.
    """
    try:
        row = find(client_id)
    except NoSuchConnection:
        # As slow as a known one.
        rules.same_secret(secret, "0" * 64)
        raise BadKey() from None
    if row.way != way or not _opens(row, secret, now):
        note(row, Outcome.BAD_KEY, address=address, now=now)
        raise BadKey()
    admit(row, address=address, now=now)
    return Caller(row.client_id, row.platform.slug, Way(row.way))


def _opens(row: Connection, secret: str, now: datetime) -> bool:
    fits = rules.same_secret(secret, row.secret_hash)
    old = rules.same_secret(secret, row.old_secret_hash)
    return fits or (old and row.old_secret_until is not None and now < row.old_secret_until)


def admit(row: Connection, *, address: str, now: datetime) -> None:
    """Let one call in. Raises SwitchedOff, OutsideNetwork, TooManyQuestions, each noted in the log."""
    if not row.on:
        note(row, Outcome.SWITCHED_OFF, address=address, now=now)
        raise SwitchedOff()
    if not rules.may_call_from(address, row.networks):
        note(row, Outcome.OUTSIDE, address=address, now=now)
        raise OutsideNetwork()
    if not _within_rate(row, now):
        note(row, Outcome.TOO_MANY, address=address, now=now)
        raise TooManyQuestions()


def _within_rate(row: Connection, now: datetime) -> bool:
    """Use one of the minute's calls; a single UPDATE, so that parallel ones cannot pass together."""
    minute = now.replace(second=0, microsecond=0)
    if _use_one(row, minute):
        return True
    window = RateWindow.objects.filter(connection=row)
    if window.filter(minute__lt=minute).update(minute=minute, used=1):
        return True
    if window.exists():
        # Another call may have begun the minute in between.
        return _use_one(row, minute)
    try:
        with transaction.atomic():
            RateWindow.objects.create(connection=row, minute=minute, used=1)
    except IntegrityError:
        return _use_one(row, minute)
    return True


def _use_one(row: Connection, minute: datetime) -> bool:
    with connection.cursor() as cursor:
        moment = connection.ops.adapt_datetimefield_value(minute)
        cursor.execute(USE_ONE, [row.pk, moment, row.rate_per_minute])
        return bool(cursor.rowcount)


def note(row: Connection, outcome: str, *, now: datetime, address: str = "", milliseconds: int = 0) -> None:
    """Count one outcome in the connection's log. `address` is a server's; a resident's is never given."""
    minute = now.replace(second=0, microsecond=0)
    key = (row.pk, minute, str(outcome), rules.network_of(address))
    gathering.add(_note, key, 1, milliseconds)


def _note(row_id: int, minute: datetime, outcome: str, network: str, count: int, milliseconds: int) -> None:
    rows = AccessLog.objects.filter(connection=row_id, minute=minute, outcome=outcome, network=network)
    more = {"count": F("count") + count, "milliseconds": F("milliseconds") + milliseconds}
    if rows.update(**more):
        return
    with transaction.atomic():
        AccessLog.objects.get_or_create(connection_id=row_id, minute=minute, outcome=outcome, network=network)
        rows.update(**more)
        Connection.objects.filter(pk=row_id).update(last_used=minute)
