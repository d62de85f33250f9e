"""What issuing a levy would do now: who sells, who pays, which shares are left. Writes nothing."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date

from django.db.models import QuerySet, Sum

from kimppa.commons.members.queries import in_force
from kimppa.consortium.budgets import queries as budgets
from kimppa.consortium.budgets.queries import RevisionRow, ShareRow
from kimppa.consortium.invoicing.models import (
    InternalCharge,
    Invoice,
    InvoiceLine,
    NumberSeries,
    PayerOf,
    PayerSeller,
    Payment,
    Seller,
)
from kimppa.consortium.invoicing.rules import Kind
from kimppa.foundation.core.money import Cents


@dataclass(frozen=True, slots=True)
class PlannedInvoice:
    """One invoice to come: a payer and the shares it pays."""

    payer_id: int
    payer: str
    shares: tuple[ShareRow, ...]

    @property
    def total(self) -> Cents:
        return Cents(sum(share.amount.value for share in self.shares))


@dataclass(frozen=True, slots=True)
class SellerPlan:
    """What one seller would issue; `first` and `last` are the numbers that would be given."""

    seller_id: int
    seller: str
    invoices: tuple[PlannedInvoice, ...]
    internal: tuple[ShareRow, ...]
    first: str
    last: str

    @property
    def total(self) -> Cents:
        return Cents(sum(invoice.total.value for invoice in self.invoices))

    @property
    def internal_total(self) -> Cents:
        return Cents(sum(share.amount.value for share in self.internal))


@dataclass(frozen=True, slots=True)
class IssuePlan:
    """`done`: shares that stand on invoices or internal charges; `earlier`: those of older revisions."""

    revision_id: int
    latest: bool
    sellers: tuple[SellerPlan, ...]
    done: int
    earlier: int
    without_payer: tuple[str, ...]

    @property
    def invoices(self) -> int:
        return sum(len(seller.invoices) for seller in self.sellers)

    @property
    def internal(self) -> int:
        return sum(len(seller.internal) for seller in self.sellers)

    @property
    def total(self) -> Cents:
        return Cents(sum(s.total.value + s.internal_total.value for s in self.sellers))


@dataclass(frozen=True, slots=True)
class SellerWithdrawal:
    """What one seller would take back; `first` and `last` are the numbers its credit notes would get."""

    seller_id: int
    seller: str
    invoices: int
    total: Cents
    paid: Cents
    internal: int
    internal_total: Cents
    first: str
    last: str


@dataclass(frozen=True, slots=True)
class WithdrawalPlan:
    """What stands of the calculations before a revision, by seller."""

    revision_id: int
    latest: bool
    sellers: tuple[SellerWithdrawal, ...]

    @property
    def invoices(self) -> int:
        return sum(seller.invoices for seller in self.sellers)

    @property
    def internal(self) -> int:
        return sum(seller.internal for seller in self.sellers)

    @property
    def paid(self) -> Cents:
        return Cents(sum(seller.paid.value for seller in self.sellers))

    @property
    def total(self) -> Cents:
        return Cents(sum(s.total.value + s.internal_total.value for s in self.sellers))


@dataclass(frozen=True, slots=True)
class _Payee:
    payer_id: int
    payer: str
    seller_id: int
    seller: str
    prefix: str
    internal: bool


def plan_issue(revision_id: int, *, on: date) -> IssuePlan:
    """What issuing a revision on a day would make. Raises NoSuchLevy.

    Shares already charged and shares of nothing are left out; a share whose municipality has no payer, or
    whose payer has no seller on that day, is named in `without_payer`.
    """
    revision = budgets.revision(revision_id)
    charged = _charged_sources(revision.levy_id)
    payees = _payees(on)
    left = [s for s in budgets.shares_of(revision_id) if s.amount.value and s.source not in charged]
    mine = f"levy/{revision.levy_id}/rev/{revision.number}/"
    by_seller: dict[int, list[tuple[_Payee, ShareRow]]] = defaultdict(list)
    without: list[str] = []
    for share in left:
        payee = payees.get(share.code)
        if payee is None:
            without.append(share.name_fi)
        else:
            by_seller[payee.seller_id].append((payee, share))
    plans = [_seller_plan(rows) for rows in by_seller.values()]
    return IssuePlan(
        revision_id=revision_id,
        latest=revision.latest,
        sellers=tuple(sorted(plans, key=lambda plan: plan.seller)),
        done=sum(1 for source in charged if source.startswith(mine)),
        earlier=sum(1 for source in charged if not source.startswith(mine)),
        without_payer=tuple(without),
    )


def plan_withdrawal(revision_id: int) -> WithdrawalPlan:
    """What crediting all that stands of the earlier calculations would take back now. Raises NoSuchLevy."""
    revision = budgets.revision(revision_id)
    invoices, charges = earlier_standing(revision)
    by_seller: dict[int, list[Invoice]] = defaultdict(list)
    for invoice in invoices:
        by_seller[invoice.seller_id].append(invoice)
    internal: dict[int, list[int]] = defaultdict(list)
    for seller_id, cents in charges.values_list("seller_id", "amount_cents"):
        internal[seller_id].append(cents)
    paid = dict(
        Payment.objects.filter(invoice__in=invoices)
        .values_list("invoice__seller_id")
        .annotate(sum=Sum("amount_cents"))
        .order_by()
    )
    sellers = Seller.objects.select_related("party", "series").filter(pk__in={*by_seller, *internal})
    return WithdrawalPlan(
        revision_id=revision_id,
        latest=revision.latest,
        sellers=tuple(
            _withdrawal(seller, by_seller[seller.pk], internal[seller.pk], paid.get(seller.pk, 0))
            for seller in sellers.order_by("party__name", "pk")
        ),
    )


def earlier_standing(revision: RevisionRow) -> tuple[QuerySet[Invoice], QuerySet[InternalCharge]]:
    """The invoices and internal charges that stand of a levy's calculations before this one."""
    before = {
        "batch__revision__levy_id": revision.levy_id,
        "batch__revision__number__lt": revision.number,
    }
    return standing_invoices().filter(**before), standing_charges().filter(**before)


def _withdrawal(seller: Seller, invoices: list[Invoice], internal: list[int], paid: int) -> SellerWithdrawal:
    last = seller.series.last
    return SellerWithdrawal(
        seller_id=seller.pk,
        seller=seller.party.name,
        invoices=len(invoices),
        total=Cents(sum(invoice.total_cents for invoice in invoices)),
        paid=Cents(paid),
        internal=len(internal),
        internal_total=Cents(sum(internal)),
        first=f"{seller.prefix}{last + 1}" if invoices else "",
        last=f"{seller.prefix}{last + len(invoices)}" if invoices else "",
    )


def _seller_plan(rows: list[tuple[_Payee, ShareRow]]) -> SellerPlan:
    seller = rows[0][0]
    internal = tuple(share for payee, share in rows if payee.internal)
    by_payer: dict[tuple[str, int], list[ShareRow]] = defaultdict(list)
    for payee, share in rows:
        if not payee.internal:
            by_payer[payee.payer, payee.payer_id].append(share)
    # By name, as people look for them; the order decides which number goes to whom.
    invoices = tuple(
        PlannedInvoice(payer_id, name, tuple(shares)) for (name, payer_id), shares in sorted(by_payer.items())
    )
    last = NumberSeries.objects.filter(seller_id=seller.seller_id).values_list("last", flat=True).first() or 0
    return SellerPlan(
        seller_id=seller.seller_id,
        seller=seller.seller,
        invoices=invoices,
        internal=internal,
        first=f"{seller.prefix}{last + 1}" if invoices else "",
        last=f"{seller.prefix}{last + len(invoices)}" if invoices else "",
    )


def standing_charges() -> QuerySet[InternalCharge]:
    """Internal charges that have not been reversed, without the reversals themselves."""
    return InternalCharge.objects.filter(reversed=False, reverses__isnull=True)


def standing_invoices() -> QuerySet[Invoice]:
    """Invoices that have not been credited, without the credit notes themselves."""
    return Invoice.objects.filter(kind=Kind.INVOICE.value, credited_by__isnull=True)


def _charged_sources(levy_id: int) -> frozenset[str]:
    start = f"levy/{levy_id}/"
    lines = InvoiceLine.objects.filter(source__startswith=start, credited=False, credit_of__isnull=True)
    charges = standing_charges().filter(source__startswith=start)
    return frozenset(lines.values_list("source", flat=True)) | frozenset(
        charges.values_list("source", flat=True)
    )


def _payees(on: date) -> dict[str, _Payee]:
    """Municipality code → who pays and who sells on a day."""
    sellers = {
        row.payer_id: row.seller
        for row in PayerSeller.objects.filter(in_force(on)).select_related("seller__party")
    }
    found: dict[str, _Payee] = {}
    rows = PayerOf.objects.filter(in_force(on)).select_related("municipality", "payer__party")
    for row in rows:
        seller = sellers.get(row.payer_id)
        if seller is not None:
            found[row.municipality.code] = _Payee(
                payer_id=row.payer_id,
                payer=row.payer.party.name,
                seller_id=seller.pk,
                seller=seller.party.name,
                prefix=seller.prefix,
                internal=row.payer.party_id == seller.party_id,
            )
    return found
