"""People, their roles, invitations; the table of roles; the audit trail."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from kimppa.commons.members import people, queries, staff_queries
from kimppa.commons.members.permissions import require_any
from kimppa.commons.members.roles import ACT_NAMES, ROLE_NAMES, TABLE, Act, Reach, Role, Scope, ScopeKind
from kimppa.commons.members.staff_queries import PersonRow
from kimppa.doors.web.errors import explain
from kimppa.doors.web.forms import offer
from kimppa.doors.web.staff import actor_of, staff_required
from kimppa.doors.web.tables import Column, Table, page_links
from kimppa.foundation.accounts.issuers import issuers
from kimppa.foundation.accounts.queries import audit_trail
from kimppa.foundation.core import clock
from kimppa.foundation.core.errors import KimppaError


class RoleForm(forms.Form):
    """A role and where it holds."""

    role = forms.ChoiceField(label=gettext_lazy("Role"))
    scope = forms.ChoiceField(label=gettext_lazy("Where"))

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        offer(self, "role", [(str(r), _(ROLE_NAMES[r])) for r in Role])
        offer(self, "scope", scope_choices())

    def scope_asked(self) -> Scope:
        kind, _colon, code = self.cleaned_data["scope"].partition(":")
        return Scope(ScopeKind(kind), code)


class InviteForm(RoleForm):
    name = forms.CharField(label=gettext_lazy("Name"), max_length=200)
    email = forms.EmailField(label=gettext_lazy("E-mail address"))
    city = forms.ChoiceField(label=gettext_lazy("Signs in by"), required=False)
    field_order = ["name", "email", "role", "scope", "city"]

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        cities = [(str(one.id), one.name) for one in issuers(only_on=True)]
        if cities:
            offer(self, "city", [("", _("Password and one-time code")), *cities])
        else:
            del self.fields["city"]


def scope_choices() -> list[tuple[str, str]]:
    """Everything a role can be given for, as of today."""
    today = clock.today()
    found = [("consortium:", _("The whole consortium"))]
    found += [(f"area:{a.slug}", a.name_fi) for a in queries.areas_on(today)]
    found += [(f"kimppa:{k.slug}", k.name_fi) for k in queries.kimppas_on(today)]
    found += [(f"municipality:{m.code}", m.name_fi) for m in queries.members_on(today)]
    return found


@staff_required
def listing(request: HttpRequest) -> HttpResponseBase:
    """Everybody on the staff; inviting somebody by POST shows the invitation's address once."""
    actor, now = actor_of(request), clock.now()
    seen = require_any(actor, Act.SEE_STAFF, now=now)
    rows = staff_queries.people(on=clock.today())
    table = _table(request, rows)
    download = table.download()
    if download is not None:
        return download
    form = InviteForm(request.POST or None)
    link = ""
    if request.method == "POST" and form.is_valid():
        try:
            token = people.invite(
                by=actor,
                email=form.cleaned_data["email"],
                name=form.cleaned_data["name"],
                language="fi",
                role=Role(form.cleaned_data["role"]),
                scope=form.scope_asked(),
                issuer_id=int(form.cleaned_data.get("city") or 0) or None,
                now=now,
                real_now=clock.real_now(),
            )
        except KimppaError as error:
            form.add_error(None, explain(error))
        else:
            link = request.build_absolute_uri(reverse("backoffice:accept", args=[token]))
            form = InviteForm()
    context = {"table": table, "form": form, "link": link, "seen": seen}
    return render(request, "backoffice/people.html", context, status=422 if form.errors else 200)


def _table(request: HttpRequest, rows: tuple[PersonRow, ...]) -> Table[PersonRow]:
    names = dict(scope_choices())
    return Table(
        request,
        caption=_("People"),
        filename="people",
        rows=rows,
        sort="name",
        columns=(
            Column[PersonRow](
                "name",
                _("Name"),
                lambda r: r.name,
                link=lambda r: reverse("backoffice:person", args=[r.id]),
            ),
            Column("email", _("E-mail address"), lambda r: r.email),
            Column("roles", _("Roles"), lambda r: roles_in_words(r, names)),
            Column("state", _("State"), state_in_words, choices=True),
        ),
    )


def roles_in_words(person: PersonRow, names: dict[str, str]) -> str:
    """The roles that hold today, each with its scope's name."""
    return ", ".join(
        f"{_(ROLE_NAMES[r.role])} ({names.get(f'{r.scope_kind}:{r.scope_code}', r.scope_code)})"
        for r in person.roles
        if r.in_force
    )


def state_in_words(person: PersonRow) -> str:
    if person.active:
        return _("In use")
    return _("Invited or closed")


@staff_required
def person(request: HttpRequest, user_id: int) -> HttpResponseBase:
    """One person's roles of all times; a new role by POST."""
    actor, now = actor_of(request), clock.now()
    require_any(actor, Act.SEE_STAFF, now=now)
    row = staff_queries.person(user_id, on=clock.today())
    if row is None:
        raise Http404
    form = RoleForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            people.give_role(
                by=actor,
                user_id=user_id,
                role=Role(form.cleaned_data["role"]),
                scope=form.scope_asked(),
                valid_from=clock.today(),
                valid_to=None,
                now=now,
            )
        except KimppaError as error:
            form.add_error(None, explain(error))
        else:
            messages.success(request, _("The role was given."))
            return redirect("backoffice:person", user_id)
    names = dict(scope_choices())
    roles = [
        (r, _(ROLE_NAMES[r.role]), names.get(f"{r.scope_kind}:{r.scope_code}", r.scope_code))
        for r in row.roles
    ]
    context = {"row": row, "roles": roles, "form": form, "state": state_in_words(row)}
    context["cities"] = bool(issuers(only_on=True))
    return render(request, "backoffice/person.html", context, status=422 if form.errors else 200)


@staff_required
@require_POST
def end_role(request: HttpRequest, user_id: int, assignment_id: int) -> HttpResponseBase:
    """Let a role end today."""
    try:
        people.end_role(
            by=actor_of(request), assignment_id=assignment_id, valid_to=clock.today(), now=clock.now()
        )
    except KimppaError as error:
        if error.status == 403:
            raise
        messages.error(request, explain(error))
    else:
        messages.success(request, _("The role ends today."))
    return redirect("backoffice:person", user_id)


@staff_required
def close_account(request: HttpRequest, user_id: int) -> HttpResponseBase:
    """Ask, then close a person's account."""
    actor, now = actor_of(request), clock.now()
    require_any(actor, Act.MANAGE_STAFF, now=now)
    row = staff_queries.person(user_id, on=clock.today())
    if row is None:
        raise Http404
    if request.method == "POST":
        people.close_account(by=actor, user_id=user_id, now=now)
        messages.success(request, _("The account was closed."))
        return redirect("backoffice:people")
    return render(request, "backoffice/close_account.html", {"row": row})


@staff_required
@require_GET
def roles(request: HttpRequest) -> HttpResponseBase:
    """The table role × act as it stands in code."""
    require_any(actor_of(request), Act.SEE_BACKOFFICE, now=clock.now())
    words = {Reach.EVERYWHERE: _("Everywhere"), Reach.WITHIN: _("In own scope")}
    rows = [(_(ACT_NAMES[act]), [_cell(TABLE[role].get(act), words) for role in Role]) for act in Act]
    context = {"roles": [_(ROLE_NAMES[role]) for role in Role], "rows": rows}
    return render(request, "backoffice/roles.html", context)


def _cell(reach: Reach | None, words: dict[Reach, str]) -> str:
    return words[reach] if reach else "–"


@staff_required
@require_GET
def audit(request: HttpRequest) -> HttpResponseBase:
    """Who did what and when, with the values before and after."""
    require_any(actor_of(request), Act.SEE_AUDIT, now=clock.now())
    asked = request.GET.get("page", "1")
    page = int(asked) if asked.isdecimal() and len(asked) < 7 else 1
    text = request.GET.get("q", "").strip()[:100]
    trail = audit_trail(text=text, page=page)
    pages = max(1, -(-trail.total // 50))

    def query(number: int) -> str:
        changed = request.GET.copy()
        changed["page"] = str(number)
        return f"?{changed.urlencode()}"

    context = {"trail": trail, "q": text, "links": page_links(page, pages, query)}
    return render(request, "backoffice/audit.html", context)
