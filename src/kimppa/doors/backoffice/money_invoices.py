"""One invoice: its lines explained, its documents, and what may be done with it."""

from __future__ import annotations

import uuid

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from kimppa.commons.members.permissions import require
from kimppa.commons.members.roles import Act
from kimppa.consortium.invoicing import queries, services
from kimppa.consortium.invoicing.open_items import reminders
from kimppa.consortium.invoicing.queries import InvoiceDetail
from kimppa.consortium.invoicing.rules import DocumentKind, InvoiceState, Kind
from kimppa.consortium.invoicing.surplus import moves_of
from kimppa.doors.backoffice import money_tables as tables
from kimppa.doors.backoffice.money_decide import DAY
from kimppa.doors.backoffice.money_years import Rights, money_visible
from kimppa.doors.web.errors import explain
from kimppa.doors.web.formats import money
from kimppa.doors.web.staff import actor_of, staff_required
from kimppa.foundation.core import clock
from kimppa.foundation.core.errors import KimppaError
from kimppa.foundation.core.money import Cents, parse_cents, show_euros
from kimppa.foundation.protocols.reference import printed


class PaymentForm(forms.Form):
    """`key` is made with the form: sent twice, it is one payment."""

    key = forms.UUIDField(widget=forms.HiddenInput)
    amount = forms.CharField(
        label=gettext_lazy("Sum received, €"),
        max_length=20,
        widget=forms.TextInput(attrs={"inputmode": "decimal"}),
        help_text=gettext_lazy("A returned payment is written with a minus."),
    )
    received_on = forms.DateField(label=gettext_lazy("Received on"), widget=DAY)
    note = forms.CharField(label=gettext_lazy("Note"), max_length=200, required=False)

    def clean_amount(self) -> Cents:
        try:
            return parse_cents(self.cleaned_data["amount"])
        except KimppaError as error:
            raise forms.ValidationError(explain(error)) from error


class CreditForm(forms.Form):
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=300,
        help_text=gettext_lazy("Printed on the credit note."),
    )


@staff_required
def page(request: HttpRequest, invoice: int) -> HttpResponse:
    visible = money_visible(request)
    detail = queries.invoice(invoice, visible=visible)
    context = {
        "detail": detail,
        "row": detail.row,
        "content": detail.content,
        "kind": tables.kind_text(detail.row),
        "state": tables.state_text(detail.row),
        "badge_tone": tables.state_tone(detail.row),
        "too_much": Cents(-detail.row.open.value) if detail.row.open.value < 0 else None,
        "barcode": _parts(detail.content.barcode),
        "checksums": [(d.name, _parts(d.sha256)) for d in detail.documents],
        "reference": printed(detail.content.reference),
        "explanations": queries.explanations(invoice, language=tables.language(), visible=visible),
        "is_note": detail.row.kind == Kind.CREDIT_NOTE,
        "payable": _payable(detail),
        "sendable": detail.row.state is InvoiceState.READY,
        "creditable": detail.row.kind == Kind.INVOICE and detail.credited_by is None,
        "reminders": reminders(visible=visible, invoice=invoice),
        "moves": moves_of(invoice),
        "rights": Rights.of(actor_of(request)),
        "shown_language": tables.language(),
    }
    return render(request, "backoffice/money/invoice.html", context)


def _parts(digits: str) -> list[str]:
    """Long digits in pieces, between which a narrow page may break the line."""
    return [digits[i : i + 6] for i in range(0, len(digits), 6)]


def _payable(detail: InvoiceDetail) -> bool:
    return detail.row.kind == Kind.INVOICE and detail.row.state not in {
        InvoiceState.CREDITED,
        InvoiceState.PAID,
    }


@staff_required
def document(request: HttpRequest, invoice: int, kind: str) -> HttpResponse:
    """The stored document, its checksum checked, as a download."""
    visible = money_visible(request)
    if kind not in {k.value for k in DocumentKind}:
        raise Http404
    found = queries.document(invoice, DocumentKind(kind), visible=visible)
    response = HttpResponse(found.content, content_type=found.media_type)
    response["Content-Disposition"] = f'attachment; filename="{found.name}"'
    return response


@staff_required
@require_POST
def send(request: HttpRequest, invoice: int) -> HttpResponse:
    services.mark_sent(by=actor_of(request), invoices=[invoice], now=clock.now())
    messages.success(request, _("The invoice was marked as sent."))
    return redirect("backoffice:money-invoice", invoice=invoice)


@staff_required
def payment(request: HttpRequest, invoice: int) -> HttpResponse:
    by, now = actor_of(request), clock.now()
    require(by, Act.RECORD_PAYMENTS, now=now)
    detail = queries.invoice(invoice)
    if request.method == "POST":
        form = PaymentForm(request.POST)
        if form.is_valid():
            said = form.cleaned_data
            try:
                services.record_payment(
                    by=by,
                    invoice=invoice,
                    key=str(said["key"]),
                    received_on=said["received_on"],
                    amount=said["amount"],
                    note=said["note"],
                    now=now,
                )
            except KimppaError as error:
                form.add_error(None, explain(error))
            else:
                messages.success(request, _("The payment was recorded."))
                return redirect("backoffice:money-invoice", invoice=invoice)
    else:
        form = PaymentForm(
            initial={
                "key": uuid.uuid4(),
                "amount": show_euros(detail.row.open, "fi").removesuffix("\u00a0€"),
                "received_on": clock.today(),
            }
        )
    status = 422 if form.errors else 200
    return render(request, "backoffice/money/payment.html", {"form": form, "detail": detail}, status=status)


@staff_required
def credit(request: HttpRequest, invoice: int) -> HttpResponse:
    """GET shows what a credit means; POST credits the whole invoice."""
    by, now = actor_of(request), clock.now()
    require(by, Act.CREDIT_INVOICES, now=now)
    detail = queries.invoice(invoice)
    form = CreditForm(request.POST) if request.method == "POST" else CreditForm()
    if request.method == "POST" and form.is_valid():
        try:
            note = services.credit(
                by=by,
                invoice=invoice,
                reason=form.cleaned_data["reason"],
                issued_on=clock.today(),
                now=now,
            )
        except KimppaError as error:
            form.add_error(None, explain(error))
        else:
            messages.success(request, _("The invoice was credited. This is the credit note."))
            return redirect("backoffice:money-invoice", invoice=note)
    said = {"number": detail.row.number, "total": money(detail.row.total, tables.language())}
    consequences = [
        _("A credit note of −%(total)s gets the seller's next number and refers to %(number)s.") % said,
        _("The invoice %(number)s stays as it is, marked as credited, and takes no more payments.") % said,
        _("Its shares may then be issued again."),
    ]
    if detail.row.paid.value:
        paid = money(detail.row.paid, tables.language())
        consequences.append(
            _("%(paid)s has been paid for it: that money is to be returned.") % {"paid": paid}
        )
    context = {"form": form, "detail": detail, "consequences": consequences}
    return render(request, "backoffice/money/credit.html", context, status=422 if form.errors else 200)
