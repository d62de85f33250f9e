"""E-services' connections: who asks us about residents, in which way, and what came of it."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urlsplit

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from kimppa.commons.members.permissions import may, require_any
from kimppa.commons.members.roles import Act
from kimppa.commons.platforms.entitlement import REASONS, Reason
from kimppa.doors.backoffice.connections_forms import AddForm, SecretForm, SetupForm, SwitchForm
from kimppa.doors.web.errors import explain, sentence
from kimppa.doors.web.staff import actor_of, staff_required
from kimppa.doors.web.tables import Column, Table
from kimppa.elibrary.access import outcomes, queries, services, signing
from kimppa.elibrary.access.queries import ConnectionRow, LogRow
from kimppa.elibrary.access.rules import WAY_NAMES, Way
from kimppa.foundation.core import clock
from kimppa.foundation.core.errors import KimppaError

LOG_SHOWN = timedelta(days=90)


@staff_required
def listing(request: HttpRequest) -> HttpResponseBase:
    """Every connection, and the signing keys."""
    by, now = actor_of(request), clock.now()
    require_any(by, Act.SEE_CONNECTIONS, now=now)
    table = Table(
        request,
        caption=_("Connections of e-services"),
        filename="connections",
        rows=queries.connections(),
        empty=_("No e-service is connected yet."),
        columns=(
            Column[ConnectionRow](
                "service",
                _("E-service"),
                lambda r: r.platform_name,
                link=lambda r: reverse("backoffice:connection", args=[r.client_id]),
            ),
            Column("way", _("How it asks"), lambda r: _(WAY_NAMES[r.way]), choices=True),
            Column("name", _("Who connects"), lambda r: r.name),
            Column(
                "state",
                _("State"),
                lambda r: _("On") if r.on else _("Off"),
                badge=lambda r: "ok" if r.on else "warn",
                choices=True,
            ),
            Column("agreed", _("Residents who have agreed"), lambda r: r.consents, kind="number"),
            Column("used", _("Last used"), lambda r: r.last_used, kind="moment"),
        ),
    )
    download = table.download()
    if download is not None:
        return download
    context = {
        "table": table,
        "keys": signing.keys(clock.real_now()),
        "real_now": clock.real_now(),
        "may_edit": may(by, Act.EDIT_CONNECTIONS, now=now),
    }
    return render(request, "backoffice/connections/list.html", context)


@staff_required
@require_http_methods(["GET", "HEAD", "POST"])
def add(request: HttpRequest) -> HttpResponseBase:
    """A new connection; its secret is in that one answer and nowhere else."""
    by = actor_of(request)
    require_any(by, Act.EDIT_CONNECTIONS, now=clock.now())
    form = AddForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            made = services.add_connection(
                by=by,
                platform=said["platform"],
                way=Way(said["way"]),
                name=said["name"],
                now=clock.real_now(),
            )
        except KimppaError as error:
            form.add_error(None, explain(error))
        else:
            return _shown_once(request, made.client_id, secret=made.secret)
    return _ask(request, form, _("Connect an e-service"), _("Connect"), reverse("backoffice:connections"))


def _ask(request: HttpRequest, form: forms.Form, title: str, label: str, back: str) -> HttpResponse:
    crumbs = ((_("Connections of e-services"), reverse("backoffice:connections")), (title, ""))
    context = {"form": form, "title": title, "label": label, "back": back, "crumbs": crumbs}
    return render(request, "backoffice/change.html", context, status=422 if form.errors else 200)


def _shown_once(request: HttpRequest, client_id: str, *, secret: str = "", guide: str = "") -> HttpResponse:
    address = request.build_absolute_uri(reverse("gateway:guide", args=[guide])) if guide else ""
    context = {"client_id": client_id, "secret": secret, "guide": _residents_host(address)}
    response = render(request, "backoffice/connections/once.html", context)
    response["Cache-Control"] = "no-store"
    return response


def _residents_host(address: str) -> str:
    """The technician's page is on the residents' host, where the office's own is another."""
    told: str = settings.ENV.public_url
    return told.rstrip("/") + urlsplit(address).path if told and address else address


@staff_required
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest, client: str) -> HttpResponseBase:
    """One connection: settings by POST, its log, and what else can be done."""
    by, now = actor_of(request), clock.now()
    require_any(by, Act.SEE_CONNECTIONS, now=now)
    row = queries.connection(client)
    form = SetupForm(row, request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            services.set_up(
                by=by, client_id=client, setup=form.setup(), today=clock.today(), now=clock.real_now()
            )
        except KimppaError as error:
            form.add_error(None, explain(error))
        else:
            messages.success(request, _("The connection was saved."))
            return redirect("backoffice:connection", client)
    table = _log_table(request, row)
    download = table.download()
    if download is not None:
        return download
    context = {
        "row": row,
        "way": _(WAY_NAMES[row.way]),
        "form": form,
        "table": table,
        "may_edit": may(by, Act.EDIT_CONNECTIONS, now=now),
        "crumbs": (
            (_("Connections of e-services"), reverse("backoffice:connections")),
            (f"{row.platform_name}, {_(WAY_NAMES[row.way])}", ""),
        ),
    }
    return render(request, "backoffice/connections/page.html", context, status=422 if form.errors else 200)


def _log_table(request: HttpRequest, row: ConnectionRow) -> Table[LogRow]:
    return Table(
        request,
        caption=_("What happened"),
        filename=f"log-{row.client_id}",
        rows=queries.log_since(row.client_id, clock.real_now() - LOG_SHOWN),
        empty=_("Nothing has been asked yet."),
        columns=(
            Column[LogRow]("minute", _("Minute"), lambda r: r.minute, kind="moment"),
            Column("what", _("What"), lambda r: _explained(r.outcome), choices=True),
            Column(
                "code",
                _("Code"),
                lambda r: r.outcome,
                badge=lambda r: "ok" if r.good else "warn",
            ),
            Column("times", _("Times"), lambda r: r.count, kind="number"),
            Column("each", _("Milliseconds each"), lambda r: r.each, kind="number"),
            Column("from", _("Caller’s network"), lambda r: r.network),
        ),
    )


def _explained(code: str) -> str:
    source, reason = outcomes.words(code)
    return sentence(source, {"reason": _(REASONS[Reason(reason)]) if reason else None})


@staff_required
@require_http_methods(["GET", "HEAD", "POST"])
def secret(request: HttpRequest, client: str) -> HttpResponseBase:
    """A new secret, shown once."""
    by = actor_of(request)
    require_any(by, Act.EDIT_CONNECTIONS, now=clock.now())
    row = queries.connection(client)
    if request.method == "POST":
        form = SecretForm(request.POST)
        form.full_clean()
        at_once = bool(form.cleaned_data.get("at_once"))
        made = services.new_secret(by=by, client_id=client, at_once=at_once, now=clock.real_now())
        return _shown_once(request, made.client_id, secret=made.secret)
    title = _("New secret for %(name)s") % {"name": row.name}
    back = reverse("backoffice:connection", args=[client])
    return _ask(request, SecretForm(), title, _("Make a new secret"), back)


@staff_required
@require_http_methods(["GET", "HEAD", "POST"])
def switch_off(request: HttpRequest, client: str) -> HttpResponseBase:
    """Off, with a reason."""
    by = actor_of(request)
    require_any(by, Act.EDIT_CONNECTIONS, now=clock.now())
    row = queries.connection(client)
    form = SwitchForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        reason = form.cleaned_data["reason"]
        services.switch(by=by, client_id=client, on=False, reason=reason, now=clock.real_now())
        messages.success(request, _("The connection is off. Nobody gets through it any more."))
        return redirect("backoffice:connection", client)
    title = _("Switch off %(name)s") % {"name": row.name}
    back = reverse("backoffice:connection", args=[client])
    return _ask(request, form, title, _("Switch off"), back)


@staff_required
@require_POST
def switch_on(request: HttpRequest, client: str) -> HttpResponseBase:
    """On again."""
    by = actor_of(request)
    require_any(by, Act.EDIT_CONNECTIONS, now=clock.now())
    services.switch(by=by, client_id=client, on=True, now=clock.real_now())
    messages.success(request, _("The connection is on."))
    return redirect("backoffice:connection", client)


@staff_required
@require_POST
def guide(request: HttpRequest, client: str) -> HttpResponseBase:
    """A new address of the technician's page, shown once; or none any more."""
    by = actor_of(request)
    require_any(by, Act.EDIT_CONNECTIONS, now=clock.now())
    if request.POST.get("revoke"):
        services.revoke_guide(by=by, client_id=client, now=clock.real_now())
        messages.success(request, _("The technician's page opens no more."))
        return redirect("backoffice:connection", client)
    token = services.new_guide(by=by, client_id=client, now=clock.real_now())
    return _shown_once(request, client, guide=token)


@staff_required
@require_POST
def rotate(request: HttpRequest) -> HttpResponseBase:
    """A new signing key."""
    by = actor_of(request)
    require_any(by, Act.EDIT_CONNECTIONS, now=clock.now())
    services.rotate_keys(by=by, now=clock.real_now())
    messages.success(request, _("The new key is published and begins to sign in ten minutes."))
    return redirect("backoffice:connections")
