"""./kimppa may_serve: may this installation serve? `serve` asks before it starts."""

from __future__ import annotations

import sys

from django.core.checks import run_checks
from django.core.management.base import BaseCommand, CommandParser

from kimppa.doors.web import checks


class Command(BaseCommand):
    help = "Say in a sentence each what keeps this installation from serving."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--before-database", action="store_true")

    def handle(self, *args: object, before_database: bool, **options: object) -> None:
        tags = [checks.ENVIRONMENT] if before_database else [checks.ENVIRONMENT, checks.DATA]
        found = run_checks(tags=tags, include_deployment_checks=True)
        for message in found:
            self.stderr.write(str(message.msg))
        if found:
            sys.exit(1)
