"""One e-service's prices: the agreement and the offers side by side, step by step, and the history."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from kimppa.commons.members.permissions import may, require
from kimppa.commons.members.roles import Act
from kimppa.commons.platforms import queries as platforms
from kimppa.consortium.agreements import price_queries
from kimppa.consortium.agreements.costs import Basis, Cost
from kimppa.consortium.agreements.price_queries import Offered, PriceRow, Reckoned
from kimppa.doors.backoffice import money_tables as tables
from kimppa.doors.backoffice.agreements_list import page_url
from kimppa.doors.backoffice.asof import asked_day
from kimppa.doors.backoffice.prices_forms import QuantityForm, quantities
from kimppa.doors.backoffice.prices_words import details, price_text, span, steps_of, why_not
from kimppa.doors.web.formats import money
from kimppa.doors.web.line_chart import Point, Series, Tick, line_chart, top_of
from kimppa.doors.web.staff import actor_of, staff_required
from kimppa.doors.web.tables import Column, Table
from kimppa.foundation.core import clock
from kimppa.foundation.core.money import Cents
from kimppa.foundation.core.periods import year

TICKS = 4
MOST_YEARS = 12


@dataclass(frozen=True, slots=True)
class OfferView:
    """An offer for the page: its rows' words and its reckoning."""

    offered: Offered
    prices: tuple[tuple[PriceRow, str, list[str]], ...]
    steps: list[str]
    why: str
    term: str


@dataclass(frozen=True, slots=True)
class YearCost:
    """What one vendor's agreement cost in one year."""

    year: int
    vendor: str
    number: str
    reckoned: Reckoned

    @property
    def net(self) -> Cents | None:
        return self.reckoned.cost.net if self.reckoned.cost else None

    @property
    def gross(self) -> Cents | None:
        return self.reckoned.cost.gross if self.reckoned.cost else None


@staff_required
@require_GET
def page(request: HttpRequest, slug: str) -> HttpResponseBase:
    """Everything about one service's price. The quantities stand in the address."""
    by, on = actor_of(request), asked_day(request)
    require(by, Act.SEE_AGREEMENTS, now=clock.now())
    platform = platforms.platform(slug)
    form = quantities(request.GET, on=on)
    valid = form.is_valid()
    number = form.cleaned_data["year"] if valid else on.year
    basis = form.basis() if valid else Basis()
    rows = price_queries.prices(platform=slug)
    offers = price_queries.compared(slug, basis, on=on, year=year(number), rows=rows)
    compared, history = _compare_table(request, offers, number), _history_table(request, rows)
    costs = _costs(rows, basis, on)
    yearly = _cost_table(request, costs)
    for table in (compared, history, yearly):
        download = table.download()
        if download is not None:
            return download
    context = {
        "platform": platform,
        "form": form,
        "counts": _counts(form),
        "on": on,
        "year": number,
        "offers": [_view(one) for one in offers],
        "table": compared,
        "history": history,
        "yearly": yearly,
        "chart": _chart(costs),
        "example": any(row.example for row in rows),
        "edits": may(by, Act.EDIT_AGREEMENTS, now=clock.now()),
    }
    return render(request, "backoffice/prices/platform.html", context, status=200 if valid else 422)


def _counts(form: QuantityForm) -> list[tuple[str, int]]:
    """The quantities that are given, with their names."""
    fields = ("residents", "titles", "uses", "patrons")
    said = [(str(form.fields[name].label), form.cleaned_data.get(name)) for name in fields]
    return [(name, count) for name, count in said if count is not None]


def _view(one: Offered) -> OfferView:
    return OfferView(
        offered=one,
        prices=tuple((row, price_text(row), details(row)) for row in one.prices),
        steps=steps_of(one.year),
        why=why_not(one.year),
        term=span(one.term.period),
    )


def _compare_table(request: HttpRequest, offers: tuple[Offered, ...], number: int) -> Table[Offered]:
    now = next((one for one in offers if one.current), None)
    shown = tables.language()

    def change(one: Offered) -> Cents | None:
        if now is None or one is now or now.year.cost is None or one.year.cost is None:
            return None
        return one.year.cost.gross - now.year.cost.gross

    return Table(
        request,
        name="offers",
        caption=_("Offers side by side"),
        filename="offers",
        rows=offers,
        columns=(
            Column[Offered]("vendor", _("Vendor"), lambda r: r.vendor),
            Column(
                "title",
                _("Agreement"),
                lambda r: r.contract.title(shown),
                link=lambda r: page_url(r.contract.id),
            ),
            Column(
                "what",
                _("What"),
                lambda r: _("In force") if r.current else _("Offer"),
                badge=lambda r: "ok" if r.current else "info",
            ),
            Column("net", _("Without VAT %(year)s") % {"year": number}, _part("net"), kind="money"),
            Column("vat", _("VAT %(year)s") % {"year": number}, _part("vat"), kind="money"),
            Column("gross", _("With VAT %(year)s") % {"year": number}, _part("gross"), kind="money"),
            Column("change", _("Change from now"), change, kind="money"),
            Column("until", _("Whole term until"), lambda r: r.term.period.end, kind="day"),
            Column("term", _("Whole term with VAT"), _term, kind="money"),
            Column("why", _("Remarks"), _remarks),
        ),
        empty=_("No prices and no offers."),
    )


def _part(name: str) -> Callable[[Offered], Cents | None]:
    def value(one: Offered) -> Cents | None:
        cost = one.year.cost
        if cost is None or (one.year.unpriced and cost == Cost()):
            return None
        return {"net": cost.net, "vat": cost.vat, "gross": cost.gross}[name]

    return value


def _term(one: Offered) -> Cents | None:
    return one.term.cost.gross if one.term.cost else None


def _remarks(one: Offered) -> str:
    reason = why_not(one.year) or why_not(one.term)
    return reason or (_("No price for a part of the term") if one.term.unpriced else "")


def _history_table(request: HttpRequest, rows: tuple[PriceRow, ...]) -> Table[PriceRow]:
    return Table(
        request,
        name="history",
        caption=_("Price history"),
        filename="price-history",
        rows=rows,
        columns=(
            Column[PriceRow]("vendor", _("Vendor"), lambda r: r.vendor),
            Column("price", _("Price"), price_text),
            Column("from", _("Valid from"), lambda r: r.period.start, kind="day"),
            Column("to", _("To"), lambda r: r.period.end, kind="day"),
            Column("state", _("State"), _state, badge=lambda r: "bad" if r.withdrawn else ""),
            Column(
                "number",
                _("Diary number"),
                lambda r: r.agreement_number,
                link=lambda r: page_url(r.agreement_id),
            ),
        ),
        empty=_("No price has been given."),
    )


def _state(row: PriceRow) -> str:
    if row.withdrawn:
        return _("Withdrawn: %(why)s") % {"why": row.withdrawn_why}
    return _("Agreed") if row.signed else _("Offer")


def _costs(rows: tuple[PriceRow, ...], basis: Basis, on: date) -> list[YearCost]:
    """What each agreement cost in each year, at the same quantities, so that only the price changes."""
    agreed = [row for row in rows if row.signed and not row.withdrawn and row.period.start]
    if not agreed:
        return []
    known = price_queries.tables()
    first = min(row.period.start.year for row in agreed if row.period.start)
    last = max(on.year, *(row.period.start.year for row in agreed if row.period.start))
    found = []
    for number in range(max(first, last - MOST_YEARS + 1), last + 1):
        for agreement in dict.fromkeys(row.agreement_id for row in agreed):
            held = [r for r in agreed if r.agreement_id == agreement and r.period.overlaps(year(number))]
            if held:
                cost = price_queries.reckon(held, basis, period=year(number), known=known, on=on)
                found.append(YearCost(number, held[0].vendor, held[0].agreement_number, cost))
    return found


def _cost_table(request: HttpRequest, costs: list[YearCost]) -> Table[YearCost]:
    return Table(
        request,
        name="yearly",
        caption=_("Cost by year at the same quantities"),
        filename="price-by-year",
        rows=costs,
        columns=(
            Column[YearCost]("year", _("Year"), lambda r: str(r.year)),
            Column("vendor", _("Vendor"), lambda r: r.vendor),
            Column("number", _("Diary number"), lambda r: r.number),
            Column("net", _("Without VAT"), lambda r: r.net, kind="money"),
            Column("gross", _("With VAT"), lambda r: r.gross, kind="money"),
            Column("why", _("Remarks"), lambda r: why_not(r.reckoned)),
        ),
        empty=_("No price has been agreed."),
    )


def _chart(costs: list[YearCost]) -> str:
    years = sorted({one.year for one in costs})
    known = [one for one in costs if one.gross is not None]
    if not known:
        return ""
    shown = tables.language()
    series = []
    for number in dict.fromkeys(one.number for one in known):
        own = {one.year: one.gross for one in known if one.number == number}
        points = tuple(
            Point(Decimal(cents.value), money(cents, shown)) if (cents := own.get(y)) else Point(None, "")
            for y in years
        )
        series.append(Series(next(one.vendor for one in known if one.number == number), points))
    top = top_of(series)
    ticks = [
        Tick(top * n / TICKS, money(int(top * n / TICKS), shown).replace(",00", "").replace(".00", ""))
        for n in range(TICKS + 1)
    ]
    return line_chart(
        series,
        [str(y) for y in years],
        title=_("Cost by year with VAT"),
        description=_("The same numbers stand in the table under the chart."),
        ticks=ticks,
    )
