"""Reading rates, levies and shares; and plans: what a levy would be, written nowhere."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal

from django.db.models import F, OuterRef, QuerySet, Subquery, Sum

from kimppa.commons.members import queries as members
from kimppa.commons.members.queries import MunicipalityRow
from kimppa.commons.members.roles import Visible
from kimppa.consortium.agreements.rules import CostClass
from kimppa.consortium.budgets.models import (
    CostShare,
    FiscalYear,
    LevyRevision,
    MemberMonths,
    StandingRate,
)
from kimppa.consortium.budgets.participants import MadeOf, share_out
from kimppa.consortium.budgets.recipes import Recipe, Stage
from kimppa.consortium.budgets.rules import (
    MONTHS_OF_YEAR,
    Method,
    NobodyToCharge,
    NoPopulation,
    NoSuchLevy,
    PopulationIncomplete,
    Resident,
    Share,
    shares_by_amount,
    shares_by_rate,
)
from kimppa.consortium.budgets.shares import shares_of
from kimppa.consortium.budgets.stored import recipe_of
from kimppa.consortium.governance.queries import DecisionRow, row_of
from kimppa.foundation.core.money import Cents
from kimppa.foundation.core.text import in_language

EVERYTHING = Visible(True)


@dataclass(frozen=True, slots=True)
class Basis:
    """What is decided: a rate or a sum, the months, the day of the populations, the day of the members.

    `members_on` None means every municipality loaded. `recipe` says how a sum is shared when it is not by
    residents among all. `tried` are months by municipality as if they had been decided, for previews.
    """

    reference_date: date
    members_on: date | None
    rate: Decimal | None = None
    amount: Cents | None = None
    months: int = MONTHS_OF_YEAR
    recipe: Recipe | None = None
    tried: tuple[tuple[str, int], ...] = ()

    @property
    def method(self) -> Method:
        return Method.AMOUNT if self.amount is not None else Method.RATE


@dataclass(frozen=True, slots=True)
class PlannedShare:
    code: str
    name_fi: str
    name_sv: str
    name_en: str
    residents: int
    months: int
    amount: Cents
    kimppa: str = ""
    made_of: MadeOf | None = None

    def name(self, language: str) -> str:
        return in_language(language, fi=self.name_fi, sv=self.name_sv, en=self.name_en)


@dataclass(frozen=True, slots=True)
class Plan:
    """What a levy would be. `total` is the sum of the shares."""

    basis: Basis
    shares: tuple[PlannedShare, ...]
    residents: int
    total: Cents


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """One municipality in a plan beside what it was levied in the year before (None: it was not)."""

    share: PlannedShare
    before: Cents | None

    @property
    def change(self) -> Cents | None:
        return None if self.before is None else self.share.amount - self.before


@dataclass(frozen=True, slots=True)
class RateRow:
    id: int
    cost_class: str
    rate: Decimal
    valid_from: date
    valid_to: date | None
    withdrawn: bool
    decision: DecisionRow


@dataclass(frozen=True, slots=True)
class RevisionRow:
    """One calculation of a levy; `id` is the revision's, `shares` how many it has."""

    id: int
    levy_id: int
    year: int
    cost_class: str
    title_fi: str
    title_sv: str
    title_en: str
    number: int
    latest: bool
    method: str
    rate: Decimal | None
    amount: Cents | None
    months: int
    reference_date: date
    members_on: date
    total: Cents
    decision: DecisionRow
    stage: Stage = Stage.WHOLE
    recipe: Recipe | None = None
    standing_rate_id: int | None = None

    def title(self, language: str) -> str:
        return in_language(language, fi=self.title_fi, sv=self.title_sv, en=self.title_en)


def day_after(reference_date: date) -> date:
    """The usual day of the members: the one after the populations' date."""
    return reference_date + timedelta(days=1)


def plan(basis: Basis) -> Plan:
    """The shares of a levy that is not written. Raises NoPopulation, PopulationIncomplete, BadRate…"""
    people = members.population(basis.reference_date)
    months = _months(basis)
    who = [m for m in _charged(basis, people, months) if months.get(m.code, basis.months)]
    residents = [
        Resident(m.code, people[m.code], min(basis.months, months.get(m.code, basis.months))) for m in who
    ]
    shares = _shares(basis, residents, {m.code: m for m in who})
    return Plan(
        basis=basis,
        shares=shares,
        residents=sum(share.residents for share in shares),
        total=Cents(sum(share.amount.value for share in shares)),
    )


def months_decided(year: int) -> dict[str, int]:
    """Code → the months for which one that joined or left in the year is charged, where decided."""
    rows = MemberMonths.objects.filter(year=year)
    return dict(rows.values_list("municipality__code", "months"))


def _months(basis: Basis) -> dict[str, int]:
    decided = months_decided(basis.members_on.year) if basis.members_on is not None else {}
    return decided | dict(basis.tried)


def _charged(basis: Basis, people: Mapping[str, int], months: Mapping[str, int]) -> list[MunicipalityRow]:
    """The members of the day, and those for whom months were decided in that year."""
    if not people:
        dates = ", ".join(day.isoformat() for day in members.population_dates()) or "–"
        raise NoPopulation(day=basis.reference_date.isoformat(), dates=dates)
    if basis.members_on is None:
        who = [m for m in members.municipalities() if m.ended_on is None or m.code in people]
    else:
        who = list(members.members_on(basis.members_on))
        known = {m.code for m in who}
        if any(code not in known for code in months):
            who += [m for m in members.municipalities() if m.code in months and m.code not in known]
        if not who:
            raise NobodyToCharge(day=basis.members_on.isoformat())
    lacking = [m.name_fi for m in who if m.code not in people]
    if lacking:
        names = ", ".join(lacking[:5]) + (" …" if len(lacking) > 5 else "")
        raise PopulationIncomplete(count=len(lacking), day=basis.reference_date.isoformat(), names=names)
    return who


def _shares(
    basis: Basis, residents: list[Resident], places: Mapping[str, MunicipalityRow]
) -> tuple[PlannedShare, ...]:
    if basis.amount is None:
        rate = basis.rate if basis.rate is not None else Decimal(0)
        return tuple(_planned(places[share.code], share) for share in shares_by_rate(rate, residents))
    if basis.recipe is None or basis.recipe.plain:
        shared = shares_by_amount(basis.amount, residents)
        return tuple(_planned(places[share.code], share) for share in shared)
    on = basis.members_on or day_after(basis.reference_date)
    mixed = share_out(basis.amount, basis.recipe, residents, on=on, months=basis.months)
    known = {**{m.code: m for m in members.municipalities()}, **places} if basis.recipe.kimppas else places
    return tuple(
        replace(
            _planned(known[one.code], Share(one.code, one.residents, one.months, one.amount)),
            kimppa=one.kimppa,
            made_of=one.made_of,
        )
        for one in mixed
    )


def _planned(place: MunicipalityRow, share: Share) -> PlannedShare:
    return PlannedShare(
        code=place.code,
        name_fi=place.name_fi,
        name_sv=place.name_sv,
        name_en=place.name_en,
        residents=share.residents,
        months=share.months,
        amount=share.amount,
    )


def basis_of(revision: RevisionRow) -> Basis:
    """What a stored calculation was made by, to reckon it again with today's members and months."""
    return Basis(
        reference_date=revision.reference_date,
        members_on=revision.members_on,
        rate=revision.rate,
        amount=revision.amount,
        months=revision.months,
        recipe=revision.recipe,
    )


def changes(planned: Plan, earlier: RevisionRow | None) -> tuple[ChangeRow, ...]:
    """Each municipality of a plan beside its share of an earlier calculation, as of the year before."""
    before = {s.code: s.amount for s in shares_of(earlier.id)} if earlier else {}
    return tuple(ChangeRow(share, before.get(share.code)) for share in planned.shares)


def standing_rate(cost_class: CostClass, on: date) -> RateRow | None:
    """The rate that stands on a day."""
    found = rate_rows(cost_class).filter(withdrawn=False, valid_from__lte=on)
    row = found.exclude(valid_to__lt=on).first()
    return _rate_row(row) if row else None


def rates(cost_class: CostClass) -> tuple[RateRow, ...]:
    """Every rate of a cost class, the newest first, withdrawn ones too."""
    return tuple(_rate_row(row) for row in rate_rows(cost_class))


def rate_rows(cost_class: CostClass) -> QuerySet[StandingRate]:
    """Rows of a cost class with their decisions, the newest first."""
    rows = StandingRate.objects.select_related("decision__body", "decision__superseded_by").filter(
        cost_class=cost_class.value
    )
    return rows.order_by("-valid_from", "-pk")


def years() -> tuple[int, ...]:
    """The fiscal years that exist, the newest first."""
    return tuple(FiscalYear.objects.order_by("-year").values_list("year", flat=True))


def revisions_of(year: int) -> tuple[RevisionRow, ...]:
    """Every revision of every levy of a year, by levy and then the newest first."""
    rows = _revisions().filter(levy__year__year=year).order_by("levy__cost_class", "levy_id", "-number")
    return tuple(_revision_row(row) for row in rows)


def latest_revision(year: int, cost_class: CostClass) -> RevisionRow | None:
    """The newest calculation of a year in a cost class; None where nothing was levied."""
    rows = _revisions().filter(levy__year__year=year, levy__cost_class=cost_class.value)
    row = rows.order_by("-levy_id", "-number").first()
    return _revision_row(row) if row else None


def reference_date_of(year: int, cost_class: CostClass) -> date | None:
    """The day of the populations of `latest_revision`, without all that belongs to it."""
    rows = LevyRevision.objects.filter(levy__year__year=year, levy__cost_class=cost_class.value)
    return rows.order_by("-levy_id", "-number").values_list("reference_date", flat=True).first()


def revision(revision_id: int) -> RevisionRow:
    """One revision. Raises NoSuchLevy."""
    row = _revisions().filter(pk=revision_id).first()
    if row is None:
        raise NoSuchLevy
    return _revision_row(row)


def latest_by_year(cost_class: CostClass) -> dict[int, RevisionRow]:
    """Year → the newest calculation of a cost class, in one query."""
    rows = _revisions().filter(levy__cost_class=cost_class.value, number=F("newest"))
    return {row.levy.year.year: _revision_row(row) for row in rows.order_by("levy_id")}


def levied(year: int, *, visible: Visible = EVERYTHING) -> Cents:
    """The sum of the shares of a year's newest calculations; only those that the reader may see."""
    shares = CostShare.objects.filter(revision_id__in=_newest_ids(year))
    if not visible.everything:
        shares = shares.filter(municipality__code__in=visible.municipalities)
    return Cents(shares.aggregate(all=Sum("share_cents"))["all"] or 0)


def levied_by_code(year: int) -> dict[str, Cents]:
    """What each payer was levied in a year, all cost classes together, in the newest calculation of each."""
    shares = CostShare.objects.filter(revision_id__in=_newest_ids(year)).order_by()
    sums = shares.values("municipality__code").annotate(all=Sum("share_cents"))
    return {code: Cents(cents) for code, cents in sums.values_list("municipality__code", "all")}


def _newest_ids(year: int) -> list[int]:
    """The newest calculation of each levy of a year."""
    rows = LevyRevision.objects.filter(levy__year__year=year).order_by("number")
    return list(dict(rows.values_list("levy_id", "pk")).values())


def _revisions() -> QuerySet[LevyRevision]:
    rows = LevyRevision.objects.select_related("levy__year", "decision__body", "decision__superseded_by")
    newest = LevyRevision.objects.filter(levy=OuterRef("levy")).order_by("-number")
    return rows.annotate(newest=Subquery(newest.values("number")[:1]))


def _revision_row(row: LevyRevision) -> RevisionRow:
    newest: int = getattr(row, "newest", row.number)
    return RevisionRow(
        id=row.pk,
        levy_id=row.levy_id,
        year=row.levy.year.year,
        cost_class=row.levy.cost_class,
        title_fi=row.levy.title_fi,
        title_sv=row.levy.title_sv,
        title_en=row.levy.title_en,
        number=row.number,
        latest=row.number == newest,
        method=row.method,
        rate=row.rate,
        amount=Cents(row.amount_cents) if row.amount_cents is not None else None,
        months=row.months,
        reference_date=row.reference_date,
        members_on=row.members_on,
        total=Cents(row.total_cents),
        decision=row_of(row.decision),
        stage=Stage(row.stage),
        recipe=recipe_of(row.recipe),
        standing_rate_id=row.standing_rate_id,
    )


def _rate_row(row: StandingRate) -> RateRow:
    return RateRow(
        id=row.pk,
        cost_class=row.cost_class,
        rate=row.rate,
        valid_from=row.valid_from,
        valid_to=row.valid_to,
        withdrawn=row.withdrawn,
        decision=row_of(row.decision),
    )
