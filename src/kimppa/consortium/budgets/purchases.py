"""Vendors' invoices: received with their file, booked to budget lines, discarded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction

from django.db import transaction

from kimppa.commons.members.models import LegalParty
from kimppa.commons.members.permissions import require
from kimppa.commons.members.roles import Act
from kimppa.commons.members.vendors import party_named
from kimppa.consortium.agreements import price_queries
from kimppa.consortium.agreements.models import Agreement
from kimppa.consortium.agreements.prices import BASE_CURRENCY, CURRENCIES, UnknownCurrency
from kimppa.consortium.agreements.vat import VatContent
from kimppa.consortium.budgets.plan_models import Booking, BudgetLine, Grant, Purchase
from kimppa.consortium.budgets.plan_rules import (
    CostKind,
    NoSuchGrant,
    NoSuchPurchase,
    OutsideGrant,
    PartsBad,
    PurchaseBooked,
    PurchaseIncomplete,
    PurchaseNotBooked,
    PurchaseState,
    PurchaseSums,
    PurchaseTwice,
    check_parts,
)
from kimppa.foundation.accounts import audit
from kimppa.foundation.accounts.actors import Actor
from kimppa.foundation.accounts.audit import Value
from kimppa.foundation.core.money import Cents, half_up_cents
from kimppa.foundation.core.text import clean_line
from kimppa.foundation.files import services as files
from kimppa.foundation.files.models import Retention, StoredFile
from kimppa.foundation.protocols.incoming_invoices import IncomingInvoice

TYPED = "typed"


@dataclass(frozen=True, slots=True)
class Told:
    """What an invoice says, typed by a person or read from an e-invoice. A credit note is below zero."""

    vendor: str
    number: str
    issued: date
    net: Cents
    vat: Cents
    gross: Cents
    business_id: str = ""
    due: date | None = None
    currency: str = BASE_CURRENCY
    reverse_charge: bool = False
    reference: str = ""
    iban: str = ""
    agreement: str = ""
    form: str = TYPED

    def checked(self) -> Told:
        """The same, cleaned. Raises PurchaseIncomplete, PurchaseSums, UnknownCurrency."""
        vendor, number = clean_line(self.vendor)[:200], clean_line(self.number)[:60]
        if not vendor or not number or not self.gross.value:
            raise PurchaseIncomplete
        if self.net + self.vat != self.gross:
            raise PurchaseSums(net=self.net.plain(), vat=self.vat.plain(), gross=self.gross.plain())
        currency = self.currency.strip().upper()
        if currency not in CURRENCIES:
            raise UnknownCurrency(value=currency[:10])
        return replace(self, vendor=vendor, number=number, currency=currency)


@dataclass(frozen=True, slots=True)
class Upload:
    """The file that an invoice came as."""

    name: str
    content: bytes
    media_type: str


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of an invoice for a line; `grant` is the grant that it is a cost of, if any."""

    line: int
    amount: Cents
    grant: int | None = None
    kind: CostKind = CostKind.LICENCES


def told_by(incoming: IncomingInvoice) -> Told:
    """What an e-invoice says, as it is recorded."""
    return Told(
        vendor=incoming.seller,
        business_id=incoming.seller_id,
        number=incoming.number,
        issued=incoming.issued,
        due=incoming.due,
        currency=incoming.currency,
        net=incoming.net,
        vat=incoming.vat,
        gross=incoming.gross,
        reverse_charge=incoming.reverse_charge,
        reference=incoming.reference[:40],
        iban=incoming.iban.replace(" ", "")[:34],
        agreement=incoming.agreement,
        form=incoming.form,
    )


@transaction.atomic
def receive(
    *, by: Actor, told: Told, upload: Upload | None = None, example: bool = False, now: datetime
) -> int:
    """Record a vendor's invoice that came, with its file; it waits for booking. Returns its id.

    A sum in another currency is changed into euros by the newest exchange rate known on its day. Raises
    PurchaseIncomplete, PurchaseSums, PurchaseTwice, UnknownCurrency, NoExchangeRate and what files.store
    raises.
    """
    require(by, Act.BOOK_PURCHASES, now=now)
    said = told.checked()
    vendor = party_named(
        by=by,
        act=Act.BOOK_PURCHASES,
        name=said.vendor,
        business_id=said.business_id,
        fictional=example,
        now=now,
    )
    _refuse_twice(vendor, said.number)
    rate = price_queries.tables().exchange.on(said.currency, said.issued).rate
    net, gross = _euros(said.net, rate), _euros(said.gross, rate)
    row = Purchase.objects.create(
        vendor=vendor,
        number=said.number,
        number_key=number_key(said.number),
        form=said.form,
        issued=said.issued,
        due=said.due,
        currency=said.currency,
        exchange_rate=rate,
        original_cents=said.gross.value,
        net_cents=net.value,
        vat_cents=(gross - net).value,
        reverse_charge=said.reverse_charge,
        agreement=_agreement(vendor, said.agreement),
        reference=clean_line(said.reference)[:40],
        iban=clean_line(said.iban)[:34],
        file=_stored(upload, now),
        received_at=now,
        example=example,
    )
    after: dict[str, Value] = {"vendor": vendor.name, "number": said.number, "gross": gross}
    audit.record(by=by, act="budgets.receive", obj=row, before=None, after=after, now=now)
    return row.pk


@transaction.atomic
def book(
    *,
    by: Actor,
    purchase: int,
    pieces: Sequence[Piece],
    agreement: int | None = None,
    reverse_content: VatContent | None = None,
    paid_by: int | None = None,
    now: datetime,
) -> None:
    """Book an invoice to lines of adopted budgets; the parts add up to what it costs, to the cent.

    With reverse charge it costs its VAT too: `reverse_content` says which rate of its day. `paid_by`: the
    party of the city that pays the vendor, and that VAT. Raises NoSuchPurchase, PurchaseBooked, PartsBad,
    PartsDisagree, NoSuchGrant, OutsideGrant, NoVatRate.
    """
    require(by, Act.BOOK_PURCHASES, now=now)
    row = _purchase(purchase)
    if row.state != PurchaseState.RECEIVED:
        raise PurchaseBooked(number=row.number)
    if reverse_content is not None:
        row.reverse_charge = True
        row.self_assessed_cents = self_assessed(row, reverse_content).value
    check_parts([piece.amount for piece in pieces], cost(row))
    _write(row, pieces)
    row.agreement_id = agreement if agreement is not None else row.agreement_id
    row.state, row.booked_at, row.paid_by_id = PurchaseState.BOOKED.value, now, paid_by
    row.save()
    after: dict[str, Value] = {"number": row.number, "cost": cost(row), "parts": len(pieces)}
    after["paid_by"] = paid_by
    audit.record(by=by, act="budgets.book", obj=row, before=None, after=after, now=now)


@transaction.atomic
def rebook(
    *, by: Actor, purchase: int, pieces: Sequence[Piece], paid_by: int | None = None, now: datetime
) -> None:
    """Book an invoice to other lines; what it costs stays. Without `paid_by` the paying city stays too.

    Raises as `book`, and PurchaseNotBooked.
    """
    require(by, Act.BOOK_PURCHASES, now=now)
    row = _purchase(purchase)
    if row.state != PurchaseState.BOOKED:
        raise PurchaseNotBooked(number=row.number)
    check_parts([piece.amount for piece in pieces], cost(row))
    before: dict[str, Value] = {"parts": _in_words(row), "paid_by": row.paid_by_id}
    row.bookings.all().delete()
    _write(row, pieces)
    if paid_by is not None:
        row.paid_by_id = paid_by
        row.save(update_fields=["paid_by"])
    after: dict[str, Value] = {"parts": _in_words(row), "paid_by": row.paid_by_id}
    audit.record(by=by, act="budgets.rebook", obj=row, before=before, after=after, now=now)


@transaction.atomic
def discard(*, by: Actor, purchase: int, why: str, now: datetime) -> None:
    """Put aside an invoice that is not ours or was recorded wrongly; its row and file stay.

    Raises NoSuchPurchase, PurchaseBooked.
    """
    require(by, Act.BOOK_PURCHASES, now=now)
    row = _purchase(purchase)
    if row.state != PurchaseState.RECEIVED:
        raise PurchaseBooked(number=row.number)
    row.state, row.discarded_why = PurchaseState.DISCARDED.value, clean_line(why)[:300]
    row.save(update_fields=["state", "discarded_why"])
    after: dict[str, Value] = {"number": row.number, "why": row.discarded_why}
    audit.record(by=by, act="budgets.discard", obj=row, before=None, after=after, now=now)


def cost(row: Purchase) -> Cents:
    """What an invoice costs in all: its sum with VAT and the VAT that the city pays itself."""
    return Cents(row.net_cents + row.vat_cents + row.self_assessed_cents)


def self_assessed(row: Purchase, content: VatContent) -> Cents:
    """The VAT of a reverse-charged invoice by the rate of its day. Raises NoVatRate."""
    return vat_of(Cents(row.net_cents), price_queries.vat_rate(content, row.issued))


def vat_of(net: Cents, percent: Decimal) -> Cents:
    """VAT of a sum, half a cent rounded away from zero, so that a credit gives back what was taken."""
    exact = abs(net.value) * Fraction(percent) / 100
    rounded = int(exact + Fraction(1, 2))
    return Cents(rounded if net.value >= 0 else -rounded)


def number_key(number: str) -> str:
    """The number as it is compared: without spaces and case."""
    return "".join(clean_line(number).split()).casefold()[:60]


def _write(row: Purchase, pieces: Sequence[Piece]) -> None:
    lines = set(
        BudgetLine.objects.filter(
            pk__in=[piece.line for piece in pieces], amounts__version__decision__isnull=False
        ).values_list("pk", flat=True)
    )
    grants = Grant.objects.in_bulk([piece.grant for piece in pieces if piece.grant is not None])
    for piece in pieces:
        if piece.line not in lines:
            raise PartsBad
        if piece.grant is not None:
            _check_grant(row, grants.get(piece.grant))
    Booking.objects.bulk_create(
        Booking(
            purchase=row,
            line_id=piece.line,
            amount_cents=piece.amount.value,
            grant_id=piece.grant,
            cost_kind=piece.kind.value,
        )
        for piece in pieces
    )


def _check_grant(row: Purchase, grant: Grant | None) -> None:
    if grant is None:
        raise NoSuchGrant
    if not grant.valid_from <= row.issued <= grant.valid_to:
        raise OutsideGrant(
            day=row.issued.isoformat(),
            title=grant.title,
            start=grant.valid_from.isoformat(),
            end=grant.valid_to.isoformat(),
        )


def _refuse_twice(vendor: LegalParty, number: str) -> None:
    earlier = (
        Purchase.objects.filter(vendor=vendor, number_key=number_key(number))
        .exclude(state=PurchaseState.DISCARDED.value)
        .first()
    )
    if earlier is not None:
        raise PurchaseTwice(number=earlier.number, vendor=vendor.name, day=earlier.issued.isoformat())


def _agreement(vendor: LegalParty, number: str) -> Agreement | None:
    """The agreement that the invoice names, else the vendor's only one."""
    if number:
        named = Agreement.objects.filter(diary_number__iexact=clean_line(number)).first()
        if named is not None:
            return named
    own = list(Agreement.objects.filter(parties__party=vendor, signed_on__isnull=False).distinct()[:2])
    return own[0] if len(own) == 1 else None


def _stored(upload: Upload | None, now: datetime) -> StoredFile | None:
    if upload is None:
        return None
    return files.store(
        name=upload.name,
        content=upload.content,
        media_type=upload.media_type,
        retention=Retention.ACCOUNTING,
        now=now,
    )


def _euros(amount: Cents, rate: Decimal) -> Cents:
    return amount if rate == 1 else half_up_cents(amount.euros * rate)


def _purchase(purchase: int) -> Purchase:
    rows = Purchase.objects.select_for_update(of=("self",)).select_related("vendor")
    row = rows.filter(pk=purchase).first()
    if row is None:
        raise NoSuchPurchase
    return row


def _in_words(row: Purchase) -> str:
    parts = row.bookings.select_related("line").order_by("pk")
    return "; ".join(f"{part.line.title} {Cents(part.amount_cents).plain()}" for part in parts)
