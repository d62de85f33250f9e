"""Prices: what each e-service costs now, one service with its offers and history, and the renewals."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from django.http import HttpRequest, HttpResponseBase, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from kimppa.commons.members.permissions import may, require
from kimppa.commons.members.roles import Act
from kimppa.commons.platforms import queries as platforms
from kimppa.commons.platforms.queries import PlatformRow
from kimppa.consortium.agreements import contracts, price_queries
from kimppa.consortium.agreements.contracts import ContractRow, DeadlineRow
from kimppa.consortium.agreements.costs import Basis
from kimppa.consortium.agreements.deadlines import KIND_NAMES as DEADLINE_NAMES
from kimppa.consortium.agreements.deadlines import Kind
from kimppa.consortium.agreements.price_queries import PriceRow, Reckoned, Tables
from kimppa.doors.backoffice import money_tables as tables
from kimppa.doors.backoffice.agreements_list import page_url
from kimppa.doors.backoffice.asof import asked_day
from kimppa.doors.backoffice.prices_forms import quantities
from kimppa.doors.backoffice.prices_words import price_text, why_not
from kimppa.doors.web.staff import actor_of, staff_required
from kimppa.doors.web.tables import Column, Table
from kimppa.foundation.core import clock
from kimppa.foundation.core.money import Cents
from kimppa.foundation.core.periods import year

SPANS = (90, 180, 365, 1095)


@dataclass(frozen=True, slots=True)
class ServiceLine:
    """An e-service on a day: its prices then, and what they cost in that year."""

    platform: PlatformRow
    prices: tuple[PriceRow, ...]
    cost: Reckoned
    due: DeadlineRow | None
    offers: int

    @property
    def gross(self) -> Cents | None:
        return self.cost.cost.gross if self.prices and self.cost.cost else None


@staff_required
@require_GET
def listing(request: HttpRequest) -> HttpResponseBase:
    """Every e-service with its price on a day; one without a price says so."""
    require(actor_of(request), Act.SEE_AGREEMENTS, now=clock.now())
    on = asked_day(request)
    lines = _lines(on)
    table = _table(request, lines)
    download = table.download()
    if download is not None:
        return download
    known = [line.gross for line in lines if line.gross is not None]
    context = {
        "on": on,
        "year": on.year,
        "table": table,
        "total": tables.total(known) if known else None,
        "priced": sum(1 for line in lines if line.prices),
        "unpriced": sum(1 for line in lines if not line.prices),
        "edits": may(actor_of(request), Act.EDIT_AGREEMENTS, now=clock.now()),
    }
    return render(request, "backoffice/prices/list.html", context)


def _lines(on: date) -> list[ServiceLine]:
    every, standing, known = price_queries.prices(), contracts.contracts(on=on), price_queries.tables()
    basis = quantities(_nothing(), on=on).basis()
    now = price_queries.in_force(every, standing, on)
    due = _first_due(on, standing)
    drafts = {row.id for row in standing if row.state is contracts.State.DRAFT}
    found = []
    for platform in platforms.every_platform():
        rows = tuple(row for row in now if row.platform == platform.slug)
        bound = {row.agreement_id for row in rows}
        whole = [r for r in every if r.platform == platform.slug and r.agreement_id in bound]
        cost = price_queries.reckon(whole, basis, period=year(on.year), known=known, on=on)
        offers = {r.agreement_id for r in every if r.platform == platform.slug and r.agreement_id in drafts}
        first = next((due[row.agreement_id] for row in rows if row.agreement_id in due), None)
        found.append(ServiceLine(platform, rows, cost, first, len(offers)))
    return sorted(found, key=lambda line: not line.prices)


def _nothing() -> QueryDict:
    return QueryDict("")


def _first_due(on: date, standing: tuple[ContractRow, ...]) -> dict[int, DeadlineRow]:
    """The next day of each agreement on which something must be done."""
    found: dict[int, DeadlineRow] = {}
    for row in contracts.deadlines_of(on=on, until=on + timedelta(days=SPANS[-1]), rows=standing):
        if row.kind in {Kind.NOTICE, Kind.OPTION, Kind.END}:
            found.setdefault(row.agreement_id, row)
    return found


def _table(request: HttpRequest, lines: list[ServiceLine]) -> Table[ServiceLine]:
    known = [line.gross for line in lines if line.gross is not None]
    return Table(
        request,
        caption=_("Prices of the e-services"),
        filename="prices",
        rows=lines,
        columns=(
            Column[ServiceLine](
                "name",
                _("E-service"),
                lambda r: r.platform.name,
                link=lambda r: reverse("backoffice:prices-platform", args=[r.platform.slug]),
            ),
            Column(
                "price",
                _("Price"),
                _price_words,
                badge=lambda r: "" if r.prices else "warn",
            ),
            Column("vendor", _("Vendor"), lambda r: ", ".join(dict.fromkeys(p.vendor for p in r.prices))),
            Column("cost", _("This year, with VAT"), lambda r: r.gross, kind="money"),
            Column("due", _("Next day"), lambda r: r.due.day if r.due else None, kind="day"),
            Column("what", _("What"), lambda r: _(DEADLINE_NAMES[r.due.kind]) if r.due else ""),
            Column("offers", _("Offers"), lambda r: r.offers or None, kind="number"),
        ),
        footer={"name": _("Total"), "cost": tables.total(known)} if known else None,
    )


def _price_words(line: ServiceLine) -> str:
    if not line.prices:
        return _("Price not given")
    words = "; ".join(price_text(row) for row in line.prices)
    reason = why_not(line.cost)
    return f"{words} ({reason})" if reason else words


@dataclass(frozen=True, slots=True)
class RenewalLine:
    """A day to come of an agreement, its cost now and the best offer beside it, for one e-service."""

    due: DeadlineRow
    platform: str
    name: str
    now: Reckoned
    offers: int
    best: Cents | None

    @property
    def gross(self) -> Cents | None:
        return self.now.cost.gross if self.now.cost else None


@staff_required
@require_GET
def renewals(request: HttpRequest) -> HttpResponseBase:
    """Agreements whose day of notice, option or end comes, with the price now and the offers."""
    require(actor_of(request), Act.SEE_AGREEMENTS, now=clock.now())
    on = asked_day(request)
    asked = request.GET.get("days", "")
    days = int(asked) if asked.isascii() and asked.isdecimal() and int(asked) in SPANS else 365
    table = _renewal_table(request, _renewals(on, days), on)
    download = table.download()
    if download is not None:
        return download
    context = {"on": on, "days": days, "spans": SPANS, "table": table, "year": on.year + 1}
    return render(request, "backoffice/prices/renewals.html", context)


def _renewals(on: date, days: int) -> list[RenewalLine]:
    every, standing = price_queries.prices(), contracts.contracts(on=on)
    known, basis = price_queries.tables(), quantities(_nothing(), on=on).basis()
    drafts = {row.id: row for row in standing if row.state is contracts.State.DRAFT}
    found = []
    for due in contracts.deadlines_of(on=on, until=on + timedelta(days=days), rows=standing):
        if due.kind is Kind.RENEWAL:
            continue
        rows = [r for r in every if r.agreement_id == due.agreement_id and r.holds(on)]
        for slug in dict.fromkeys(row.platform for row in rows):
            held = [row for row in rows if row.platform == slug]
            now = price_queries.reckon(held, basis, period=year(on.year), known=known, on=on)
            offered = _offer_costs([r for r in every if r.platform == slug], drafts, basis, known, on)
            best = min((cost for cost in offered.values() if cost is not None), default=None)
            found.append(RenewalLine(due, slug, held[0].platform_name, now, len(offered), best))
    return found


def _offer_costs(
    rows: list[PriceRow], drafts: dict[int, ContractRow], basis: Basis, known: Tables, on: date
) -> dict[int, Cents | None]:
    """What each offer costs in its first twelve months; None where that cannot be reckoned."""
    by_offer: dict[int, list[PriceRow]] = {}
    for row in rows:
        if row.agreement_id in drafts and not row.withdrawn:
            by_offer.setdefault(row.agreement_id, []).append(row)
    costs = {}
    for offer, held in by_offer.items():
        period = price_queries.first_year(drafts[offer], on=on)
        cost = price_queries.reckon(held, basis, period=period, known=known, on=on).cost
        costs[offer] = cost.gross if cost else None
    return costs


def _renewal_table(request: HttpRequest, lines: list[RenewalLine], on: date) -> Table[RenewalLine]:
    shown = tables.language()
    return Table(
        request,
        caption=_("Renewals beside prices and offers"),
        filename=f"renewals-{on.isoformat()}",
        rows=lines,
        columns=(
            Column[RenewalLine](
                "name",
                _("E-service"),
                lambda r: r.name,
                link=lambda r: reverse("backoffice:prices-platform", args=[r.platform]),
            ),
            Column("day", _("Day"), lambda r: r.due.day, kind="day"),
            Column("kind", _("What"), lambda r: _(DEADLINE_NAMES[r.due.kind]), choices=True),
            Column(
                "title",
                _("Agreement"),
                lambda r: r.due.title(shown),
                link=lambda r: page_url(r.due.agreement_id),
            ),
            Column("now", _("This year, with VAT"), lambda r: r.gross, kind="money"),
            Column("offers", _("Offers"), lambda r: r.offers, kind="number"),
            Column("best", _("The lowest offer, first year"), lambda r: r.best, kind="money"),
        ),
        empty=_("Nothing with a price falls on these days."),
    )
