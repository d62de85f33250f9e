"""Reading documents; the checksum is checked each time the bytes are read."""

from __future__ import annotations

import hashlib
from pathlib import Path

from django.conf import settings

from kimppa.foundation.core.errors import Missing, Unavailable
from kimppa.foundation.core.text import noop
from kimppa.foundation.files.models import StoredFile

CHUNK = 1024 * 1024


class FileGone(Missing):
    code = "file-gone"
    sentence = noop("The document “%(name)s” is not in the store.")


class FileDamaged(Unavailable):
    code = "file-damaged"
    sentence = noop("The document “%(name)s” has changed on the disk and is not given out.")


def folder() -> Path:
    """Where the bytes lie."""
    return Path(settings.HOME) / "files"


def place(sha256: str) -> Path:
    """The path of bytes by their checksum."""
    return folder() / sha256[:2] / sha256


def path_of(file: StoredFile) -> Path:
    """The path of a document, its size and checksum checked. Raises FileGone, FileDamaged."""
    path = place(file.sha256)
    digest = hashlib.sha256()
    try:
        with path.open("rb") as handle:
            while chunk := handle.read(CHUNK):
                digest.update(chunk)
    except FileNotFoundError:
        raise FileGone(name=file.name) from None
    if digest.hexdigest() != file.sha256:
        raise FileDamaged(name=file.name)
    return path


def read(file: StoredFile) -> bytes:
    """The bytes of a document, checked. Raises FileGone, FileDamaged."""
    try:
        content = place(file.sha256).read_bytes()
    except FileNotFoundError:
        raise FileGone(name=file.name) from None
    if hashlib.sha256(content).hexdigest() != file.sha256:
        raise FileDamaged(name=file.name)
    return content
