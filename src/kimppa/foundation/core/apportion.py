"""Splitting a sum of cents so that the shares always add up to it. Pure.

Hamilton's largest remainder: everybody first gets the whole cents of the exact quota, and the cents left
over go to the largest remainders; ties go to the larger weight, then to the smaller code. So nobody is a
cent or more from the exact quota, and the order in which the weights come does not matter.
The rules with worked examples: docs/algorithms/cost_shares.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from kimppa.foundation.core.errors import Invalid
from kimppa.foundation.core.text import noop


class NothingToSplitBy(Invalid):
    code = "nothing-to-split-by"
    sentence = noop("The sum cannot be split: there is nobody to split it by, or all weights are zero.")


class BadWeight(Invalid):
    code = "bad-weight"
    sentence = noop("The weight of “%(code)s” is negative, or the same code comes twice.")


@dataclass(frozen=True, slots=True)
class Weight:
    """`code` names who, and settles the last ties; `weight` is a whole number, zero or more."""

    code: str
    weight: int


def largest_remainder(total: int, weights: Sequence[Weight]) -> dict[str, int]:
    """Split `total` cents by weight, in the order given. The shares sum to `total` exactly.

    A negative total (a credit) is split by its absolute value and then negated, so that a credit gives back
    to each exactly what the same sum had taken. Raises NothingToSplitBy or BadWeight.
    """
    whole = _checked_sum(weights)
    amount = abs(total)
    shares = {w.code: amount * w.weight // whole for w in weights}
    left = amount - sum(shares.values())
    if left:
        queue = sorted(weights, key=lambda w: (-(amount * w.weight % whole), -w.weight, w.code))
        for lucky in queue[:left]:
            shares[lucky.code] += 1
    return shares if total >= 0 else {code: -cents for code, cents in shares.items()}


def cumulative(
    totals: Iterable[int], weights: Sequence[Weight], *, already: Mapping[str, int] | None = None
) -> list[dict[str, int]]:
    """Split each of several sums so that nobody drifts: split the running total, bill the difference.

    After every step each share of the running total is within a cent of its exact quota, however many steps
    there are. `already` holds what earlier steps gave (its sum is the running total so far). One step of one
    share may differ from its own quota by up to two cents; that is the price of no drift.
    """
    given = {w.code: 0 for w in weights}
    for code, cents in (already or {}).items():
        if code not in given:
            raise BadWeight(code=code)
        given[code] = cents
    running = sum(given.values())
    steps: list[dict[str, int]] = []
    for amount in totals:
        running += amount
        until_now = largest_remainder(running, weights)
        steps.append({code: until_now[code] - given[code] for code in until_now})
        given = until_now
    return steps


def _checked_sum(weights: Sequence[Weight]) -> int:
    seen: set[str] = set()
    whole = 0
    for w in weights:
        if w.weight < 0 or w.code in seen:
            raise BadWeight(code=w.code)
        seen.add(w.code)
        whole += w.weight
    if whole == 0:
        raise NothingToSplitBy()
    return whole
