"""The scenario planner: change what is decided and see every municipality's change. Nothing is written.

The whole scenario stands in the address, so that it can be kept, sent and opened again.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django import forms
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from kimppa.commons.members import queries as members
from kimppa.commons.members.permissions import may, require_any
from kimppa.commons.members.roles import Act
from kimppa.consortium.agreements.rules import CostClass
from kimppa.consortium.budgets import plan_queries as budget_plans
from kimppa.consortium.budgets import queries as budgets
from kimppa.consortium.budgets.rules import Resident
from kimppa.consortium.budgets.scenario import NamedSum, Outcome, Scenario, reckon
from kimppa.doors.backoffice.meetings_papers import attach_table, offered_meetings
from kimppa.doors.web import charts
from kimppa.doors.web.errors import explain
from kimppa.doors.web.formats import day, money
from kimppa.doors.web.forms import offer
from kimppa.doors.web.staff import actor_of, staff_required
from kimppa.doors.web.tables import Column, Table
from kimppa.foundation.core import clock
from kimppa.foundation.core.errors import KimppaError
from kimppa.foundation.core.money import parse_cents, parse_rate, show_euros, show_rate, total

# As many services or other shared sums as a scenario holds.
SUMS = 10


class ScenarioForm(forms.Form):
    """Rates, months, whose populations, who stays out, and sums that all share."""

    content = forms.CharField(label=gettext_lazy("Content and platforms, €/resident"), max_length=20)
    maintenance = forms.CharField(label=gettext_lazy("Maintenance, €/resident"), max_length=20)
    months = forms.IntegerField(label=gettext_lazy("Months charged"), min_value=1, max_value=12)
    reference_date = forms.ChoiceField(label=gettext_lazy("Populations of"))
    without = forms.MultipleChoiceField(
        label=gettext_lazy("Who would not be a member"),
        required=False,
        widget=forms.SelectMultiple(attrs={"size": 8}),
        help_text=gettext_lazy("Choose several with Ctrl or Cmd."),
    )

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        dates = [(d.isoformat(), day(d)) for d in members.population_dates()]
        offer(self, "reference_date", dates)
        self.members = members.members_on(clock.today())
        offer(self, "without", [(m.code, m.name_fi) for m in self.members])
        for n in range(1, SUMS + 1):
            name, amount = _("Shared sum %(n)s: what for") % {"n": n}, _("Shared sum %(n)s: euros") % {"n": n}
            self.fields[f"name{n}"] = forms.CharField(label=name, required=False, max_length=80)
            self.fields[f"sum{n}"] = forms.CharField(label=amount, required=False, max_length=20)

    def sums(self) -> list[tuple[forms.BoundField, forms.BoundField]]:
        """The fields of what each shared sum is for and how much it is."""
        return [(self[f"name{n}"], self[f"sum{n}"]) for n in range(1, SUMS + 1)]

    def scenario(self) -> Scenario:
        """What is asked. Raises BadRate, BadAmount."""
        said = self.cleaned_data
        return Scenario(
            rates=(parse_rate(said["content"]), parse_rate(said["maintenance"])),
            months=said["months"],
            sums=tuple(
                NamedSum(said[f"name{n}"], parse_cents(said[f"sum{n}"]))
                for n in range(1, SUMS + 1)
                if said[f"sum{n}"]
            ),
            without=frozenset(said["without"]),
        )


@dataclass(frozen=True, slots=True)
class Line:
    """An outcome with the municipality's name in the page's language."""

    name: str
    outcome: Outcome


@staff_required
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest) -> HttpResponseBase:
    """The form filled with what stands now, and, once asked, the consequences.

    A POST gives the table, as a spreadsheet, to a meeting's papers; the address holds the scenario.
    """
    by, now = actor_of(request), clock.now()
    require_any(by, Act.PLAN_SCENARIOS, now=now)
    year = clock.today().year
    asked = "content" in request.GET
    form = ScenarioForm(request.GET) if asked else ScenarioForm(initial=_begun(request, year))
    context: dict[str, object] = {
        "form": form,
        "year": year,
        "sums_open": asked or "budget" in request.GET,
        "budgets": budget_plans.budgeted(),
    }
    if asked and form.is_valid():
        try:
            lines = _lines(form, year)
        except KimppaError as error:
            form.add_error(None, explain(error))
        else:
            table = _table(request, lines, year)
            download = table.download()
            if download is not None and request.method == "POST":
                return attach_table(request, download, _title(form))
            if download is not None:
                return download
            runs = may(by, Act.RUN_MEETINGS, now=now)
            context |= _consequences(lines) | {"table": table}
            context["meetings"] = offered_meetings(by) if runs else []
    status = 422 if asked and form.errors else 200
    return render(request, "backoffice/money/scenario.html", context, status=status)


def _title(form: ScenarioForm) -> str:
    """What the scenario is called among a meeting's papers."""
    said = form.cleaned_data
    return _("Scenario: %(content)s + %(maintenance)s €/resident, %(months)s months, %(members)s out") % {
        "content": said["content"],
        "maintenance": said["maintenance"],
        "months": said["months"],
        "members": len(said["without"]),
    }


def _standing(year: int) -> dict[str, object]:
    """What would be paid if nothing changed: the standing rates and the newest populations."""
    on = date(year, 12, 31)
    content = budgets.standing_rate(CostClass.CONTENT, on)
    upkeep = budgets.standing_rate(CostClass.MAINTENANCE, on)
    newest = members.latest_population_date(clock.today())
    return {
        "content": show_rate(content.rate if content else Decimal(0), "fi"),
        "maintenance": show_rate(upkeep.rate if upkeep else Decimal(0), "fi"),
        "months": 12,
        "reference_date": newest.isoformat() if newest else "",
    }


def _begun(request: HttpRequest, year: int) -> dict[str, object]:
    """What stands now; with `?budget=` the lines of that year's budget as shared sums, instead of rates."""
    begun = _standing(year)
    asked = request.GET.get("budget", "")
    if not (asked.isascii() and asked.isdecimal() and len(asked) == 4):
        return begun
    view = budget_plans.budget(int(asked))
    for n, line in enumerate(view.lines[:SUMS] if view else (), start=1):
        begun[f"name{n}"] = line.platform_name or line.title
        begun[f"sum{n}"] = show_euros(line.own + line.carried, "fi")
    return begun | {"content": "0", "maintenance": "0"} if view and view.lines else begun


def _lines(form: ScenarioForm, year: int) -> list[Line]:
    reference = date.fromisoformat(form.cleaned_data["reference_date"])
    people = members.population(reference)
    shown = get_language() or "fi"
    residents = [Resident(m.code, people[m.code]) for m in form.members if m.code in people]
    names = {m.code: m.name(shown) for m in form.members}
    outcomes = reckon(form.scenario(), residents, budgets.levied_by_code(year))
    return [Line(names[outcome.code], outcome) for outcome in outcomes]


def _table(request: HttpRequest, lines: list[Line], year: int) -> Table[Line]:
    known = [line.outcome for line in lines]
    return Table(
        request,
        caption=_("Every municipality's change"),
        filename="scenario",
        rows=lines,
        sort="name",
        footer={
            "name": _("Total"),
            "residents": sum(o.residents for o in known if o.after is not None),
            "before": total([o.before for o in known if o.before is not None]),
            "after": total([o.after for o in known if o.after is not None]),
        },
        columns=(
            Column[Line]("name", _("Municipality"), lambda r: r.name),
            Column("residents", _("Residents"), lambda r: r.outcome.residents, kind="number"),
            Column("before", _("Share %(year)s") % {"year": year}, lambda r: r.outcome.before, kind="money"),
            Column("after", _("Share in the scenario"), lambda r: r.outcome.after, kind="money"),
            Column("change", _("Change, €"), lambda r: r.outcome.change, kind="money"),
            Column("percent", _("Change, %"), lambda r: r.outcome.percent, kind="number"),
        ),
    )


def _consequences(lines: list[Line]) -> dict[str, object]:
    language = get_language() or "fi"
    known = [line.outcome for line in lines]
    after = total([o.after for o in known if o.after is not None])
    before = total([o.before for o in known if o.before is not None])
    steps = charts.shades({line.outcome.code: line.outcome.percent for line in lines})
    tiles = [
        charts.Tile(x.outcome.code, x.name, _percent(x.outcome.percent, language), steps[x.outcome.code])
        for x in lines
    ]
    moved = [line for line in lines if line.outcome.change is not None and line.outcome.change.value]
    moved.sort(key=lambda line: -abs(line.outcome.change.value if line.outcome.change else 0))
    bars = [
        charts.Bar(x.name, money(x.outcome.change, language), Decimal(x.outcome.change.value))
        for x in moved[:15]
        if x.outcome.change
    ]
    return {
        "after": after,
        "before": before,
        "difference": after - before,
        "residents": sum(o.residents for o in known if o.after is not None),
        "paying": sum(o.after is not None for o in known),
        "tile_map": charts.tile_map(tiles, title=_("Change of each municipality's share, per cent")),
        "bars": charts.diverging_bars(bars, title=_("The largest changes in euros")) if bars else "",
    }


def _percent(value: Decimal | None, language: str) -> str:
    if value is None:
        return "–"
    said = f"{value:+.1f}".replace("-", "\u2212")
    return f"{said} %" if language == "en" else f"{said.replace('.', ',')} %"
