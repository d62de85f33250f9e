"""One service in a year: month by month beside the year before, years, what was used, and by whom."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from kimppa.commons.platforms.rules import CONTENT_NAMES
from kimppa.commons.usage.settled import UseRow
from kimppa.doors.backoffice import reports_common as common
from kimppa.doors.backoffice.reports_year import lines_of, places_table
from kimppa.doors.web.formats import number
from kimppa.doors.web.line_chart import Point, Series, Tick, line_chart, top_of
from kimppa.doors.web.staff import staff_required
from kimppa.doors.web.tables import Column, Table
from kimppa.insight.reporting import use_history, use_kinds
from kimppa.insight.reporting.saved_views import Page
from kimppa.insight.reporting.use_history import YearOfService
from kimppa.insight.reporting.use_sums import Use, percent, ratio
from kimppa.insight.reporting.use_year import ServiceYear, UseYear, relative_use, use_year


@dataclass(frozen=True, slots=True)
class Month:
    month: date
    use: Use
    before: int | None


@staff_required
@require_safe
def page(request: HttpRequest, slug: str) -> HttpResponseBase:
    """`?year=`: one service of that year. A service without use or cost in it is no page."""
    language = common.entered(request)
    year, years = common.year_asked(request)
    told = use_year(year)
    service = told.service(slug)
    if service is None:
        raise Http404
    rows = use_history.months_of(slug, year)
    months = _months(rows, year)
    by_month = _months_table(request, service, months, year)
    history = _history_table(request, slug, use_history.years_of(slug, rows), language)
    places = places_table(request, told, service, "", lines_of(told, service, "", language))
    kinds = _kind_tables(request, slug, year)
    files = [one.download() for one in (by_month, history, places)] + [one.download() for one in kinds]
    download = next((file for file in files if file is not None), None)
    if download is not None:
        return download
    context = {
        "year": year,
        "years": years,
        "service": service,
        "name": common.service_name(service),
        "basis": common.basis_text(told.basis),
        "counted": common.counted_as(service.counted_as),
        "use_url": common.year_url(slug, None, year),
        "state": common.open_text(service.use),
        "change": common.signed(service.compared.change if service.compared else None, language),
        "months": by_month,
        "history": history,
        "places": places,
        "kinds": kinds,
        "chart": _chart(months, year, common.service_name(service), language),
        "map": _map(told, service, language),
        "saving": common.saving(Page.SERVICE, slug),
    }
    return render(request, "backoffice/reports/service.html", context)


def _months(rows: Sequence[UseRow], year: int) -> list[Month]:
    by_month = {row.month: row for row in rows if row.month}
    return [
        Month(
            row.month,
            Use(row.value, row.estimated, row.open_months, row.months),
            by_month[row.month.replace(year=year - 1)].value
            if row.month.replace(year=year - 1) in by_month
            else None,
        )
        for row in rows
        if row.month and row.month.year == year
    ]


def _months_table(
    request: HttpRequest, service: ServiceYear, rows: Sequence[Month], year: int
) -> Table[Month]:
    return Table(
        request,
        name="months",
        caption=_("By month"),
        filename=f"use-{service.slug}-{year}-months",
        rows=rows,
        footer={"month": _("Total"), "use": service.use.value} if service.use.months else None,
        columns=(
            Column[Month]("month", _("Month"), lambda r: f"{r.month:%m/%Y}"),
            Column(
                "use",
                common.counted_as(service.counted_as),
                lambda r: r.use.value,
                kind="number",
                link=lambda r: common.figure_url(service.slug, None, r.month, r.month),
            ),
            Column("state", _("State"), lambda r: _("open") if r.use.open_months else _("closed")),
            Column("before", str(year - 1), lambda r: r.before, kind="number"),
            Column(
                "change",
                _("Change, %"),
                lambda r: percent(r.use.value - r.before, r.before) if r.before is not None else None,
                kind="number",
            ),
        ),
    )


def _history_table(
    request: HttpRequest, slug: str, rows: Sequence[YearOfService], language: str
) -> Table[YearOfService]:
    return Table(
        request,
        name="history",
        caption=_("Year by year"),
        filename=f"use-{slug}-years",
        rows=rows,
        columns=(
            Column[YearOfService]("year", _("Year"), lambda r: str(r.year)),
            Column(
                "use",
                _("Use"),
                lambda r: r.use.value,
                kind="number",
                link=lambda r: common.year_url(slug, None, r.year),
            ),
            Column("state", _("Months"), lambda r: common.open_text(r.use)),
            Column(
                "change",
                _("Change in same months"),
                lambda r: common.signed(r.compared.change if r.compared else None, language),
                kind="number",
            ),
            Column("each", _("Per resident"), lambda r: common.known(r.per_resident), kind="number"),
            Column(
                "booked",
                _("Booked cost"),
                lambda r: common.known(r.booked),
                kind="money",
                link=lambda r: reverse("backoffice:budget-year", args=[r.year]) if r.booked else "",
            ),
            Column("per_use", _("€ per use"), lambda r: common.known(r.cost_per_use), kind="rate"),
        ),
    )


def _kind_tables(request: HttpRequest, slug: str, year: int) -> list[Table[tuple[str, int]]]:
    """Tables of what the deliveries tell; none of what they do not."""
    found = use_kinds.kinds_of(slug, year)
    named = {code: _kind_name(code) for code in found.kinds}
    nothing: dict[str, str] = {}
    said = (
        ("kinds", _("By kind"), named, found.kinds),
        ("languages", _("By language"), nothing, found.languages),
        ("audiences", _("By audience"), nothing, found.audiences),
    )
    return [
        _counts_table(
            request,
            name,
            caption,
            f"use-{slug}-{year}-{name}",
            [(names.get(key, key) or _("not told"), value) for key, value in counts.items()],
        )
        for name, caption, names, counts in said
        if use_kinds.told(counts)
    ]


def _kind_name(code: str) -> str:
    return next((_(name) for kind, name in CONTENT_NAMES.items() if kind.value == code), code)


def _counts_table(
    request: HttpRequest, name: str, caption: str, filename: str, rows: Sequence[tuple[str, int]]
) -> Table[tuple[str, int]]:
    whole = sum(value for _key, value in rows)
    return Table(
        request,
        name=name,
        caption=caption,
        filename=filename,
        rows=rows,
        columns=(
            Column[tuple[str, int]]("what", _("What"), lambda r: r[0]),
            Column("use", _("Use"), lambda r: r[1], kind="number"),
            Column("share", _("Share, %"), lambda r: percent(r[1], whole), kind="number"),
        ),
        footer={"what": _("Total"), "use": whole},
    )


def _chart(months: Sequence[Month], year: int, name: str, language: str) -> SafeString | str:
    if not months:
        return ""
    now = {row.month.month: row for row in months}

    def points(value: dict[int, int | None]) -> tuple[Point, ...]:
        found = (value.get(month) for month in range(1, 13))
        return tuple(Point(Decimal(v) if v is not None else None, str(v)) for v in found)

    series = [
        Series(str(year - 1), points({m: row.before for m, row in now.items()})),
        Series(str(year), points({m: row.use.value for m, row in now.items()})),
    ]
    series = [one for one in series if any(point.value is not None for point in one.points)]
    top = top_of(series)
    ticks = [Tick(top * n / 4, number(int(top * n / 4), language)) for n in range(5)]
    return line_chart(
        series,
        [str(month) for month in range(1, 13)],
        title=_("%(name)s month by month") % {"name": name},
        description=_("Both years on one scale that begins at zero. The numbers are in the table below."),
        ticks=ticks,
    )


def _map(told: UseYear, service: ServiceYear, language: str) -> str:
    if not service.places.value:
        return ""
    average = ratio(service.places.value, told.residents, places=3)
    return common.place_map(
        told.places,
        lambda place: relative_use([place], [service], told.residents),
        middle=Decimal(100),
        title=_("Relative use by municipality; everybody together is 100") + f" ({average})",
        language=language,
    )
