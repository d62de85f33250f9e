"""Trends: where the level of a service's use changed, and where only its counting did."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from kimppa.doors.backoffice import reports_common as common
from kimppa.doors.web.formats import number
from kimppa.doors.web.line_chart import Point, Series, Tick, line_chart, top_of
from kimppa.doors.web.staff import staff_required
from kimppa.doors.web.tables import Column, Table
from kimppa.foundation.core import clock
from kimppa.insight.reporting.saved_views import Page
from kimppa.insight.reporting.use_trends import ENOUGH, Break, ChangePoint, ServiceTrend, trends

SHOWN_MONTHS = 36


@dataclass(frozen=True, slots=True)
class Line:
    """One change: whose, when, how much, and whether the counting changed then."""

    service: ServiceTrend
    change: ChangePoint


@dataclass(frozen=True, slots=True)
class Card:
    """One service on the page: its chart and what to say of it."""

    slug: str
    name: str
    counted: str
    last_year: str
    chart: SafeString | str
    sentences: tuple[str, ...]


@staff_required
@require_safe
def page(request: HttpRequest) -> HttpResponseBase:
    """`?service=`: one of them; else all."""
    language = common.entered(request)
    found = trends(until=clock.today())
    offered = [(one.slug, common.name_of(one.slug, one.name)) for one in found]
    asked = request.GET.get("service", "")
    chosen = [one for one in found if one.slug == asked] or list(found)
    lines = [Line(one, change) for one in chosen for change in one.changes]
    table = _table(request, lines, any(len(one.months) >= ENOUGH for one in chosen))
    download = table.download()
    if download is not None:
        return download
    context = {
        "offered": offered,
        "asked": asked,
        "cards": [_card(one, language) for one in chosen],
        "table": table,
        "saving": common.saving(Page.TRENDS),
    }
    return render(request, "backoffice/reports/trends.html", context)


def _table(request: HttpRequest, lines: list[Line], sought: bool) -> Table[Line]:
    none = _("No service of which two whole years are known has changed its level.")
    return Table(
        request,
        name="changes",
        caption=_("Changes of level"),
        filename="use-changes",
        rows=lines,
        sort="-month",
        empty=none if sought else _("No service has two whole years yet, so no changes are sought."),
        columns=(
            Column[Line]("name", _("E-service"), lambda r: common.name_of(r.service.slug, r.service.name)),
            Column("month", _("From"), lambda r: r.change.month, kind="day"),
            Column("percent", _("Change, %"), lambda r: r.change.percent, kind="number"),
            Column("why", _("Counting"), lambda r: _counting(r.change.counting)),
        ),
    )


def _counting(one: Break | None) -> str:
    if one is None:
        return _("counted as before")
    if one.release:
        return _("COUNTER release %(release)s began") % {"release": one.release}
    return _("another choice of what counts")


def _card(one: ServiceTrend, language: str) -> Card:
    said = [
        _("From %(month)s on %(percent)s: %(why)s.")
        % {
            "month": f"{change.month:%m/%Y}",
            "percent": common.signed(change.percent, language),
            "why": _counting(change.counting),
        }
        for change in one.changes
    ]
    if not one.changes and len(one.months) >= ENOUGH:
        said.append(_("No change of level. Closed months: %(count)s.") % {"count": len(one.months)})
    said += [
        _("%(month)s: %(why)s; months before and after are not alike.")
        % {"month": f"{mark.month:%m/%Y}", "why": _counting(mark)}
        for mark in one.breaks
    ]
    if len(one.months) < ENOUGH:
        said.append(
            _("Changes are not sought yet: that takes two whole years, and closed months are %(count)s.")
            % {"count": len(one.months)}
        )
    if one.open_months:
        said.append(_("Open months left out: %(count)s.") % {"count": one.open_months})
    return Card(
        one.slug,
        common.name_of(one.slug, one.name),
        common.counted_as(one.counted_as),
        common.signed(one.last_year, language) if one.last_year is not None else "",
        _chart(one, language),
        tuple(said),
    )


def _chart(one: ServiceTrend, language: str) -> SafeString | str:
    shown = one.months[-SHOWN_MONTHS:]
    if len(shown) < 2:
        return ""
    series = [
        Series(_("Use"), tuple(Point(Decimal(v), number(v, language)) for _m, v, _level in shown)),
        Series(_("Level"), tuple(Point(Decimal(level), number(level, language)) for _m, _v, level in shown)),
    ]
    top = top_of(series)
    return line_chart(
        series,
        [_label(month, n) for n, (month, _v, _level) in enumerate(shown)],
        title=_("%(name)s month by month") % {"name": common.name_of(one.slug, one.name)},
        description=_("The use of each closed month and its level without the time of year."),
        ticks=[Tick(top * n / 4, number(int(top * n / 4), language)) for n in range(5)],
    )


def _label(month: date, at: int) -> str:
    return f"{month:%m/%y}" if at % 6 == 0 else ""
