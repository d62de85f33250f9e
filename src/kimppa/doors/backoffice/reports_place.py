"""One municipality's year: each service beside everybody's, and its part of the service's cost by use."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from kimppa.doors.backoffice import reports_common as common
from kimppa.doors.web.bar_chart import Bar, bar_chart
from kimppa.doors.web.formats import number
from kimppa.doors.web.staff import staff_required
from kimppa.doors.web.tables import Column, Table, to
from kimppa.foundation.core.money import Cents, total
from kimppa.insight.reporting import use_history
from kimppa.insight.reporting.saved_views import Page
from kimppa.insight.reporting.use_sums import Use, ratio
from kimppa.insight.reporting.use_year import PlaceYear, ServiceYear, UseYear, relative_use, use_year


@dataclass(frozen=True, slots=True)
class Line:
    """A service in this municipality; `worth`: its part of the service's booked cost, by use."""

    service: ServiceYear
    use: Use | None
    before: Use | None
    each: Decimal | None
    everybody: Decimal | None
    relative: Decimal | None
    worth: Cents | None


@staff_required
@require_safe
def page(request: HttpRequest, code: str) -> HttpResponseBase:
    """`?year=`: one municipality. One that neither was a member then nor used anything is no page."""
    language = common.entered(request)
    year, years = common.year_asked(request)
    told = use_year(year)
    place = next((one for one in told.places if one.code == code), None)
    if place is None:
        raise Http404
    lines = _lines(told, place, use_history.of_place(code, year))
    table = _table(request, lines, place, year)
    download = table.download()
    if download is not None:
        return download
    worth = [line.worth for line in lines if line.worth is not None]
    context = {
        "year": year,
        "years": years,
        "place": place,
        "name": place.name(language),
        "basis": common.basis_text(told.basis),
        "relative": told.relative(place),
        "worth": total(worth) if worth else None,
        "unpriced": [common.service_name(x.service) for x in lines if x.worth is None],
        "table": table,
        "chart": _chart(lines, language),
        "saving": common.saving(Page.PLACE, code),
    }
    return render(request, "backoffice/reports/place.html", context)


def _lines(told: UseYear, place: PlaceYear, history: dict[tuple[str, int], Use]) -> list[Line]:
    made = []
    for service in told.services:
        use = place.uses.get(service.slug, Use()) if service.places.months else None
        each = ratio(use.value, place.residents, places=3) if use else None
        made.append(
            Line(
                service,
                use,
                history.get((service.slug, told.year - 1)),
                each,
                ratio(service.places.value, told.residents, places=3),
                relative_use([place], [service], told.residents),
                _worth(service, use),
            )
        )
    return made


def _worth(service: ServiceYear, use: Use | None) -> Cents | None:
    if service.booked is None or not service.use.value or use is None:
        return None
    doubled = 2 * service.booked.value * use.value
    return Cents((doubled + service.use.value) // (2 * service.use.value))


def _table(request: HttpRequest, lines: list[Line], place: PlaceYear, year: int) -> Table[Line]:
    page_of = to("backoffice:reports-service", lambda slug: slug)
    worth = [line.worth for line in lines if line.worth is not None]
    return Table(
        request,
        name="services",
        caption=_("Services"),
        filename=f"use-{place.code}-{year}",
        rows=lines,
        empty=_("No use is known of this year yet."),
        footer={"name": _("Total"), "worth": total(worth)} if worth else None,
        columns=(
            Column[Line](
                "name",
                _("E-service"),
                lambda r: common.service_name(r.service),
                link=lambda r: f"{page_of(r.service.slug)}?year={year}",
            ),
            Column("counted", _("What is counted"), lambda r: common.counted_as(r.service.counted_as)),
            Column(
                "use",
                _("Use"),
                lambda r: common.known(r.use.value if r.use else None),
                kind="number",
                link=lambda r: common.year_url(r.service.slug, place.code, year) if r.use else "",
            ),
            Column(
                "estimated",
                _("Estimated, %"),
                lambda r: common.estimated(r.use) if r.use else "",
                kind="number",
            ),
            Column("state", _("Months"), lambda r: common.open_text(r.use)),
            Column("before", str(year - 1), lambda r: r.before.value if r.before else None, kind="number"),
            Column("each", _("Per resident"), lambda r: common.known(r.each), kind="number"),
            Column("everybody", _("All members, per resident"), lambda r: r.everybody, kind="number"),
            Column("relative", _("Relative use"), lambda r: r.relative, kind="number"),
            Column(
                "worth",
                _("Its part of the cost, by use"),
                lambda r: common.known(r.worth),
                kind="money",
                link=lambda r: common.cost_url(r.service, year),
            ),
        ),
    )


def _chart(lines: list[Line], language: str) -> str:
    bars = [
        Bar(
            common.service_name(line.service),
            number(line.relative, language),
            line.relative,
            hatched=bool(line.use and (line.use.estimated_percent or 0) >= 50),
        )
        for line in lines
        if line.relative is not None
    ]
    title = _("Relative use of each service; everybody together is 100")
    return bar_chart(bars, title=title, label=common.NAMES_WIDTH) if bars else ""
