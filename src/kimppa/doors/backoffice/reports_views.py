"""Saved views of reports: one's own and those that others share."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from kimppa.doors.backoffice import reports_common as common
from kimppa.doors.web.errors import explain
from kimppa.doors.web.staff import actor_of, staff_required
from kimppa.foundation.accounts.models import User
from kimppa.foundation.core import clock
from kimppa.foundation.core.errors import Forbidden, KimppaError
from kimppa.insight.reporting import services
from kimppa.insight.reporting.saved_views import Page, ViewRow, views_of


@dataclass(frozen=True, slots=True)
class Shown:
    row: ViewRow
    url: str


@staff_required
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest) -> HttpResponseBase:
    """The list; a POST saves the view that its form names."""
    common.entered(request)
    by = _person(request)
    if request.method == "POST":
        said = request.POST
        try:
            services.save_view(
                by=by,
                name=said.get("name", ""),
                page=said.get("page", ""),
                about=said.get("about", ""),
                query=said.get("query", ""),
                shared=said.get("shared") == "yes",
                now=clock.now(),
            )
        except KimppaError as error:
            messages.error(request, explain(error))
        else:
            messages.success(request, _("The view was saved."))
        return redirect("backoffice:reports-views")
    shown = [Shown(row, address_of(row)) for row in views_of(by)]
    return render(request, "backoffice/reports/views.html", {"views": shown})


@staff_required
@require_POST
def drop(request: HttpRequest, view_id: int) -> HttpResponseBase:
    """Remove one's own view."""
    services.drop_view(by=_person(request), view_id=view_id, now=clock.now())
    messages.success(request, _("The view was removed."))
    return redirect("backoffice:reports-views")


def address_of(row: ViewRow) -> str:
    """Where a view leads; the list of reports where what it is about has no address any more."""
    try:
        about = [row.about] if row.page in {Page.SERVICE, Page.PLACE} else []
        address = reverse(f"backoffice:{row.page.value}", args=about)
    except NoReverseMatch:
        return reverse("backoffice:reports")
    return f"{address}?{row.query}" if row.query else address


def _person(request: HttpRequest) -> User:
    by = actor_of(request)
    if not isinstance(by, User):
        raise Forbidden
    return by
