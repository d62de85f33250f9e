"""Usage's work in the background."""

from __future__ import annotations

import time
from datetime import timedelta

from kimppa.commons.usage import harvest as harvesting
from kimppa.commons.usage import settling, sushi
from kimppa.foundation.core import clock
from kimppa.foundation.core.jobs import Run

WORTH_WAITING = timedelta(seconds=5)


def settle_live(run: Run) -> None:
    """Every hour: reckon anew the months that still change."""
    settling.settle_live(now=run.now)


def plan_harvest(run: Run) -> None:
    """Daily: mean to have the months of vendors' reports that have become ready."""
    sushi.plan(now=run.now)


def harvest(run: Run) -> None:
    """Every five minutes, and when somebody asks: fetch what is due, until nothing is or it is stopped."""
    while not run.stop_requested():
        if harvesting.step(clock=clock.now):
            continue
        due = harvesting.next_due(clock.now())
        if due is None or due - clock.now() > WORTH_WAITING:
            return
        # A server is left alone for a moment between two questions.
        time.sleep(max(0.1, (due - clock.now()).total_seconds()))
