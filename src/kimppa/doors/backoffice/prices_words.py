"""Prices and reckonings in words, in the language of the page."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from django.utils.translation import gettext as _

from kimppa.consortium.agreements.costs import Step, Value
from kimppa.consortium.agreements.price_queries import PriceRow, Reckoned
from kimppa.consortium.agreements.prices import MEASURE_NAMES, Measure, PriceKind, TierMode, VatTreatment
from kimppa.consortium.agreements.vat import VAT_CONTENT_NAMES, VatContent
from kimppa.doors.backoffice import money_tables as tables
from kimppa.doors.web.errors import sentence
from kimppa.doors.web.formats import THIN, day, money, number
from kimppa.foundation.core.errors import KimppaError, Param
from kimppa.foundation.core.money import Cents, decimals
from kimppa.foundation.core.periods import Period
from kimppa.foundation.core.text import noop

SHORT_TREATMENTS = {
    VatTreatment.ADDED: noop("+ VAT"),
    VatTreatment.INCLUDED: noop("with VAT"),
    VatTreatment.REVERSE: noop("reverse charge"),
}


def price_text(row: PriceRow) -> str:
    """`Content: 0,25 EUR per resident a year, + VAT`."""
    told = row.price
    shown, unit = amount(told.rate), told.currency
    match told.kind:
        case PriceKind.FLAT:
            text = _("%(rate)s %(currency)s a year")
        case PriceKind.PER_RESIDENT:
            text = _("%(rate)s %(currency)s per resident a year")
        case PriceKind.PER_TITLE:
            text = _("%(rate)s %(currency)s per title a year")
        case PriceKind.PER_USE:
            text = _("%(rate)s %(currency)s per use")
        case PriceKind.TIERS:
            text = _("from %(low)s to %(high)s %(currency)s in %(count)s tiers")
    rates = [tier.rate for tier in told.tiers] or [told.rate]
    words = text % {
        "rate": shown,
        "currency": unit,
        "low": amount(min(rates)),
        "high": amount(max(rates)),
        "count": len(told.tiers),
    }
    part = f"{row.part}: " if row.part else ""
    return f"{part}{words}, {_(SHORT_TREATMENTS[told.treatment])}"


def details(row: PriceRow) -> list[str]:
    """What else a price says, a line each."""
    told, shown = row.price, tables.language()
    lines = []
    if told.kind is PriceKind.TIERS:
        mode = _("each tier for itself") if told.mode is TierMode.MARGINAL else _("the tier reached for all")
        lines.append(f"{_(MEASURE_NAMES[told.measure])}, {mode}")
        lines += [
            _("from %(start)s on %(rate)s %(currency)s")
            % {"start": number(t.start, shown), "rate": amount(t.rate), "currency": told.currency}
            for t in told.tiers
        ]
    if told.patron_cap is not None:
        lines.append(_("At most %(count)s uses a patron in a month") % {"count": told.patron_cap})
    if told.month_cap is not None:
        cap = {"sum": amount(told.month_cap), "currency": told.currency}
        lines.append(_("At most %(sum)s %(currency)s a month") % cap)
    lines.append(_("VAT: %(content)s") % {"content": _(VAT_CONTENT_NAMES[told.content])})
    if row.vat_payer:
        lines.append(_("%(name)s pays the VAT") % {"name": row.vat_payer})
    if row.clause:
        lines.append(_("Clause %(clause)s") % {"clause": row.clause})
    return lines


def amount(value: Decimal) -> str:
    """`14 000,00`, `0,021`: thousands apart, at least two decimals."""
    places = max(2, decimals(value))
    text = f"{value:,.{places}f}"
    if tables.language() == "en":
        return text
    whole, _point, rest = text.partition(".")
    return f"{whole.replace(',', THIN)},{rest}"


def span(period: Period) -> str:
    """`1.1.2022 – 31.12.2023`; an open end stays open."""
    return f"{day(period.start) if period.start else ''} – {day(period.end) if period.end else ''}".strip()


def step_text(step: Step) -> str:
    """One line of a reckoning, its numbers as people read them."""
    return _(step.sentence) % {name: _shown(value) for name, value in step.params.items()}


def steps_of(reckoned: Reckoned) -> list[str]:
    return [step_text(step) for step in reckoned.steps]


def why_not(reckoned: Reckoned) -> str:
    """Why a cost is not known; empty where it is."""
    return explained(reckoned.error) if reckoned.error else ""


def explained(error: KimppaError) -> str:
    """The error's sentence with kinds of content and quantities in words, not in codes."""
    names = {c.value: VAT_CONTENT_NAMES[c] for c in VatContent}
    names |= {m.value: MEASURE_NAMES[m] for m in Measure} | {"patrons": noop("Patrons")}
    told: dict[str, Param] = {
        name: _(names[value])
        if name in {"content", "what"} and isinstance(value, str) and value in names
        else value
        for name, value in error.params.items()
    }
    return sentence(error.sentence, told)


def _shown(value: Value) -> str:
    shown = tables.language()
    match value:
        case Cents():
            return money(value, shown)
        case date():
            return day(value)
        case Decimal():
            return amount(value)
        case int():
            return number(value, shown)
        case _:
            return value
