"""Reading budgets: every line with its sum, bookings, commitments and outlook, and what each is made of."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import QuerySet

from kimppa.consortium.agreements.price_queries import Reckoned
from kimppa.consortium.budgets.commitments import basis_of, suggestions
from kimppa.consortium.budgets.forecast import Outlook, Promise, outlook, promises, together
from kimppa.consortium.budgets.plan_models import Booking, BudgetLine, BudgetVersion, Commitment, LineAmount
from kimppa.foundation.core.money import Cents


@dataclass(frozen=True, slots=True)
class VersionRow:
    """One version of a year's budget; without a decision it is in preparation."""

    id: int
    year: int
    number: int
    decision_id: int | None
    decision_number: str
    decided_on: date | None
    total: Cents

    @property
    def adopted(self) -> bool:
        return self.decision_id is not None


@dataclass(frozen=True, slots=True)
class LineRow:
    """A line in a version. `own` and `carried` make its sum; `standing`: some adopted version has it."""

    id: int
    title: str
    platform: str
    platform_name: str
    cost_class: str
    account: str
    cost_centre: str
    own: Cents
    carried: Cents
    carried_from: str
    outlook: Outlook


@dataclass(frozen=True, slots=True)
class BudgetView:
    """A year's budget in one version, with what happened on its lines."""

    version: VersionRow
    versions: tuple[VersionRow, ...]
    lines: tuple[LineRow, ...]
    whole: Outlook


@dataclass(frozen=True, slots=True)
class BookingRow:
    id: int
    purchase_id: int
    vendor: str
    number: str
    issued: date
    agreement_number: str
    grant: str
    amount: Cents


@dataclass(frozen=True, slots=True)
class CommitmentRow:
    """A recorded commitment and what of it remains."""

    id: int
    agreement_id: int
    agreement_number: str
    platform: str
    platform_name: str
    amount: Cents
    vat: Cents
    quantities: dict[str, object]
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class LineDetail:
    year: int
    line: LineRow
    versions: tuple[tuple[VersionRow, Cents], ...]
    bookings: tuple[BookingRow, ...]
    commitments: tuple[CommitmentRow, ...]
    promises: tuple[tuple[Promise, str], ...]


@dataclass(frozen=True, slots=True)
class YearRow:
    """A year that has a budget, or one in preparation."""

    year: int
    version: VersionRow
    draft: VersionRow | None
    whole: Outlook


def budgeted() -> tuple[int, ...]:
    """The years that have a budget, the newest first, without their figures."""
    rows = BudgetVersion.objects.order_by("-year__year").values_list("year__year", flat=True)
    return tuple(rows.distinct())


def years() -> tuple[YearRow, ...]:
    """Every year with a budget, the newest first."""
    by_year: dict[int, list[VersionRow]] = {}
    for row in _versions(BudgetVersion.objects.all()):
        by_year.setdefault(row.year, []).append(row)
    found = []
    for year in sorted(by_year, reverse=True):
        versions = by_year[year]
        standing = next((one for one in versions if one.adopted), versions[0])
        draft = next((one for one in versions if not one.adopted), None)
        found.append(YearRow(year, standing, draft, together(_outlooks(standing.id).values())))
    return tuple(found)


def budget(year: int, number: int | None = None) -> BudgetView | None:
    """A year's budget in the version asked for; else the one that stands, else the one in preparation."""
    versions = tuple(_versions(BudgetVersion.objects.filter(year__year=year)))
    if number is not None:
        chosen = next((one for one in versions if one.number == number), None)
    else:
        chosen = next((one for one in versions if one.adopted), versions[0] if versions else None)
    if chosen is None:
        return None
    lines = _lines(chosen.id)
    return BudgetView(chosen, versions, lines, together(line.outlook for line in lines))


def line(line_id: int) -> LineDetail | None:
    """One line with everything that it is made of."""
    found = BudgetLine.objects.select_related("year").filter(pk=line_id).first()
    if found is None:
        return None
    held = LineAmount.objects.filter(line=found).select_related("version__year", "version__decision")
    by_version = [
        (_version(one.version, Cents(0)), Cents(one.own_cents + one.carried_cents))
        for one in held.order_by("-version__number")
    ]
    standing = next((v for v, _ in by_version if v.adopted), by_version[0][0] if by_version else None)
    if standing is None:
        return None
    row = next(one for one in _lines(standing.id) if one.id == line_id)
    bookings, commitments = _bookings(found), _commitments(found)
    numbers = {c.agreement_id: c.agreement_number for c in commitments}
    booked = Booking.objects.filter(line=found).values_list(
        "purchase__agreement", "purchase__agreement__diary_number", "amount_cents"
    )
    pairs = []
    for agreement, diary_number, cents in booked:
        pairs.append((agreement, Cents(cents)))
        if agreement is not None:
            numbers[agreement] = diary_number
    made = promises(pairs, [(c.agreement_id, c.amount) for c in commitments])
    named = tuple((one, numbers.get(one.agreement, "") if one.agreement else "") for one in made)
    return LineDetail(found.year.year, row, tuple(by_version), bookings, commitments, named)


def bookable_lines() -> tuple[tuple[int, int, str, str], ...]:
    """Lines of adopted budgets as (id, year, title, platform slug), the newest year first."""
    rows = BudgetLine.objects.filter(amounts__version__decision__isnull=False).distinct()
    told = rows.order_by("-year__year", "title").values_list("pk", "year__year", "title", "platform__slug")
    return tuple((pk, year, title, slug or "") for pk, year, title, slug in told)


def commitment(commitment_id: int, *, on: date) -> tuple[CommitmentRow, int, Reckoned | None] | None:
    """One commitment, its year, and how it is reckoned with the quantities it was recorded with."""
    found = Commitment.objects.select_related("agreement", "platform", "year", "line").filter(
        pk=commitment_id
    )
    one = found.first()
    if one is None:
        return None
    row = _commitment(one)
    basis = basis_of(row.quantities)
    again = suggestions(one.year.year, basis, on=on)
    key = (one.agreement_id, one.platform.slug)
    cost = next((s.cost for s in again if (s.contract.id, s.platform) == key), None)
    return row, one.year.year, cost


def _lines(version: int) -> tuple[LineRow, ...]:
    found = _outlooks(version)
    rows = LineAmount.objects.filter(version=version).select_related("line__platform", "carried_from__year")
    return tuple(
        LineRow(
            id=one.line.pk,
            title=one.line.title,
            platform=one.line.platform.slug if one.line.platform else "",
            platform_name=one.line.platform.name if one.line.platform else "",
            cost_class=one.line.cost_class,
            account=one.line.account,
            cost_centre=one.line.cost_centre,
            own=Cents(one.own_cents),
            carried=Cents(one.carried_cents),
            carried_from=str(one.carried_from.year.year) if one.carried_from else "",
            outlook=found[one.line.pk],
        )
        for one in rows.order_by("line__cost_class", "line__title")
    )


def _outlooks(version: int) -> dict[int, Outlook]:
    """The outlook of every line of a version: three queries, however many lines."""
    sums = LineAmount.objects.filter(version=version).values_list("line", "own_cents", "carried_cents")
    budgets = {line: Cents(own + carried) for line, own, carried in sums}
    booked: dict[int, list[tuple[int | None, Cents]]] = {}
    rows = Booking.objects.filter(line__in=budgets).values_list("line", "purchase__agreement", "amount_cents")
    for whose, agreement, cents in rows:
        booked.setdefault(whose, []).append((agreement, Cents(cents)))
    bound: dict[int, list[tuple[int, Cents]]] = {}
    for whose, agreement, cents in Commitment.objects.filter(line__in=budgets).values_list(
        "line", "agreement", "amount_cents"
    ):
        bound.setdefault(whose, []).append((agreement, Cents(cents)))
    return {
        one: outlook(amount, promises(booked.get(one, ()), bound.get(one, ())))
        for one, amount in budgets.items()
    }


def _versions(rows: QuerySet[BudgetVersion]) -> list[VersionRow]:
    """Versions, the newest first, with their sums."""
    found = rows.select_related("year", "decision")
    totals: dict[int, int] = {}
    for version, own, carried in LineAmount.objects.filter(version__in=rows).values_list(
        "version", "own_cents", "carried_cents"
    ):
        totals[version] = totals.get(version, 0) + own + carried
    return [_version(row, Cents(totals.get(row.pk, 0))) for row in found.order_by("-year__year", "-number")]


def _version(row: BudgetVersion, total: Cents) -> VersionRow:
    return VersionRow(
        id=row.pk,
        year=row.year.year,
        number=row.number,
        decision_id=row.decision.pk if row.decision else None,
        decision_number=row.decision.diary_number if row.decision else "",
        decided_on=row.decision.decided_on if row.decision else None,
        total=total,
    )


def _bookings(found: BudgetLine) -> tuple[BookingRow, ...]:
    rows = found.bookings.select_related("purchase__vendor", "purchase__agreement", "grant")
    return tuple(
        BookingRow(
            id=one.pk,
            purchase_id=one.purchase_id,
            vendor=one.purchase.vendor.name,
            number=one.purchase.number,
            issued=one.purchase.issued,
            agreement_number=one.purchase.agreement.diary_number if one.purchase.agreement else "",
            grant=one.grant.title if one.grant else "",
            amount=Cents(one.amount_cents),
        )
        for one in rows.order_by("purchase__issued", "pk")
    )


def _commitments(found: BudgetLine) -> tuple[CommitmentRow, ...]:
    rows = found.commitments.select_related("agreement", "platform")
    return tuple(_commitment(one) for one in rows.order_by("platform__name", "pk"))


def _commitment(one: Commitment) -> CommitmentRow:
    return CommitmentRow(
        id=one.pk,
        agreement_id=one.agreement_id,
        agreement_number=one.agreement.diary_number,
        platform=one.platform.slug,
        platform_name=one.platform.name,
        amount=Cents(one.amount_cents),
        vat=Cents(one.vat_cents),
        quantities=dict(one.quantities),
        recorded_at=one.recorded_at,
    )
