"""What was levied, charged, paid and is open, by municipality and year: every cent once.

An invoice with its credit notes is one account. Money is paid for an account, not for a line; where an
account charges several municipalities or years, what was paid is dealt among them by what each has to pay
on it (largest remainder), so that the parts always sum to the payment. All sums are without VAT; of a
payment for an account that is taxed the same part counts as of its sum.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from django.db.models import Q, Sum
from django.db.models.functions import Coalesce

from kimppa.consortium.budgets.models import CostShare, LevyRevision
from kimppa.consortium.invoicing.ledger_models import PastLevy
from kimppa.consortium.invoicing.models import InternalCharge, InvoiceLine, Payment
from kimppa.foundation.core.apportion import Weight, largest_remainder
from kimppa.foundation.core.money import Cents

# Whose money, and of which year's levies.
Cell: TypeAlias = tuple[str, int]


@dataclass(slots=True)
class Account:
    """An invoice with its notes: by cell what it charged at first, what the notes took, what was paid."""

    charged: dict[Cell, int]
    credited: dict[Cell, int]
    paid: int = 0

    def net(self, cell: Cell) -> int:
        return self.charged.get(cell, 0) + self.credited.get(cell, 0)

    def paid_by_cell(self) -> dict[Cell, int]:
        """The payment dealt by what is to be paid; by what was first charged where nothing is any more."""
        cells = sorted(self.charged.keys() | self.credited.keys())
        weights = {cell: self.net(cell) for cell in cells}
        if any(weight < 0 for weight in weights.values()) or not any(weights.values()):
            weights = {cell: max(0, self.charged.get(cell, 0)) for cell in cells}
        if not self.paid or not any(weights.values()):
            return {}
        named = {f"{code}/{year}": (code, year) for code, year in cells}
        dealt = largest_remainder(self.paid, [Weight(name, weights[cell]) for name, cell in named.items()])
        return {named[name]: cents for name, cents in dealt.items()}


@dataclass(frozen=True, slots=True)
class Sums:
    """One municipality's year. Levied = invoiced + credited + internal + not charged; credited is negative.

    `invoiced + credited = paid + open − overpaid`; `past` and `past_paid` were imported from before.
    """

    levied: Cents
    invoiced: Cents
    credited: Cents
    internal: Cents
    paid: Cents
    open: Cents
    overpaid: Cents
    past: Cents
    past_paid: Cents

    @property
    def not_charged(self) -> Cents:
        """What has been decided and not yet been charged; negative where too much has been."""
        return self.levied - self.invoiced - self.credited - self.internal

    @property
    def total(self) -> Cents:
        """The year's whole share: levied here and imported."""
        return self.levied + self.past


@dataclass(frozen=True, slots=True)
class Reckoning:
    """Sums by cell; `accounts` by the invoice's id."""

    sums: dict[Cell, Sums]
    accounts: dict[int, Account]


def latest_revisions() -> dict[int, int]:
    """The newest calculation of each levy → its year."""
    found: dict[int, tuple[int, int]] = {}
    rows = LevyRevision.objects.order_by("levy_id", "number")
    for pk, levy, year in rows.values_list("pk", "levy_id", "levy__year__year"):
        found[levy] = (pk, year)
    return dict(found.values())


def reckon(*, codes: frozenset[str] | None = None, year: int | None = None) -> Reckoning:
    """Every municipality and year, or those named. Six queries, however many there are."""
    accounts = _accounts(codes, year)
    money: dict[Cell, _Money] = defaultdict(_Money)
    _add_shares(money, codes, year)
    for account in accounts.values():
        _add_account(money, account)
    _add_internal(money, codes, year)
    _add_past(money, codes, year)
    wanted = {
        cell: one.sums()
        for cell, one in sorted(money.items())
        if (codes is None or cell[0] in codes) and (year is None or cell[1] == year)
    }
    return Reckoning(wanted, accounts)


@dataclass(slots=True)
class _Money:
    """Sums in the making, in cents."""

    levied: int = 0
    invoiced: int = 0
    credited: int = 0
    internal: int = 0
    paid: int = 0
    open: int = 0
    overpaid: int = 0
    past: int = 0
    past_paid: int = 0

    def sums(self) -> Sums:
        return Sums(
            levied=Cents(self.levied),
            invoiced=Cents(self.invoiced),
            credited=Cents(self.credited),
            internal=Cents(self.internal),
            paid=Cents(self.paid),
            open=Cents(self.open),
            overpaid=Cents(self.overpaid),
            past=Cents(self.past),
            past_paid=Cents(self.past_paid),
        )


def account_of_line() -> Coalesce:
    """The account of an invoice line: what its credit note credits or reduces, or the invoice itself."""
    return Coalesce("invoice__credits_id", "invoice__reduces_id", "invoice_id")


def _accounts(codes: frozenset[str] | None, year: int | None) -> dict[int, Account]:
    touched = Q()
    if codes is not None:
        touched &= Q(share__municipality__code__in=codes)
    if year is not None:
        touched &= Q(share__revision__levy__year__year=year)
    lines = InvoiceLine.objects.annotate(account=account_of_line())
    payments = Payment.objects.all()
    if touched:
        mine = lines.filter(touched).values("account")
        lines, payments = lines.filter(account__in=mine), payments.filter(invoice__in=mine)
    found: dict[int, Account] = {}
    taxed: dict[int, dict[int, tuple[int, int]]] = defaultdict(dict)
    columns = ("account", "invoice_id", "share__municipality__code", "share__revision__levy__year__year")
    told = lines.values_list(*columns, "amount_cents", "invoice__total_cents", "invoice__vat_cents")
    for root, invoice, code, levied, cents, total, vat in told:
        if vat:
            taxed[root][invoice] = (total, vat)
        account = found.setdefault(root, Account({}, {}))
        side = account.charged if invoice == root else account.credited
        side[code, levied] = side.get((code, levied), 0) + cents
    sums = payments.values_list("invoice_id").annotate(s=Sum("amount_cents")).order_by()
    for root, paid in sums:
        if root in found:
            found[root].paid = _without_vat(paid, taxed[root], root) if root in taxed else paid
    return found


def _without_vat(paid: int, invoices: Mapping[int, tuple[int, int]], root: int) -> int:
    """The part of a payment that is not VAT: by what stands of the account, else by what it was at first."""
    total = sum(one for one, _ in invoices.values())
    vat = sum(one for _, one in invoices.values())
    if not total:
        total, vat = invoices.get(root, (1, 0))
    dealt = largest_remainder(paid, [Weight("net", abs(total - vat)), Weight("vat", abs(vat))])
    return dealt["net"]


def _add_account(money: Mapping[Cell, _Money], account: Account) -> None:
    paid = account.paid_by_cell()
    for cell in account.charged.keys() | account.credited.keys():
        one, left = money[cell], account.net(cell) - paid.get(cell, 0)
        one.invoiced += account.charged.get(cell, 0)
        one.credited += account.credited.get(cell, 0)
        one.paid += paid.get(cell, 0)
        one.open += max(0, left)
        one.overpaid += max(0, -left)


def _add_shares(money: Mapping[Cell, _Money], codes: Iterable[str] | None, year: int | None) -> None:
    years = {pk: of for pk, of in latest_revisions().items() if year is None or of == year}
    shares = CostShare.objects.filter(revision_id__in=list(years))
    if codes is not None:
        shares = shares.filter(municipality__code__in=codes)
    for revision, code, cents in shares.values_list("revision_id", "municipality__code", "share_cents"):
        money[code, years[revision]].levied += cents


def _add_internal(money: Mapping[Cell, _Money], codes: Iterable[str] | None, year: int | None) -> None:
    rows = InternalCharge.objects.all()
    if codes is not None:
        rows = rows.filter(share__municipality__code__in=codes)
    if year is not None:
        rows = rows.filter(share__revision__levy__year__year=year)
    for code, of, cents in rows.values_list(
        "share__municipality__code", "share__revision__levy__year__year", "amount_cents"
    ):
        money[code, of].internal += cents


def _add_past(money: Mapping[Cell, _Money], codes: Iterable[str] | None, year: int | None) -> None:
    rows = PastLevy.objects.all()
    if codes is not None:
        rows = rows.filter(municipality__code__in=codes)
    if year is not None:
        rows = rows.filter(year=year)
    for code, of, cents, paid in rows.values_list("municipality__code", "year", "amount_cents", "paid_cents"):
        money[code, of].past += cents
        money[code, of].past_paid += paid
