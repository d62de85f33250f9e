"""Mandates: who is bound on a day, recording an authority, ending one."""

from __future__ import annotations

from collections import Counter
from datetime import date

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kimppa.commons.members.permissions import may, require
from kimppa.commons.members.queries import member_codes_on
from kimppa.commons.members.roles import Act
from kimppa.consortium.agreements import authority, mandates
from kimppa.consortium.agreements import queries as agreements
from kimppa.consortium.agreements.authority import BOUND_NAMES, Bound, BoundRow, MandateRow
from kimppa.consortium.agreements.rules import PURPOSE_NAMES, Purpose
from kimppa.consortium.governance import queries as governance
from kimppa.doors.backoffice import money_tables as tables
from kimppa.doors.backoffice.asof import asked_day
from kimppa.doors.backoffice.money_decide import DAY
from kimppa.doors.web.errors import explain
from kimppa.doors.web.forms import offer
from kimppa.doors.web.staff import actor_of, staff_required
from kimppa.doors.web.tables import Column, Table
from kimppa.foundation.core import clock
from kimppa.foundation.core.errors import KimppaError

TONES = {Bound.BOUND: "ok", Bound.HOLDER: "info", Bound.LATER: "warn", Bound.ENDED: "bad", Bound.NONE: "bad"}


class MandateForm(forms.Form):
    """Who gives whom authority, for what, on which paper."""

    everybody = forms.BooleanField(
        label=gettext_lazy("Given by every member of the first day"),
        required=False,
        help_text=gettext_lazy("All but the one who receives it. Then nobody needs to be chosen below."),
    )
    grantors = forms.MultipleChoiceField(
        label=gettext_lazy("Given by"), required=False, widget=forms.SelectMultiple(attrs={"size": 8})
    )
    holder = forms.ChoiceField(label=gettext_lazy("Given to"))
    purposes = forms.MultipleChoiceField(label=gettext_lazy("For what"), widget=forms.CheckboxSelectMultiple)
    paper = forms.ChoiceField(
        label=gettext_lazy("On which paper"),
        help_text=gettext_lazy("The agreement or decision in which the authority was given."),
    )
    clause = forms.CharField(label=gettext_lazy("Clause"), max_length=120, required=False)
    valid_from = forms.DateField(label=gettext_lazy("First day"), widget=DAY)
    valid_to = forms.DateField(label=gettext_lazy("Last day"), widget=DAY, required=False)

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        parties = authority.parties()
        self.codes = {party.code: party.id for party in parties if party.code}
        named = [(str(party.id), party.name) for party in parties if party.code]
        offer(self, "grantors", named)
        offer(self, "holder", [("", "–"), *named])
        offer(self, "purposes", [(p.value, _(PURPOSE_NAMES[p])) for p in Purpose])
        shown = tables.language()
        papers = [
            (f"agreement:{a.id}", f"{a.diary_number} {a.title(shown)}") for a in agreements.agreements()
        ]
        papers += [(f"decision:{d.id}", f"{d.diary_number} {d.title(shown)}") for d in governance.decisions()]
        offer(self, "paper", [("", "–"), *papers])

    def givers(self) -> list[int]:
        said = self.cleaned_data
        if not said["everybody"]:
            return [int(one) for one in said["grantors"]]
        members = member_codes_on(said["valid_from"])
        return [self.codes[code] for code in members if code in self.codes and self._other(code)]

    def _other(self, code: str) -> bool:
        return str(self.codes[code]) != str(self.cleaned_data["holder"])


class EndForm(forms.Form):
    valid_to = forms.DateField(label=gettext_lazy("Last day"), widget=DAY)


def asked_purpose(request: HttpRequest) -> Purpose:
    wanted = request.GET.get("purpose", "")
    return Purpose(wanted) if wanted in list(Purpose) else Purpose.SIGN


@staff_required
def bound(request: HttpRequest) -> HttpResponseBase:
    """Who is bound on this day, at once."""
    by = actor_of(request)
    require(by, Act.SEE_AGREEMENTS, now=clock.now())
    on, purpose = asked_day(request), asked_purpose(request)
    rows = authority.bound_on(on, purpose)
    edits = may(by, Act.EDIT_MANDATES, now=clock.now())
    listed = (_bound_table(request, rows, on), _mandates_table(request, edits))
    for table in listed:
        download = table.download()
        if download is not None:
            return download
    counted = Counter(row.state for row in rows)
    context = {
        "on": on,
        "purpose": purpose.value,
        "purposes": [(p.value, _(PURPOSE_NAMES[p])) for p in Purpose],
        "bound": listed[0],
        "mandates": listed[1],
        "binding": counted[Bound.BOUND],
        "holding": counted[Bound.HOLDER],
        "lacking": counted[Bound.NONE] + counted[Bound.ENDED] + counted[Bound.LATER],
        "edits": edits,
    }
    return render(request, "backoffice/agreements/bound.html", context)


@staff_required
def grant(request: HttpRequest) -> HttpResponseBase:
    by, now = actor_of(request), clock.now()
    require(by, Act.EDIT_MANDATES, now=now)
    form = MandateForm(request.POST or None, initial={"valid_from": clock.today()})
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        kind, _colon, number = said["paper"].partition(":")
        try:
            count = mandates.grant(
                by=by,
                grantors=form.givers(),
                holder=int(said["holder"]),
                purposes=[Purpose(one) for one in said["purposes"]],
                valid_from=said["valid_from"],
                valid_to=said["valid_to"],
                agreement=int(number) if kind == "agreement" else None,
                decision=int(number) if kind == "decision" else None,
                clause=said["clause"],
                now=now,
            )
        except KimppaError as error:
            form.add_error(None, explain(error))
        else:
            messages.success(request, _("Mandates recorded: %(count)s.") % {"count": count})
            return redirect("backoffice:agreements-bound")
    status = 422 if form.is_bound else 200
    return render(request, "backoffice/agreements/grant.html", {"form": form}, status=status)


@staff_required
def end(request: HttpRequest, mandate: int) -> HttpResponseBase:
    by, now = actor_of(request), clock.now()
    require(by, Act.EDIT_MANDATES, now=now)
    found = authority.mandate(mandate)
    if found is None:
        raise Http404
    form = EndForm(request.POST or None, initial={"valid_to": clock.today()})
    if request.method == "POST" and form.is_valid():
        try:
            mandates.end(by=by, mandate=mandate, valid_to=form.cleaned_data["valid_to"], now=now)
        except KimppaError as error:
            form.add_error(None, explain(error))
        else:
            messages.success(request, _("The mandate ends on the day given."))
            return redirect("backoffice:agreements-bound")
    context = {"form": form, "mandate": found, "purpose": _(PURPOSE_NAMES[Purpose(found.purpose)])}
    return render(
        request, "backoffice/agreements/end_mandate.html", context, status=422 if form.is_bound else 200
    )


def paper_url(row: MandateRow) -> str:
    if row.decision_id is not None:
        return reverse("backoffice:money-decision", args=[row.decision_id])
    return reverse("backoffice:agreement", args=[row.agreement_id]) if row.agreement_id else ""


def _bound_table(request: HttpRequest, rows: tuple[BoundRow, ...], on: date) -> Table[BoundRow]:
    shown = tables.language()
    return Table(
        request,
        caption=_("Members on that day"),
        filename=f"bound-{on.isoformat()}",
        rows=rows,
        columns=(
            Column[BoundRow]("name", _("Municipality"), lambda r: r.name(shown)),
            Column(
                "state",
                _("State"),
                lambda r: _(BOUND_NAMES[r.state]),
                badge=lambda r: TONES[r.state],
                choices=True,
            ),
            Column("holder", _("Given to"), lambda r: r.mandate.holder if r.mandate else "", choices=True),
            Column(
                "paper",
                _("Paper"),
                lambda r: r.mandate.paper if r.mandate else "",
                link=lambda r: paper_url(r.mandate) if r.mandate else "",
            ),
            Column("from", _("From"), lambda r: r.mandate.valid_from if r.mandate else None, kind="day"),
            Column("to", _("To"), lambda r: r.mandate.valid_to if r.mandate else None, kind="day"),
        ),
        empty=_("Nobody is a member on that day."),
    )


def _mandates_table(request: HttpRequest, edits: bool) -> Table[MandateRow]:
    return Table(
        request,
        name="mandates",
        caption=_("Every mandate recorded"),
        filename="mandates",
        rows=authority.mandates(),
        per_page=50,
        columns=(
            Column[MandateRow](
                "grantor",
                _("Given by"),
                lambda r: r.grantor,
                link=lambda r: (
                    reverse("backoffice:agreements-end-mandate", args=[r.id])
                    if edits and r.valid_to is None
                    else ""
                ),
            ),
            Column("holder", _("Given to"), lambda r: r.holder, choices=True),
            Column("purpose", _("For what"), lambda r: _(PURPOSE_NAMES[Purpose(r.purpose)]), choices=True),
            Column("paper", _("Paper"), lambda r: f"{r.paper} {r.clause}".strip(), link=paper_url),
            Column("from", _("From"), lambda r: r.valid_from, kind="day"),
            Column("to", _("To"), lambda r: r.valid_to, kind="day"),
        ),
        empty=_("No mandates yet."),
    )
