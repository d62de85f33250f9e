"""Who may use an e-service and from where: its terms, and the libraries' networks."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from kimppa.commons.members import queries as members
from kimppa.commons.members.permissions import require_any, visible_to
from kimppa.commons.members.roles import Act
from kimppa.commons.platforms import queries, terms
from kimppa.commons.platforms.entitlement import BASIS_NAMES, AccessRule, Basis
from kimppa.doors.web.errors import explain
from kimppa.doors.web.forms import offer
from kimppa.doors.web.staff import actor_of, staff_required
from kimppa.foundation.core import clock
from kimppa.foundation.core.errors import KimppaError

FLAGS = ("blocked_too", "in_library_only", "guardian_for_children", "tells_municipality")


class TermsForm(forms.Form):
    """The contract's terms of use, from a day on."""

    basis = forms.ChoiceField(label=gettext_lazy("Whose"), widget=forms.RadioSelect, choices=())
    youngest = forms.ChoiceField(label=gettext_lazy("The youngest who may"), required=False)
    blocked_too = forms.BooleanField(
        label=gettext_lazy("A blocked card opens it too"),
        required=False,
        help_text=gettext_lazy("Fees or a lost book do not matter for this service."),
    )
    in_library_only = forms.BooleanField(
        label=gettext_lazy("Only in the library, on its own network"), required=False
    )
    guardian_for_children = forms.BooleanField(
        label=gettext_lazy("A child needs a guardian's consent"), required=False
    )
    tells_municipality = forms.BooleanField(
        label=gettext_lazy("The contract says that the service is told the home municipality"),
        required=False,
        help_text=gettext_lazy("Otherwise it is told at most the age group. Never a name or a card number."),
    )
    valid_from = forms.DateField(
        label=gettext_lazy("First day"), widget=forms.DateInput(attrs={"type": "date"})
    )

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        offer(self, "basis", [(one.value, _(BASIS_NAMES[one])) for one in Basis])
        ages = [("", _("Everybody")), ("young", _("15 years")), ("adult", _("18 years"))]
        offer(self, "youngest", ages)

    def terms(self) -> AccessRule:
        said = self.cleaned_data
        flags = {name: said[name] for name in FLAGS}
        return AccessRule(Basis(said["basis"]), said["youngest"], **flags)


@staff_required
def edit(request: HttpRequest, slug: str) -> HttpResponseBase:
    """New terms of a service from a day on, beside those that it has had."""
    actor, now = actor_of(request), clock.now()
    require_any(actor, Act.EDIT_PLATFORMS, now=now)
    platform = queries.platform(slug)
    today = queries.access_rule(slug, on=clock.today())
    initial = {
        "basis": today.basis.value,
        "youngest": today.youngest,
        "valid_from": clock.today().isoformat(),
    }
    initial |= {name: getattr(today, name) for name in FLAGS}
    form = TermsForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            terms.set_terms(
                by=actor, slug=slug, terms=form.terms(), valid_from=form.cleaned_data["valid_from"], now=now
            )
        except KimppaError as error:
            form.add_error(None, explain(error))
        else:
            messages.success(request, _("The terms were recorded."))
            return redirect("backoffice:platform", slug)
    past = [(row, in_words(row.terms)) for row in queries.terms_of(slug)]
    context = {"platform": platform, "form": form, "past": past}
    return render(request, "backoffice/platform_terms.html", context, status=422 if form.errors else 200)


def in_words(rule: AccessRule) -> list[str]:
    """The terms as short sentences."""
    said = [_(BASIS_NAMES[rule.basis])]
    ages = {"child": "", "young": _("From 15 years"), "adult": _("From 18 years")}
    said.append(ages.get(rule.youngest, ""))
    said.append(_("A blocked card opens it too") if rule.blocked_too else "")
    said.append(_("Only in the library, on its own network") if rule.in_library_only else "")
    said.append(_("A child needs a guardian's consent") if rule.guardian_for_children else "")
    said.append(_("The service is told the home municipality") if rule.tells_municipality else "")
    return [one for one in said if one]


class NetworkForm(forms.Form):
    code = forms.ChoiceField(label=gettext_lazy("Municipality"))
    network = forms.CharField(
        label=gettext_lazy("Address range"),
        max_length=50,
        help_text=gettext_lazy("As 192.0.2.0/24; IPv6 too."),
    )
    note = forms.CharField(label=gettext_lazy("Note"), required=False, max_length=120)

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        offer(self, "code", [(m.code, m.name_fi) for m in members.members_on(clock.today())])


@staff_required
def networks(request: HttpRequest) -> HttpResponseBase:
    """The libraries' address ranges: they open services that may be used only in the library."""
    actor, now = actor_of(request), clock.now()
    require_any(actor, Act.SEE_PLATFORMS, now=now)
    form = NetworkForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            terms.add_network(by=actor, now=now, **form.cleaned_data)
        except KimppaError as error:
            form.add_error(None, explain(error))
        else:
            messages.success(request, _("The address range was added."))
            return redirect("backoffice:networks")
    rows = queries.network_rows()
    context = {
        "form": form,
        "rows": rows,
        "counted": ngettext("%(n)s address range", "%(n)s address ranges", len(rows)) % {"n": len(rows)},
        "may_edit": bool(visible_to(actor, Act.EDIT_PLATFORMS, now=now)),
    }
    return render(request, "backoffice/networks.html", context, status=422 if form.errors else 200)


@staff_required
@require_POST
def remove_network(request: HttpRequest, network: int) -> HttpResponseBase:
    """Forget one address range."""
    terms.remove_network(by=actor_of(request), network_id=network, now=clock.now())
    messages.success(request, _("The address range was removed."))
    return redirect("backoffice:networks")
