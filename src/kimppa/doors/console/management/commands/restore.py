"""./kimppa restore FILE"""

from __future__ import annotations

from pathlib import Path

from django.core.management.base import BaseCommand, CommandError, CommandParser

from kimppa.doors.console import backups
from kimppa.foundation.core.errors import KimppaError


class Command(BaseCommand):
    help = "Bring a backup back into an empty home."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)

    def handle(self, *args: object, file: Path, **options: object) -> None:
        try:
            documents = backups.restore(file.absolute())
        except KimppaError as error:
            raise CommandError(error.in_english()) from error
        self.stdout.write(
            f"Restored, with {documents} documents. The search index is built anew: ./kimppa reindex"
        )
