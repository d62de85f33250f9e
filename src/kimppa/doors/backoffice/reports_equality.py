"""Equality: whether residents of small and far municipalities get their share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from kimppa.doors.backoffice import reports_common as common
from kimppa.doors.web.bar_chart import Bar, bar_chart
from kimppa.doors.web.formats import number
from kimppa.doors.web.staff import staff_required
from kimppa.doors.web.tables import Column, Table, to
from kimppa.insight.reporting.equality import Class
from kimppa.insight.reporting.saved_views import Page
from kimppa.insight.reporting.use_equality import EqualityYear, PlaceEquality, ServiceEquality, equality_of
from kimppa.insight.reporting.use_year import UseYear, use_year


@staff_required
@require_safe
def page(request: HttpRequest) -> HttpResponseBase:
    """`?year=`."""
    language = common.entered(request)
    year, years = common.year_asked(request)
    told = use_year(year)
    found = equality_of(told)
    tables = (_services(request, found, year), _places(request, found, year, language))
    for table in tables:
        download = table.download()
        if download is not None:
            return download
    spanning = found.measured or found.with_estimates
    context = {
        "year": year,
        "years": years,
        "basis": common.basis_text(told.basis),
        "found": found,
        "spanning": spanning,
        "estimated": found.measured is None and found.with_estimates is not None,
        "left_out": [common.service_name(one) for one in found.left_out],
        "cities": ", ".join(p.name(language) for p in told.places if p.code in found.cities),
        "sizes": _chart(spanning.sizes, _size, _("By number of residents"), language) if spanning else "",
        "distances": _chart(spanning.distances, _distance, _("By distance from the nearest city"), language)
        if spanning
        else "",
        "map": _map(told, found, language),
        "services": tables[0],
        "places": tables[1],
        "saving": common.saving(Page.EQUALITY),
    }
    return render(request, "backoffice/reports/equality.html", context)


def _services(request: HttpRequest, found: EqualityYear, year: int) -> Table[ServiceEquality]:
    page_of = to("backoffice:reports-service", lambda slug: slug)
    return Table(
        request,
        name="services",
        caption=_("Equality by service"),
        filename=f"equality-{year}",
        rows=found.services,
        columns=(
            Column[ServiceEquality](
                "name",
                _("E-service"),
                lambda r: common.service_name(r.service),
                link=lambda r: f"{page_of(r.service.slug)}?year={year}",
            ),
            Column(
                "measured",
                _("Equality, measured"),
                lambda r: r.measured.index if r.measured else _("not known"),
                kind="number",
            ),
            Column(
                "estimates",
                _("Equality, with estimates"),
                lambda r: r.with_estimates.index if r.with_estimates else None,
                kind="number",
            ),
            Column(
                "estimated", _("Estimated, %"), lambda r: common.estimated(r.service.places), kind="number"
            ),
            Column(
                "move",
                _("Would have to move, %"),
                lambda r: r.measured.to_move * 100 if r.measured else None,
                kind="number",
            ),
            Column(
                "size",
                _("Twice the residents, points"),
                lambda r: r.measured.by_size if r.measured else None,
                kind="number",
            ),
            Column(
                "distance",
                _("100 km further, points"),
                lambda r: r.measured.by_distance if r.measured else None,
                kind="number",
            ),
        ),
    )


def _places(request: HttpRequest, found: EqualityYear, year: int, language: str) -> Table[PlaceEquality]:
    place_of = to("backoffice:reports-place", lambda code: code)
    return Table(
        request,
        name="places",
        caption=_("Municipalities"),
        filename=f"equality-places-{year}",
        rows=found.places,
        sort="residents",
        columns=(
            Column[PlaceEquality](
                "name",
                _("Municipality"),
                lambda r: r.place.name(language),
                link=lambda r: f"{place_of(r.place.code)}?year={year}",
            ),
            Column("residents", _("Residents"), lambda r: common.known(r.place.residents), kind="number"),
            Column(
                "km", _("Kilometres to the nearest city"), lambda r: common.known(r.kilometres), kind="number"
            ),
            Column("relative", _("Relative use"), lambda r: common.known(r.relative), kind="number"),
            Column("open", _("Services open to residents"), _open_to),
        ),
    )


def _open_to(row: PlaceEquality) -> str:
    if row.open_to is None:
        return _("not known")
    return _("%(count)s of %(all)s") % {"count": row.open_to, "all": row.services}


def _size(one: Class) -> str:
    if one.below is None:
        return _("%(least)s or more") % {"least": one.least}
    return f"{one.least}–{one.below - 1}"


def _distance(one: Class) -> str:
    return f"{_size(one)} km"


def _chart(classes: Sequence[Class], told: Callable[[Class], str], title: str, language: str) -> str:
    bars = [
        Bar(
            _("%(class)s (municipalities: %(count)s)") % {"class": told(one), "count": one.places},
            number(one.relative, language),
            one.relative,
        )
        for one in classes
        if one.relative is not None
    ]
    return bar_chart(bars, title=title, label=common.NAMES_WIDTH + 40) if bars else ""


def _map(told: UseYear, found: EqualityYear, language: str) -> str:
    values = {row.place.code: row.relative for row in found.places}
    if not any(value is not None for value in values.values()):
        return ""
    return common.place_map(
        told.places,
        lambda place: values.get(place.code),
        middle=Decimal(100),
        title=_("Relative use by municipality; everybody together is 100"),
        language=language,
    )
