"""The back office's front page: what needs a person, then money, members and use."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from kimppa.commons.members import queries as members
from kimppa.commons.members.permissions import visible_to
from kimppa.commons.members.roles import Act, Visible
from kimppa.commons.platforms import queries as platforms
from kimppa.commons.usage import queries as usage
from kimppa.commons.usage.services import OWN_LENDING
from kimppa.consortium.agreements import contracts
from kimppa.consortium.agreements.contracts import Protection, State
from kimppa.consortium.agreements.deadlines import Kind
from kimppa.consortium.budgets import queries as budgets
from kimppa.consortium.budgets.queries import RevisionRow
from kimppa.consortium.communications import queries as communications
from kimppa.consortium.governance.meeting_queries import waiting_for
from kimppa.consortium.invoicing.year_sums import YearSum, late, year_sums
from kimppa.doors.web.formats import moment
from kimppa.doors.web.staff import actor_of, staff_required
from kimppa.foundation.accounts.models import User
from kimppa.foundation.core import clock
from kimppa.foundation.core.money import Cents


@dataclass(frozen=True, slots=True)
class Task:
    """Something that waits for a person: what, why, and where to do it."""

    title: str
    text: str
    url: str
    tone: str


@dataclass(frozen=True, slots=True)
class MoneyYear:
    """A year in five figures: what is levied is either charged internally or invoiced.

    `own`: of some municipalities only.
    """

    year: int
    levied: Cents
    internal: Cents
    invoiced: Cents
    paid: Cents
    open: Cents
    url: str
    own: bool


@staff_required
def page(request: HttpRequest) -> HttpResponseBase:
    """Composed from the queries of several rooms; each part only for those who may see it."""
    actor, now, today = actor_of(request), clock.now(), clock.today()
    money_seen = visible_to(actor, Act.SEE_MONEY, now=now)
    tasks: list[Task] = []
    services_seen = bool(visible_to(actor, Act.SEE_PLATFORMS, now=now))
    context: dict[str, object] = {"tasks": tasks, "services_seen": services_seen}
    tasks += _meeting_tasks(actor, now)
    if money_seen:
        context["money"] = _money(today.year, money_seen)
        tasks += _money_tasks(today.year, money_seen)
    if visible_to(actor, Act.EDIT_AGREEMENTS, now=now):
        tasks += _agreement_tasks()
    if visible_to(actor, Act.ANSWER_FEEDBACK, now=now):
        tasks += _feedback_tasks()
    if visible_to(actor, Act.SEE_MEMBERS, now=now):
        reference = members.latest_population_date(today)
        rows = members.member_table(on=today, reference_date=reference)
        context["members"] = len(rows)
        context["residents"] = sum(row.residents or 0 for row in rows)
        context["reference"] = reference
        context["kimppas"] = len(members.kimppas_on(today))
        context["services"] = len(platforms.platforms_on(today))
    loans = usage.by_month(platform=OWN_LENDING, year=today.year)
    context["loans"] = sum(row.value for row in loans)
    context["year"] = today.year
    return render(request, "backoffice/overview.html", context)


def _money(year: int, seen: Visible) -> MoneyYear:
    sums = year_sums(year=year, visible=seen).get(year, YearSum())
    return MoneyYear(
        year=year,
        levied=budgets.levied(year, visible=seen),
        internal=sums.internal,
        invoiced=sums.invoiced,
        paid=sums.paid,
        open=sums.open,
        url=reverse("backoffice:money-year", args=[year]),
        own=not seen.everything,
    )


def _money_tasks(year: int, seen: Visible) -> list[Task]:
    found: list[Task] = []
    today = clock.today()
    overdue = late(year=year, on=today, visible=seen)
    if overdue:
        text = ngettext(
            "%(count)s invoice of %(year)s is past its due day.",
            "%(count)s invoices of %(year)s are past their due day.",
            overdue,
        ) % {"count": overdue, "year": year}
        url = reverse("backoffice:money-year", args=[year])
        found.append(Task(_("Unpaid invoices"), text, url, "warn"))
    coming: tuple[RevisionRow, ...] = budgets.revisions_of(year + 1)
    if not coming and seen.everything and today.month >= 9:
        text = _("The directors' decision on the rate of %(year)s is not recorded yet.") % {"year": year + 1}
        url = reverse("backoffice:money-decide", args=[year + 1])
        found.append(Task(_("Next year's rate"), text, url, "info"))
    return found


def _agreement_tasks() -> list[Task]:
    """Acts of ours that fall due within 30 days, and vendors without a data-processing agreement."""
    found: list[Task] = []
    today = clock.today()
    due = [
        row
        for row in contracts.deadlines_of(on=today, until=today + timedelta(days=30))
        if row.kind in {Kind.NOTICE, Kind.OPTION}
    ]
    if due:
        text = ngettext(
            "%(count)s day to give notice or use an option falls within 30 days, the first on %(day)s.",
            "%(count)s days to give notice or use an option fall within 30 days, the first on %(day)s.",
            len(due),
        ) % {"count": len(due), "day": f"{due[0].day.day}.{due[0].day.month}.{due[0].day.year}"}
        found.append(
            Task(_("Deadlines of agreements"), text, reverse("backoffice:agreements-deadlines"), "warn")
        )
    rows = contracts.contracts(on=today)
    lacking = [r for r in rows if r.state is State.IN_FORCE and r.protection is Protection.MISSING]
    if lacking:
        text = ngettext(
            "%(count)s contract in force has no data-processing agreement.",
            "%(count)s contracts in force have no data-processing agreement.",
            len(lacking),
        ) % {"count": len(lacking)}
        found.append(Task(_("Data protection"), text, reverse("backoffice:agreements"), "warn"))
    return found


def _meeting_tasks(actor: User, now: datetime) -> list[Task]:
    """E-mail meetings that wait for the person's own answer."""
    shown = get_language() or "fi"
    return [
        Task(
            one.title(shown),
            _("Answer the e-mail meeting before %(moment)s.") % {"moment": moment(one.closes_at, shown)},
            reverse("backoffice:meeting-answer", args=[one.meeting_id]),
            "warn",
        )
        for one in waiting_for(actor, now=now)
    ]


def _feedback_tasks() -> list[Task]:
    waiting = communications.open_feedback()
    if not waiting:
        return []
    first = min(row.due for row in waiting)
    text = ngettext(
        "%(count)s message waits for an answer, the first by %(day)s.",
        "%(count)s messages wait for an answer, the first by %(day)s.",
        len(waiting),
    ) % {"count": len(waiting), "day": f"{first.day}.{first.month}.{first.year}"}
    return [Task(_("Residents' feedback"), text, reverse("backoffice:feedback"), "warn")]
