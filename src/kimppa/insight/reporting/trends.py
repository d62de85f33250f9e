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
# Of the logarithm: a hundredth is one per cent, and nobody counts finer.
FINEST = 0.01
ROUNDS = 2
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
    found = [_fitted(logs, [0.0] * YEAR)]
    if len(logs) >= 2 * YEAR:
        found.append(_refined(logs, _fitted(logs, _season(logs))))
    noise = max(min(one.noise for one in found), FINEST**2)
    best = min(found, key=lambda one: one.squares + noise * math.log(len(logs) or 1) * one.freedom)
    levels: list[int] = []
    for a, b, mean in best.stretches:
        levels += [round(math.exp(mean))] * (b - a)
    return Trend(
        tuple(Change(after[0], _percent(after[2] - before[2])) for before, after in pairwise(best.stretches)),
        tuple(levels),
        any(best.season),
    )


def flat(values: Sequence[int]) -> Trend:
    """One level for all of it: for a series too short to tell a change from the time of year."""
    return Trend((), (round(statistics.fmean(values)),) * len(values) if values else (), False)


@dataclass(frozen=True, slots=True)
class _Fit:
    """A season with the stretches found without it: (first, behind the last, mean of logarithms)."""

    season: list[float]
    stretches: list[tuple[int, int, float]]
    squares: float
    noise: float

    @property
    def freedom(self) -> int:
        """What the fit may choose freely, each cut threefold as in its penalty."""
        return 3 * (len(self.stretches) - 1) + (YEAR - 1 if any(self.season) else 0)


def _fitted(logs: Sequence[float], season: list[float]) -> _Fit:
    bare = [log - season[n % YEAR] for n, log in enumerate(logs)]
    ends = [0, *_cuts(bare), len(bare)]
    stretches = [(a, b, statistics.fmean(bare[a:b])) for a, b in pairwise(ends) if b > a]
    squares = sum((value - mean) ** 2 for a, b, mean in stretches for value in bare[a:b])
    return _Fit(season, stretches, squares, _noise(bare))


def _refined(logs: Sequence[float], fit: _Fit) -> _Fit:
    """The season anew from what is left beside the stretches: a jump no longer looks like a season."""
    for _ in range(ROUNDS):
        level = [mean for a, b, mean in fit.stretches for _n in range(a, b)]
        apart: list[list[float]] = [[] for _n in range(YEAR)]
        for n, log in enumerate(logs):
            apart[n % YEAR].append(log - level[n])
        fit = _fitted(logs, _centred(apart))
    return fit


def _season(logs: Sequence[float]) -> list[float]:
    """What each month of the year is above or below its own year around it."""
    apart: list[list[float]] = [[] for _ in range(YEAR)]
    for n in range(YEAR // 2, len(logs) - YEAR // 2):
        around = sum(logs[n - 5 : n + 6]) + (logs[n - 6] + logs[n + 6]) / 2
        apart[n % YEAR].append(logs[n] - around / YEAR)
    return _centred(apart)


def _centred(apart: Sequence[Sequence[float]]) -> list[float]:
    """The median of each month of the year, less the mean of them; nothing where it is next to nothing."""
    found = [statistics.median(one) if one else 0.0 for one in apart]
    middle = statistics.fmean(found)
    season = [one - middle for one in found]
    return season if max(map(abs, season)) > FINEST else [0.0] * YEAR


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

    best, last = [-penalty] + [math.inf] * n, [0] * (n + 1)
    for end in range(SHORTEST, n + 1):
        least, whole, square = math.inf, sums[end], squares[end] + penalty
        for start in (0, *range(SHORTEST, end - SHORTEST + 1)):
            apart = whole - sums[start]
            value = best[start] + square - squares[start] - apart * apart / (end - start)
            if value < least - 1e-12:
                least, last[end] = value, start
        best[end] = least
    cuts: list[int] = []
    at = last[n]
    while at:
        cuts.insert(0, at)
        at = last[at]
    return cuts


def _noise(series: Sequence[float]) -> float:
    """The variance of a month about its level, by the middle size of steps: a few jumps do not raise it."""
    if len(series) < 2:
        return 0.0
    steps = sorted(abs(b - a) for a, b in pairwise(series))
    return (statistics.median(steps) / 0.6745) ** 2 / 2


def _percent(step: float) -> Decimal:
    return Decimal(repr((math.exp(step) - 1) * 100)).quantize(Decimal(1), ROUND_HALF_UP)
