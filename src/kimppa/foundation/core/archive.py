"""One encrypted, checksummed archive: named streams of bytes in sealed chunks.

Format: the line `KIMPPA-BACKUP 1`, a JSON line (key id and fingerprints, in clear but sealed in as
associated data), then chunks: 4 bytes of length, 12 of nonce, AES-256-GCM. Each chunk binds the head's
checksum and its own number; the last one is marked, so that an archive cut short is noticed.
Inside is a tar stream.
"""

from __future__ import annotations

import hashlib
import io
import json
import secrets as random
import struct
import tarfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from kimppa.foundation.core.errors import Invalid
from kimppa.foundation.core.text import noop

MAGIC = b"KIMPPA-BACKUP 1\n"
CHUNK = 1024 * 1024
LONGEST_HEAD = 64 * 1024
LENGTH = struct.Struct(">I")
NONCE = 12
MORE, LAST = b"\x00", b"\x01"


class NoArchive(Invalid):
    code = "no-archive"
    sentence = noop("The file is no Kimppa archive.")


class ArchiveDamaged(Invalid):
    code = "archive-damaged"
    sentence = noop("The archive is damaged or cut short; nothing was restored.")


class _Sealed(io.RawIOBase):
    """Writes what it is given in sealed chunks."""

    def __init__(self, out: BinaryIO, cipher: AESGCM, binding: bytes) -> None:
        self._out, self._cipher, self._binding = out, cipher, binding
        self._number = 0
        self._held = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data: object) -> int:
        given = bytes(data)  # type: ignore[call-overload]
        self._held += given
        while len(self._held) > CHUNK:
            self._put(bytes(self._held[:CHUNK]), MORE)
            del self._held[:CHUNK]
        return len(given)

    def finish(self) -> None:
        self._put(bytes(self._held), LAST)
        self._held.clear()

    def _put(self, plain: bytes, mark: bytes) -> None:
        nonce = random.token_bytes(NONCE)
        bound = self._binding + struct.pack(">Q", self._number) + mark
        sealed = mark + nonce + self._cipher.encrypt(nonce, plain, bound)
        self._out.write(LENGTH.pack(len(sealed)) + sealed)
        self._number += 1


@contextmanager
def writing(out: BinaryIO, *, key: bytes, head: dict[str, object]) -> Iterator[tarfile.TarFile]:
    """A tar to add to; sealed by the key. `head` is readable without it, but cannot be changed."""
    line = json.dumps(head, sort_keys=True).encode() + b"\n"
    out.write(MAGIC + line)
    sealed = _Sealed(out, AESGCM(key), hashlib.sha256(MAGIC + line).digest())
    with tarfile.open(fileobj=sealed, mode="w|", format=tarfile.PAX_FORMAT) as tar:
        yield tar
    sealed.finish()


def read_head(source: BinaryIO) -> tuple[dict[str, object], bytes]:
    """The head, and what the chunks are bound to. Raises NoArchive."""
    if source.read(len(MAGIC)) != MAGIC:
        raise NoArchive
    line = source.readline(LONGEST_HEAD)
    try:
        head: object = json.loads(line)
    except ValueError:
        raise NoArchive from None
    if not isinstance(head, dict):
        raise NoArchive
    return head, hashlib.sha256(MAGIC + line).digest()


def chunks(source: BinaryIO, *, key: bytes, binding: bytes) -> Iterator[bytes]:
    """The opened chunks in order. Raises ArchiveDamaged at the first that is not as it was written."""
    cipher, number, mark = AESGCM(key), 0, MORE
    while mark == MORE:
        size = source.read(LENGTH.size)
        length = LENGTH.unpack(size)[0] if len(size) == LENGTH.size else 0
        if not NONCE < length <= CHUNK + 64:
            raise ArchiveDamaged
        sealed = source.read(length)
        mark = sealed[:1]
        bound = binding + struct.pack(">Q", number) + mark
        try:
            yield cipher.decrypt(sealed[1 : 1 + NONCE], sealed[1 + NONCE :], bound)
        except (InvalidTag, ValueError):
            raise ArchiveDamaged from None
        number += 1
    if source.read(1):
        raise ArchiveDamaged


class _Opened(io.RawIOBase):
    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces, self._held = pieces, b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object) -> int:
        view = memoryview(buffer)  # type: ignore[arg-type]
        while not self._held:
            piece = next(self._pieces, None)
            if piece is None:
                return 0
            self._held = piece
        count = min(len(view), len(self._held))
        view[:count] = self._held[:count]
        self._held = self._held[count:]
        return count


def verify(path: Path, *, key: bytes) -> None:
    """Read it from end to end and write nothing. Raises NoArchive, ArchiveDamaged."""
    with path.open("rb") as source:
        _, binding = read_head(source)
        for _piece in chunks(source, key=key, binding=binding):
            pass


def unpack(path: Path, *, key: bytes, place: Callable[[str], Path | None]) -> None:
    """Write each member to the path that `place` names for it (None: an unknown name, refused)."""
    with path.open("rb") as source:
        _, binding = read_head(source)
        opened = io.BufferedReader(_Opened(chunks(source, key=key, binding=binding)), CHUNK)
        with tarfile.open(fileobj=opened, mode="r|") as tar:
            for member in tar:
                target = place(member.name) if member.isreg() else None
                content = tar.extractfile(member)
                if target is None or content is None:
                    raise ArchiveDamaged
                _write(target, content)


def _write(target: Path, content: IO[bytes]) -> None:
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with target.open("xb") as out:
        target.chmod(0o600)
        while piece := content.read(CHUNK):
            out.write(piece)
