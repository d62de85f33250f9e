"""`./kimppa reindex`: build the search index anew beside the one in use, then switch to it."""

from __future__ import annotations

from kimppa.doors.console.command import Command as Base
from kimppa.elibrary.catalog import jobs


class Command(Base):
    help = "Build the search index anew from the catalogue (after a restore, or to mend it)."

    def handle(self, **_: object) -> None:
        written = jobs.rebuild(self.say)
        self.stdout.write(f"{written} titles are in the index.")

    def say(self, done: int, total: int) -> None:
        self.stdout.write(f"{done} of {total} …")
