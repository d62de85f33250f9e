"""`./kimppa members FILE.csv [--dry-run]`: load municipalities and populations."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path

from kimppa.commons.members.csv_members import PROBLEMS
from kimppa.commons.members.member_import import RowsRefused, load_members
from kimppa.doors.console.command import CONSOLE, read_file, refuse
from kimppa.doors.console.command import Command as Base
from kimppa.foundation.core import clock
from kimppa.foundation.core.errors import fill


class Command(Base):
    help = "Load municipalities and their populations from a wide CSV (code, name_fi …, pop_2020 …)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", help="the CSV file, or - for standard input")
        parser.add_argument("--dry-run", action="store_true", help="say what would change, write nothing")
        parser.add_argument("--source", default="", help="where the populations come from")
        parser.add_argument("--new-codes", action="store_true", help="take codes that are not known yet")

    def handle(self, *, file: str, dry_run: bool, source: str, new_codes: bool, **_: object) -> None:
        try:
            report = load_members(
                by=CONSOLE,
                raw=read_file(file),
                source_name=Path(file).name,
                source=source or Path(file).name,
                new_codes=new_codes,
                dry_run=dry_run,
                now=clock.now(),
            )
        except RowsRefused as error:
            for problem in error.problems:
                said = fill(PROBLEMS[problem.code], dict(problem.params))
                self.stderr.write(f"line {problem.line}: {said}")
            refuse(f"{len(error.problems)} problems. Nothing was loaded; mend the file and load it again.")
        verb = "would be" if dry_run else "were"
        self.stdout.write(
            f"{report.read} municipalities read: {report.created} {verb} new, {report.updated} changed, "
            f"{report.unchanged} the same; {report.populations} populations {verb} new or changed."
        )
