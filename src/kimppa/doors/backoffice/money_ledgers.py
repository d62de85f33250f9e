"""What goes to the cities' own ledgers, and on which accounts it is booked."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from kimppa.commons.members.permissions import require, require_any
from kimppa.commons.members.roles import Act
from kimppa.consortium.agreements.rules import CLASS_NAMES, CostClass
from kimppa.consortium.invoicing import ledger, ledger_queries, ledger_return
from kimppa.consortium.invoicing.bookkeeping import BY_CLASS, ROLE_NAMES, AccountRole
from kimppa.consortium.invoicing.ledger_queries import AccountRow, ExportRow, LedgerSellerRow
from kimppa.consortium.invoicing.rules import SellerMode
from kimppa.doors.backoffice.money_decide import DAY
from kimppa.doors.backoffice.money_imports import Downloadable, first_download, latest_table
from kimppa.doors.web.errors import explain
from kimppa.doors.web.forms import offer
from kimppa.doors.web.staff import actor_of, staff_required
from kimppa.doors.web.tables import Column, Table
from kimppa.foundation.core import clock
from kimppa.foundation.core.errors import KimppaError

MODE_NAMES = {
    SellerMode.OWN.value: gettext_lazy("Numbers and sends itself"),
    SellerMode.LEDGER.value: gettext_lazy("The city's ledger invoices"),
}


class AccountForm(forms.Form):
    seller = forms.TypedChoiceField(label=gettext_lazy("Seller"), coerce=int)
    role = forms.ChoiceField(label=gettext_lazy("What is booked"))
    cost_class = forms.ChoiceField(
        label=gettext_lazy("Cost class"),
        required=False,
        help_text=gettext_lazy("Only for income and the city's own share; empty means every class."),
    )
    account = forms.CharField(label=gettext_lazy("Account"), max_length=20)
    cost_centre = forms.CharField(label=gettext_lazy("Cost centre"), max_length=20, required=False)
    valid_from = forms.DateField(
        label=gettext_lazy("Valid from"),
        widget=DAY,
        required=False,
        help_text=gettext_lazy("Empty means always; the account before ends the day before."),
    )


@staff_required
def page(request: HttpRequest) -> HttpResponseBase:
    """Sellers by how they invoice, what waits, every batch, answers, accounts."""
    by, now = actor_of(request), clock.now()
    require_any(by, Act.RECORD_PAYMENTS, now=now)
    tables: dict[str, Downloadable] = {
        "sellers": _sellers(request),
        "exports": _exports(request),
        "answers": latest_table(
            request, ledger_return.KIND, "backoffice:money-ledger-return", _("Answers read")
        ),
        "accounts": _accounts(request),
    }
    download = first_download(*tables.values())
    if download is not None:
        return download
    rows = ledger_queries.ledger_sellers()
    context = {
        **tables,
        "waiting": [row for row in rows if row.waiting],
        "modes": [(row, row.mode == SellerMode.LEDGER) for row in rows],
        "columns": ", ".join(ledger.COLUMNS),
    }
    return render(request, "backoffice/money/ledgers.html", context)


@staff_required
@require_POST
def export(request: HttpRequest, seller: int) -> HttpResponse:
    """Give what waits to the seller's ledger; the page then offers the file."""
    try:
        ledger.export(by=actor_of(request), seller=seller, now=clock.now())
    except KimppaError as error:
        if error.status == 403:
            raise
        messages.error(request, explain(error))
    else:
        messages.success(request, _("The batch was made. Load it from the table and give it to the ledger."))
    return redirect("backoffice:money-ledgers")


@staff_required
@require_POST
def mode(request: HttpRequest, seller: int) -> HttpResponse:
    """Say who numbers and sends from now on."""
    wanted = SellerMode.LEDGER if request.POST.get("mode") == SellerMode.LEDGER else SellerMode.OWN
    try:
        ledger.set_mode(by=actor_of(request), seller=seller, mode=wanted, now=clock.now())
    except KimppaError as error:
        if error.status == 403:
            raise
        messages.error(request, explain(error))
    else:
        messages.success(request, _("Changed. What has been issued stays as it is."))
    return redirect("backoffice:money-ledgers")


@staff_required
def batch(request: HttpRequest, export_id: int) -> HttpResponse:
    """A batch as it was given."""
    require(actor_of(request), Act.ISSUE_INVOICES, now=clock.now())
    name, body = ledger_queries.export_file(export_id)
    response = HttpResponse(body, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@staff_required
def account(request: HttpRequest) -> HttpResponseBase:
    """A new account from a day on."""
    by, now = actor_of(request), clock.now()
    require(by, Act.EDIT_PAYERS, now=now)
    form = AccountForm(request.POST or None)
    offer(form, "seller", [(str(row.id), row.name) for row in ledger_queries.ledger_sellers()])
    offer(form, "role", [(role.value, _(name)) for role, name in ROLE_NAMES.items()])
    offer(form, "cost_class", [("", _("Every class")), *((c.value, _(n)) for c, n in CLASS_NAMES.items())])
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        role = AccountRole(said["role"])
        try:
            ledger.set_account(
                by=by,
                seller=said["seller"],
                role=role,
                cost_class=CostClass(said["cost_class"]) if said["cost_class"] and role in BY_CLASS else None,
                account=said["account"],
                cost_centre=said["cost_centre"],
                valid_from=said["valid_from"],
                now=now,
            )
        except KimppaError as error:
            form.add_error(None, explain(error))
        else:
            messages.success(request, _("The account was recorded."))
            return redirect("backoffice:money-ledgers")
    status = 422 if form.errors else 200
    return render(request, "backoffice/money/account.html", {"form": form}, status=status)


def _sellers(request: HttpRequest) -> Table[LedgerSellerRow]:
    return Table(
        request,
        name="sellers",
        caption=_("Sellers"),
        filename="ledger-sellers",
        rows=ledger_queries.ledger_sellers(),
        columns=(
            Column[LedgerSellerRow]("name", _("Seller"), lambda r: r.name),
            Column("mode", _("How it invoices"), lambda r: str(MODE_NAMES[r.mode])),
            Column("waiting", _("Wait for a batch"), lambda r: r.waiting, kind="number"),
            Column("sum", _("Their sum"), lambda r: r.waiting_total, kind="money"),
            Column("without", _("Without the ledger's number"), lambda r: r.without_number, kind="number"),
        ),
    )


def _exports(request: HttpRequest) -> Table[ExportRow]:
    return Table(
        request,
        name="exports",
        caption=_("Batches given to ledgers"),
        filename="ledger-batches",
        rows=ledger_queries.exports(),
        empty=_("No batch has been made yet."),
        columns=(
            Column[ExportRow](
                "file",
                _("File"),
                lambda r: r.file_name,
                link=lambda r: reverse("backoffice:money-ledger-batch", args=[r.id]),
            ),
            Column("seller", _("Seller"), lambda r: r.seller),
            Column("created", _("When"), lambda r: r.created, kind="moment"),
            Column("actor", _("Who"), lambda r: r.actor),
            Column("invoices", _("Invoices and credits"), lambda r: r.invoices, kind="number"),
            Column("numbered", _("With the ledger's number"), lambda r: r.numbered, kind="number"),
            Column("total", _("Sum"), lambda r: r.total, kind="money"),
        ),
    )


def _accounts(request: HttpRequest) -> Table[AccountRow]:
    return Table(
        request,
        name="accounts",
        caption=_("Accounts"),
        filename="ledger-accounts",
        rows=ledger_queries.accounts(),
        empty=_("No accounts have been given yet."),
        columns=(
            Column[AccountRow]("seller", _("Seller"), lambda r: r.seller, choices=True),
            Column("role", _("What is booked"), lambda r: _(ROLE_NAMES[AccountRole(r.role)])),
            Column(
                "class",
                _("Cost class"),
                lambda r: _(CLASS_NAMES[CostClass(r.cost_class)]) if r.cost_class else _("Every class"),
            ),
            Column("account", _("Account"), lambda r: r.account),
            Column("centre", _("Cost centre"), lambda r: r.cost_centre),
            Column("from", _("Valid from"), lambda r: r.valid_from, kind="day"),
            Column("to", _("Valid to"), lambda r: r.valid_to, kind="day"),
        ),
    )
