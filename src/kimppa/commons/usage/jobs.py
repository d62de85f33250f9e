"""Usage's work in the background."""

from __future__ import annotations

from kimppa.commons.usage import settling
from kimppa.foundation.core.jobs import Run


def settle_live(run: Run) -> None:
    """Every hour: reckon anew the months that still change."""
    settling.settle_live(now=run.now)
