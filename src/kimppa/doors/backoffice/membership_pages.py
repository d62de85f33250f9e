"""Joining and leaving: the cases, each with its steps, and what the last step would change for everybody."""

from __future__ import annotations

from collections.abc import Callable

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from kimppa.commons.members.permissions import may, require, require_any
from kimppa.commons.members.roles import Act
from kimppa.consortium.budgets.services import Resolution
from kimppa.consortium.governance.services import Words
from kimppa.doors.backoffice import money_tables as tables
from kimppa.doors.backoffice.membership_forms import BoardForm, CancelForm, ForceForm, OpenForm, SignForm
from kimppa.doors.web.errors import explain
from kimppa.doors.web.formats import day, money
from kimppa.doors.web.staff import actor_of, staff_required
from kimppa.doors.web.tables import Column, Table
from kimppa.foundation.core import clock
from kimppa.foundation.core.errors import KimppaError
from kimppa.joint.membership import queries, services
from kimppa.joint.membership.preview import Consequences, MemberChange, consequences
from kimppa.joint.membership.queries import CaseRow
from kimppa.joint.membership.rules import KIND_NAMES, STEP_NAMES, Kind, Step, suggested_months

TONES = {
    Step.IN_FORCE: "ok",
    Step.CANCELLED: "",
    Step.OPENED: "info",
    Step.DECIDED: "info",
    Step.SIGNED: "info",
}


@staff_required
@require_GET
def listing(request: HttpRequest) -> HttpResponse:
    """Every case of joining and leaving."""
    by, now = actor_of(request), clock.now()
    require_any(by, Act.SEE_MEMBERS, now=now)
    shown = tables.language()
    table = Table(
        request,
        caption=_("Joining and leaving"),
        filename="membership-cases",
        rows=queries.cases(),
        columns=(
            Column[CaseRow](
                "name",
                _("Municipality"),
                lambda r: r.name(shown),
                link=lambda r: reverse("backoffice:membership-case", args=[r.id]),
            ),
            Column("kind", _("What"), lambda r: _(KIND_NAMES[r.kind]), choices=True),
            Column("day", _("First or last day"), lambda r: r.day, kind="day"),
            Column("step", _("Step"), step_text, badge=lambda r: TONES[r.step], choices=True),
            Column("months", _("Months charged"), lambda r: r.months, kind="number"),
            Column("decision", _("Decision"), lambda r: r.decision_number),
        ),
        empty=_("Nobody is joining or leaving."),
    )
    download = table.download()
    if download is not None:
        return download
    context = {"table": table, "edits": may(by, Act.EDIT_AGREEMENTS, now=now)}
    return render(request, "backoffice/membership/cases.html", context)


def step_text(row: CaseRow) -> str:
    return _(STEP_NAMES[row.kind][row.step])


@staff_required
def new(request: HttpRequest) -> HttpResponse:
    """GET shows the form; POST opens a case."""
    by, now = actor_of(request), clock.now()
    require_any(by, Act.EDIT_MEMBERS, now=now)
    form = (
        OpenForm(request.POST) if request.method == "POST" else OpenForm(initial={"opened_on": clock.today()})
    )
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            made = services.open_case(
                by=by,
                kind=Kind(said["kind"]),
                municipality=said["municipality"],
                day=said["day"],
                opened_on=said["opened_on"],
                note=said["note"],
                now=now,
            )
        except KimppaError as error:
            form.add_error(None, explain(error))
        else:
            return redirect("backoffice:membership-case", case=made)
    return _form(
        request, form, _("Joining or leaving"), _("Open the case"), reverse("backoffice:membership-cases")
    )


@staff_required
@require_GET
def page(request: HttpRequest, case: int) -> HttpResponse:
    """A case, its steps, and while it is open the consequences for every member."""
    by, now = actor_of(request), clock.now()
    require_any(by, Act.SEE_MEMBERS, now=now)
    row = queries.case(case)
    context: dict[str, object] = {
        "case": row,
        "name": row.name(tables.language()),
        "kind": _(KIND_NAMES[row.kind]),
        "step": step_text(row),
        "tone": TONES[row.step],
        "joins": row.kind is Kind.JOIN,
        "rights": {
            "board": row.open and may(by, Act.EDIT_AGREEMENTS, now=now),
            "sign": row.kind is Kind.JOIN
            and row.step in (Step.DECIDED, Step.SIGNED)
            and may(by, Act.SIGN_AGREEMENTS, now=now),
            "force": _may_force(row) and may(by, Act.DECIDE, now=now) and may(by, Act.LEVY, now=now),
        },
    }
    if row.open and may(by, Act.SEE_MONEY, now=now):
        seen = _seen(request, row, suggested_months(row.kind, row.day))
        table = seen.get("table")
        download = table.download() if isinstance(table, Table) else None
        if download is not None:
            return download
        context |= seen
    return render(request, "backoffice/membership/case.html", context)


def _may_force(row: CaseRow) -> bool:
    return row.step is (Step.SIGNED if row.kind is Kind.JOIN else Step.DECIDED)


def _seen(request: HttpRequest, row: CaseRow, months: int) -> dict[str, object]:
    """The consequences as a table and figures, or why they cannot be reckoned."""
    try:
        found = consequences(row.kind, row.code, row.day, months)
    except KimppaError as error:
        return {"cannot": explain(error)}
    left = next((one for one in found.members if one.code == row.code), None)
    return {
        "found": found,
        "months": months,
        "lost": left.before if left is not None and row.kind is Kind.LEAVE else None,
        "next_year": found.year + 1,
        "table": _changes(request, found),
        "change": tables.total([found.after]) - found.before,
    }


def _changes(request: HttpRequest, found: Consequences) -> Table[MemberChange]:
    shown = tables.language()
    return Table(
        request,
        name="changes",
        caption=_("What each municipality would pay"),
        filename=f"membership-{found.year}",
        rows=found.members,
        columns=(
            Column[MemberChange]("name", _("Municipality"), lambda r: r.name(shown)),
            Column("before", _("Now"), lambda r: r.before, kind="money"),
            Column("after", _("Then"), lambda r: r.after, kind="money"),
            Column("change", _("Change, €"), lambda r: r.change, kind="money"),
        ),
        footer={
            "name": _("Total"),
            "before": found.before,
            "after": found.after,
            "change": found.after - found.before,
        },
        empty=_("Nothing has been levied for that year."),
    )


@staff_required
def board(request: HttpRequest, case: int) -> HttpResponse:
    """GET shows the form of the municipality's own decision; POST records it."""
    require(actor_of(request), Act.EDIT_AGREEMENTS, now=clock.now())
    form = BoardForm(request.POST, request.FILES) if request.method == "POST" else BoardForm()

    def act() -> None:
        paper = form.cleaned_data["paper"]
        services.record_board(
            by=actor_of(request),
            case=case,
            decided_on=form.cleaned_data["decided_on"],
            number=form.cleaned_data["number"],
            paper=paper.read() if paper else None,
            paper_name=paper.name if paper else "",
            now=clock.now(),
        )

    return _step(request, case, form, _("The decision of the municipality"), act)


@staff_required
def sign(request: HttpRequest, case: int) -> HttpResponse:
    """GET shows the form of the signature; POST records it with the mandates."""
    require(actor_of(request), Act.SIGN_AGREEMENTS, now=clock.now())
    form = SignForm(request.POST or None)

    def act() -> None:
        services.sign(
            by=actor_of(request), case=case, signed_on=form.cleaned_data["signed_on"], now=clock.now()
        )

    return _step(request, case, form, _("Signature of the cooperation agreement"), act)


@staff_required
def cancel(request: HttpRequest, case: int) -> HttpResponse:
    """GET asks why; POST closes the case."""
    require(actor_of(request), Act.EDIT_AGREEMENTS, now=clock.now())
    form = CancelForm(request.POST or None)

    def act() -> None:
        services.cancel(by=actor_of(request), case=case, reason=form.cleaned_data["reason"], now=clock.now())

    return _step(request, case, form, _("Cancel the case"), act)


@staff_required
def force(request: HttpRequest, case: int) -> HttpResponse:
    """GET shows the decision's form and, once filled, what follows; POST puts it in force."""
    by, now = actor_of(request), clock.now()
    require(by, Act.DECIDE, now=now)
    require(by, Act.LEVY, now=now)
    row = queries.case(case)
    if request.method == "POST":
        form = ForceForm(request.POST)
        if form.is_valid():
            try:
                made = services.put_in_force(
                    by=by,
                    case=case,
                    resolution=_resolution(form),
                    months=form.cleaned_data["months"],
                    now=now,
                )
            except KimppaError as error:
                form.add_error(None, explain(error))
            else:
                text = _("In force. No calculation changed.")
                if made:
                    text = _("In force. New calculations: %(count)s. Issue them from the year's page.")
                messages.success(request, text % {"count": len(made)})
                return redirect("backoffice:membership-case", case=case)
        return render(request, "backoffice/membership/force.html", {"form": form, "case": row}, status=422)
    asked = "months" in request.GET
    form = ForceForm(request.GET) if asked else ForceForm(initial=_initial(row))
    context: dict[str, object] = {"form": form, "case": row, "name": row.name(tables.language())}
    if asked and form.is_valid():
        seen = _seen(request, row, form.cleaned_data["months"])
        table = seen.get("table")
        download = table.download() if isinstance(table, Table) else None
        if download is not None:
            return download
        context |= seen
        if "found" in seen:
            context["consequences"] = _told(row, form.cleaned_data["months"], seen)
            context["hidden"] = [(n, str(v)) for n, v in request.GET.items() if n in form.fields]
    status = 422 if asked and form.errors else 200
    return render(request, "backoffice/membership/force.html", context, status=status)


def _resolution(form: ForceForm) -> Resolution:
    said = form.cleaned_data
    return Resolution(
        body=said["body"],
        diary_number=said["diary_number"],
        decided_on=said["decided_on"],
        words=Words(title_fi=said["title_fi"], title_sv=said["title_sv"]),
        example=clock.offset().total_seconds() != 0,
    )


def _initial(row: CaseRow) -> dict[str, object]:
    joins = row.kind is Kind.JOIN
    return {
        "months": suggested_months(row.kind, row.day),
        "decided_on": clock.today(),
        "title_fi": f"{row.name_fi} {'liittyy jäseneksi' if joins else 'eroaa jäsenyydestä'}",
        "title_sv": f"{row.name_sv or row.name_fi} {'blir medlem' if joins else 'utträder'}",
    }


def _told(row: CaseRow, months: int, seen: dict[str, object]) -> list[str]:
    found = seen["found"]
    if not isinstance(found, Consequences):
        return []
    shown = tables.language()
    said: dict[str, object] = {
        "name": row.name(shown),
        "day": day(row.day),
        "months": months,
        "year": row.day.year,
        "before": money(found.before, shown),
        "after": money(found.after, shown),
    }
    if row.kind is Kind.JOIN:
        told = [_("%(name)s becomes a member on %(day)s.") % said]
    else:
        told = [
            _("The membership of %(name)s ends after %(day)s, and so do the mandates that it gave.") % said
        ]
    told.append(_("It is charged for %(months)s months of %(year)s.") % said)
    if found.levies:
        told.append(_("Every levy of %(year)s is reckoned again: %(before)s becomes %(after)s.") % said)
        told.append(_("What has been issued stands. The differences are issued on the year's page."))
    return told


def _step(
    request: HttpRequest, case: int, form: forms.Form, title: str, act: Callable[[], None]
) -> HttpResponse:
    """One step of a case: its form, or the act and back to the case."""
    if request.method == "POST" and form.is_valid():
        try:
            act()
        except KimppaError as error:
            form.add_error(None, explain(error))
        else:
            messages.success(request, _("Recorded."))
            return redirect("backoffice:membership-case", case=case)
    return _form(request, form, title, _("Record"), reverse("backoffice:membership-case", args=[case]))


def _form(request: HttpRequest, form: forms.Form, title: str, label: str, back: str) -> HttpResponse:
    context = {
        "form": form,
        "title": title,
        "label": label,
        "back": back,
        "multipart": form.is_multipart(),
        "crumbs": ((_("Joining and leaving"), reverse("backoffice:membership-cases")), (title, "")),
    }
    return render(request, "backoffice/change.html", context, status=422 if form.errors else 200)
