"""Books: the journal of a period by account; too much money; past years' levies."""

from __future__ import annotations

import uuid
from datetime import date

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kimppa.commons.members.permissions import require
from kimppa.commons.members.roles import Act
from kimppa.consortium.agreements.rules import CLASS_NAMES, CostClass
from kimppa.consortium.invoicing import ledger_queries, past_levies, queries, surplus
from kimppa.consortium.invoicing.bookkeeping import VOUCHER_NAMES, AccountSum, Entry
from kimppa.consortium.invoicing.journal import Journal, journal
from kimppa.consortium.invoicing.past_levies import PastRow
from kimppa.consortium.invoicing.surplus import Surplus
from kimppa.doors.backoffice import money_tables as tables
from kimppa.doors.backoffice.money_decide import DAY
from kimppa.doors.backoffice.money_imports import latest_table
from kimppa.doors.backoffice.money_years import money_visible
from kimppa.doors.web.errors import explain
from kimppa.doors.web.formats import money
from kimppa.doors.web.forms import offer
from kimppa.doors.web.staff import actor_of, staff_required
from kimppa.doors.web.tables import Column, Table
from kimppa.foundation.core import clock
from kimppa.foundation.core.errors import KimppaError
from kimppa.foundation.core.money import Cents, parse_cents, show_euros


class PeriodForm(forms.Form):
    seller = forms.TypedChoiceField(label=gettext_lazy("Seller"), coerce=int)
    start = forms.DateField(label=gettext_lazy("From"), widget=DAY)
    end = forms.DateField(label=gettext_lazy("To"), widget=DAY)

    def clean(self) -> dict[str, object]:
        said = super().clean() or {}
        if said.get("start") and said.get("end") and said["end"] < said["start"]:
            raise forms.ValidationError(_("The last day is before the first."))
        return said


class MoveForm(forms.Form):
    """`key` is made with the form: sent twice, it is one move."""

    key = forms.UUIDField(widget=forms.HiddenInput)
    to = forms.ChoiceField(label=gettext_lazy("Where to"))
    amount = forms.CharField(
        label=gettext_lazy("Sum, €"), max_length=20, widget=forms.TextInput(attrs={"inputmode": "decimal"})
    )
    dated = forms.DateField(label=gettext_lazy("Day"), widget=DAY)
    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=300)

    def clean_amount(self) -> Cents:
        try:
            return parse_cents(self.cleaned_data["amount"])
        except KimppaError as error:
            raise forms.ValidationError(explain(error)) from error


@staff_required
def books(request: HttpRequest) -> HttpResponseBase:
    """What a seller books in a period, by account and entry by entry."""
    require(actor_of(request), Act.RECORD_PAYMENTS, now=clock.now())
    sellers = ledger_queries.ledger_sellers()
    today = clock.today()
    form = PeriodForm(
        {
            "seller": request.GET.get("seller") or (str(sellers[0].id) if sellers else ""),
            "start": request.GET.get("start") or date(today.year, 1, 1).isoformat(),
            "end": request.GET.get("end") or today.isoformat(),
        }
    )
    offer(form, "seller", [(str(row.id), row.name) for row in sellers])
    told: Journal | None = None
    context: dict[str, object] = {"form": form}
    if form.is_valid():
        said = form.cleaned_data
        told = journal(said["seller"], said["start"], said["end"])
        listed = (_accounts(request, told), _entries(request, told))
        for table in listed:
            download = table.download()
            if download is not None:
                return download
        context |= {"accounts": listed[0], "entries": listed[1]}
    context["told"] = told
    return render(request, "backoffice/money/books.html", context)


def _accounts(request: HttpRequest, told: Journal) -> Table[AccountSum]:
    return Table(
        request,
        name="accounts",
        caption=_("By account"),
        filename="journal-accounts",
        rows=told.accounts,
        empty=_("Nothing was booked in that time."),
        columns=(
            Column[AccountSum]("account", _("Account"), lambda r: r.account or "–"),
            Column("centre", _("Cost centre"), lambda r: r.cost_centre),
            Column("debit", _("Debit side"), lambda r: r.debit, kind="money"),
            Column("credit", _("Credit side"), lambda r: r.credit, kind="money"),
            Column("balance", _("Balance"), lambda r: r.balance, kind="money"),
        ),
        footer={"account": _("Total"), "debit": told.debit, "credit": told.credit},
    )


def _entries(request: HttpRequest, told: Journal) -> Table[Entry]:
    return Table(
        request,
        name="entries",
        caption=_("Entries"),
        filename="journal",
        rows=told.entries,
        empty=_("Nothing was booked in that time."),
        columns=(
            Column[Entry]("day", _("Day"), lambda r: r.day, kind="day"),
            Column("voucher", _("Voucher"), lambda r: _(VOUCHER_NAMES[r.voucher]), choices=True),
            Column("number", _("Number"), lambda r: r.number),
            Column("text", _("Text"), lambda r: r.text),
            Column("account", _("Account"), lambda r: r.account or "–", choices=True),
            Column("centre", _("Cost centre"), lambda r: r.cost_centre),
            Column("debit", _("Debit side"), lambda r: r.debit, kind="money"),
            Column("credit", _("Credit side"), lambda r: r.credit, kind="money"),
        ),
        footer={"day": _("Total"), "debit": told.debit, "credit": told.credit},
    )


@staff_required
def too_much(request: HttpRequest) -> HttpResponseBase:
    """Invoices with more money than they ask for."""
    require(actor_of(request), Act.RECORD_PAYMENTS, now=clock.now())
    table = Table(
        request,
        caption=_("Too much money"),
        filename="too-much-money",
        rows=surplus.surpluses(),
        empty=_("No invoice has more money than it asks for."),
        columns=(
            Column[Surplus](
                "number",
                _("Number"),
                lambda r: r.number,
                link=lambda r: reverse("backoffice:money-move", args=[r.id]),
            ),
            Column("payer", _("Payer"), lambda r: r.payer),
            Column("seller", _("Seller"), lambda r: r.seller),
            Column("credited", _("Credited"), lambda r: r.credited, kind="yes"),
            Column("paid", _("Paid"), lambda r: r.paid, kind="money"),
            Column("surplus", _("Too much"), lambda r: r.surplus, kind="money"),
        ),
    )
    return table.download() or render(request, "backoffice/money/too_much.html", {"table": table})


@staff_required
def move(request: HttpRequest, invoice: int) -> HttpResponseBase:
    """Move too much money to another invoice, or record that it was returned."""
    by, now = actor_of(request), clock.now()
    require(by, Act.RECORD_PAYMENTS, now=now)
    shown = tables.language()
    left = surplus.surplus_of(invoice)
    detail = queries.invoice(invoice)
    if request.method == "POST":
        form = MoveForm(request.POST)
    else:
        amount = show_euros(left, "fi").removesuffix("\u00a0€")
        form = MoveForm(initial={"key": uuid.uuid4(), "amount": amount, "dated": clock.today()})
    text = _("To the invoice %(number)s, %(open)s open")
    targets = [
        (str(one.id), text % {"number": one.number, "open": money(one.open, shown)})
        for one in surplus.targets_of(invoice)
    ]
    offer(form, "to", [*targets, ("0", _("Returned to the payer"))])
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            surplus.move_money(
                by=by,
                invoice=invoice,
                to=int(said["to"]) or None,
                amount=said["amount"],
                dated=said["dated"],
                reason=said["reason"],
                key=str(said["key"]),
                now=now,
            )
        except KimppaError as error:
            form.add_error(None, explain(error))
        else:
            messages.success(request, _("Recorded. Both invoices show it."))
            return redirect("backoffice:money-too-much")
    context = {"form": form, "row": detail.row, "surplus": left, "moves": surplus.moves_of(invoice)}
    return render(request, "backoffice/money/move.html", context, status=422 if form.errors else 200)


@staff_required
def past(request: HttpRequest) -> HttpResponseBase:
    """What was charged before this system, as sheets told it."""
    visible = money_visible(request)
    rows = past_levies.past_levies(visible=visible)
    table = Table(
        request,
        name="past",
        caption=_("Levies of past years"),
        filename="past-levies",
        rows=rows,
        empty=_("No past levies have been brought in."),
        columns=(
            Column[PastRow]("year", _("Year"), lambda r: r.year, choices=True),
            Column("municipality", _("Municipality"), lambda r: r.municipality_fi),
            Column("class", _("Cost class"), lambda r: _(CLASS_NAMES[CostClass(r.cost_class)]), choices=True),
            Column("residents", _("Residents"), lambda r: r.residents, kind="number"),
            Column("amount", _("Sum"), lambda r: r.amount, kind="money"),
            Column("paid", _("Paid"), lambda r: r.paid, kind="money"),
            Column("open", _("Open"), lambda r: r.open, kind="money"),
            Column("source", _("From the sheet"), lambda r: r.source),
        ),
        footer={
            "year": _("Total"),
            "amount": tables.total([row.amount for row in rows]),
            "paid": tables.total([row.paid for row in rows]),
            "open": tables.total([row.open for row in rows]),
        },
    )
    read = latest_table(request, past_levies.KIND, "backoffice:money-past-sheet", _("Sheets read"))
    for one in (table, read):
        download = one.download()
        if download is not None:
            return download
    context = {"table": table, "read": read, "everything": visible.everything}
    return render(request, "backoffice/money/past.html", context)
