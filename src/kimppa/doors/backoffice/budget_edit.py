"""Preparing, adopting and carrying over budgets; recording commitments."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from kimppa.commons.members.permissions import may, require
from kimppa.commons.members.roles import Act
from kimppa.consortium.budgets import commitments, lines, plan_queries
from kimppa.consortium.budgets.plan_queries import BudgetView, LineRow
from kimppa.doors.backoffice.budget_forms import CarryForm, LineForm, ResolutionForm, YearForm
from kimppa.doors.backoffice.meetings_effect import begun_by_item
from kimppa.doors.backoffice.prices_forms import quantities
from kimppa.doors.backoffice.prices_words import explained, span, steps_of, why_not
from kimppa.doors.web.staff import actor_of, staff_required
from kimppa.foundation.core import clock
from kimppa.foundation.core.errors import KimppaError

DEED = "backoffice/budget/deed.html"


@staff_required
def begin(request: HttpRequest) -> HttpResponseBase:
    """Begin a year's budget, or a new version of it."""
    by, now = actor_of(request), clock.now()
    require(by, Act.EDIT_BUDGET, now=now)
    posted = request.method == "POST"
    asked = request.GET.get("year", "")
    begun = (
        int(asked) if asked.isascii() and asked.isdecimal() and len(asked) == 4 else clock.today().year + 1
    )
    form = YearForm(request.POST or None, initial={"year": begun})
    if posted and form.is_valid():
        year = form.cleaned_data["year"]
        try:
            lines.begin_version(by=by, year=year, now=now)
        except KimppaError as error:
            form.add_error(None, explained(error))
        else:
            messages.success(
                request, _("The version can now be edited. The earlier one stands until it is adopted.")
            )
            return redirect("backoffice:budget-prepare", year)
    context = {
        "form": form,
        "title": _("Begin a version of a budget"),
        "button": _("Begin"),
        "consequence": _("It begins with the lines of the version before it."),
        "back": reverse("backoffice:budget"),
    }
    return render(request, DEED, context, status=422 if posted else 200)


@staff_required
def prepare(request: HttpRequest, year: int) -> HttpResponseBase:
    """The lines of the version in preparation, and a form for one more."""
    by, now = actor_of(request), clock.now()
    require(by, Act.EDIT_BUDGET, now=now)
    view = _draft(year)
    posted = request.method == "POST"
    form = LineForm(request.POST or None)
    if posted and form.is_valid():
        try:
            lines.put_line(by=by, version=view.version.id, said=form.said(), now=now)
        except KimppaError as error:
            form.add_error(None, explained(error))
        else:
            messages.success(request, _("The line was recorded."))
            return redirect("backoffice:budget-prepare", year)
    context = {"view": view, "year": year, "form": form, "decides": may(by, Act.DECIDE, now=now)}
    return render(request, "backoffice/budget/prepare.html", context, status=422 if posted else 200)


@staff_required
def edit_line(request: HttpRequest, year: int, line: int) -> HttpResponseBase:
    """One line of the version in preparation."""
    by, now = actor_of(request), clock.now()
    require(by, Act.EDIT_BUDGET, now=now)
    view = _draft(year)
    row = _line(view, line)
    posted = request.method == "POST"
    begun = {
        "title": row.title,
        "amount": row.own.plain().replace(".", ","),
        "cost_class": row.cost_class,
        "platform": row.platform,
        "account": row.account,
        "cost_centre": row.cost_centre,
    }
    form = LineForm(request.POST or None, initial=begun)
    if posted and form.is_valid():
        try:
            lines.put_line(by=by, version=view.version.id, said=form.said(), line=line, now=now)
        except KimppaError as error:
            form.add_error(None, explained(error))
        else:
            messages.success(request, _("The line was recorded."))
            return redirect("backoffice:budget-prepare", year)
    context = {
        "form": form,
        "title": row.title,
        "button": _("Record"),
        "consequence": _("The adopted version keeps its sum until this one is adopted."),
        "back": reverse("backoffice:budget-prepare", args=[year]),
    }
    return render(request, DEED, context, status=422 if posted else 200)


@staff_required
@require_POST
def drop(request: HttpRequest, year: int, line: int) -> HttpResponseBase:
    """Leave a line out of the version in preparation."""
    by, now = actor_of(request), clock.now()
    require(by, Act.EDIT_BUDGET, now=now)
    view = _draft(year)
    try:
        lines.drop_line(by=by, version=view.version.id, line=line, now=now)
    except KimppaError as error:
        messages.error(request, explained(error))
    return redirect("backoffice:budget-prepare", year)


@staff_required
def adopt(request: HttpRequest, year: int) -> HttpResponseBase:
    """Record the decision that adopts the version in preparation."""
    by, now = actor_of(request), clock.now()
    require(by, Act.DECIDE, now=now)
    view = _draft(year)
    posted = request.method == "POST"
    form = ResolutionForm(
        request.POST or None, initial={"decided_on": clock.today()} | begun_by_item(request)
    )
    if posted and form.is_valid():
        try:
            lines.adopt_budget(by=by, version=view.version.id, resolution=form.resolution(), now=now)
        except KimppaError as error:
            form.add_error(None, explained(error))
        else:
            messages.success(request, _("The budget was adopted."))
            return redirect("backoffice:budget-year", year)
    context = {
        "form": form,
        "title": _("Adopt the budget %(year)s") % {"year": year},
        "button": _("Record the decision"),
        "view": view,
        "consequence": _("Afterwards the version is never edited. Changes are made as a new version."),
        "back": reverse("backoffice:budget-prepare", args=[year]),
    }
    return render(request, DEED, context, status=422 if posted else 200)


@staff_required
def carry(request: HttpRequest, year: int) -> HttpResponseBase:
    """Carry remainders over to the next year by decision."""
    by, now = actor_of(request), clock.now()
    require(by, Act.DECIDE, now=now)
    view = plan_queries.budget(year)
    if view is None or not view.version.adopted:
        raise Http404
    left = [line for line in view.lines if line.outlook.unbooked.value > 0]
    posted = request.method == "POST"
    form = CarryForm(request.POST or None, lines=left, initial={"decided_on": clock.today()})
    if posted and form.is_valid():
        try:
            lines.carry_over(by=by, year=year, amounts=form.amounts(), resolution=form.resolution(), now=now)
        except KimppaError as error:
            form.add_error(None, explained(error))
        else:
            messages.success(request, _("The remainders were carried over."))
            return redirect("backoffice:budget-year", year + 1)
    context = {
        "form": form,
        "title": _("Carry over from %(year)s") % {"year": year},
        "button": _("Record the decision"),
        "consequence": _("The budget of the next year gets a new version with what is carried over."),
        "back": reverse("backoffice:budget-year", args=[year]),
    }
    return render(request, DEED, context, status=422 if posted else 200)


@staff_required
def commit(request: HttpRequest, year: int) -> HttpResponseBase:
    """What agreements bind the year to, suggested to lines; by POST one of them is recorded."""
    by, now, on = actor_of(request), clock.now(), clock.today()
    require(by, Act.EDIT_BUDGET, now=now)
    view = plan_queries.budget(year)
    if view is None:
        raise Http404
    form = quantities(request.GET, on=on)
    valid = form.is_valid()
    if request.method == "POST" and valid:
        try:
            commitments.record_commitment(
                by=by,
                agreement=_whole(request.POST.get("agreement", "")),
                platform=request.POST.get("platform", ""),
                line=_whole(request.POST.get("line", "")),
                basis=form.basis(),
                on=on,
                now=now,
            )
        except KimppaError as error:
            if error.status == 403:
                raise
            messages.error(request, explained(error))
        else:
            messages.success(request, _("The commitment was recorded."))
        return redirect(request.get_full_path())
    found = commitments.suggestions(year, form.basis(), on=on) if valid else ()
    rows = [(one, why_not(one.cost), steps_of(one.cost), span(one.cost.period)) for one in found]
    context = {"view": view, "year": year, "form": form, "rows": rows}
    return render(request, "backoffice/budget/commit.html", context, status=200 if valid else 422)


def _whole(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else 0


def _draft(year: int) -> BudgetView:
    view = plan_queries.budget(year)
    draft = next((one for one in view.versions if not one.adopted), None) if view else None
    found = plan_queries.budget(year, draft.number) if draft else None
    if found is None:
        raise Http404
    return found


def _line(view: BudgetView, line: int) -> LineRow:
    found = next((row for row in view.lines if row.id == line), None)
    if found is None:
        raise Http404
    return found
