"""Availability month by month, what agreements promised of it, and the claims drafted where it was missed."""

from __future__ import annotations

from datetime import date

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from kimppa.commons.health import availability, office_queries
from kimppa.commons.health.availability import MonthRow
from kimppa.commons.members.permissions import may, require
from kimppa.commons.members.roles import Act
from kimppa.consortium.agreements import claims
from kimppa.consortium.agreements import queries as agreements
from kimppa.consortium.agreements.claims import PromiseRow
from kimppa.doors.backoffice.asof import parse_day
from kimppa.doors.backoffice.health_words import marked
from kimppa.doors.backoffice.money_tables import language
from kimppa.doors.web.errors import explain
from kimppa.doors.web.forms import offer
from kimppa.doors.web.staff import actor_of, staff_required
from kimppa.doors.web.tables import Column, Table
from kimppa.foundation.core import clock
from kimppa.foundation.core.errors import KimppaError

TEXT = forms.Textarea(attrs={"rows": 3})


class PromiseForm(forms.Form):
    """Which agreement promises what of which target."""

    agreement = forms.ChoiceField(label=gettext_lazy("Agreement"))
    key = forms.ChoiceField(label=gettext_lazy("Measured by"))
    credit_fi = forms.CharField(
        label=gettext_lazy("The agreement's rule of credits, in Finnish"),
        help_text=gettext_lazy("In the agreement's own words. Empty: not recorded."),
        widget=TEXT,
        max_length=2000,
        required=False,
    )
    credit_sv = forms.CharField(
        label=gettext_lazy("The same in Swedish"), widget=TEXT, max_length=2000, required=False
    )
    credit_en = forms.CharField(
        label=gettext_lazy("The same in English"), widget=TEXT, max_length=2000, required=False
    )


def _asked_month(request: HttpRequest) -> date:
    """`?month=2026-10`; this month where nothing usable is said."""
    asked = parse_day(request.GET.get("month", "")[:7] + "-01")
    return (asked or clock.day_of(clock.real_now())).replace(day=1)


@staff_required
def months(request: HttpRequest) -> HttpResponseBase:
    """One month of every target, and how it went against the promises."""
    by = actor_of(request)
    require(by, Act.SEE_HEALTH, now=clock.now())
    month = _asked_month(request)
    table = _months(request, month)
    sees = may(by, Act.SEE_AGREEMENTS, now=clock.now())
    kept = _promises(request, month) if sees else None
    download = table.download() or (kept.download() if kept else None)
    if download is not None:
        return download
    edits = may(by, Act.EDIT_AGREEMENTS, now=clock.now())
    missed = [row for row in claims.promises(month) if row.missed and row.claim is None] if edits else []
    context = {
        "month": month,
        "table": table,
        "kept": kept,
        "edits": edits,
        "missed": [(row, row.title(language()), row.month.name(language())) for row in missed],
        "drafts": claims.claims() if sees else (),
        "whole": availability.counted_whole(month),
    }
    return render(request, "backoffice/health/availability.html", context)


def _months(request: HttpRequest, month: date) -> Table[MonthRow]:
    shown = language()
    return Table(
        request,
        name="months",
        caption=_("Availability"),
        filename=f"availability-{month:%Y-%m}",
        rows=availability.of_month(month),
        columns=(
            Column[MonthRow](
                "name",
                _("Name"),
                lambda r: marked(r.name(shown), example=r.example),
                link=lambda r: reverse("backoffice:health-target", args=[r.key]),
            ),
            Column("availability", _("Availability, %"), lambda r: r.availability, kind="number"),
            Column("up", _("Worked, min"), lambda r: r.tally.up, kind="number"),
            Column("down", _("Failed, min"), lambda r: r.tally.down, kind="number"),
            Column("planned", _("Maintenance, min"), lambda r: r.tally.planned, kind="number"),
            Column("unknown", _("Not known, min"), lambda r: r.unknown, kind="number"),
            Column("coverage", _("Known, %"), lambda r: r.coverage, kind="number"),
        ),
        empty=_("Nothing was watched that month."),
    )


def _promises(request: HttpRequest, month: date) -> Table[PromiseRow]:
    shown = language()

    def state(row: PromiseRow) -> str:
        if row.promised is None or row.month.availability is None:
            return _("Not known")
        return _("Missed") if row.missed else _("Kept")

    tones = {_("Missed"): "bad", _("Kept"): "ok"}
    return Table(
        request,
        name="promises",
        caption=_("Against the agreements"),
        filename=f"service-levels-{month:%Y-%m}",
        rows=claims.promises(month),
        columns=(
            Column[PromiseRow](
                "agreement",
                _("Agreement"),
                lambda r: f"{r.diary_number} {r.title(shown)}",
                link=lambda r: reverse("backoffice:agreement", args=[r.agreement_id]),
            ),
            Column("target", _("Measured by"), lambda r: r.month.name(shown)),
            Column("promised", _("Promised, %"), lambda r: r.promised, kind="number"),
            Column("measured", _("Availability, %"), lambda r: r.month.availability, kind="number"),
            Column("state", _("Promise"), state, badge=lambda r: tones.get(state(r), ""), choices=True),
        ),
        empty=_("No agreement's service level is measured yet."),
    )


@staff_required
def promise(request: HttpRequest) -> HttpResponseBase:
    """Say which target measures an agreement's service level."""
    by, now = actor_of(request), clock.real_now()
    require(by, Act.EDIT_AGREEMENTS, now=clock.now())
    shown = language()
    form = PromiseForm(request.POST or None)
    offer(
        form,
        "agreement",
        [(str(row.id), f"{row.diary_number} {row.title(shown)}") for row in agreements.agreements()],
    )
    offer(form, "key", [(row.key, row.name(shown)) for row in office_queries.targets(now)])
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            claims.record_promise(
                by=by,
                agreement_id=int(said["agreement"]),
                key=said["key"],
                credit=(said["credit_fi"], said["credit_sv"], said["credit_en"]),
                now=now,
            )
        except KimppaError as error:
            form.add_error(None, explain(error))
        else:
            messages.success(request, _("The promise is measured from now on."))
            return redirect("backoffice:health-availability")
    return render(
        request, "backoffice/health/promise.html", {"form": form}, status=422 if form.errors else 200
    )


@staff_required
@require_POST
def draft(request: HttpRequest, promise_id: int) -> HttpResponseBase:
    """Draft the claim of a month that missed its promise."""
    by, now = actor_of(request), clock.real_now()
    require(by, Act.EDIT_AGREEMENTS, now=clock.now())
    made = claims.draft_claim(by=by, promise_id=promise_id, month=_asked_month(request), now=now)
    messages.success(request, _("The claim was drafted."))
    return redirect("backoffice:health-claim", made)


@staff_required
def claim(request: HttpRequest, claim_id: int) -> HttpResponseBase:
    """One draft in the three languages, with its figures."""
    require(actor_of(request), Act.SEE_AGREEMENTS, now=clock.now())
    return render(request, "backoffice/health/claim.html", {"one": claims.claim(claim_id)})
