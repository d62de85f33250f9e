"""Members as of a day, one municipality with its history, and changes of its kimppa."""

from __future__ import annotations

from datetime import date

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from kimppa.commons.members import histories, queries, services
from kimppa.commons.members.permissions import may, require_any
from kimppa.commons.members.queries import MemberRow
from kimppa.commons.members.roles import Act, Scope
from kimppa.doors.backoffice.asof import asked_day
from kimppa.doors.web.errors import explain
from kimppa.doors.web.forms import offer
from kimppa.doors.web.staff import actor_of, staff_required
from kimppa.doors.web.tables import Column, Table, to
from kimppa.foundation.core import clock
from kimppa.foundation.core.errors import KimppaError


class KimppaForm(forms.Form):
    """Into which kimppa and when; the earlier one ends on the day before."""

    kimppa = forms.ChoiceField(label=gettext_lazy("Kimppa"))
    valid_from = forms.DateField(
        label=gettext_lazy("First day"), widget=forms.DateInput(attrs={"type": "date"})
    )

    def __init__(self, *args: object, choices: list[tuple[str, str]], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        offer(self, "kimppa", choices)


@staff_required
@require_GET
def listing(request: HttpRequest) -> HttpResponseBase:
    """The members on a day, with the populations that were newest then."""
    require_any(actor_of(request), Act.SEE_MEMBERS, now=clock.now())
    on = asked_day(request)
    reference = queries.latest_population_date(on)
    rows = queries.member_table(on=on, reference_date=reference)
    table = _table(request, rows)
    download = table.download()
    if download is not None:
        return download
    kimppas = queries.kimppas_on(on)
    context = {
        "on": on,
        "reference": reference,
        "table": table,
        "members": len(rows),
        "residents": sum(row.residents or 0 for row in rows),
        "kimppas": [(k.name_fi, len(k.codes)) for k in kimppas],
        "alone": [row for row in rows if not row.kimppa],
        "areas": _areas(on),
    }
    return render(request, "backoffice/members.html", context)


def _areas(on: date) -> list[tuple[queries.AreaRow, str, int]]:
    names = {m.code: m.name_fi for m in queries.municipalities()}
    return [(a, names.get(a.coordinator_code, ""), len(a.codes)) for a in queries.areas_on(on)]


def _table(request: HttpRequest, rows: tuple[MemberRow, ...]) -> Table[MemberRow]:
    return Table(
        request,
        caption=_("Members"),
        filename="members",
        rows=rows,
        sort="name",
        footer={"name": _("Total"), "residents": sum(row.residents or 0 for row in rows)},
        columns=(
            Column[MemberRow](
                "name",
                _("Municipality"),
                lambda r: r.name_fi,
                link=to("backoffice:municipality", lambda r: r.code),
            ),
            Column("code", _("Code"), lambda r: r.code),
            Column("region", _("Region"), lambda r: r.region_fi, choices=True),
            Column("kimppa", _("Kimppa"), lambda r: r.kimppa or "–", choices=True),
            Column("library", _("Joint library"), lambda r: r.library),
            Column("residents", _("Residents"), lambda r: r.residents, kind="number"),
        ),
    )


@staff_required
def municipality(request: HttpRequest, code: str) -> HttpResponseBase:
    """One municipality: names, history, populations, who pays; and a new kimppa by POST."""
    actor, now = actor_of(request), clock.now()
    require_any(actor, Act.SEE_MEMBERS, now=now)
    row = queries.municipality(code)
    if row is None:
        raise Http404
    choices = [(k.slug, k.name_fi) for k in queries.kimppas_on(clock.today())]
    form = KimppaForm(request.POST or None, choices=choices)
    if request.method == "POST" and form.is_valid():
        try:
            services.move_to_kimppa(
                by=actor,
                code=code,
                kimppa=form.cleaned_data["kimppa"],
                valid_from=form.cleaned_data["valid_from"],
                now=now,
            )
        except KimppaError as error:
            form.add_error(None, explain(error))
        else:
            messages.success(request, _("The change was recorded."))
            return redirect("backoffice:municipality", code)
    context = {
        "row": row,
        "history": histories.history(code),
        "form": form,
        "may_edit": may(actor, Act.EDIT_MEMBERS, on=Scope.municipality(code), now=now),
        "names": [
            (_("Finnish"), row.name_fi),
            (_("Swedish"), row.name_sv),
            (_("English"), row.name_en),
            (_("Northern Sámi"), row.name_se),
            (_("Inari Sámi"), row.name_smn),
            (_("Skolt Sámi"), row.name_sms),
        ],
    }
    return render(request, "backoffice/municipality.html", context, status=200 if not form.errors else 422)
