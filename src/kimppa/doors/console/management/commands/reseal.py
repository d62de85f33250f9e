"""`./kimppa reseal`: after `keys --add secrets`, encrypt with the new key what the older ones sealed."""

from __future__ import annotations

from django.core.management.base import CommandParser

from kimppa.commons.health import sealing
from kimppa.commons.usage import sealing as vendors
from kimppa.doors.console.command import Command as BaseCommand
from kimppa.doors.web import staff
from kimppa.elibrary.access import signing
from kimppa.elibrary.patrons import connecting
from kimppa.foundation.accounts import issuers
from kimppa.foundation.core import secrets


class Command(BaseCommand):
    help = "Encrypt what is sealed in the database with the key in use."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--drop-old",
            action="store_true",
            help="then forget the older keys; backups made under them can no longer be restored here",
        )

    def handle(self, *, drop_old: bool, **options: object) -> None:
        done = staff.seal_anew()
        watched = sealing.seal_anew()
        keys = signing.seal_anew()
        systems = connecting.seal_anew()
        cities = issuers.seal_anew()
        fetched = vendors.seal_anew()
        self.stdout.write(f"{done} second factors encrypted anew; all lie under the key in use.")
        self.stdout.write(f"{watched} secrets of probes, alerts and subscriptions encrypted anew.")
        self.stdout.write(f"{keys} signing keys encrypted anew.")
        self.stdout.write(f"{systems} library systems' secrets encrypted anew.")
        self.stdout.write(f"{cities} cities' sign-ins for staff encrypted anew.")
        self.stdout.write(f"{fetched} vendors' SUSHI credentials encrypted anew.")
        if drop_old:
            secrets.drop_old_keys("secrets")
            self.stdout.write("The older keys of secrets are forgotten.")
