"""What all commands share: an operator as the actor, errors as one sentence and exit code 2."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import NoReturn

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError

from kimppa.foundation.accounts.actors import Operator
from kimppa.foundation.core import storage
from kimppa.foundation.core.errors import KimppaError

CONSOLE = Operator("console")


class Command(BaseCommand):
    """Turns a KimppaError into its sentence on standard error and exit code 2; nothing was done then."""

    requires_system_checks: list[str] = []

    def execute(self, *args: object, **options: object) -> str | None:
        try:
            return super().execute(*args, **options)
        except KimppaError as error:
            refuse(error.in_english())
        except (DatabaseError, OSError) as error:
            no_room = storage.full(error)
            if no_room is None:
                raise
            refuse(no_room.in_english())


def refuse(sentence: str) -> NoReturn:
    """Say why on standard error and leave with code 2."""
    raise CommandError(sentence, returncode=2)


def read_file(path: str) -> bytes:
    """The bytes of a file the user named, or of standard input for `-`."""
    if path == "-":
        return sys.stdin.buffer.read()
    try:
        return Path(path).read_bytes()
    except OSError as error:
        refuse(f"{path} cannot be read: {error.strerror}. Nothing was done.")
