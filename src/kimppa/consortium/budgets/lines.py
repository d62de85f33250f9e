"""Budgets: preparing lines, adopting a version by decision, carrying remainders over."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Sum

from kimppa.commons.members.permissions import require
from kimppa.commons.members.roles import Act
from kimppa.commons.platforms.models import Platform
from kimppa.consortium.agreements.rules import CostClass
from kimppa.consortium.budgets.models import FiscalYear
from kimppa.consortium.budgets.plan_models import Booking, BudgetLine, BudgetVersion, LineAmount
from kimppa.consortium.budgets.plan_rules import (
    BudgetAdopted,
    BudgetEmpty,
    CarriedOtherwise,
    CarriesNothing,
    DraftExists,
    LineIncomplete,
    LineTaken,
    NoSuchBudget,
    NotAdopted,
    NothingToCarry,
)
from kimppa.consortium.budgets.revisions import fiscal_year
from kimppa.consortium.budgets.services import Resolution
from kimppa.consortium.governance.models import Decision
from kimppa.consortium.governance.rules import Effect
from kimppa.consortium.governance.services import adopt
from kimppa.foundation.accounts import audit
from kimppa.foundation.accounts.actors import Actor
from kimppa.foundation.accounts.audit import Value
from kimppa.foundation.core.money import Cents
from kimppa.foundation.core.text import clean_line


@dataclass(frozen=True, slots=True)
class Said:
    """A line as it is written: what for, how much, where it is booked. `platform` is a slug, or empty."""

    title: str
    amount: Cents
    cost_class: CostClass = CostClass.CONTENT
    platform: str = ""
    account: str = ""
    cost_centre: str = ""


@transaction.atomic
def begin_version(*, by: Actor, year: int, now: datetime) -> int:
    """Begin a version of a year's budget with the lines of the one before it; returns its id.

    Raises DraftExists, YearOutOfRange.
    """
    require(by, Act.EDIT_BUDGET, now=now)
    row = _begun(fiscal_year(year), now)
    after: dict[str, Value] = {"year": year, "number": row.number, "lines": row.amounts.count()}
    audit.record(by=by, act="budgets.begin_version", obj=row, before=None, after=after, now=now)
    return row.pk


@transaction.atomic
def put_line(*, by: Actor, version: int, said: Said, line: int | None = None, now: datetime) -> int:
    """Write a line of a version in preparation, new or anew; returns the line's id.

    What was carried over to it stays. Raises NoSuchBudget, BudgetAdopted, LineIncomplete, LineTaken.
    """
    require(by, Act.EDIT_BUDGET, now=now)
    row = _draft(version)
    title = clean_line(said.title)[:200]
    if not title or said.amount.value < 0:
        raise LineIncomplete
    found = BudgetLine(year=row.year) if line is None else _line(line, row)
    if BudgetLine.objects.filter(year=row.year, title=title).exclude(pk=found.pk or 0).exists():
        raise LineTaken(year=row.year.year, title=title)
    amount = row.amounts.filter(line=found).first() if line is not None else None
    before: dict[str, Value] | None = None
    if amount is not None:
        before = {"title": found.title, "own": Cents(amount.own_cents)}
    found.title, found.cost_class = title, said.cost_class.value
    found.platform = Platform.objects.filter(slug=said.platform).first() if said.platform else None
    found.account, found.cost_centre = clean_line(said.account)[:30], clean_line(said.cost_centre)[:30]
    found.save()
    LineAmount.objects.update_or_create(version=row, line=found, defaults={"own_cents": said.amount.value})
    after: dict[str, Value] = {"title": title, "own": said.amount, "account": found.account}
    audit.record(by=by, act="budgets.put_line", obj=found, before=before, after=after, now=now)
    return found.pk


@transaction.atomic
def drop_line(*, by: Actor, version: int, line: int, now: datetime) -> None:
    """Leave a line out of a version in preparation. Raises NoSuchBudget, BudgetAdopted."""
    require(by, Act.EDIT_BUDGET, now=now)
    row = _draft(version)
    found = _line(line, row)
    amount = row.amounts.filter(line=found).first()
    if amount is None:
        raise NoSuchBudget
    before: dict[str, Value] = {"title": found.title, "own": Cents(amount.own_cents)}
    audit.record(by=by, act="budgets.drop_line", obj=found, before=before, after=None, now=now)
    amount.delete()
    if not found.amounts.exists() and not found.bookings.exists() and not found.commitments.exists():
        found.delete()


@transaction.atomic
def adopt_budget(*, by: Actor, version: int, resolution: Resolution, now: datetime) -> int:
    """Record the decision that adopts a version, and the version's adoption; returns the decision's id.

    Given twice, the same decision changes nothing. Raises NoSuchBudget, BudgetAdopted, BudgetEmpty and what
    `governance.adopt` raises.
    """
    require(by, Act.DECIDE, now=now)
    row = _version(version)
    if row.decision is not None and row.decision.diary_number == clean_line(resolution.diary_number):
        return row.decision.pk
    _refuse_adopted(row)
    if not row.amounts.exists():
        raise BudgetEmpty(year=row.year.year)
    decision = decided(by, resolution, now)
    _adopt(by, row, decision, now)
    return decision.pk


@transaction.atomic
def carry_over(
    *, by: Actor, year: int, amounts: Mapping[int, Cents], resolution: Resolution, now: datetime
) -> int:
    """Carry remainders of a year's lines over to the next year by decision; returns the new version's id.

    The next year gets a version of its own: the one adopted before it, and on top what is carried. A line
    keeps its title; where the next year has none of that name, it is made. Given twice, the same sums change
    nothing. Raises NotAdopted, DraftExists, CarriesNothing, NothingToCarry, CarriedOtherwise and what
    `governance.adopt` raises.
    """
    require(by, Act.DECIDE, now=now)
    require(by, Act.EDIT_BUDGET, now=now)
    standing = adopted(year)
    if standing is None:
        raise NotAdopted(year=year)
    if not amounts:
        raise CarriesNothing
    decision = decided(by, resolution, now)
    done = BudgetVersion.objects.filter(decision=decision).first()
    if done is not None:
        if _carried(done) != {line: amount.value for line, amount in amounts.items()}:
            raise CarriedOtherwise(number=decision.diary_number)
        return done.pk
    row = _begun(fiscal_year(year + 1), now)
    for line, amount in amounts.items():
        _carry(standing, row, line, amount)
    _adopt(by, row, decision, now)
    return row.pk


def _carried(row: BudgetVersion) -> dict[int, int]:
    """Line → what this version carried from it, less what the version before it had carried already."""
    before = BudgetVersion.objects.filter(year=row.year, number__lt=row.number).order_by("-number").first()
    earlier = _sums(before) if before is not None else {}
    more = {line: cents - earlier.get(line, 0) for line, cents in _sums(row).items()}
    return {line: cents for line, cents in more.items() if cents}


def _sums(row: BudgetVersion) -> dict[int, int]:
    rows = row.amounts.filter(carried_from__isnull=False).values_list("carried_from_id", "carried_cents")
    return {line: cents for line, cents in rows if line is not None}


def adopted(year: int) -> BudgetVersion | None:
    """The version of a year's budget that stands."""
    rows = BudgetVersion.objects.filter(year__year=year, decision__isnull=False)
    return rows.select_related("year", "decision").order_by("-number").first()


def decided(by: Actor, resolution: Resolution, now: datetime) -> Decision:
    """The decision of a budget, adopted in the caller's transaction."""
    return adopt(
        by=by,
        body=resolution.body,
        diary_number=resolution.diary_number,
        effect=Effect.BUDGET,
        decided_on=resolution.decided_on,
        words=resolution.words,
        supersedes=resolution.supersedes,
        example=resolution.example,
        now=now,
    )


def remainder(version: BudgetVersion, line: BudgetLine) -> Cents:
    """What is left of a line: its sum less what was booked on it and what was carried over before."""
    amount = version.amounts.filter(line=line).first()
    if amount is None:
        return Cents(0)
    booked = Booking.objects.filter(line=line).aggregate(sum=Sum("amount_cents"))["sum"] or 0
    later = adopted(version.year.year + 1)
    gone = 0
    if later is not None:
        gone = later.amounts.filter(carried_from=line).aggregate(sum=Sum("carried_cents"))["sum"] or 0
    return Cents(amount.own_cents + amount.carried_cents - booked - gone)


def _carry(standing: BudgetVersion, row: BudgetVersion, line: int, amount: Cents) -> None:
    source = BudgetLine.objects.select_for_update().filter(pk=line, year=standing.year).first()
    if source is None:
        raise NoSuchBudget
    left = remainder(standing, source)
    if amount.value <= 0 or amount.value > left.value:
        raise NothingToCarry(title=source.title, left=left.plain(), asked=amount.plain())
    target, _ = BudgetLine.objects.get_or_create(
        year=row.year,
        title=source.title,
        defaults={
            "platform": source.platform,
            "cost_class": source.cost_class,
            "account": source.account,
            "cost_centre": source.cost_centre,
        },
    )
    held, _ = LineAmount.objects.get_or_create(version=row, line=target, defaults={"own_cents": 0})
    held.carried_cents += amount.value
    held.carried_from = source
    held.save(update_fields=["carried_cents", "carried_from"])


def _begun(year: FiscalYear, now: datetime) -> BudgetVersion:
    FiscalYear.objects.select_for_update().get(pk=year.pk)
    last = BudgetVersion.objects.filter(year=year).order_by("-number").first()
    if last is not None and last.decision_id is None:
        raise DraftExists(year=year.year, number=last.number)
    row = BudgetVersion.objects.create(year=year, number=last.number + 1 if last else 1, begun_at=now)
    if last is not None:
        LineAmount.objects.bulk_create(
            LineAmount(
                version=row,
                line_id=held.line_id,
                own_cents=held.own_cents,
                carried_cents=held.carried_cents,
                carried_from_id=held.carried_from_id,
            )
            for held in last.amounts.all()
        )
    return row


def _adopt(by: Actor, row: BudgetVersion, decision: Decision, now: datetime) -> None:
    row.decision, row.adopted_at = decision, now
    row.save(update_fields=["decision", "adopted_at"])
    sums = row.amounts.aggregate(own=Sum("own_cents"), carried=Sum("carried_cents"))
    after: dict[str, Value] = {
        "year": row.year.year,
        "number": row.number,
        "decision": decision.diary_number,
        "own": Cents(sums["own"] or 0),
        "carried": Cents(sums["carried"] or 0),
    }
    audit.record(by=by, act="budgets.adopt_budget", obj=row, before=None, after=after, now=now)


def _version(version: int) -> BudgetVersion:
    rows = BudgetVersion.objects.select_for_update(of=("self",)).select_related("year", "decision")
    row = rows.filter(pk=version).first()
    if row is None:
        raise NoSuchBudget
    return row


def _draft(version: int) -> BudgetVersion:
    row = _version(version)
    _refuse_adopted(row)
    return row


def _refuse_adopted(row: BudgetVersion) -> None:
    if row.decision is not None:
        raise BudgetAdopted(year=row.year.year, number=row.number, decision=row.decision.diary_number)


def _line(line: int, row: BudgetVersion) -> BudgetLine:
    found = BudgetLine.objects.filter(pk=line, year=row.year).first()
    if found is None:
        raise NoSuchBudget
    return found
