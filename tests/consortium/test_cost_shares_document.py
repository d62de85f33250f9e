"""The worked examples of docs/algorithms/cost_shares.md are read and reckoned again."""

from __future__ import annotations

import csv
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import pytest

from kimppa.consortium.budgets.recipes import Claimant, Key, Part, Recipe, shares_by_recipe
from kimppa.consortium.budgets.rules import Resident, share_by_rate, shares_by_rate, total_of
from kimppa.consortium.invoicing.rules import price_by_rate
from kimppa.foundation.core.apportion import Weight, cumulative, largest_remainder
from kimppa.foundation.core.money import Cents

ROOT = Path(__file__).parents[2]
DOCUMENT = ROOT / "docs" / "algorithms" / "cost_shares.md"


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


def cents(text: str) -> int:
    return int((Decimal(text) * 100).to_integral_exact())


def pairs(text: str) -> dict[str, str]:
    return dict(part.split() for part in text.split(","))  # type: ignore[misc]


def weights(text: str) -> list[Weight]:
    return [Weight(code, int(weight)) for code, weight in pairs(text).items()]


@pytest.mark.parametrize("row", examples("by-rate"), ids=lambda row: row[0])
def test_a_share_by_rate_is_as_the_document_says(row: list[str]) -> None:
    _, rate, residents, months, share = row
    assert share_by_rate(Decimal(rate), int(residents), int(months)) == Cents(cents(share))


@pytest.mark.parametrize("row", examples("total-by-rate"), ids=lambda row: row[0])
def test_a_known_total_is_as_the_document_says(row: list[str]) -> None:
    _, name, day, rate, months, total = row
    with (ROOT / "data" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        who = [Resident(r["code"], int(r[f"pop_{day[:4]}"]), int(months)) for r in csv.DictReader(file)]
    assert len(who) == {"municipalities": 59, "national": 309}[name]
    assert total_of(shares_by_rate(Decimal(rate), who)) == Cents(cents(total))


@pytest.mark.parametrize("row", examples("split"), ids=lambda row: row[0])
def test_a_split_is_as_the_document_says(row: list[str]) -> None:
    _, total, by, shares = row
    wanted = {code: cents(text) for code, text in pairs(shares).items()}
    assert largest_remainder(cents(total), weights(by)) == wanted


@pytest.mark.parametrize("row", examples("cumulative"), ids=lambda row: row[0])
def test_cumulative_steps_are_as_the_document_says(row: list[str]) -> None:
    _, totals, by, steps = row
    wanted = []
    for step in steps.split(";"):
        words = step.split()
        wanted.append({code: cents(text) for code, text in zip(words[::2], words[1::2], strict=True)})
    assert cumulative([cents(text) for text in totals.split(",")], weights(by)) == wanted


@pytest.mark.parametrize("row", examples("price"), ids=lambda row: row[0])
def test_a_price_multiplies_back_to_the_share(row: list[str]) -> None:
    _, rate, residents, months, quantity, unit, per = row
    price = price_by_rate(Decimal(rate), int(residents), int(months))
    assert (price.quantity, price.unit, price.base) == (Decimal(quantity), Decimal(unit), int(per))
    again = (price.quantity * price.unit / price.base * 100).to_integral_value(rounding=ROUND_HALF_UP)
    assert Cents(int(again)) == share_by_rate(Decimal(rate), int(residents), int(months))


@pytest.mark.parametrize("row", examples("again"), ids=lambda row: row[0])
def test_a_year_charged_again_is_as_the_document_says(row: list[str]) -> None:
    _, residents, earlier, new, months, charged, back, again, stands = row
    first = share_by_rate(Decimal(earlier), int(residents), int(months))
    second = share_by_rate(Decimal(new), int(residents), int(months))
    assert [cents(text) for text in (charged, back, again)] == [first.value, -first.value, second.value]
    assert sum(cents(text) for text in (charged, back, again)) == cents(stands)


def recipe_of(text: str) -> Recipe:
    parts, sums = [], {}
    for word in text.split(","):
        name, value = word.split()
        if name in set(Key):
            parts.append(Part(Key(name), int(value)))
        else:
            sums[name] = Cents(cents(value))
    return Recipe(tuple(parts), **sums)


@pytest.mark.parametrize("row", examples("recipe"), ids=lambda row: row[0])
def test_a_sum_by_a_recipe_is_as_the_document_says(row: list[str]) -> None:
    _, total, recipe, who, shares = row
    claimants = []
    for one in who.split(","):
        code, residents, use = one.split()
        claimants.append(Claimant.of(code, residents=int(residents), use=int(use)))
    made = shares_by_recipe(Cents(cents(total)), recipe_of(recipe), claimants)
    assert {s.code: s.amount.value for s in made} == {c: cents(text) for c, text in pairs(shares).items()}


@pytest.mark.parametrize("row", examples("running"), ids=lambda row: row[0])
def test_running_totals_are_charged_as_the_document_says(row: list[str]) -> None:
    _, sums, by, charged, stands = row
    given = {w.code: 0 for w in weights(by)}
    steps = []
    for running in (cents(text) for text in sums.split(",")):
        share = largest_remainder(running, weights(by))
        steps.append({code: share[code] - given[code] for code in share})
        given = share
    wanted = []
    for step in charged.split(";"):
        words = step.split()
        wanted.append({code: cents(text) for code, text in zip(words[::2], words[1::2], strict=True)})
    assert steps == wanted
    assert given == {code: cents(text) for code, text in pairs(stands).items()}
