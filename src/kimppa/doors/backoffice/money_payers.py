"""Changing who pays for a municipality, where its invoices go, and which city hosts a kimppa."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kimppa.commons.members import hosts
from kimppa.commons.members import queries as members
from kimppa.commons.members.parties import Billing
from kimppa.commons.members.permissions import require
from kimppa.commons.members.roles import Act
from kimppa.consortium.invoicing import payer_queries
from kimppa.consortium.invoicing.payers import assign
from kimppa.doors.backoffice import money_tables as tables
from kimppa.doors.backoffice.money_decide import DAY
from kimppa.doors.web.errors import explain
from kimppa.doors.web.forms import offer
from kimppa.doors.web.staff import actor_of, staff_required
from kimppa.foundation.core import clock
from kimppa.foundation.core.errors import KimppaError

LANGUAGES = (("fi", "suomi"), ("sv", "svenska"), ("en", "English"))


class PayerForm(forms.Form):
    """The payer, where the invoice goes, and who sends it."""

    party = forms.ChoiceField(
        label=gettext_lazy("Payer"),
        required=False,
        help_text=gettext_lazy("The municipality itself, a kimppa's host city or a joint library."),
    )
    name = forms.CharField(
        label=gettext_lazy("Name of a new payer"),
        max_length=200,
        required=False,
        help_text=gettext_lazy("Only where the payer is not in the list."),
    )
    business_id = forms.CharField(label=gettext_lazy("Business id"), max_length=9, required=False)
    street = forms.CharField(label=gettext_lazy("Street address"), max_length=200, required=False)
    postal_code = forms.CharField(label=gettext_lazy("Postal code"), max_length=20, required=False)
    town = forms.CharField(label=gettext_lazy("Town"), max_length=120, required=False)
    einvoice_address = forms.CharField(label=gettext_lazy("E-invoice address"), max_length=35, required=False)
    einvoice_operator = forms.CharField(
        label=gettext_lazy("E-invoice operator"), max_length=35, required=False
    )
    language = forms.ChoiceField(label=gettext_lazy("Language of the invoice"), choices=LANGUAGES)
    buyer_reference = forms.CharField(
        label=gettext_lazy("The payer's reference"), max_length=70, required=False
    )
    seller = forms.ChoiceField(label=gettext_lazy("Who invoices"))
    valid_from = forms.DateField(label=gettext_lazy("From"), widget=DAY)

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        known = [(str(row.id), row.name) for row in payer_queries.parties()]
        offer(self, "party", [("", _("A new payer")), *known])
        offer(self, "seller", [(str(row.id), row.name) for row in payer_queries.sellers()])

    def clean(self) -> dict[str, object]:
        said = self.cleaned_data
        if not said.get("party") and not said.get("name"):
            self.add_error("name", _("Choose a payer, or give the name of a new one."))
        return said


class HostForm(forms.Form):
    code = forms.ChoiceField(label=gettext_lazy("Host city"))
    valid_from = forms.DateField(label=gettext_lazy("From"), widget=DAY)

    def __init__(self, *args: object, kimppa: str, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        codes = {k.slug: k.codes for k in members.kimppas_on(clock.today())}.get(kimppa, ())
        places = [m for m in members.municipalities() if m.code in codes]
        offer(self, "code", [("", "–"), *((m.code, m.name(tables.language())) for m in places)])


@staff_required
def payer(request: HttpRequest, code: str) -> HttpResponse:
    """GET shows who pays for a municipality now; POST says who pays from a day on."""
    by, now = actor_of(request), clock.now()
    require(by, Act.EDIT_PAYERS, now=now)
    place = members.municipality(code)
    name = place.name(tables.language()) if place else code
    form = PayerForm(request.POST) if request.method == "POST" else PayerForm(initial=_standing(code))
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            assign(
                by=by,
                municipality=code,
                party=int(said["party"]) if said["party"] else None,
                name=said["name"],
                billing=Billing(*(said[field] for field in BILLING)),
                seller=int(said["seller"]),
                language=said["language"],
                buyer_reference=said["buyer_reference"],
                valid_from=said["valid_from"],
                fictional=clock.offset().total_seconds() != 0,
                now=now,
            )
        except KimppaError as error:
            form.add_error(None, explain(error))
        else:
            messages.success(request, _("The payer of %(name)s was changed.") % {"name": name})
            return redirect("backoffice:money-payers")
    context = {
        "form": form,
        "title": _("Who pays for %(name)s") % {"name": name},
        "label": _("Save"),
        "back": reverse("backoffice:money-payers"),
        "crumbs": _crumbs(name),
    }
    return render(request, "backoffice/change.html", context, status=422 if form.errors else 200)


def _crumbs(name: str) -> tuple[tuple[str, str], ...]:
    return (_("Sellers and payers"), reverse("backoffice:money-payers")), (name, "")


BILLING = ("business_id", "street", "postal_code", "town", "einvoice_address", "einvoice_operator")


def _standing(code: str) -> dict[str, object]:
    """The payer as it stands today."""
    party, seller = payer_queries.payer_of(code, clock.today())
    row = next((one for one in payer_queries.parties() if one.id == party), None)
    found: dict[str, object] = {"valid_from": clock.today(), "seller": seller or ""}
    if row is not None:
        found |= {field: getattr(row, field) for field in BILLING}
        found |= {
            "party": str(row.id),
            "language": row.language or "fi",
            "buyer_reference": row.buyer_reference,
        }
    return found


@staff_required
def host(request: HttpRequest, kimppa: str) -> HttpResponse:
    """GET shows the form of a kimppa's host; POST says who hosts it from a day on."""
    by, now = actor_of(request), clock.now()
    require(by, Act.EDIT_MEMBERS, now=now)
    row = next((row for row in hosts.host_rows(clock.today()) if row.slug == kimppa), None)
    if row is None:
        raise Http404
    standing = {"valid_from": clock.today(), "code": row.code}
    form = (
        HostForm(request.POST, kimppa=kimppa)
        if request.method == "POST"
        else HostForm(kimppa=kimppa, initial=standing)
    )
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            hosts.set_host(by=by, kimppa=kimppa, code=said["code"], valid_from=said["valid_from"], now=now)
        except KimppaError as error:
            form.add_error(None, explain(error))
        else:
            messages.success(request, _("The host city was recorded."))
            return redirect("backoffice:money-payers")
    context = {
        "form": form,
        "title": _("Host city of %(name)s") % {"name": row.kimppa_fi},
        "label": _("Save"),
        "back": reverse("backoffice:money-payers"),
        "crumbs": _crumbs(row.kimppa_fi),
    }
    return render(request, "backoffice/change.html", context, status=422 if form.errors else 200)
