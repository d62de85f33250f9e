"""What issuing would make, as values: lines, invoices, notes and internal charges to come. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from kimppa.consortium.agreements.vat import NoVatRate
from kimppa.consortium.budgets.shares import ShareRow
from kimppa.consortium.invoicing.vat_parts import (
    OUTSIDE_SCOPE,
    UNTAXED,
    LineVat,
    Stretch,
    VatPart,
    tax_total,
)
from kimppa.foundation.core.money import Cents


@dataclass(frozen=True, slots=True)
class PlannedLine:
    """A line to come, without VAT. `before` is what stood of the share; `amount`: what it adds or takes.

    Where the VAT changes within the year, `whole` is what is charged of the share now, on all of its lines,
    and `stretch` the months that this line is for.
    """

    share: ShareRow
    revision_id: int
    source: str
    before: Cents
    amount: Cents
    reduces: int | None = None
    vat: LineVat = UNTAXED
    whole: Cents | None = None
    stretch: Stretch | None = None


@dataclass(frozen=True, slots=True)
class PlannedInvoice:
    """One invoice to come; with `reduces`, a credit note that takes its sum from that invoice."""

    payer_id: int
    payer: str
    lines: tuple[PlannedLine, ...]
    reduces: int | None = None
    reduces_number: str = ""
    # The tax by rate; all lines of an invoice have one category.
    vat: tuple[VatPart, ...] = ()

    @property
    def category(self) -> str:
        return self.lines[0].vat.category if self.lines else OUTSIDE_SCOPE

    @property
    def net(self) -> Cents:
        return Cents(sum(line.amount.value for line in self.lines))

    @property
    def tax(self) -> Cents:
        return tax_total(self.vat)

    @property
    def total(self) -> Cents:
        """What is to be paid, VAT included."""
        return self.net + self.tax


@dataclass(frozen=True, slots=True)
class PlannedInternal:
    """What is booked where seller and payer are one: charges to reverse first, then one of `amount`."""

    share: ShareRow
    source: str
    amount: Cents
    reverse: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class SellerPlan:
    """What one seller would issue; `first` and `last` are the numbers that would be given."""

    seller_id: int
    seller: str
    invoices: tuple[PlannedInvoice, ...]
    notes: tuple[PlannedInvoice, ...]
    internal: tuple[PlannedInternal, ...]
    internal_total: Cents
    first: str
    last: str

    @property
    def total(self) -> Cents:
        return Cents(sum(one.total.value for one in (*self.invoices, *self.notes)))

    @property
    def tax(self) -> Cents:
        """The VAT in the total."""
        return Cents(sum(one.tax.value for one in (*self.invoices, *self.notes)))

    @property
    def net(self) -> Cents:
        return self.total - self.tax


@dataclass(frozen=True, slots=True)
class IssuePlan:
    """`done`: shares that stand as they are to be; `earlier`: those of which another sum stands.

    `without_vat_id` names who has no business id though an invoice with VAT needs it; `no_rate` is why
    shares are left out for which no VAT rate has been recorded.
    """

    revisions: tuple[int, ...]
    years: frozenset[int]
    latest: bool
    running: bool
    sellers: tuple[SellerPlan, ...]
    done: int
    earlier: int
    without_payer: tuple[str, ...]
    without_vat_id: tuple[str, ...] = ()
    no_rate: NoVatRate | None = None

    @property
    def invoices(self) -> int:
        return sum(len(seller.invoices) for seller in self.sellers)

    @property
    def notes(self) -> int:
        return sum(len(seller.notes) for seller in self.sellers)

    @property
    def documents(self) -> int:
        """Invoices and credit notes together."""
        return self.invoices + self.notes

    @property
    def internal(self) -> int:
        return sum(len(seller.internal) for seller in self.sellers)

    @property
    def total(self) -> Cents:
        return Cents(sum(s.total.value + s.internal_total.value for s in self.sellers))

    @property
    def tax(self) -> Cents:
        """The VAT in the total; internal charges have none."""
        return Cents(sum(seller.tax.value for seller in self.sellers))

    @property
    def net(self) -> Cents:
        return self.total - self.tax
