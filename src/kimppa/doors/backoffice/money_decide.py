"""Recording the directors' decision of a year's rate: a form, its consequences, and the act."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from kimppa.commons.members import queries as members
from kimppa.commons.members.permissions import require
from kimppa.commons.members.roles import Act
from kimppa.consortium.agreements.rules import CLASS_NAMES, CostClass
from kimppa.consortium.budgets import queries as budgets
from kimppa.consortium.budgets.queries import Basis, ChangeRow, Plan, RateRow, RevisionRow
from kimppa.consortium.budgets.recipes import STAGE_NAMES, Stage
from kimppa.consortium.budgets.revisions import TITLES
from kimppa.consortium.budgets.rules import BadRateDate
from kimppa.consortium.budgets.services import Resolution, decide_and_levy
from kimppa.consortium.governance import queries as governance
from kimppa.consortium.governance.services import Words
from kimppa.consortium.invoicing.plans import plan_issue
from kimppa.doors.backoffice import money_tables as tables
from kimppa.doors.backoffice.meetings_effect import begun_by_item
from kimppa.doors.web.errors import explain
from kimppa.doors.web.formats import day, money, number
from kimppa.doors.web.forms import offer
from kimppa.doors.web.staff import actor_of, staff_required
from kimppa.foundation.core import clock
from kimppa.foundation.core.errors import KimppaError
from kimppa.foundation.core.money import parse_rate, show_rate
from kimppa.foundation.core.text import clean_line

# What is decided as euros per resident; other costs are decided as sums (money_levy).
BY_RATE = (CostClass.CONTENT, CostClass.MAINTENANCE)
DAY = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class DecisionForm(forms.Form):
    """What the minutes say, and which populations count."""

    cost_class = forms.ChoiceField(label=gettext_lazy("Cost class"), required=False)
    rate = forms.CharField(
        label=gettext_lazy("Euros per resident"),
        help_text=gettext_lazy("At most six decimals, for example 0,75."),
        max_length=20,
        widget=forms.TextInput(attrs={"inputmode": "decimal"}),
    )
    reference_date = forms.ChoiceField(label=gettext_lazy("Populations of"))
    months = forms.IntegerField(
        label=gettext_lazy("Months charged"),
        min_value=1,
        max_value=12,
        initial=12,
        help_text=gettext_lazy("12 is the whole year."),
    )
    stage = forms.ChoiceField(
        label=gettext_lazy("Charged as"),
        required=False,
        help_text=gettext_lazy(
            "An advance is a running total: six months first, and twelve later, less what was charged."
        ),
    )
    body = forms.ChoiceField(label=gettext_lazy("Who decided"))
    decided_on = forms.DateField(label=gettext_lazy("Decided on"), widget=DAY)
    diary_number = forms.CharField(
        label=gettext_lazy("Diary number"),
        max_length=60,
        help_text=gettext_lazy("From the minutes. Each decision has its own."),
    )
    supersedes = forms.ChoiceField(
        label=gettext_lazy("Supersedes"),
        required=False,
        help_text=gettext_lazy(
            "Choose a decision only where the new one replaces it, as when a rate was wrong."
        ),
    )
    title_fi = forms.CharField(label=gettext_lazy("Title in Finnish"), max_length=300)
    title_sv = forms.CharField(label=gettext_lazy("Title in Swedish"), max_length=300, required=False)

    def __init__(self, *args: object, year: int, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        dates = members.population_dates()
        offer(self, "reference_date", [(d.isoformat(), day(d)) for d in dates])
        shown = tables.language()
        offer(self, "body", [(body.slug, body.name(shown)) for body in governance.bodies()])
        offer(self, "cost_class", [(one.value, _(CLASS_NAMES[one])) for one in BY_RATE])
        offer(self, "stage", [(one.value, _(STAGE_NAMES[one])) for one in (Stage.WHOLE, Stage.ADVANCE)])
        self.year, self.rates = year, budgets.rates(self.asked_class())
        offered = [(str(row.decision.id), _rate_text(row)) for row in self.rates if self._offered(row)]
        offer(self, "supersedes", [("", _("No earlier decision")), *offered])

    def asked_class(self) -> CostClass:
        """The cost class asked about, before the form is checked; content where nothing is said."""
        said = self.data.get("cost_class") or self.initial.get("cost_class")
        return next((one for one in BY_RATE if one == said), CostClass.CONTENT)

    def _offered(self, row: RateRow) -> bool:
        """Rates that stand; sent twice, also the one that this very decision has superseded."""
        later = row.decision.superseded_by
        return later == self._number() if later else not row.withdrawn

    def _number(self) -> str:
        return clean_line(str(self.data.get("diary_number", "")))

    def superseded(self) -> RateRow | None:
        """The rate of the decision that is chosen."""
        chosen = self.cleaned_data.get("supersedes")
        return next((row for row in self.rates if row.decision.id == chosen), None)

    def clean_supersedes(self) -> int | None:
        chosen: str = self.cleaned_data["supersedes"]
        return int(chosen) if chosen else None

    def check_room(self) -> None:
        """Refuses in the preview what the act would refuse. Raises BadRateDate."""
        for row in self.rates:
            stands = not row.withdrawn and row.valid_from >= date(self.year, 1, 1)
            own = row.decision.diary_number == self._number()
            if stands and not own and row.decision.id != self.cleaned_data["supersedes"]:
                raise BadRateDate(start=row.valid_from.isoformat(), number=row.decision.diary_number)

    def clean_cost_class(self) -> CostClass:
        return CostClass(self.cleaned_data["cost_class"] or CostClass.CONTENT)

    def clean_stage(self) -> Stage:
        return Stage(self.cleaned_data["stage"] or Stage.WHOLE)

    def clean_rate(self) -> Decimal:
        try:
            return parse_rate(self.cleaned_data["rate"])
        except KimppaError as error:
            raise forms.ValidationError(explain(error)) from error

    def clean_reference_date(self) -> date:
        return date.fromisoformat(self.cleaned_data["reference_date"])

    def clean_decided_on(self) -> date:
        decided: date = self.cleaned_data["decided_on"]
        if decided > clock.today():
            raise forms.ValidationError(_("The day has not come yet."))
        return decided


@staff_required
def decide(request: HttpRequest, year: int) -> HttpResponse:
    """GET shows the form, and with its fields filled the consequences; POST records the decision."""
    by, now = actor_of(request), clock.now()
    require(by, Act.DECIDE, now=now)
    require(by, Act.LEVY, now=now)
    if request.method == "POST":
        return _record(request, year)
    asked = "rate" in request.GET
    wanted = CostClass.MAINTENANCE if "maintenance" in request.GET else CostClass.CONTENT
    form = (
        DecisionForm(request.GET, year=year)
        if asked
        else DecisionForm(initial=_initial(year, wanted) | begun_by_item(request), year=year)
    )
    context: dict[str, object] = {"form": form, "year": year}
    if asked and form.is_valid():
        try:
            form.check_room()
            planned = budgets.plan(_basis(form, year))
        except KimppaError as error:
            form.add_error(None, explain(error))
        else:
            chosen: CostClass = form.cleaned_data["cost_class"]
            earlier = budgets.latest_revision(year - 1, chosen)
            changes = tables.with_past(
                budgets.changes(planned, earlier), year - 1, chosen, levied=earlier is not None
            )
            table = tables.changes_table(request, changes, year=year, before=year - 1)
            download = table.download()
            if download is not None:
                return download
            before = tables.total([row.before for row in changes if row.before is not None])
            context |= {
                "table": table,
                "planned": planned,
                "change": planned.total - before if before.value else None,
                "some_left": _some_left(changes, earlier),
                "consequences": _consequences(form, planned, year),
                "hidden": [(name, str(value)) for name, value in request.GET.items() if name in form.fields],
            }
    return render(request, "backoffice/money/decide.html", context)


def _some_left(changes: Sequence[ChangeRow], earlier: RevisionRow | None) -> bool:
    """Whether somebody paid the year before who would not pay now: the change does not count it."""
    compared = tables.total([row.before for row in changes if row.before is not None])
    return earlier is not None and earlier.total != compared


def _record(request: HttpRequest, year: int) -> HttpResponse:
    form = DecisionForm(request.POST, year=year)
    if form.is_valid():
        said = form.cleaned_data
        resolution = Resolution(
            body=said["body"],
            diary_number=said["diary_number"],
            decided_on=said["decided_on"],
            words=Words(title_fi=said["title_fi"], title_sv=said["title_sv"]),
            supersedes=said["supersedes"],
            example=clock.offset().total_seconds() != 0,
        )
        try:
            decide_and_levy(
                by=actor_of(request),
                resolution=resolution,
                year=year,
                cost_class=said["cost_class"],
                rate=said["rate"],
                reference_date=said["reference_date"],
                months=said["months"],
                stage=said["stage"],
                now=clock.now(),
            )
        except KimppaError as error:
            form.add_error(None, explain(error))
        else:
            messages.success(
                request, _("The decision was recorded and the shares of %(year)s were made.") % {"year": year}
            )
            return redirect("backoffice:money-year", year=year)
    return render(request, "backoffice/money/decide.html", {"form": form, "year": year}, status=422)


def _initial(year: int, cost_class: CostClass) -> dict[str, object]:
    """The rate that stands, the newest populations before the year, and today."""
    standing = budgets.standing_rate(cost_class, date(year, 1, 1))
    newest = members.latest_population_date(min(date(year - 1, 12, 31), clock.today()))
    return {
        "rate": show_rate(standing.rate, tables.language()) if standing else "",
        "reference_date": newest.isoformat() if newest else "",
        "months": 12,
        "cost_class": cost_class,
        "stage": Stage.WHOLE,
        "body": standing.decision.body_slug if standing else "",
        "decided_on": clock.today(),
        "title_fi": f"Asukaskohtainen maksu {year}: {TITLES[cost_class][0].lower()}",
        "title_sv": f"Avgift per invånare {year}: {TITLES[cost_class][1].lower()}",
    }


def _basis(form: DecisionForm, year: int) -> Basis:
    said = form.cleaned_data
    return Basis(
        reference_date=said["reference_date"],
        members_on=date(year, 1, 1),
        rate=said["rate"],
        months=said["months"],
    )


def _consequences(form: DecisionForm, planned: Plan, year: int) -> list[str]:
    shown = tables.language()
    rate = show_rate(form.cleaned_data["rate"], shown)
    said = {
        "number": form.cleaned_data["diary_number"],
        "day": day(form.cleaned_data["decided_on"]),
        "rate": rate,
        "year": year,
        "shares": len(planned.shares),
        "residents": number(planned.residents, shown),
        "reference": day(planned.basis.reference_date),
        "total": money(planned.total, shown),
    }
    told = [
        _("The decision %(number)s of %(day)s is recorded. It cannot be edited afterwards.") % said,
        _("%(rate)s €/resident stands from 1.1.%(year)s until another decision.") % said,
        _("%(shares)s shares are made for %(residents)s residents on %(reference)s: %(total)s in all.")
        % said,
        _("No invoice is issued yet. That is a step of its own, with its own preview."),
    ]
    return told[:1] + _superseding(form, year) + told[1:]


def _superseding(form: DecisionForm, year: int) -> list[str]:
    """What becomes of the decision that is replaced, and of the invoices made by it."""
    told: list[str] = []
    earlier = form.superseded()
    if earlier is not None:
        said = {"earlier": earlier.decision.diary_number, "rate": show_rate(earlier.rate, tables.language())}
        told.append(
            _("It supersedes %(earlier)s. That decision stays readable, marked as superseded.") % said
        )
        if earlier.valid_from >= date(year, 1, 1):
            told.append(_("The rate of %(rate)s € that stood by it is withdrawn.") % said)
    levied = budgets.latest_revision(year, form.cleaned_data["cost_class"])
    charged = plan_issue(levied.id, on=clock.today()) if levied else None
    count = charged.done + charged.earlier if charged else 0
    if count:
        text = ngettext(
            "%(count)s share of %(year)s has been charged. It stands; the difference is charged or credited "
            "on a page of its own.",
            "%(count)s shares of %(year)s have been charged. They stand; the difference is charged or "
            "credited on a page of its own.",
            count,
        )
        told.append(text % {"count": count, "year": year})
    return told


def _rate_text(row: RateRow) -> str:
    return _("%(number)s: %(rate)s €/resident from %(day)s") % {
        "number": row.decision.diary_number,
        "rate": show_rate(row.rate, tables.language()),
        "day": day(row.valid_from),
    }
