"""`./kimppa add_epub FILE --identifier URN --collection NAME [--copies N]`: take an e-book of our own in."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path

from kimppa.doors.console.command import CONSOLE, read_file, refuse
from kimppa.doors.console.command import Command as Base
from kimppa.elibrary.catalog import queries as catalog
from kimppa.elibrary.holdings.services import add_book
from kimppa.foundation.core import clock


class Command(Base):
    help = "Take an EPUB in, look it through, and give it a licence of our own."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", help="the EPUB")
        parser.add_argument("--identifier", required=True, help="its URN; one seen before is replaced")
        parser.add_argument("--collection", required=True)
        parser.add_argument("--copies", type=int, help="loans at the same time; without it, any number")
        parser.add_argument("--days", type=int, default=21, help="how long a loan lasts")
        parser.add_argument("--description", default="")

    def handle(
        self,
        *,
        file: str,
        identifier: str,
        collection: str,
        copies: int | None,
        days: int,
        description: str,
        **_: object,
    ) -> None:
        if (copies is not None and copies < 1) or not 0 < days < 1000:
            refuse("--copies takes a number from 1 on, --days one from 1 to 999. Nothing was done.")
        added = add_book(
            by=CONSOLE,
            raw=read_file(file),
            file_name=Path(file).name,
            identifier=identifier,
            collection=collection,
            concurrency=copies,
            loan_days=days,
            description=description,
            now=clock.now(),
        )
        catalog.make_current()
        self.stdout.write(f"“{added.title}” can be borrowed.")
        for path in added.scripts:
            self.stdout.write(f"{path} holds scripts: they are never served.")
