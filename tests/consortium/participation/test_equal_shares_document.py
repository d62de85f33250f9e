"""The worked examples of docs/algorithms/equal_shares.md are read and counted again."""

from __future__ import annotations

from fractions import Fraction

import pytest
from tests.needs import ROOT

from kimppa.consortium.participation.rules import Ballot, Option
from kimppa.consortium.participation.spread import wished
from kimppa.consortium.participation.tally import equal_shares, greedy, payments

DOCUMENT = ROOT / "docs" / "algorithms" / "equal_shares.md"


def examples(kind: str) -> list[list[str]]:
    """The rows of the table whose first heading is `example KIND`."""
    rows: list[list[str]] = []
    inside = False
    for line in DOCUMENT.read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")] if line.startswith("|") else []
        if cells and cells[0] == f"example {kind}":
            inside = True
        elif not cells:
            inside = False
        elif inside and not set(cells[0]) <= {"-"}:
            rows.append(cells)
    assert rows, f"no examples of {kind}"
    return rows


def blocks(text: str) -> dict[str, int]:
    if text.strip() == "-":
        return {}
    return {code: int(number) for code, number in (part.split() for part in text.split(","))}


def sheets(text: str) -> list[Ballot]:
    """`film 3, press 2 ×6; press 5 ×4`: each kind of sheet as many times as it says."""
    found = []
    for kind in text.split(";"):
        placed, _, times = kind.partition("×")
        found += [blocks(placed)] * int(times)
    return [Ballot(f"{number}", placed) for number, placed in enumerate(found)]


def options(text: str) -> list[Option]:
    found = []
    for part in text.split(","):
        code, price = part.split()
        least, _, cost = price.rpartition("/")
        found.append(Option(code, int(cost), int(least) if least else None))
    return found


@pytest.mark.parametrize("row", examples("wished"), ids=lambda row: row[0])
def test_what_was_wished_is_as_the_document_says(row: list[str]) -> None:
    _, cast, code, total, *figures = row
    ballots = []
    for number, sheet in enumerate(cast.split(";")):
        table, _, placed = sheet.partition(":")
        ballots.append(Ballot(f"{number}", blocks(placed), table.strip()))
    (found,) = wished([Option(code, 1_000)], ballots) if total else ()
    everything = sum(sum(ballot.blocks.values()) for ballot in ballots)
    assert found.blocks == int(total)
    assert found.share == Fraction(int(total), everything)
    assert [found.share, found.mean, found.median, found.spread] == [Fraction(text) for text in figures]


@pytest.mark.parametrize("row", examples("outcome"), ids=lambda row: row[0])
def test_an_outcome_is_as_the_document_says(row: list[str]) -> None:
    _, budget, offered, cast, bare, completed, by_greed = row
    on_offer, ballots, euros = options(offered), sheets(cast), int(budget)
    assert list(equal_shares(on_offer, ballots, euros, complete=False).funded.items()) == pairs(bare)
    assert list(equal_shares(on_offer, ballots, euros).funded.items()) == pairs(completed)
    assert list(greedy(on_offer, ballots, euros).funded.items()) == pairs(by_greed)


def pairs(text: str) -> list[tuple[str, int]]:
    return list(blocks(text).items())


def test_the_example_in_full_is_as_the_document_says() -> None:
    text = DOCUMENT.read_text(encoding="utf-8").partition("### One of them in full")[2]
    (_, budget, offered, cast, *_) = next(row for row in examples("outcome") if "majority" in row[0])
    ballots = sheets(cast)
    outcome = equal_shares(options(offered), ballots, int(budget), complete=False)
    assert [(one.code, one.price) for one in outcome.purchases] == [
        ("film", Fraction(5_000, 18)),
        ("press", Fraction(500)),
    ]
    film, press = payments(outcome, ballots)
    assert film == [Fraction(2_500, 3)] * 6 + [Fraction(0)] * 4
    assert press == [Fraction(0)] * 6 + [Fraction(1_000)] * 4
    for figure in ("277.78", "500 €", "833.33", "166.67", "1,000.00"):
        assert figure in text, figure
