"""Writing the next calculation of a levy. Called by verbs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from kimppa.commons.members.models import Kimppa, Municipality, Population
from kimppa.consortium.agreements.rules import CostClass
from kimppa.consortium.budgets import use_snapshot
from kimppa.consortium.budgets.models import CostShare, FiscalYear, Levy, LevyRevision
from kimppa.consortium.budgets.queries import Plan
from kimppa.consortium.budgets.recipes import Stage
from kimppa.consortium.budgets.rules import YearOutOfRange
from kimppa.consortium.budgets.stored import made_json, recipe_json
from kimppa.foundation.accounts import audit
from kimppa.foundation.accounts.actors import Actor
from kimppa.foundation.core.money import Cents
from kimppa.foundation.core.text import clean_line

FIRST_YEAR, LAST_YEAR = 2000, 2200
# What a levy of each class is called on invoices; the year is added.
TITLES: dict[CostClass, tuple[str, str, str]] = {
    CostClass.CONTENT: ("Sisällöt ja alustat", "Innehåll och plattformar", "Content and platforms"),
    CostClass.MAINTENANCE: ("Ylläpito", "Underhåll", "Maintenance"),
    CostClass.OTHER: ("Muut kulut", "Övriga kostnader", "Other costs"),
}


@dataclass(frozen=True, slots=True)
class LevyTitle:
    """What a levy of other costs is called on invoices; Finnish is needed."""

    fi: str
    sv: str = ""
    en: str = ""


@dataclass(frozen=True, slots=True)
class Calculation:
    """What a revision is made of. `title` None: the cost class's own."""

    year: int
    cost_class: CostClass
    planned: Plan
    decision: int
    standing_rate: int | None = None
    stage: Stage = Stage.WHOLE
    title: LevyTitle | None = None


def fiscal_year(year: int) -> FiscalYear:
    """The year's row, made when it is first asked for. Raises YearOutOfRange."""
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise YearOutOfRange(year=year)
    found, _ = FiscalYear.objects.get_or_create(
        year=year, defaults={"starts": date(year, 1, 1), "ends": date(year, 12, 31)}
    )
    return found


def revise(by: Actor, made: Calculation, now: datetime) -> int:
    """The revision's id: the standing one where nothing has changed, else the next."""
    fi, sv, en = _titles(made)
    levy, _ = Levy.objects.get_or_create(
        year=fiscal_year(made.year),
        cost_class=made.cost_class.value,
        title_fi=fi,
        defaults={"title_sv": sv, "title_en": en, "created": now},
    )
    # Whoever levies the same again waits here and then finds what was made.
    Levy.objects.select_for_update().get(pk=levy.pk)
    last = LevyRevision.objects.filter(levy=levy).order_by("-number").first()
    if last is not None and _same(last, made):
        return last.pk
    row = _write(levy, last.number + 1 if last else 1, made, now)
    audit.record(
        by=by,
        act="budgets.levy",
        obj=row,
        before={"total": Cents(last.total_cents), "revision": last.number} if last else None,
        after={
            "total": made.planned.total,
            "revision": row.number,
            "shares": len(made.planned.shares),
            "stage": made.stage.value,
        },
        now=now,
    )
    return row.pk


def _titles(made: Calculation) -> tuple[str, str, str]:
    if made.title is not None:
        texts = (made.title.fi, made.title.sv, made.title.en)
        fi, sv, en = (clean_line(text)[:200] for text in texts)
        return fi, sv, en
    fi, sv, en = (f"{title} {made.year}" for title in TITLES[made.cost_class])
    return fi, sv, en


def _same(last: LevyRevision, made: Calculation) -> bool:
    basis = made.planned.basis
    amount = basis.amount.value if basis.amount is not None else None
    standing = (last.rate, last.amount_cents, last.months, last.reference_date, last.decision_id)
    if standing != (basis.rate, amount, basis.months, basis.reference_date, made.decision):
        return False
    if (last.stage, last.recipe) != (made.stage.value, recipe_json(basis.recipe)):
        return False
    stored = CostShare.objects.filter(revision=last).values_list(
        "municipality__code", "kimppa__slug", "residents", "months", "share_cents"
    )
    wanted = {(s.code, s.kimppa or None, s.residents, s.months, s.amount.value) for s in made.planned.shares}
    return set(stored) == wanted


def _write(levy: Levy, number: int, made: Calculation, now: datetime) -> LevyRevision:
    planned = made.planned
    basis = planned.basis
    row = LevyRevision.objects.create(
        levy=levy,
        number=number,
        method=basis.method.value,
        rate=basis.rate,
        amount_cents=basis.amount.value if basis.amount is not None else None,
        months=basis.months,
        reference_date=basis.reference_date,
        members_on=basis.members_on or levy.year.starts,
        standing_rate_id=made.standing_rate,
        decision_id=made.decision,
        total_cents=planned.total.value,
        created=now,
        stage=made.stage.value,
        recipe=recipe_json(basis.recipe),
    )
    _write_shares(row, planned)
    use_snapshot.freeze(row, basis.recipe)
    return row


def _write_shares(row: LevyRevision, planned: Plan) -> None:
    basis = planned.basis
    codes = [share.code for share in planned.shares]
    places = dict(Municipality.objects.filter(code__in=codes).values_list("code", "pk"))
    kimppas = dict(Kimppa.objects.values_list("slug", "pk"))
    people = dict(
        Population.objects.filter(
            reference_date=basis.reference_date, municipality__code__in=codes
        ).values_list("municipality__code", "pk")
    )
    CostShare.objects.bulk_create(
        CostShare(
            revision=row,
            municipality_id=places[share.code],
            kimppa_id=kimppas[share.kimppa] if share.kimppa else None,
            population_id=None if share.kimppa else people[share.code],
            residents=share.residents,
            reference_date=basis.reference_date,
            rate=basis.rate,
            months=share.months,
            share_cents=share.amount.value,
            made_of=made_json(share.made_of),
        )
        for share in planned.shares
    )
