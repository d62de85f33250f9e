"""The groups, and who belongs to each."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kimppa.commons.members import groups, staff_queries
from kimppa.commons.members.groups import GroupRow
from kimppa.commons.members.permissions import may, require
from kimppa.commons.members.roles import Act
from kimppa.doors.backoffice import money_tables as tables
from kimppa.doors.backoffice.asof import asked_day
from kimppa.doors.backoffice.money_decide import DAY
from kimppa.doors.web.errors import explain
from kimppa.doors.web.forms import offer
from kimppa.doors.web.staff import actor_of, staff_required
from kimppa.doors.web.tables import Column, Table
from kimppa.foundation.core import clock
from kimppa.foundation.core.errors import KimppaError


class JoinForm(forms.Form):
    user = forms.ChoiceField(label=gettext_lazy("Person"))
    valid_from = forms.DateField(label=gettext_lazy("From"), widget=DAY)
    valid_to = forms.DateField(label=gettext_lazy("To"), widget=DAY, required=False)

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        people = staff_queries.people(on=clock.today())
        offer(self, "user", [("", "–"), *((str(one.id), one.name) for one in people if one.active)])


class EndForm(forms.Form):
    valid_to = forms.DateField(label=gettext_lazy("Last day"), widget=DAY)


@staff_required
def listing(request: HttpRequest) -> HttpResponseBase:
    by, on = actor_of(request), clock.today()
    require(by, Act.SEE_MEMBERS, now=clock.now())
    shown = tables.language()
    table = Table(
        request,
        caption=_("Groups"),
        filename="groups",
        rows=groups.groups_on(on),
        columns=(
            Column[GroupRow](
                "name",
                _("Group"),
                lambda r: r.name(shown),
                link=lambda r: reverse("backoffice:group", args=[r.slug]),
            ),
            Column("members", _("Members today"), lambda r: r.members, kind="number"),
        ),
        empty=_("No groups yet."),
    )
    download = table.download()
    if download is not None:
        return download
    return render(request, "backoffice/meetings/groups.html", {"table": table})


@staff_required
def page(request: HttpRequest, slug: str) -> HttpResponseBase:
    """A group's members on a day; by POST one more."""
    by, now, on = actor_of(request), clock.now(), asked_day(request)
    require(by, Act.SEE_MEMBERS, now=now)
    group = _group(slug)
    edits = may(by, Act.EDIT_GROUPS, now=now)
    form = JoinForm(request.POST or None, initial={"valid_from": clock.today()}) if edits else None
    if request.method == "POST" and form is not None and form.is_valid():
        said = form.cleaned_data
        try:
            groups.join_group(
                by=by,
                group=slug,
                user_id=int(said["user"]),
                valid_from=said["valid_from"],
                valid_to=said["valid_to"],
                now=now,
            )
        except KimppaError as error:
            form.add_error(None, explain(error))
        else:
            messages.success(request, _("The member was added."))
            return redirect("backoffice:group", slug)
    shown = tables.language()
    rows = groups.group_members_on(slug, on)
    context = {
        "form": form,
        "name": group.name(shown),
        "slug": slug,
        "on": on,
        "people": [(row, row.municipality(shown)) for row in rows],
        "edits": edits,
    }
    if request.method == "POST" and form is None:
        require(by, Act.EDIT_GROUPS, now=now)
    status = 422 if request.method == "POST" else 200
    return render(request, "backoffice/meetings/group.html", context, status=status)


@staff_required
def end(request: HttpRequest, slug: str, membership: int) -> HttpResponseBase:
    """Let a membership of a group end."""
    by, now = actor_of(request), clock.now()
    require(by, Act.EDIT_GROUPS, now=now)
    group = _group(slug)
    form = EndForm(request.POST or None, initial={"valid_to": clock.today()})
    if request.method == "POST" and form.is_valid():
        try:
            groups.leave_group(by=by, membership=membership, valid_to=form.cleaned_data["valid_to"], now=now)
        except KimppaError as error:
            form.add_error(None, explain(error))
        else:
            messages.success(request, _("The membership of the group was ended."))
            return redirect("backoffice:group", slug)
    context = {"form": form, "name": group.name(tables.language()), "slug": slug}
    return render(
        request, "backoffice/meetings/group_end.html", context, status=422 if form.is_bound else 200
    )


def _group(slug: str) -> GroupRow:
    found = next((row for row in groups.groups_on(clock.today()) if row.slug == slug), None)
    if found is None:
        raise Http404
    return found
