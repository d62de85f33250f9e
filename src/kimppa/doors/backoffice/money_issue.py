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
from kimppa.consortium.budgets.queries import RevisionRow
from kimppa.consortium.invoicing import queries as invoicing
from kimppa.consortium.invoicing import services
from kimppa.consortium.invoicing.planned import IssuePlan
from kimppa.consortium.invoicing.plans import plan_issue
from kimppa.consortium.invoicing.rules import InvoiceState
from kimppa.doors.backoffice import money_tables as tables
from kimppa.doors.backoffice.money_decide import DAY
from kimppa.doors.web.errors import explain
from kimppa.doors.web.formats import day, money
from kimppa.doors.web.forms import offer
from kimppa.doors.web.staff import actor_of, staff_required
from kimppa.foundation.core import clock
from kimppa.foundation.core.errors import KimppaError


class IssueForm(forms.Form):
    """The day, what else goes on the same invoices, and whether differences are charged."""

    issued_on = forms.DateField(label=gettext_lazy("Invoice date"), widget=DAY)
    also = forms.MultipleChoiceField(
        label=gettext_lazy("On the same invoices"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("Each payer then gets one invoice for all that is chosen."),
    )
    difference = forms.BooleanField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: object, revision: RevisionRow, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        others = [
            (str(row.id), row.title(tables.language()))
            for row in budgets.revisions_of(revision.year)
            if row.latest and row.id != revision.id
        ]
        offer(self, "also", others)
        if not others:
            self.fields["also"].widget = forms.MultipleHiddenInput()

    def clean_also(self) -> tuple[int, ...]:
        return tuple(int(pk) for pk in self.cleaned_data["also"])

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
        form = IssueForm(request.POST, revision=found)
        if form.is_valid():
            try:
                made = services.issue(
                    by=by,
                    revision=revision,
                    issued_on=form.cleaned_data["issued_on"],
                    also=form.cleaned_data["also"],
                    difference=form.cleaned_data["difference"],
                    now=now,
                )
            except KimppaError as error:
                form.add_error(None, explain(error))
            else:
                _say(request, made)
                return redirect("backoffice:money-year", year=found.year)
    else:
        asked = request.GET.copy()
        asked.setdefault("issued_on", clock.today().isoformat())
        form = IssueForm(asked, revision=found)
    said = form.cleaned_data if form.is_valid() else {}
    chosen, also = said.get("issued_on", clock.today()), said.get("also", ())
    difference = bool(said.get("difference"))
    planned = plan_issue(revision, on=chosen, also=also)
    table = tables.seller_table(request, planned.sellers)
    download = table.download()
    if download is not None:
        return download
    context = {
        "form": form,
        "revision": found,
        "title": found.title(tables.language()),
        "planned": planned,
        "no_rate": explain(planned.no_rate) if planned.no_rate else "",
        "no_vat_id": ", ".join(planned.without_vat_id),
        "table": table,
        "consequences": _consequences(planned, chosen),
        "hidden": [
            ("issued_on", chosen.isoformat()),
            *[("also", str(pk)) for pk in also],
            *([("difference", "on")] if difference else []),
        ],
        "ask": planned.earlier and planned.latest and not (difference or planned.running),
        "possible": planned.sellers
        and planned.latest
        and (not planned.earlier or difference or planned.running)
        and not planned.without_payer
        and not planned.no_rate
        and not planned.without_vat_id,
    }
    status = 200 if request.method == "GET" else 409
    return render(request, "backoffice/money/issue.html", context, status=status)


def _say(request: HttpRequest, made: services.Issued) -> None:
    if not made.invoices and not made.internal and not made.notes:
        messages.info(request, _("Everything had been issued before. Nothing new was issued."))
        return
    said = {
        "invoices": made.invoices,
        "internal": made.internal,
        "notes": made.notes,
        "total": money(made.total, tables.language()),
    }
    text = _(
        "%(invoices)s invoices and %(internal)s internal charges were issued, %(total)s in all. "
        "Their documents are being made."
    )
    if made.notes:
        text = _(
            "%(invoices)s invoices, %(notes)s credit notes and %(internal)s internal charges were issued, "
            "%(total)s in all. Their documents are being made."
        )
    messages.success(request, text % said)


def _consequences(planned: IssuePlan, on: date) -> list[str]:
    said: dict[str, object] = {
        "invoices": planned.invoices,
        "notes": planned.notes,
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
    if planned.tax.value:
        said |= {"net": money(planned.net, tables.language()), "tax": money(planned.tax, tables.language())}
        told.insert(1, _("%(net)s without VAT, VAT %(tax)s, together %(total)s.") % said)
    if planned.notes:
        text = ngettext(
            "%(notes)s credit note reduces an earlier invoice by a difference.",
            "%(notes)s credit notes reduce earlier invoices by a difference.",
            planned.notes,
        )
        told.insert(1, text % said)
    if planned.earlier:
        told.append(_("Only the difference from what was charged before is charged or credited."))
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
