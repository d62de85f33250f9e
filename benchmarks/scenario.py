"""How long does a scenario of 309 municipalities and ten services take? (aim: under 50 ms of processor time)

Load: one caller, warm process, the populations of 31.12.2022 from data/national.csv: a rate, a maintenance
rate and eight more services as sums shared by residents, five municipalities left out. First the reckoning
alone (no database), then sharing one sum by a recipe of three keys with a least and a greatest share.
Best and median of 200 rounds. Floor: 309 plain products of whole numbers, as a loop cannot do less.
Run: ./kimppa bench scenario
"""

from __future__ import annotations

import csv
import statistics
import time
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

from kimppa.consortium.budgets.recipes import Claimant, Key, Part, Recipe, shares_by_recipe
from kimppa.consortium.budgets.rules import Resident
from kimppa.consortium.budgets.scenario import NamedSum, Scenario, reckon
from kimppa.foundation.core.money import Cents

ROUNDS = 200


def everybody() -> list[Resident]:
    path = Path(__file__).parents[1] / "data" / "national.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return [Resident(row["code"], int(row["pop_2022"])) for row in csv.DictReader(file)]


def measure(what: str, act: Callable[[], object]) -> None:
    act()
    taken = []
    for _ in range(ROUNDS):
        start = time.process_time()
        act()
        taken.append((time.process_time() - start) * 1000)
    print(f"{what}: best {min(taken):.2f} ms, median {statistics.median(taken):.2f} ms")


def main() -> None:
    who = everybody()
    assert len(who) == 309
    services = tuple(NamedSum(f"service {n}", Cents(10_000_000 + n)) for n in range(8))
    tried = Scenario(
        rates=(Decimal("0.70"), Decimal("0.05")),
        sums=services,
        without=frozenset(r.code for r in who[:5]),
    )
    before = {r.code: Cents(r.residents * 70) for r in who}
    claimants = [Claimant.of(r.code, residents=r.residents, use=r.residents % 97) for r in who]
    mixed = Recipe(
        (Part(Key.POPULATION, 60), Part(Key.EQUAL, 20), Part(Key.USAGE, 20)),
        flat=Cents(5_000),
        least=Cents(30_000),
        greatest=Cents(60_000_000),
    )
    measure("floor: 309 products", lambda: [r.residents * 70 for r in who])
    measure("scenario, 309 municipalities × 10 services (aim 50 ms)", lambda: reckon(tried, who, before))
    measure(
        "a sum by three keys with bounds, 309 municipalities",
        lambda: shares_by_recipe(Cents(389_477_900), mixed, claimants),
    )


if __name__ == "__main__":
    main()
