"""VAT of lines and invoices: the months of a share by rate, and an invoice's tax by rate. Pure.

A share is without VAT; the tax comes on top. A month has the treatment and the rate of its first day. The
tax of an invoice is reckoned once for each rate, of the sum of its lines, and rounded half up (EN 16931).
A note that reduces takes so much tax that what stands of the invoice has the right tax again.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

from kimppa.consortium.agreements.vat import VatContent, VatTable
from kimppa.foundation.core.apportion import Weight, largest_remainder
from kimppa.foundation.core.money import Cents
from kimppa.foundation.core.periods import add_months

# Categories of EN 16931: outside the scope, zero rated, standard rated.
OUTSIDE_SCOPE = "O"
ZERO = "Z"
STANDARD = "S"


@dataclass(frozen=True, slots=True)
class LineVat:
    """A line's category and, where it is taxed, its rate in per cent."""

    category: str = OUTSIDE_SCOPE
    percent: Decimal | None = None


UNTAXED = LineVat()


@dataclass(frozen=True, slots=True)
class VatPart:
    """An invoice's sum and tax at one rate, with their signs."""

    percent: Decimal
    net: Cents
    tax: Cents


@dataclass(frozen=True, slots=True)
class Stretch:
    """Whole months of a year that have the same VAT; both days are inside."""

    vat: LineVat
    start: date
    end: date
    months: int


def stretches(
    start: date, months: int, at: Callable[[date], VatContent | None], table: VatTable
) -> tuple[Stretch, ...]:
    """Months from a first day on, cut where the VAT changes. Raises NoVatRate where a rate is missing."""
    found: list[Stretch] = []
    for number in range(months):
        first = add_months(start, number)
        vat, end = _vat_of(at(first), first, table), add_months(first, 1) - timedelta(days=1)
        if found and found[-1].vat == vat:
            found[-1] = Stretch(vat, found[-1].start, end, found[-1].months + 1)
        else:
            found.append(Stretch(vat, first, end, 1))
    return tuple(found)


def _vat_of(content: VatContent | None, day: date, table: VatTable) -> LineVat:
    if content is None:
        return UNTAXED
    # Without the database's zeros at the end, so that the same rate is always the same text.
    percent = table.vat_rate(content, day).normalize() + 0
    return LineVat(STANDARD if percent else ZERO, percent)


def dealt(cents: int, weights: Sequence[int]) -> list[int]:
    """A sum by weights, to the cent."""
    if len(weights) == 1:
        return [cents]
    shares = largest_remainder(cents, [Weight(f"{n:04d}", weight) for n, weight in enumerate(weights)])
    return list(shares.values())


def tax_of(net: int, percent: Decimal) -> int:
    """The tax of a sum, rounded half up to the cent."""
    return int((net * percent / 100).to_integral_value(ROUND_HALF_UP))


def vat_parts(
    lines: Iterable[tuple[LineVat, int]], *, standing: Mapping[Decimal, int] | None = None
) -> tuple[VatPart, ...]:
    """The tax of lines by rate, the lowest rate first; nothing where nothing is taxed.

    `standing`: what stands by rate of the invoice that a note reduces, before the note.
    """
    sums: dict[Decimal, int] = defaultdict(int)
    for vat, cents in lines:
        if vat.percent is not None:
            sums[vat.percent] += cents
    before = standing or {}
    return tuple(
        VatPart(
            percent,
            Cents(net),
            Cents(tax_of(before.get(percent, 0) + net, percent) - tax_of(before.get(percent, 0), percent)),
        )
        for percent, net in sorted(sums.items())
    )


def turned(parts: Iterable[VatPart]) -> tuple[VatPart, ...]:
    """What takes back all of these: by rate, with the signs turned."""
    net: dict[Decimal, int] = defaultdict(int)
    tax: dict[Decimal, int] = defaultdict(int)
    for part in parts:
        net[part.percent] -= part.net.value
        tax[part.percent] -= part.tax.value
    return tuple(VatPart(percent, Cents(net[percent]), Cents(tax[percent])) for percent in sorted(net))


def tax_total(parts: Iterable[VatPart]) -> Cents:
    return Cents(sum(part.tax.value for part in parts))
