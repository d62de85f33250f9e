"""./kimppa remove_demo_accounts: nobody can sign in with what the demo printed any more."""

from __future__ import annotations

from kimppa.doors.console.command import Command as BaseCommand
from kimppa.elibrary.patrons import services as patrons
from kimppa.foundation.accounts import services as accounts


class Command(BaseCommand):
    help = "Close the demo's staff accounts and remove its library cards."

    def handle(self, *args: object, **options: object) -> None:
        users = accounts.close_demo_users()
        cards = patrons.remove_demo_cards()
        self.stdout.write(f"{users} staff accounts closed, {cards} library cards removed.")
