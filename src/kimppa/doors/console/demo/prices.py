"""Prices of the demo region: invented, on invented services of invented vendors, all marked ESIMERKKI.

What the region's real services cost is not public: their prices stay empty, and the pages say so.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from kimppa.commons.platforms import services as platforms
from kimppa.commons.platforms.rules import Content
from kimppa.consortium.agreements import price_book
from kimppa.consortium.agreements.models import Agreement
from kimppa.consortium.agreements.price_book import Asked
from kimppa.consortium.agreements.price_models import ExchangeRate, PlatformPrice
from kimppa.consortium.agreements.prices import Measure, Price, PriceKind, Tier, VatTreatment
from kimppa.consortium.agreements.rules import AgreementKind
from kimppa.consortium.agreements.vat import VatContent
from kimppa.doors.console.demo.governance import CONTRACTS, draft
from kimppa.doors.console.demo.money import MARK, OPENED, SELLERS
from kimppa.foundation.accounts.actors import Operator

BOOKS, PRESS, FILMS = "esimerkkikirjat", "esimerkkilehdet", "esimerkkielokuvat"
SERVICES = (
    (BOOKS, f"Esimerkkikirjat ({MARK})", (Content.EBOOK, Content.AUDIOBOOK)),
    (PRESS, f"Esimerkkilehdet ({MARK})", (Content.NEWSPAPER, Content.MAGAZINE)),
    (FILMS, f"Esimerkkielokuvat ({MARK})", (Content.FILM,)),
)
OFFER = f"{MARK}/25/2022"
FILM_DRAFT = f"{MARK}/24/2022"


def load(*, by: Operator, now: datetime) -> None:
    """VAT rates as they are; three invented services with prices and an offer. After the contracts."""
    if PlatformPrice.objects.exists() or not Agreement.objects.filter(diary_number=FILM_DRAFT).exists():
        return
    price_book.load_shipped_vat_rates(by=by, now=now)
    if not ExchangeRate.objects.exists():
        price_book.record_exchange_rate(
            by=by, currency="USD", day=OPENED, rate=Decimal("0.88"), source=MARK, now=now
        )
    for order, (slug, name, contents) in enumerate(SERVICES, start=90):
        platforms.define_platform(
            by=by, slug=slug, name=name, contents=contents, evidence=MARK, order=order, now=now
        )
    offer = draft(
        by, AgreementKind.VENDOR, OFFER, "E-kirjojen tarjous", f"Toinen Esimerkki Oy ({MARK})", None, now
    )
    numbers = dict(Agreement.objects.values_list("diary_number", "pk"))
    books, press, films = numbers[CONTRACTS[0][0]], numbers[CONTRACTS[1][0]], numbers[FILM_DRAFT]
    city = dict(Agreement.objects.get(pk=films).parties.values_list("party__municipality__code", "party"))
    for agreement, asked in (
        (books, Asked(BOOKS, _flat("14000", VatContent.BOOKS), "Alusta", clause="5.1")),
        (
            books,
            Asked(BOOKS, Price(PriceKind.PER_RESIDENT, Decimal("0.021"), VatContent.BOOKS), "Sisältö"),
        ),
        (press, Asked(PRESS, _flat("16500", VatContent.PRESS), clause="4")),
        (offer, Asked(BOOKS, _tiers())),
        (films, Asked(FILMS, _films(), vat_payer=city[next(iter(SELLERS))])),
    ):
        price_book.put_price(by=by, agreement=agreement, asked=asked, now=now)
    dearer = Price(PriceKind.FLAT, Decimal(17250), VatContent.PRESS, valid_from=date(2023, 1, 1))
    price_book.put_price(by=by, agreement=press, asked=Asked(PRESS, dearer, clause="4.3"), now=now)


def _flat(rate: str, content: VatContent) -> Price:
    return Price(PriceKind.FLAT, Decimal(rate), content)


def _tiers() -> Price:
    """By residents, each tier for itself."""
    return Price(
        PriceKind.TIERS,
        content=VatContent.BOOKS,
        measure=Measure.RESIDENTS,
        tiers=(Tier(0, Decimal("0.05")), Tier(300_000, Decimal("0.04")), Tier(600_000, Decimal("0.03"))),
    )


def _films() -> Price:
    """Per use in dollars, at most four uses a patron and 3 000 dollars a month, reverse charge."""
    return Price(
        PriceKind.PER_USE,
        Decimal("2.5"),
        VatContent.FILM_AND_MUSIC,
        VatTreatment.REVERSE,
        currency="USD",
        patron_cap=4,
        month_cap=Decimal(3000),
    )
