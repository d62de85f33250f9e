"""Cities' own sign-ins for staff: the list, one more, a change, on and off."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_POST

from kimppa.commons.members import city_sign_ins, queries
from kimppa.commons.members.permissions import require_any
from kimppa.commons.members.roles import Act
from kimppa.doors.web.errors import explain
from kimppa.doors.web.forms import FoldedForm, offer
from kimppa.doors.web.staff import actor_of, staff_required
from kimppa.foundation.accounts.issuers import CA_LONGEST, IssuerRow, IssuerSaid, issuers
from kimppa.foundation.core import clock
from kimppa.foundation.core.errors import KimppaError

PLAIN = forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"})
LISTING = "backoffice:city-sign-ins"
LISTS = ("hosts", "second_acr", "second_amr")


class IssuerForm(FoldedForm):
    """What the city tells of its sign-in, and what of it proves a second factor."""

    FOLDED = ("hosts", "private", "ca")
    USUAL = {"private": "False"}

    name = forms.CharField(
        label=gettext_lazy("Name on the button"),
        max_length=120,
        help_text=gettext_lazy("For example City of Oulu."),
    )
    municipality = forms.ChoiceField(
        label=gettext_lazy("Municipality"),
        help_text=gettext_lazy("Its people can have roles for this municipality only. It is never changed."),
    )
    issuer = forms.CharField(
        label=gettext_lazy("Issuer"),
        max_length=500,
        widget=PLAIN,
        help_text=gettext_lazy("Begins with https://, exactly as the city writes it. It is never changed."),
    )
    client_id = forms.CharField(label=gettext_lazy("Our client id"), max_length=200, widget=PLAIN)
    secret = forms.CharField(
        label=gettext_lazy("Our client secret"),
        max_length=500,
        required=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    second_acr = forms.CharField(
        label=gettext_lazy("Levels that prove a second factor (acr)"),
        max_length=500,
        required=False,
        widget=PLAIN,
        help_text=gettext_lazy(
            "With spaces between. Without any here or below, our own one-time code is asked for."
        ),
    )
    second_amr = forms.CharField(
        label=gettext_lazy("Ways that prove a second factor (amr)"),
        max_length=500,
        required=False,
        widget=PLAIN,
        help_text=gettext_lazy("Often mfa. With spaces between; any of them is enough."),
    )
    hosts = forms.CharField(
        label=gettext_lazy("Other servers of the sign-in"),
        max_length=500,
        required=False,
        widget=PLAIN,
        help_text=gettext_lazy(
            "Where its addresses are on another server than the issuer: server, or server:port."
        ),
    )
    private = forms.BooleanField(
        label=gettext_lazy("The server is in our own network"),
        required=False,
        help_text=gettext_lazy("Only then may a private address be called."),
    )
    ca = forms.CharField(
        label=gettext_lazy("Certificates to trust"),
        required=False,
        max_length=CA_LONGEST,
        widget=forms.Textarea(attrs={"rows": 5, "spellcheck": "false"}),
        help_text=gettext_lazy(
            "Only where the server's certificate is not of a public authority: paste the authority's here."
        ),
    )

    def __init__(self, kept: bool, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        places = [(m.code, m.name_fi) for m in queries.members_on(clock.today())]
        offer(self, "municipality", [("", "–"), *places])
        self.fields["secret"].help_text = (
            _("One is kept. Empty: it stays. It is never shown.")
            if kept
            else _("Kept encrypted and never shown.")
        )

    def said(self) -> IssuerSaid:
        data = self.cleaned_data
        return IssuerSaid(
            name=data["name"],
            issuer=data["issuer"],
            client_id=data["client_id"],
            secret=data["secret"],
            municipality=data["municipality"],
            hosts=tuple(data["hosts"].split()),
            second_acr=tuple(data["second_acr"].split()),
            second_amr=tuple(data["second_amr"].split()),
            private=data["private"],
            ca=data["ca"],
        )


@staff_required
@require_GET
def listing(request: HttpRequest) -> HttpResponseBase:
    """Every city's sign-in, with the address that the city must know."""
    require_any(actor_of(request), Act.MANAGE_STAFF, now=clock.now())
    places = {m.code: m.name_fi for m in queries.members_on(clock.today())}
    context = {
        "rows": [(row, places.get(row.municipality, row.municipality)) for row in issuers()],
        "return_address": request.build_absolute_uri(reverse("staff-sign-in-return")),
        "crumbs": ((_("People"), reverse("backoffice:people")), (_("Cities' sign-ins"), "")),
    }
    return render(request, "backoffice/city_sign_ins.html", context)


@staff_required
@sensitive_post_parameters("secret")
def add(request: HttpRequest) -> HttpResponseBase:
    """One more city."""
    require_any(actor_of(request), Act.MANAGE_STAFF, now=clock.now())
    return _edit(request, IssuerForm(False, request.POST or None), None, _("Add a city's sign-in"))


@staff_required
@sensitive_post_parameters("secret")
def change(request: HttpRequest, issuer: int) -> HttpResponseBase:
    """What is written down of one."""
    require_any(actor_of(request), Act.MANAGE_STAFF, now=clock.now())
    row = next((one for one in issuers() if one.id == issuer), None)
    if row is None:
        raise Http404
    names = ("name", "municipality", "issuer", "client_id", "private", "ca")
    initial = {name: getattr(row, name) for name in names}
    initial |= {name: " ".join(getattr(row, name)) for name in LISTS}
    return _edit(request, IssuerForm(True, request.POST or None, initial=initial), row, row.name)


def _edit(request: HttpRequest, form: IssuerForm, row: IssuerRow | None, title: str) -> HttpResponseBase:
    if request.method == "POST" and form.is_valid():
        try:
            city_sign_ins.define_issuer(
                by=actor_of(request),
                said=form.said(),
                issuer_id=row.id if row else None,
                now=clock.now(),
            )
        except KimppaError as error:
            field = str(error.params.get("field", ""))
            form.add_error(field if field in form.fields else None, explain(error))
        else:
            messages.success(request, _("The city's sign-in was saved."))
            return redirect(LISTING)
    crumbs = (
        (_("People"), reverse("backoffice:people")),
        (_("Cities' sign-ins"), reverse(LISTING)),
        (title, ""),
    )
    context = {"form": form, "title": title, "label": _("Save"), "back": reverse(LISTING), "crumbs": crumbs}
    page = "backoffice/city_sign_in.html"
    return render(request, page, context, status=422 if form.errors else 200)


@staff_required
@require_POST
def switch(request: HttpRequest, issuer: int) -> HttpResponseBase:
    """On, or off for everybody at once."""
    on = request.POST.get("on") == "yes"
    city_sign_ins.switch_issuer(by=actor_of(request), issuer_id=issuer, on=on, now=clock.now())
    messages.success(request, _("It lets people in.") if on else _("It lets nobody in any more."))
    return redirect(LISTING)
