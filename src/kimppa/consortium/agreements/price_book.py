"""Writing prices, VAT rates and exchange rates down; taking a wrong price back."""

from __future__ import annotations

import csv
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import QuerySet

from kimppa.commons.members.models import LegalParty
from kimppa.commons.members.permissions import require
from kimppa.commons.members.roles import Act
from kimppa.commons.platforms.models import Platform
from kimppa.consortium.agreements.drafts import found
from kimppa.consortium.agreements.models import Agreement
from kimppa.consortium.agreements.price_models import ExchangeRate, PlatformPrice, PriceTier, VatRate
from kimppa.consortium.agreements.prices import (
    BASE_CURRENCY,
    CURRENCIES,
    BadExchangeRate,
    ExchangeRateTaken,
    NoSuchPrice,
    NotAVendorAgreement,
    NoVatPayer,
    Price,
    PriceDates,
    PriceIncomplete,
    PriceKind,
    PriceOutside,
    PricesOverlap,
    PriceWithdrawn,
    UnknownCurrency,
    VatTreatment,
)
from kimppa.consortium.agreements.rules import PartyRole
from kimppa.consortium.agreements.vat import ONE_DAY, VatContent, VatRateStands, checked_percent
from kimppa.environment import PROJECT
from kimppa.foundation.accounts import audit
from kimppa.foundation.accounts.actors import Actor
from kimppa.foundation.accounts.audit import Value
from kimppa.foundation.core.money import decimals
from kimppa.foundation.core.periods import Period
from kimppa.foundation.core.text import clean_line

SHIPPED_VAT_RATES = PROJECT / "data" / "vat_rates.csv"


@dataclass(frozen=True, slots=True)
class Asked:
    """A price as it is written down: for which e-service (slug), what it is for, who pays the VAT, where
    it stands. `vat_payer` is a legal party's id and needed with reverse charge only."""

    platform: str
    price: Price
    part: str = ""
    vat_payer: int | None = None
    clause: str = ""


@transaction.atomic
def put_price(*, by: Actor, agreement: int, asked: Asked, now: datetime) -> int:
    """Write a price of a vendor's agreement or offer; returns its id.

    An open price of the same service and part that began earlier ends the day before. Raises
    NoSuchAgreement, NotAVendorAgreement, PriceOutside, PricesOverlap, NoVatPayer and what Price.checked
    raises.
    """
    require(by, Act.EDIT_AGREEMENTS, now=now)
    row = found(agreement)
    if not row.parties.filter(role=PartyRole.VENDOR.value).exists():
        raise NotAVendorAgreement(number=row.diary_number)
    price = replace(asked.price, currency=asked.price.currency.strip().upper()).checked()
    platform = Platform.objects.filter(slug=asked.platform).first()
    if platform is None:
        raise PriceIncomplete
    _check_inside(row, price)
    part = clean_line(asked.part)[:80]
    _make_room(by, row, platform, part, price, now)
    made = PlatformPrice.objects.create(
        agreement=row,
        platform=platform,
        part=part,
        vat_payer=_vat_payer(price, asked.vat_payer),
        clause=clean_line(asked.clause)[:120],
        recorded_at=now,
        **_columns(price),
    )
    PriceTier.objects.bulk_create(PriceTier(price=made, start=t.start, rate=t.rate) for t in price.tiers)
    audit.record(by=by, act="agreements.put_price", obj=made, before=None, after=_facts(made), now=now)
    return made.pk


@transaction.atomic
def end_price(*, by: Actor, price: int, valid_to: date, now: datetime) -> None:
    """Say on which day a price ends. Raises NoSuchPrice, PriceWithdrawn, PriceDates, PricesOverlap."""
    require(by, Act.EDIT_AGREEMENTS, now=now)
    row = _standing(price)
    began = row.valid_from or row.agreement.valid_from
    if began is not None and valid_to < began:
        raise PriceDates(start=began.isoformat(), end=valid_to.isoformat())
    others = _others(row.agreement, row.platform, row.part).exclude(pk=row.pk)
    _refuse_overlap(row.agreement, others, Period(row.valid_from, valid_to))
    _end(by, row, valid_to, now)


@transaction.atomic
def withdraw_price(*, by: Actor, price: int, why: str, now: datetime) -> None:
    """Take back a price that was written down wrongly; it stays in the history with the reason.

    Raises NoSuchPrice, PriceWithdrawn.
    """
    require(by, Act.EDIT_AGREEMENTS, now=now)
    row = _standing(price)
    before = _facts(row)
    row.withdrawn_at, row.withdrawn_why = now, clean_line(why)[:300]
    row.save(update_fields=["withdrawn_at", "withdrawn_why"])
    after: dict[str, Value] = {"why": row.withdrawn_why}
    audit.record(by=by, act="agreements.withdraw_price", obj=row, before=before, after=after, now=now)


@transaction.atomic
def record_vat_rate(
    *, by: Actor, content: VatContent, percent: Decimal, valid_from: date, source: str = "", now: datetime
) -> int:
    """Record a VAT rate from a day on; the one before it ends the day before. Returns its id.

    Raises BadVatRate, VatRateStands (one begins on that day or later).
    """
    require(by, Act.EDIT_AGREEMENTS, now=now)
    checked_percent(percent)
    rows = VatRate.objects.select_for_update().filter(content=content.value)
    later = rows.filter(valid_from__gte=valid_from).order_by("valid_from").first()
    if later is not None:
        raise VatRateStands(content=content.value, start=later.valid_from.isoformat())
    earlier = rows.filter(valid_to__isnull=True).first()
    if earlier is not None:
        earlier.valid_to = valid_from - ONE_DAY
        earlier.save(update_fields=["valid_to"])
    row = VatRate.objects.create(
        content=content.value, percent=percent, valid_from=valid_from, source=clean_line(source)[:300]
    )
    before: dict[str, Value] | None = {"percent": earlier.percent} if earlier else None
    after: dict[str, Value] = {"content": content.value, "percent": percent, "valid_from": valid_from}
    audit.record(by=by, act="agreements.record_vat_rate", obj=row, before=before, after=after, now=now)
    return row.pk


@transaction.atomic
def load_shipped_vat_rates(*, by: Actor, now: datetime) -> int:
    """Take in the dated rates that the project ships (data/vat_rates.csv); returns how many were new.

    What people have recorded of a kind of content stands: only kinds without any rate are filled.
    """
    require(by, Act.EDIT_AGREEMENTS, now=now)
    known = set(VatRate.objects.select_for_update().values_list("content", flat=True))
    with SHIPPED_VAT_RATES.open(encoding="utf-8", newline="") as handle:
        rows = [
            VatRate(
                content=VatContent(told["content"]).value,
                percent=checked_percent(Decimal(told["percent"])),
                valid_from=date.fromisoformat(told["valid_from"]),
                valid_to=date.fromisoformat(told["valid_to"]) if told["valid_to"] else None,
                source=told["source"],
            )
            for told in csv.DictReader(handle)
            if told["content"] not in known
        ]
    made = VatRate.objects.bulk_create(rows)
    if made:
        after: dict[str, Value] = {"rates": len(made)}
        audit.record(
            by=by, act="agreements.load_shipped_vat_rates", obj=made[0], before=None, after=after, now=now
        )
    return len(made)


@transaction.atomic
def record_exchange_rate(
    *, by: Actor, currency: str, day: date, rate: Decimal, source: str, now: datetime
) -> int:
    """Record how many euros one unit of a currency cost on a day, and who says so; returns the row's id.

    Raises UnknownCurrency, BadExchangeRate, ExchangeRateTaken.
    """
    require(by, Act.EDIT_AGREEMENTS, now=now)
    code, said = currency.strip().upper(), clean_line(source)[:200]
    if code not in CURRENCIES or code == BASE_CURRENCY:
        raise UnknownCurrency(value=code[:10])
    if not rate.is_finite() or not 0 < rate < 1_000_000 or decimals(rate) > 6 or not said:
        raise BadExchangeRate(value=str(rate)[:40])
    if ExchangeRate.objects.filter(currency=code, day=day).exists():
        raise ExchangeRateTaken(currency=code, day=day.isoformat())
    row = ExchangeRate.objects.create(currency=code, day=day, rate=rate, source=said)
    after: dict[str, Value] = {"currency": code, "day": day, "rate": rate, "source": said}
    audit.record(by=by, act="agreements.record_exchange_rate", obj=row, before=None, after=after, now=now)
    return row.pk


def _standing(price: int) -> PlatformPrice:
    row = PlatformPrice.objects.select_for_update().filter(pk=price).first()
    if row is None:
        raise NoSuchPrice
    if row.withdrawn_at is not None:
        raise PriceWithdrawn
    return row


def _check_inside(row: Agreement, price: Price) -> None:
    """A price of an agreement with dates stays inside its first day; options may lengthen the last one."""
    starts_early = price.valid_from and row.valid_from and price.valid_from < row.valid_from
    ends_early = price.valid_to and row.valid_from and price.valid_to < row.valid_from
    if starts_early or ends_early:
        start = row.valid_from.isoformat() if row.valid_from else "–"
        end = row.valid_to.isoformat() if row.valid_to else "–"
        raise PriceOutside(number=row.diary_number, start=start, end=end)


def _vat_payer(price: Price, party: int | None) -> LegalParty | None:
    if price.treatment is not VatTreatment.REVERSE:
        return None
    payer = LegalParty.objects.filter(pk=party).first() if party else None
    if payer is None:
        raise NoVatPayer
    return payer


def _others(row: Agreement, platform: Platform, part: str) -> QuerySet[PlatformPrice]:
    """The prices that stand for the same thing."""
    rows = PlatformPrice.objects.select_for_update()
    return rows.filter(agreement=row, platform=platform, part=part, withdrawn_at__isnull=True)


def _make_room(by: Actor, row: Agreement, platform: Platform, part: str, price: Price, now: datetime) -> None:
    """End the open price that began before; refuse what would still overlap."""
    others = _others(row, platform, part)
    open_one = others.filter(valid_to__isnull=True).first()
    if open_one is not None and price.valid_from is not None:
        began = open_one.valid_from or row.valid_from
        if began is not None and began < price.valid_from:
            _end(by, open_one, price.valid_from - ONE_DAY, now)
    _refuse_overlap(row, others, Period(price.valid_from, price.valid_to))


def _refuse_overlap(row: Agreement, others: QuerySet[PlatformPrice], wanted: Period) -> None:
    for other in others:
        if Period(other.valid_from, other.valid_to).overlaps(wanted):
            start = other.valid_from or row.valid_from
            raise PricesOverlap(
                number=row.diary_number,
                start=start.isoformat() if start else "…",
                end=other.valid_to.isoformat() if other.valid_to else "…",
            )


def _end(by: Actor, row: PlatformPrice, valid_to: date, now: datetime) -> None:
    before: dict[str, Value] = {"valid_to": row.valid_to}
    row.valid_to = valid_to
    row.save(update_fields=["valid_to"])
    after: dict[str, Value] = {"valid_to": valid_to}
    audit.record(by=by, act="agreements.end_price", obj=row, before=before, after=after, now=now)


def _columns(price: Price) -> dict[str, str | int | Decimal | date | None]:
    return {
        "kind": price.kind.value,
        "rate": price.rate if price.kind is not PriceKind.TIERS else Decimal(0),
        "currency": price.currency,
        "measure": price.measure.value,
        "mode": price.mode.value,
        "patron_cap": price.patron_cap,
        "month_cap": price.month_cap,
        "content": price.content.value,
        "treatment": price.treatment.value,
        "valid_from": price.valid_from,
        "valid_to": price.valid_to,
    }


def _facts(row: PlatformPrice) -> dict[str, Value]:
    return {
        "agreement": row.agreement.diary_number,
        "platform": row.platform.slug,
        "kind": row.kind,
        "rate": row.rate,
        "currency": row.currency,
        "valid_from": row.valid_from,
        "valid_to": row.valid_to,
    }
