"""What issuing a levy would do now: who sells, who pays, which shares are left. Writes nothing."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date

from kimppa.commons.members.queries import in_force
from kimppa.consortium.budgets import queries as budgets
from kimppa.consortium.budgets.queries import ShareRow
from kimppa.consortium.invoicing.models import InternalCharge, InvoiceLine, NumberSeries, PayerOf, PayerSeller
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
    """`done`: shares that stand on invoices or internal charges; `earlier`: invoices of older revisions."""

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


def _charged_sources(levy_id: int) -> frozenset[str]:
    start = f"levy/{levy_id}/"
    lines = InvoiceLine.objects.filter(source__startswith=start, credited=False, credit_of__isnull=True)
    charges = InternalCharge.objects.filter(source__startswith=start)
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
