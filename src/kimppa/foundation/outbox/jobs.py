"""Sending messages to addresses, and their daily purge."""

from __future__ import annotations

from kimppa.foundation.core.jobs import Run
from kimppa.foundation.outbox import services


def send(run: Run, *, message: int) -> None:
    """Send one message; tried again with growing pauses while the mail server refuses."""
    services.deliver(message, now=run.now, last_attempt=run.last_attempt)


def purge(run: Run) -> None:
    """Remove what has served its time."""
    services.purge(now=run.now)
