"""Years in sums, added up by the database: what was charged, paid and is open. Reads."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from kimppa.commons.members.roles import Visible
from kimppa.consortium.budgets.models import CostShare, LevyRevision
from kimppa.consortium.budgets.queries import EVERYTHING
from kimppa.consortium.invoicing.models import InternalCharge, Invoice, InvoiceLine, Payment
from kimppa.consortium.invoicing.rules import Kind
from kimppa.consortium.invoicing.standing import standing_charges
from kimppa.foundation.core.money import Cents


@dataclass(frozen=True, slots=True)
class YearSum:
    """`documents` are invoices and credit notes; `invoiced` is their sum, with `vat` in it.

    `internal` with its reversals. `open` is what is owed still: money paid too much is not taken off it.
    """

    documents: int = 0
    invoiced: Cents = field(default_factory=lambda: Cents(0))
    paid: Cents = field(default_factory=lambda: Cents(0))
    open: Cents = field(default_factory=lambda: Cents(0))
    internal: Cents = field(default_factory=lambda: Cents(0))
    vat: Cents = field(default_factory=lambda: Cents(0))


def year_sums(*, year: int | None = None, visible: Visible = EVERYTHING) -> dict[int, YearSum]:
    """Fiscal year → its sums; only years that have any. With `year`, that one alone. Four queries."""
    rows = _visible(Invoice.objects.all(), visible)
    charges = InternalCharge.objects.all()
    if year is not None:
        rows, charges = rows.filter(year=year), charges.filter(share__revision__levy__year__year=year)
    if not visible.everything:
        charges = charges.filter(share__municipality__code__in=visible.municipalities)
    issued = {
        found: (count, cents, vat)
        for found, count, cents, vat in rows.values("year")
        .annotate(count=Count("pk"), cents=Sum("total_cents"), vat=Sum("vat_cents"))
        .order_by()
        .values_list("year", "count", "cents", "vat")
    }
    payments = Payment.objects.filter(invoice__in=rows).values("invoice__year").order_by()
    paid = dict(payments.annotate(cents=Sum("amount_cents")).values_list("invoice__year", "cents"))
    # What one payer paid too much does not make less of what the others owe.
    owed = open_invoices(rows).filter(Q(left__gt=0)).values("year").order_by()
    left = dict(owed.annotate(cents=Sum("left")).values_list("year", "cents"))
    booked = charges.values("share__revision__levy__year__year").order_by()
    internal = dict(
        booked.annotate(cents=Sum("amount_cents")).values_list("share__revision__levy__year__year", "cents")
    )
    return {
        found: YearSum(
            documents=issued.get(found, (0, 0, 0))[0],
            invoiced=Cents(issued.get(found, (0, 0, 0))[1]),
            paid=Cents(paid.get(found, 0)),
            open=Cents(left.get(found, 0)),
            internal=Cents(internal.get(found, 0)),
            vat=Cents(issued.get(found, (0, 0, 0))[2]),
        )
        for found in {*issued, *internal}
    }


def open_invoices(rows: QuerySet[Invoice]) -> QuerySet[Invoice]:
    """Those that stand, with `left`: what is to be paid still (negative: too much was paid)."""
    paid = Payment.objects.filter(invoice=OuterRef("pk")).values("invoice").annotate(s=Sum("amount_cents"))
    notes = Invoice.objects.filter(reduces=OuterRef("pk")).values("reduces").annotate(s=Sum("total_cents"))
    standing = rows.filter(kind=Kind.INVOICE.value, credited_by__isnull=True).annotate(
        reduced=Coalesce(Subquery(notes.values("s")), 0)
    )
    return standing.exclude(total_cents=-F("reduced")).annotate(
        left=F("total_cents") + F("reduced") - Coalesce(Subquery(paid.values("s")), 0)
    )


def late(*, year: int, on: date, visible: Visible = EVERYTHING) -> int:
    """How many invoices of a year are past their due day and not wholly paid."""
    rows = _visible(Invoice.objects.filter(year=year, due_on__lt=on), visible)
    return open_invoices(rows).filter(Q(left__gt=0)).count()


def settled(revision_id: int, levy_id: int) -> bool:
    """Whether what stands of a levy is the calculation's own share for each: then nothing is to be issued."""
    revisions = list(LevyRevision.objects.filter(levy_id=levy_id).values_list("pk", flat=True))
    shares = CostShare.objects.filter(revision_id=revision_id)
    wanted = {
        (place, kimppa): cents
        for place, kimppa, cents in shares.values_list("municipality_id", "kimppa_id", "share_cents")
        if cents
    }
    stands: dict[tuple[int, int | None], int] = defaultdict(int)
    lines = InvoiceLine.objects.filter(
        share__revision_id__in=revisions, credited=False, credit_of__isnull=True
    )
    charges = standing_charges().filter(share__revision_id__in=revisions)
    unit = ("share__municipality_id", "share__kimppa_id", "amount_cents")
    for place, kimppa, cents in (*lines.values_list(*unit), *charges.values_list(*unit)):
        stands[place, kimppa] += cents
    return wanted == {one: cents for one, cents in stands.items() if cents}


def _visible(rows: QuerySet[Invoice], visible: Visible) -> QuerySet[Invoice]:
    if visible.everything:
        return rows
    lines = InvoiceLine.objects.filter(
        Q(invoice=OuterRef("pk")), share__municipality__code__in=visible.municipalities
    )
    return rows.filter(Exists(lines))
