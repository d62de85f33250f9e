"""Today's register of agreements from a sheet: read, preview with a report per row, apply, undo."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kimppa.commons.members.permissions import require
from kimppa.commons.members.roles import Act
from kimppa.consortium.agreements import register_import, register_sheet
from kimppa.doors.backoffice.imports_pages import action_in_words, blocker_in_words, state_in_words
from kimppa.doors.web.errors import explain, sentence
from kimppa.doors.web.staff import actor_of, staff_required
from kimppa.doors.web.tables import Column, Table
from kimppa.foundation.core import clock
from kimppa.foundation.core.errors import KimppaError
from kimppa.foundation.files.rules import MEGABYTE
from kimppa.foundation.files.services import FileTooLarge
from kimppa.foundation.imports import queries
from kimppa.foundation.imports.models import ImportBatch
from kimppa.foundation.imports.queries import RecordRow
from kimppa.foundation.imports.services import UndoRefused


class RegisterForm(forms.Form):
    file = forms.FileField(
        label=gettext_lazy("File"),
        help_text=gettext_lazy("XLSX or CSV, at most 5 MB. Nothing is written yet."),
    )


@staff_required
def upload(request: HttpRequest) -> HttpResponseBase:
    """Choose a sheet; it is read and previewed."""
    by, now = actor_of(request), clock.now()
    require(by, Act.EDIT_AGREEMENTS, now=now)
    form = RegisterForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        try:
            if file.size > register_sheet.MAX_BYTES:
                size, limit = -(-file.size // MEGABYTE), register_sheet.MAX_BYTES // MEGABYTE
                raise FileTooLarge(size=size, limit=limit)
            batch = register_import.stage_register(
                by=by, raw=file.read(), source_name=file.name or "", now=now
            )
        except KimppaError as error:
            form.add_error("file", explain(error))
        else:
            return redirect("backoffice:agreements-import", batch)
    status = 422 if request.method == "POST" else 200
    return render(request, "backoffice/agreements/import_upload.html", {"form": form}, status=status)


@staff_required
def page(request: HttpRequest, batch: int) -> HttpResponseBase:
    """One import with its report; POST applies it or takes it back."""
    require(actor_of(request), Act.EDIT_AGREEMENTS, now=clock.now())
    found = queries.get(batch)
    if found.kind != register_import.KIND:
        raise queries.NoSuchImport(number=batch)
    blockers: tuple[str, ...] = ()
    if request.method == "POST":
        try:
            _act(request, found)
        except UndoRefused as error:
            messages.error(request, explain(error))
            blockers = tuple(f"{one.key}: {blocker_in_words(one.code)}" for one in error.blockers[:50])
        except KimppaError as error:
            messages.error(request, explain(error))
        else:
            return redirect("backoffice:agreements-import", batch)
    table = _table(request, found)
    context = {
        "batch": found,
        "state": _("Not in effect yet") if found.state == "staged" else state_in_words(found.state),
        "preview": queries.preview(found),
        "table": table,
        "blockers": blockers,
    }
    return table.download() or render(request, "backoffice/agreements/import.html", context)


def _act(request: HttpRequest, batch: ImportBatch) -> None:
    by, now = actor_of(request), clock.now()
    if request.POST.get("do") == "undo":
        count = register_import.undo_register(by=by, batch_id=batch.pk, now=now)
        messages.success(request, _("Taken back: %(count)s agreements.") % {"count": count})
    else:
        count = register_import.apply_register(by=by, batch_id=batch.pk, now=now)
        messages.success(
            request, _("Recorded: %(count)s agreements. Each awaits its signature.") % {"count": count}
        )


def _table(request: HttpRequest, batch: ImportBatch) -> Table[RecordRow]:
    return Table(
        request,
        caption=_("Rows of the sheet"),
        filename=f"register-{batch.pk}",
        rows=queries.report(batch, limit=6000),
        columns=(
            Column[RecordRow]("number", _("Row"), lambda r: r.number, kind="number"),
            Column("key", _("Diary number"), lambda r: r.key),
            Column("action", _("What becomes of it"), lambda r: action_in_words(r.action), choices=True),
            Column(
                "said",
                _("Remark"),
                lambda r: sentence(register_import.PROBLEMS[r.code], r.params) if r.code else "",
                badge=lambda r: "",
            ),
        ),
    )
