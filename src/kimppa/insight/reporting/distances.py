"""How far a municipality is from the nearest of the region's cities, as the crow flies.

Between approximate centres (data/centroids.csv, boundaries of 2021), so a road is longer and a village at the
edge may be nearer. The cities are the coordinating cities of the day. A municipality without a centre there
(a new one) has no distance: not known.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Iterable
from functools import cache

from kimppa.environment import PROJECT

EARTH_KM = 6371.0


@cache
def centres() -> dict[str, tuple[float, float]]:
    """Code → (latitude, longitude) in degrees."""
    with (PROJECT / "data" / "centroids.csv").open(encoding="utf-8", newline="") as handle:
        return {r["code"]: (float(r["lat"]), float(r["lon"])) for r in csv.DictReader(handle)}


def kilometres(one: tuple[float, float], other: tuple[float, float]) -> float:
    """The great circle between two places (haversine)."""
    (a, b), (c, d) = ((math.radians(x), math.radians(y)) for x, y in (one, other))
    half = math.sin((c - a) / 2) ** 2 + math.cos(a) * math.cos(c) * math.sin((d - b) / 2) ** 2
    return 2 * EARTH_KM * math.asin(min(1.0, math.sqrt(half)))


def nearest(codes: Iterable[str], cities: Iterable[str]) -> dict[str, tuple[int, str]]:
    """Code → whole kilometres to the nearest city, and which; those without a known centre are left out."""
    known = centres()
    reachable = sorted(city for city in set(cities) if city in known)
    found = {}
    for code in codes:
        if code in known and reachable:
            away, city = min((kilometres(known[code], known[city]), city) for city in reachable)
            found[code] = (round(away), city)
    return found
