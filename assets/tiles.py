"""Work out the tile maps: every municipality a square near its place, no two on one, few gaps.

Source: data/centroids.csv (approximate centres, boundaries of 2021). Writes data/tiles_north.csv and
data/tiles_finland.csv (`code,column,row`), which are kept: the pages only read them. Run it again only
when municipalities change: `python3 assets/tiles.py`.

Places are evened out (half by rank), so that crowded coasts get room, and then assigned to the squares
of a grid with the least sum of squared distances (the Hungarian method).
"""

from __future__ import annotations

import csv
import math
from pathlib import Path

DATA = Path(__file__).resolve().parents[1] / "data"
EVENED = 0.55


def read() -> dict[str, tuple[float, float]]:
    """Code → (east, south), in comparable units."""
    with (DATA / "centroids.csv").open(encoding="utf-8", newline="") as handle:
        rows = list(csv.DictReader(handle))
    return {r["code"]: (float(r["lon"]) * math.cos(math.radians(65)), -float(r["lat"])) for r in rows}


def evened(values: list[float]) -> list[float]:
    """Numbers in 0–1: partly where they are, partly by rank."""
    low, high = min(values), max(values)
    rank = {v: n for n, v in enumerate(sorted(values))}
    last = max(len(values) - 1, 1)
    return [(1 - EVENED) * (v - low) / (high - low) + EVENED * rank[v] / last for v in values]


def assign(cost: list[list[float]]) -> list[int]:
    """Row → column with the least total (Hungarian method, rows ≤ columns)."""
    rows, columns = len(cost), len(cost[0])
    u, v = [0.0] * (rows + 1), [0.0] * (columns + 1)
    match, way = [0] * (columns + 1), [0] * (columns + 1)
    for row in range(1, rows + 1):
        match[0], here = row, 0
        least, used = [math.inf] * (columns + 1), [False] * (columns + 1)
        while True:
            used[here] = True
            mine, step, nearest = match[here], math.inf, 0
            for column in range(1, columns + 1):
                if used[column]:
                    continue
                reduced = cost[mine - 1][column - 1] - u[mine] - v[column]
                if reduced < least[column]:
                    least[column], way[column] = reduced, here
                if least[column] < step:
                    step, nearest = least[column], column
            for column in range(columns + 1):
                if used[column]:
                    u[match[column]] += step
                    v[column] -= step
                else:
                    least[column] -= step
            here = nearest
            if match[here] == 0:
                break
        while here:
            match[here], here = match[way[here]], way[here]
    found = [0] * rows
    for column in range(1, columns + 1):
        if match[column]:
            found[match[column] - 1] = column - 1
    return found


def tiles(places: dict[str, tuple[float, float]], columns: int, rows: int) -> dict[str, tuple[int, int]]:
    codes = sorted(places)
    east = evened([places[c][0] for c in codes])
    south = evened([places[c][1] for c in codes])
    squares = [(x, y) for y in range(rows) for x in range(columns)]
    cost = [
        [(e * (columns - 1) - x) ** 2 + (s * (rows - 1) - y) ** 2 for x, y in squares]
        for e, s in zip(east, south, strict=True)
    ]
    return {code: squares[n] for code, n in zip(codes, assign(cost), strict=True)}


def write(name: str, found: dict[str, tuple[int, int]]) -> None:
    with (DATA / name).open("w", encoding="utf-8", newline="") as handle:
        handle.write("code,column,row\n")
        handle.writelines(f"{code},{x},{y}\n" for code, (x, y) in sorted(found.items()))


def main() -> None:
    everywhere = read()
    with (DATA / "municipalities.csv").open(encoding="utf-8", newline="") as handle:
        north = {row["code"] for row in csv.DictReader(handle)}
    write("tiles_north.csv", tiles({c: p for c, p in everywhere.items() if c in north}, 8, 11))
    write("tiles_finland.csv", tiles(everywhere, 17, 29))


if __name__ == "__main__":
    main()
