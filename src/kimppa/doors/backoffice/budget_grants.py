"""Grants: the list, a new one, one with its costs, and the report to its funder."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from kimppa.commons.members.permissions import may, require
from kimppa.commons.members.roles import Act
from kimppa.consortium.budgets import grant_report, grants, purchase_queries
from kimppa.consortium.budgets.grant_report import ReportWords
from kimppa.consortium.budgets.grant_shares import KindShare
from kimppa.consortium.budgets.plan_rules import COST_KIND_NAMES, CostKind
from kimppa.consortium.budgets.purchase_queries import CostRow, GrantRow
from kimppa.doors.backoffice import money_tables as tables
from kimppa.doors.backoffice.budget_forms import GrantForm
from kimppa.doors.backoffice.prices_words import explained
from kimppa.doors.web.staff import actor_of, staff_required
from kimppa.doors.web.tables import Column, Table
from kimppa.foundation.core import clock
from kimppa.foundation.core.errors import KimppaError
from kimppa.foundation.core.money import Cents


@dataclass(frozen=True, slots=True)
class ReportLine:
    """A kind of cost in the report."""

    name: str
    share: KindShare


@staff_required
@require_GET
def listing(request: HttpRequest) -> HttpResponseBase:
    """Every grant with what has been used of it."""
    by, now = actor_of(request), clock.now()
    require(by, Act.SEE_BUDGET, now=now)
    table = Table(
        request,
        caption=_("Grants"),
        filename="grants",
        rows=purchase_queries.grants(),
        columns=(
            Column[GrantRow](
                "title",
                _("Grant"),
                lambda r: r.title,
                link=lambda r: reverse("backoffice:budget-grant", args=[r.id]),
            ),
            Column("funder", _("Funder"), lambda r: r.funder, choices=True),
            Column("from", _("From"), lambda r: r.valid_from, kind="day"),
            Column("to", _("To"), lambda r: r.valid_to, kind="day"),
            Column("amount", _("Granted"), lambda r: r.amount, kind="money"),
            Column("own", _("Own share, per cent"), lambda r: r.own_percent, kind="number"),
            Column("cost", _("Costs"), lambda r: r.shares.cost, kind="money"),
            Column("used", _("Grant's part"), lambda r: r.shares.grant, kind="money"),
            Column("left", _("Grant left"), lambda r: r.amount - r.shares.grant, kind="money"),
        ),
        empty=_("No grants yet."),
    )
    download = table.download()
    if download is not None:
        return download
    context = {"table": table, "edits": may(by, Act.EDIT_BUDGET, now=now)}
    return render(request, "backoffice/budget/grants.html", context)


@staff_required
def new(request: HttpRequest) -> HttpResponseBase:
    """Record a grant."""
    by, now = actor_of(request), clock.now()
    require(by, Act.EDIT_BUDGET, now=now)
    posted = request.method == "POST"
    form = GrantForm(request.POST or None)
    if posted and form.is_valid():
        try:
            made = grants.record_grant(by=by, said=form.said(), now=now)
        except KimppaError as error:
            form.add_error(None, explained(error))
        else:
            messages.success(request, _("The grant was recorded."))
            return redirect("backoffice:budget-grant", made)
    context = {
        "form": form,
        "title": _("A new grant"),
        "button": _("Record"),
        "consequence": _("Costs are attributed to it when invoices are booked."),
        "back": reverse("backoffice:budget-grants"),
        "crumbs": ((_("Grants"), reverse("backoffice:budget-grants")), (_("A new grant"), "")),
    }
    return render(request, "backoffice/budget/deed.html", context, status=422 if posted else 200)


@staff_required
@require_GET
def page(request: HttpRequest, grant: int) -> HttpResponseBase:
    """The report of one grant: costs by kind, grant's part and own share; then cost by cost."""
    require(actor_of(request), Act.SEE_BUDGET, now=clock.now())
    row, costs = purchase_queries.grant(grant)
    report, list_of_costs = _report_table(request, row), _costs_table(request, costs)
    for table in (report, list_of_costs):
        download = table.download()
        if download is not None:
            return download
    context = {"row": row, "table": report, "costs": list_of_costs, "left": row.amount - row.shares.grant}
    return render(request, "backoffice/budget/grant.html", context)


@staff_required
@require_GET
def report(request: HttpRequest, grant: int) -> HttpResponseBase:
    """The report to the funder as PDF."""
    require(actor_of(request), Act.SEE_BUDGET, now=clock.now())
    row, costs = purchase_queries.grant(grant)
    content = grant_report.pdf(row, costs, _words(), language=tables.language(), day=clock.today())
    response = HttpResponse(content, content_type="application/pdf")
    response["Content-Disposition"] = f'attachment; filename="grant-{row.id}.pdf"'
    return response


def _report_table(request: HttpRequest, row: GrantRow) -> Table[ReportLine]:
    shares = row.shares
    return Table(
        request,
        name="report",
        caption=_("Report to the funder by kind of cost"),
        filename=f"grant-{row.id}",
        rows=[ReportLine(_(COST_KIND_NAMES[CostKind(k.kind)]), k) for k in shares.kinds],
        columns=(
            Column[ReportLine]("kind", _("Kind of cost"), lambda r: r.name),
            Column("cost", _("Costs"), lambda r: r.share.cost, kind="money"),
            Column("grant", _("Grant's part"), lambda r: r.share.grant, kind="money"),
            Column("own", _("Own share"), lambda r: r.share.own, kind="money"),
        ),
        footer={"kind": _("Total"), "cost": shares.cost, "grant": shares.grant, "own": shares.own},
        empty=_("No cost has been attributed to the grant."),
    )


def _costs_table(request: HttpRequest, costs: tuple[CostRow, ...]) -> Table[CostRow]:
    return Table(
        request,
        name="costs",
        caption=_("Costs"),
        filename="grant-costs",
        rows=costs,
        columns=(
            Column[CostRow](
                "number",
                _("Invoice"),
                lambda r: r.number,
                link=lambda r: reverse("backoffice:budget-purchase", args=[r.purchase_id]),
            ),
            Column("vendor", _("Vendor"), lambda r: r.vendor),
            Column("issued", _("Invoice date"), lambda r: r.issued, kind="day"),
            Column("kind", _("Kind of cost"), lambda r: _(COST_KIND_NAMES[r.kind]), choices=True),
            Column("line", _("Line"), lambda r: r.line),
            Column("sum", _("Sum"), lambda r: r.amount, kind="money"),
        ),
        footer={"number": _("Total"), "sum": Cents(sum(cost.amount.value for cost in costs))},
        empty=_("No cost has been attributed to the grant."),
    )


def _words() -> ReportWords:
    return ReportWords(
        heading=_("Use of the grant"),
        example=_("ESIMERKKI: an invented example"),
        facts=(
            _("Funder"),
            _("The funder's decision"),
            _("Time"),
            _("Granted"),
            _("Own share"),
            _("As of"),
        ),
        by_kind=_("Costs by kind"),
        columns=(_("Kind of cost"), _("Costs"), _("Grant's part"), _("Own share")),
        total=_("Total"),
        costs=_("Costs one by one"),
        cost_columns=(_("Invoice date"), _("Vendor and invoice"), _("Kind of cost"), _("Sum")),
        capped=_("The grant's part is limited to what was granted."),
        page=_("Page"),
        kinds={kind: _(name) for kind, name in COST_KIND_NAMES.items()},
    )
