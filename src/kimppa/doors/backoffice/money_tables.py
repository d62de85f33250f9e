"""The tables of money: shares, invoices, internal charges, changes."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from django.http import HttpRequest
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from kimppa.consortium.agreements.rules import CostClass
from kimppa.consortium.budgets.queries import ChangeRow
from kimppa.consortium.budgets.shares import ShareRow
from kimppa.consortium.invoicing.past_queries import past_shares
from kimppa.consortium.invoicing.planned import SellerPlan
from kimppa.consortium.invoicing.queries import InternalRow, InvoiceRow
from kimppa.consortium.invoicing.rules import STATE_NAMES, InvoiceState, Kind
from kimppa.consortium.invoicing.withdrawals import SellerWithdrawal
from kimppa.doors.web.tables import Cell, Column, Table, to
from kimppa.foundation.core import clock
from kimppa.foundation.core.money import Cents

TONES = {
    InvoiceState.ISSUED: "info",
    InvoiceState.READY: "info",
    InvoiceState.SENT: "warn",
    InvoiceState.PART_PAID: "warn",
    InvoiceState.PAID: "ok",
    InvoiceState.CREDITED: "",
    InvoiceState.TO_LEDGER: "info",
}
ASKING = (InvoiceState.SENT, InvoiceState.PART_PAID, InvoiceState.TO_LEDGER)


def language() -> str:
    return (get_language() or "fi")[:2]


def total(amounts: Sequence[Cents]) -> Cents:
    return Cents(sum(amount.value for amount in amounts))


def is_late(row: InvoiceRow) -> bool:
    """Whether it asks for money and its due date is behind."""
    return row.state in ASKING and row.due_on < clock.today() and row.open.value > 0


def owed(rows: Sequence[InvoiceRow]) -> Cents:
    """What is still to be paid; what one payer paid too much is not taken off it."""
    return total([row.open for row in rows if row.open.value > 0])


def state_text(row: InvoiceRow) -> str:
    return _("Late") if is_late(row) else _(STATE_NAMES[row.state])


def state_tone(row: InvoiceRow) -> str:
    return "bad" if is_late(row) else TONES[row.state]


def kind_text(row: InvoiceRow) -> str:
    return _("Credit note") if row.kind == Kind.CREDIT_NOTE else _("Invoice")


def shares_table(request: HttpRequest, rows: Sequence[ShareRow], year: int) -> Table[ShareRow]:
    """Every share with what it was made of; the sum under it."""
    shown = language()
    return Table(
        request,
        name="shares",
        caption=_("Shares by municipality"),
        filename=f"shares-{year}",
        rows=rows,
        columns=(
            Column[ShareRow](
                "name",
                _("Municipality"),
                lambda r: r.name(shown),
                link=to("backoffice:money-share", lambda r: r.id),
            ),
            Column("code", _("Code"), lambda r: r.code),
            Column("residents", _("Residents"), lambda r: r.residents, kind="number"),
            Column("rate", _("€/resident"), lambda r: r.rate, kind="rate"),
            Column("months", _("Months"), lambda r: r.months, kind="number"),
            Column("share", _("Share"), lambda r: r.amount, kind="money"),
        ),
        footer={
            "name": _("Total"),
            "residents": sum(row.residents for row in rows),
            "share": total([row.amount for row in rows]),
        },
        empty=_("No shares yet."),
    )


def invoices_table(request: HttpRequest, rows: Sequence[InvoiceRow], year: int) -> Table[InvoiceRow]:
    # The kind is a column of its own only where it tells something: most years have no credit note.
    kind = Column[InvoiceRow]("kind", _("Kind"), kind_text, choices=True)
    kinds = (kind,) if any(row.kind == Kind.CREDIT_NOTE for row in rows) else ()
    return Table(
        request,
        name="invoices",
        caption=_("Invoices"),
        filename=f"invoices-{year}",
        rows=rows,
        columns=(
            Column[InvoiceRow](
                "number",
                _("Number"),
                lambda r: r.number,
                link=to("backoffice:money-invoice", lambda r: r.id),
            ),
            *kinds,
            Column("payer", _("Payer"), lambda r: r.payer),
            Column("seller", _("Seller"), lambda r: r.seller, choices=True),
            Column("due", _("Due date"), lambda r: r.due_on, kind="day"),
            Column("state", _("State"), state_text, badge=state_tone, choices=True),
            Column("total", _("Sum"), lambda r: r.total, kind="money"),
            Column("open", _("To be paid"), lambda r: r.open, kind="money"),
        ),
        footer={
            "number": _("Total"),
            "total": total([row.total for row in rows]),
            "open": owed(rows),
        },
        empty=_("No invoices have been issued."),
    )


def _internal_state(row: InternalRow) -> str:
    if row.reverses is not None:
        return _("Reversal")
    return _("Reversed") if row.reversed else _("Booked")


def internal_table(request: HttpRequest, rows: Sequence[InternalRow], year: int) -> Table[InternalRow]:
    """Internal charges and reversals; the sum is what stands."""
    # As with credit notes: most years have no reversal, and then the column tells nothing.
    state = Column[InternalRow]("state", _("State"), _internal_state, choices=True)
    states = (state,) if any(row.reverses is not None for row in rows) else ()
    return Table(
        request,
        name="internal",
        caption=_("Internal charges"),
        filename=f"internal-charges-{year}",
        rows=rows,
        columns=(
            Column[InternalRow]("municipality", _("Municipality"), lambda r: r.municipality_fi),
            Column("seller", _("Booked by"), lambda r: r.seller),
            Column("day", _("Date"), lambda r: r.charged_on, kind="day"),
            *states,
            Column("sum", _("Sum"), lambda r: r.amount, kind="money"),
        ),
        footer={"municipality": _("Total"), "sum": total([row.amount for row in rows])},
        empty=_("No internal charges."),
    )


def percent(row: ChangeRow) -> Decimal | None:
    """The change in per cent with one decimal; None where there is nothing to compare with."""
    if row.before is None or row.before.value == 0 or row.change is None:
        return None
    return (Decimal(row.change.value) * 100 / row.before.value).quantize(Decimal("0.1"))


def with_past(
    rows: Sequence[ChangeRow], year: int, cost_class: CostClass, *, levied: bool
) -> tuple[ChangeRow, ...]:
    """Beside a plan the imported shares of the year before, where no levy of it is in the system."""
    past = {} if levied else past_shares(year, cost_class)
    return tuple(ChangeRow(row.share, row.before or past.get(row.share.code)) for row in rows)


def changes_table(
    request: HttpRequest, rows: Sequence[ChangeRow], *, year: int, before: int
) -> Table[ChangeRow]:
    """What a plan would mean for each municipality beside the year before."""
    shown = language()
    known = [row.before for row in rows if row.before is not None]
    changed = [row.change for row in rows if row.change is not None]
    return Table(
        request,
        name="changes",
        caption=_("Shares, and the change from last year"),
        filename=f"plan-{year}",
        rows=rows,
        columns=(
            Column[ChangeRow]("name", _("Municipality"), lambda r: r.share.name(shown)),
            Column("residents", _("Residents"), lambda r: r.share.residents, kind="number"),
            Column("share", _("Share %(year)s") % {"year": year}, lambda r: r.share.amount, kind="money"),
            Column("before", _("Share %(year)s") % {"year": before}, lambda r: r.before, kind="money"),
            Column("change", _("Change, €"), lambda r: r.change, kind="money"),
            Column("percent", _("Change, %"), percent, kind="number"),
        ),
        footer={
            "name": _("Total"),
            "residents": sum(row.share.residents for row in rows),
            "share": total([row.share.amount for row in rows]),
            "before": total(known) if known else None,
            "change": total(changed) if changed else None,
        },
    )


def seller_table(request: HttpRequest, rows: Sequence[SellerPlan]) -> Table[SellerPlan]:
    """What each seller would issue: sum without VAT and VAT only where something is taxed."""
    taxed = any(row.tax.value for row in rows)
    net = Column[SellerPlan]("net", _("Without VAT"), lambda r: r.net, kind="money")
    tax = Column[SellerPlan]("tax", _("VAT"), lambda r: r.tax, kind="money")
    taxes = (net, tax) if taxed else ()
    sums: dict[str, Cell] = {}
    if taxed:
        sums |= {"net": total([r.net for r in rows]), "tax": total([r.tax for r in rows])}
    # A difference may be credit notes alone: their numbers and their sum must not stand beside "0 invoices".
    noted = any(row.notes for row in rows)
    note = Column[SellerPlan]("notes", _("Credit notes"), lambda r: len(r.notes), kind="number")
    notes = (note,) if noted else ()
    if noted:
        sums |= {"notes": sum(len(row.notes) for row in rows)}
    return Table(
        request,
        name="sellers",
        caption=_("What would be issued"),
        filename="issue-preview",
        rows=rows,
        columns=(
            Column[SellerPlan]("seller", _("Seller"), lambda r: r.seller),
            Column("invoices", _("Invoices"), lambda r: len(r.invoices), kind="number"),
            *notes,
            Column("numbers", _("Numbers"), lambda r: f"{r.first} – {r.last}" if r.first else ""),
            *taxes,
            Column(
                "sum", _("Sum together") if noted else _("Sum of invoices"), lambda r: r.total, kind="money"
            ),
            Column("internal", _("Internal charges"), lambda r: len(r.internal), kind="number"),
            Column("internal_sum", _("Sum of internal charges"), lambda r: r.internal_total, kind="money"),
        ),
        footer={
            "seller": _("Total"),
            "invoices": sum(len(row.invoices) for row in rows),
            **sums,
            "sum": total([row.total for row in rows]),
            "internal": sum(len(row.internal) for row in rows),
            "internal_sum": total([row.internal_total for row in rows]),
        },
    )


def withdrawal_table(request: HttpRequest, rows: Sequence[SellerWithdrawal]) -> Table[SellerWithdrawal]:
    """What each seller would take back."""
    return Table(
        request,
        name="sellers",
        caption=_("What would be credited"),
        filename="credit-preview",
        rows=rows,
        columns=(
            Column[SellerWithdrawal]("seller", _("Seller"), lambda r: r.seller),
            Column("invoices", _("Invoices"), lambda r: r.invoices, kind="number"),
            Column("numbers", _("Numbers"), lambda r: f"{r.first} – {r.last}" if r.first else ""),
            Column("sum", _("Sum of invoices"), lambda r: r.total, kind="money"),
            Column("paid", _("Paid"), lambda r: r.paid, kind="money"),
            Column("internal", _("Internal charges"), lambda r: r.internal, kind="number"),
            Column("internal_sum", _("Sum of internal charges"), lambda r: r.internal_total, kind="money"),
        ),
        footer={
            "seller": _("Total"),
            "invoices": sum(row.invoices for row in rows),
            "sum": total([row.total for row in rows]),
            "paid": total([row.paid for row in rows]),
            "internal": sum(row.internal for row in rows),
            "internal_sum": total([row.internal_total for row in rows]),
        },
    )
