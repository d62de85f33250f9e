"""Health's work in the background. It lives in real time, also in the demo region."""

from __future__ import annotations

from kimppa.commons.health import certificates, counting, rounds, telling, watching
from kimppa.foundation.core import clock
from kimppa.foundation.core.jobs import Run
from kimppa.foundation.outbox import services as outbox


def watch(run: Run) -> None:
    """Every minute: ask the targets that are due, then judge all by what was seen of them."""
    rounds.run_due(now=clock.real_now(), clock=clock.real_now)
    watching.judge(now=clock.real_now())


def roll_up(run: Run) -> None:
    """Every hour: count the minutes of the hours that have passed."""
    counting.roll_up(now=clock.real_now(), stop=run.stop_requested)


def purge(run: Run) -> None:
    """Daily: remove what has served its time."""
    now = clock.real_now()
    counting.purge(now=now)
    telling.forget_unconfirmed(now=now)


def webhook(run: Run, *, alert: int) -> None:
    """Send one alert to a program; tried again with growing pauses."""
    telling.send_webhook(alert, now=clock.real_now(), last_attempt=run.last_attempt)


def certificate_webhook(run: Run, *, notice: int) -> None:
    """Tell a program that a certificate soon ends."""
    certificates.send_webhook(notice, now=clock.real_now(), last_attempt=run.last_attempt)


def tell_subscribers(run: Run, *, incident: int, event: str) -> None:
    """Put out the messages of one incident's opening or closing."""
    telling.tell_subscribers(incident, event, now=clock.real_now())


def mail(run: Run, *, message: int) -> None:
    """Send one message to a subscriber, unless that one has ended it."""
    outbox.deliver(message, now=clock.real_now(), last_attempt=run.last_attempt, resolve=telling.address_of)
