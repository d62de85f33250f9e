"""Counts that a busy process gathers for a moment and writes together.

Off until that process says `begin`; until then each is written at once. What is gathered is written by
`flush`, which the process calls every second and at its end: a kill costs the counts of a second. Hence only
for logs and signals, never for money, loans or what is told as use.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Hashable
from typing import TypeAlias

import structlog
from django.db import DatabaseError, close_old_connections

Write: TypeAlias = Callable[..., None]

log = structlog.get_logger("kimppa.gathering")
_lock = threading.Lock()
_on = False
_waiting: dict[tuple[Write, Hashable], tuple[int, ...]] = {}


def begin(*, on: bool = True) -> None:
    """Whether this process gathers from now on; what waits is written first."""
    global _on
    flush()
    with _lock:
        _on = on


def add(write: Write, key: tuple[Hashable, ...], *amounts: int) -> None:
    """Add amounts under a key. `write(*key, *sums)` is called now, or by the next flush with their sums."""
    with _lock:
        if _on:
            before = _waiting.get((write, key), (0,) * len(amounts))
            _waiting[write, key] = tuple(a + b for a, b in zip(before, amounts, strict=True))
            return
    write(*key, *amounts)


def flush_each_second() -> None:
    """For a process without a loop of its own: gather, and let a thread write what is gathered."""
    begin()
    threading.Thread(target=_flush_for_ever, name="gathering", daemon=True).start()


def _flush_for_ever() -> None:
    while True:
        time.sleep(1)
        try:
            flush()
        except DatabaseError as error:
            log.warning("counts-lost", error=type(error).__name__)
            close_old_connections()


def flush() -> int:
    """Write what has been gathered; returns how many keys that was."""
    with _lock:
        ready = dict(_waiting)
        _waiting.clear()
    for (write, key), sums in ready.items():
        if isinstance(key, tuple):
            write(*key, *sums)
    return len(ready)
