"""Fetching from vendors: accounts, their months as a grid of states, each attempt explained."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_POST

from kimppa.commons.members.permissions import may, require
from kimppa.commons.members.roles import Act
from kimppa.commons.usage import sushi, sushi_answers, sushi_queries, sushi_rules, sushi_words
from kimppa.commons.usage.sushi_queries import AccountRow, AttemptRow, MonthRow
from kimppa.doors.backoffice import usage_words as words
from kimppa.doors.backoffice.sushi_forms import BackfillForm, CredentialsForm, NewForm, SetupForm
from kimppa.doors.backoffice.usage_batches import raw
from kimppa.doors.web.errors import explain
from kimppa.doors.web.staff import actor_of, staff_required
from kimppa.doors.web.tables import Column, Table
from kimppa.foundation.core import clock
from kimppa.foundation.core.errors import KimppaError
from kimppa.foundation.core.text import noop
from kimppa.foundation.protocols.sushi import OUTCOME_NAMES, Outcome

STATES: dict[str, tuple[str, str]] = {
    "broken": (noop("Credentials not accepted"), "bad"),
    "stopped": (noop("Stopped"), "warn"),
    "bad": (noop("Somebody must look"), "bad"),
    "open": (noop("Some months are open"), "info"),
    "good": (noop("In order"), "ok"),
}
TONES: dict[str, str] = {
    Outcome.STORED: "ok",
    Outcome.ZERO: "ok",
    Outcome.PARTIAL: "warn",
    Outcome.NOT_READY: "warn",
    Outcome.GONE: "warn",
    Outcome.QUEUED: "info",
    Outcome.BUSY: "warn",
    Outcome.UNREACHED: "warn",
    Outcome.REFUSED: "bad",
    Outcome.BROKEN: "bad",
    Outcome.UNREADABLE: "bad",
    Outcome.DOUBTFUL: "warn",
}
MOST_MONTHS = 60


@dataclass(frozen=True, slots=True)
class Cell:
    """One month of one report in the grid; None: not meant to be had."""

    month: MonthRow
    state: str
    tone: str


@dataclass(frozen=True, slots=True)
class Line:
    month: date
    cells: tuple[Cell | None, ...]


@dataclass(frozen=True, slots=True)
class ShownAttempt:
    told: AttemptRow
    state: str
    tone: str
    means: str
    following: str
    problems: list[words.Said]


@dataclass(frozen=True, slots=True)
class ShownTry:
    told: sushi_answers.Tried
    state: str
    tone: str
    means: str
    following: str
    missing: tuple[str, ...]


@staff_required
@require_GET
def listing(request: HttpRequest) -> HttpResponseBase:
    """Every account with its state in words."""
    by, now = actor_of(request), clock.now()
    require(by, Act.SEE_USAGE, now=now)
    services, names = words.service_names(), words.UnitNames()
    table = Table(
        request,
        caption=_("Accounts at vendors"),
        filename="sushi",
        rows=sushi_queries.accounts(),
        empty=_("Nothing is fetched from any vendor yet."),
        columns=(
            Column[AccountRow](
                "service",
                _("E-service"),
                lambda r: services.get(r.platform, r.platform),
                link=lambda r: reverse("backoffice:sushi-account", args=[r.id]),
            ),
            Column("server", _("Server"), lambda r: r.host),
            Column("release", _("Release of COUNTER"), lambda r: r.release, choices=True),
            Column("unit", _("Whose use"), lambda r: words.whom(names, r.unit_kind, r.unit_code)),
            Column("reports", _("Reports"), lambda r: " ".join(r.reports)),
            Column(
                "state",
                _("State"),
                lambda r: _(STATES[r.state][0]),
                badge=lambda r: STATES[r.state][1],
                choices=True,
            ),
            Column("settled", _("Months had"), lambda r: r.settled, kind="number"),
            Column("meant", _("Months wanted"), lambda r: r.meant, kind="number"),
            Column("last", _("Last figures"), lambda r: r.last, kind="moment"),
        ),
    )
    download = table.download()
    if download is not None:
        return download
    context = {"table": table, "may_edit": may(by, Act.EDIT_USAGE, now=now)}
    return render(request, "backoffice/sushi/list.html", context)


@staff_required
@sensitive_post_parameters("requestor_id", "api_key", "customer_id")
def add(request: HttpRequest) -> HttpResponseBase:
    """A new account with its credentials."""
    by, now = actor_of(request), clock.now()
    require(by, Act.EDIT_USAGE, now=now)
    form = NewForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            made = sushi.define(by=by, setup=form.setup(), credentials=form.credentials(), now=now)
        except KimppaError as error:
            form.add_error(None, explain(error))
        else:
            messages.success(
                request, _("The account was saved. Test the connection, then fetch the past months.")
            )
            return redirect("backoffice:sushi-account", made)
    return _ask(request, form, _("Add an account at a vendor"), None)


@staff_required
@require_GET
def page(request: HttpRequest, account: int) -> HttpResponseBase:
    """One account: its months by report, how far it is, and what can be done."""
    return _page(request, account)


def _page(
    request: HttpRequest, account: int, tried: tuple[sushi_answers.Tried, ...] | None = None
) -> HttpResponse:
    by, now = actor_of(request), clock.now()
    require(by, Act.SEE_USAGE, now=now)
    row = sushi_queries.account(account)
    months = sushi_queries.months(account)
    reports = tuple(one for one in sushi_rules.REPORTS if one in {*row.reports, *(m.report for m in months)})
    code = row.broken_code or 0
    context = {
        "row": row,
        "title": _title(row),
        "crumbs": _crumbs(row),
        "unit": words.whom(words.UnitNames(), row.unit_kind, row.unit_code),
        "customer": sushi_queries.customer_id(account),
        "state": _(STATES[row.state][0]),
        "tone": STATES[row.state][1],
        "why": _(sushi_words.meaning(code if code >= 1000 else 0, code)) if row.broken_since else "",
        "reports": reports,
        "lines": _grid(months, reports),
        "tried": [_shown_try(one, row) for one in tried or ()],
        "backfill": BackfillForm(),
        "may_edit": may(by, Act.EDIT_USAGE, now=now),
    }
    return render(request, "backoffice/sushi/account.html", context)


def _grid(months: tuple[MonthRow, ...], reports: tuple[str, ...]) -> list[Line]:
    found = {(one.month, one.report): one for one in months}
    days = sorted({one.month for one in months}, reverse=True)[:MOST_MONTHS]
    return [Line(day, tuple(_cell(found.get((day, report))) for report in reports)) for day in days]


def _cell(month: MonthRow | None) -> Cell | None:
    if month is None:
        return None
    return Cell(month, _(sushi_rules.STATE_NAMES[month.state]), TONES.get(month.state, "info"))


@staff_required
def edit(request: HttpRequest, account: int) -> HttpResponseBase:
    """All of an account but its credentials."""
    by, now = actor_of(request), clock.now()
    require(by, Act.EDIT_USAGE, now=now)
    row = sushi_queries.account(account)
    form = SetupForm(request.POST or None, row=row)
    if request.method == "POST" and form.is_valid():
        try:
            sushi.change(by=by, account_id=account, setup=form.setup(), now=now)
        except KimppaError as error:
            form.add_error(None, explain(error))
        else:
            messages.success(request, _("The account was saved."))
            return redirect("backoffice:sushi-account", account)
    return _ask(request, form, _("Change the account"), row)


@staff_required
@sensitive_post_parameters("requestor_id", "api_key", "customer_id")
def credentials(request: HttpRequest, account: int) -> HttpResponseBase:
    """Other credentials; the old ones are shown to nobody."""
    by, now = actor_of(request), clock.now()
    require(by, Act.EDIT_USAGE, now=now)
    row = sushi_queries.account(account)
    form = CredentialsForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            sushi.change_credentials(by=by, account_id=account, credentials=form.credentials(), now=now)
        except KimppaError as error:
            form.add_error(None, explain(error))
        else:
            messages.success(request, _("The credentials were changed. What had stopped goes on."))
            return redirect("backoffice:sushi-account", account)
    return _ask(request, form, _("Change the credentials"), row)


@staff_required
@require_POST
def do(request: HttpRequest, account: int) -> HttpResponseBase:
    """Stop, go on, or fetch past months."""
    by, now = actor_of(request), clock.now()
    require(by, Act.EDIT_USAGE, now=now)
    what = request.POST.get("do", "")
    try:
        if what == "stop":
            sushi.stop(by=by, account_id=account, now=now)
            messages.success(request, _("Nothing more is asked until you let it go on."))
        elif what == "resume":
            sushi.resume(by=by, account_id=account, now=now)
            messages.success(request, _("It goes on."))
        elif what == "backfill":
            form = BackfillForm(request.POST)
            months = form.cleaned_data["months"] if form.is_valid() else 0
            made = sushi.backfill(by=by, account_id=account, months=months, now=now)
            told = ngettext(
                "%(n)s report of a month is fetched.", "%(n)s reports of months are fetched.", made
            )
            messages.success(request, told % {"n": made})
    except KimppaError as error:
        messages.error(request, explain(error))
    return redirect("backoffice:sushi-account", account)


@staff_required
@require_POST
def try_out(request: HttpRequest, account: int) -> HttpResponseBase:
    """Ask the vendor's status and list of reports; nothing is stored."""
    by, now = actor_of(request), clock.now()
    require(by, Act.EDIT_USAGE, now=now)
    return _page(request, account, sushi_answers.try_out(by=by, account_id=account, now=now))


def _shown_try(tried: sushi_answers.Tried, row: AccountRow) -> ShownTry:
    well = tried.outcome is Outcome.STORED
    means, following = sushi_words.explained(
        tried.outcome, code=tried.code, error=tried.error, status=tried.status
    )
    offered = {one.id for one in tried.offered}
    missing = tuple(one for one in row.reports if one not in offered) if offered else ()
    state = _("Works") if well else _(OUTCOME_NAMES[tried.outcome])
    return ShownTry(
        tried,
        state,
        "ok" if well else TONES[tried.outcome],
        "" if well else _(means),
        "" if well else _(following),
        missing,
    )


@staff_required
def month(request: HttpRequest, month_id: int) -> HttpResponseBase:
    """A report of a month: every attempt with what it means and the next step. POST: again, confirm."""
    by, now = actor_of(request), clock.now()
    require(by, Act.SEE_USAGE, now=now)
    found = sushi_queries.month(month_id)
    if request.method == "POST":
        return _act(request, found)
    row = sushi_queries.account(found.account)
    label = f"{found.report} {found.month.month}/{found.month.year}"
    context = {
        "found": found,
        "row": row,
        "title": f"{_title(row)}: {label}",
        "crumbs": (
            *_crumbs(row)[:1],
            (_title(row), reverse("backoffice:sushi-account", args=[row.id])),
            (label, ""),
        ),
        "state": _(sushi_rules.STATE_NAMES[found.state]),
        "tone": TONES.get(found.state, "info"),
        "attempts": [_shown_attempt(one) for one in sushi_queries.attempts(month_id)],
        "doubtful": found.state == Outcome.DOUBTFUL,
        "may_edit": may(by, Act.EDIT_USAGE, now=now),
    }
    return render(request, "backoffice/sushi/month.html", context)


def _act(request: HttpRequest, found: MonthRow) -> HttpResponseBase:
    by, now = actor_of(request), clock.now()
    require(by, Act.EDIT_USAGE, now=now)
    try:
        if request.POST.get("do") == "confirm":
            sushi_answers.confirm(by=by, intention_id=found.id, now=now)
            messages.success(request, _("The report was taken into use."))
        else:
            sushi.ask_again(by=by, intention_id=found.id, now=now)
            messages.success(request, _("It is asked again at the server’s next turn."))
    except KimppaError as error:
        messages.error(request, explain(error))
    return redirect("backoffice:sushi-month", found.id)


def _shown_attempt(told: AttemptRow) -> ShownAttempt:
    state = _(OUTCOME_NAMES[Outcome(told.outcome)]) if told.outcome else _("Goes on")
    return ShownAttempt(
        told,
        state,
        TONES.get(told.outcome, "info"),
        _(told.means) if told.means else "",
        _(told.following) if told.following else "",
        words.said(told.problems),
    )


@staff_required
@require_GET
def answer(request: HttpRequest, attempt: int) -> HttpResponseBase:
    """The raw answer as it came."""
    require(actor_of(request), Act.SEE_USAGE, now=clock.now())
    return raw(sushi_queries.answer(attempt))


def _title(row: AccountRow) -> str:
    service = words.service_names().get(row.platform, row.platform)
    return f"{service} ({row.release})"


def _crumbs(row: AccountRow | None) -> tuple[tuple[str, str], ...]:
    first = (_("Fetching from vendors"), reverse("backoffice:sushi"))
    return (first, (_title(row), "")) if row else (first,)


def _ask(request: HttpRequest, form: forms.Form, title: str, row: AccountRow | None) -> HttpResponse:
    back = reverse("backoffice:sushi-account", args=[row.id]) if row else reverse("backoffice:sushi")
    before = (*_crumbs(row)[:1], (_title(row), back)) if row else _crumbs(None)
    context = {
        "form": form,
        "title": title,
        "label": _("Save"),
        "back": back,
        "crumbs": (*before, (title, "")),
    }
    return render(request, "backoffice/change.html", context, status=422 if form.errors else 200)
