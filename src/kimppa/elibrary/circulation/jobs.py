"""The daily forgetting of loans."""

from __future__ import annotations

from kimppa.elibrary.circulation import services
from kimppa.foundation.core.jobs import Run


def purge(run: Run) -> None:
    """End what ran out, and take the patron off ended loans unless a history was asked for."""
    services.purge_loans(now=run.now)
