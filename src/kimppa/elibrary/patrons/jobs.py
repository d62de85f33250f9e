"""The daily forgetting of sessions, wrong PINs and people who asked to be forgotten."""

from __future__ import annotations

from kimppa.elibrary.patrons import services
from kimppa.foundation.core import clock
from kimppa.foundation.core.jobs import Run


def purge(run: Run) -> None:
    """Sign-ins live in real time, not in the demo's calendar."""
    services.purge_sessions(now=clock.real_now())
    services.purge_deleted(now=clock.real_now())
