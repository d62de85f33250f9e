"""Whose figures there are, what counts as use, and how a whole is dealt to municipalities. Pure.

Definitions with worked examples: docs/algorithms/use.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from kimppa.foundation.core.apportion import Weight, largest_remainder
from kimppa.foundation.core.text import noop

NOT_KNOWN = ""


class Source(StrEnum):
    """Where figures come from, as stored with every batch."""

    OWN_LENDING = "own-lending"
    HUB = "hub"
    SHEET = "sheet"
    COUNTER = "counter"
    SUSHI = "sushi"


SOURCE_NAMES: dict[Source, str] = {
    Source.OWN_LENDING: noop("Our own lending"),
    Source.HUB: noop("Our own sign-on"),
    Source.SHEET: noop("The vendor's own sheet"),
    Source.COUNTER: noop("COUNTER report, brought as a file"),
    Source.SUSHI: noop("COUNTER report, fetched by SUSHI"),
}


class UnitKind(StrEnum):
    """How finely a source knows who used."""

    CONSORTIUM = "consortium"
    KIMPPA = "kimppa"
    LIBRARY = "library"
    MUNICIPALITY = "municipality"


UNIT_KIND_NAMES: dict[UnitKind, str] = {
    UnitKind.CONSORTIUM: noop("The whole consortium"),
    UnitKind.KIMPPA: noop("A kimppa"),
    UnitKind.LIBRARY: noop("A library"),
    UnitKind.MUNICIPALITY: noop("A municipality"),
}


class Interest(StrEnum):
    """What one unit of use is; unlike kinds are shown beside each other, never added."""

    LOANS = "loans"
    READINGS = "readings"
    PLAYS = "plays"
    REQUESTS = "requests"
    SEARCHES = "searches"
    SIGN_INS = "sign-ins"


INTEREST_NAMES: dict[Interest, str] = {
    Interest.LOANS: noop("Loans"),
    Interest.READINGS: noop("Readings"),
    Interest.PLAYS: noop("Plays"),
    Interest.REQUESTS: noop("Requests of items"),
    Interest.SEARCHES: noop("Searches"),
    Interest.SIGN_INS: noop("Sign-ins and openings"),
}


class Split(StrEnum):
    """By what a figure is dealt to municipalities where its source does not know them."""

    NONE = "none"
    HUB = "hub"
    POPULATION = "population"


SPLIT_NAMES: dict[Split, str] = {
    Split.NONE: noop("Not split: only the whole is told"),
    Split.HUB: noop("By openings counted by our own sign-on, else by population"),
    Split.POPULATION: noop("By population"),
}


@dataclass(frozen=True, slots=True)
class Part:
    """A municipality's part of a whole: `value` is `whole` × `weight` / `weights`, in whole units."""

    code: str
    value: int
    whole: int
    weight: int
    weights: int


def dealt(whole: int, weights: Mapping[str, int]) -> tuple[Part, ...]:
    """Deal `whole` ≥ 0 by weights; the parts sum to it exactly (largest remainder, ties by code).

    The empty code may stand among the weights: use whose municipality is not known stays not known.
    Without any weight above zero the whole stays there.
    """
    all_of_it = sum(weights.values())
    if not all_of_it:
        return (Part(NOT_KNOWN, whole, whole, 0, 0),)
    shares = largest_remainder(whole, [Weight(code, weight) for code, weight in sorted(weights.items())])
    return tuple(
        Part(code, shares[code], whole, weight, all_of_it)
        for code, weight in sorted(weights.items())
        if weight
    )
