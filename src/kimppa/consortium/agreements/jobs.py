"""The daily look at deadlines."""

from __future__ import annotations

from kimppa.consortium.agreements import reminders
from kimppa.foundation.core.jobs import Run


def remind(run: Run) -> None:
    """Remind people of what is due soon, each deadline once."""
    reminders.remind_all(now=run.now)
