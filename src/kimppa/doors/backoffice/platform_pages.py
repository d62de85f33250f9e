"""E-services: the list, and one service with its texts, times and who may use it."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from kimppa.commons.members.permissions import may, require_any
from kimppa.commons.members.roles import Act
from kimppa.commons.platforms import queries, services
from kimppa.commons.platforms.queries import PlatformRow
from kimppa.commons.platforms.rules import CONTENT_NAMES
from kimppa.doors.backoffice.asof import asked_day
from kimppa.doors.backoffice.platform_terms import in_words
from kimppa.doors.web.errors import explain
from kimppa.doors.web.staff import actor_of, staff_required
from kimppa.doors.web.tables import Column, Table
from kimppa.foundation.core import clock
from kimppa.foundation.core.errors import KimppaError

SHORT = forms.Textarea(attrs={"rows": 2})
LONG = forms.Textarea(attrs={"rows": 8})


class DescriptionForm(forms.Form):
    """Texts in three languages; a guide is one step or paragraph a line."""

    address = forms.URLField(
        label=gettext_lazy("Address of the service"), required=False, assume_scheme="https"
    )
    summary_fi = forms.CharField(label=gettext_lazy("Summary in Finnish"), widget=SHORT, max_length=400)
    summary_sv = forms.CharField(label=gettext_lazy("Summary in Swedish"), widget=SHORT, max_length=400)
    summary_en = forms.CharField(label=gettext_lazy("Summary in English"), widget=SHORT, max_length=400)
    guide_fi = forms.CharField(label=gettext_lazy("Guide in Finnish"), widget=LONG, max_length=8000)
    guide_sv = forms.CharField(label=gettext_lazy("Guide in Swedish"), widget=LONG, max_length=8000)
    guide_en = forms.CharField(label=gettext_lazy("Guide in English"), widget=LONG, max_length=8000)


@staff_required
@require_GET
def listing(request: HttpRequest) -> HttpResponseBase:
    """Every e-service, also those gone and to come, with whether it is in use on the day."""
    require_any(actor_of(request), Act.SEE_PLATFORMS, now=clock.now())
    on = asked_day(request)
    using = {p.slug for p in queries.platforms_on(on)}
    table = Table(
        request,
        caption=_("E-services"),
        filename="e-services",
        rows=queries.every_platform(),
        columns=(
            Column[PlatformRow](
                "name",
                _("E-service"),
                lambda r: r.name,
                link=lambda r: reverse("backoffice:platform", args=[r.slug]),
            ),
            Column("contents", _("Contents"), contents_in_words),
            Column(
                "used",
                _("In use"),
                lambda r: _("Yes") if r.slug in using else _("No"),
                badge=lambda r: "ok" if r.slug in using else "",
                choices=True,
            ),
        ),
    )
    download = table.download()
    if download is not None:
        return download
    return render(request, "backoffice/platforms.html", {"table": table, "on": on, "used": len(using)})


def contents_in_words(row: PlatformRow) -> str:
    return ", ".join(_(CONTENT_NAMES[content]) for content in row.contents)


@staff_required
def page(request: HttpRequest, slug: str) -> HttpResponseBase:
    """One service; its texts are changed by POST."""
    actor, now = actor_of(request), clock.now()
    require_any(actor, Act.SEE_PLATFORMS, now=now)
    row = queries.platform(slug)
    initial = {name: getattr(row, name) for name in DescriptionForm.base_fields}
    form = DescriptionForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            services.describe(
                by=actor,
                slug=slug,
                summary=(said["summary_fi"], said["summary_sv"], said["summary_en"]),
                guide=(said["guide_fi"], said["guide_sv"], said["guide_en"]),
                address=said["address"],
                now=now,
            )
        except KimppaError as error:
            form.add_error(None, explain(error))
        else:
            messages.success(request, _("The texts were saved."))
            return redirect("backoffice:platform", slug)
    context = {
        "row": row,
        "contents": contents_in_words(row),
        "uses": queries.uses(slug),
        "entitled": len(queries.entitled(slug, on=clock.today())),
        "form": form,
        "terms": in_words(queries.access_rule(slug, on=clock.today())),
        "may_edit": may(actor, Act.EDIT_PLATFORMS, now=now),
    }
    return render(request, "backoffice/platform.html", context, status=422 if form.errors else 200)
