"""What has been charged of a levy and stands: lines not credited, internal charges not reversed. Reads."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TypeAlias

from django.db.models import Q, QuerySet

from kimppa.consortium.invoicing.models import InternalCharge, Invoice, InvoiceLine
from kimppa.consortium.invoicing.rules import Kind
from kimppa.consortium.invoicing.vat_parts import UNTAXED, LineVat
from kimppa.foundation.core.money import Cents

# Whose share it is, whichever calculation it stands in: the payer's code and, for a host, the kimppa's slug.
Unit: TypeAlias = tuple[str, str]


_UNIT = (
    "share__revision__levy_id",
    "share__revision__number",
    "share__municipality__code",
    "share__kimppa__slug",
)
_INVOICE = (
    "invoice_id",
    "invoice__number",
    "invoice__payer_id",
    "invoice__payer__party__name",
    "invoice__seller_id",
)


@dataclass(frozen=True, slots=True)
class StandingLine:
    """A line of an invoice that stands; `left` is its amount less what differences took from it."""

    line_id: int
    invoice_id: int
    invoice_number: str
    payer_id: int
    payer: str
    seller_id: int
    share_id: int
    left: Cents
    vat: LineVat = UNTAXED


@dataclass(frozen=True, slots=True)
class StandingCharge:
    charge_id: int
    seller_id: int
    share_id: int
    amount: Cents


@dataclass(slots=True)
class Standing:
    """What stands for one unit of a levy; `revisions` are the calculations that it came from."""

    charged: int = 0
    lines: list[StandingLine] = field(default_factory=list)
    charges: list[StandingCharge] = field(default_factory=list)
    revisions: set[int] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Stands:
    """All that stands of some levies: by levy and unit; and every source that is taken."""

    units: dict[tuple[int, Unit], Standing]
    sources: frozenset[str]


def standing_charges() -> QuerySet[InternalCharge]:
    """Internal charges that have not been reversed, without the reversals themselves."""
    return InternalCharge.objects.filter(reversed=False, reverses__isnull=True)


def standing_invoices() -> QuerySet[Invoice]:
    """Invoices that have not been credited, without the credit notes themselves."""
    return Invoice.objects.filter(kind=Kind.INVOICE.value, credited_by__isnull=True)


def standing_of(levies: Iterable[int]) -> Stands:
    """What stands of the levies, the oldest first within each unit. Two queries."""
    wanted = list(levies)
    units: dict[tuple[int, Unit], Standing] = defaultdict(Standing)
    sources: set[str] = set()
    _add_lines(units, sources, wanted)
    rows = standing_charges().filter(share__revision__levy_id__in=wanted).order_by("pk")
    for levy, number, code, slug, pk, seller, share, cents, source in rows.values_list(
        *_UNIT, "pk", "seller_id", "share_id", "amount_cents", "source"
    ):
        standing = units[levy, (code, slug or "")]
        _count(standing, number, cents)
        standing.charges.append(StandingCharge(pk, seller, share, Cents(cents)))
        sources.add(source)
    return Stands(dict(units), frozenset(sources))


def _add_lines(units: dict[tuple[int, Unit], Standing], sources: set[str], levies: list[int]) -> None:
    rows = InvoiceLine.objects.filter(
        share__revision__levy_id__in=levies, credited=False, credit_of__isnull=True
    ).order_by("pk")
    taken: dict[int, int] = defaultdict(int)
    for levy, number, code, slug, reduces, cents, source in rows.filter(reduces__isnull=False).values_list(
        *_UNIT, "reduces", "amount_cents", "source"
    ):
        taken[reduces] += cents
        _count(units[levy, (code, slug or "")], number, cents)
        sources.add(source)
    for levy, number, code, slug, cents, source, *line in rows.filter(reduces__isnull=True).values_list(
        *_UNIT, "amount_cents", "source", "pk", "share_id", *_INVOICE, "vat_category", "vat_percent"
    ):
        standing = units[levy, (code, slug or "")]
        _count(standing, number, cents)
        sources.add(source)
        pk, share, invoice, invoice_number, payer_id, payer, seller, category, percent = line
        left = Cents(cents + taken[pk])
        vat = line_vat(category, percent)
        standing.lines.append(
            StandingLine(pk, invoice, invoice_number, payer_id, payer, seller, share, left, vat)
        )


def line_vat(category: str, percent: Decimal | None) -> LineVat:
    """A stored line's VAT, the rate as it was reckoned with."""
    return LineVat(category, percent.normalize() + 0) if percent is not None else UNTAXED


def standing_by_rate(invoices: Iterable[int]) -> dict[int, dict[Decimal, int]]:
    """Invoice's id → what stands of it by VAT rate, in cents without VAT: its lines less what notes took."""
    found: dict[int, dict[Decimal, int]] = defaultdict(lambda: defaultdict(int))
    wanted = list(invoices)
    lines = InvoiceLine.objects.filter(vat_percent__isnull=False).filter(
        Q(invoice_id__in=wanted) | Q(invoice__reduces_id__in=wanted)
    )
    columns = ("invoice_id", "invoice__reduces_id", "vat_percent", "amount_cents")
    for own, reduced, percent, cents in lines.values_list(*columns):
        if percent is not None:
            found[reduced or own][percent.normalize() + 0] += cents
    return {pk: dict(rates) for pk, rates in found.items()}


def _count(standing: Standing, revision: int, cents: int) -> None:
    standing.charged += cents
    standing.revisions.add(revision)
