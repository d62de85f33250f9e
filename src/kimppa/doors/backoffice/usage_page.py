"""What the hub has counted: sign-ins and openings of each e-service, by municipality and by month."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from kimppa.commons.members import queries as members
from kimppa.commons.members.permissions import require
from kimppa.commons.members.roles import Act
from kimppa.commons.platforms import queries as platforms
from kimppa.commons.usage import queries as usage
from kimppa.commons.usage.queries import HubRow
from kimppa.doors.web.staff import actor_of, staff_required
from kimppa.doors.web.tables import Column, Table
from kimppa.foundation.core import clock


@dataclass(frozen=True, slots=True)
class Line:
    """One row of a table: a service, and a municipality or a month."""

    service: str
    what: str
    counts: HubRow


@staff_required
@require_GET
def page(request: HttpRequest) -> HttpResponseBase:
    """`?year=`: the year in question; only what the hub itself saw, never a person."""
    require(actor_of(request), Act.SEE_USAGE, now=clock.now())
    year = _year(request)
    names = {row.slug: row.name for row in platforms.every_platform()}
    tables = (_by_place(request, year, names), _by_month(request, year, names))
    for table in tables:
        download = table.download()
        if download is not None:
            return download
    context = {"year": year, "years": usage.hub_years(), "places": tables[0], "months": tables[1]}
    return render(request, "backoffice/usage.html", context)


def _year(request: HttpRequest) -> int:
    asked = request.GET.get("year", "")
    plain = asked.isascii() and asked.isdecimal() and len(asked) == 4 and asked != "0000"
    return int(asked) if plain else clock.today().year


def _by_place(request: HttpRequest, year: int, names: dict[str, str]) -> Table[Line]:
    language = get_language() or "fi"
    places = {row.code: row.name(language) for row in members.municipalities()}
    lines = [
        Line(names.get(row.platform, row.platform), places.get(row.unit_code, _("Not known")), row)
        for row in usage.hub_by_municipality(year)
    ]
    return _table(request, "places", _("By municipality"), f"use-{year}", _("Home municipality"), lines)


def _by_month(request: HttpRequest, year: int, names: dict[str, str]) -> Table[Line]:
    lines = [
        Line(names.get(row.platform, row.platform), f"{row.month:%m/%Y}" if row.month else "", row)
        for row in usage.hub_by_month(year)
    ]
    return _table(request, "months", _("By month"), f"use-by-month-{year}", _("Month"), lines)


def _table(
    request: HttpRequest, name: str, caption: str, filename: str, what: str, lines: list[Line]
) -> Table[Line]:
    return Table(
        request,
        name=name,
        caption=caption,
        filename=filename,
        rows=lines,
        empty=_("Nothing has been counted in this year."),
        columns=(
            Column[Line]("service", _("E-service"), lambda r: r.service, choices=True),
            Column("what", what, lambda r: r.what),
            Column("signins", _("Sign-ins"), lambda r: r.counts.sign_ins, kind="number"),
            Column("opens", _("Openings"), lambda r: r.counts.opens, kind="number"),
        ),
        footer={
            "service": _("Total"),
            "signins": sum(line.counts.sign_ins for line in lines),
            "opens": sum(line.counts.opens for line in lines),
        },
    )
