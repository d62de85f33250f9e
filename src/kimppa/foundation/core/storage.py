"""No room left, or no turn in time: how the databases and the system say it, as errors of ours."""

from __future__ import annotations

import errno
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import DatabaseError, connection

from kimppa.foundation.core.errors import Unavailable
from kimppa.foundation.core.text import noop

NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
# SQLite says FULL where the disk is full, IOERR_WRITE where a limit or a quota of another kind is met.
SQLITE = {"SQLITE_FULL", "SQLITE_IOERR_WRITE", "SQLITE_IOERR_FSYNC", "SQLITE_IOERR_SHMSIZE"}
POSTGRES = {"53100", "58030"}  # disk_full, io_error


# Somebody else is writing for longer than one waits; lock_not_available, deadlock_detected.
BUSY_SQLITE = ("SQLITE_BUSY", "SQLITE_LOCKED")
BUSY_POSTGRES = {"55P03", "40P01"}


# PRAGMA synchronous: 0 off, 1 normal, 2 full, 3 extra.
NORMAL = 1


class StorageBusy(Unavailable):
    code = "storage-busy"
    sentence = noop(
        "Very many are here at once, and this was not done in time. What had been saved before is still "
        "there. Try again in a moment."
    )


class StorageFull(Unavailable):
    code = "storage-full"
    sentence = noop(
        "There is no room left for saving. Nothing of this was saved; "
        "what had been saved before is still there."
    )


def trouble(error: BaseException) -> StorageFull | StorageBusy | None:
    """The error in our words where the store is full or too busy; else None."""
    return full(error) or busy(error)


@contextmanager
def in_words() -> Iterator[None]:
    """Raises the store's trouble as an error of ours; every other error as it is."""
    try:
        yield
    except DatabaseError as error:
        said = trouble(error)
        if said is None:
            raise
        raise said from error


@contextmanager
def unflushed() -> Iterator[None]:
    """SQLite: commits inside do not wait for the disk. A killed process loses nothing by it, a power cut may.

    For what a person simply does again and what is only counted (sessions, sign-ins), never for money, loans
    or decisions. Fifty people signing in at once wait for each other's flush otherwise, and some in vain.
    What is written afterwards flushes this too. Inside a transaction it changes nothing.
    """
    if connection.vendor != "sqlite" or connection.in_atomic_block:
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA synchronous")
        before = int(cursor.fetchone()[0])
        if before > NORMAL:
            cursor.execute(f"PRAGMA synchronous={NORMAL}")
    try:
        yield
    finally:
        if before > NORMAL:
            with connection.cursor() as cursor:
                cursor.execute(f"PRAGMA synchronous={before}")


def busy(error: BaseException) -> StorageBusy | None:
    """The error in our words where another writer was waited for in vain; else None."""
    if not isinstance(error, DatabaseError | sqlite3.Error):
        return None
    cause = error.__cause__ or error
    name = str(getattr(cause, "sqlite_errorname", "") or "")
    return (
        StorageBusy()
        if name.startswith(BUSY_SQLITE) or getattr(cause, "sqlstate", None) in BUSY_POSTGRES
        else None
    )


def full(error: BaseException) -> StorageFull | None:
    """The error in our words where it says that nothing more can be written; else None."""
    if isinstance(error, OSError) and error.errno in NO_ROOM:
        return StorageFull()
    if not isinstance(error, DatabaseError | sqlite3.Error):
        return None
    cause = error.__cause__ or error
    said = getattr(cause, "sqlite_errorname", None), getattr(cause, "sqlstate", None)
    return StorageFull() if said[0] in SQLITE or said[1] in POSTGRES else None
