"""Documents that go with an invoice."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kimppa.commons.members.permissions import require
from kimppa.commons.members.roles import Act
from kimppa.consortium.invoicing import attachments, queries
from kimppa.doors.backoffice.money_years import money_visible
from kimppa.doors.web.errors import explain
from kimppa.doors.web.staff import actor_of, staff_required
from kimppa.foundation.core import clock
from kimppa.foundation.core.errors import KimppaError
from kimppa.foundation.files.rules import MEGABYTE
from kimppa.foundation.files.services import FileTooLarge


class AttachmentForm(forms.Form):
    title = forms.CharField(label=gettext_lazy("Name"), max_length=100)
    file = forms.FileField(label=gettext_lazy("File"), help_text=gettext_lazy("PDF, at most 5 MB."))


@staff_required
def attach(request: HttpRequest, invoice: int) -> HttpResponseBase:
    """Put a PDF with an invoice; too large a file is refused before it is read."""
    by, now = actor_of(request), clock.now()
    require(by, Act.ISSUE_INVOICES, now=now)
    detail = queries.invoice(invoice)
    form = AttachmentForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        file, title = form.cleaned_data["file"], form.cleaned_data["title"]
        try:
            if file.size > attachments.MAX_BYTES:
                size, limit = -(-file.size // MEGABYTE), attachments.MAX_BYTES // MEGABYTE
                raise FileTooLarge(size=size, limit=limit)
            attachments.attach(
                by=by, invoice=invoice, title=title, name=file.name or "", content=file.read(), now=now
            )
        except KimppaError as error:
            form.add_error("file", explain(error))
        else:
            messages.success(request, _("The attachment goes with the invoice."))
            return redirect("backoffice:money-attach", invoice)
    context = {"form": form, "row": detail.row, "attachments": attachments.attachments_of(invoice)}
    return render(request, "backoffice/money/attach.html", context, status=422 if form.errors else 200)


@staff_required
def download(request: HttpRequest, attachment: int) -> HttpResponse:
    """An attachment as it was given."""
    name, body = attachments.attachment(attachment, visible=money_visible(request))
    response = HttpResponse(body, content_type="application/pdf")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
