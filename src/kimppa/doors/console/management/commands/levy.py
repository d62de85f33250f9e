"""`kimppa levy`: what a levy would be, printed and written nowhere."""

from __future__ import annotations

import csv
import io
import json
from argparse import ArgumentParser
from datetime import date

from kimppa.consortium.budgets import queries
from kimppa.consortium.budgets.queries import Basis, Plan
from kimppa.consortium.budgets.rules import checked_months
from kimppa.doors.console.command import Command as ConsoleCommand
from kimppa.doors.console.command import refuse
from kimppa.foundation.core.money import parse_cents, parse_rate, show_euros

FORMATS = ("table", "csv", "json")


class Command(ConsoleCommand):
    help = "Shows each municipality's share of a levy by a rate or of a sum. Writes nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        what = parser.add_mutually_exclusive_group(required=True)
        what.add_argument("--rate", help="euros per resident, at most six decimals, for example 0.75")
        what.add_argument("--amount", help="a sum in euros to split by residents, for example 500000.00")
        parser.add_argument("--population", required=True, metavar="DATE", help="populations of this day")
        parser.add_argument("--months", default="12", help="months charged, 1–12 (default 12)")
        parser.add_argument(
            "--members",
            metavar="DATE|all",
            help="members on this day (default: the day after the population's), or every municipality",
        )
        parser.add_argument("--format", choices=FORMATS, default="table")

    def handle(self, *args: object, **options: str | None) -> None:
        planned = queries.plan(_basis(options))
        written = {"table": _table, "csv": _csv, "json": _json}[options["format"] or "table"](planned)
        self.stdout.write(written, ending="")


def _basis(options: dict[str, str | None]) -> Basis:
    rate, amount = options["rate"], options["amount"]
    reference_date = _day(options["population"] or "", "--population")
    members = options["members"]
    months = options["months"] or ""
    return Basis(
        reference_date=reference_date,
        members_on=_members_on(members, reference_date),
        rate=parse_rate(rate) if rate is not None else None,
        amount=parse_cents(amount) if amount is not None else None,
        months=checked_months(int(months) if months.isdecimal() and len(months) < 4 else 0),
    )


def _members_on(text: str | None, reference_date: date) -> date | None:
    if text == "all":
        return None
    return _day(text, "--members") if text else queries.day_after(reference_date)


def _day(text: str, option: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        refuse(f"{option}: “{text[:40]}” is not a day. Write it as 2020-12-31.")


def _csv(planned: Plan) -> str:
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["code", "municipality", "residents", "share"])
    for share in planned.shares:
        writer.writerow([share.code, share.name_fi, share.residents, share.amount.plain()])
    writer.writerow(["total", "", planned.residents, planned.total.plain()])
    return out.getvalue()


def _json(planned: Plan) -> str:
    basis = planned.basis
    return (
        json.dumps(
            {
                "method": basis.method.value,
                "rate": str(basis.rate) if basis.rate is not None else None,
                "amount": basis.amount.plain() if basis.amount is not None else None,
                "months": basis.months,
                "population": basis.reference_date.isoformat(),
                "members": basis.members_on.isoformat() if basis.members_on else "all",
                "shares": [
                    {
                        "code": share.code,
                        "municipality": share.name_fi,
                        "residents": share.residents,
                        "share": share.amount.plain(),
                    }
                    for share in planned.shares
                ],
                "residents": planned.residents,
                "total": planned.total.plain(),
            },
            ensure_ascii=False,
            indent=2,
        )
        + "\n"
    )


def _table(planned: Plan) -> str:
    rows = [(s.code, s.name_fi, f"{s.residents:,}", show_euros(s.amount, "fi")) for s in planned.shares]
    rows.append(("", f"{len(rows)}", f"{planned.residents:,}", show_euros(planned.total, "fi")))
    width = max(len(row[1]) for row in rows)
    money = max(len(row[3]) for row in rows)
    lines = [f"{a:<4} {b:<{width}} {c.replace(',', ' '):>9} {d:>{money}}" for a, b, c, d in rows]
    lines.insert(-1, "-" * len(lines[-1]))
    return "\n".join(lines) + "\n"
