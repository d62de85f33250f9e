"""Reminders of deadlines by person and kind, and each person's calendar address."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping
from datetime import date, datetime, timedelta

from django.db import transaction

from kimppa.commons.members.permissions import may, require
from kimppa.commons.members.roles import Act
from kimppa.consortium.agreements.contracts import DeadlineRow, deadlines_of
from kimppa.consortium.agreements.deadlines import Kind
from kimppa.consortium.agreements.models import CalendarFeed, ReminderChoice, ReminderSent
from kimppa.foundation.accounts import audit
from kimppa.foundation.accounts.models import User
from kimppa.foundation.core import clock
from kimppa.foundation.core.errors import Missing
from kimppa.foundation.core.text import noop
from kimppa.foundation.outbox import services as outbox

MOST_DAYS = 365
# For those who may sign; nobody else is reminded without asking for it.
DEFAULTS: dict[Kind, int] = {Kind.NOTICE: 30, Kind.OPTION: 30, Kind.RENEWAL: 0, Kind.END: 60}
TEMPLATE = "deadline-reminder"


class NoSuchCalendar(Missing):
    """One answer for unknown, replaced and ownerless addresses: it tells a stranger nothing."""

    code = "no-such-calendar"
    sentence = noop("There is no such calendar.")


def choices_of(user: User, *, now: datetime) -> dict[Kind, int]:
    """Days before each kind of deadline on which the person is reminded; 0: never."""
    given = DEFAULTS if may(user, Act.SIGN_AGREEMENTS, now=now) else dict.fromkeys(Kind, 0)
    own = ReminderChoice.objects.filter(user=user).values_list("kind", "days_before")
    return {**given, **{Kind(kind): days for kind, days in own}}


@transaction.atomic
def choose(*, by: User, wanted: Mapping[Kind, int], now: datetime) -> None:
    """Set the own reminders; days are cut to 0 … 365."""
    require(by, Act.SEE_AGREEMENTS, now=now)
    before = choices_of(by, now=now)
    for kind, days in wanted.items():
        ReminderChoice.objects.update_or_create(
            user=by, kind=kind.value, defaults={"days_before": max(0, min(days, MOST_DAYS))}
        )
    told: dict[str, audit.Value] = {kind.value: days for kind, days in choices_of(by, now=now).items()}
    was: dict[str, audit.Value] = {kind.value: days for kind, days in before.items()}
    audit.record(by=by, act="agreements.choose_reminders", obj=by, before=was, after=told, now=now)


@transaction.atomic
def new_calendar(*, by: User, now: datetime) -> str:
    """Make the person a new secret calendar address; the earlier one answers no more. Seen only here."""
    require(by, Act.SEE_AGREEMENTS, now=now)
    token = secrets.token_urlsafe(32)
    row, _ = CalendarFeed.objects.update_or_create(
        user=by, defaults={"token_hash": _hash(token), "created": now}
    )
    audit.record(
        by=by, act="agreements.new_calendar", obj=row, before=None, after={"user": by.email}, now=now
    )
    return token


def calendar_of(token: str, *, now: datetime) -> tuple[User, tuple[DeadlineRow, ...]]:
    """Whose calendar an address is, and the deadlines from a month back to three years ahead.

    Raises NoSuchCalendar, also when the person may not see agreements any more.
    """
    feed = CalendarFeed.objects.select_related("user").filter(token_hash=_hash(token[:200])).first()
    if feed is None or not may(feed.user, Act.SEE_AGREEMENTS, now=now):
        raise NoSuchCalendar
    today = clock.day_of(now)
    return feed.user, deadlines_of(on=today, until=today + timedelta(days=1095))


def remind_all(*, now: datetime) -> int:
    """Put out the reminders that are due today; each deadline once a person. Returns how many."""
    today = clock.day_of(now)
    coming = deadlines_of(on=today, until=today + timedelta(days=MOST_DAYS))
    sent = 0
    for user in User.objects.filter(is_active=True).order_by("pk"):
        if coming and may(user, Act.SEE_AGREEMENTS, now=now):
            wanted = choices_of(user, now=now)
            sent += sum(_remind(user, one, wanted[one.kind], today, now) for one in coming)
    return sent


def _remind(user: User, one: DeadlineRow, days_before: int, today: date, now: datetime) -> bool:
    left = (one.day - today).days
    if not days_before or left > days_before:
        return False
    with transaction.atomic():
        _, first = ReminderSent.objects.get_or_create(
            user=user,
            agreement_id=one.agreement_id,
            kind=one.kind.value,
            day=one.day,
            defaults={"sent_at": now},
        )
        if first:
            outbox.send_to_address(
                address=user.email,
                template=TEMPLATE,
                params={
                    "kind": one.kind.value,
                    "day": f"{one.day.day}.{one.day.month}.{one.day.year}",
                    "left": left,
                    "title": one.title(user.language),
                    "number": one.diary_number,
                },
                language=user.language,
                now=now,
            )
    return first


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()
