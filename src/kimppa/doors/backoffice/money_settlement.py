"""What the coordinating cities owe one another: reckoned, previewed, recorded."""

from __future__ import annotations

from collections.abc import Sequence

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kimppa.commons.members.permissions import may, require
from kimppa.commons.members.roles import Act
from kimppa.consortium.invoicing import ledger_queries, settlement_pdf, settlements
from kimppa.consortium.invoicing.between_cities import Settled
from kimppa.consortium.invoicing.ledger_queries import LedgerSellerRow
from kimppa.consortium.invoicing.settlements import Recorded, SettlementView, Terms
from kimppa.doors.backoffice import money_tables as tables
from kimppa.doors.backoffice.money_decide import DAY
from kimppa.doors.backoffice.money_imports import first_download
from kimppa.doors.web.errors import explain
from kimppa.doors.web.staff import actor_of, staff_required
from kimppa.doors.web.tables import Column, Table
from kimppa.foundation.core import clock
from kimppa.foundation.core.errors import KimppaError
from kimppa.foundation.core.money import Cents, parse_cents


class TermsForm(forms.Form):
    """The year, and for each seller what it paid for all and its proportion."""

    year = forms.IntegerField(label=gettext_lazy("Year"), min_value=2000, max_value=2100)

    def add_sellers(self, sellers: Sequence[LedgerSellerRow], recorded: Recorded) -> None:
        """What a seller paid is asked only where no vendor's invoice of it has been booked."""
        for row in sellers:
            if row.id not in recorded.by_seller:
                self.fields[f"paid_{row.id}"] = forms.CharField(
                    label=_("Paid to vendors for all, €: %(name)s") % {"name": row.name}, max_length=20
                )
            self.fields[f"weight_{row.id}"] = forms.IntegerField(
                label=_("Proportion of the rest: %(name)s") % {"name": row.name},
                min_value=0,
                max_value=99_999_999,
                help_text=_("A whole number, such as residents; only the ratio counts."),
            )

    def clean(self) -> dict[str, object]:
        said = super().clean() or {}
        for name in [one for one in said if one.startswith("paid_")]:
            try:
                said[name] = parse_cents(said[name])
            except KimppaError as error:
                self.add_error(name, explain(error))
        return said


class RecordForm(forms.Form):
    reference = forms.CharField(
        label=gettext_lazy("Diary number of the decision or agreement"), max_length=60
    )
    dated = forms.DateField(label=gettext_lazy("Day"), widget=DAY)


@staff_required
def page(request: HttpRequest) -> HttpResponseBase:
    """GET reckons and shows; POST records what was shown."""
    by, now = actor_of(request), clock.now()
    require(by, Act.RECORD_PAYMENTS, now=now)
    sellers = ledger_queries.ledger_sellers()
    form = TermsForm(_asked(request, sellers))
    asked = form.data["year"]
    year = int(asked) if asked.isascii() and asked.isdecimal() and len(asked) == 4 else clock.today().year
    recorded = settlements.recorded(year)
    form.add_sellers(sellers, recorded)
    record = RecordForm(request.POST if request.method == "POST" else None, initial={"dated": clock.today()})
    planned: tuple[Settled, ...] = ()
    if sellers and form.is_valid():
        try:
            planned = settlements.plan(form.cleaned_data["year"], _terms(form, sellers))
            if request.method == "POST" and record.is_valid():
                _record(request, form, record, sellers)
                return redirect("backoffice:money-settlement")
        except KimppaError as error:
            form.add_error(None, explain(error))
    listed = (_planned(request, planned), _recorded(request, settlements.settlements()))
    context = {
        "form": form,
        "record": record,
        "planned": listed[0],
        "recorded": listed[1],
        "hidden": [
            *((name, str(form.data.get(name, ""))) for name in form.fields),
            *((f"transfer_{one.side.seller_id}", str(one.transfer.value)) for one in planned),
        ],
        "booked": [row.name for row in sellers if row.id in recorded.by_seller],
        "unnamed": recorded.unnamed,
        "year": year,
        "recordable": any(one.transfer.value for one in planned) and may(by, Act.EDIT_PAYERS, now=now),
    }
    status = 422 if request.method == "POST" else 200
    return first_download(*listed) or render(
        request, "backoffice/money/settlement.html", context, status=status
    )


@staff_required
def voucher(request: HttpRequest, year: int, number: int) -> HttpResponseBase:
    """The voucher of a recorded settlement as PDF."""
    require(actor_of(request), Act.RECORD_PAYMENTS, now=clock.now())
    body = settlement_pdf.pdf(settlements.settlement(year, number), tables.language())
    response = HttpResponse(body, content_type="application/pdf")
    response["Content-Disposition"] = f'attachment; filename="settlement-{year}-{number}.pdf"'
    return response


def _asked(request: HttpRequest, sellers: Sequence[LedgerSellerRow]) -> dict[str, str]:
    """What the address or the form says; a start where it says nothing: nothing paid, equal parts."""
    source = request.POST if request.method == "POST" else request.GET
    asked = {"year": source.get("year") or str(clock.today().year)}
    for row in sellers:
        asked[f"paid_{row.id}"] = source.get(f"paid_{row.id}") or "0"
        asked[f"weight_{row.id}"] = source.get(f"weight_{row.id}") or "1"
    return asked


def _terms(form: TermsForm, sellers: Sequence[LedgerSellerRow]) -> dict[int, Terms]:
    said = form.cleaned_data
    none = Cents(0)
    return {row.id: Terms(said.get(f"paid_{row.id}", none), said[f"weight_{row.id}"]) for row in sellers}


def _record(
    request: HttpRequest, form: TermsForm, record: RecordForm, sellers: Sequence[LedgerSellerRow]
) -> None:
    seen = {row.id: request.POST.get(f"transfer_{row.id}", "") for row in sellers}
    settlements.record_settlement(
        by=actor_of(request),
        year=form.cleaned_data["year"],
        terms=_terms(form, sellers),
        expected={pk: Cents(int(text)) for pk, text in seen.items() if text.lstrip("-").isdecimal()},
        reference=record.cleaned_data["reference"],
        dated=record.cleaned_data["dated"],
        now=clock.now(),
    )
    messages.success(request, _("The settlement was recorded."))


def _planned(request: HttpRequest, rows: tuple[Settled, ...]) -> Table[Settled]:
    return Table(
        request,
        name="planned",
        caption=_("What the reckoning gives"),
        filename="settlement-preview",
        rows=rows,
        empty=_("There are no sellers."),
        columns=(
            Column[Settled]("seller", _("Seller"), lambda r: r.side.name),
            Column("collected", _("Collected"), lambda r: r.side.collected, kind="money"),
            Column("paid", _("Paid for all"), lambda r: r.side.paid, kind="money"),
            Column("weight", _("Proportion"), lambda r: r.side.weight, kind="number"),
            Column("due", _("Is to have kept"), lambda r: r.due, kind="money"),
            Column("before", _("Settled before"), lambda r: r.side.before, kind="money"),
            Column("transfer", _("Gives (−: gets)"), lambda r: r.transfer, kind="money"),
        ),
        footer={
            "seller": _("Total"),
            "collected": tables.total([row.side.collected for row in rows]),
            "paid": tables.total([row.side.paid for row in rows]),
            "due": tables.total([row.due for row in rows]),
            "transfer": tables.total([row.transfer for row in rows]),
        },
    )


def _recorded(request: HttpRequest, rows: tuple[SettlementView, ...]) -> Table[SettlementView]:
    return Table(
        request,
        name="recorded",
        caption=_("Settlements recorded"),
        filename="settlements",
        rows=rows,
        empty=_("Nothing has been settled yet."),
        columns=(
            Column[SettlementView](
                "number",
                _("Voucher"),
                lambda r: f"{r.year}/{r.number}",
                link=lambda r: reverse("backoffice:money-settlement-pdf", args=[r.year, r.number]),
            ),
            Column("dated", _("Day"), lambda r: r.dated, kind="day"),
            Column("reference", _("Diary number"), lambda r: r.reference),
            Column("seller", _("Seller"), lambda r: r.seller),
            Column("collected", _("Collected"), lambda r: r.collected, kind="money"),
            Column("paid", _("Paid for all"), lambda r: r.paid, kind="money"),
            Column("due", _("Is to have kept"), lambda r: r.due, kind="money"),
            Column("before", _("Settled before"), lambda r: r.before, kind="money"),
            Column("transfer", _("Gives (−: gets)"), lambda r: r.transfer, kind="money"),
        ),
    )
