"""A year of use: services with what a use cost, and municipalities on the map and in a table."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from kimppa.doors.backoffice import reports_common as common
from kimppa.doors.web.formats import rate
from kimppa.doors.web.staff import staff_required
from kimppa.doors.web.tables import Cell, Column, Table, to
from kimppa.foundation.core.money import Cents, total
from kimppa.insight.reporting.saved_views import Page
from kimppa.insight.reporting.use_sums import Use, ratio, together
from kimppa.insight.reporting.use_year import (
    PlaceYear,
    ServiceYear,
    UseYear,
    estimated_part,
    relative_use,
    use_year,
)

PLACE = "PLACE"
GROUPINGS: dict[str, Callable[[PlaceYear], str]] = {
    "kimppa": lambda place: place.kimppa,
    "area": lambda place: place.area,
    "region": lambda place: place.region,
}


@dataclass(frozen=True, slots=True)
class Line:
    """A municipality, or several together; `use` of the chosen service, None where nobody tells it."""

    code: str
    name: str
    kimppa: str
    region: str
    residents: int | None
    levied: Cents | None
    relative: Decimal | None
    use: Use | None
    estimated: Decimal | None


@staff_required
@require_safe
def page(request: HttpRequest) -> HttpResponseBase:
    """`?year=`, `?service=` (for the municipalities), `?by=` kimppa, area or region."""
    language = common.entered(request)
    year, years = common.year_asked(request)
    told = use_year(year)
    chosen = told.service(request.GET.get("service", ""))
    by = request.GET.get("by", "")
    services = _services(request, told, language)
    lines = lines_of(told, chosen, by, language)
    places = places_table(request, told, chosen, by, lines)
    for table in (services, places):
        download = table.download()
        if download is not None:
            return download
    known = {line.code: line.relative for line in lines}
    context = {
        "year": year,
        "years": years,
        "told": told,
        "basis": common.basis_text(told.basis),
        "services": services,
        "places": places,
        "chosen": chosen,
        "chosen_name": common.service_name(chosen) if chosen else "",
        "used": sum(bool(one.use.value) for one in told.services),
        "offered": [(one.slug, common.service_name(one)) for one in told.services],
        "by": by,
        "booked": _booked(told),
        "unknown_costs": [common.service_name(one) for one in told.services if one.booked is None],
        "open": [common.service_name(one) for one in told.open_services],
        "map": _map(told, chosen, language, {} if by in GROUPINGS else known),
        "charts": common.two_years(told.services, year, language),
        "cost_bars": common.cost_bars(told.services, language, lambda v: f"{rate(v, language)} €"),
        "saving": common.saving(Page.YEAR),
    }
    return render(request, "backoffice/reports/year.html", context)


def _services(request: HttpRequest, told: UseYear, language: str) -> Table[ServiceYear]:
    page_of = to("backoffice:reports-service", lambda s: s)
    return Table(
        request,
        name="services",
        caption=_("Services"),
        filename=f"use-of-services-{told.year}",
        rows=told.services,
        empty=_("No use is known of this year yet."),
        footer={"name": _("Total"), "booked": common.known(_booked(told))},
        columns=(
            Column[ServiceYear](
                "name",
                _("E-service"),
                common.service_name,
                link=lambda s: f"{page_of(s.slug)}?year={told.year}",
            ),
            Column("counted", _("What is counted"), lambda s: common.counted_as(s.counted_as), choices=True),
            Column(
                "use",
                _("Use"),
                lambda s: common.known(s.use.value if s.use.months else None),
                kind="number",
                link=lambda s: common.year_url(s.slug, None, told.year),
            ),
            Column("state", _("Months"), lambda s: common.open_text(s.use)),
            Column("dealt", _("Split by estimate, %"), lambda s: common.estimated(s.places), kind="number"),
            Column(
                "before", str(told.year - 1), lambda s: s.before.value if s.before else None, kind="number"
            ),
            Column(
                "change",
                _("Change in same months"),
                lambda s: common.signed(s.compared.change if s.compared else None, language),
                kind="number",
            ),
            Column("each", _("Per resident"), lambda s: common.known(s.per_resident), kind="number"),
            Column(
                "booked",
                _("Booked cost"),
                lambda s: common.known(s.booked),
                kind="money",
                link=lambda s: common.cost_url(s, told.year),
            ),
            Column("coming", _("Committed, not booked"), _coming, kind="money"),
            Column("per_use", _("€ per use"), lambda s: common.known(s.cost_per_use), kind="rate"),
            Column("per_head", _("€ per resident"), lambda s: common.known(s.cost_per_resident), kind="rate"),
        ),
    )


def _booked(told: UseYear) -> Cents | None:
    """What was booked for services; None where nothing is known of any."""
    known = [one.booked for one in told.services if one.booked is not None]
    return total(known) if known else None


def _before(service: ServiceYear) -> Cell:
    return service.before.value if service.before else None


def _coming(service: ServiceYear) -> Cell:
    return service.cost.coming if service.cost and service.cost.coming.value else None


def lines_of(told: UseYear, chosen: ServiceYear | None, by: str, language: str) -> list[Line]:
    """Municipalities, or kimppas, areas or regions of them; of one service or relative use of all."""
    return _grouped(told, chosen, by) if by in GROUPINGS else _alone(told, chosen, language)


def places_table(
    request: HttpRequest, told: UseYear, chosen: ServiceYear | None, by: str, lines: list[Line]
) -> Table[Line]:
    """The table of those lines."""
    grouped = by in GROUPINGS
    place_of = to("backoffice:reports-place", lambda code: code)
    # Looked up once, not once a row.
    share = reverse("backoffice:statement", args=[PLACE, told.year])
    columns: list[Column[Line]] = [
        Column(
            "name",
            _("Together") if grouped else _("Municipality"),
            lambda r: r.name,
            link=None if grouped else lambda r: f"{place_of(r.code)}?year={told.year}" if r.code else "",
        ),
        Column("residents", _("Residents"), lambda r: r.residents, kind="number"),
    ]
    if not grouped:
        columns.insert(1, Column("kimppa", _("Kimppa"), lambda r: r.kimppa, choices=True))
        columns.insert(2, Column("region", _("Region"), lambda r: r.region, choices=True))
    if chosen is not None:
        slug = chosen.slug
        columns += [
            Column(
                "use",
                common.counted_as(chosen.counted_as),
                lambda r: common.known(r.use.value if r.use else None),
                kind="number",
                link=None if grouped else lambda r: common.year_url(slug, r.code, told.year),
            ),
            Column(
                "each",
                _("Per resident"),
                lambda r: common.known(ratio(r.use.value, r.residents, places=3) if r.use else None),
                kind="number",
            ),
        ]
    columns += [
        Column("relative", _("Relative use"), lambda r: r.relative, kind="number"),
        Column("estimated", _("Estimated, %"), lambda r: r.estimated, kind="number"),
        Column(
            "levied",
            _("Levied share"),
            lambda r: r.levied,
            kind="money",
            link=None if grouped else lambda r: share.replace(PLACE, r.code) if r.levied else "",
        ),
    ]
    return Table(
        request,
        name="places",
        caption=_("Municipalities") if not grouped else _("Municipalities together"),
        filename=f"use-by-place-{told.year}",
        rows=lines,
        sort="name" if grouped else "",
        columns=columns,
        footer=_footer(told, chosen),
    )


def _footer(told: UseYear, chosen: ServiceYear | None) -> dict[str, Cell]:
    levied = [place.levied for place in told.places if place.levied is not None]
    sums: dict[str, Cell] = {
        "name": _("Total"),
        "residents": told.residents or None,
        "levied": common.known(total(levied) if levied else None),
    }
    return sums | ({"use": common.known(chosen.use.value if chosen.use.months else None)} if chosen else {})


def _alone(told: UseYear, chosen: ServiceYear | None, language: str) -> list[Line]:
    lines = [_line(told, chosen, (p,), p.code, p.name(language)) for p in told.places]
    lost = told.unknown.get(chosen.slug) if chosen else None
    if lost is not None and lost.value:
        lines.append(
            Line("", _("Municipality not known"), "", "", None, None, None, lost, lost.estimated_percent)
        )
    return lines


def _grouped(told: UseYear, chosen: ServiceYear | None, by: str) -> list[Line]:
    groups: dict[str, list[PlaceYear]] = {}
    for place in told.places:
        groups.setdefault(GROUPINGS[by](place), []).append(place)
    return [
        _line(told, chosen, tuple(places), "", name or _("None")) for name, places in sorted(groups.items())
    ]


def _line(
    told: UseYear, chosen: ServiceYear | None, places: tuple[PlaceYear, ...], code: str, name: str
) -> Line:
    uses = [p.uses[chosen.slug] for p in places if chosen.slug in p.uses] if chosen else []
    services = (chosen,) if chosen else told.services
    return Line(
        code=code,
        name=name,
        kimppa=places[0].kimppa,
        region=places[0].region,
        residents=sum(p.residents or 0 for p in places) or None,
        levied=total([p.levied for p in places if p.levied]) if any(p.levied for p in places) else None,
        relative=relative_use(places, services, told.residents),
        use=together(uses) if chosen and chosen.places.months else None,
        estimated=estimated_part(places, services),
    )


def _map(told: UseYear, chosen: ServiceYear | None, language: str, known: dict[str, Decimal | None]) -> str:
    """`known`: relative use where the table has reckoned it already."""
    if not any(service.places.value for service in told.services):
        return ""
    services = (chosen,) if chosen else told.services
    return common.place_map(
        told.places,
        lambda place: (
            known[place.code] if place.code in known else relative_use([place], services, told.residents)
        ),
        middle=Decimal(100),
        title=_("Relative use by municipality; everybody together is 100"),
        language=language,
    )
