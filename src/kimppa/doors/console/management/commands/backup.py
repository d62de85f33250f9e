"""./kimppa backup FILE"""

from __future__ import annotations

from pathlib import Path

from django.core.management.base import BaseCommand, CommandError, CommandParser

from kimppa.doors.console import backups
from kimppa.foundation.core.errors import KimppaError


class Command(BaseCommand):
    help = "Write one encrypted archive of the database and the documents."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)

    def handle(self, *args: object, file: Path, **options: object) -> None:
        try:
            made = backups.backup(file.absolute())
        except KimppaError as error:
            raise CommandError(error.in_english()) from error
        self.stdout.write(f"{made.path}: {made.size} bytes, {made.documents} documents.")
        self.stdout.write("The keys are not in it; keep a copy of them in another place.")
