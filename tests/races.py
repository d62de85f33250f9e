"""Real processes that start together, each with a database connection of its own."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Sequence
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Barrier

from django.db import connections

from kimppa.foundation.core.errors import KimppaError

FORK = multiprocessing.get_context("fork")


def at_once(calls: Sequence[Callable[[], object]]) -> list[str]:
    """Run every call in a process of its own, all at once: `done` or the error's code, in any order."""
    connections.close_all()  # a connection must not be shared by two processes
    outcome: Queue[str] = FORK.Queue()
    gate = FORK.Barrier(len(calls))
    running = [FORK.Process(target=_one, args=(call, gate, outcome)) for call in calls]
    for process in running:
        process.start()
    said = [outcome.get(timeout=60) for _ in running]
    for process in running:
        process.join(timeout=60)
    return said


def _one(call: Callable[[], object], gate: Barrier, outcome: Queue[str]) -> None:
    gate.wait(timeout=60)
    try:
        call()
    except KimppaError as error:
        outcome.put(error.code)
    except BaseException as error:
        outcome.put(repr(error))
        raise
    else:
        outcome.put("done")
    finally:
        connections.close_all()
