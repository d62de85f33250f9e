"""Bank statements in: payments by reference, and what found no invoice."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from kimppa.commons.members.permissions import require
from kimppa.commons.members.roles import Act
from kimppa.consortium.invoicing import bank_queries, statements
from kimppa.consortium.invoicing.bank_queries import MovementRow, StatementRow
from kimppa.doors.web.errors import explain
from kimppa.doors.web.formats import size
from kimppa.doors.web.staff import actor_of, staff_required
from kimppa.doors.web.tables import Column, Table
from kimppa.foundation.core import clock
from kimppa.foundation.core.errors import KimppaError

MOST_BYTES = 20 * 1024 * 1024


class StatementForm(forms.Form):
    file = forms.FileField(
        label=gettext_lazy("Bank statement"), help_text=gettext_lazy("camt.053 or camt.054, an XML file.")
    )

    def clean_file(self) -> object:
        """Too large a file is refused before it is read."""
        file = self.cleaned_data["file"]
        if file.size > MOST_BYTES:
            shown = get_language() or "fi"
            said = {"size": size(file.size, shown), "limit": size(MOST_BYTES, shown)}
            raise forms.ValidationError(_("The file is %(size)s; at most %(limit)s can be read.") % said)
        return file


@staff_required
def page(request: HttpRequest) -> HttpResponseBase:
    """Reading a statement by POST; what waits for an invoice; every movement; every statement."""
    by, now = actor_of(request), clock.now()
    require(by, Act.RECORD_PAYMENTS, now=now)
    form = StatementForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        try:
            report = statements.read_statement(by=by, raw=file.read(), name=file.name, now=now)
        except KimppaError as error:
            form.add_error("file", explain(error))
        else:
            said = {"read": report.read, "matched": report.matched, "known": report.known}
            told = _("%(read)s new movements: %(matched)s put on invoices. %(known)s were known before.")
            if report.known and not report.read:
                told = _("All that this statement tells was known before. Nothing was recorded twice.")
            messages.success(request, told % said)
            return redirect("backoffice:money-bank")
    table = _movements(request)
    context = {
        "form": form,
        "waiting": bank_queries.movements(unmatched_only=True),
        "table": table,
        "statements": _statements(request),
    }
    return table.download() or render(
        request, "backoffice/money/bank.html", context, status=422 if form.errors else 200
    )


def _movements(request: HttpRequest) -> Table[MovementRow]:
    return Table(
        request,
        name="movements",
        caption=_("Movements"),
        filename="bank-movements",
        rows=bank_queries.movements(),
        empty=_("No payment has come by bank yet."),
        columns=(
            Column[MovementRow]("day", _("Day"), lambda r: r.booked_on, kind="day"),
            Column("payer", _("Payer"), lambda r: r.payer),
            Column("reference", _("Reference"), lambda r: r.reference),
            Column("amount", _("Amount"), lambda r: r.amount, kind="money"),
            Column("seller", _("Account of"), lambda r: r.seller, choices=True),
            Column("invoice", _("Invoice"), lambda r: r.invoice_number or "–", link=_invoice_link),
        ),
    )


def _invoice_link(row: MovementRow) -> str:
    return reverse("backoffice:money-invoice", args=[row.invoice_id]) if row.invoice_id else ""


def _statements(request: HttpRequest) -> Table[StatementRow]:
    return Table(
        request,
        name="statements",
        caption=_("Statements that were read"),
        filename="bank-statements",
        rows=bank_queries.statements(),
        empty=_("No statement has been read yet."),
        columns=(
            Column[StatementRow]("identifier", _("Statement"), lambda r: r.identifier),
            Column("seller", _("Account of"), lambda r: r.seller),
            Column("file", _("File"), lambda r: r.file_name),
            Column("read_at", _("When"), lambda r: r.read_at, kind="moment"),
            Column("movements", _("New movements"), lambda r: r.movements, kind="number"),
            Column("matched", _("Put on invoices"), lambda r: r.matched, kind="number"),
        ),
    )


@staff_required
@require_POST
def match(request: HttpRequest, movement: int) -> HttpResponseBase:
    """Put a movement on the invoice with the number given."""
    number = request.POST.get("number", "")[:20]
    try:
        statements.match_movement(by=actor_of(request), movement=movement, number=number, now=clock.now())
    except KimppaError as error:
        if error.status == 403:
            raise
        messages.error(request, explain(error))
    else:
        messages.success(request, _("The payment was put on the invoice %(number)s.") % {"number": number})
    return redirect("backoffice:money-bank")
