"""./kimppa invite: a way in for a member of staff, above all the first coordinator of a new installation."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.core.management.base import CommandParser
from django.urls import reverse
from django.utils import translation

from kimppa.commons.members import people
from kimppa.commons.members.roles import Role, Scope, ScopeKind
from kimppa.doors.console.command import CONSOLE, refuse
from kimppa.doors.console.command import Command as BaseCommand
from kimppa.foundation.accounts.services import INVITATION_DAYS
from kimppa.foundation.core import clock

LANGUAGES = [code for code, _ in settings.LANGUAGES]


class Command(BaseCommand):
    help = "Invite a member of staff with a first role; prints the address where the password is chosen."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--email", required=True)
        parser.add_argument("--name", required=True)
        parser.add_argument("--role", required=True, choices=[str(role) for role in Role])
        parser.add_argument(
            "--scope",
            default="consortium",
            metavar="KIND[:CODE]",
            help="consortium (default), area:SLUG, kimppa:SLUG or municipality:CODE",
        )
        parser.add_argument("--language", choices=LANGUAGES, default="fi")

    def handle(
        self, *, email: str, name: str, role: str, scope: str, language: str, **options: object
    ) -> None:
        real_now = clock.real_now()
        token = people.invite(
            by=CONSOLE,
            email=email,
            name=name,
            language=language,
            role=Role(role),
            scope=read_scope(scope),
            now=clock.now(),
            real_now=real_now,
        )
        last = clock.day_of(real_now + timedelta(days=INVITATION_DAYS))
        self.stdout.write(f"{address(token, language)}\nIt opens once, until {last.isoformat()}.")


def read_scope(text: str) -> Scope:
    kind, _, code = text.partition(":")
    if kind not in [str(each) for each in ScopeKind]:
        refuse(f"“{text}” is no scope: write consortium, area:SLUG, kimppa:SLUG or municipality:CODE.")
    return Scope(ScopeKind(kind), code)


def address(token: str, language: str) -> str:
    """Where the invited person chooses a password; on the back office's own host where one is named."""
    with translation.override(language):
        path = reverse("backoffice:accept", args=[token])
    host = settings.ENV.backoffice_host
    base = f"https://{host}" if host else settings.ENV.public_url or "http://127.0.0.1:8000"
    return base.rstrip("/") + path
