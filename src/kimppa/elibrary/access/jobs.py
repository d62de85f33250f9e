"""The daily forgetting of codes, tickets, old keys and the log. Real time."""

from __future__ import annotations

from kimppa.elibrary.access import services
from kimppa.foundation.core import clock
from kimppa.foundation.core.jobs import Run


def purge(run: Run) -> None:
    """Sign-ins live in real time, not in the demo's calendar."""
    services.purge(now=clock.real_now())
