"""Backup and restore of a whole installation: database and documents, never the keys, never the index."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import sqlite3
import subprocess
import tempfile
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.db import DatabaseError, connection

from kimppa.foundation.core import archive, clock, secrets
from kimppa.foundation.core.errors import Invalid, Refused, Unavailable
from kimppa.foundation.core.text import noop
from kimppa.foundation.files import queries as files

SQLITE, POSTGRES = "sqlite", "postgresql"
BLOB = re.compile(r"files/([0-9a-f]{2})/(\1[0-9a-f]{62})")


class FileExists(Refused):
    code = "backup-file-exists"
    sentence = noop("%(path)s exists already; a backup never replaces another.")


class HomeNotEmpty(Refused):
    code = "home-not-empty"
    sentence = noop("%(place)s is not empty; a backup is restored into an empty home only.")


class KeysDiffer(Refused):
    code = "keys-differ"
    sentence = noop(
        "The archive needs other keys than those here: %(names)s. Put the right key files back first."
    )


class OtherDatabase(Refused):
    code = "other-database"
    sentence = noop("The archive is of %(kind)s; set or unset KIMPPA_DATABASE_URL accordingly.")


class ToolMissing(Unavailable):
    code = "tool-missing"
    sentence = noop("%(tool)s is missing; on Debian: sudo apt-get install postgresql-client.")


class ToolFailed(Unavailable):
    code = "tool-failed"
    sentence = noop("%(tool)s did not succeed: %(why)s")


class NotWritten(Unavailable):
    code = "backup-not-written"
    sentence = noop("The backup could not be written to %(path)s: the disk is full or cannot be written.")


class NotOneFile(Invalid):
    code = "not-one-file"
    sentence = noop("The file %(path)s is not there.")


@dataclass(frozen=True, slots=True)
class Made:
    """What a backup holds."""

    path: Path
    size: int
    documents: int


def backup(path: Path) -> Made:
    """Write an archive, whole or not at all. Raises FileExists, NotWritten, ToolMissing, ToolFailed."""
    if path.exists():
        raise FileExists(path=str(path))
    draft = path.with_name(f".{path.name}.part")
    try:
        with tempfile.TemporaryDirectory(dir=_folder("tmp")) as scratch:
            dump = Path(scratch) / "database"
            _dump(dump)
            count = _write(draft, dump)
        draft.replace(path)
    except (OSError, sqlite3.Error, DatabaseError) as error:
        raise NotWritten(path=str(path)) from error
    finally:
        draft.unlink(missing_ok=True)
    return Made(path=path, size=path.stat().st_size, documents=count)


def _folder(name: str) -> Path:
    folder = Path(settings.HOME) / name
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder


def _kind() -> str:
    return POSTGRES if connection.vendor == "postgresql" else SQLITE


def _write(draft: Path, dump: Path) -> int:
    head: dict[str, object] = {
        "made": clock.real_now().isoformat(timespec="seconds"),
        "database": _kind(),
        "keys": secrets.fingerprints(),
    }
    count = 0
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as out:
        with archive.writing(out, key=secrets.key("backup"), head=head) as tar:
            tar.add(dump, arcname="database")
            # The database was copied first: a document that it names was on the disk before.
            for blob in sorted(files.folder().glob("??/*")):
                if not blob.name.startswith("."):
                    tar.add(blob, arcname=f"files/{blob.parent.name}/{blob.name}")
                    count += 1
        out.flush()
        os.fsync(out.fileno())
    return count


def _dump(to: Path) -> None:
    """A consistent copy of the database while it is in use."""
    if _kind() == POSTGRES:
        _postgres_tool("pg_dump", ["--format=custom", "--no-owner", "--no-privileges", f"--file={to}"])
        return
    connection.ensure_connection()
    with closing(sqlite3.connect(to)) as copy:
        connection.connection.backup(copy)


def _postgres_tool(tool: str, options: list[str]) -> None:
    program = shutil.which(tool)
    if program is None:
        raise ToolMissing(tool=tool)
    # The password goes by the environment: a command line can be read by everybody on the machine.
    place = connection.settings_dict
    told = {"PGHOST": "HOST", "PGPORT": "PORT", "PGUSER": "USER", "PGPASSWORD": "PASSWORD"}
    known = {variable: str(place[name]) for variable, name in told.items() if place[name]}
    command = [program, *options, f"--dbname={place['NAME']}"]
    done = subprocess.run(  # noqa: S603 (our own words only)
        command, env={**os.environ, **known}, capture_output=True, text=True, check=False
    )
    if done.returncode:
        why = done.stderr.strip().splitlines()
        raise ToolFailed(tool=tool, why=why[-1] if why else "")


def restore(path: Path) -> int:
    """Bring an archive back into an empty home; returns how many documents. All or nothing.

    Raises archive.NoArchive, archive.ArchiveDamaged, HomeNotEmpty, KeysDiffer, OtherDatabase.
    """
    if not path.is_file():
        raise NotOneFile(path=str(path))
    _must_be_empty()
    key = _matching_key(path)
    archive.verify(path, key=key)
    home = Path(settings.HOME)
    scratch = Path(tempfile.mkdtemp(prefix="restore-", dir=home))
    try:
        archive.unpack(path, key=key, place=lambda name: _place(scratch, name))
        _check_documents(scratch)
        count = sum(1 for _ in (scratch / "files").glob("*/*"))
        _put_in_place(scratch, home)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    clock.forget()
    return count


def _must_be_empty() -> None:
    home = Path(settings.HOME)
    if files.folder().exists() and any(files.folder().rglob("*")):
        raise HomeNotEmpty(place=str(files.folder()))
    if _kind() == SQLITE:
        if (home / "kimppa.sqlite3").exists():
            raise HomeNotEmpty(place=str(home / "kimppa.sqlite3"))
    elif connection.introspection.table_names():
        raise HomeNotEmpty(place=str(connection.settings_dict["NAME"]))


def _matching_key(path: Path) -> bytes:
    """The backup key that sealed the archive. All keys it was made under must be here, in use or older."""
    with path.open("rb") as source:
        head, _ = archive.read_head(source)
    if head.get("database") != _kind():
        raise OtherDatabase(kind=str(head.get("database"))[:20])
    wanted = head.get("keys")
    if not isinstance(wanted, dict):
        raise archive.NoArchive
    # No key is made here in silence: a new one would open nothing.
    absent = set(secrets.missing())
    found = {
        name: None if name in absent else secrets.with_fingerprint(name, str(wanted.get(name)))
        for name in secrets.NAMES
    }
    differ = sorted(name for name, key in found.items() if key is None)
    if differ or found["backup"] is None:
        raise KeysDiffer(names=", ".join(differ))
    return found["backup"]


def _place(scratch: Path, name: str) -> Path | None:
    if name == "database":
        return scratch / "database"
    return scratch / name if BLOB.fullmatch(name) else None


def _check_documents(scratch: Path) -> None:
    for blob in (scratch / "files").glob("*/*"):
        with blob.open("rb") as handle:
            if hashlib.file_digest(handle, "sha256").hexdigest() != blob.name:
                raise archive.ArchiveDamaged


def _put_in_place(scratch: Path, home: Path) -> None:
    """Documents first; the database last, in one step: before that nothing refers to them."""
    (scratch / "files").mkdir(exist_ok=True)
    if files.folder().exists():
        shutil.rmtree(files.folder())
    (scratch / "files").replace(home / "files")
    try:
        if _kind() == POSTGRES:
            options = ["--no-owner", "--no-privileges", "--single-transaction", "--exit-on-error"]
            _postgres_tool("pg_restore", [*options, str(scratch / "database")])
        else:
            _sound(scratch / "database")
            connection.close()
            (scratch / "database").replace(home / "kimppa.sqlite3")
    except BaseException:
        shutil.rmtree(home / "files", ignore_errors=True)
        raise


def _sound(database: Path) -> None:
    with closing(sqlite3.connect(database)) as opened:
        # Constraints of ours may ask for what the framework adds to SQLite.
        opened.create_function("REGEXP", 2, lambda pattern, text: bool(re.search(pattern, str(text))))
        if opened.execute("PRAGMA integrity_check").fetchone() != ("ok",):
            raise archive.ArchiveDamaged
