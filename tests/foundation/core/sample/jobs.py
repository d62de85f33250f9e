"""Jobs that the tests of core.jobs enqueue. What they do, they do through rows and files."""

from __future__ import annotations

import os
import signal
from pathlib import Path

from django.db import transaction

from kimppa.foundation.core import jobs
from kimppa.foundation.core.errors import Refused, Unavailable

RAN: list[str] = []


def note(run: jobs.Run, *, word: str) -> None:
    RAN.append(f"{word}:{run.attempt}:{run.asked_by}")


def nobody_answers(run: jobs.Run) -> None:
    RAN.append(f"asked:{run.attempt}")
    raise Unavailable


def says_no(run: jobs.Run) -> None:
    RAN.append("no")
    raise Refused(reason="because")


def breaks(run: jobs.Run) -> None:
    with transaction.atomic():
        raise ZeroDivisionError


def asks_for_itself(run: jobs.Run, *, times: int) -> None:
    RAN.append("again")
    if len(RAN) < times:
        jobs.enqueue(
            "tests.foundation.core.sample.jobs.asks_for_itself", {"times": times}, unique="the-index"
        )


def counts_to(run: jobs.Run, *, end: int, file: str) -> None:
    """Writes a line a step, saves its place, and is killed once in the middle if the file says so."""
    place = int(run.state.get("done", 0))
    while place < end:
        if run.stop_requested():
            return
        with Path(file).open("a", encoding="utf-8") as handle:
            handle.write(f"{place}\n")
        place += 1
        run.state["done"] = place
        run.save_state()
        run.progress(place, end)
        if place == end // 2 and Path(file + ".kill").exists():
            Path(file + ".kill").unlink()
            os.kill(os.getpid(), signal.SIGKILL)
