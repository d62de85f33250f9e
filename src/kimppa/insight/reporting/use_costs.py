"""What e-services cost in a year: what was booked, and apart from it what is still to come.

Booked are parts of vendors' invoices on budget lines of that year, with VAT, credit notes taken off. A line
of several services tells nothing about one of them: its costs are told as such and split on nobody's guess.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from django.db.models import Count, Sum

from kimppa.consortium.budgets.forecast import promises
from kimppa.consortium.budgets.plan_models import Booking, BudgetLine, Commitment
from kimppa.foundation.core.money import Cents


@dataclass(frozen=True, slots=True)
class ServiceCost:
    """One service: `booked` is None where nothing was booked, which is not zero. `coming`: not booked yet."""

    platform: str
    booked: Cents | None
    bookings: int
    coming: Cents
    lines: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Costs:
    """By service's slug; `shared` was booked on lines that name no service."""

    by_platform: dict[str, ServiceCost]
    shared: Cents

    def booked(self, platform: str) -> Cents | None:
        found = self.by_platform.get(platform)
        return found.booked if found else None


def costs(year: int) -> Costs:
    """The costs of a year. Three queries."""
    rows = BudgetLine.objects.filter(year__year=year)
    platform_of: dict[int, str | None] = dict(rows.values_list("pk", "platform__slug"))
    sums: dict[int, list[tuple[int | None, Cents]]] = defaultdict(list)
    counts: dict[int, int] = defaultdict(int)
    booked = Booking.objects.filter(line__year__year=year).values_list("line", "purchase__agreement")
    for line, agreement, cents, parts in booked.annotate(Sum("amount_cents"), Count("pk")).order_by():
        sums[line].append((agreement, Cents(cents)))
        counts[line] += parts
    bound: dict[int, list[tuple[int, str, int]]] = defaultdict(list)
    for line, agreement, slug, cents in Commitment.objects.filter(line__year__year=year).values_list(
        "line", "agreement", "platform__slug", "amount_cents"
    ):
        bound[line].append((agreement, slug, cents))
    return _gathered(platform_of, sums, counts, bound)


def booked_by_year(platform: str) -> dict[int, Cents]:
    """Year → what was booked for one service; a year without bookings is left out. One query."""
    rows = Booking.objects.filter(line__platform__slug=platform).values_list("line__year__year")
    return {year: Cents(cents) for year, cents in rows.annotate(Sum("amount_cents")).order_by()}


def _gathered(
    platform_of: dict[int, str | None],
    sums: dict[int, list[tuple[int | None, Cents]]],
    counts: dict[int, int],
    bound: dict[int, list[tuple[int, str, int]]],
) -> Costs:
    booked: dict[str, int] = defaultdict(int)
    parts: dict[str, int] = defaultdict(int)
    coming: dict[str, int] = defaultdict(int)
    lines: dict[str, list[int]] = defaultdict(list)
    shared = 0
    for line, slug in sorted(platform_of.items()):
        spent = sum(cents.value for _, cents in sums[line])
        if not slug:
            shared += spent
            continue
        lines[slug].append(line)
        booked[slug] += spent
        parts[slug] += counts[line]
        committed = [(agreement, Cents(cents)) for agreement, _, cents in bound[line]]
        coming[slug] += sum(one.remaining.value for one in promises(sums[line], committed))
    return Costs(
        {
            slug: ServiceCost(
                slug,
                Cents(booked[slug]) if parts[slug] else None,
                parts[slug],
                Cents(coming[slug]),
                tuple(held),
            )
            for slug, held in lines.items()
        },
        Cents(shared),
    )
