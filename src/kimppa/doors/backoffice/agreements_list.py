"""Agreements as a list, and the days that must not be missed."""

from __future__ import annotations

from datetime import timedelta

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from kimppa.commons.members.permissions import may, require
from kimppa.commons.members.roles import Act
from kimppa.consortium.agreements import contracts
from kimppa.consortium.agreements.contracts import (
    PROTECTION_NAMES,
    STATE_NAMES,
    ContractRow,
    DeadlineRow,
    Protection,
    State,
)
from kimppa.consortium.agreements.deadlines import KIND_NAMES as DEADLINE_NAMES
from kimppa.consortium.agreements.deadlines import Kind
from kimppa.consortium.agreements.procurement import STANDING_NAMES, Standing
from kimppa.consortium.agreements.rules import KIND_NAMES
from kimppa.doors.backoffice import money_tables as tables
from kimppa.doors.backoffice.asof import asked_day
from kimppa.doors.web.staff import actor_of, staff_required
from kimppa.doors.web.tables import Column, Table
from kimppa.foundation.core import clock

STATE_TONES = {State.DRAFT: "warn", State.COMING: "info", State.IN_FORCE: "ok", State.ENDED: ""}
PROTECTION_TONES = {Protection.IN_ORDER: "ok", Protection.MISSING: "bad"}
SPANS = (30, 90, 180, 365, 1095)
SOON = 30


@staff_required
def listing(request: HttpRequest) -> HttpResponseBase:
    """Every agreement as of a day: its state, days, value and faults."""
    by = actor_of(request)
    require(by, Act.SEE_AGREEMENTS, now=clock.now())
    on = asked_day(request)
    rows = contracts.contracts(on=on)
    table = _table(request, rows)
    download = table.download()
    if download is not None:
        return download
    in_force = [row for row in rows if row.state is State.IN_FORCE]
    context = {
        "on": on,
        "table": table,
        "in_force": len(in_force),
        "drafts": sum(1 for row in rows if row.state is State.DRAFT),
        "faults": sum(1 for row in in_force if row.protection is Protection.MISSING),
        "soon": len(contracts.deadlines_of(on=on, until=on + timedelta(days=90))),
        "edits": may(by, Act.EDIT_AGREEMENTS, now=clock.now()),
    }
    return render(request, "backoffice/agreements/list.html", context)


@staff_required
def deadlines(request: HttpRequest) -> HttpResponseBase:
    """What must be done by when, the soonest first."""
    require(actor_of(request), Act.SEE_AGREEMENTS, now=clock.now())
    on = asked_day(request)
    asked = request.GET.get("days", "")
    days = int(asked) if asked.isascii() and asked.isdecimal() and int(asked) in SPANS else 365
    shown = tables.language()
    table = Table(
        request,
        caption=_("Days that must not be missed"),
        filename=f"deadlines-{on.isoformat()}",
        rows=contracts.deadlines_of(on=on, until=on + timedelta(days=days)),
        columns=(
            Column[DeadlineRow]("day", _("Day"), lambda r: r.day, kind="day"),
            Column(
                "left",
                _("Days left"),
                lambda r: (r.day - on).days,
                kind="number",
            ),
            Column(
                "kind",
                _("What"),
                lambda r: _(DEADLINE_NAMES[r.kind]),
                badge=lambda r: _urgency(r, (r.day - on).days),
                choices=True,
            ),
            Column(
                "title", _("Agreement"), lambda r: r.title(shown), link=lambda r: page_url(r.agreement_id)
            ),
            Column("number", _("Diary number"), lambda r: r.diary_number),
        ),
        empty=_("Nothing falls on these days."),
    )
    download = table.download()
    if download is not None:
        return download
    context = {"on": on, "days": days, "spans": SPANS, "table": table}
    return render(request, "backoffice/agreements/deadlines.html", context)


def page_url(agreement: int) -> str:
    return reverse("backoffice:agreement", args=[agreement])


def _urgency(row: DeadlineRow, left: int) -> str:
    if row.kind in {Kind.NOTICE, Kind.OPTION}:
        return "bad" if left <= SOON else "warn"
    return "info"


def _table(request: HttpRequest, rows: tuple[ContractRow, ...]) -> Table[ContractRow]:
    shown = tables.language()
    return Table(
        request,
        caption=_("Agreements"),
        filename="agreements",
        rows=rows,
        columns=(
            Column[ContractRow](
                "title", _("Agreement"), lambda r: r.title(shown), link=lambda r: page_url(r.id)
            ),
            Column("kind", _("Kind"), lambda r: _(KIND_NAMES[r.kind]), choices=True),
            Column("party", _("Vendor or funder"), lambda r: r.other_party, choices=True),
            Column(
                "state",
                _("State"),
                lambda r: _(STATE_NAMES[r.state]),
                badge=lambda r: STATE_TONES[r.state],
                choices=True,
            ),
            Column("from", _("Valid from"), lambda r: r.valid_from, kind="day"),
            Column("to", _("Ends"), lambda r: r.ends_on, kind="day"),
            Column("notice", _("Notice by"), lambda r: r.days.notice_by, kind="day"),
            Column("option", _("Option by"), lambda r: r.days.option_by, kind="day"),
            Column("value", _("Whole value"), lambda r: r.value, kind="money"),
            Column("standing", _("Threshold"), _standing, choices=True),
            Column(
                "protection",
                _("Data protection"),
                lambda r: (
                    _(PROTECTION_NAMES[r.protection]) if r.protection is not Protection.NOT_ASKED else ""
                ),
                badge=lambda r: PROTECTION_TONES.get(r.protection, ""),
                choices=True,
            ),
            Column("number", _("Diary number"), lambda r: r.diary_number),
        ),
        empty=_("No agreements yet."),
    )


def _standing(row: ContractRow) -> str:
    return _(STANDING_NAMES[row.standing]) if row.standing is not Standing.UNKNOWN else ""


def _protection(row: ContractRow) -> str:
    return _(PROTECTION_NAMES[row.protection]) if row.protection is not Protection.NOT_ASKED else ""
