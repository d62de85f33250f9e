"""Deciding rates and making levies."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.db import transaction

from kimppa.commons.members.models import Municipality
from kimppa.commons.members.permissions import require
from kimppa.commons.members.roles import Act
from kimppa.commons.members.rules import UnknownMunicipality
from kimppa.consortium.agreements.rules import CostClass
from kimppa.consortium.budgets import queries
from kimppa.consortium.budgets.models import MemberMonths, StandingRate
from kimppa.consortium.budgets.queries import Basis
from kimppa.consortium.budgets.recipes import Recipe, Stage
from kimppa.consortium.budgets.revisions import Calculation, LevyTitle, fiscal_year, revise
from kimppa.consortium.budgets.rules import (
    MONTHS_OF_YEAR,
    BadMonths,
    BadRateDate,
    NoStandingRate,
    NoTitle,
    checked_months,
)
from kimppa.consortium.governance.models import Decision
from kimppa.consortium.governance.rules import Effect
from kimppa.consortium.governance.services import Words, adopt
from kimppa.foundation.accounts import audit
from kimppa.foundation.accounts.actors import Actor
from kimppa.foundation.core.money import Cents, checked_rate


@dataclass(frozen=True, slots=True)
class Resolution:
    """What the minutes say: who decided, when, under which number; `supersedes` a decision's id."""

    body: str
    diary_number: str
    decided_on: date
    words: Words
    supersedes: int | None = None
    example: bool = False


@transaction.atomic
def decide_rate(
    *,
    by: Actor,
    resolution: Resolution,
    cost_class: CostClass,
    rate: Decimal,
    valid_from: date,
    now: datetime,
) -> int:
    """Record a decision and the rate that stands by it from a day on; returns the standing rate's id.

    The rate before it ends the day before. A rate that begins on the same day or later is withdrawn, but
    only when the new decision supersedes the one behind it. Given twice, the same decision changes nothing.
    Raises BadRate, BadRateDate and what `governance.adopt` raises.
    """
    require(by, Act.DECIDE, now=now)
    checked_rate(rate)
    decision = _adopt(by, resolution, Effect.RATE, now)
    standing = StandingRate.objects.filter(decision=decision, cost_class=cost_class.value).first()
    if standing is not None:
        if (standing.rate, standing.valid_from) != (rate, valid_from):
            raise BadRateDate(start=standing.valid_from.isoformat(), number=decision.diary_number)
        return standing.pk
    before = _make_room(cost_class, valid_from, resolution.supersedes)
    row = StandingRate.objects.create(
        cost_class=cost_class.value, rate=rate, valid_from=valid_from, decision=decision
    )
    audit.record(
        by=by,
        act="budgets.decide_rate",
        obj=row,
        before={"rate": before.rate, "valid_from": before.valid_from} if before else None,
        after={"rate": rate, "valid_from": valid_from, "decision": decision.diary_number},
        now=now,
    )
    return row.pk


def _make_room(cost_class: CostClass, valid_from: date, supersedes: int | None) -> StandingRate | None:
    """End the open rate the day before, or withdraw those from that day on that are superseded."""
    standing = StandingRate.objects.select_for_update().filter(cost_class=cost_class.value, withdrawn=False)
    for later in standing.filter(valid_from__gte=valid_from).select_related("decision"):
        if later.decision_id != supersedes:
            raise BadRateDate(start=later.valid_from.isoformat(), number=later.decision.diary_number)
        later.withdrawn = True
        later.save(update_fields=["withdrawn"])
    current = standing.filter(valid_from__lt=valid_from).order_by("-valid_from").first()
    if current is not None and (current.valid_to is None or current.valid_to >= valid_from):
        current.valid_to = valid_from - timedelta(days=1)
        current.save(update_fields=["valid_to"])
    return current


@transaction.atomic
def levy(
    *,
    by: Actor,
    year: int,
    cost_class: CostClass,
    reference_date: date,
    months: int = 12,
    stage: Stage = Stage.WHOLE,
    now: datetime,
) -> int:
    """Levy a year by the rate that stands on its first day; returns the revision's id.

    The members are those of the year's first day, and those for whom months were decided. An advance is a
    running total: six months first, and twelve later, of which what was charged is taken off. Asked again
    with nothing changed, the standing revision is returned; when something has changed, the next is made.
    Raises NoStandingRate, NoPopulation, PopulationIncomplete, NobodyToCharge, BadMonths.
    """
    require(by, Act.LEVY, now=now)
    starts = fiscal_year(year).starts
    standing = queries.standing_rate(cost_class, starts)
    if standing is None:
        raise NoStandingRate(day=starts.isoformat())
    basis = Basis(reference_date, starts, rate=standing.rate, months=checked_months(months))
    made = Calculation(
        year=year,
        cost_class=cost_class,
        planned=queries.plan(basis),
        decision=standing.decision.id,
        standing_rate=standing.id,
        stage=stage,
    )
    return revise(by, made, now)


@transaction.atomic
def levy_amount(
    *,
    by: Actor,
    resolution: Resolution,
    year: int,
    cost_class: CostClass,
    amount: Cents,
    reference_date: date,
    months: int = 12,
    recipe: Recipe | None = None,
    stage: Stage = Stage.WHOLE,
    title: LevyTitle | None = None,
    now: datetime,
) -> int:
    """Record the decision of a sum and share it; returns the revision's id.

    By residents among all, or by a recipe. Other costs carry a title of their own, and there may be many in
    a year; the other classes have one levy a year. An advance or a settlement is a running total: give the
    sum of all that has been decided until now. Raises BadSum, NoTitle, NoPopulation, PopulationIncomplete,
    what sharing by a recipe raises (participants.share_out) and what `governance.adopt` raises.
    """
    require(by, Act.DECIDE, now=now)
    require(by, Act.LEVY, now=now)
    if cost_class is CostClass.OTHER and (title is None or not title.fi.strip()):
        raise NoTitle
    decision = _adopt(by, resolution, Effect.BUDGET, now)
    basis = Basis(
        reference_date,
        fiscal_year(year).starts,
        amount=amount,
        months=checked_months(months),
        recipe=recipe,
    )
    made = Calculation(
        year=year,
        cost_class=cost_class,
        planned=queries.plan(basis),
        decision=decision.pk,
        stage=stage,
        title=title if cost_class is CostClass.OTHER else None,
    )
    return revise(by, made, now)


@transaction.atomic
def decide_months(
    *, by: Actor, resolution: Resolution, year: int, municipality: str, months: int, now: datetime
) -> int:
    """Record for how many months of a year one that joins or leaves in it is charged (0: not at all).

    Returns the decision's id. The next calculation of each levy of the year counts by it. Raises BadMonths,
    UnknownMunicipality and what `governance.adopt` raises.
    """
    require(by, Act.DECIDE, now=now)
    if not 0 <= months <= MONTHS_OF_YEAR:
        raise BadMonths(value=months)
    place = Municipality.objects.filter(code=municipality).first()
    if place is None:
        raise UnknownMunicipality(code=municipality)
    decision = _adopt(by, resolution, Effect.ADMISSION, now)
    before = MemberMonths.objects.select_for_update().filter(year=year, municipality=place).first()
    earlier = before.months if before else None
    row, _ = MemberMonths.objects.update_or_create(
        year=year, municipality=place, defaults={"months": months, "decision": decision}
    )
    audit.record(
        by=by,
        act="budgets.decide_months",
        obj=row,
        before={"months": earlier} if earlier is not None else None,
        after={"months": months, "year": year, "decision": decision.diary_number},
        now=now,
    )
    return decision.pk


@transaction.atomic
def relevy(*, by: Actor, year: int, now: datetime) -> tuple[int, ...]:
    """Reckon every levy of a year again with the members and months that are known now.

    Returns the revisions that are new; a levy that comes out the same keeps its standing one. What has been
    issued stands until the difference is issued. Raises what the plans raise.
    """
    require(by, Act.LEVY, now=now)
    made: list[int] = []
    for revision in queries.revisions_of(year):
        if not revision.latest:
            continue
        again = Calculation(
            year=year,
            cost_class=CostClass(revision.cost_class),
            planned=queries.plan(queries.basis_of(revision)),
            decision=revision.decision.id,
            standing_rate=revision.standing_rate_id,
            stage=revision.stage,
            title=LevyTitle(revision.title_fi, revision.title_sv, revision.title_en),
        )
        newest = revise(by, again, now)
        if newest != revision.id:
            made.append(newest)
    return tuple(made)


@transaction.atomic
def decide_and_levy(
    *,
    by: Actor,
    resolution: Resolution,
    year: int,
    cost_class: CostClass,
    rate: Decimal,
    reference_date: date,
    months: int = 12,
    stage: Stage = Stage.WHOLE,
    now: datetime,
) -> int:
    """The directors' decision for a year and its effect at once: the standing rate and the levy.

    Returns the levy revision's id. All or nothing; given twice, nothing is doubled.
    """
    require(by, Act.DECIDE, now=now)
    require(by, Act.LEVY, now=now)
    starts = fiscal_year(year).starts
    decide_rate(by=by, resolution=resolution, cost_class=cost_class, rate=rate, valid_from=starts, now=now)
    return levy(
        by=by,
        year=year,
        cost_class=cost_class,
        reference_date=reference_date,
        months=months,
        stage=stage,
        now=now,
    )


def _adopt(by: Actor, resolution: Resolution, effect: Effect, now: datetime) -> Decision:
    return adopt(
        by=by,
        body=resolution.body,
        diary_number=resolution.diary_number,
        effect=effect,
        decided_on=resolution.decided_on,
        words=resolution.words,
        supersedes=resolution.supersedes,
        example=resolution.example,
        now=now,
    )
