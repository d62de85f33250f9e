"""What is still to be paid on a day, by payer and by how late it is."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db.models import Exists, Max, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from kimppa.commons.members.models import LegalParty
from kimppa.commons.members.roles import Visible
from kimppa.consortium.budgets.queries import EVERYTHING
from kimppa.consortium.invoicing.ageing import Bucket, NoSuchReminder, bucket_of
from kimppa.consortium.invoicing.ledger_models import Reminder
from kimppa.consortium.invoicing.models import Invoice, InvoiceLine, Payment
from kimppa.consortium.invoicing.rules import Kind
from kimppa.foundation.core.money import Cents
from kimppa.foundation.files import queries as files


@dataclass(frozen=True, slots=True)
class OpenItem:
    """An invoice that was not paid whole on the day asked about; `level` of the last reminder, 0 for none."""

    id: int
    number: str
    payer_id: int
    payer: str
    seller: str
    year: int
    issued_on: date
    due_on: date
    total: Cents
    open: Cents
    days_late: int
    bucket: Bucket
    level: int


@dataclass(frozen=True, slots=True)
class Ageing:
    """One payer's open sums by how late they are."""

    payer_id: int
    payer: str
    items: int
    sums: dict[Bucket, Cents]

    @property
    def total(self) -> Cents:
        return Cents(sum(amount.value for amount in self.sums.values()))

    @property
    def late(self) -> Cents:
        return self.total - self.sums[Bucket.NOT_DUE]


@dataclass(frozen=True, slots=True)
class ReminderRow:
    id: int
    number: str
    invoice_id: int
    payer: str
    level: int
    dated: date
    open: Cents
    interest: Cents
    created: datetime
    ready: bool
    written: bool


@dataclass(frozen=True, slots=True)
class DunningRow:
    """A payer or a seller, and how its late payments are handled."""

    id: int
    name: str
    email: str
    late_interest: Decimal | None


def dunning_parties() -> tuple[DunningRow, ...]:
    """Everybody who pays or sells, by name."""
    rows = LegalParty.objects.filter(Q(pays__isnull=False) | Q(sells__isnull=False)).order_by("name", "pk")
    told = rows.values_list("pk", "name", "dunning__email", "dunning__late_interest")
    return tuple(DunningRow(pk, name, email or "", rate) for pk, name, email, rate in told)


def open_items(
    on: date, *, visible: Visible = EVERYTHING, only: Sequence[int] | None = None
) -> tuple[OpenItem, ...]:
    """What was open at the end of a day, by payer and due date; overpaid invoices are not open.

    What was issued, credited, reduced or paid after that day does not count.
    """
    rows = _rows(on, visible)
    if only is not None:
        rows = rows.filter(pk__in=only)
    found = []
    for row in rows.values(*_COLUMNS).order_by("payer__party__name", "due_on", "pk"):
        left = row["total_cents"] + row["reduced"] - row["paid"]
        if left <= 0:
            continue
        days = (on - row["due_on"]).days
        found.append(
            OpenItem(
                id=row["pk"],
                number=row["ledger_number"] or row["number"],
                payer_id=row["payer_id"],
                payer=row["payer__party__name"],
                seller=row["seller__party__name"],
                year=row["year"],
                issued_on=row["issued_on"],
                due_on=row["due_on"],
                total=Cents(row["total_cents"]),
                open=Cents(left),
                days_late=max(0, days),
                bucket=bucket_of(days),
                level=row["level"] or 0,
            )
        )
    return tuple(found)


_COLUMNS = (
    "pk",
    "number",
    "ledger_number",
    "payer_id",
    "payer__party__name",
    "seller__party__name",
    "year",
    "issued_on",
    "due_on",
    "total_cents",
    "paid",
    "reduced",
    "level",
)


def _rows(on: date, visible: Visible) -> QuerySet[Invoice]:
    me = OuterRef("pk")
    paid = Payment.objects.filter(invoice=me, received_on__lte=on).values("invoice")
    notes = Invoice.objects.filter(reduces=me, issued_on__lte=on).values("reduces")
    told = Reminder.objects.filter(invoice=me, dated__lte=on).values("invoice")
    rows = Invoice.objects.filter(kind=Kind.INVOICE.value, issued_on__lte=on).exclude(
        Q(credited_by__isnull=False) & Q(credited_by__issued_on__lte=on)
    )
    if not visible.everything:
        mine = InvoiceLine.objects.filter(invoice=me, share__municipality__code__in=visible.municipalities)
        rows = rows.filter(Exists(mine))
    return rows.annotate(
        paid=Coalesce(Subquery(paid.annotate(s=Sum("amount_cents")).values("s")), 0),
        reduced=Coalesce(Subquery(notes.annotate(s=Sum("total_cents")).values("s")), 0),
        level=Subquery(told.annotate(m=Max("level")).values("m")),
    )


def ageing(items: Iterable[OpenItem]) -> tuple[Ageing, ...]:
    """Open items summed by payer, the latest debtors first by sum late and then by name."""
    by_payer: dict[int, list[OpenItem]] = {}
    for item in items:
        by_payer.setdefault(item.payer_id, []).append(item)
    rows = [
        Ageing(
            payer_id=payer_id,
            payer=mine[0].payer,
            items=len(mine),
            sums={
                bucket: Cents(sum(item.open.value for item in mine if item.bucket is bucket))
                for bucket in Bucket
            },
        )
        for payer_id, mine in by_payer.items()
    ]
    return tuple(sorted(rows, key=lambda row: (-row.late.value, row.payer)))


def reminders(*, visible: Visible = EVERYTHING, invoice: int | None = None) -> tuple[ReminderRow, ...]:
    """Reminders that were made, the newest first."""
    rows = Reminder.objects.select_related("invoice__payer__party").defer("content", "invoice__content")
    if invoice is not None:
        rows = rows.filter(invoice_id=invoice)
    if not visible.everything:
        mine = InvoiceLine.objects.filter(
            invoice=OuterRef("invoice"), share__municipality__code__in=visible.municipalities
        )
        rows = rows.filter(Exists(mine))
    return tuple(
        ReminderRow(
            id=row.pk,
            number=row.invoice.ledger_number or row.invoice.number,
            invoice_id=row.invoice_id,
            payer=row.invoice.payer.party.name,
            level=row.level,
            dated=row.dated,
            open=Cents(row.open_cents),
            interest=Cents(row.interest_cents),
            created=row.created,
            ready=row.file_id is not None,
            written=row.message is not None,
        )
        for row in rows.order_by("-dated", "-pk")
    )


def letter(reminder_id: int, *, visible: Visible = EVERYTHING) -> tuple[str, bytes]:
    """Name and bytes of a reminder's letter. Raises NoSuchReminder."""
    row = Reminder.objects.select_related("file").filter(pk=reminder_id, file__isnull=False).first()
    if row is None or row.file is None or not _seen(row, visible):
        raise NoSuchReminder
    return row.file.name, files.read(row.file)


def _seen(row: Reminder, visible: Visible) -> bool:
    codes = InvoiceLine.objects.filter(invoice_id=row.invoice_id).values_list(
        "share__municipality__code", flat=True
    )
    return visible.everything or any(visible.covers(code) for code in codes)
