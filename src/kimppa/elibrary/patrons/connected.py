"""Reading how a library system is connected on a day, with its secrets opened for the call only."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from django.db.models import Q

from kimppa.elibrary.patrons import connections, mapping
from kimppa.elibrary.patrons.asking import Code, Trouble
from kimppa.elibrary.patrons.connections import Kind, Settings
from kimppa.elibrary.patrons.mapping import Reading
from kimppa.elibrary.patrons.models import LibrarySystem, SystemConnection
from kimppa.foundation.core import secrets
from kimppa.foundation.core.errors import KimppaError
from kimppa.foundation.core.keeping import kept


@dataclass(frozen=True, slots=True)
class Connected:
    """A connection of a day. `key` changes with every setting and secret: pools and tokens go by it."""

    key: str
    kind: Kind
    settings: Settings | None
    reading: Reading
    secrets: Mapping[str, str] = field(repr=False)

    def secret(self, name: str) -> str:
        return self.secrets.get(name, "")


def of_day(system: LibrarySystem, on: date) -> Connected:
    """How the system is asked on a day. A local directory needs no row. Raises Trouble."""
    return kept(("patrons.connected", system.pk, on), lambda: _of_day(system, on))


def row_of_day(system: LibrarySystem, on: date) -> SystemConnection | None:
    """The connection row of a day."""
    return (
        SystemConnection.objects.filter(system=system)
        .filter(Q(valid_from__isnull=True) | Q(valid_from__lte=on))
        .filter(Q(valid_to__isnull=True) | Q(valid_to__gte=on))
        .order_by("-valid_from")
        .first()
    )


def _of_day(system: LibrarySystem, on: date) -> Connected:
    row = row_of_day(system, on)
    if row is None:
        if system.kind == Kind.LOCAL:
            return Connected(f"local:{system.pk}", Kind.LOCAL, None, Reading(), {})
        raise Trouble(Code.NOT_CONNECTED)
    try:
        kind = Kind(row.kind)
        settings = connections.settings_of(kind, row.settings)
        reading = mapping.reading_of(row.mapping)
        opened = opened_secrets(row)
    except (KimppaError, ValueError):
        raise Trouble(Code.BAD_SETTINGS) from None
    told = json.dumps([row.kind, row.settings], sort_keys=True).encode() + bytes(row.secrets)
    return Connected(f"{row.pk}:{hashlib.sha256(told).hexdigest()[:24]}", kind, settings, reading, opened)


def opened_secrets(row: SystemConnection) -> dict[str, str]:
    """The secrets of a row. Raises NotDecrypted."""
    sealed = bytes(row.secrets)
    if not sealed:
        return {}
    plain = json.loads(secrets.decrypt(sealed))
    return {str(name): str(value) for name, value in plain.items()}


def sealed_secrets(plain: Mapping[str, str]) -> bytes:
    """One encrypted object; nothing where there is nothing to keep."""
    kept = {name: value for name, value in plain.items() if value}
    return secrets.encrypt(json.dumps(kept).encode()) if kept else b""
