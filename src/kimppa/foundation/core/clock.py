"""Domain time: real time plus one constant offset, kept in the database.

Doors and jobs ask `now()` once and pass it down; nothing below them asks. Sign-ins, one-time codes,
TLS and scheduling use `real_now()`. Only the demo region has an offset; `serve` refuses one.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.utils import timezone

HELSINKI = ZoneInfo("Europe/Helsinki")
_offset: timedelta | None = None


def real_now() -> datetime:
    """This moment, aware, UTC."""
    return timezone.now()


def offset() -> timedelta:
    """The installation's constant offset; zero where none was set. Read once a process."""
    global _offset
    if _offset is None:
        from kimppa.foundation.core.models import ClockOffset

        row = ClockOffset.objects.filter(pk=1).first()
        _offset = timedelta(seconds=row.seconds) if row else timedelta(0)
    return _offset


def now() -> datetime:
    """Domain time, aware."""
    return real_now() + offset()


def today() -> date:
    """The domain's calendar day in Finland."""
    return now().astimezone(HELSINKI).date()


def day_of(moment: datetime) -> date:
    """The calendar day of a moment in Finland."""
    return moment.astimezone(HELSINKI).date()


def set_offset(to: timedelta) -> None:
    """Store the offset. Only the demo region's loader may call it."""
    from kimppa.foundation.core.models import ClockOffset

    ClockOffset.objects.update_or_create(pk=1, defaults={"seconds": int(to.total_seconds())})
    forget()


def forget() -> None:
    """Read the offset anew next time (after loading the demo, restoring a backup, between tests)."""
    global _offset
    _offset = None
