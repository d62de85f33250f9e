"""Imports: what was loaded, what was said of each record, and taking one back."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from kimppa.commons.members import csv_members, member_import
from kimppa.commons.members.permissions import require_any
from kimppa.commons.members.roles import Act
from kimppa.consortium.agreements import register_import
from kimppa.doors.web.errors import explain, sentence
from kimppa.doors.web.staff import actor_of, staff_required
from kimppa.doors.web.tables import Column, Table
from kimppa.elibrary.catalog import rules as titles
from kimppa.elibrary.holdings import services as holdings
from kimppa.foundation.core import clock
from kimppa.foundation.core.errors import KimppaError
from kimppa.foundation.imports import queries
from kimppa.foundation.imports.models import ImportBatch
from kimppa.foundation.imports.queries import BatchRow, RecordRow
from kimppa.foundation.imports.services import UndoRefused

KINDS = {member_import.KIND: Act.IMPORT_MEMBERS, holdings.KIND: Act.IMPORT_TITLES}


@staff_required
@require_GET
def listing(request: HttpRequest) -> HttpResponseBase:
    """Every import, newest first."""
    require_any(actor_of(request), Act.SEE_TITLES, now=clock.now())
    table = Table(
        request,
        caption=_("Imports"),
        filename="imports",
        rows=queries.latest(limit=500),
        empty=_("Nothing has been imported yet."),
        columns=(
            Column[BatchRow](
                "source",
                _("File"),
                lambda r: r.source_name,
                link=lambda r: reverse("backoffice:import", args=[r.id]),
            ),
            Column("kind", _("What"), lambda r: kind_in_words(r.kind), choices=True),
            Column("actor", _("Who"), lambda r: r.actor),
            Column("created", _("When"), lambda r: r.created, kind="moment"),
            Column("state", _("State"), lambda r: state_in_words(r.state), choices=True),
        ),
    )
    return table.download() or render(request, "backoffice/imports.html", {"table": table})


def kind_in_words(kind: str) -> str:
    words = {
        member_import.KIND: _("Municipalities and populations"),
        holdings.KIND: _("Titles"),
        register_import.KIND: _("Register of agreements"),
    }
    return words.get(kind, kind)


def state_in_words(state: str) -> str:
    words = {"applied": _("In effect"), "undone": _("Taken back"), "refused": _("Refused")}
    return words.get(state, _("Not finished"))


@staff_required
def page(request: HttpRequest, batch_id: int) -> HttpResponseBase:
    """One import with its report; taking it back by POST."""
    actor, now = actor_of(request), clock.now()
    require_any(actor, Act.SEE_TITLES, now=now)
    batch = queries.get(batch_id)
    if batch.kind == register_import.KIND:
        return redirect("backoffice:agreements-import", batch_id)
    blockers: tuple[str, ...] = ()
    status = 200
    if request.method == "POST":
        try:
            _undo(batch, request)
        except UndoRefused as error:
            messages.error(request, explain(error))
            status = error.status
            blockers = tuple(f"{b.key}: {blocker_in_words(b.code)}" for b in error.blockers[:50])
        except KimppaError as error:
            messages.error(request, explain(error))
            status = error.status
        else:
            messages.success(request, _("The import was taken back."))
            return redirect("backoffice:import", batch_id)
    table = Table(
        request,
        caption=_("Records"),
        filename=f"import-{batch_id}",
        rows=_report(batch),
        columns=(
            Column[RecordRow]("number", _("Record"), lambda r: r.number, kind="number"),
            Column("key", _("Key"), lambda r: r.key),
            Column("action", _("What became of it"), lambda r: action_in_words(r.action), choices=True),
            Column("said", _("Remark"), remark),
        ),
    )
    context = {
        "batch": batch,
        "kind": kind_in_words(batch.kind),
        "state": state_in_words(batch.state),
        "preview": queries.preview(batch),
        "table": table,
        "blockers": blockers,
    }
    return table.download() or render(request, "backoffice/import.html", context, status=status)


def _report(batch: ImportBatch) -> tuple[RecordRow, ...]:
    """What there is to say of records; where nothing is, the first thousand of them."""
    return queries.report(batch, problems_only=True, limit=5_000) or queries.report(batch)


def _undo(batch: ImportBatch, request: HttpRequest) -> None:
    actor, now = actor_of(request), clock.now()
    if batch.kind == member_import.KIND:
        member_import.undo_members(by=actor, batch_id=batch.pk, now=now)
    else:
        holdings.undo_titles(by=actor, batch_id=batch.pk, now=now)


def action_in_words(action: str) -> str:
    words = {"create": _("New"), "update": _("Changed"), "unchanged": _("As before"), "skip": _("Skipped")}
    return words.get(action, action)


def remark(row: RecordRow) -> str:
    source = titles.PROBLEMS.get(row.code) or csv_members.PROBLEMS.get(row.code)
    return sentence(source, row.params) if source else row.code


def blocker_in_words(code: str) -> str:
    words = {
        "gone": _("the row is gone"),
        "changed-since": _("the row was changed since"),
        "has-license": _("there is a licence for it"),
        "has-content": _("there is a file for it"),
        "is-member": _("it is a member of the e-library"),
        "agreement-in-use": _("it was signed, or papers were added to it"),
    }
    return words.get(code, code)
