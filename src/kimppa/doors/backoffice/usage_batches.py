"""Deliveries of usage: the list, one with what came in it, its rows, its raw file, and dropping it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from urllib.parse import quote

from django import forms
from django.contrib import messages
from django.http import FileResponse, HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from kimppa.commons.members.permissions import may, require
from kimppa.commons.members.roles import Act
from kimppa.commons.usage import batches, bringing
from kimppa.commons.usage.batches import DeliveryRow, MetricRow, UnitRow, WaitingRow
from kimppa.commons.usage.rules import months_of
from kimppa.commons.usage.sheet_rules import STATE_NAMES, State
from kimppa.doors.backoffice import usage_words as words
from kimppa.doors.web.errors import explain
from kimppa.doors.web.staff import actor_of, staff_required
from kimppa.doors.web.tables import Column, Table, page_links
from kimppa.foundation.core import clock
from kimppa.foundation.core.errors import KimppaError
from kimppa.foundation.files import queries as stored
from kimppa.foundation.files.models import StoredFile

REPLACED = re.compile(r"replaced by (\d+)")
TONES = {State.WAITING: "warn", State.REFUSED: "bad", State.DISCARDED: ""}


class DropForm(forms.Form):
    why = forms.CharField(
        label=gettext_lazy("Why is it dropped?"),
        max_length=200,
        help_text=gettext_lazy("It stays beside the delivery, for those who come after."),
    )


@staff_required
@require_GET
def listing(request: HttpRequest) -> HttpResponseBase:
    """`?service=` and `?year=` choose; the newest first. Above: what waits for a person."""
    by, now = actor_of(request), clock.now()
    require(by, Act.SEE_USAGE, now=now)
    asked = request.GET.get("year", "")
    year = (
        int(asked) if asked.isascii() and asked.isdecimal() and len(asked) == 4 and asked > "1900" else None
    )
    services = words.service_names()
    service = request.GET.get("of", "") if request.GET.get("of", "") in services else ""
    names = words.UnitNames()
    table = _deliveries(request, batches.listing(platform=service, year=year), services, names)
    waits = _waiting(request, services, names)
    context = {
        "table": table,
        "waiting": waits,
        "years": batches.years(),
        "year": year,
        "may_bring": may(by, Act.EDIT_USAGE, now=now),
    }
    return (
        table.download() or waits.download() or render(request, "backoffice/usage/deliveries.html", context)
    )


def _deliveries(
    request: HttpRequest, rows: tuple[DeliveryRow, ...], services: dict[str, str], names: words.UnitNames
) -> Table[DeliveryRow]:
    return Table(
        request,
        caption=_("Deliveries"),
        filename="deliveries",
        rows=rows,
        empty=_("Nothing has been brought yet."),
        columns=(
            Column[DeliveryRow](
                "service",
                _("E-service"),
                lambda r: services.get(r.platform, r.platform),
                link=lambda r: reverse("backoffice:usage-delivery", args=[r.id]),
                choices=True,
            ),
            Column("months", _("Months"), lambda r: words.span(r.month, r.last_month)),
            Column(
                "whom", _("Whose use"), lambda r: words.whom(names, r.unit_kind, r.unit_code), choices=True
            ),
            Column("source", _("Source"), lambda r: words.source(r.source), choices=True),
            Column("report", _("Report"), lambda r: f"{r.report} {r.release}".strip()),
            Column("state", _("State"), _state, badge=_tone, choices=True),
            Column("problems", _("Remarks"), lambda r: r.problems, kind="number"),
            Column("opened", _("When"), lambda r: r.opened, kind="moment"),
            Column("who", _("Who"), lambda r: r.brought_by),
        ),
    )


def _state(row: DeliveryRow) -> str:
    if row.dropped:
        return _("Replaced") if REPLACED.fullmatch(row.dropped_why) else _("Dropped")
    return _("Months still open") if row.incomplete else _("In use")


def _tone(row: DeliveryRow) -> str:
    if row.dropped:
        return ""
    return "warn" if row.incomplete else "ok"


def _waiting(request: HttpRequest, services: dict[str, str], names: words.UnitNames) -> Table[WaitingRow]:
    return Table(
        request,
        name="waiting",
        caption=_("Files that are not in use"),
        filename="files-not-in-use",
        rows=batches.waiting(),
        empty=_("No file waits for anybody."),
        columns=(
            Column[WaitingRow](
                "file",
                _("File"),
                lambda r: r.file_name,
                link=lambda r: reverse("backoffice:usage-brought", args=[r.id]),
            ),
            Column("service", _("E-service"), lambda r: services.get(r.platform, r.platform), choices=True),
            Column("whom", _("Whose use"), lambda r: names.of(r.unit_kind, r.unit_code)),
            Column(
                "state",
                _("State"),
                lambda r: _(STATE_NAMES[State(r.state)]),
                badge=lambda r: TONES.get(State(r.state), ""),
                choices=True,
            ),
            Column("brought", _("When"), lambda r: r.brought, kind="moment"),
            Column("who", _("Who"), lambda r: r.brought_by),
        ),
    )


@staff_required
@require_GET
def page(request: HttpRequest, batch_id: int) -> HttpResponseBase:
    """One delivery: what came, by month and by unit, what is to be said of it, and its file."""
    by, now = actor_of(request), clock.now()
    require(by, Act.SEE_USAGE, now=now)
    row = batches.delivery(batch_id)
    names = words.UnitNames()
    months, by_unit = _months(request, row), _units(request, row, names)
    replaced = REPLACED.fullmatch(row.dropped_why)
    context = {
        "row": row,
        "service": words.service_names().get(row.platform, row.platform),
        "span": words.span(row.month, row.last_month),
        "whom": words.whom(names, row.unit_kind, row.unit_code),
        "source": words.source(row.source),
        "state": _state(row),
        "tone": _tone(row),
        "problems": words.said(batches.problems(batch_id)),
        "file": batches.file_of(batch_id),
        "months": months,
        "units": by_unit,
        "replaced_by": int(replaced[1]) if replaced else None,
        "may_drop": may(by, Act.EDIT_USAGE, now=now),
    }
    return (
        months.download() or by_unit.download() or render(request, "backoffice/usage/delivery.html", context)
    )


def _months(request: HttpRequest, row: DeliveryRow) -> Table[MetricRow]:
    months = months_of(row.month, row.last_month)
    return Table(
        request,
        name="months",
        caption=_("By month"),
        filename=f"delivery-{row.id}-months",
        rows=batches.by_metric(row),
        empty=_("The delivery tells of no use."),
        columns=(
            Column[MetricRow]("metric", _("What was counted"), lambda r: words.metric(row.source, r.metric)),
            *(_month_column(place, month) for place, month in enumerate(months)),
            Column("total", _("Total"), lambda r: r.total, kind="number"),
        ),
    )


def _month_column(place: int, month: date) -> Column[MetricRow]:
    return Column(f"m{place}", f"{month.month}/{month.year}", lambda r: r.months[place], kind="number")


def _units(request: HttpRequest, row: DeliveryRow, names: words.UnitNames) -> Table[UnitRow]:
    def rows_of(unit: UnitRow) -> str:
        query = f"?metric={quote(unit.metric)}&unit={quote(f'{unit.unit_kind}:{unit.unit_code}')}"
        return reverse("backoffice:usage-rows", args=[row.id]) + query

    return Table(
        request,
        name="units",
        caption=_("By unit"),
        filename=f"delivery-{row.id}-units",
        rows=batches.by_unit(row.id),
        empty=_("The delivery tells of no use."),
        columns=(
            Column[UnitRow](
                "unit", _("Whose use"), lambda r: names.of(r.unit_kind, r.unit_code), link=rows_of
            ),
            Column(
                "metric", _("What was counted"), lambda r: words.metric(row.source, r.metric), choices=True
            ),
            Column("value", _("Count"), lambda r: r.value, kind="number"),
        ),
    )


@dataclass(frozen=True, slots=True)
class ShownRow:
    """A row with its unit and metric in words and its counts beside their months."""

    told: batches.RowRow
    unit: str
    metric: str


@staff_required
@require_GET
def rows(request: HttpRequest, batch_id: int) -> HttpResponseBase:
    """The rows of a delivery as they came, sixty a page; `?metric=`, `?unit=` and `?q=` choose."""
    require(actor_of(request), Act.SEE_USAGE, now=clock.now())
    row = batches.delivery(batch_id)
    names = words.UnitNames()
    chosen = {key: request.GET.get(key, "")[:120].replace("\0", "") for key in ("metric", "unit", "q")}
    asked = request.GET.get("page", "")
    number = int(asked) if asked.isascii() and asked.isdecimal() and len(asked) < 6 else 1
    found, count = batches.row_page(
        row, metric=chosen["metric"], unit=chosen["unit"], words=chosen["q"].strip(), page=number
    )
    query = "&".join(f"{key}={quote(value)}" for key, value in chosen.items() if value)
    pages = max(1, -(-count // batches.ROWS_A_PAGE))
    units = sorted({(unit.unit_kind, unit.unit_code) for unit in batches.by_unit(batch_id)})
    context = {
        "row": row,
        "service": words.service_names().get(row.platform, row.platform),
        "span": words.span(row.month, row.last_month),
        "months": [f"{month.month}/{month.year}" for month in months_of(row.month, row.last_month)],
        "rows": [
            ShownRow(one, names.of(one.unit_kind, one.unit_code), words.metric(row.source, one.metric))
            for one in found
        ],
        "count": count,
        "metrics": [(one.metric, words.metric(row.source, one.metric)) for one in batches.by_metric(row)],
        "units": [(f"{kind}:{code}", names.of(kind, code)) for kind, code in units],
        "chosen": chosen,
        "links": page_links(min(number, pages), pages, lambda at: f"?{query}&page={at}".replace("?&", "?")),
    }
    return render(request, "backoffice/usage/rows.html", context)


@staff_required
@require_GET
def file(request: HttpRequest, batch_id: int) -> HttpResponseBase:
    """The raw file as it came."""
    require(actor_of(request), Act.SEE_USAGE, now=clock.now())
    return raw(batches.stored_file(batch_id))


def raw(kept: StoredFile) -> FileResponse:
    """A kept file for saving, never for showing: it is whatever a vendor sent."""
    response = FileResponse(stored.path_of(kept).open("rb"), content_type="application/octet-stream")
    response["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(kept.name)}"
    response["X-Content-Type-Options"] = "nosniff"
    return response


@staff_required
def drop(request: HttpRequest, batch_id: int) -> HttpResponseBase:
    """Take a delivery out of use, with a reason."""
    by, now = actor_of(request), clock.now()
    require(by, Act.EDIT_USAGE, now=now)
    row = batches.delivery(batch_id)
    form = DropForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            batches.drop(by=by, batch_id=batch_id, why=form.cleaned_data["why"], now=now)
        except KimppaError as error:
            form.add_error(None, explain(error))
        else:
            messages.success(request, _("The delivery was dropped. Its file was kept."))
            return redirect("backoffice:usage-delivery", batch_id)
    context = {
        "form": form,
        "row": row,
        "service": words.service_names().get(row.platform, row.platform),
        "span": words.span(row.month, row.last_month),
    }
    return render(request, "backoffice/usage/drop.html", context, status=422 if form.errors else 200)


@staff_required
@require_POST
def again(request: HttpRequest, batch_id: int) -> HttpResponseBase:
    """Read the file of a dropped delivery anew."""
    by, now = actor_of(request), clock.now()
    require(by, Act.EDIT_USAGE, now=now)
    try:
        brought = bringing.bring_again(by=by, batch_id=batch_id, now=now)
    except KimppaError as error:
        messages.error(request, explain(error))
        return redirect("backoffice:usage-delivery", batch_id)
    return redirect("backoffice:usage-brought", brought)
