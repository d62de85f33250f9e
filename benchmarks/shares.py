"""How long do the shares of all 309 municipalities take? (aim: under 5 ms)

Load: one caller, warm process, the populations of 31.12.2022 from data/national.csv; best and median of
200 rounds, by rate (0.70 × 8/12) and by amount (3,894,779.00 €). No database: the reckoning alone.
Run: PYTHONPATH=src python benchmarks/shares.py
"""

from __future__ import annotations

import csv
import statistics
import time
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

from kimppa.consortium.budgets.rules import Resident, shares_by_amount, shares_by_rate
from kimppa.foundation.core.money import Cents

ROUNDS = 200


def everybody() -> list[Resident]:
    path = Path(__file__).parents[1] / "data" / "national.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return [Resident(row["code"], int(row["pop_2022"]), 8) for row in csv.DictReader(file)]


def measure(what: str, act: Callable[[], object]) -> None:
    act()
    taken = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        act()
        taken.append((time.perf_counter() - start) * 1000)
    print(f"{what}: best {min(taken):.2f} ms, median {statistics.median(taken):.2f} ms")


def main() -> None:
    who = everybody()
    assert len(who) == 309
    measure("309 shares by rate", lambda: shares_by_rate(Decimal("0.70"), who))
    measure("309 shares by amount", lambda: shares_by_amount(Cents(389_477_900), who))


if __name__ == "__main__":
    main()
