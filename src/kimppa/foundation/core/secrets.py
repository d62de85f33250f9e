"""Keys and encryption at rest.

Each key name has a file in KIMPPA_KEYS with one or more lines `id:hex` (32 bytes), oldest first: the
last line encrypts and signs, all of them decrypt. Keys are never in the database nor in a backup.
Where `serve` runs, a missing file is an error: a key made in silence would open nothing that was
encrypted before.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets as random
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

from kimppa.foundation.core.errors import Invalid, Unavailable
from kimppa.foundation.core.text import noop

NAMES = ("secrets", "patrons", "pins", "backup")
# These turn a name into a fixed pseudonym: another key would make another person of everybody.
NEVER_ROTATED = frozenset({"patrons", "pins"})
VERSION = b"k1"
KEY_BYTES = 32
ID_BYTES = 4
NONCE_BYTES = 12


class KeyMissing(Unavailable):
    code = "key-missing"
    sentence = noop("The key “%(name)s” is missing. Put its file back; ./kimppa keys makes the first ones.")


class KeyUnreadable(Invalid):
    code = "key-unreadable"
    sentence = noop("The file of the key “%(name)s” cannot be read as keys.")


class NotDecrypted(Invalid):
    code = "not-decrypted"
    sentence = noop("What was encrypted cannot be opened with the keys that are here.")


class KeyFixed(Invalid):
    code = "key-fixed"
    sentence = noop("The key “%(name)s” cannot be changed: pseudonyms are made with it.")


@dataclass(frozen=True, slots=True)
class Key:
    id: bytes
    secret: bytes


_loaded: dict[tuple[str, Path], tuple[int, tuple[Key, ...]]] = {}


def key(name: str) -> bytes:
    """The 32 bytes that are in use under this name. Raises KeyMissing, KeyUnreadable."""
    return ring(name)[-1].secret


def ring(name: str) -> tuple[Key, ...]:
    """All keys of a name, oldest first. Read again when the file changes."""
    if name not in NAMES:
        raise KeyMissing(name=name)
    path = _path(name)
    try:
        stamp = path.stat().st_mtime_ns
    except FileNotFoundError:
        if settings.MODE == "serve":
            raise KeyMissing(name=name) from None
        _create(path)
        stamp = path.stat().st_mtime_ns
    kept = _loaded.get((name, path))
    if kept is None or kept[0] != stamp:
        kept = (stamp, _parse(name, path.read_text(encoding="ascii", errors="replace")))
        _loaded[(name, path)] = kept
    return kept[1]


def _path(name: str) -> Path:
    return Path(settings.ENV.keys) / f"{name}.key"


def _parse(name: str, text: str) -> tuple[Key, ...]:
    keys = []
    for line in text.split():
        id_text, _, secret_text = line.partition(":")
        try:
            found = Key(bytes.fromhex(id_text), bytes.fromhex(secret_text))
        except ValueError:
            raise KeyUnreadable(name=name) from None
        if len(found.id) != ID_BYTES or len(found.secret) != KEY_BYTES:
            raise KeyUnreadable(name=name)
        keys.append(found)
    if not keys:
        raise KeyUnreadable(name=name)
    return tuple(keys)


def _new_line() -> str:
    return f"{random.token_hex(ID_BYTES)}:{random.token_hex(KEY_BYTES)}\n"


def _create(path: Path) -> None:
    """Write a first key. Whole or not at all, and never over one that another process just wrote."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = _draft(path, _new_line())
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()


def _draft(path: Path, text: str) -> Path:
    draft = path.with_name(f".{path.name}.{random.token_hex(6)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as handle:
        handle.write(text)
        handle.flush()
        os.fsync(handle.fileno())
    return draft


def create_missing() -> tuple[str, ...]:
    """Make the key files that are not there; returns their names. Asked for by name in `serve`."""
    made = tuple(name for name in NAMES if not _path(name).exists())
    for name in made:
        _create(_path(name))
    return made


def missing() -> tuple[str, ...]:
    """Names whose key file is not there."""
    return tuple(name for name in NAMES if not _path(name).exists())


def add_key(name: str) -> None:
    """Put a new key in use under this name; the older ones go on decrypting. Raises KeyFixed."""
    if name in NEVER_ROTATED:
        raise KeyFixed(name=name)
    ring(name)
    path = _path(name)
    _draft(path, path.read_text(encoding="ascii") + _new_line()).replace(path)
    _loaded.clear()


def drop_old_keys(name: str) -> None:
    """Keep only the newest key. Only after everything was encrypted anew with it. Raises KeyFixed."""
    if name in NEVER_ROTATED:
        raise KeyFixed(name=name)
    newest = ring(name)[-1]
    path = _path(name)
    _draft(path, f"{newest.id.hex()}:{newest.secret.hex()}\n").replace(path)
    _loaded.clear()


def encrypt(plain: bytes, *, name: str = "secrets") -> bytes:
    """AES-256-GCM with the newest key; the key's id stands in front, so that keys can rotate."""
    newest = ring(name)[-1]
    nonce = random.token_bytes(NONCE_BYTES)
    head = VERSION + newest.id
    return head + nonce + AESGCM(newest.secret).encrypt(nonce, plain, head)


def decrypt(sealed: bytes, *, name: str = "secrets") -> bytes:
    """What `encrypt` was given. Raises NotDecrypted when changed, cut short or of a key not here."""
    head, rest = sealed[: len(VERSION) + ID_BYTES], sealed[len(VERSION) + ID_BYTES :]
    for one in ring(name):
        if head == VERSION + one.id and len(rest) > NONCE_BYTES:
            try:
                return AESGCM(one.secret).decrypt(rest[:NONCE_BYTES], rest[NONCE_BYTES:], head)
            except InvalidTag:
                break
    raise NotDecrypted


def is_current(sealed: bytes, *, name: str = "secrets") -> bool:
    """Was this encrypted with the newest key? For rotation."""
    return sealed.startswith(VERSION + ring(name)[-1].id)


def hmac_hex(name: str, text: str) -> str:
    """HMAC-SHA256 of a text by the key of this name, 64 hex digits."""
    return hmac.new(key(name), text.encode("utf-8"), hashlib.sha256).hexdigest()


def fingerprints() -> dict[str, str]:
    """What tells one set of keys from another without giving any of them away."""
    return {name: fingerprint(ring(name)[-1].secret) for name in NAMES}


def with_fingerprint(name: str, wanted: str) -> bytes | None:
    """The key of a name, in use or older, that has the fingerprint; None where none has."""
    return next((one.secret for one in ring(name) if fingerprint(one.secret) == wanted), None)


def fingerprint(secret: bytes) -> str:
    return hashlib.sha256(b"kimppa key fingerprint" + secret).hexdigest()[:16]
