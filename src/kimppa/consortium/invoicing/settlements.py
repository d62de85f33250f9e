"""Settling between the coordinating cities for a year: reckoned, previewed, recorded with its reference."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.db.models import F, Max, Sum

from kimppa.commons.members.permissions import require
from kimppa.commons.members.roles import Act
from kimppa.consortium.budgets import purchase_queries
from kimppa.consortium.invoicing.between_cities import (
    NoSuchSettlement,
    NothingToSettle,
    Settled,
    SettlementChanged,
    SettlementDay,
    SettlementReference,
    Side,
    settle,
)
from kimppa.consortium.invoicing.ledger_models import Settlement, SettlementRow
from kimppa.consortium.invoicing.models import InternalCharge, Invoice, NumberSeries, Seller
from kimppa.foundation.accounts import audit
from kimppa.foundation.accounts.actors import Actor
from kimppa.foundation.accounts.audit import Value
from kimppa.foundation.core import clock
from kimppa.foundation.core.money import Cents
from kimppa.foundation.core.text import clean_line


@dataclass(frozen=True, slots=True)
class Terms:
    """What a seller paid for all, where no vendor's invoice has been booked of it; its agreed proportion."""

    paid: Cents
    weight: int


@dataclass(frozen=True, slots=True)
class SettlementView:
    """One seller's side of a settlement that was recorded."""

    year: int
    number: int
    dated: date
    reference: str
    seller: str
    collected: Cents
    paid: Cents
    weight: int
    due: Cents
    before: Cents
    transfer: Cents
    example: bool = False


def collected(year: int) -> dict[int, Cents]:
    """Seller id → what it invoiced of a fiscal year, credits taken off, with its own city's share.

    Without VAT: that is the tax administration's, not the cities'.
    """
    found: dict[int, int] = dict.fromkeys(Seller.objects.values_list("pk", flat=True), 0)
    invoiced = Invoice.objects.filter(year=year).values_list("seller_id").order_by()
    own = InternalCharge.objects.filter(share__revision__levy__year__year=year).values_list("seller_id")
    for rows, column in ((invoiced, F("total_cents") - F("vat_cents")), (own.order_by(), F("amount_cents"))):
        for seller_id, cents in rows.annotate(sum=Sum(column)):
            found[seller_id] = found.get(seller_id, 0) + (cents or 0)
    return {seller_id: Cents(cents) for seller_id, cents in found.items()}


@dataclass(frozen=True, slots=True)
class Recorded:
    """What booked vendors' invoices of a year cost, by the seller that paid; `unnamed`: nobody was named."""

    by_seller: dict[int, Cents]
    unnamed: Cents


def recorded(year: int) -> Recorded:
    """What the sellers paid to vendors for all, by the booked invoices. Costs of grants are left out."""
    paid = purchase_queries.paid_for_all(year)
    found = {pk: paid[party] for pk, party in Seller.objects.values_list("pk", "party_id") if party in paid}
    rest = sum(cents.value for cents in paid.values()) - sum(cents.value for cents in found.values())
    return Recorded(found, Cents(rest))


def plan(year: int, terms: Mapping[int, Terms]) -> tuple[Settled, ...]:
    """What settling a year would move now, by seller. Writes nothing. Raises NoWeights.

    What a seller paid is what the booked invoices say; where none is, what the terms say.
    """
    sums, booked = collected(year), recorded(year).by_seller
    before = dict(
        SettlementRow.objects.filter(settlement__year=year)
        .values_list("seller_id")
        .annotate(sum=Sum("transfer_cents"))
        .order_by()
    )
    names = Seller.objects.order_by("party__name", "pk").values_list("pk", "party__name")
    none = Terms(Cents(0), 0)
    return settle(
        [
            Side(
                seller_id=pk,
                name=name,
                collected=sums[pk],
                paid=booked.get(pk, terms.get(pk, none).paid),
                weight=terms.get(pk, none).weight,
                before=Cents(before.get(pk, 0)),
            )
            for pk, name in names
        ]
    )


@transaction.atomic
def record_settlement(
    *,
    by: Actor,
    year: int,
    terms: Mapping[int, Terms],
    expected: Mapping[int, Cents],
    reference: str,
    dated: date,
    now: datetime,
) -> int:
    """Record what was previewed; returns the settlement's id.

    expected: seller id → the transfer that the preview showed; where it has changed nothing is recorded, so
    that asking twice settles once. Raises SettlementReference, SettlementDay, SettlementChanged,
    NothingToSettle, NoWeights.
    """
    require(by, Act.EDIT_PAYERS, now=now)
    number = clean_line(reference)[:60]
    if not number:
        raise SettlementReference
    if dated > clock.day_of(now):
        raise SettlementDay(day=dated.isoformat())
    # Nobody issues while it is reckoned, and two settle one after the other.
    list(NumberSeries.objects.select_for_update().order_by("pk").values_list("pk", flat=True))
    settled = plan(year, terms)
    if all(one.transfer.value == 0 for one in settled):
        raise NothingToSettle(year=year)
    if {one.side.seller_id: one.transfer for one in settled} != dict(expected):
        raise SettlementChanged(year=year)
    last = Settlement.objects.filter(year=year).aggregate(last=Max("number"))["last"] or 0
    row = Settlement.objects.create(year=year, number=last + 1, dated=dated, reference=number, created=now)
    SettlementRow.objects.bulk_create(
        SettlementRow(
            settlement=row,
            seller_id=one.side.seller_id,
            collected_cents=one.side.collected.value,
            paid_cents=one.side.paid.value,
            weight=one.side.weight,
            due_cents=one.due.value,
            before_cents=one.side.before.value,
            transfer_cents=one.transfer.value,
        )
        for one in settled
    )
    after: dict[str, Value] = {
        "reference": number,
        "transfers": ", ".join(f"{one.side.name} {one.transfer.plain()}" for one in settled)[:900],
    }
    audit.record(by=by, act="invoicing.record_settlement", obj=row, before=None, after=after, now=now)
    return row.pk


def settlement(year: int, number: int) -> tuple[SettlementView, ...]:
    """The sides of one settlement. Raises NoSuchSettlement."""
    found = tuple(row for row in settlements() if (row.year, row.number) == (year, number))
    if not found:
        raise NoSuchSettlement
    return found


def settlements() -> tuple[SettlementView, ...]:
    """Every side of every settlement, the newest first."""
    rows = SettlementRow.objects.select_related("settlement", "seller__party")
    return tuple(
        SettlementView(
            year=row.settlement.year,
            number=row.settlement.number,
            dated=row.settlement.dated,
            reference=row.settlement.reference,
            seller=row.seller.party.name,
            collected=Cents(row.collected_cents),
            paid=Cents(row.paid_cents),
            weight=row.weight,
            due=Cents(row.due_cents),
            before=Cents(row.before_cents),
            transfer=Cents(row.transfer_cents),
            example=row.seller.example,
        )
        for row in rows.order_by("-settlement__year", "-settlement__number", "seller__party__name")
    )
