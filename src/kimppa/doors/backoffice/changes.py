"""Small dated changes of members and e-services: one form, one verb, back to the page it belongs to."""

from __future__ import annotations

from collections.abc import Callable

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kimppa.commons.members import queries as members
from kimppa.commons.members import services as member_verbs
from kimppa.commons.members.permissions import require_any
from kimppa.commons.members.roles import Act
from kimppa.commons.members.rules import UnknownMunicipality
from kimppa.commons.platforms import queries as platforms
from kimppa.commons.platforms import services as platform_verbs
from kimppa.commons.platforms.rules import CONTENT_NAMES, Content
from kimppa.doors.web.errors import explain
from kimppa.doors.web.forms import offer
from kimppa.doors.web.staff import actor_of, staff_required
from kimppa.foundation.core import clock
from kimppa.foundation.core.errors import KimppaError


def _day() -> forms.DateInput:
    return forms.DateInput(attrs={"type": "date"})


class SpanForm(forms.Form):
    """From a first day, to a last one where it is known."""

    valid_from = forms.DateField(label=gettext_lazy("First day"), widget=_day())
    valid_to = forms.DateField(label=gettext_lazy("Last day, if it is known"), required=False, widget=_day())
    note = forms.CharField(label=gettext_lazy("Note"), required=False, max_length=300)


class EndForm(forms.Form):
    valid_to = forms.DateField(label=gettext_lazy("Last day"), widget=_day())


class EntitlementForm(forms.Form):
    """Who may use a service: every member, or one of them."""

    code = forms.ChoiceField(label=gettext_lazy("Whose residents"), required=False)
    valid_from = forms.DateField(label=gettext_lazy("First day"), widget=_day())
    valid_to = forms.DateField(label=gettext_lazy("Last day, if it is known"), required=False, widget=_day())

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        everyone = [("", _("Every member's"))]
        some = [(m.code, m.name_fi) for m in members.members_on(clock.today())]
        offer(self, "code", everyone + some)


class PlatformForm(forms.Form):
    name = forms.CharField(label=gettext_lazy("Name"), max_length=120)
    contents = forms.MultipleChoiceField(
        label=gettext_lazy("Contents"), widget=forms.CheckboxSelectMultiple(), choices=()
    )
    evidence = forms.CharField(
        label=gettext_lazy("Where the facts come from"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        choices = [(str(c), _(CONTENT_NAMES[c])) for c in Content]
        offer(self, "contents", choices)


def _ask(
    request: HttpRequest, form: forms.Form, *, title: str, label: str, back: str, act: Callable[[], None]
) -> HttpResponseBase:
    """Show the form; when it is good, do the act and go back, saying that it was recorded."""
    if request.method == "POST" and form.is_valid():
        try:
            act()
        except KimppaError as error:
            form.add_error(None, explain(error))
        else:
            messages.success(request, _("The change was recorded."))
            return redirect(back)
    context = {"form": form, "title": title, "label": label, "back": back}
    return render(request, "backoffice/change.html", context, status=422 if form.errors else 200)


@staff_required
def join(request: HttpRequest, code: str) -> HttpResponseBase:
    """A municipality becomes a member of the e-library."""
    actor, now = actor_of(request), clock.now()
    require_any(actor, Act.EDIT_MEMBERS, now=now)
    form = SpanForm(request.POST or None)
    return _ask(
        request,
        form,
        title=_("Join the e-library: %(name)s") % {"name": _name(code)},
        label=_("Record the membership"),
        back=reverse("backoffice:municipality", args=[code]),
        act=lambda: member_verbs.join_elibrary(by=actor, code=code, now=now, **form.cleaned_data),
    )


@staff_required
def leave(request: HttpRequest, code: str) -> HttpResponseBase:
    """A municipality's membership of the e-library ends."""
    actor, now = actor_of(request), clock.now()
    require_any(actor, Act.EDIT_MEMBERS, now=now)
    form = EndForm(request.POST or None)
    return _ask(
        request,
        form,
        title=_("End the membership: %(name)s") % {"name": _name(code)},
        label=_("Record the end"),
        back=reverse("backoffice:municipality", args=[code]),
        act=lambda: member_verbs.end_membership(by=actor, code=code, now=now, **form.cleaned_data),
    )


@staff_required
def add_platform(request: HttpRequest) -> HttpResponseBase:
    """A new e-service; when it is in use and who may use it is said on its own page."""
    actor, now = actor_of(request), clock.now()
    require_any(actor, Act.EDIT_PLATFORMS, now=now)
    form = PlatformForm(request.POST or None)

    def act() -> None:
        said = form.cleaned_data
        platform_verbs.add_platform(
            by=actor,
            name=said["name"],
            contents=[Content(c) for c in said["contents"]],
            evidence=said["evidence"],
            now=now,
        )

    return _ask(
        request,
        form,
        title=_("Add an e-service"),
        label=_("Add"),
        back=reverse("backoffice:platforms"),
        act=act,
    )


@staff_required
def use(request: HttpRequest, slug: str) -> HttpResponseBase:
    """The e-library takes a service into use."""
    actor, now = actor_of(request), clock.now()
    require_any(actor, Act.EDIT_PLATFORMS, now=now)
    form = SpanForm(request.POST or None)
    return _ask(
        request,
        form,
        title=_("Take into use: %(name)s") % {"name": platforms.platform(slug).name},
        label=_("Record"),
        back=reverse("backoffice:platform", args=[slug]),
        act=lambda: platform_verbs.take_into_use(by=actor, slug=slug, now=now, **form.cleaned_data),
    )


@staff_required
def end_use(request: HttpRequest, slug: str) -> HttpResponseBase:
    """The e-library gives a service up."""
    actor, now = actor_of(request), clock.now()
    require_any(actor, Act.EDIT_PLATFORMS, now=now)
    form = EndForm(request.POST or None)
    return _ask(
        request,
        form,
        title=_("Give up: %(name)s") % {"name": platforms.platform(slug).name},
        label=_("Record the end"),
        back=reverse("backoffice:platform", args=[slug]),
        act=lambda: platform_verbs.end_use(by=actor, slug=slug, now=now, **form.cleaned_data),
    )


@staff_required
def entitle(request: HttpRequest, slug: str) -> HttpResponseBase:
    """Open a service to every member, or to one municipality."""
    actor, now = actor_of(request), clock.now()
    require_any(actor, Act.EDIT_PLATFORMS, now=now)
    form = EntitlementForm(request.POST or None)
    return _ask(
        request,
        form,
        title=_("Who may use it: %(name)s") % {"name": platforms.platform(slug).name},
        label=_("Record"),
        back=reverse("backoffice:platform", args=[slug]),
        act=lambda: platform_verbs.entitle(by=actor, slug=slug, now=now, **form.cleaned_data),
    )


def _name(code: str) -> str:
    row = members.municipality(code)
    if row is None:
        raise UnknownMunicipality(code=code[:20])
    return row.name_fi
