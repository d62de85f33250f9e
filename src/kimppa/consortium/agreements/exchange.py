"""Exchange rates that people wrote down, each with its day and source. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from kimppa.consortium.agreements.prices import BASE_CURRENCY, NoExchangeRate


@dataclass(frozen=True, slots=True)
class Exchange:
    """On a day one unit of the currency cost so many euros."""

    currency: str
    rate: Decimal
    day: date
    source: str


EURO = Exchange(BASE_CURRENCY, Decimal(1), date.min, "")


class ExchangeTable:
    """The newest rate that was known on a day counts."""

    def __init__(self, rates: Iterable[Exchange] = ()) -> None:
        self._rates = tuple(sorted(rates, key=lambda one: one.day, reverse=True))

    def on(self, currency: str, day: date) -> Exchange:
        """The rate of a currency as of a day. Raises NoExchangeRate; the euro always has one."""
        if currency == BASE_CURRENCY:
            return EURO
        for one in self._rates:
            if one.currency == currency and one.day <= day:
                return one
        raise NoExchangeRate(currency=currency[:10], day=day.isoformat())
