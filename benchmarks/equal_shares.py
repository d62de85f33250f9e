"""How long does the joint outcome of 5,000 ballots over 30 services take? (aim: under 1 s)

Load: one caller, warm process, generated ballots of five blocks by a fixed seed, liking falling off from
service to service so that some are wished for by hundreds and some by few; every third service can be had
at half. Floor beside us: the same method as its definition reads, with fractions and no cleverness
(`plainly`), which the tests also hold us against. Budgets from tight to loose; best of five rounds.
Run: PYTHONPATH=src python benchmarks/equal_shares.py
"""

from __future__ import annotations

import random
import time
from collections.abc import Sequence
from fractions import Fraction

from kimppa.consortium.participation.rules import Ballot, Option
from kimppa.consortium.participation.tally import equal_shares, greedy

VOTERS, SERVICES, BLOCKS = 5_000, 30, 5


def plainly(options: Sequence[Option], ballots: Sequence[Ballot], share: Fraction) -> list[tuple[str, int]]:
    """The bare method, from its definition: each round the part with the least price for its worth.

    A price p is right where the supporters, each paying p × blocks or all that is left, pay the cost.
    """
    money = {ballot.voter: share for ballot in ballots}
    bought: list[tuple[str, int]] = []
    while True:
        offers = []
        for option in options:
            done = sum(1 for code, _ in bought if code == option.code)
            if done == len(option.parts):
                continue
            amount = option.parts[done]
            wishes = {b.voter: b.blocks[option.code] for b in ballots if b.blocks.get(option.code)}
            price = _price(amount, [(money[who], blocks) for who, blocks in wishes.items()])
            if price is not None:
                worth = price * option.cost / amount
                together = sum(wishes.values())
                offers.append((worth, -together, option.cost, option.code, amount, price, wishes))
        if not offers:
            return bought
        *_, code, amount, price, wishes = min(offers, key=lambda offer: offer[:4])
        for who, blocks in wishes.items():
            money[who] -= min(money[who], price * blocks)
        bought.append((code, amount))


def _price(amount: int, supporters: list[tuple[Fraction, int]]) -> Fraction | None:
    """Those whose money is least for their blocks pay it whole, one after another, until the rest can."""
    left, weight = Fraction(amount), sum(blocks for _, blocks in supporters)
    for has, blocks in sorted(supporters, key=lambda one: one[0] / one[1]):
        if left * blocks <= has * weight:
            return left / weight
        left -= has
        weight -= blocks
    return None


def region(seed: int = 1) -> tuple[list[Option], list[Ballot]]:
    dice = random.Random(seed)  # noqa: S311 - a measurement must repeat
    options = []
    for number in range(SERVICES):
        cost = dice.randrange(8, 60) * 1_000
        options.append(Option(f"s{number:02d}", cost, cost // 2 if number % 3 == 0 else None))
    codes, liking = [one.code for one in options], [1 / (1 + n / 6) for n in range(SERVICES)]
    ballots = []
    for voter in range(VOTERS):
        blocks: dict[str, int] = {}
        for code in dice.choices(codes, liking, k=BLOCKS):
            blocks[code] = blocks.get(code, 0) + 1
        ballots.append(Ballot(f"v{voter}", blocks))
    return options, ballots


def main() -> None:
    options, ballots = region()
    for budget in (200_000, 496_000, 900_000):
        taken = []
        for _ in range(5):
            start = time.perf_counter()
            outcome = equal_shares(options, ballots, budget, allowed=BLOCKS)
            taken.append(time.perf_counter() - start)
        raised = float(outcome.share / outcome.first)
        best = min(taken) * 1000
        print(f"equal shares, {budget} €: best {best:.0f} ms, spent {outcome.spent} €, shares × {raised:.2f}")
        start = time.perf_counter()
        other = greedy(options, ballots, budget, allowed=BLOCKS)
        print(f"greedy, {budget} €: {(time.perf_counter() - start) * 1000:.0f} ms, spent {other.spent} €")
    bare = equal_shares(options, ballots, 496_000, complete=False)
    start = time.perf_counter()
    equal_shares(options, ballots, 496_000, complete=False)
    print(f"one count: {(time.perf_counter() - start) * 1000:.0f} ms")
    start = time.perf_counter()
    floor = plainly(options, ballots, bare.first)
    print(f"one count as the definition reads: {(time.perf_counter() - start) * 1000:.0f} ms")
    assert floor == [(one.code, one.amount) for one in bare.purchases]


if __name__ == "__main__":
    main()
