"""Sheets of money: a ledger's answer, past years' levies. Read, preview, apply, undo."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kimppa.commons.members.permissions import require
from kimppa.commons.members.roles import Act
from kimppa.consortium.invoicing import ledger_return, past_levies
from kimppa.doors.backoffice.imports_pages import action_in_words, blocker_in_words, state_in_words
from kimppa.doors.web.errors import explain, sentence
from kimppa.doors.web.staff import actor_of, staff_required
from kimppa.doors.web.tables import Column, Table
from kimppa.foundation.core import clock, sheets
from kimppa.foundation.core.errors import KimppaError
from kimppa.foundation.files.rules import MEGABYTE
from kimppa.foundation.files.services import FileTooLarge
from kimppa.foundation.imports import queries
from kimppa.foundation.imports.models import ImportBatch
from kimppa.foundation.imports.queries import BatchRow, RecordRow
from kimppa.foundation.imports.services import UndoRefused


class Downloadable(Protocol):
    """A table of whatever rows."""

    def download(self) -> HttpResponse | None: ...


def first_download(*tables: Downloadable) -> HttpResponse | None:
    """The file of the table that was asked for, None where the page itself was."""
    return next((found for table in tables if (found := table.download()) is not None), None)


@dataclass(frozen=True, slots=True)
class Sort:
    """One sort of sheet: its verbs, its words and the page it belongs to."""

    kind: str
    act: Act
    stage: Callable[..., int]
    apply: Callable[..., int]
    undo: Callable[..., int]
    problems: Mapping[str, str]
    title: Promise
    lead: Promise
    key_label: Promise
    upload: str
    page: str
    home: str
    home_title: Promise


LEDGER_RETURN = Sort(
    kind=ledger_return.KIND,
    act=Act.RECORD_PAYMENTS,
    stage=ledger_return.stage_return,
    apply=ledger_return.apply_return,
    undo=ledger_return.undo_return,
    problems=ledger_return.PROBLEMS,
    title=gettext_lazy("Read a ledger's answer"),
    lead=gettext_lazy(
        "A row for each key of ours: the ledger's invoice number and day, the state or the sum paid in all, "
        "and the day it was paid. Read twice, nothing is doubled."
    ),
    key_label=gettext_lazy("Key"),
    upload="backoffice:money-ledger-upload",
    page="backoffice:money-ledger-return",
    home="backoffice:money-ledgers",
    home_title=gettext_lazy("Cities' ledgers"),
)


PAST_LEVIES = Sort(
    kind=past_levies.KIND,
    act=Act.LEVY,
    stage=past_levies.stage_past,
    apply=past_levies.apply_past,
    undo=past_levies.undo_past,
    problems=past_levies.PROBLEMS,
    title=gettext_lazy("Bring in past levies"),
    lead=gettext_lazy(
        "A row for each municipality and year: year, municipality (name or code), sum, paid (sum or word), "
        "and if known residents and cost class. No merged cells among the rows."
    ),
    key_label=gettext_lazy("Year and municipality"),
    upload="backoffice:money-past-upload",
    page="backoffice:money-past-sheet",
    home="backoffice:money-past",
    home_title=gettext_lazy("Levies of past years"),
)


class SheetForm(forms.Form):
    file = forms.FileField(
        label=gettext_lazy("File"),
        help_text=gettext_lazy("XLSX or CSV, at most 5 MB. Nothing is written yet."),
    )


def ledger_upload(request: HttpRequest) -> HttpResponseBase:
    return upload(request, LEDGER_RETURN)


def ledger_page(request: HttpRequest, batch: int) -> HttpResponseBase:
    return page(request, LEDGER_RETURN, batch)


def past_upload(request: HttpRequest) -> HttpResponseBase:
    return upload(request, PAST_LEVIES)


def past_page(request: HttpRequest, batch: int) -> HttpResponseBase:
    return page(request, PAST_LEVIES, batch)


@staff_required
def upload(request: HttpRequest, sort: Sort) -> HttpResponseBase:
    """Choose a sheet; it is read and previewed."""
    by, now = actor_of(request), clock.now()
    require(by, sort.act, now=now)
    form = SheetForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        try:
            if file.size > sheets.MAX_BYTES:
                size, limit = -(-file.size // MEGABYTE), sheets.MAX_BYTES // MEGABYTE
                raise FileTooLarge(size=size, limit=limit)
            batch = sort.stage(by=by, raw=file.read(), source_name=file.name or "", now=now)
        except KimppaError as error:
            form.add_error("file", explain(error))
        else:
            return redirect(sort.page, batch)
    status = 422 if request.method == "POST" else 200
    context = {"form": form, "sort": sort, "home_url": reverse(sort.home)}
    return render(request, "backoffice/money/sheet_upload.html", context, status=status)


@staff_required
def page(request: HttpRequest, sort: Sort, batch: int) -> HttpResponseBase:
    """One sheet with its report; POST applies it or takes it back."""
    require(actor_of(request), sort.act, now=clock.now())
    found = queries.get(batch)
    if found.kind != sort.kind:
        raise queries.NoSuchImport(number=batch)
    blockers: tuple[str, ...] = ()
    if request.method == "POST":
        try:
            _act(request, sort, found)
        except UndoRefused as error:
            messages.error(request, explain(error))
            blockers = tuple(f"{one.key}: {blocker_in_words(one.code)}" for one in error.blockers[:50])
        except KimppaError as error:
            messages.error(request, explain(error))
        else:
            return redirect(sort.page, batch)
    table = _table(request, sort, found)
    context = {
        "batch": found,
        "sort": sort,
        "home_url": reverse(sort.home),
        "state": _("Not in effect yet") if found.state == "staged" else state_in_words(found.state),
        "preview": queries.preview(found),
        "table": table,
        "blockers": blockers,
    }
    return table.download() or render(request, "backoffice/money/sheet.html", context)


def _act(request: HttpRequest, sort: Sort, batch: ImportBatch) -> None:
    by, now = actor_of(request), clock.now()
    if request.POST.get("do") == "undo":
        count = sort.undo(by=by, batch_id=batch.pk, now=now)
        messages.success(request, _("Taken back: %(count)s rows.") % {"count": count})
    else:
        count = sort.apply(by=by, batch_id=batch.pk, now=now)
        messages.success(request, _("Recorded: %(count)s rows.") % {"count": count})


def _table(request: HttpRequest, sort: Sort, batch: ImportBatch) -> Table[RecordRow]:
    return Table(
        request,
        caption=_("Rows of the sheet"),
        filename=f"{sort.kind}-{batch.pk}",
        rows=queries.report(batch, limit=6000),
        columns=(
            Column[RecordRow]("number", _("Row"), lambda r: r.number, kind="number"),
            Column("key", str(sort.key_label), lambda r: r.key),
            Column("action", _("What becomes of it"), lambda r: action_in_words(r.action), choices=True),
            Column(
                "said",
                _("Remark"),
                lambda r: sentence(sort.problems[r.code], r.params) if r.code else "",
                badge=lambda r: "",
            ),
        ),
    )


def latest_table(request: HttpRequest, kind: str, address: str, caption: str) -> Table[BatchRow]:
    """The sheets of a sort that were read, the newest first."""
    return Table(
        request,
        name=kind,
        caption=caption,
        filename=kind,
        rows=queries.latest(kind=kind, limit=200),
        empty=_("Nothing has been read yet."),
        columns=(
            Column[BatchRow](
                "source", _("File"), lambda r: r.source_name, link=lambda r: reverse(address, args=[r.id])
            ),
            Column("actor", _("Who"), lambda r: r.actor),
            Column("created", _("When"), lambda r: r.created, kind="moment"),
            Column(
                "state",
                _("State"),
                lambda r: _("Not in effect yet") if r.state == "staged" else state_in_words(r.state),
            ),
        ),
    )
