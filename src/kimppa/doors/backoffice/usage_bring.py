"""Bringing a file of usage: chosen, recognised, previewed with what it would replace, and taken into use."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from kimppa.commons.members.permissions import require
from kimppa.commons.members.roles import Act
from kimppa.commons.usage import batches, bringing, sheets_brought
from kimppa.commons.usage.batches import Replaced
from kimppa.commons.usage.landing import Told, told_of
from kimppa.commons.usage.rules import UNIT_KIND_NAMES, Source, UnitKind
from kimppa.commons.usage.sheet_models import Brought
from kimppa.commons.usage.sheet_reading import Sum
from kimppa.commons.usage.sheet_rules import STATE_NAMES, Reading, State
from kimppa.commons.usage.sheets_brought import Preview
from kimppa.doors.backoffice import usage_words as words
from kimppa.doors.backoffice.usage_batches import raw
from kimppa.doors.web.errors import explain
from kimppa.doors.web.forms import offer
from kimppa.doors.web.staff import actor_of, staff_required
from kimppa.doors.web.tables import Column, Table
from kimppa.foundation.core import clock
from kimppa.foundation.core.errors import KimppaError

MOST_MONTH_COLUMNS = 24
NOBODY = "-"


class BringForm(forms.Form):
    file = forms.FileField(
        label=gettext_lazy("File"),
        help_text=gettext_lazy(
            "A COUNTER report (JSON, TSV, CSV, XLSX) or the vendor's own sheet (XLSX, XLS, ODS, CSV). "
            "It is kept as it came. Nothing is taken into use yet."
        ),
    )
    service = forms.ChoiceField(label=gettext_lazy("E-service"))
    unit = forms.ChoiceField(
        label=gettext_lazy("Whose use"),
        help_text=gettext_lazy("Whom the file is about, where its rows do not say it themselves."),
    )


@staff_required
def upload(request: HttpRequest) -> HttpResponseBase:
    """Choose a file; it is kept and looked at."""
    by, now = actor_of(request), clock.now()
    require(by, Act.EDIT_USAGE, now=now)
    first = {"service": request.GET.get("of", "")}
    form = BringForm(request.POST or None, request.FILES or None, initial=first)
    offer(form, "service", [("", _("Choose")), *words.service_names().items()])
    offer(form, "unit", _units())
    if request.method == "POST" and form.is_valid():
        kind, _colon, code = form.cleaned_data["unit"].partition(":")
        file = form.cleaned_data["file"]
        try:
            brought = bringing.bring(
                by=by,
                stream=file.file,
                name=file.name or "",
                platform=form.cleaned_data["service"],
                unit=(kind, code),
                now=now,
            )
        except KimppaError as error:
            form.add_error("file", explain(error))
        else:
            return redirect("backoffice:usage-brought", brought)
    status = 422 if request.method == "POST" else 200
    return render(request, "backoffice/usage/bring.html", {"form": form}, status=status)


def _units() -> list[tuple[str, str]]:
    names = words.UnitNames()
    found = [(f"{UnitKind.CONSORTIUM}:", _(UNIT_KIND_NAMES[UnitKind.CONSORTIUM]))]
    for kind in (UnitKind.KIMPPA, UnitKind.MUNICIPALITY, UnitKind.LIBRARY):
        label = _(UNIT_KIND_NAMES[kind])
        found += [(f"{kind}:{code}", f"{name} ({label})") for code, name in names.choices(kind)]
    return found


@staff_required
def page(request: HttpRequest, brought_id: int) -> HttpResponseBase:
    """A brought file: what it is, what it would bring and replace. POST: names, land or discard."""
    by, now = actor_of(request), clock.now()
    require(by, Act.EDIT_USAGE, now=now)
    brought = batches.brought(brought_id)
    status = 200
    questions: tuple[Told, ...] = ()
    if request.method == "POST":
        try:
            return _act(request, brought)
        except bringing.Doubtful as error:
            messages.error(request, explain(error))
            status, questions = error.status, error.questions
        except KimppaError as error:
            messages.error(request, explain(error))
            status = error.status
    if brought.state == State.LANDED:
        return redirect("backoffice:usage-delivery", brought.batch_id)
    context = {
        "brought": brought,
        "file": brought.file,
        "service": words.service_names().get(brought.platform, brought.platform),
        "waits": brought.state == State.WAITING,
        "state": _(STATE_NAMES[State(brought.state)]),
    }
    if brought.form == bringing.COUNTER or brought.state != State.WAITING:
        context |= _counter(brought, questions)
        return render(request, "backoffice/usage/brought_report.html", context, status=status)
    return _sheet(request, brought, context, status)


def _act(request: HttpRequest, brought: Brought) -> HttpResponseBase:
    by, now = actor_of(request), clock.now()
    do = request.POST.get("do", "")
    if do == "discard":
        bringing.discard(by=by, brought_id=brought.pk, now=now)
        messages.success(request, _("The file was given up. It was kept, and can be brought again."))
        return redirect("backoffice:usage-deliveries")
    if do == "names":
        reading, _chosen = sheets_brought.reading_of(brought)
        names = _names_given(request)
        bringing.name_units(by=by, brought_id=brought.pk, places=reading.places, names=names, now=now)
        return redirect("backoffice:usage-brought", brought.pk)
    batch = bringing.land(
        by=by, brought_id=brought.pk, confirmed=request.POST.get("confirmed") == "yes", now=now
    )
    messages.success(request, _("The delivery is in use."))
    return redirect("backoffice:usage-delivery", batch)


def _names_given(request: HttpRequest) -> dict[str, str]:
    """Folded name → code; `-` says that it is nobody of ours; what is left open is not there."""
    told = zip(request.POST.getlist("told")[:500], request.POST.getlist("code")[:500], strict=False)
    return {name[:120]: "" if code == NOBODY else code[:60] for name, code in told if name and code}


def _counter(brought: Brought, questions: tuple[Told, ...]) -> dict[str, object]:
    draft: Mapping[str, object] = brought.draft
    kept = draft.get("questions")
    asked = questions or tuple(told_of(one) for one in (kept if isinstance(kept, list) else []))
    first, last = str(draft.get("first", "")), str(draft.get("last", ""))
    totals = draft.get("totals")
    return {
        "draft": draft,
        "span": _months(first, last),
        "platforms": ", ".join(map(str, _list(draft.get("platforms")))),
        "totals": sorted(totals.items()) if isinstance(totals, dict) else [],
        "problems": words.said(tuple(told_of(one) for one in brought.problems)),
        "questions": [words.in_words(one) for one in asked],
        "replaced": _replaced(brought, Source.COUNTER, str(draft.get("report", "")), first, last),
    }


def _months(first: str, last: str) -> str:
    """`1/2022–10/2022`, or one month; empty where nothing is known."""
    begin, end = words.month(first), words.month(last)
    return begin if begin == end else f"{begin}–{end}"


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []


@dataclass(frozen=True, slots=True)
class UnitLine:
    """What a sheet makes of one unit and metric, by month."""

    unit: str
    metric: str
    counts: Mapping[str, int]

    @property
    def total(self) -> int:
        return sum(self.counts.values())


def _sheet(
    request: HttpRequest, brought: Brought, context: dict[str, object], status: int
) -> HttpResponseBase:
    reading, chosen = sheets_brought.reading_of(brought)
    if not chosen:
        return redirect("backoffice:usage-reading", brought.pk)
    found = sheets_brought.preview(brought)
    names = words.UnitNames()
    table = _sums(request, found, names)
    kind = UnitKind(reading.places) if reading.places else UnitKind(brought.unit_kind)
    ends = (found.months[0], found.months[-1]) if found.months else ("", "")
    context |= {
        "reading": reading,
        "known": bool(brought.draft.get("known")),
        "whom": words.whom(names, kind, "" if reading.places else brought.unit_code),
        "span": _months(*ends),
        "table": table,
        "problems": words.said(found.problems),
        "usable": found.usable and bool(found.months),
        "unknown": [(folded, spelled, use) for folded, spelled, use in found.unknown],
        "choices": names.choices(reading.places) if found.unknown else [],
        "replaced": _replaced_by_sheet(brought, reading, kind, *ends),
        "questions": [],
    }
    return table.download() or render(request, "backoffice/usage/brought_sheet.html", context, status=status)


def _sums(request: HttpRequest, found: Preview, names: words.UnitNames) -> Table[UnitLine]:
    months = found.months[:MOST_MONTH_COLUMNS]
    return Table(
        request,
        caption=_("What would be taken into use"),
        filename="preview",
        rows=_lines(found.sums, names),
        columns=(
            Column[UnitLine]("unit", _("Whose use"), lambda r: r.unit),
            Column(
                "metric", _("What was counted"), lambda r: words.metric(Source.SHEET, r.metric), choices=True
            ),
            *(_month_column(month) for month in months),
            Column("total", _("Total"), lambda r: r.total, kind="number"),
        ),
        footer={"unit": _("Total"), "total": sum(one.value for one in found.sums)},
    )


def _month_column(month: str) -> Column[UnitLine]:
    return Column(f"m{month}", words.month(month), lambda r: r.counts.get(month), kind="number")


def _lines(sums: tuple[Sum, ...], names: words.UnitNames) -> list[UnitLine]:
    found: dict[tuple[str, str, str], dict[str, int]] = {}
    for one in sums:
        found.setdefault((one.unit_kind, one.unit_code, one.metric), {})[one.month] = one.value
    return [UnitLine(names.of(kind, code), metric, counts) for (kind, code, metric), counts in found.items()]


def _replaced_by_sheet(
    brought: Brought, reading: Reading, kind: UnitKind, first: str, last: str
) -> list[tuple[str, str]]:
    code = "" if reading.places else brought.unit_code
    return _would(Source.SHEET, brought.platform, (kind, code), reading.part, first, last)


def _replaced(brought: Brought, source: Source, report: str, first: str, last: str) -> list[tuple[str, str]]:
    unit = (brought.unit_kind, brought.unit_code)
    return _would(source, brought.platform, unit, report[:20], first, last)


def _would(
    source: Source, platform: str, unit: tuple[str, str], report: str, first: str, last: str
) -> list[tuple[str, str]]:
    """Sentences of what gives way, with the address of each."""
    if not first or not last:
        return []
    begin, end = (date.fromisoformat(f"{month}-01") for month in (first, last))
    rows = batches.would_replace(
        source=source,
        platform=platform,
        unit_kind=unit[0],
        unit_code=unit[1],
        report=report,
        first=begin,
        last=end,
    )
    return [(_gives_way(row), reverse("backoffice:usage-delivery", args=[row.id])) for row in rows]


def _gives_way(row: Replaced) -> str:
    span = words.span(row.month, row.last_month)
    if row.whole:
        return _("Delivery %(id)s (%(months)s) is replaced.") % {"id": row.id, "months": span}
    return _("Delivery %(id)s (%(months)s) keeps only its other months.") % {"id": row.id, "months": span}


@staff_required
@require_GET
def file(request: HttpRequest, brought_id: int) -> HttpResponseBase:
    """The raw file as it came."""
    require(actor_of(request), Act.EDIT_USAGE, now=clock.now())
    return raw(batches.brought(brought_id).file)
