"""Equality: the document's example, and what must hold of every index whatever the numbers."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import assume, given
from hypothesis import strategies as st
from tests.needs import ROOT

from kimppa.insight.reporting.distances import centres, nearest
from kimppa.insight.reporting.equality import Place, equality, gini, hoover

DOCUMENT = ROOT / "docs" / "algorithms" / "equality.md"
PLACES = st.lists(st.tuples(st.integers(1, 300_000), st.integers(0, 10**6)), min_size=1, max_size=30)


def table(kind: str) -> list[list[str]]:
    rows, inside = [], False
    for line in DOCUMENT.read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")] if line.startswith("|") else []
        if cells and cells[0] == f"example {kind}":
            inside = True
        elif not cells:
            inside = False
        elif inside and not set(cells[0]) <= {"-"}:
            rows.append(cells)
    assert rows
    return rows


def made(rows: list[tuple[int, int]]) -> list[Place]:
    return [Place(str(n), people, use) for n, (people, use) in enumerate(rows)]


def test_the_example_is_as_the_document_says() -> None:
    rows = table("place")
    found = equality([Place(n, int(r), int(u), int(km)) for n, r, u, km, _ in rows])
    assert found is not None
    told = {name: Decimal(value) for name, value in table("result")}
    assert found.index == told["index"]
    assert found.to_move == told["to move"]
    assert found.by_size == told["by size"]
    assert found.by_distance == told["by distance"]
    by_size = {c.least: c.relative for c in found.sizes if c.places}
    assert by_size == {0: Decimal(42), 2000: Decimal(69), 5000: Decimal(125)}


@given(PLACES)
def test_the_index_stays_between_none_and_all(rows: list[tuple[int, int]]) -> None:
    assume(any(use for _, use in rows))
    places = made(rows)
    assert 0 <= gini(places) < 1
    assert 0 <= hoover(places) < 1
    assert hoover(places) <= gini(places)


@given(PLACES, st.integers(1, 1000), st.integers(1, 50))
def test_neither_more_use_nor_more_people_everywhere_changes_it(
    rows: list[tuple[int, int]], more: int, people: int
) -> None:
    assume(any(use for _, use in rows))
    scaled = [(residents * people, use * more) for residents, use in rows]
    assert gini(made(rows)) == gini(made(scaled))
    assert hoover(made(rows)) == hoover(made(scaled))


@given(st.lists(st.integers(1, 300_000), min_size=1, max_size=30), st.integers(1, 50))
def test_the_same_for_everybody_is_one_exactly(people: list[int], each: int) -> None:
    found = equality(made([(residents, residents * each) for residents in people]))
    assert found is not None
    assert (found.index, found.to_move) == (Decimal(1), Decimal(0))
    assert found.by_size in {None, Decimal(0)}


@given(PLACES)
def test_a_municipality_told_as_two_halves_changes_nothing(rows: list[tuple[int, int]]) -> None:
    assume(any(use for _, use in rows))
    doubled = [(2 * residents, 2 * use) for residents, use in rows]
    halves = [doubled[0][0] // 2, doubled[0][1] // 2]
    split = [(halves[0], halves[1]), (halves[0], halves[1]), *doubled[1:]]
    assert gini(made(doubled)) == gini(made(split))


def test_nothing_used_or_nobody_living_there_has_no_index() -> None:
    assert equality([]) is None
    assert equality(made([(100, 0), (50, 0)])) is None
    assert equality([Place("1", 0, 5)]) is None


def test_distances_are_to_the_nearest_city_and_unknown_without_a_centre() -> None:
    found = nearest(["564", "890", "698", "xxx"], ["564", "698", "yyy"])
    assert found["564"] == (0, "564")
    assert found["698"] == (0, "698")
    assert found["890"][1] == "698"
    assert 320 < found["890"][0] < 380  # Utsjoki from Rovaniemi, as the crow flies
    assert "xxx" not in found
    assert len(centres()) == 309
    assert nearest(["564"], []) == {}
