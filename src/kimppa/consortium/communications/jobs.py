"""The daily purge of answered feedback."""

from __future__ import annotations

from kimppa.consortium.communications import services
from kimppa.foundation.core.jobs import Run


def purge(run: Run) -> None:
    """Remove what has served its time."""
    services.purge_feedback(now=run.now)
