"""Where the level of a monthly series changed. Pure.

The season is taken out, the logarithm is cut into stretches of one level each, and a cut is kept only where
it explains more than chance would: docs/algorithms/trends.md, with a worked example.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from itertools import pairwise

YEAR = 12
# A stretch shorter than a quarter of a year is a peak, not a level.
SHORTEST = 3
# No cut for a change below this, whatever the noise: ln 1.15.
LEAST = math.log(1.15)


@dataclass(frozen=True, slots=True)
class Change:
    """From the month at `at` on the level is another: `percent` more or less than in the stretch before."""

    at: int
    percent: Decimal


@dataclass(frozen=True, slots=True)
class Trend:
    """`levels`: the level of each month, without the season; `seasonal`: two whole years told it."""

    changes: tuple[Change, ...]
    levels: tuple[int, ...]
    seasonal: bool


def trend(values: Sequence[int]) -> Trend:
    """The stretches of a series of counts, one for each month, from its first month on without a gap."""
    logs = [math.log(max(value, 1)) for value in values]
    season = _season(logs)
    bare = [log - season[n % YEAR] for n, log in enumerate(logs)]
    cuts = _cuts(bare)
    starts, ends = [0, *cuts], [*cuts, len(bare)]
    means = [statistics.fmean(bare[a:b]) if b > a else 0.0 for a, b in zip(starts, ends, strict=True)]
    levels: list[int] = []
    for a, b, mean in zip(starts, ends, means, strict=True):
        levels += [round(math.exp(mean))] * (b - a)
    return Trend(
        tuple(Change(cut, _percent(means[n + 1] - means[n])) for n, cut in enumerate(cuts)),
        tuple(levels),
        any(season),
    )


def _season(logs: Sequence[float]) -> list[float]:
    """What each month of the year is above or below its own year around it; nothing below two years."""
    if len(logs) < 2 * YEAR:
        return [0.0] * YEAR
    apart: list[list[float]] = [[] for _ in range(YEAR)]
    for n in range(YEAR // 2, len(logs) - YEAR // 2):
        around = sum(logs[n - 5 : n + 6]) + (logs[n - 6] + logs[n + 6]) / 2
        apart[n % YEAR].append(logs[n] - around / YEAR)
    found = [statistics.median(one) if one else 0.0 for one in apart]
    middle = statistics.fmean(found)
    season = [one - middle for one in found]
    return season if max(map(abs, season)) > 1e-6 else [0.0] * YEAR


def _cuts(series: Sequence[float]) -> list[int]:
    """The cuts with the least squares plus a penalty for each (optimal partitioning, exact)."""
    n = len(series)
    if n < 2 * SHORTEST:
        return []
    penalty = max(3 * _noise(series) * math.log(n), LEAST**2 * SHORTEST / 2)
    sums, squares = [0.0], [0.0]
    for value in series:
        sums.append(sums[-1] + value)
        squares.append(squares[-1] + value * value)

    def cost(a: int, b: int) -> float:
        return squares[b] - squares[a] - (sums[b] - sums[a]) ** 2 / (b - a)

    best, last = [-penalty] + [math.inf] * n, [0] * (n + 1)
    for end in range(SHORTEST, n + 1):
        for start in (0, *range(SHORTEST, end - SHORTEST + 1)):
            if end - start >= SHORTEST and best[start] + cost(start, end) + penalty < best[end] - 1e-12:
                best[end], last[end] = best[start] + cost(start, end) + penalty, start
    cuts: list[int] = []
    at = last[n]
    while at:
        cuts.insert(0, at)
        at = last[at]
    return cuts


def _noise(series: Sequence[float]) -> float:
    """The variance of a month about its level, by the middle size of steps: a few jumps do not raise it."""
    steps = sorted(abs(b - a) for a, b in pairwise(series))
    return (statistics.median(steps) / 0.6745) ** 2 / 2


def _percent(step: float) -> Decimal:
    return Decimal(repr((math.exp(step) - 1) * 100)).quantize(Decimal(1), ROUND_HALF_UP)
