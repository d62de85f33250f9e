"""Taking back: one internal charge, or the earlier calculations of a levy. Preview first, then the act."""

from __future__ import annotations

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
from kimppa.consortium.invoicing import corrections
from kimppa.consortium.invoicing import queries as invoicing
from kimppa.consortium.invoicing.withdrawals import WithdrawalPlan, plan_withdrawal
from kimppa.doors.backoffice import money_tables as tables
from kimppa.doors.web.errors import explain
from kimppa.doors.web.formats import money
from kimppa.doors.web.staff import actor_of, staff_required
from kimppa.foundation.core import clock
from kimppa.foundation.core.errors import KimppaError


class WithdrawForm(forms.Form):
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=corrections.LONGEST_REASON,
        help_text=gettext_lazy("Printed on every credit note."),
    )


class ReverseForm(forms.Form):
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=corrections.LONGEST_REASON,
        help_text=gettext_lazy("Kept with the reversal."),
    )


@staff_required
def withdraw(request: HttpRequest, revision: int) -> HttpResponse:
    """GET shows what of the earlier calculations would be credited; POST credits it."""
    by, now = actor_of(request), clock.now()
    require(by, Act.CREDIT_INVOICES, now=now)
    found = budgets.revision(revision)
    form = WithdrawForm(request.POST) if request.method == "POST" else WithdrawForm(initial=_reason(found))
    if request.method == "POST" and form.is_valid():
        try:
            made = corrections.withdraw_earlier(
                by=by,
                revision=revision,
                reason=form.cleaned_data["reason"],
                issued_on=clock.today(),
                now=now,
            )
        except KimppaError as error:
            form.add_error(None, explain(error))
        else:
            _say(request, made)
            return redirect("backoffice:money-issue", revision=revision)
    planned = plan_withdrawal(revision)
    table = tables.withdrawal_table(request, planned.sellers)
    download = table.download()
    if download is not None:
        return download
    context = {
        "form": form,
        "revision": found,
        "title": found.title(tables.language()),
        "planned": planned,
        "table": table,
        "consequences": _consequences(planned, found),
    }
    status = 422 if form.errors else 200
    return render(request, "backoffice/money/withdraw.html", context, status=status)


def _reason(found: RevisionRow) -> dict[str, object]:
    return {"reason": _("New decision %(number)s") % {"number": found.decision.diary_number}}


def _consequences(planned: WithdrawalPlan, found: RevisionRow) -> list[str]:
    shown = tables.language()
    said: dict[str, object] = {
        "count": planned.invoices,
        "internal": planned.internal,
        "total": money(planned.total, shown),
        "paid": money(planned.paid, shown),
        "new": money(found.total, shown),
    }
    told = [
        ngettext(
            "%(count)s invoice is credited by a credit note that gets the seller's next number.",
            "%(count)s invoices are credited, each by a credit note that gets the seller's next number.",
            planned.invoices,
        )
        % said
    ]
    if planned.internal:
        text = ngettext(
            "%(internal)s internal charge is reversed.",
            "%(internal)s internal charges are reversed.",
            planned.internal,
        )
        told.append(text % said)
    told.append(_("%(total)s in all is taken back. What has been issued stays as it is.") % said)
    if planned.paid.value:
        told.append(_("%(paid)s has been paid for these invoices: that money is to be returned.") % said)
    told.append(
        _("The new calculation, %(new)s, is then issued on a page of its own, with its preview.") % said
    )
    return told


def _say(request: HttpRequest, made: corrections.Withdrawn) -> None:
    if not made.invoices and not made.internal:
        messages.info(request, _("Everything had been credited before. Nothing new was credited."))
        return
    said = {
        "invoices": made.invoices,
        "internal": made.internal,
        "total": money(made.total, tables.language()),
    }
    messages.success(
        request,
        _(
            "%(invoices)s invoices were credited and %(internal)s internal charges reversed, "
            "%(total)s in all. Now issue the new calculation."
        )
        % said,
    )


@staff_required
def reverse_internal(request: HttpRequest, charge: int) -> HttpResponse:
    """GET shows what reversing an internal charge means; POST reverses it."""
    by, now = actor_of(request), clock.now()
    require(by, Act.CREDIT_INVOICES, now=now)
    row = invoicing.internal_charge(charge)
    form = ReverseForm(request.POST) if request.method == "POST" else ReverseForm()
    if request.method == "POST" and form.is_valid():
        try:
            corrections.reverse_internal(
                by=by,
                charge=charge,
                reason=form.cleaned_data["reason"],
                charged_on=clock.today(),
                now=now,
            )
        except KimppaError as error:
            form.add_error(None, explain(error))
        else:
            messages.success(request, _("The internal charge was reversed."))
            return redirect("backoffice:money-year", year=row.year)
    said = {"total": money(row.amount, tables.language()), "municipality": row.municipality_fi}
    context = {
        "form": form,
        "row": row,
        "consequences": [
            _("A row of −%(total)s that refers to this charge is booked for %(municipality)s.") % said,
            _("The charge itself stays as it is, marked as reversed."),
            _("Its share may then be charged again."),
        ],
    }
    status = 422 if form.errors else 200
    return render(request, "backoffice/money/reverse.html", context, status=status)
