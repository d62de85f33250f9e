"""The clock's duties and occurrences, and who may share a turn on a day."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from kimppa.commons.members import queries as members
from kimppa.commons.members.models import AreaMembership, Membership
from kimppa.consortium.workplan.models import Duty, DutyOccurrence
from kimppa.consortium.workplan.rules import Heading, Occurrence, State
from kimppa.foundation.core.apportion import Weight
from kimppa.foundation.core.periods import Period


@dataclass(frozen=True, slots=True)
class DutyRow:
    id: int
    heading: Heading
    name: str
    rule: str
    guide: str
    owner_role: str
    estimate_minutes: int
    by_turns: bool
    valid_from: date
    valid_to: date | None


@dataclass(frozen=True, slots=True)
class OccurrenceRow:
    """One time of a duty; `area` does it and `turn_of` was to (empty where it is not dealt by turns).

    `part`, `had` and `turns` are the numbers that explain the turn.
    """

    id: int
    duty: int
    name: str
    heading: Heading
    what: Occurrence
    area: str
    turn_of: str
    part: Fraction
    had: int
    turns: int


def duties(on: date) -> tuple[DutyRow, ...]:
    """The duties in force on a day or later, by heading and name."""
    rows = Duty.objects.exclude(valid_to__lt=on).order_by("heading", "name", "pk")
    return tuple(
        DutyRow(
            row.pk,
            Heading(row.heading),
            row.name,
            row.rule,
            row.guide,
            row.owner_role,
            row.estimate_minutes,
            row.by_turns,
            row.valid_from,
            row.valid_to,
        )
        for row in rows
    )


def occurrences(*, first: date, last: date) -> tuple[OccurrenceRow, ...]:
    """What is due from one day to another, both included, by due day."""
    rows = DutyOccurrence.objects.filter(due__gte=first, due__lte=last)
    return tuple(
        OccurrenceRow(
            row.pk,
            row.duty_id,
            row.duty.name,
            Heading(row.duty.heading),
            occurrence(row),
            row.area.slug if row.area else "",
            row.turn_of.slug if row.turn_of else "",
            Fraction(row.turn_part or 0),
            row.turn_had,
            row.turn_number,
        )
        for row in rows.select_related("duty", "area", "turn_of").order_by("due", "planned", "pk")
    )


def occurrence(row: DutyOccurrence) -> Occurrence:
    """The pure value of a row."""
    return Occurrence(
        row.planned,
        row.due,
        State(row.state),
        row.moved_because,
        row.skipped_because,
        row.done_on,
        row.minutes,
    )


def sharing(days: Iterable[date]) -> dict[date, tuple[Weight, ...]]:
    """The areas and their members' residents on each of the days, by area; areas without any are left out.

    Residents are those of the newest date of populations that is not after the first of the days.
    """
    wanted = sorted(set(days))
    if not wanted:
        return {}
    reference = members.latest_population_date(wanted[0])
    residents = members.population(reference) if reference else {}
    dated = ("municipality__code", "valid_from", "valid_to")
    belongs: dict[str, list[Period]] = {}
    for code, start, end in Membership.objects.values_list(*dated):
        belongs.setdefault(code, []).append(Period(start, end))
    areas = [
        (slug, code, Period(start, end))
        for slug, code, start, end in AreaMembership.objects.values_list("area__slug", *dated)
    ]
    found: dict[date, tuple[Weight, ...]] = {}
    for day in wanted:
        sums: dict[str, int] = {}
        for slug, code, period in areas:
            if day in period and any(day in one for one in belongs.get(code, ())):
                sums[slug] = sums.get(slug, 0) + residents.get(code, 0)
        found[day] = tuple(Weight(slug, number) for slug, number in sorted(sums.items()) if number)
    return found
