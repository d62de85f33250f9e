"""A vendor's page: what we have from it month by month, what is missing, and what we counted ourselves."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from kimppa.commons.members.permissions import may, require
from kimppa.commons.members.roles import Act
from kimppa.commons.usage import batches, sushi_queries, sushi_rules
from kimppa.commons.usage import queries as usage
from kimppa.commons.usage.batches import DeliveryRow
from kimppa.consortium.agreements import suppliers
from kimppa.consortium.agreements.suppliers import SupplierRow
from kimppa.doors.backoffice import usage_words as words
from kimppa.doors.backoffice.sushi_pages import STATES
from kimppa.doors.web.staff import actor_of, staff_required
from kimppa.doors.web.tables import Column, Table
from kimppa.foundation.core import clock

MONTHS = 24
SHOWN = 12


@dataclass(frozen=True, slots=True)
class Cell:
    """What a vendor told of a service in a month: the newest delivery; None: a gap. `opened`: our count."""

    delivery: DeliveryRow | None
    opened: int


@dataclass(frozen=True, slots=True)
class Line:
    month: date
    cells: tuple[Cell, ...]


@staff_required
@require_GET
def listing(request: HttpRequest) -> HttpResponseBase:
    """Every vendor with its services."""
    require(actor_of(request), Act.SEE_USAGE, now=clock.now())
    services = words.service_names()
    table = Table(
        request,
        caption=_("Vendors"),
        filename="vendors",
        rows=suppliers.suppliers(),
        empty=_("No agreement names a vendor yet."),
        columns=(
            Column[SupplierRow](
                "name",
                _("Vendor"),
                lambda r: r.name,
                link=lambda r: reverse("backoffice:supplier", args=[r.id]),
            ),
            Column("services", _("E-services"), lambda r: ", ".join(services.get(p, p) for p in r.platforms)),
            Column("agreements", _("Agreements"), lambda r: len(r.contracts), kind="number"),
        ),
    )
    return table.download() or render(request, "backoffice/sushi/suppliers.html", {"table": table})


@staff_required
@require_GET
def page(request: HttpRequest, party: int) -> HttpResponseBase:
    """One vendor: accounts, deliveries, gaps by month, availability, our own counts."""
    by, now = actor_of(request), clock.now()
    require(by, Act.SEE_USAGE, now=now)
    row = suppliers.supplier(party)
    services = words.service_names()
    told = {slug: batches.listing(platform=slug) for slug in row.platforms}
    latest = sorted((one for rows in told.values() for one in rows), key=lambda one: one.opened, reverse=True)
    accounts = sushi_queries.accounts(platforms=row.platforms)
    context = {
        "row": row,
        "services": [services.get(slug, slug) for slug in row.platforms],
        "contracts": [(one.id, one.number, one.title(get_language() or "fi")) for one in row.contracts],
        "accounts": [(one, services.get(one.platform, one.platform), *_state(one.state)) for one in accounts],
        "latest": [
            (one, services.get(one.platform, one.platform), words.span(one.month, one.last_month))
            for one in latest[:SHOWN]
        ],
        "lines": _lines(row, told, clock.today()),
        "sees_agreements": may(by, Act.SEE_AGREEMENTS, now=now),
        "sees_health": may(by, Act.SEE_HEALTH, now=now),
        "crumbs": ((_("Vendors"), reverse("backoffice:suppliers")), (row.name, "")),
    }
    return render(request, "backoffice/sushi/supplier.html", context)


def _state(code: str) -> tuple[str, str]:
    name, tone = STATES[code]
    return _(name), tone


def _lines(row: SupplierRow, told: dict[str, tuple[DeliveryRow, ...]], today: date) -> list[Line]:
    """The months that vendors are ready with, the newest first."""
    months = sushi_rules.backfill_months(MONTHS, today, None, None)
    opened = {
        (one.platform, one.month): one.sign_ins or one.opens
        for year in sorted({month.year for month in months})
        for one in usage.hub_by_month(year)
    }
    return [
        Line(month, tuple(_cell(told[slug], month, opened.get((slug, month), 0)) for slug in row.platforms))
        for month in reversed(months)
    ]


def _cell(rows: tuple[DeliveryRow, ...], month: date, opened: int) -> Cell:
    within = (one for one in rows if one.dropped is None and one.month <= month <= one.last_month)
    return Cell(next(within, None), opened)
