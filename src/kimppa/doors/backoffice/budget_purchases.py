"""Vendors' invoices: the list, taking one in, its preview, booking it to lines, its file."""

from __future__ import annotations

from urllib.parse import quote

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from kimppa.commons.members.permissions import may, require
from kimppa.commons.members.roles import Act
from kimppa.consortium.agreements import price_queries
from kimppa.consortium.agreements.vat import VAT_CONTENT_NAMES, VatContent
from kimppa.consortium.budgets import plan_queries, purchase_queries, purchases
from kimppa.consortium.budgets.plan_rules import COST_KIND_NAMES, PURCHASE_STATE_NAMES, PurchaseState
from kimppa.consortium.budgets.purchase_queries import PartRow, PurchaseRow
from kimppa.doors.backoffice.budget_forms import (
    MOST_PARTS,
    BookForm,
    DiscardForm,
    TypedForm,
    UploadForm,
    booking_choice,
)
from kimppa.doors.backoffice.prices_words import explained
from kimppa.doors.web.staff import actor_of, staff_required
from kimppa.doors.web.tables import Column, Table
from kimppa.foundation.core import clock
from kimppa.foundation.core.errors import KimppaError
from kimppa.foundation.core.money import Cents
from kimppa.foundation.protocols import incoming_invoices

TONES = {PurchaseState.RECEIVED: "warn", PurchaseState.BOOKED: "ok", PurchaseState.DISCARDED: ""}
FORMS = {"finvoice": "Finvoice 3.0", "ubl": "Peppol BIS 3"}


@staff_required
@require_GET
def listing(request: HttpRequest) -> HttpResponseBase:
    """Every vendor's invoice."""
    by, now = actor_of(request), clock.now()
    require(by, Act.SEE_BUDGET, now=now)
    rows = purchase_queries.purchases()
    table = Table(
        request,
        caption=_("Vendors' invoices"),
        filename="vendors-invoices",
        rows=rows,
        columns=(
            Column[PurchaseRow](
                "number",
                _("Number"),
                lambda r: r.number,
                link=lambda r: reverse("backoffice:budget-purchase", args=[r.id]),
            ),
            Column("vendor", _("Vendor"), lambda r: r.vendor, choices=True),
            Column("issued", _("Invoice date"), lambda r: r.issued, kind="day"),
            Column("due", _("Due date"), lambda r: r.due, kind="day"),
            Column(
                "state",
                _("State"),
                lambda r: _(PURCHASE_STATE_NAMES[r.state]),
                badge=lambda r: TONES[r.state],
                choices=True,
            ),
            Column("agreement", _("Agreement"), lambda r: r.agreement_number),
            Column("net", _("Without VAT"), lambda r: r.net, kind="money"),
            Column("cost", _("Costs"), lambda r: r.cost, kind="money"),
        ),
        empty=_("No vendor's invoice has come yet."),
    )
    download = table.download()
    if download is not None:
        return download
    context = {
        "table": table,
        "waiting": sum(1 for row in rows if row.state is PurchaseState.RECEIVED),
        "books": may(by, Act.BOOK_PURCHASES, now=now),
    }
    return render(request, "backoffice/budget/purchases.html", context)


@staff_required
def upload(request: HttpRequest) -> HttpResponseBase:
    """Take an e-invoice in."""
    by, now = actor_of(request), clock.now()
    require(by, Act.BOOK_PURCHASES, now=now)
    posted = request.method == "POST"
    form = UploadForm(request.POST, request.FILES) if posted else UploadForm()
    if posted and form.is_valid():
        try:
            file = form.upload()
            told = purchases.told_by(incoming_invoices.read(file.content))
            made = purchases.receive(by=by, told=told, upload=file, example=_example(), now=now)
        except KimppaError as error:
            form.add_error(None, explained(error))
        else:
            messages.success(request, _("The e-invoice was read. Check it and book it."))
            return redirect("backoffice:budget-purchase", made)
    context = {
        "form": form,
        "title": _("Take an e-invoice in"),
        "button": _("Read"),
        "consequence": _("The invoice is read and kept with its file. It costs nothing until it is booked."),
        "back": reverse("backoffice:budget-purchases"),
        "upload": True,
    }
    return render(request, "backoffice/budget/deed.html", context, status=422 if posted else 200)


@staff_required
def typed(request: HttpRequest) -> HttpResponseBase:
    """Type an invoice in that came as PDF or on paper."""
    by, now = actor_of(request), clock.now()
    require(by, Act.BOOK_PURCHASES, now=now)
    posted = request.method == "POST"
    form = TypedForm(request.POST, request.FILES) if posted else TypedForm()
    if posted and form.is_valid():
        try:
            made = purchases.receive(
                by=by, told=form.told(), upload=form.upload(), example=_example(), now=now
            )
        except KimppaError as error:
            form.add_error(None, explained(error))
        else:
            messages.success(request, _("The invoice was recorded. Now book it."))
            return redirect("backoffice:budget-purchase", made)
    context = {
        "form": form,
        "title": _("Type an invoice in"),
        "button": _("Record"),
        "consequence": _("The invoice is kept with its file. It costs nothing until it is booked."),
        "back": reverse("backoffice:budget-purchases"),
        "upload": True,
    }
    return render(request, "backoffice/budget/deed.html", context, status=422 if posted else 200)


@staff_required
def page(request: HttpRequest, purchase: int) -> HttpResponseBase:
    """One invoice: what it says, its file, its parts; and, while it waits, the form to book it."""
    by, now = actor_of(request), clock.now()
    require(by, Act.SEE_BUDGET, now=now)
    row, parts = _found(purchase)
    books = may(by, Act.BOOK_PURCHASES, now=now) and row.state is not PurchaseState.DISCARDED
    posted = request.method == "POST"
    form = None
    if posted:
        require(by, Act.BOOK_PURCHASES, now=now)
    if books:
        fresh = row.state is PurchaseState.RECEIVED
        form = BookForm(
            request.POST or None,
            choice=booking_choice(),
            fresh=fresh,
            count=_count(request, len(parts)),
            initial=_begun(row, parts),
        )
        if posted and form.is_valid() and _booked(request, form, row):
            return redirect("backoffice:budget-purchase", purchase)
    context = {
        "row": row,
        "parts": [(part, _(COST_KIND_NAMES[part.kind])) for part in parts],
        "state": _(PURCHASE_STATE_NAMES[row.state]),
        "tone": TONES[row.state] or "info",
        "form_name": FORMS.get(row.form, ""),
        "more": form.count + 4 if form and form.count < MOST_PARTS else None,
        "waits": row.state is PurchaseState.RECEIVED,
        "form": form,
        "reverse": _reverse_sums(row) if row.state is PurchaseState.RECEIVED else [],
        "sees_agreements": may(by, Act.SEE_AGREEMENTS, now=now),
    }
    return render(request, "backoffice/budget/purchase.html", context, status=422 if posted else 200)


def _booked(request: HttpRequest, form: BookForm, row: PurchaseRow) -> bool:
    """Book the invoice as the form says, or say on the form why not."""
    by, now, said = actor_of(request), clock.now(), form.cleaned_data
    paid_by = int(said["paid_by"]) if said["paid_by"] else None
    try:
        if row.state is PurchaseState.BOOKED:
            purchases.rebook(by=by, purchase=row.id, pieces=form.pieces(), paid_by=paid_by, now=now)
        else:
            content = VatContent(said["reverse_content"]) if said["reverse_content"] else None
            agreement = int(said["agreement"]) if said["agreement"] else None
            purchases.book(
                by=by,
                purchase=row.id,
                pieces=form.pieces(),
                agreement=agreement,
                reverse_content=content,
                paid_by=paid_by,
                now=now,
            )
    except KimppaError as error:
        form.add_error(None, explained(error))
        return False
    messages.success(request, _("The invoice was booked."))
    return True


def _begun(row: PurchaseRow, parts: tuple[PartRow, ...]) -> dict[str, object]:
    """The parts that stand; for a new invoice its whole cost, on the line of its agreement's service."""
    payer = row.paid_by_id or purchase_queries.usual_payer(row.agreement_id)
    begun: dict[str, object] = {"agreement": str(row.agreement_id or ""), "paid_by": str(payer or "")}
    if not parts:
        begun["amount1"] = row.cost.plain().replace(".", ",")
        begun["line1"] = _likely_line(row)
    for n, part in enumerate(parts, start=1):
        begun[f"line{n}"] = str(part.line_id)
        begun[f"amount{n}"] = part.amount.plain().replace(".", ",")
        begun[f"grant{n}"] = str(part.grant_id or "")
        begun[f"kind{n}"] = part.kind.value
    return begun


def _count(request: HttpRequest, parts: int) -> int:
    """How many parts the form has: those that stand, at least two, or as many as the address asks for."""
    asked = request.GET.get("parts", "")
    wanted = int(asked) if asked.isascii() and asked.isdecimal() and len(asked) < 3 else 2
    return max(parts, min(max(wanted, 2), MOST_PARTS))


def _likely_line(row: PurchaseRow) -> str:
    if row.agreement_id is None:
        return ""
    services = {price.platform for price in price_queries.prices(agreement=row.agreement_id)}
    for pk, year, _title, slug in plan_queries.bookable_lines():
        if year == row.issued.year and slug in services:
            return str(pk)
    return ""


def _reverse_sums(row: PurchaseRow) -> list[tuple[str, Cents]]:
    """What the invoice would cost with the VAT of each kind of content paid by the city."""
    if not row.reverse_charge:
        return []
    table, found = price_queries.tables().vat, []
    for content in VatContent:
        try:
            percent = table.vat_rate(content, row.issued)
        except KimppaError:
            continue
        tax = purchases.vat_of(row.net, percent)
        found.append((_(VAT_CONTENT_NAMES[content]), row.net + row.vat + tax))
    return found


@staff_required
def discard(request: HttpRequest, purchase: int) -> HttpResponseBase:
    """Put an invoice aside that is not ours or was recorded wrongly."""
    by, now = actor_of(request), clock.now()
    require(by, Act.BOOK_PURCHASES, now=now)
    row, _parts = _found(purchase)
    posted = request.method == "POST"
    form = DiscardForm(request.POST or None)
    if posted and form.is_valid():
        try:
            purchases.discard(by=by, purchase=purchase, why=form.cleaned_data["why"], now=now)
        except KimppaError as error:
            form.add_error(None, explained(error))
        else:
            messages.success(request, _("The invoice was put aside."))
            return redirect("backoffice:budget-purchases")
    context = {
        "form": form,
        "title": _("Discard the invoice %(number)s") % {"number": row.number},
        "button": _("Discard"),
        "consequence": _("It is not booked. The row and its file stay, with the reason."),
        "back": reverse("backoffice:budget-purchase", args=[purchase]),
    }
    return render(request, "backoffice/budget/deed.html", context, status=422 if posted else 200)


@staff_required
@require_GET
def file(request: HttpRequest, purchase: int) -> HttpResponseBase:
    """The invoice as it came, as a download."""
    require(actor_of(request), Act.SEE_BUDGET, now=clock.now())
    name, media_type, content = purchase_queries.file_of(purchase)
    response = HttpResponse(content, content_type=media_type)
    response["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name)}"
    return response


def _found(purchase: int) -> tuple[PurchaseRow, tuple[PartRow, ...]]:
    found = purchase_queries.purchase(purchase)
    if found is None:
        raise Http404
    return found


def _example() -> bool:
    return clock.offset().total_seconds() != 0
