"""docs/algorithms/search.md says what the search does: its examples are checked here."""

from __future__ import annotations

from pathlib import Path

import pytest

from kimppa.elibrary.catalog import search
from kimppa.elibrary.catalog.terms import document_terms, wishes
from kimppa.elibrary.catalog.words import ask_dictionary

DOCUMENT = (Path(__file__).parents[3] / "docs/algorithms/search.md").read_text(encoding="utf-8")


def examples() -> list[tuple[str, str, str, bool]]:
    table = DOCUMENT.split("| query | title |", 1)[1].split("\n\n", 1)[0].splitlines()[2:]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in table]
    return [(query, title, language, meets == "yes") for query, title, language, meets in rows]


@pytest.mark.parametrize(("query", "title", "language", "meets"), examples())
def test_an_example_of_the_document_is_true(query, title, language, meets):
    terms = set(document_terms(title, language, ask_dictionary))
    met = all(wish.idle or wish.met_by(terms) for wish in wishes(query, ask_dictionary))
    assert met is meets


def test_there_are_examples_of_both_kinds():
    said = [meets for *_, meets in examples()]
    assert len(said) >= 10
    assert set(said) == {True, False}


def test_the_weights_of_the_document_are_those_of_the_code():
    assert (search.TITLE, search.NAMES, search.MORE) == (3.0, 2.5, 1.0)
    assert (search.EXACT, search.WHOLE, search.PARTS) == (2.0, 12.0, 0.4)
    for said in ("title (3)", "name (2.5)", "description (1)", "counts 2 more", "counts 12", "weight of 0.4"):
        assert said in DOCUMENT.replace("\n", " ")
