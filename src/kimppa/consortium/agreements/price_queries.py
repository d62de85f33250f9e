"""Reading prices: what stands on a day, what was, what is offered, and what it costs this consortium."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.db.models import Prefetch, QuerySet

from kimppa.consortium.agreements import contracts
from kimppa.consortium.agreements.contracts import ContractRow, State
from kimppa.consortium.agreements.costs import Basis, Cost, Step, cost_between, overlap
from kimppa.consortium.agreements.exchange import Exchange, ExchangeTable
from kimppa.consortium.agreements.models import AgreementParty
from kimppa.consortium.agreements.price_models import ExchangeRate, PlatformPrice, VatRate
from kimppa.consortium.agreements.prices import Measure, Price, PriceKind, Tier, TierMode, VatTreatment
from kimppa.consortium.agreements.procurement import OPEN_ENDED_MONTHS
from kimppa.consortium.agreements.rules import PartyRole
from kimppa.consortium.agreements.vat import VatContent, VatSpan, VatTable
from kimppa.foundation.core.errors import KimppaError
from kimppa.foundation.core.periods import Period, add_months


@dataclass(frozen=True, slots=True)
class PriceRow:
    """A price as it was written down. `period`: its own days, the agreement's where it names none."""

    id: int
    agreement_id: int
    agreement_number: str
    signed: bool
    example: bool
    vendor: str
    platform: str
    platform_name: str
    part: str
    price: Price
    period: Period
    vat_payer: str
    clause: str
    recorded_at: datetime
    withdrawn: bool
    withdrawn_why: str

    def holds(self, day: date) -> bool:
        return not self.withdrawn and day in self.period


@dataclass(frozen=True, slots=True)
class VatRow:
    id: int
    content: VatContent
    percent: Decimal
    valid_from: date
    valid_to: date | None
    source: str


@dataclass(frozen=True, slots=True)
class Tables:
    """What a cost needs besides the price: VAT and exchange rates, read once a page."""

    vat: VatTable
    exchange: ExchangeTable


@dataclass(frozen=True, slots=True)
class Reckoned:
    """The cost of some prices in a period, or why it is not known. `unpriced`: not every day has a price."""

    period: Period
    cost: Cost | None
    error: KimppaError | None = None
    unpriced: bool = False

    @property
    def steps(self) -> tuple[Step, ...]:
        return self.cost.steps if self.cost else ()


@dataclass(frozen=True, slots=True)
class Offered:
    """An offer, or the agreement that stands, for one e-service: what it costs in a year and in all."""

    contract: ContractRow
    vendor: str
    prices: tuple[PriceRow, ...]
    year: Reckoned
    term: Reckoned
    current: bool


def prices(*, platform: str | None = None, agreement: int | None = None) -> tuple[PriceRow, ...]:
    """Every price of an e-service or an agreement (or at all), the newest first; withdrawn ones too."""
    rows = PlatformPrice.objects.all()
    if platform is not None:
        rows = rows.filter(platform__slug=platform)
    if agreement is not None:
        rows = rows.filter(agreement_id=agreement)
    return _rows(rows)


def price(price_id: int) -> PriceRow | None:
    """One price, or None."""
    found = _rows(PlatformPrice.objects.filter(pk=price_id))
    return found[0] if found else None


def in_force(rows: Iterable[PriceRow], contracts_on: Iterable[ContractRow], on: date) -> tuple[PriceRow, ...]:
    """Of these prices the ones that hold on a day, in agreements that are in force on it."""
    standing = {one.id for one in contracts_on if one.state is State.IN_FORCE}
    return tuple(row for row in rows if row.agreement_id in standing and row.holds(on))


def tables() -> Tables:
    """The VAT and exchange rates of all days."""
    spans = [VatSpan(r.content, r.percent, r.valid_from, r.valid_to) for r in vat_rates()]
    return Tables(VatTable(spans), ExchangeTable(exchange_rates()))


def vat_rates() -> tuple[VatRow, ...]:
    """Every recorded VAT rate, by content, the newest first."""
    rows = VatRate.objects.order_by("content", "-valid_from")
    return tuple(
        VatRow(r.pk, VatContent(r.content), r.percent, r.valid_from, r.valid_to, r.source) for r in rows
    )


def vat_rate(content: VatContent, on: date) -> Decimal:
    """The VAT rate of a kind of content on a day, per cent. Raises NoVatRate."""
    return tables().vat.vat_rate(content, on)


def exchange_rates() -> tuple[Exchange, ...]:
    """Every recorded exchange rate, the newest first."""
    rows = ExchangeRate.objects.order_by("-day", "currency")
    return tuple(Exchange(r.currency, r.rate, r.day, r.source) for r in rows)


def reckon(rows: Sequence[PriceRow], basis: Basis, *, period: Period, known: Tables, on: date) -> Reckoned:
    """What these prices cost together in a closed period; in their currencies' rates known on a day.

    A price that cannot be reckoned (no VAT rate, no quantity) makes the whole unknown, with the reason.
    """
    standing = [row for row in rows if not row.withdrawn]
    try:
        dated = [
            (_dated(row), known.exchange.on(row.price.currency, on))
            for row in standing
            if row.period.overlaps(period)
        ]
        cost = cost_between(dated, basis, period=period, vat=known.vat)
    except KimppaError as error:
        return Reckoned(period, None, error)
    return Reckoned(period, cost, None, unpriced=not _covered(standing, period))


def compared(
    platform: str, basis: Basis, *, on: date, year: Period, rows: Iterable[PriceRow] | None = None
) -> tuple[Offered, ...]:
    """The agreement in force and every offer for an e-service, side by side; what stands comes first.

    `rows`: the prices of the service, where the page has asked for them already.
    """
    by_agreement: dict[int, list[PriceRow]] = {}
    for row in prices(platform=platform) if rows is None else rows:
        if not row.withdrawn:
            by_agreement.setdefault(row.agreement_id, []).append(row)
    if not by_agreement:
        return ()
    known, found = tables(), []
    for contract in contracts.contracts(on=on):
        held = by_agreement.get(contract.id)
        if held is None or contract.state is State.ENDED:
            continue
        current = contract.state in {State.IN_FORCE, State.COMING}
        term = reckon(held, basis, period=term_of(contract, on=on), known=known, on=on)
        in_year = reckon(held, basis, period=year, known=known, on=on)
        found.append(Offered(contract, held[0].vendor, tuple(held), in_year, term, current))
    return tuple(sorted(found, key=lambda one: (not one.current, one.contract.diary_number)))


def term_of(contract: ContractRow, *, on: date) -> Period:
    """The whole term with every option; 48 months (as in procurement) where it has no end."""
    start = contract.valid_from or on
    end = None if contract.days.renews_on else contract.days.last_possible
    if end is None or end < start:
        end = add_months(start, OPEN_ENDED_MONTHS) - timedelta(days=1)
    return Period(start, end)


def first_year(contract: ContractRow, *, on: date) -> Period:
    """The first twelve months of an agreement or offer; an offer without a first day begins on the day."""
    start = contract.valid_from or on
    return Period(start, add_months(start, 12) - timedelta(days=1))


def last_day(contract: ContractRow) -> date | None:
    """The day after which an agreement binds nobody to pay; None where it goes on until notice is given."""
    return None if contract.days.renews_on and contract.ends_on == contract.days.ends_on else contract.ends_on


def _covered(rows: Sequence[PriceRow], period: Period) -> bool:
    """Does some price hold on every day of the period?"""
    day = period.start
    for row in sorted(rows, key=lambda one: one.period.start or date.min):
        inside = overlap(row.period, period)
        if inside is None or day is None or inside.start is None or inside.start > day:
            continue
        if inside.end is not None and inside.end >= day:
            day = inside.end + timedelta(days=1)
    return day is not None and period.end is not None and day > period.end


def _dated(row: PriceRow) -> Price:
    """The price with the days on which it counts."""
    return replace(row.price, valid_from=row.period.start, valid_to=row.period.end)


def _rows(found: QuerySet[PlatformPrice]) -> tuple[PriceRow, ...]:
    # Only the vendors: an agreement signed for every member has sixty parties more.
    vendors = AgreementParty.objects.filter(role=PartyRole.VENDOR.value).select_related("party")
    rows = found.select_related("agreement", "platform", "vat_payer").prefetch_related(
        "tiers", Prefetch("agreement__parties", queryset=vendors)
    )
    made = [_row(row) for row in rows.order_by("platform__order", "part", "-pk")]
    # Sorted here: where an empty first day comes differs from database to database.
    return tuple(sorted(made, key=lambda row: row.period.start or date.min, reverse=True))


def _row(row: PlatformPrice) -> PriceRow:
    vendors = [one.party.name for one in row.agreement.parties.all()]
    return PriceRow(
        id=row.pk,
        agreement_id=row.agreement_id,
        agreement_number=row.agreement.diary_number,
        signed=row.agreement.signed_on is not None,
        example=row.agreement.example,
        vendor=", ".join(vendors),
        platform=row.platform.slug,
        platform_name=row.platform.name,
        part=row.part,
        price=price_of(row),
        period=_period(row),
        vat_payer=row.vat_payer.name if row.vat_payer else "",
        clause=row.clause,
        recorded_at=row.recorded_at,
        withdrawn=row.withdrawn_at is not None,
        withdrawn_why=row.withdrawn_why,
    )


def _period(row: PlatformPrice) -> Period:
    """The price's own days, from the agreement's first day on; a draft may since have moved behind them."""
    start = row.valid_from or row.agreement.valid_from
    if start is not None and row.valid_to is not None and row.valid_to < start:
        return Period(row.valid_to, row.valid_to)
    return Period(start, row.valid_to)


def price_of(row: PlatformPrice) -> Price:
    """The pure price of a row, with its own dates."""
    tiers = sorted(row.tiers.all(), key=lambda tier: tier.start)
    return Price(
        kind=PriceKind(row.kind),
        rate=row.rate,
        content=VatContent(row.content),
        treatment=VatTreatment(row.treatment),
        currency=row.currency,
        measure=Measure(row.measure),
        mode=TierMode(row.mode),
        tiers=tuple(Tier(tier.start, tier.rate) for tier in tiers),
        patron_cap=row.patron_cap,
        month_cap=row.month_cap,
        valid_from=row.valid_from,
        valid_to=row.valid_to,
    )
