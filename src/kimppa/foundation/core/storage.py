"""No room left: how the databases and the system say it, as one error of ours."""

from __future__ import annotations

import errno
import sqlite3

from django.db import DatabaseError

from kimppa.foundation.core.errors import Unavailable
from kimppa.foundation.core.text import noop

NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
# SQLite says FULL where the disk is full, IOERR_WRITE where a limit or a quota of another kind is met.
SQLITE = {"SQLITE_FULL", "SQLITE_IOERR_WRITE", "SQLITE_IOERR_FSYNC", "SQLITE_IOERR_SHMSIZE"}
POSTGRES = {"53100", "58030"}  # disk_full, io_error


class StorageFull(Unavailable):
    code = "storage-full"
    sentence = noop(
        "There is no room left for saving. Nothing of this was saved; "
        "what had been saved before is still there."
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
