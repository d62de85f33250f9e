"""Writing prices, VAT rates and exchange rates down, and taking a wrong price back."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from kimppa.commons.members.permissions import may, require
from kimppa.commons.members.roles import Act
from kimppa.consortium.agreements import contracts, price_book, price_queries
from kimppa.consortium.agreements.contracts import ContractDetail
from kimppa.consortium.agreements.exchange import Exchange
from kimppa.consortium.agreements.price_queries import PriceRow, VatRow
from kimppa.consortium.agreements.rules import AgreementKind
from kimppa.consortium.agreements.vat import VAT_CONTENT_NAMES, VatContent
from kimppa.doors.backoffice.prices_forms import EndForm, ExchangeForm, PriceForm, VatForm, WithdrawForm
from kimppa.doors.backoffice.prices_words import details, explained, price_text, span
from kimppa.doors.web.staff import actor_of, staff_required
from kimppa.doors.web.tables import Column, Table
from kimppa.foundation.core import clock
from kimppa.foundation.core.errors import KimppaError


@staff_required
def agreement(request: HttpRequest, agreement: int) -> HttpResponseBase:
    """The prices of one agreement or offer, and a form for one more."""
    by, now = actor_of(request), clock.now()
    require(by, Act.SEE_AGREEMENTS, now=now)
    detail = _detail(agreement)
    edits = may(by, Act.EDIT_AGREEMENTS, now=now) and detail.row.kind is AgreementKind.VENDOR
    posted = request.method == "POST"
    if posted:
        require(by, Act.EDIT_AGREEMENTS, now=now)
    form = PriceForm(request.POST or None, initial={"platform": request.GET.get("platform", "")})
    if posted and form.is_valid():
        try:
            price_book.put_price(by=by, agreement=agreement, asked=form.asked(), now=now)
        except KimppaError as error:
            form.add_error(None, explained(error))
        else:
            messages.success(request, _("The price was recorded."))
            return redirect("backoffice:prices-agreement", agreement)
    rows = [(r, price_text(r), details(r), span(r.period)) for r in price_queries.prices(agreement=agreement)]
    context = {"detail": detail, "rows": rows, "form": form, "edits": edits}
    return render(request, "backoffice/prices/agreement.html", context, status=422 if posted else 200)


@staff_required
def withdraw(request: HttpRequest, price: int) -> HttpResponseBase:
    """Take back a price that was written down wrongly."""
    by, now = actor_of(request), clock.now()
    require(by, Act.EDIT_AGREEMENTS, now=now)
    row = _price(price)
    posted = request.method == "POST"
    form = WithdrawForm(request.POST or None)
    if posted and form.is_valid():
        try:
            price_book.withdraw_price(by=by, price=price, why=form.cleaned_data["why"], now=now)
        except KimppaError as error:
            form.add_error(None, explained(error))
        else:
            messages.success(request, _("The price was withdrawn. It stays in the history."))
            return redirect("backoffice:prices-agreement", row.agreement_id)
    context = {
        "row": row,
        "form": form,
        "text": price_text(row),
        "title": _("Withdraw a price"),
        "button": _("Withdraw"),
        "consequence": _("The price counts no more, on any day. It stays in the history with the reason."),
    }
    return render(request, "backoffice/prices/deed.html", context, status=422 if posted else 200)


@staff_required
def end(request: HttpRequest, price: int) -> HttpResponseBase:
    """Say on which day a price ends."""
    by, now = actor_of(request), clock.now()
    require(by, Act.EDIT_AGREEMENTS, now=now)
    row = _price(price)
    posted = request.method == "POST"
    form = EndForm(request.POST or None, initial={"valid_to": row.period.end})
    if posted and form.is_valid():
        try:
            price_book.end_price(by=by, price=price, valid_to=form.cleaned_data["valid_to"], now=now)
        except KimppaError as error:
            form.add_error(None, explained(error))
        else:
            messages.success(request, _("The last day was recorded."))
            return redirect("backoffice:prices-agreement", row.agreement_id)
    context = {
        "row": row,
        "form": form,
        "text": price_text(row),
        "title": _("End a price"),
        "button": _("Record"),
        "consequence": _("From the day after it the service has no price in this agreement until a new one."),
    }
    return render(request, "backoffice/prices/deed.html", context, status=422 if posted else 200)


@staff_required
def vat(request: HttpRequest) -> HttpResponseBase:
    """VAT rates by content and day."""
    by, now = actor_of(request), clock.now()
    require(by, Act.SEE_AGREEMENTS, now=now)
    edits, posted = may(by, Act.EDIT_AGREEMENTS, now=now), request.method == "POST"
    form = VatForm(request.POST or None)
    if posted:
        require(by, Act.EDIT_AGREEMENTS, now=now)
    if posted and form.is_valid():
        said = form.cleaned_data
        try:
            price_book.record_vat_rate(
                by=by,
                content=VatContent(said["content"]),
                percent=form.percent_given(),
                valid_from=said["valid_from"],
                source=said["source"],
                now=now,
            )
        except KimppaError as error:
            form.add_error(None, explained(error))
        else:
            messages.success(request, _("The VAT rate was recorded. The earlier one ends the day before."))
            return redirect("backoffice:prices-vat")
    table = _vat_table(request)
    download = table.download()
    if download is not None:
        return download
    missing = set(VatContent) - {row.content for row in price_queries.vat_rates()}
    context = {"table": table, "form": form, "edits": edits, "loads": bool(missing) and edits}
    return render(request, "backoffice/prices/vat.html", context, status=422 if posted else 200)


def _vat_table(request: HttpRequest) -> Table[VatRow]:
    return Table(
        request,
        caption=_("VAT rates"),
        filename="vat-rates",
        rows=price_queries.vat_rates(),
        columns=(
            Column[VatRow]("content", _("Content"), lambda r: _(VAT_CONTENT_NAMES[r.content]), choices=True),
            Column("percent", _("VAT, per cent"), lambda r: r.percent, kind="number"),
            Column("from", _("Valid from"), lambda r: r.valid_from, kind="day"),
            Column("to", _("To"), lambda r: r.valid_to, kind="day"),
            Column("source", _("Source"), lambda r: r.source),
        ),
        empty=_("No VAT rates have been recorded."),
    )


@staff_required
@require_POST
def load_vat(request: HttpRequest) -> HttpResponseBase:
    """Take in the rates that come with the product."""
    made = price_book.load_shipped_vat_rates(by=actor_of(request), now=clock.now())
    messages.success(request, _("VAT rates recorded: %(count)s.") % {"count": made})
    return redirect("backoffice:prices-vat")


@staff_required
def exchange(request: HttpRequest) -> HttpResponseBase:
    """Exchange rates, each with its day and source."""
    by, now = actor_of(request), clock.now()
    require(by, Act.SEE_AGREEMENTS, now=now)
    edits, posted = may(by, Act.EDIT_AGREEMENTS, now=now), request.method == "POST"
    form = ExchangeForm(request.POST or None)
    if posted:
        require(by, Act.EDIT_AGREEMENTS, now=now)
    if posted and form.is_valid():
        said = form.cleaned_data
        try:
            price_book.record_exchange_rate(
                by=by,
                currency=said["currency"],
                day=said["day"],
                rate=form.rate_given(),
                source=said["source"],
                now=now,
            )
        except KimppaError as error:
            form.add_error(None, explained(error))
        else:
            messages.success(request, _("The exchange rate was recorded."))
            return redirect("backoffice:prices-exchange")
    table = Table(
        request,
        caption=_("Exchange rates"),
        filename="exchange-rates",
        rows=price_queries.exchange_rates(),
        columns=(
            Column[Exchange]("currency", _("Currency"), lambda r: r.currency, choices=True),
            Column("day", _("Day"), lambda r: r.day, kind="day"),
            Column("rate", _("Euros for one unit"), lambda r: r.rate, kind="rate"),
            Column("source", _("Source"), lambda r: r.source),
        ),
        empty=_("No exchange rates have been recorded. Prices in euros need none."),
    )
    download = table.download()
    if download is not None:
        return download
    context = {"table": table, "form": form, "edits": edits}
    return render(request, "backoffice/prices/exchange.html", context, status=422 if posted else 200)


def _detail(agreement: int) -> ContractDetail:
    detail = contracts.contract(agreement, on=clock.today())
    if detail is None:
        raise Http404
    return detail


def _price(price: int) -> PriceRow:
    row = price_queries.price(price)
    if row is None:
        raise Http404
    return row
