"""What a meeting needs to know before it decides, gathered from the rooms that know it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from kimppa.commons.members import queries as members
from kimppa.consortium.agreements.contracts import DeadlineRow, deadlines_of
from kimppa.consortium.agreements.rules import CostClass
from kimppa.consortium.budgets import queries as budgets
from kimppa.consortium.budgets.queries import Basis, ChangeRow, RateRow
from kimppa.consortium.governance import meeting_queries
from kimppa.consortium.governance.meeting_rows import MeetingDetail, OpenProposal
from kimppa.consortium.governance.queries import DecisionRow, decisions_between
from kimppa.consortium.governance.rules import NoSuchMeeting
from kimppa.consortium.invoicing import queries as invoicing
from kimppa.foundation.accounts.actors import Actor
from kimppa.foundation.core import clock
from kimppa.foundation.core.money import Cents, total
from kimppa.foundation.core.text import noop

DAYS_AHEAD = 365


class FigureKind(StrEnum):
    LEVIED = "levied"
    INTERNAL = "internal"
    INVOICED = "invoiced"
    PAID = "paid"
    OPEN = "open"


FIGURE_NAMES: dict[FigureKind, str] = {
    FigureKind.LEVIED: noop("Shares of the members"),
    FigureKind.INTERNAL: noop("Internal charges"),
    FigureKind.INVOICED: noop("Invoiced"),
    FigureKind.PAID: noop("Paid"),
    FigureKind.OPEN: noop("Open"),
}


@dataclass(frozen=True, slots=True)
class Figure:
    kind: FigureKind
    amount: Cents


@dataclass(frozen=True, slots=True)
class FirstScenario:
    """What the next year would cost if the rate that stands then were left as it is.

    `before` is what the same municipalities pay this year; `changes` by municipality, the largest first.
    """

    year: int
    rate: RateRow
    reference_date: date
    residents: int
    total: Cents
    before: Cents
    changes: tuple[ChangeRow, ...]


@dataclass(frozen=True, slots=True)
class MeetingPapers:
    """The papers of a meeting as they stand on a day. `since`: the day of the group's last meeting."""

    meeting: MeetingDetail
    on: date
    since: date | None
    until: date
    decisions: tuple[DecisionRow, ...]
    proposals: tuple[OpenProposal, ...]
    deadlines: tuple[DeadlineRow, ...]
    year: int
    figures: tuple[Figure, ...]
    scenario: FirstScenario | None


def papers_for(meeting_id: int, by: Actor, *, now: datetime) -> MeetingPapers:
    """Gather a meeting's papers. Raises NoSuchMeeting, also for a reader who may not see it.

    Decisions are those since the group's last meeting, deadlines those of the year from today on, money
    that of the running year; the scenario is the year after the meeting's.
    """
    found = meeting_queries.meeting(meeting_id, by, now=now)
    if found is None:
        raise NoSuchMeeting
    on = clock.day_of(now)
    earlier = meeting_queries.meeting_before(found.row)
    since = clock.day_of(earlier) if earlier else None
    until = on + timedelta(days=DAYS_AHEAD)
    return MeetingPapers(
        meeting=found,
        on=on,
        since=since,
        until=until,
        decisions=decisions_between(since, on),
        proposals=meeting_queries.open_proposals(found.row.group_slug),
        deadlines=deadlines_of(on=on, until=until),
        year=on.year,
        figures=figures_of(on.year),
        scenario=first_scenario(clock.day_of(found.row.starts_at).year + 1, on=on),
    )


def figures_of(year: int) -> tuple[Figure, ...]:
    """The money of a year as the members see it; the actual figures of budget lines join here."""
    invoices = invoicing.invoices_of(year)
    return (
        Figure(FigureKind.LEVIED, total([r.total for r in budgets.revisions_of(year) if r.latest])),
        Figure(FigureKind.INTERNAL, total([c.amount for c in invoicing.internal_charges_of(year)])),
        Figure(FigureKind.INVOICED, total([one.total for one in invoices])),
        Figure(FigureKind.PAID, total([one.paid for one in invoices])),
        Figure(FigureKind.OPEN, total([one.open for one in invoices])),
    )


def first_scenario(year: int, *, on: date) -> FirstScenario | None:
    """The year reckoned by the rate that stands on its first day and the newest populations.

    None where no rate stands then, or no populations are known.
    """
    starts = date(year, 1, 1)
    rate = budgets.standing_rate(CostClass.CONTENT, starts)
    reference = members.latest_population_date(on)
    if rate is None or reference is None:
        return None
    planned = budgets.plan(Basis(reference, starts, rate=rate.rate))
    changes = budgets.changes(planned, budgets.latest_revision(year - 1, CostClass.CONTENT))
    known = [row for row in changes if row.change is not None]
    known.sort(key=lambda row: (-abs(row.change.value if row.change else 0), row.share.code))
    return FirstScenario(
        year=year,
        rate=rate,
        reference_date=reference,
        residents=planned.residents,
        total=planned.total,
        before=total([row.before for row in changes if row.before is not None]),
        changes=tuple(known),
    )
