"""How evenly use falls on residents, wherever they live: an index, and its slope by size and distance. Pure.

Definitions, why these, and a worked example that a test reckons again: docs/algorithms/equality.md.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from functools import cmp_to_key

SIZES = (2_000, 5_000, 10_000, 50_000)
DISTANCES = (25, 50, 100, 200)


@dataclass(frozen=True, slots=True)
class Place:
    """A municipality: residents, use in any unit, and kilometres to the nearest city (None: not known)."""

    code: str
    residents: int
    use: int
    distance: int | None = None


@dataclass(frozen=True, slots=True)
class Class:
    """Places of one size or distance, from `least` up to below `below` (None: no end); 100 = everybody."""

    least: int
    below: int | None
    places: int
    residents: int
    relative: Decimal | None


@dataclass(frozen=True, slots=True)
class Equality:
    """`index`: 1 − Gini, from 0 to 1; `to_move`: the part of all use that would have to fall elsewhere.

    `by_size`: how many points of relative use a municipality of twice the residents has more (or less);
    `by_distance`: the same for 100 km more. None where it cannot be told.
    """

    index: Decimal
    to_move: Decimal
    by_size: Decimal | None
    by_distance: Decimal | None
    sizes: tuple[Class, ...]
    distances: tuple[Class, ...]


def equality(places: Iterable[Place]) -> Equality | None:
    """The equality of use of these places; None where there are no residents or no use."""
    found = [place for place in places if place.residents > 0]
    residents, use = sum(p.residents for p in found), sum(p.use for p in found)
    if not residents or use <= 0:
        return None
    relative = {p.code: p.use * residents / (p.residents * use) for p in found}
    far = [p for p in found if p.distance is not None]
    return Equality(
        index=_rounded(1 - gini(found)),
        to_move=_rounded(hoover(found)),
        by_size=_slope([(math.log2(p.residents), relative[p.code], p.residents) for p in found]),
        by_distance=_slope([((p.distance or 0) / 100, relative[p.code], p.residents) for p in far]),
        sizes=_classes(found, [p.residents for p in found], SIZES, residents, use),
        distances=_classes(far, [p.distance or 0 for p in far], DISTANCES, residents, use),
    )


def gini(places: Sequence[Place]) -> Fraction:
    """Gini's coefficient of use per resident, each municipality weighing as many residents as it has."""
    residents, use = sum(p.residents for p in places), sum(p.use for p in places)
    under = reached = 0
    for place in sorted(places, key=cmp_to_key(_by_use)):
        under += place.residents * (2 * reached + place.use)
        reached += place.use
    return 1 - Fraction(under, residents * use)


def _by_use(one: Place, other: Place) -> int:
    """The order of use per resident, exactly: crosswise, without dividing."""
    return one.use * other.residents - other.use * one.residents


def hoover(places: Sequence[Place]) -> Fraction:
    """The part of use that would have to move for every resident's to be alike."""
    residents, use = sum(p.residents for p in places), sum(p.use for p in places)
    apart = sum(abs(p.use * residents - p.residents * use) for p in places)
    return Fraction(apart, 2 * residents * use)


def _slope(points: Sequence[tuple[float, float, int]]) -> Decimal | None:
    """Weighted least squares of relative use (in points of 100) on x; None where every x is the same."""
    weight = sum(w for _, _, w in points)
    if len(points) < 3 or not weight:
        return None
    middle = sum(x * w for x, _, w in points) / weight
    height = sum(y * w for _, y, w in points) / weight
    spread = sum(w * (x - middle) ** 2 for x, _, w in points)
    if spread <= 1e-9 * weight:
        return None
    slope = sum(w * (x - middle) * (y - height) for x, y, w in points) / spread
    # A nought has no sign: “−0” says nothing to anybody.
    return Decimal(repr(slope * 100)).quantize(Decimal("0.1"), ROUND_HALF_UP) + 0


def _classes(
    places: Sequence[Place], values: Sequence[int], limits: Sequence[int], residents: int, use: int
) -> tuple[Class, ...]:
    made = []
    for least, below in zip((0, *limits), (*limits, None), strict=True):
        inside = [
            p for p, v in zip(places, values, strict=True) if v >= least and (below is None or v < below)
        ]
        people = sum(p.residents for p in inside)
        mine = sum(p.use for p in inside)
        share = Fraction(100 * mine * residents, people * use) if people else None
        relative = _rounded(share, places=0) if share is not None else None
        made.append(Class(least, below, len(inside), people, relative))
    return tuple(made)


def _rounded(value: Fraction, *, places: int = 3) -> Decimal:
    scaled = value * 10**places
    whole = (2 * scaled.numerator + scaled.denominator) // (2 * scaled.denominator)
    return Decimal(whole).scaleb(-places)
