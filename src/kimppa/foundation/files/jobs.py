"""Daily cleaning of the document store."""

from __future__ import annotations

from kimppa.foundation.core.jobs import Run
from kimppa.foundation.files import services


def purge(run: Run) -> None:
    """Remove documents that have served their time, then bytes that nothing names."""
    services.purge(now=run.now)
    services.sweep()
