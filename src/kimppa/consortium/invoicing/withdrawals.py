"""What taking back a levy's earlier calculations would do now. Writes nothing."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from django.db.models import QuerySet, Sum

from kimppa.consortium.budgets import queries as budgets
from kimppa.consortium.budgets.queries import RevisionRow
from kimppa.consortium.invoicing.models import InternalCharge, Invoice, InvoiceLine, Payment, Seller
from kimppa.consortium.invoicing.rules import Kind
from kimppa.consortium.invoicing.standing import standing_charges, standing_invoices
from kimppa.foundation.core.money import Cents


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


def plan_withdrawal(revision_id: int) -> WithdrawalPlan:
    """What crediting all that stands of the earlier calculations would take back now. Raises NoSuchLevy."""
    revision = budgets.revision(revision_id)
    invoices, charges = earlier_standing(revision)
    by_seller: dict[int, list[int]] = defaultdict(list)
    taken = reductions(invoices)
    for pk, seller_id, cents in invoices.values_list("pk", "seller_id", "total_cents"):
        if cents + taken.get(pk, 0):
            by_seller[seller_id].append(cents + taken.get(pk, 0))
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
        "share__revision__levy_id": revision.levy_id,
        "share__revision__number__lt": revision.number,
    }
    lines = InvoiceLine.objects.filter(**before, credited=False)
    return standing_invoices().filter(pk__in=lines.values("invoice")), standing_charges().filter(**before)


def reductions(invoices: QuerySet[Invoice]) -> dict[int, int]:
    """Invoice's id → the cents by which credit notes for differences have reduced it (negative)."""
    notes = Invoice.objects.filter(kind=Kind.CREDIT_NOTE.value, reduces__in=invoices)
    sums = notes.values("reduces_id").annotate(sum=Sum("total_cents")).order_by()
    return dict(sums.values_list("reduces_id", "sum"))


def _withdrawal(seller: Seller, invoices: list[int], internal: list[int], paid: int) -> SellerWithdrawal:
    last = seller.series.last
    return SellerWithdrawal(
        seller_id=seller.pk,
        seller=seller.party.name,
        invoices=len(invoices),
        total=Cents(sum(invoices)),
        paid=Cents(paid),
        internal=len(internal),
        internal_total=Cents(sum(internal)),
        first=f"{seller.prefix}{last + 1}" if invoices else "",
        last=f"{seller.prefix}{last + len(invoices)}" if invoices else "",
    )
