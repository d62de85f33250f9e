"""Years: what was decided, who owes what, what has been issued and paid."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from kimppa.commons.members.permissions import may, require_any
from kimppa.commons.members.roles import Act, Visible
from kimppa.consortium.agreements.rules import CostClass
from kimppa.consortium.budgets import queries as budgets
from kimppa.consortium.budgets.queries import RevisionRow
from kimppa.consortium.budgets.recipes import STAGE_NAMES, Stage
from kimppa.consortium.budgets.shares import shares_of
from kimppa.consortium.invoicing import queries as invoicing
from kimppa.consortium.invoicing.past_queries import past_sums
from kimppa.consortium.invoicing.planned import IssuePlan
from kimppa.consortium.invoicing.plans import plan_issue
from kimppa.consortium.invoicing.rules import InvoiceState
from kimppa.consortium.invoicing.year_sums import YearSum, settled, year_sums
from kimppa.doors.backoffice import money_tables as tables
from kimppa.doors.backoffice.money_recipe import recipe_facts
from kimppa.doors.web.converters import FIRST_YEAR, LAST_YEAR
from kimppa.doors.web.staff import actor_of, staff_required
from kimppa.doors.web.tables import Column, Table
from kimppa.foundation.accounts.models import User
from kimppa.foundation.core import clock
from kimppa.foundation.core.money import Cents

# How often a page that follows the making of documents asks again; only where the reader asked for it.
WATCH_SECONDS = "3"


@dataclass(frozen=True, slots=True)
class YearRow:
    """A year in the list: what was decided, and how far its invoices are."""

    year: int
    rate: Decimal | None
    total: Cents | None
    decision: str
    invoices: int
    open: Cents
    past: Cents | None = None


@dataclass(frozen=True, slots=True)
class LevyView:
    """The latest revision of a levy as the year page shows it; `left`: invoices that could be issued."""

    revision: RevisionRow
    name: str
    plan: IssuePlan | None


@dataclass(frozen=True, slots=True)
class Rights:
    """Which buttons a page offers."""

    decide: bool
    issue: bool
    pay: bool
    credit: bool

    @classmethod
    def of(cls, by: User) -> Rights:
        now = clock.now()
        return cls(
            decide=may(by, Act.DECIDE, now=now) and may(by, Act.LEVY, now=now),
            issue=may(by, Act.ISSUE_INVOICES, now=now),
            pay=may(by, Act.RECORD_PAYMENTS, now=now),
            credit=may(by, Act.CREDIT_INVOICES, now=now),
        )


def money_visible(request: HttpRequest) -> Visible:
    """What of the money the reader may see. Raises NotYours where nothing."""
    return require_any(actor_of(request), Act.SEE_MONEY, now=clock.now())


@staff_required
def years(request: HttpRequest) -> HttpResponse:
    visible = money_visible(request)
    coming = clock.today().year + 1
    past = {y: sum for y, sum in past_sums(visible=visible).items() if FIRST_YEAR <= y <= LAST_YEAR}
    listed = sorted({*budgets.years(), *past, coming, coming - 1}, reverse=True)
    before = Column[YearRow]("past", _("Charged before this system"), lambda r: r.past, kind="money")
    levied = budgets.latest_by_year(CostClass.CONTENT)
    sums = year_sums(visible=visible)
    table = Table(
        request,
        caption=_("Years"),
        filename="years",
        rows=[
            _year_row(year, levied.get(year), sums.get(year, YearSum()), past.get(year)) for year in listed
        ],
        columns=(
            Column[YearRow](
                "year",
                _("Year"),
                lambda r: str(r.year),
                link=lambda r: reverse("backoffice:money-year", args=[r.year]),
            ),
            Column("rate", _("€/resident"), lambda r: r.rate, kind="rate"),
            Column("total", _("Levied"), lambda r: r.total, kind="money"),
            *((before,) if past else ()),
            Column("decision", _("Decision"), lambda r: r.decision),
            Column("invoices", _("Invoices"), lambda r: r.invoices, kind="number"),
            Column("open", _("To be paid"), lambda r: r.open, kind="money"),
        ),
    )
    download = table.download()
    if download is not None:
        return download
    context = {
        "table": table,
        "past": past,
        "coming": coming,
        "levied": coming in levied,
        "rate": budgets.standing_rate(CostClass.CONTENT, clock.today()),
        "rights": Rights.of(actor_of(request)),
    }
    return render(request, "backoffice/money/years.html", context)


def _year_row(year: int, revision: RevisionRow | None, sums: YearSum, past: Cents | None) -> YearRow:
    return YearRow(
        year=year,
        rate=revision.rate if revision else None,
        total=revision.total if revision else None,
        decision=revision.decision.diary_number if revision else "",
        invoices=sums.documents,
        open=sums.open,
        past=past,
    )


@staff_required
def year_page(request: HttpRequest, year: int) -> HttpResponse:
    visible = money_visible(request)
    newest = [revision for revision in budgets.revisions_of(year) if revision.latest]
    invoices = invoicing.invoices_of(year, visible=visible)
    internal = invoicing.internal_charges_of(year, visible=visible)
    main = next((r for r in newest if r.cost_class == CostClass.CONTENT), newest[0] if newest else None)
    shares = shares_of(main.id, visible=visible) if main else ()
    shown = (
        tables.shares_table(request, shares, year),
        tables.invoices_table(request, invoices, year),
        tables.internal_table(request, internal, year),
    )
    for table in shown:
        download = table.download()
        if download is not None:
            return download
    progress = invoicing.progress_of(year)
    context = {
        "year": year,
        "main": main,
        "levies": [_levy_view(revision) for revision in newest],
        "shares": shown[0],
        "invoices": shown[1],
        "internal": shown[2],
        "reversible": [row for row in internal if row.standing],
        "progress": progress,
        "watching": "watch" in request.GET and not progress.ready,
        "ready": sum(1 for row in invoices if row.state is InvoiceState.READY),
        "open": tables.owed(invoices),
        "everything": visible.everything,
        "rights": Rights.of(actor_of(request)),
        "last_year": year - 1 if year > FIRST_YEAR else None,
        "next_year": year + 1 if year < LAST_YEAR else None,
    }
    response = render(request, "backoffice/money/year.html", context)
    if context["watching"]:
        response["Refresh"] = WATCH_SECONDS
    return response


@staff_required
def levy_page(request: HttpRequest, revision: int) -> HttpResponse:
    """One calculation of a levy, an older one too: what each share was made of."""
    visible = money_visible(request)
    found = budgets.revision(revision)
    table = tables.shares_table(request, shares_of(revision, visible=visible), found.year)
    download = table.download()
    if download is not None:
        return download
    others = [r for r in budgets.revisions_of(found.year) if r.levy_id == found.levy_id and r.id != found.id]
    context = {
        "revision": found,
        "title": found.title(tables.language()),
        "decision_title": found.decision.title(tables.language()),
        "table": table,
        "others": others,
        "recipe": recipe_facts(found),
        "stage": _(STAGE_NAMES[found.stage]) if found.stage is not Stage.WHOLE else "",
    }
    return render(request, "backoffice/money/levy.html", context)


def _levy_view(revision: RevisionRow) -> LevyView:
    return LevyView(
        revision=revision,
        name=revision.title(tables.language()),
        plan=None if settled(revision.id, revision.levy_id) else plan_issue(revision.id, on=clock.today()),
    )
