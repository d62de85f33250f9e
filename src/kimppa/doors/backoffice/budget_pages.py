"""Budgets: the years, one year against what happened and what is to come, and one line to its last cent."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from kimppa.commons.members.permissions import may, require
from kimppa.commons.members.roles import Act
from kimppa.consortium.agreements.rules import CLASS_NAMES, CostClass
from kimppa.consortium.budgets import plan_queries, purchase_queries
from kimppa.consortium.budgets.forecast import Outlook
from kimppa.consortium.budgets.plan_queries import BookingRow, BudgetView, LineRow, YearRow
from kimppa.doors.backoffice import money_tables as tables
from kimppa.doors.backoffice.prices_words import span, step_text, why_not
from kimppa.doors.web.formats import money
from kimppa.doors.web.measure_bars import Measure, measure_bars
from kimppa.doors.web.staff import actor_of, staff_required
from kimppa.doors.web.tables import Column, Table
from kimppa.foundation.core import clock
from kimppa.foundation.core.money import Cents


@staff_required
@require_GET
def years(request: HttpRequest) -> HttpResponseBase:
    """Every year that has a budget."""
    by, now = actor_of(request), clock.now()
    require(by, Act.SEE_BUDGET, now=now)
    table = Table(
        request,
        caption=_("Budgets"),
        filename="budgets",
        rows=plan_queries.years(),
        columns=(
            Column[YearRow](
                "year",
                _("Year"),
                lambda r: str(r.year),
                link=lambda r: reverse("backoffice:budget-year", args=[r.year]),
            ),
            Column("version", _("Version"), lambda r: r.version.number, kind="number"),
            Column(
                "state",
                _("State"),
                lambda r: _state(r),
                badge=lambda r: "ok" if r.version.adopted and r.draft is None else "warn",
            ),
            Column("budget", _("Budget"), lambda r: r.whole.budget, kind="money"),
            Column("booked", _("Booked to lines"), lambda r: r.whole.booked, kind="money"),
            Column("forecast", _("Forecast"), lambda r: r.whole.forecast, kind="money"),
            Column("left", _("Left at the end"), lambda r: r.whole.left, kind="money"),
        ),
        empty=_("No budgets yet."),
    )
    download = table.download()
    if download is not None:
        return download
    context = {"table": table, "edits": may(by, Act.EDIT_BUDGET, now=now)}
    return render(request, "backoffice/budget/years.html", context)


def _state(row: YearRow) -> str:
    if not row.version.adopted:
        return _("In preparation")
    return _("Adopted, a new version in preparation") if row.draft else _("Adopted")


@staff_required
@require_GET
def year(request: HttpRequest, year: int) -> HttpResponseBase:
    """One year: every line's budget, bookings, commitments and forecast."""
    by, now = actor_of(request), clock.now()
    require(by, Act.SEE_BUDGET, now=now)
    view = _view(request, year)
    table = lines_table(request, view)
    download = table.download()
    if download is not None:
        return download
    edits = may(by, Act.EDIT_BUDGET, now=now)
    context = {
        "view": view,
        "year": year,
        "whole": view.whole,
        "table": table,
        "bars": _bars(view) if view.lines else "",
        "draft": next((one for one in view.versions if not one.adopted), None),
        "edits": edits,
        "decides": may(by, Act.DECIDE, now=now),
        "waiting": purchase_queries.waiting(),
    }
    return render(request, "backoffice/budget/year.html", context)


def _view(request: HttpRequest, year: int) -> BudgetView:
    asked = request.GET.get("version", "")
    number = int(asked) if asked.isascii() and asked.isdecimal() and len(asked) < 4 else None
    view = plan_queries.budget(year, number)
    if view is None:
        raise Http404
    return view


def lines_table(request: HttpRequest, view: BudgetView) -> Table[LineRow]:
    """Budget against actual against commitments, by line."""
    whole = view.whole
    carried = any(line.carried.value for line in view.lines)
    return Table(
        request,
        name="lines",
        caption=_("Budget, bookings and forecast by line"),
        filename=f"budget-{view.version.year}-{view.version.number}",
        rows=view.lines,
        columns=(
            Column[LineRow](
                "title",
                _("Line"),
                lambda r: r.title,
                link=lambda r: reverse("backoffice:budget-line", args=[r.id]),
            ),
            Column("budget", _("Budget"), lambda r: r.outlook.budget, kind="money"),
            Column("booked", _("Booked to lines"), lambda r: r.outlook.booked, kind="money"),
            Column("committed", _("Committed"), lambda r: r.outlook.committed, kind="money"),
            Column("remaining", _("Still to come"), lambda r: r.outlook.remaining, kind="money"),
            Column("forecast", _("Forecast"), lambda r: r.outlook.forecast, kind="money"),
            Column("left", _("Left at the end"), lambda r: r.outlook.left, kind="money"),
            Column("service", _("E-service"), lambda r: r.platform_name),
            Column("class", _("Cost class"), lambda r: _(CLASS_NAMES[CostClass(r.cost_class)]), choices=True),
            Column("account", _("Account"), lambda r: r.account),
            Column("centre", _("Cost centre"), lambda r: r.cost_centre),
            Column(
                "carried",
                _("Of it carried over"),
                lambda r: r.carried if r.carried.value else None,
                kind="money",
            ),
        ),
        footer={
            "title": _("Total"),
            "carried": tables.total([line.carried for line in view.lines]) if carried else None,
            "budget": whole.budget,
            "booked": whole.booked,
            "committed": whole.committed,
            "remaining": whole.remaining,
            "forecast": whole.forecast,
            "left": whole.left,
        },
        empty=_("The budget has no lines yet."),
    )


def _carried(row: LineRow) -> Cents | None:
    return row.carried if row.carried.value else None


def _bars(view: BudgetView) -> str:
    shown = tables.language()
    return measure_bars(
        [
            Measure(
                line.title,
                line.outlook.booked.value,
                line.outlook.remaining.value,
                line.outlook.budget.value,
                money(line.outlook.forecast, shown),
            )
            for line in view.lines
        ],
        title=_("Bookings and what is to come against the budget"),
        description=_("The same numbers stand in the table."),
    )


@staff_required
@require_GET
def line(request: HttpRequest, line: int) -> HttpResponseBase:
    """One line: from its figure to bookings, invoices and files, agreements and prices."""
    require(actor_of(request), Act.SEE_BUDGET, now=clock.now())
    detail = plan_queries.line(line)
    if detail is None:
        raise Http404
    table = _bookings_table(request, detail.bookings, detail.line.outlook)
    download = table.download()
    if download is not None:
        return download
    context = {"detail": detail, "line": detail.line, "outlook": detail.line.outlook, "table": table}
    return render(request, "backoffice/budget/line.html", context)


def _bookings_table(
    request: HttpRequest, rows: tuple[BookingRow, ...], outlook: Outlook
) -> Table[BookingRow]:
    return Table(
        request,
        name="bookings",
        caption=_("Bookings"),
        filename="bookings",
        rows=rows,
        columns=(
            Column[BookingRow](
                "number",
                _("Invoice"),
                lambda r: r.number,
                link=lambda r: reverse("backoffice:budget-purchase", args=[r.purchase_id]),
            ),
            Column("vendor", _("Vendor"), lambda r: r.vendor, choices=True),
            Column("issued", _("Invoice date"), lambda r: r.issued, kind="day"),
            Column("agreement", _("Agreement"), lambda r: r.agreement_number),
            Column("grant", _("Grant"), lambda r: r.grant),
            Column("sum", _("Sum"), lambda r: r.amount, kind="money"),
        ),
        footer={"number": _("Total"), "sum": outlook.booked},
        empty=_("Nothing has been booked."),
    )


@staff_required
@require_GET
def commitment(request: HttpRequest, commitment: int) -> HttpResponseBase:
    """How one commitment was reckoned, and the prices behind it."""
    require(actor_of(request), Act.SEE_BUDGET, now=clock.now())
    found = plan_queries.commitment(commitment, on=clock.today())
    if found is None:
        raise Http404
    row, number, again = found
    context = {
        "row": row,
        "year": number,
        "steps": [step_text(step) for step in again.steps] if again else [],
        "period": span(again.period) if again else "",
        "why": why_not(again) if again else "",
        "now": again.cost.gross if again and again.cost else None,
        "sees_prices": may(actor_of(request), Act.SEE_AGREEMENTS, now=clock.now()),
    }
    return render(request, "backoffice/budget/commitment.html", context)
