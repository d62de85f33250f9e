"""Issuing a levy and sending a year's invoices: preview first, then the act."""

from __future__ import annotations

from datetime import date

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from kimppa.commons.members.permissions import require
from kimppa.commons.members.roles import Act
from kimppa.consortium.budgets import queries as budgets
from kimppa.consortium.invoicing import queries as invoicing
from kimppa.consortium.invoicing import services
from kimppa.consortium.invoicing.plans import IssuePlan, plan_issue
from kimppa.consortium.invoicing.rules import InvoiceState
from kimppa.doors.backoffice import money_tables as tables
from kimppa.doors.backoffice.money_decide import DAY
from kimppa.doors.web.errors import explain
from kimppa.doors.web.formats import day, money
from kimppa.doors.web.staff import actor_of, staff_required
from kimppa.foundation.core import clock
from kimppa.foundation.core.errors import KimppaError


class IssueForm(forms.Form):
    issued_on = forms.DateField(label=gettext_lazy("Invoice date"), widget=DAY)

    def clean_issued_on(self) -> date:
        issued: date = self.cleaned_data["issued_on"]
        if issued > clock.today():
            raise forms.ValidationError(_("The day has not come yet."))
        return issued


@staff_required
def issue(request: HttpRequest, revision: int) -> HttpResponse:
    """GET shows what would be issued on the day asked about; POST issues it."""
    by, now = actor_of(request), clock.now()
    require(by, Act.ISSUE_INVOICES, now=now)
    found = budgets.revision(revision)
    if request.method == "POST":
        form = IssueForm(request.POST)
        if form.is_valid():
            try:
                made = services.issue(
                    by=by, revision=revision, issued_on=form.cleaned_data["issued_on"], now=now
                )
            except KimppaError as error:
                form.add_error(None, explain(error))
            else:
                _say(request, made)
                return redirect("backoffice:money-year", year=found.year)
    else:
        form = IssueForm({"issued_on": request.GET.get("issued_on") or clock.today().isoformat()})
    chosen = form.cleaned_data.get("issued_on", clock.today()) if form.is_valid() else clock.today()
    planned = plan_issue(revision, on=chosen)
    table = tables.seller_table(request, planned.sellers)
    download = table.download()
    if download is not None:
        return download
    context = {
        "form": form,
        "revision": found,
        "title": found.title(tables.language()),
        "planned": planned,
        "table": table,
        "consequences": _consequences(planned, chosen),
        "hidden": [("issued_on", chosen.isoformat())],
        "possible": planned.sellers and planned.latest and not planned.earlier and not planned.without_payer,
    }
    status = 200 if request.method == "GET" else 409
    return render(request, "backoffice/money/issue.html", context, status=status)


def _say(request: HttpRequest, made: services.Issued) -> None:
    if not made.invoices and not made.internal:
        messages.info(request, _("Everything had been issued before. Nothing new was issued."))
        return
    said = {
        "invoices": made.invoices,
        "internal": made.internal,
        "total": money(made.total, tables.language()),
    }
    messages.success(
        request,
        _(
            "%(invoices)s invoices and %(internal)s internal charges were issued, %(total)s in all. "
            "Their documents are being made."
        )
        % said,
    )


def _consequences(planned: IssuePlan, on: date) -> list[str]:
    said: dict[str, object] = {
        "invoices": planned.invoices,
        "internal": planned.internal,
        "day": day(on),
        "total": money(planned.total, tables.language()),
    }
    told = [
        _(
            "%(invoices)s invoices dated %(day)s get their numbers. "
            "An issued invoice cannot be changed, only credited."
        )
        % said,
        _("PDF and e-invoices (Finvoice and Peppol) of each are made. Nothing is sent yet."),
    ]
    if planned.internal:
        text = ngettext(
            "%(internal)s internal charge is booked where seller and payer are one.",
            "%(internal)s internal charges are booked where seller and payer are one.",
            planned.internal,
        )
        told.insert(1, text % said)
    return told


@staff_required
def send_year(request: HttpRequest, year: int) -> HttpResponse:
    """GET names the invoices that are ready; POST marks them as sent."""
    by, now = actor_of(request), clock.now()
    require(by, Act.ISSUE_INVOICES, now=now)
    ready = [row for row in invoicing.invoices_of(year) if row.state is InvoiceState.READY]
    if request.method == "POST":
        # Only those that the reader saw on the page: what became ready since is not sent unseen.
        seen = {int(pk) for pk in request.POST.getlist("invoice") if pk.isdecimal() and len(pk) < 19}
        sent = services.mark_sent(by=by, invoices=sorted(seen), now=now)
        text = ngettext(
            "%(count)s invoice was marked as sent.", "%(count)s invoices were marked as sent.", sent
        )
        messages.success(request, text % {"count": sent})
        return redirect("backoffice:money-year", year=year)
    said: dict[str, object] = {
        "count": len(ready),
        "total": money(tables.total([row.total for row in ready]), tables.language()),
    }
    context = {
        "year": year,
        "ready": ready,
        "table": tables.invoices_table(request, ready, year),
        "hidden": [("invoice", str(row.id)) for row in ready],
        "consequences": [
            _("%(count)s invoices, %(total)s in all, are marked as sent today.") % said,
            _(
                "Send the documents themselves through your e-invoice operator: "
                "download them from each invoice."
            ),
        ],
    }
    return render(request, "backoffice/money/send.html", context)
