"""Reading vendors' invoices and grants, and the report to a funder."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import QuerySet, Sum

from kimppa.consortium.agreements.price_models import PlatformPrice
from kimppa.consortium.budgets.grant_shares import GrantShares, share_costs
from kimppa.consortium.budgets.plan_models import Booking, Grant, Purchase
from kimppa.consortium.budgets.plan_rules import CostKind, NoSuchGrant, NoSuchPurchase, PurchaseState
from kimppa.consortium.budgets.purchases import cost
from kimppa.foundation.core.money import Cents
from kimppa.foundation.files import queries as files


@dataclass(frozen=True, slots=True)
class PurchaseRow:
    """A vendor's invoice. `cost`: in euros with VAT, self-assessed VAT too; below zero: a credit note."""

    id: int
    vendor: str
    number: str
    issued: date
    due: date | None
    state: PurchaseState
    form: str
    net: Cents
    vat: Cents
    self_assessed: Cents
    cost: Cents
    reverse_charge: bool
    currency: str
    original: Cents
    exchange_rate: Decimal
    agreement_id: int | None
    agreement_number: str
    file_name: str
    sha256: str
    reference: str
    iban: str
    discarded_why: str
    example: bool
    paid_by_id: int | None = None
    paid_by: str = ""


@dataclass(frozen=True, slots=True)
class PartRow:
    line_id: int
    year: int
    title: str
    account: str
    cost_centre: str
    amount: Cents
    grant_id: int | None
    grant: str
    kind: CostKind


@dataclass(frozen=True, slots=True)
class GrantRow:
    """A grant, what has been used of it, and its own share."""

    id: int
    title: str
    funder: str
    agreement_id: int | None
    agreement_number: str
    decision_number: str
    valid_from: date
    valid_to: date
    amount: Cents
    own_percent: Decimal
    example: bool
    shares: GrantShares


@dataclass(frozen=True, slots=True)
class CostRow:
    """One cost of a grant, down to the invoice."""

    purchase_id: int
    vendor: str
    number: str
    issued: date
    kind: CostKind
    line: str
    amount: Cents


def purchases(*, state: PurchaseState | None = None) -> tuple[PurchaseRow, ...]:
    """Every vendor's invoice, the newest first."""
    rows = Purchase.objects.all() if state is None else Purchase.objects.filter(state=state.value)
    return tuple(_row(one) for one in _loaded(rows).order_by("-issued", "-pk"))


def waiting() -> int:
    """How many invoices wait for booking."""
    return Purchase.objects.filter(state=PurchaseState.RECEIVED.value).count()


def purchase(purchase_id: int) -> tuple[PurchaseRow, tuple[PartRow, ...]] | None:
    """One invoice with its parts."""
    one = _loaded(Purchase.objects.filter(pk=purchase_id)).first()
    if one is None:
        return None
    parts = one.bookings.select_related("line__year", "grant").order_by("pk")
    return _row(one), tuple(
        PartRow(
            line_id=part.line_id,
            year=part.line.year.year,
            title=part.line.title,
            account=part.line.account,
            cost_centre=part.line.cost_centre,
            amount=Cents(part.amount_cents),
            grant_id=part.grant_id,
            grant=part.grant.title if part.grant else "",
            kind=CostKind(part.cost_kind),
        )
        for part in parts
    )


def file_of(purchase_id: int) -> tuple[str, str, bytes]:
    """Name, media type and bytes of an invoice's file. Raises NoSuchPurchase, FileGone, FileDamaged."""
    one = Purchase.objects.select_related("file").filter(pk=purchase_id).first()
    if one is None or one.file is None:
        raise NoSuchPurchase
    return one.file.name, one.file.media_type, files.read(one.file)


def grants() -> tuple[GrantRow, ...]:
    """Every grant, the newest first."""
    rows = Grant.objects.select_related("funder", "agreement").order_by("-valid_from", "title")
    costs: dict[int, dict[str, Cents]] = {}
    for grant, kind, cents in Booking.objects.filter(grant__isnull=False).values_list(
        "grant", "cost_kind", "amount_cents"
    ):
        if grant is not None:
            own = costs.setdefault(grant, {})
            own[kind] = own.get(kind, Cents(0)) + Cents(cents)
    return tuple(_grant(row, costs.get(row.pk, {})) for row in rows)


def grant(grant_id: int) -> tuple[GrantRow, tuple[CostRow, ...]]:
    """One grant with its costs, the oldest first. Raises NoSuchGrant."""
    row = next((one for one in grants() if one.id == grant_id), None)
    if row is None:
        raise NoSuchGrant
    rows = Booking.objects.filter(grant=grant_id).select_related("purchase__vendor", "line")
    return row, tuple(
        CostRow(
            purchase_id=one.purchase_id,
            vendor=one.purchase.vendor.name,
            number=one.purchase.number,
            issued=one.purchase.issued,
            kind=CostKind(one.cost_kind),
            line=one.line.title,
            amount=Cents(one.amount_cents),
        )
        for one in rows.order_by("purchase__issued", "pk")
    )


def _grant(row: Grant, costs: dict[str, Cents]) -> GrantRow:
    ordered: dict[str, Cents] = {kind.value: costs[kind.value] for kind in CostKind if kind.value in costs}
    return GrantRow(
        id=row.pk,
        title=row.title,
        funder=row.funder.name,
        agreement_id=row.agreement_id,
        agreement_number=row.agreement.diary_number if row.agreement else "",
        decision_number=row.decision_number,
        valid_from=row.valid_from,
        valid_to=row.valid_to,
        amount=Cents(row.amount_cents),
        own_percent=row.own_percent,
        example=row.example,
        shares=share_costs(ordered, own_percent=row.own_percent, granted=Cents(row.amount_cents)),
    )


def _loaded(rows: QuerySet[Purchase]) -> QuerySet[Purchase]:
    return rows.select_related("vendor", "agreement", "file", "paid_by")


def _row(one: Purchase) -> PurchaseRow:
    return PurchaseRow(
        id=one.pk,
        vendor=one.vendor.name,
        number=one.number,
        issued=one.issued,
        due=one.due,
        state=PurchaseState(one.state),
        form=one.form,
        net=Cents(one.net_cents),
        vat=Cents(one.vat_cents),
        self_assessed=Cents(one.self_assessed_cents),
        cost=cost(one),
        reverse_charge=one.reverse_charge,
        currency=one.currency,
        original=Cents(one.original_cents),
        exchange_rate=one.exchange_rate,
        agreement_id=one.agreement_id,
        agreement_number=one.agreement.diary_number if one.agreement else "",
        file_name=one.file.name if one.file else "",
        sha256=one.file.sha256 if one.file else "",
        reference=one.reference,
        iban=one.iban,
        discarded_why=one.discarded_why,
        example=one.example,
        paid_by_id=one.paid_by_id,
        paid_by=one.paid_by.name if one.paid_by else "",
    )


def paid_for_all(year: int) -> dict[int | None, Cents]:
    """The paying city's party → what it paid of the year's booked costs; None: nobody was named.

    Costs of grants are left out: with them the city settles with the funder.
    """
    rows = Booking.objects.filter(line__year__year=year, grant__isnull=True)
    sums = rows.values_list("purchase__paid_by_id").annotate(sum=Sum("amount_cents")).order_by()
    return {party: Cents(cents) for party, cents in sums}


def usual_payer(agreement_id: int | None) -> int | None:
    """The city that pays an agreement's VAT, else the one that paid its last invoice; None: not known."""
    if agreement_id is None:
        return None
    prices = PlatformPrice.objects.filter(agreement_id=agreement_id, vat_payer__isnull=False)
    named = prices.order_by("-pk").values_list("vat_payer_id", flat=True).first()
    if named is not None:
        return named
    paid = Purchase.objects.filter(agreement_id=agreement_id, paid_by__isnull=False)
    return paid.order_by("-issued", "-pk").values_list("paid_by_id", flat=True).first()
