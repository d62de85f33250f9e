"""`kimppa invoices`: every document of a year into a folder."""

from __future__ import annotations

import os
import tempfile
from argparse import ArgumentParser
from pathlib import Path

from kimppa.consortium.invoicing import document_queries, queries
from kimppa.consortium.invoicing.rules import DocumentKind
from kimppa.doors.console.command import Command as ConsoleCommand
from kimppa.doors.console.command import refuse

SUFFIX = {DocumentKind.PDF: "pdf", DocumentKind.FINVOICE: "xml", DocumentKind.PEPPOL: "peppol.xml"}


class Command(ConsoleCommand):
    help = "Writes every invoice and credit note of a year as PDF, Finvoice and Peppol XML into a folder."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--year", type=int, required=True)
        parser.add_argument("--export", required=True, metavar="DIR", help="made if it is not there")

    def handle(self, *args: object, **options: str | int) -> None:
        year, folder = int(options["year"]), Path(str(options["export"]))
        rows = queries.invoices_of(year)
        if not rows:
            refuse(f"No invoices have been issued for {year}. Nothing was written.")
        waiting = queries.progress_of(year)
        if not waiting.ready:
            left = waiting.total - waiting.done
            refuse(
                f"The documents of {left} invoices are still being made. Nothing was written. Try again soon."
            )
        kinds = document_queries.kinds_of(year)
        try:
            folder.mkdir(parents=True, exist_ok=True)
            for row in rows:
                for kind in kinds.get(row.id, ()):
                    _write(folder / f"{row.number}.{SUFFIX[kind]}", queries.document(row.id, kind).content)
        except OSError as error:
            refuse(
                f"{folder} could not be written: {error.strerror}. Documents written before that are whole."
            )
        count = sum(len(kinds.get(row.id, ())) for row in rows)
        self.stdout.write(f"{len(rows)} invoices of {year}: {count} documents in {folder}")


def _write(path: Path, content: bytes) -> None:
    """Whole or not at all: a full disk leaves no half document under the real name."""
    handle, draft = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".part")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        Path(draft).replace(path)
    except OSError:
        Path(draft).unlink(missing_ok=True)
        raise
