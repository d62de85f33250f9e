"""`./kimppa import FILE --format csv --collection NAME [--json]`: bring titles in."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from pathlib import Path

from kimppa.doors.console.command import CONSOLE, read_file
from kimppa.doors.console.command import Command as Base
from kimppa.elibrary.catalog import queries as catalog
from kimppa.elibrary.catalog.rules import PROBLEMS, Problem
from kimppa.elibrary.holdings.services import TitleReport, import_titles
from kimppa.foundation.core import clock
from kimppa.foundation.core.errors import fill


class Command(Base):
    help = "Bring titles in from CSV (identifier,title,contributors,year,language,kind)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", help="the file, or - for standard input")
        parser.add_argument("--format", choices=["csv"], default="csv")
        parser.add_argument("--collection", required=True, help="the collection that the titles go into")
        parser.add_argument("--json", action="store_true", help="print the report as one JSON object")

    def handle(self, *, file: str, collection: str, json: bool, **_: object) -> None:
        report = import_titles(
            by=CONSOLE,
            raw=read_file(file),
            source_name=Path(file).name,
            collection=collection,
            now=clock.now(),
        )
        catalog.make_current()
        self.stdout.write(as_json(report) if json else as_text(report))


def as_json(report: TitleReport) -> str:
    return json.dumps(
        {
            "read": report.read,
            "created": report.created,
            "updated": report.updated,
            "unchanged": report.unchanged,
            "skipped": report.skipped,
            "problems": [
                {"record": p.record, "severity": p.severity, "code": p.code, "text": said(p)}
                for p in report.problems
            ],
        },
        ensure_ascii=False,
    )


def as_text(report: TitleReport) -> str:
    lines = [
        f"{report.read} records read: {report.created} new, {report.updated} changed, "
        f"{report.unchanged} the same, {report.skipped} skipped.",
        *(f"record {p.record}: {said(p)}" for p in report.problems),
    ]
    return "\n".join(lines)


def said(problem: Problem) -> str:
    return fill(PROBLEMS[problem.code], dict(problem.params))
