"""Values as people read them, in the language of the page. Pure."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from kimppa.foundation.core.clock import HELSINKI
from kimppa.foundation.core.money import Cents, decimals, show_euros, show_rate

THIN = "\u202f"


def money(amount: Cents | int, language: str) -> str:
    """`1 887,75 €`; whole numbers are cents."""
    return show_euros(amount if isinstance(amount, Cents) else Cents(amount), language)


def rate(value: Decimal, language: str) -> str:
    """`0,75 €/asukas` without the unit."""
    return show_rate(value, language)


def number(value: int | Decimal, language: str) -> str:
    """Thousands apart by a thin space; decimals, where there are some, after a comma (point in English)."""
    places = decimals(value) if isinstance(value, Decimal) else 0
    text = f"{value:,.{places}f}"
    if language.startswith("en"):
        return text.replace("-", "−")
    whole, point, rest = text.replace("-", "−").partition(".")
    return whole.replace(",", THIN) + ("," + rest if point else "")


def plain_euros(value: Decimal, language: str) -> str:
    """`1 887,75`: two decimals, for a sentence that says the unit itself."""
    text = f"{value:,.2f}".replace("-", "−")
    if language.startswith("en"):
        return text
    return text.replace(",", THIN).replace(".", ",")


def day(value: date | datetime) -> str:
    """`22.11.2026` in every language: it is Finland's way, and unmistakable."""
    local = value.astimezone(HELSINKI) if isinstance(value, datetime) else value
    return f"{local.day}.{local.month}.{local.year}"


def clock_time(value: datetime, language: str) -> str:
    """`klo 14.30`, `kl. 14.30`, `14:30`."""
    local = value.astimezone(HELSINKI)
    if language.startswith("en"):
        return f"{local.hour}:{local.minute:02d}"
    return f"{'klo' if language.startswith('fi') else 'kl.'} {local.hour}.{local.minute:02d}"


def moment(value: datetime, language: str) -> str:
    """`22.11.2026 klo 14.30`."""
    return f"{day(value)} {clock_time(value, language)}"


def size(count: int, language: str) -> str:
    """`320 kt`, `1,4 Mt` (kB, MB elsewhere)."""
    unit = "t" if language.startswith("fi") else "B"
    if count < 1_000_000:
        return f"{max(1, round(count / 1000))}\u00a0k{unit}"
    return f"{number(Decimal(count) / 1_000_000 // Decimal('0.1') / 10, language)}\u00a0M{unit}"
