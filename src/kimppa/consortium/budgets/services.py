"""Deciding rates and making levies."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.db import transaction

from kimppa.commons.members.models import Municipality, Population
from kimppa.commons.members.permissions import require
from kimppa.commons.members.roles import Act
from kimppa.consortium.agreements.rules import CostClass
from kimppa.consortium.budgets import queries
from kimppa.consortium.budgets.models import CostShare, FiscalYear, Levy, LevyRevision, StandingRate
from kimppa.consortium.budgets.queries import Basis, Plan
from kimppa.consortium.budgets.rules import BadRateDate, NoStandingRate, YearOutOfRange, checked_months
from kimppa.consortium.governance.models import Decision
from kimppa.consortium.governance.rules import Effect
from kimppa.consortium.governance.services import Words, adopt
from kimppa.foundation.accounts import audit
from kimppa.foundation.accounts.actors import Actor
from kimppa.foundation.core.money import Cents, checked_rate

FIRST_YEAR, LAST_YEAR = 2000, 2200
# What a levy of each class is called on invoices; the year is added.
TITLES: dict[CostClass, tuple[str, str, str]] = {
    CostClass.CONTENT: ("Sisällöt ja alustat", "Innehåll och plattformar", "Content and platforms"),
    CostClass.MAINTENANCE: ("Ylläpito", "Underhåll", "Maintenance"),
    CostClass.OTHER: ("Muut kulut", "Övriga kostnader", "Other costs"),
}


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
    now: datetime,
) -> int:
    """Levy a year by the rate that stands on its first day; returns the revision's id.

    The members are those of the year's first day. Asked again with nothing changed, the standing revision
    is returned; when the rate, date, months or members have changed, the next revision is made.
    Raises NoStandingRate, NoPopulation, PopulationIncomplete, NobodyToCharge, BadMonths.
    """
    require(by, Act.LEVY, now=now)
    starts = _fiscal_year(year).starts
    standing = queries.standing_rate(cost_class, starts)
    if standing is None:
        raise NoStandingRate(day=starts.isoformat())
    basis = Basis(reference_date, starts, rate=standing.rate, months=checked_months(months))
    return _revise(by, year, cost_class, queries.plan(basis), standing.decision.id, standing.id, now)


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
    now: datetime,
) -> int:
    """Record the decision of a sum and split it by residents; returns the revision's id.

    Raises BadSum, NoPopulation, PopulationIncomplete and what `governance.adopt` raises.
    """
    require(by, Act.DECIDE, now=now)
    require(by, Act.LEVY, now=now)
    decision = _adopt(by, resolution, Effect.BUDGET, now)
    basis = Basis(reference_date, _fiscal_year(year).starts, amount=amount, months=checked_months(months))
    return _revise(by, year, cost_class, queries.plan(basis), decision.pk, None, now)


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
    now: datetime,
) -> int:
    """The directors' decision for a year and its effect at once: the standing rate and the levy.

    Returns the levy revision's id. All or nothing; given twice, nothing is doubled.
    """
    require(by, Act.DECIDE, now=now)
    require(by, Act.LEVY, now=now)
    starts = _fiscal_year(year).starts
    decide_rate(by=by, resolution=resolution, cost_class=cost_class, rate=rate, valid_from=starts, now=now)
    return levy(
        by=by, year=year, cost_class=cost_class, reference_date=reference_date, months=months, now=now
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


def _fiscal_year(year: int) -> FiscalYear:
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise YearOutOfRange(year=year)
    found, _ = FiscalYear.objects.get_or_create(
        year=year, defaults={"starts": date(year, 1, 1), "ends": date(year, 12, 31)}
    )
    return found


def _revise(
    by: Actor,
    year: int,
    cost_class: CostClass,
    planned: Plan,
    decision_id: int,
    standing_rate_id: int | None,
    now: datetime,
) -> int:
    fi, sv, en = (f"{title} {year}" for title in TITLES[cost_class])
    levy_row, _ = Levy.objects.get_or_create(
        year=_fiscal_year(year),
        cost_class=cost_class.value,
        title_fi=fi,
        defaults={"title_sv": sv, "title_en": en, "created": now},
    )
    # Whoever levies the same again waits here and then finds what was made.
    Levy.objects.select_for_update().get(pk=levy_row.pk)
    last = LevyRevision.objects.filter(levy=levy_row).order_by("-number").first()
    if last is not None and _same(last, planned, decision_id):
        return last.pk
    row = _write(levy_row, last.number + 1 if last else 1, planned, decision_id, standing_rate_id, now)
    audit.record(
        by=by,
        act="budgets.levy",
        obj=row,
        before={"total": Cents(last.total_cents), "revision": last.number} if last else None,
        after={"total": planned.total, "revision": row.number, "shares": len(planned.shares)},
        now=now,
    )
    return row.pk


def _same(last: LevyRevision, planned: Plan, decision_id: int) -> bool:
    basis = planned.basis
    amount = basis.amount.value if basis.amount is not None else None
    standing = (last.rate, last.amount_cents, last.months, last.reference_date, last.decision_id)
    if standing != (basis.rate, amount, basis.months, basis.reference_date, decision_id):
        return False
    stored = CostShare.objects.filter(revision=last).values_list(
        "municipality__code", "residents", "months", "share_cents"
    )
    return set(stored) == {(s.code, s.residents, s.months, s.amount.value) for s in planned.shares}


def _write(
    levy_row: Levy, number: int, planned: Plan, decision_id: int, standing_rate_id: int | None, now: datetime
) -> LevyRevision:
    basis = planned.basis
    row = LevyRevision.objects.create(
        levy=levy_row,
        number=number,
        method=basis.method.value,
        rate=basis.rate,
        amount_cents=basis.amount.value if basis.amount is not None else None,
        months=basis.months,
        reference_date=basis.reference_date,
        members_on=basis.members_on or levy_row.year.starts,
        standing_rate_id=standing_rate_id,
        decision_id=decision_id,
        total_cents=planned.total.value,
        created=now,
    )
    codes = [share.code for share in planned.shares]
    places = {m.code: m.pk for m in Municipality.objects.filter(code__in=codes)}
    people = dict(
        Population.objects.filter(
            reference_date=basis.reference_date, municipality__code__in=codes
        ).values_list("municipality__code", "pk")
    )
    CostShare.objects.bulk_create(
        CostShare(
            revision=row,
            municipality_id=places[share.code],
            population_id=people[share.code],
            residents=share.residents,
            reference_date=basis.reference_date,
            rate=basis.rate,
            months=share.months,
            share_cents=share.amount.value,
        )
        for share in planned.shares
    )
    return row
