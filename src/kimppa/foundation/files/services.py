"""Storing and removing documents.

The bytes are on the disk, whole and flushed, before the row that names them is written: a document
that was acknowledged can be read, one that was not leaves nothing but bytes for the sweeper.
"""

from __future__ import annotations

import hashlib
import os
import secrets as random
from datetime import datetime, timedelta
from pathlib import Path
from typing import BinaryIO

from django.db import transaction
from django.db.models import ProtectedError, RestrictedError

from kimppa.foundation.core import clock
from kimppa.foundation.core.errors import Invalid, Unavailable
from kimppa.foundation.core.text import clean_line, noop
from kimppa.foundation.files import queries, rules
from kimppa.foundation.files.models import Retention, StoredFile

ORPHAN_AFTER = timedelta(days=1)


class FileTypeRefused(Invalid):
    code = "file-type-refused"
    sentence = noop(
        "The file (%(type)s) is not taken here: it is of another kind, or its content is not what its "
        "name says. Nothing was stored."
    )


class FileTooLarge(Invalid):
    code = "file-too-large"
    sentence = noop("The file is too large: %(size)s MB, at most %(limit)s MB.")


class StoreFull(Unavailable):
    code = "store-full"
    sentence = noop("The document “%(name)s” could not be saved: the disk is full or cannot be written.")


@transaction.atomic
def store(*, name: str, content: bytes, media_type: str, retention: Retention, now: datetime) -> StoredFile:
    """Keep a document. Raises FileTypeRefused, FileTooLarge, StoreFull; then nothing is kept."""
    limit = rules.MAX_BYTES.get(media_type)
    if limit is None:
        raise FileTypeRefused(type=media_type[:100])
    if len(content) > limit:
        raise FileTooLarge(size=-(-len(content) // rules.MEGABYTE), limit=limit // rules.MEGABYTE)
    shown = rules.safe_name(clean_line(name))
    sha256 = hashlib.sha256(content).hexdigest()
    try:
        _write(queries.place(sha256), content)
    except OSError as error:
        raise StoreFull(name=shown) from error
    return StoredFile.objects.create(
        name=shown,
        media_type=media_type,
        size=len(content),
        sha256=sha256,
        retention=retention,
        created=now,
    )


@transaction.atomic
def keep(*, name: str, stream: BinaryIO, media_type: str, retention: Retention, now: datetime) -> StoredFile:
    """Keep what is too large to hold in memory, as it is read. Raises FileTooLarge, StoreFull."""
    shown = rules.safe_name(clean_line(name))
    draft = queries.folder() / f".{random.token_hex(8)}"
    digest, size = hashlib.sha256(), 0
    try:
        draft.parent.mkdir(parents=True, exist_ok=True)
        with draft.open("xb") as handle:
            while piece := stream.read(rules.MEGABYTE):
                size += len(piece)
                if size > rules.MAX_KEPT:
                    megabytes = rules.MAX_KEPT // rules.MEGABYTE
                    raise FileTooLarge(size=f"> {megabytes}", limit=megabytes)
                digest.update(piece)
                handle.write(piece)
            handle.flush()
            os.fsync(handle.fileno())
        draft.chmod(0o600)
        path = queries.place(digest.hexdigest())
        path.parent.mkdir(parents=True, exist_ok=True)
        draft.replace(path)
        _flush_folder(path.parent)
    except OSError as error:
        raise StoreFull(name=shown) from error
    finally:
        draft.unlink(missing_ok=True)
    return StoredFile.objects.create(
        name=shown,
        media_type=media_type[:100],
        size=size,
        sha256=digest.hexdigest(),
        retention=retention,
        created=now,
    )


def _write(path: Path, content: bytes) -> None:
    """Temporary file, flush, rename, flush of the folder: after this the bytes outlive a power cut."""
    if path.exists() and hashlib.sha256(path.read_bytes()).hexdigest() == path.name:
        os.utime(path)  # tells the sweeper that somebody has just come to need it
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{random.token_hex(8)}")
    try:
        with draft.open("xb") as handle:
            handle.write(content)
            handle.flush()
            os.fsync(handle.fileno())
        draft.chmod(0o600)
        draft.replace(path)
    except OSError:
        draft.unlink(missing_ok=True)
        raise
    _flush_folder(path.parent)


def _flush_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@transaction.atomic
def remove(*, file: StoredFile) -> None:
    """Forget a document; its bytes go with the last row that names them, after the commit."""
    sha256 = file.sha256
    file.delete()
    transaction.on_commit(lambda: _drop(sha256))


def _drop(sha256: str) -> None:
    if not StoredFile.objects.filter(sha256=sha256).exists():
        queries.place(sha256).unlink(missing_ok=True)


def sweep() -> int:
    """Remove bytes that no row names and that are older than a day; returns how many files went."""
    gone = 0
    oldest = (clock.real_now() - ORPHAN_AFTER).timestamp()
    for path in queries.folder().glob("*/*"):
        if path.stat().st_mtime < oldest and not StoredFile.objects.filter(sha256=path.name).exists():
            path.unlink(missing_ok=True)
            gone += 1
    return gone


def purge(*, now: datetime) -> int:
    """Remove documents that have served their time (files.rules); returns how many.

    A document that something still points to (a protected foreign key) stays.
    """
    gone = 0
    today = clock.day_of(now)
    classes = (Retention.ACCOUNTING, Retention.IMPORT, Retention.EXPORT)
    for file in StoredFile.objects.filter(retention__in=classes).iterator():
        if rules.may_go(file.retention, stored=clock.day_of(file.created), today=today):
            gone += _remove_if_free(file)
    return gone


def _remove_if_free(file: StoredFile) -> int:
    try:
        remove(file=file)
    except (ProtectedError, RestrictedError):
        return 0
    return 1
