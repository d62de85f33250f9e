"""The worked examples of docs/algorithms/yearly_clock.md are read and laid out again."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

import pytest
from tests.needs import ROOT

from kimppa.consortium.workplan.recurring import days, parse
from kimppa.consortium.workplan.rules import Hours, Work, hours
from kimppa.consortium.workplan.turns import Account, deal
from kimppa.foundation.core.apportion import Weight
from kimppa.foundation.core.periods import Period

DOCUMENT = ROOT / "docs" / "algorithms" / "yearly_clock.md"


def examples(kind: str) -> list[list[str]]:
    """The rows of the table whose first heading is `example KIND`."""
    rows: list[list[str]] = []
    inside = False
    for line in DOCUMENT.read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip()[1:-1].split("|")] if line.startswith("|") else []
        if cells and cells[0] == f"example {kind}":
            inside = True
        elif not cells:
            inside = False
        elif inside and not set(cells[0]) <= {"-"}:
            rows.append(cells)
    assert rows, f"no examples of {kind}"
    return rows


def weights(text: str) -> list[Weight]:
    return [Weight(code, int(number)) for code, number in (part.split() for part in text.split(","))]


@pytest.mark.parametrize("row", examples("days"), ids=lambda row: row[0])
def test_the_days_are_as_the_document_says(row: list[str]) -> None:
    _, rule, first, start, end, event, wanted = row
    name, *dates = event.split() or [""]
    found = days(
        parse(rule),
        start=date.fromisoformat(first),
        within=Period(date.fromisoformat(start), date.fromisoformat(end)),
        events={name: [date.fromisoformat(day) for day in dates]},
    )
    assert [day.isoformat() for day in found] == wanted.split(", ")


@pytest.mark.parametrize("row", examples("turns"), ids=lambda row: row[0])
def test_the_turns_are_as_the_document_says(row: list[str]) -> None:
    _, who, carried, wanted = row
    accounts = {}
    for part in filter(None, carried.split(",")):
        code, before, had = part.split()
        accounts[code] = Account(Fraction(before), int(had))
    turns, _ = deal([weights(who)] * len(wanted.split()), carried=accounts)
    assert [turn.code for turn in turns] == wanted.split()


def test_laplands_part_of_eleven_turns_is_as_the_document_says() -> None:
    _, who, _, wanted = examples("turns")[0]
    _, accounts = deal([weights(who)] * len(wanted.split()))
    assert accounts["lapland"] == Account(Fraction(176_665 * 11, 662_159), 3)
    assert f"{float(accounts['lapland'].part):.2f}" == "2.93"


@pytest.mark.parametrize("row", examples("hours"), ids=lambda row: row[0])
def test_the_hours_are_as_the_document_says(row: list[str]) -> None:
    _, who, work, wanted = row
    done = []
    for part in work.split(","):
        area, planned, actual = part.split()
        done.append(Work(area, int(planned), None if actual == "-" else int(actual)))
    rows = []
    for part in wanted.split(","):
        area, *numbers = part.split()
        rows.append(Hours(area, *map(int, numbers[:3]), Fraction(numbers[3])))
    assert list(hours(done, weights(who))) == rows
