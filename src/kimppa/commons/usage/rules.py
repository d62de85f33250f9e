"""Whose figures there are, what counts as use, and how a whole is dealt to municipalities. Pure.

Definitions with worked examples: docs/algorithms/use.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from kimppa.foundation.core.apportion import Weight, largest_remainder
from kimppa.foundation.core.periods import add_months
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


# What a levy or a page names to mean “what counts as the use of the service”, instead of a metric.
SETTLED = "use"
# A COUNTER report is the same figures whichever way it came.
COUNTER_FAMILY: tuple[Source, ...] = (Source.COUNTER, Source.SUSHI)


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


def months_of(first: date, last: date) -> tuple[date, ...]:
    """The first days of the months from `first` to `last`, both included."""
    count = (last.year - first.year) * 12 + last.month - first.month + 1
    begin = first.replace(day=1)
    return tuple(add_months(begin, step) for step in range(count))


@dataclass(frozen=True, slots=True)
class Member:
    """What a municipality weighs in a month: its residents, and what our own sign-on counted there."""

    residents: int
    opened: int


@dataclass(frozen=True, slots=True)
class Part:
    """What a municipality has of a told figure: `value` is `whole` × `weight` / `weights`, in whole units.

    `weights` is 0 where nothing was dealt: the figure is the municipality's own, or cannot be placed.
    """

    value: int
    whole: int
    weight: int = 0
    weights: int = 0


def dealt(whole: int, weights: Mapping[str, int]) -> dict[str, Part]:
    """Deal `whole` ≥ 0 by weights; the parts sum to it exactly (largest remainder).

    Without any weight above zero nobody can be told from another: the whole stays not known.
    """
    all_of_it = sum(weights.values())
    if not all_of_it:
        return {NOT_KNOWN: Part(whole, whole)}
    shares = largest_remainder(whole, [Weight(code, weight) for code, weight in sorted(weights.items())])
    return {code: Part(shares[code], whole, weight, all_of_it) for code, weight in weights.items() if weight}


def weights_of(group: Iterable[str], members: Mapping[str, Member], *, all_of_us: bool) -> dict[str, int]:
    """The weights of a group: what was opened, or residents where our own sign-on counted none of it.

    Openings whose municipality is not known weigh too where the group is everybody (`all_of_us`): as much of
    the use stays not known.
    """
    inside = {code: members[code] for code in group if code in members}
    if all_of_us and NOT_KNOWN in members:
        inside[NOT_KNOWN] = members[NOT_KNOWN]
    opened = {code: one.opened for code, one in inside.items()}
    if any(opened.values()):
        return opened
    return {code: one.residents for code, one in inside.items()}


def settled_parts(
    told: Mapping[str, int], groups: Mapping[str, tuple[str, ...]], members: Mapping[str, Member]
) -> dict[str, tuple[Part, ...]]:
    """Municipality → its parts of the told figures. A unit without a group is no member: left out.

    A group of one is measured. A group of several is dealt by `members`; where that is empty (no split was
    chosen) its figure stays not known. The parts of all municipalities sum to the figures of the groups.
    """
    found: dict[str, list[Part]] = {}
    for unit, value in sorted(told.items()):
        group = groups.get(unit)
        if group is None:
            continue
        if len(group) == 1:
            parts = {group[0]: Part(value, value)}
        else:
            parts = dealt(value, weights_of(group, members, all_of_us=unit == NOT_KNOWN))
        for code, part in parts.items():
            found.setdefault(code, []).append(part)
    return {code: tuple(parts) for code, parts in found.items()}
