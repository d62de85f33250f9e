"""Library systems: the list, one system, how it is asked from which day, and which field tells what."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET

from kimppa.commons.members.permissions import may, require_any
from kimppa.commons.members.roles import Act
from kimppa.doors.backoffice.library_systems_forms import (
    OFFERED,
    SIP2_KINDS,
    ConnectionForm,
    MappingForm,
    SystemForm,
    put_error,
)
from kimppa.doors.web.hosts import own_address
from kimppa.doors.web.staff import actor_of, staff_required
from kimppa.doors.web.tables import Column, Table
from kimppa.elibrary.patrons import connecting, mapping
from kimppa.elibrary.patrons import connection_queries as queries
from kimppa.elibrary.patrons.asking import CODE_NAMES, Code
from kimppa.elibrary.patrons.connection_queries import ConnectedRow, ConnectionRow, SystemDetail
from kimppa.elibrary.patrons.connections import KIND_NAMES, Kind
from kimppa.foundation.core import clock
from kimppa.foundation.core.errors import KimppaError

LISTING = "backoffice:library-systems"
CONNECT = "backoffice/library_systems/connect.html"


@staff_required
@require_GET
def listing(request: HttpRequest) -> HttpResponseBase:
    """Every library system: how it is asked today, and how it stands."""
    by, now = actor_of(request), clock.now()
    require_any(by, Act.SEE_CONNECTIONS, now=now)
    language = translation.get_language() or "fi"
    table = Table(
        request,
        caption=_("Library systems"),
        filename="library-systems",
        rows=queries.connected_systems(clock.today()),
        empty=_("No library system yet."),
        columns=(
            Column[ConnectedRow](
                "name",
                _("Library system"),
                lambda r: r.name(language),
                link=lambda r: reverse("backoffice:library-system", args=[r.slug]),
            ),
            Column("owner", _("Whose"), lambda r: r.owner(language) or "–"),
            Column("kind", _("How it is asked"), lambda r: kind_in_words(r.kind), choices=True),
            Column("state", _("State"), state_in_words, badge=_tone, choices=True),
            Column("since", _("Down since"), lambda r: r.down_since, kind="moment"),
            Column("good", _("Last good answer"), lambda r: r.last_good, kind="moment"),
        ),
    )
    download = table.download()
    if download is not None:
        return download
    context = {"table": table, "may_edit": may(by, Act.EDIT_CONNECTIONS, now=now)}
    return render(request, "backoffice/library_systems/list.html", context)


def kind_in_words(kind: str) -> str:
    return _(KIND_NAMES[Kind(kind)]) if kind in set(Kind) else _("Not connected")


def state_in_words(row: ConnectedRow) -> str:
    if row.down_since:
        return _("Down")
    if row.kind in ("", Kind.LOCAL):
        return _("Not watched")
    return (_("Has failed") if row.code else _("Works")) if row.last_good or row.code else _("Not asked yet")


def _tone(row: ConnectedRow) -> str:
    if row.down_since:
        return "bad"
    return ("warn" if row.code else "ok" if row.last_good else "") if row.kind != Kind.LOCAL else ""


@staff_required
@require_GET
def page(request: HttpRequest, system: str) -> HttpResponseBase:
    """One library system, with every connection that it has had."""
    by, now = actor_of(request), clock.now()
    require_any(by, Act.SEE_CONNECTIONS, now=now)
    found = _found(system)
    language = translation.get_language() or "fi"
    rows = queries.connections_of(system)
    current = next((row for row in rows if row.valid_to is None), None)
    context = {
        "found": found,
        "row": found.row,
        "name": found.row.name(language),
        "owner": found.row.owner(language),
        "kind": kind_in_words(found.row.kind),
        "state": state_in_words(found.row),
        "tone": _tone(found.row),
        "trouble": _(CODE_NAMES[Code(found.row.code)]) if found.row.code in set(Code) else "",
        "connections": [(row, kind_in_words(row.kind), _place(row)) for row in rows],
        "told": _told(current),
        "card_is_person": current is not None and queries.is_card_the_person(current),
        "may_edit": may(by, Act.EDIT_CONNECTIONS, now=now),
        "kinds": [(kind.value, _(KIND_NAMES[kind])) for kind in OFFERED],
        "current_kind": current.kind if current else "",
        "local": found.row.kind == Kind.LOCAL,
        "city": current is not None and current.kind == Kind.OIDC,
        "return_address": own_address(request) + reverse("sign-in-return"),
    }
    return render(request, "backoffice/library_systems/page.html", context)


def _place(row: ConnectionRow) -> str:
    url = str(row.settings.get("url") or row.settings.get("issuer") or "")
    return url or f"{row.settings.get('host', '')}:{row.settings.get('port', '')}".strip(":")


def _told(row: ConnectionRow | None) -> list[tuple[str, str]]:
    """What the system tells, in words: the attribute and the field that tells it."""
    known_by = _("card number")
    if row is not None and row.kind == Kind.OIDC:
        known_by = _("personal identity code, as a pseudonym") if row.settings.get("strong") else "iss + sub"
    reading = mapping.reading_of(row.mapping if row else {})
    home = f"{reading.home} · {_(mapping.HOME_NAMES[reading.home_by])}" if reading.home else ""
    age = f"{reading.age} · {_(mapping.AGE_NAMES[reading.age_by])}" if reading.age else ""
    return [
        (_("Lasting number"), reading.stable_id or known_by),
        (_("Home municipality"), home or _("unknown")),
        (_("Age group"), age or _("unknown")),
        (_("Card's last day"), reading.expires or _("unknown")),
        (_("Language"), reading.language or _("unknown")),
        (_("Block"), reading.blocked or "–"),
    ]


def _found(system: str) -> SystemDetail:
    found = queries.system(system, clock.today())
    if found is None:
        raise Http404
    return found


@staff_required
def add(request: HttpRequest) -> HttpResponseBase:
    """Put a library system on the list; how it is asked comes next."""
    require_any(actor_of(request), Act.EDIT_CONNECTIONS, now=clock.now())
    form = SystemForm(request.POST or None, initial={"trust_hours": 720, "outage_hours": 72})
    if request.method == "POST" and form.is_valid() and _define(request, form, form.cleaned_data["slug"]):
        messages.success(request, _("The library system was added. Say next how it is asked."))
        return redirect("backoffice:library-system", form.cleaned_data["slug"])
    return _ask(request, form, _("Add a library system"), _("Add"), reverse(LISTING), ())


@staff_required
def edit(request: HttpRequest, system: str) -> HttpResponseBase:
    """What a library system is, apart from how it is asked."""
    require_any(actor_of(request), Act.EDIT_CONNECTIONS, now=clock.now())
    found = _found(system)
    owner = next(
        (f"{kind}:{key}" for kind in ("kimppa", "library", "municipality") if (key := getattr(found, kind))),
        "",
    )
    names = ("card_pattern", "institution", "locks_after", "trust_hours", "outage_hours")
    initial = {name: getattr(found, name) for name in names} | {"owner": owner}
    initial |= {name: getattr(found.row, name) for name in ("name_fi", "name_sv", "name_en")}
    form = SystemForm(request.POST or None, initial=initial)
    del form.fields["slug"]
    if request.method == "POST" and form.is_valid() and _define(request, form, system):
        messages.success(request, _("The changes were saved."))
        return redirect("backoffice:library-system", system)
    return _ask(request, form, _("Change the library system"), _("Save"), _url(system), _crumbs(found))


def _define(request: HttpRequest, form: SystemForm, slug: str) -> bool:
    said = form.cleaned_data
    try:
        connecting.define_system(
            by=actor_of(request),
            slug=slug,
            names=(said["name_fi"], said["name_sv"], said["name_en"]),
            owner=form.owned_by(),
            card_pattern=said["card_pattern"],
            institution=said["institution"],
            locks_after=said["locks_after"],
            trust_hours=said["trust_hours"],
            outage_hours=said["outage_hours"],
            now=clock.now(),
        )
    except KimppaError as error:
        put_error(form, error)
        return False
    return True


@staff_required
@sensitive_post_parameters("login_password", "terminal_password", "client_secret")
def connect(request: HttpRequest, system: str, kind: str) -> HttpResponseBase:
    """The settings of one way to ask, from a day on. Secrets are written here and shown nowhere."""
    require_any(actor_of(request), Act.EDIT_CONNECTIONS, now=clock.now())
    found = _found(system)
    if kind not in OFFERED:
        raise Http404
    chosen = Kind(kind)
    current = queries.latest_connection(system)
    same = current if current is not None and current.kind == chosen else None
    initial = dict(same.settings) if same else {}
    initial["valid_from"] = same.valid_from if same else clock.today() if current else None
    kept = same.secrets if same else frozenset()
    form = ConnectionForm(chosen, kept, request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            connecting.connect(
                by=actor_of(request),
                system=system,
                kind=chosen.value,
                settings=form.settings(),
                secrets=form.secrets(),
                mapping=current.mapping if current else _usual_mapping(chosen),
                valid_from=form.cleaned_data["valid_from"],
                now=clock.now(),
            )
        except KimppaError as error:
            put_error(form, error)
        else:
            messages.success(request, _("The connection was saved. Try it next with a card."))
            return redirect("backoffice:library-system", system)
    title = _(KIND_NAMES[chosen])
    return _ask(request, form, title, _("Save"), _url(system), _crumbs(found), page=CONNECT)


def _usual_mapping(kind: Kind) -> dict[str, object]:
    """What the standards themselves say; all else is unknown until somebody has seen the system's answers."""
    return {"language": "language"} if kind in SIP2_KINDS else {}


@staff_required
def read_fields(request: HttpRequest, system: str) -> HttpResponseBase:
    """Which field tells what, of the connection without a last day."""
    require_any(actor_of(request), Act.EDIT_CONNECTIONS, now=clock.now())
    found = _found(system)
    current = queries.latest_connection(system)
    if current is None or current.kind == Kind.LOCAL:
        raise Http404
    reading = mapping.reading_of(current.mapping)
    tables = {
        "home_table": mapping.table_text(reading.home_table),
        "age_table": mapping.table_text(reading.age_table),
    }
    form = MappingForm(
        Kind(current.kind), request.POST or None, initial={**mapping.as_json(reading), **tables}
    )
    if request.method == "POST" and form.is_valid():
        try:
            connecting.connect(
                by=actor_of(request),
                system=system,
                kind=current.kind,
                settings=current.settings,
                secrets={},
                mapping=form.cleaned_data,
                valid_from=current.valid_from,
                now=clock.now(),
            )
        except KimppaError as error:
            put_error(form, error)
        else:
            messages.success(
                request, _("The fields were saved. What was kept of people changes as they sign in.")
            )
            return redirect("backoffice:library-system", system)
    return _ask(request, form, _("What its fields tell"), _("Save"), _url(system), _crumbs(found))


def _url(system: str) -> str:
    return reverse("backoffice:library-system", args=[system])


def _crumbs(found: SystemDetail) -> tuple[tuple[str, str], ...]:
    name = found.row.name(translation.get_language() or "fi")
    return ((name, _url(found.row.slug)),)


def _ask(
    request: HttpRequest,
    form: forms.Form,
    title: str,
    label: str,
    back: str,
    between: tuple[tuple[str, str], ...],
    *,
    page: str = "backoffice/change.html",
) -> HttpResponseBase:
    crumbs = ((_("Library systems"), reverse(LISTING)), *between, (title, ""))
    context = {"form": form, "title": title, "label": label, "back": back, "crumbs": crumbs}
    return render(request, page, context, status=422 if form.errors else 200)
