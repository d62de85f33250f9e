"""./kimppa keys: make the keys that are missing, show fingerprints, put a new key in use."""

from __future__ import annotations

from django.core.management.base import BaseCommand, CommandError, CommandParser

from kimppa.foundation.core import secrets
from kimppa.foundation.core.errors import KimppaError


class Command(BaseCommand):
    help = "Make the key files that are missing and show each key's fingerprint."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--add", metavar="NAME", choices=["secrets", "backup"], help="put a new key in use"
        )

    def handle(self, *args: object, add: str | None, **options: object) -> None:
        try:
            for name in secrets.create_missing():
                self.stdout.write(f"made {name}")
            if add:
                secrets.add_key(add)
                self.stdout.write(f"added a new key to {add}; older ones go on opening what they sealed")
            for name, fingerprint in secrets.fingerprints().items():
                self.stdout.write(f"{name}  {fingerprint}")
        except KimppaError as error:
            raise CommandError(error.in_english()) from error
