"""What a process that answers hundreds of questions a second keeps for a moment instead of reading it anew.

Off everywhere until that process says `keep_for`; then a change made elsewhere reaches it that much later.
Only for what seldom changes, never for what is being counted.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Hashable
from typing import TypeVar, cast

T = TypeVar("T")
MOST = 10_000

_lock = threading.Lock()
_seconds = 0.0
_known: dict[Hashable, tuple[float, object]] = {}


def keep_for(seconds: float) -> None:
    """How long this process keeps what it has read; 0: not at all. What was kept is forgotten."""
    global _seconds
    with _lock:
        _seconds = seconds
        _known.clear()


def kept(key: Hashable, read: Callable[[], T]) -> T:
    """What `read` gives, or gave a moment ago under the same key. Two may read at once; nobody waits."""
    if not _seconds:
        return read()
    now = time.monotonic()
    with _lock:
        found = _known.get(key)
    if found is not None and now < found[0]:
        return cast(T, found[1])
    fresh = read()
    with _lock:
        if len(_known) >= MOST:
            _known.clear()
        _known[key] = (now + _seconds, fresh)
    return fresh


def forget(key: Hashable) -> None:
    """This process has changed it: read it anew next time."""
    with _lock:
        _known.pop(key, None)
