"""What a vendor asks: kinds of prices, and what a price may be. Pure. How a cost is reckoned: costs.py."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from itertools import pairwise

from kimppa.consortium.agreements.vat import VatContent
from kimppa.foundation.core.errors import Invalid, Missing, Refused
from kimppa.foundation.core.money import checked_rate, decimals
from kimppa.foundation.core.text import noop

BASE_CURRENCY = "EUR"
# ISO 4217, the currencies in use; funds and metals are no prices.
_CODES = """
AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF
CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL
HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD
MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG
QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD
TWD TZS UAH UGX USD UYU UZS VES VND VUV WST XAF XCD XCG XOF XPF YER ZAR ZMW
"""
CURRENCIES = frozenset(_CODES.split())


class PriceKind(StrEnum):
    FLAT = "flat"
    PER_RESIDENT = "per-resident"
    PER_TITLE = "per-title"
    PER_USE = "per-use"
    TIERS = "tiers"


PRICE_KIND_NAMES: dict[PriceKind, str] = {
    PriceKind.FLAT: noop("A sum a year"),
    PriceKind.PER_RESIDENT: noop("Per resident a year"),
    PriceKind.PER_TITLE: noop("Per title or licence a year"),
    PriceKind.PER_USE: noop("Per use"),
    PriceKind.TIERS: noop("In tiers by quantity"),
}


class Measure(StrEnum):
    """What the tiers count, over a year."""

    RESIDENTS = "residents"
    TITLES = "titles"
    USES = "uses"


MEASURE_NAMES: dict[Measure, str] = {
    Measure.RESIDENTS: noop("Residents"),
    Measure.TITLES: noop("Titles or licences"),
    Measure.USES: noop("Uses"),
}


class TierMode(StrEnum):
    """Marginal: each tier's price for the units inside it. Whole: the tier reached prices every unit."""

    MARGINAL = "marginal"
    WHOLE = "whole"


TIER_MODE_NAMES: dict[TierMode, str] = {
    TierMode.MARGINAL: noop("Each tier's price for what is inside the tier"),
    TierMode.WHOLE: noop("The price of the tier reached for everything"),
}


class VatTreatment(StrEnum):
    """How the price stands to VAT. Reverse charge: the signing city pays it for a foreign seller."""

    ADDED = "added"
    INCLUDED = "included"
    REVERSE = "reverse"


VAT_TREATMENT_NAMES: dict[VatTreatment, str] = {
    VatTreatment.ADDED: noop("VAT is added to the price"),
    VatTreatment.INCLUDED: noop("The price includes VAT"),
    VatTreatment.REVERSE: noop("Reverse charge: the signing city pays the VAT"),
}


class PriceIncomplete(Invalid):
    code = "price-incomplete"
    sentence = noop("A price needs an e-service and a number. Nothing was recorded.")


class PriceNegative(Invalid):
    code = "price-negative"
    sentence = noop("A price cannot be below zero: “%(value)s”. Nothing was recorded.")


class PriceDates(Invalid):
    code = "price-dates"
    sentence = noop("The price's last day %(end)s is before its first day %(start)s. Nothing was recorded.")


class PriceOutside(Invalid):
    code = "price-outside-agreement"
    sentence = noop(
        "The price would hold on days on which the agreement %(number)s does not: %(start)s – %(end)s. "
        "Nothing was recorded."
    )


class PricesOverlap(Refused):
    code = "prices-overlap"
    sentence = noop(
        "The agreement %(number)s already has this price for a part of that time (%(start)s – %(end)s). "
        "End the earlier price, or name what each is for. Nothing was recorded."
    )


class UnknownCurrency(Invalid):
    code = "unknown-currency"
    sentence = noop(
        "“%(value)s” is not a currency. Write its three letters, for example EUR, SEK or USD. "
        "Nothing was recorded."
    )


class NoExchangeRate(Invalid):
    code = "no-exchange-rate"
    sentence = noop(
        "No exchange rate of %(currency)s has been recorded for %(day)s or earlier. "
        "Add one with its day and source, then try again. Nothing was reckoned."
    )


class ExchangeRateTaken(Refused):
    code = "exchange-rate-taken"
    sentence = noop("The exchange rate of %(currency)s on %(day)s is already recorded. Nothing was changed.")


class BadExchangeRate(Invalid):
    code = "bad-exchange-rate"
    sentence = noop(
        "“%(value)s” is not an exchange rate. Write how many euros one unit of the currency costs, and where "
        "the number is from. Nothing was recorded."
    )


class BadTiers(Invalid):
    code = "bad-tiers"
    sentence = noop(
        "Write one tier a line: first unit – last unit: price, for example 0 – 999: 2,50, the last one "
        "without a last unit. “%(value)s” could not be read. Nothing was recorded."
    )


class TiersDoNotBegin(Invalid):
    code = "tiers-do-not-begin-at-zero"
    sentence = noop("The first tier must begin at zero; it begins at %(start)s. Nothing was recorded.")


class TiersHaveGap(Invalid):
    code = "tiers-have-gap"
    sentence = noop(
        "The tiers do not meet: one ends at %(end)s and the next begins at %(start)s. Nothing was recorded."
    )


class BadCap(Invalid):
    code = "bad-cap"
    sentence = noop("A limit belongs to a price per use and is more than zero. Nothing was recorded.")


class NotAVendorAgreement(Refused):
    code = "not-a-vendor-agreement"
    sentence = noop("The agreement %(number)s has no vendor, so it has no prices. Nothing was recorded.")


class NoVatPayer(Invalid):
    code = "no-vat-payer"
    sentence = noop("With reverse charge say which signing city pays the VAT. Nothing was recorded.")


class NoSuchPrice(Missing):
    code = "no-such-price"
    sentence = noop("There is no such price. Nothing was changed.")


class PriceWithdrawn(Refused):
    code = "price-withdrawn"
    sentence = noop("The price was withdrawn already. Nothing was changed.")


@dataclass(frozen=True, slots=True)
class Tier:
    """From this quantity on (up to the next tier) a unit costs `rate`."""

    start: int
    rate: Decimal


@dataclass(frozen=True, slots=True)
class Price:
    """One price of one e-service, in its own currency. `rate` is unused by tiers.

    `patron_cap`: the most uses of one patron in a month. `month_cap`: the most that a month costs, in the
    currency's units. Dates are inside; None: as the agreement has it.
    """

    kind: PriceKind
    rate: Decimal = Decimal(0)
    content: VatContent = VatContent.GENERAL
    treatment: VatTreatment = VatTreatment.ADDED
    currency: str = BASE_CURRENCY
    measure: Measure = Measure.USES
    mode: TierMode = TierMode.MARGINAL
    tiers: tuple[Tier, ...] = ()
    patron_cap: int | None = None
    month_cap: Decimal | None = None
    valid_from: date | None = None
    valid_to: date | None = None

    def checked(self) -> Price:
        """The same price if it can be one.

        Raises UnknownCurrency, PriceNegative, PriceIncomplete, PriceDates, BadCap, BadRate, BadTiers,
        TiersDoNotBegin, TiersHaveGap.
        """
        if self.currency not in CURRENCIES:
            raise UnknownCurrency(value=self.currency[:10])
        if self.valid_from and self.valid_to and self.valid_to < self.valid_from:
            raise PriceDates(start=self.valid_from.isoformat(), end=self.valid_to.isoformat())
        capped = self.patron_cap is not None or self.month_cap is not None
        if capped and self.kind is not PriceKind.PER_USE:
            raise BadCap
        if (self.patron_cap is not None and self.patron_cap < 1) or not _positive(self.month_cap):
            raise BadCap
        if self.kind is PriceKind.TIERS:
            check_tiers(self.tiers)
        else:
            _not_negative(self.rate)
            if self.tiers:
                raise PriceIncomplete
        return self


def check_tiers(tiers: Sequence[Tier]) -> None:
    """Tiers begin at zero and rise. Raises PriceIncomplete, TiersDoNotBegin, TiersHaveGap, PriceNegative."""
    if not tiers:
        raise PriceIncomplete
    if tiers[0].start != 0:
        raise TiersDoNotBegin(start=tiers[0].start)
    for before, after in pairwise(tiers):
        if after.start <= before.start:
            raise TiersHaveGap(end=before.start, start=after.start)
    for tier in tiers:
        _not_negative(tier.rate)


def _positive(cap: Decimal | None) -> bool:
    return cap is None or (cap.is_finite() and cap > 0 and decimals(cap) <= 2)


def _not_negative(rate: Decimal) -> None:
    if rate.is_finite() and rate < 0:
        raise PriceNegative(value=str(rate)[:40])
    checked_rate(rate)
