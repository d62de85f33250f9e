"""`./kimppa counter FILE [--json] [--customer ID]`: can the figures of a COUNTER report be used?"""

from __future__ import annotations

import json as json_format
import sys
from argparse import ArgumentParser
from pathlib import Path

from kimppa.doors.console.command import Command as Base
from kimppa.doors.console.command import refuse
from kimppa.foundation.protocols.counter import reading
from kimppa.foundation.protocols.counter.reading import Report


class Command(Base):
    help = "Reads and checks a COUNTER 5 or 5.1 report (JSON, TSV, CSV, XLSX); exit code 1: not usable."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", help="the report")
        parser.add_argument("--json", action="store_true", help="print one JSON object")
        parser.add_argument("--customer", default="", metavar="ID", help="the customer it should be of")

    def handle(self, *, file: str, json: bool, customer: str, **_: object) -> None:
        try:
            report = reading.read_file(Path(file), customer=customer)
        except OSError as error:
            refuse(f"{file} cannot be read: {error.strerror}. Nothing was done.")
        self.stdout.write(as_json(report) if json else as_text(report))
        if not report.usable:
            sys.exit(1)


def as_json(report: Report) -> str:
    """`{release, report, months, totals, usable, problems: [{level, code, where, text}]}`"""
    problems = [
        {"level": one.level.word, "code": one.code, "where": one.where, "text": one.text}
        for one in report.problems
    ]
    told = {
        "release": report.release,
        "report": report.id,
        "months": list(report.months),
        "totals": dict(report.totals),
        "usable": report.usable,
        "problems": problems,
    }
    return json_format.dumps(told, ensure_ascii=False)


def as_text(report: Report) -> str:
    of = f"{report.months[0]}–{report.months[-1]}" if report.months else "no months"
    lines = [f"{report.id or 'No report'} · release {report.release or '?'} · {of}"]
    lines += [f"  {metric}: {count:,}" for metric, count in report.totals.items()]
    for one in report.problems:
        place = f" [{one.where}]" if one.where else ""
        lines.append(f"{one.level.word}: {one.text}{place}")
    lines.append(_verdict(report))
    return "\n".join(lines)


def _verdict(report: Report) -> str:
    if not report.usable:
        return "Not usable."
    levels = {one.level.word for one in report.problems}
    return "Usable, with errors." if "error" in levels else "Usable."
