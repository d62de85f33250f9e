"""Reading invoices, their lines and documents, and explaining a line down to population and decision."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from django.db.models import Exists, OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from kimppa.commons.members.roles import Visible
from kimppa.consortium.agreements.queries import AnnexRow, annex_rate
from kimppa.consortium.agreements.rules import CostClass
from kimppa.consortium.budgets import queries as budgets
from kimppa.consortium.budgets.queries import EVERYTHING, RevisionRow
from kimppa.consortium.budgets.shares import ShareRow, revisions_by_share, shares_by_id
from kimppa.consortium.invoicing.content import Content, from_json
from kimppa.consortium.invoicing.models import (
    BillingBatch,
    Document,
    InternalCharge,
    Invoice,
    InvoiceLine,
    Payment,
)
from kimppa.consortium.invoicing.rules import (
    DocumentKind,
    DocumentMissing,
    InvoiceState,
    Kind,
    NoSuchCharge,
    NoSuchInvoice,
    state_of,
)
from kimppa.consortium.invoicing.share_words import made_of
from kimppa.foundation.core.money import Cents
from kimppa.foundation.files import queries as files


@dataclass(frozen=True, slots=True)
class InvoiceRow:
    id: int
    kind: str
    number: str
    year: int
    seller: str
    payer: str
    issued_on: date
    due_on: date
    total: Cents
    paid: Cents
    state: InvoiceState
    example: bool
    ledger: bool = False
    key: str = ""
    # What credit notes for differences took from it, as a negative sum.
    reduced: Cents = field(default_factory=lambda: Cents(0))

    @property
    def open(self) -> Cents:
        """What is still to be paid; nothing for a credited invoice or a credit note."""
        payable = self.kind == Kind.INVOICE and self.state is not InvoiceState.CREDITED
        return self.total + self.reduced - self.paid if payable else Cents(0)


@dataclass(frozen=True, slots=True)
class LineRow:
    id: int
    position: int
    source: str
    amount: Cents
    credited: bool


@dataclass(frozen=True, slots=True)
class DocumentRow:
    kind: str
    name: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class PaymentRow:
    received_on: date
    amount: Cents
    note: str


@dataclass(frozen=True, slots=True)
class InvoiceDetail:
    """An invoice with its frozen content, and what has become of it since."""

    row: InvoiceRow
    content: Content
    lines: tuple[LineRow, ...]
    documents: tuple[DocumentRow, ...]
    payments: tuple[PaymentRow, ...]
    rendered_at: datetime | None
    sent_at: datetime | None
    credited_by: tuple[int, str] | None
    credits: tuple[int, str] | None
    reduces: tuple[int, str] | None = None
    reduced_by: tuple[tuple[int, str], ...] = ()


@dataclass(frozen=True, slots=True)
class InternalRow:
    """A charge or, where `reverses` names one, the reversal of it with the sign turned."""

    id: int
    year: int
    seller: str
    code: str
    municipality_fi: str
    amount: Cents
    charged_on: date
    source: str
    reversed: bool
    reverses: int | None
    reason: str

    @property
    def standing(self) -> bool:
        return not self.reversed and self.reverses is None


@dataclass(frozen=True, slots=True)
class Explanation:
    """An invoice line led back: share ← levy ← population and rate ← decision and cost annex.

    `exact` is rate × residents × months/12 before rounding, None for a share of a decided sum.
    """

    line: LineRow
    share: ShareRow
    revision: RevisionRow
    annex: AnnexRow | None
    exact: Decimal | None
    made: tuple[str, ...] = ()
    name: str = ""


@dataclass(frozen=True, slots=True)
class Progress:
    """How many of the issued invoices have their documents."""

    done: int
    total: int

    @property
    def ready(self) -> bool:
        return self.done == self.total


@dataclass(frozen=True, slots=True)
class StoredDocument:
    name: str
    media_type: str
    content: bytes


def invoice_rows(visible: Visible = EVERYTHING) -> QuerySet[Invoice]:
    """Invoices with what was paid and whether credited, in one query; only what the reader may see."""
    paid = Payment.objects.filter(invoice=OuterRef("pk")).values("invoice").annotate(s=Sum("amount_cents"))
    notes = Invoice.objects.filter(reduces=OuterRef("pk")).values("reduces").annotate(s=Sum("total_cents"))
    rows = Invoice.objects.select_related("seller__party", "payer__party").annotate(
        paid_cents=Coalesce(Subquery(paid.values("s")), 0),
        reduced_cents=Coalesce(Subquery(notes.values("s")), 0),
        is_credited=Exists(Invoice.objects.filter(credits=OuterRef("pk"))),
    )
    if not visible.everything:
        mine = InvoiceLine.objects.filter(
            invoice=OuterRef("pk"), share__municipality__code__in=visible.municipalities
        )
        rows = rows.filter(Exists(mine))
    return rows


def invoices_of(year: int, *, visible: Visible = EVERYTHING) -> tuple[InvoiceRow, ...]:
    """The invoices and credit notes of a fiscal year by seller and number."""
    rows = invoice_rows(visible).filter(year=year).order_by("seller__prefix", "serial")
    return tuple(_listed(**row) for row in rows.values(*_LISTED))


# What a list needs of an invoice: plain values, for a year may have hundreds, and never the content.
_LISTED = (
    *("pk", "kind", "number", "ledger_number", "year", "issued_on", "due_on", "total_cents", "ledger"),
    *("rendered_at", "sent_at", "paid_cents", "reduced_cents", "is_credited"),
    *("seller__party__name", "payer__party__name", "seller__example"),
)


def _listed(
    *,
    pk: int,
    kind: str,
    number: str,
    ledger_number: str,
    year: int,
    issued_on: date,
    due_on: date,
    total_cents: int,
    ledger: bool,
    rendered_at: datetime | None,
    sent_at: datetime | None,
    paid_cents: int,
    reduced_cents: int,
    is_credited: bool,
    seller__party__name: str,
    payer__party__name: str,
    seller__example: bool,
) -> InvoiceRow:
    paid, total, reduced = Cents(paid_cents), Cents(total_cents), Cents(reduced_cents)
    state = state_of(
        rendered=rendered_at is not None,
        sent=sent_at is not None or bool(ledger_number),
        credited=is_credited or total == -reduced,
        total=total + reduced,
        paid=paid,
        kind=Kind(kind),
        ledger=ledger,
    )
    return InvoiceRow(
        id=pk,
        kind=kind,
        number=ledger_number or number,
        year=year,
        seller=seller__party__name,
        payer=payer__party__name,
        issued_on=issued_on,
        due_on=due_on,
        total=total,
        paid=paid,
        state=state,
        example=seller__example,
        ledger=ledger,
        key=number,
        reduced=reduced,
    )


def row_of(row: Invoice) -> InvoiceRow:
    """The frozen view of a row that `invoice_rows` gave; its state is derived here."""
    own = {name: getattr(row, name) for name in _LISTED if "__" not in name}
    return _listed(
        **own,
        seller__party__name=row.seller.party.name,
        payer__party__name=row.payer.party.name,
        seller__example=row.seller.example,
    )


def invoice(invoice_id: int, *, visible: Visible = EVERYTHING) -> InvoiceDetail:
    """One invoice. Raises NoSuchInvoice, also for a reader who may not see it."""
    row = invoice_rows(visible).select_related("credits", "reduces").filter(pk=invoice_id).first()
    if row is None:
        raise NoSuchInvoice
    note = Invoice.objects.filter(credits=row).values_list("pk", "number").first()
    return InvoiceDetail(
        row=row_of(row),
        content=from_json(row.content),
        lines=tuple(_line(line) for line in row.lines.order_by("position")),
        documents=tuple(
            DocumentRow(d.kind, d.file.name, d.file.size, d.sha256)
            for d in row.documents.select_related("file").order_by("kind")
        ),
        payments=tuple(
            PaymentRow(p.received_on, Cents(p.amount_cents), p.note)
            for p in row.payments.order_by("received_on", "pk")
        ),
        rendered_at=row.rendered_at,
        sent_at=row.sent_at,
        credited_by=note,
        credits=(row.credits.pk, row.credits.number) if row.credits else None,
        reduces=(row.reduces.pk, row.reduces.number) if row.reduces else None,
        reduced_by=tuple(row.reduced_by.order_by("serial").values_list("pk", "number")),
    )


def _line(line: InvoiceLine) -> LineRow:
    return LineRow(line.pk, line.position, line.source, Cents(line.amount_cents), line.credited)


def document(invoice_id: int, kind: DocumentKind, *, visible: Visible = EVERYTHING) -> StoredDocument:
    """A document as it was stored, its checksum checked. Raises NoSuchInvoice, DocumentMissing."""
    row = invoice_rows(visible).filter(pk=invoice_id).first()
    if row is None:
        raise NoSuchInvoice
    found = Document.objects.select_related("file").filter(invoice=row, kind=kind.value).first()
    if found is None:
        raise DocumentMissing(number=row.number)
    return StoredDocument(found.file.name, found.file.media_type, files.read(found.file))


def internal_charges_of(year: int, *, visible: Visible = EVERYTHING) -> tuple[InternalRow, ...]:
    """The internal charges of a fiscal year and their reversals, by municipality and in their order.

    Their sum is what stands: a reversal takes back what it reverses.
    """
    return _internal_rows(InternalCharge.objects.filter(share__revision__levy__year__year=year), visible)


def internal_charge(charge_id: int, *, visible: Visible = EVERYTHING) -> InternalRow:
    """One internal charge or reversal. Raises NoSuchCharge, also for a reader who may not see it."""
    found = _internal_rows(InternalCharge.objects.filter(pk=charge_id), visible)
    if not found:
        raise NoSuchCharge
    return found[0]


def _internal_rows(rows: QuerySet[InternalCharge], visible: Visible) -> tuple[InternalRow, ...]:
    if not visible.everything:
        rows = rows.filter(share__municipality__code__in=visible.municipalities)
    found = rows.order_by("share__municipality__code", "pk").values_list(
        "pk",
        "share__revision__levy__year__year",
        "seller__party__name",
        "share__municipality__code",
        "share__municipality__name_fi",
        "amount_cents",
        "charged_on",
        "source",
        "reversed",
        "reverses_id",
        "reason",
    )
    return tuple(InternalRow(*row[:5], Cents(row[5]), *row[6:]) for row in found)


def explain(line_id: int, *, language: str = "fi", visible: Visible = EVERYTHING) -> Explanation:
    """A line led back to population, rate, decision and annex. Raises NoSuchInvoice."""
    found = _explained(InvoiceLine.objects.filter(pk=line_id), language, visible)
    if not found:
        raise NoSuchInvoice
    return found[0]


def explanations(
    invoice_id: int, *, language: str = "fi", visible: Visible = EVERYTHING
) -> tuple[Explanation, ...]:
    """Every line of an invoice that the reader may see, explained."""
    return _explained(InvoiceLine.objects.filter(invoice_id=invoice_id), language, visible)


def _explained(found: QuerySet[InvoiceLine], language: str, visible: Visible) -> tuple[Explanation, ...]:
    """Lines with shares, calculations and annexes, each read once however many lines there are."""
    lines = list(found.select_related("invoice").order_by("position"))
    shares = {
        pk: share
        for pk, share in shares_by_id(line.share_id for line in lines).items()
        if visible.covers(share.code)
    }
    of_share = revisions_by_share(shares)
    revisions = {pk: budgets.revision(pk) for pk in set(of_share.values())}
    annexes = {pk: annex_rate(CostClass(row.cost_class), row.members_on) for pk, row in revisions.items()}
    told: list[Explanation] = []
    for line in lines:
        share = shares.get(line.share_id)
        if share is None:
            continue
        revision = revisions[of_share[share.id]]
        whole = line.amount_cents in (share.amount.value, -share.amount.value)
        stated = from_json(line.invoice.content).lines[line.position - 1].made if not whole else ()
        told.append(
            Explanation(
                line=_line(line),
                share=share,
                revision=revision,
                annex=annexes[revision.id],
                exact=share.rate * share.residents * share.months / 12 if share.rate is not None else None,
                made=stated or made_of(share, revision, language),
                name=share.name(language),
            )
        )
    return tuple(told)


def progress_of(year: int) -> Progress:
    """How far the documents of a year's invoices are."""
    rows = Invoice.objects.filter(year=year)
    return Progress(done=rows.filter(rendered_at__isnull=False).count(), total=rows.count())


def jobs_of(year: int) -> tuple[int, ...]:
    """The jobs that make the documents of a year's batches that are not ready."""
    waiting = Invoice.objects.filter(year=year, rendered_at__isnull=True)
    rows = BillingBatch.objects.filter(pk__in=waiting.values("batch"), job__isnull=False)
    return tuple(job for job in rows.order_by("pk").values_list("job", flat=True) if job is not None)
