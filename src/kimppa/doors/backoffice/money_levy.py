"""Levying a decided sum: who shares it and by what, a preview of every share, and the act."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kimppa.commons.members import queries as members
from kimppa.commons.members.permissions import require
from kimppa.commons.members.roles import Act
from kimppa.commons.usage import queries as usage
from kimppa.consortium.agreements.rules import CLASS_NAMES, CostClass
from kimppa.consortium.budgets import queries as budgets
from kimppa.consortium.budgets.queries import Basis, Plan, PlannedShare
from kimppa.consortium.budgets.recipes import (
    PAYER_NAMES,
    STAGE_NAMES,
    Key,
    Part,
    PayerRule,
    Recipe,
    Stage,
    Use,
)
from kimppa.consortium.budgets.revisions import LevyTitle
from kimppa.consortium.budgets.services import Resolution, levy_amount
from kimppa.consortium.governance import queries as governance
from kimppa.consortium.governance.services import Words
from kimppa.doors.backoffice import money_tables as tables
from kimppa.doors.backoffice.meetings_effect import begun_by_item
from kimppa.doors.backoffice.money_decide import DAY
from kimppa.doors.web.errors import explain
from kimppa.doors.web.formats import day, money, number
from kimppa.doors.web.forms import FoldedForm, offer
from kimppa.doors.web.staff import actor_of, staff_required
from kimppa.doors.web.tables import Column, Table
from kimppa.foundation.core import clock
from kimppa.foundation.core.errors import KimppaError
from kimppa.foundation.core.money import Cents, parse_cents
from kimppa.foundation.core.text import clean_line

MONEY = forms.TextInput(attrs={"inputmode": "decimal"})


class MoneyField(forms.CharField):
    """Euros and cents as people write them; empty is None."""

    def __init__(self, **kwargs: object) -> None:
        super().__init__(max_length=20, widget=MONEY, **kwargs)  # type: ignore[arg-type]

    def clean(self, value: object) -> Cents | None:
        text = super().clean(value)
        if not text:
            return None
        try:
            return parse_cents(text)
        except KimppaError as error:
            raise forms.ValidationError(explain(error)) from error


class LevyForm(FoldedForm):
    """What was decided, who shares it and by which keys.

    Folded is what only an unusual levy needs: the whole sum is shared by residents among all members.
    """

    FOLDED = (
        "by_population",
        "by_equal",
        "by_use",
        "use_of",
        "use_first",
        "use_last",
        "flat",
        "least",
        "greatest",
        "kimppas",
        "payer",
        "stage",
    )
    USUAL = {
        "by_population": "100",
        "by_equal": "0",
        "by_use": "0",
        "payer": PayerRule.MEMBERS,
        "stage": Stage.WHOLE,
    }

    cost_class = forms.ChoiceField(label=gettext_lazy("Cost class"))
    title_fi = forms.CharField(
        label=gettext_lazy("Name of the cost in Finnish"),
        max_length=160,
        required=False,
        help_text=gettext_lazy("Printed on the invoices. Needed for other costs."),
    )
    title_sv = forms.CharField(
        label=gettext_lazy("Name of the cost in Swedish"), max_length=160, required=False
    )
    amount = MoneyField(label=gettext_lazy("Sum to be shared, euros"))
    stage = forms.ChoiceField(
        label=gettext_lazy("Charged as"),
        help_text=gettext_lazy(
            "Advances and the settlement are running totals: give the sum of all that has been decided until "
            "now. What was charged before is taken off each share."
        ),
    )
    reference_date = forms.ChoiceField(label=gettext_lazy("Populations of"))
    by_population = forms.IntegerField(
        label=gettext_lazy("By residents, %"), min_value=0, max_value=100, initial=100
    )
    by_equal = forms.IntegerField(
        label=gettext_lazy("In equal parts, %"), min_value=0, max_value=100, initial=0, required=False
    )
    by_use = forms.IntegerField(
        label=gettext_lazy("By use, %"), min_value=0, max_value=100, initial=0, required=False
    )
    use_of = forms.ChoiceField(label=gettext_lazy("Use of which service"), required=False)
    use_first = forms.DateField(label=gettext_lazy("Use from"), required=False, widget=DAY)
    use_last = forms.DateField(label=gettext_lazy("Use until"), required=False, widget=DAY)
    flat = MoneyField(
        label=gettext_lazy("Flat part from each, euros"),
        required=False,
        help_text=gettext_lazy("Taken first; the rest goes by the keys."),
    )
    least = MoneyField(label=gettext_lazy("Least share, euros"), required=False)
    greatest = MoneyField(label=gettext_lazy("Greatest share, euros"), required=False)
    kimppas = forms.MultipleChoiceField(
        label=gettext_lazy("Only these kimppas"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("Choose none where the cost concerns all members."),
    )
    payer = forms.ChoiceField(label=gettext_lazy("Who pays a kimppa's share"))
    body = forms.ChoiceField(label=gettext_lazy("Who decided"))
    decided_on = forms.DateField(label=gettext_lazy("Decided on"), widget=DAY)
    diary_number = forms.CharField(
        label=gettext_lazy("Diary number"),
        max_length=60,
        help_text=gettext_lazy("From the minutes. Each decision has its own."),
    )
    decision_fi = forms.CharField(label=gettext_lazy("Title of the decision in Finnish"), max_length=300)
    decision_sv = forms.CharField(
        label=gettext_lazy("Title of the decision in Swedish"), max_length=300, required=False
    )

    def __init__(self, *args: object, year: int, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.year = year
        shown = tables.language()
        offer(self, "cost_class", [(c.value, _(CLASS_NAMES[c])) for c in reversed(CostClass)])
        offer(self, "stage", [(s.value, _(STAGE_NAMES[s])) for s in Stage])
        offer(self, "reference_date", [(d.isoformat(), day(d)) for d in members.population_dates()])
        counted = [(f"{p}/{m}", f"{p}: {m}") for p, m in usage.metrics()]
        offer(self, "use_of", [("", _("No service")), *counted])
        kimppas = members.kimppas_on(date(year, 1, 1))
        offer(self, "kimppas", [(k.slug, f"{k.name_fi} ({len(k.codes)})") for k in kimppas])
        offer(self, "payer", [(p.value, _(PAYER_NAMES[p])) for p in PayerRule])
        offer(self, "body", [(body.slug, body.name(shown)) for body in governance.bodies()])

    def clean_decided_on(self) -> date:
        decided: date = self.cleaned_data["decided_on"]
        if decided > clock.today():
            raise forms.ValidationError(_("The day has not come yet."))
        return decided

    def clean(self) -> dict[str, object]:
        said = self.cleaned_data
        if said.get("by_use") and not (said.get("use_of") and said.get("use_first") and said.get("use_last")):
            self.add_error("use_of", _("A share by use needs the service and the months that count."))
        if said.get("cost_class") == CostClass.OTHER and not clean_line(said.get("title_fi") or ""):
            self.add_error("title_fi", _("Other costs need a name: it is printed on the invoices."))
        return said

    def recipe(self) -> Recipe:
        """How the sum is shared, as asked."""
        said = self.cleaned_data
        weights = {
            Key.POPULATION: said["by_population"],
            Key.EQUAL: said["by_equal"] or 0,
            Key.USAGE: said["by_use"] or 0,
        }
        return Recipe(
            parts=tuple(Part(key, weight) for key, weight in weights.items() if weight),
            flat=said["flat"] or Cents(0),
            least=said["least"],
            greatest=said["greatest"],
            kimppas=tuple(said["kimppas"]),
            payer=PayerRule(said["payer"]),
            use=self._use() if said["by_use"] else None,
        )

    def _use(self) -> Use:
        said = self.cleaned_data
        platform, _slash, metric = said["use_of"].rpartition("/")
        return Use((platform,), metric, said["use_first"].replace(day=1), said["use_last"].replace(day=1))

    def basis(self) -> Basis:
        said = self.cleaned_data
        recipe = self.recipe()
        only = (Part(Key.POPULATION, said["by_population"]),)
        if recipe.parts == only:
            recipe = Recipe(
                flat=recipe.flat,
                least=recipe.least,
                greatest=recipe.greatest,
                kimppas=recipe.kimppas,
                payer=recipe.payer,
            )
        return Basis(
            reference_date=date.fromisoformat(said["reference_date"]),
            members_on=date(self.year, 1, 1),
            amount=said["amount"],
            recipe=None if recipe.plain else recipe,
        )


@staff_required
def page(request: HttpRequest, year: int) -> HttpResponse:
    """GET shows the form, and with its fields filled every share; POST records the decision and levies."""
    by, now = actor_of(request), clock.now()
    require(by, Act.DECIDE, now=now)
    require(by, Act.LEVY, now=now)
    if request.method == "POST":
        return _record(request, year)
    asked = "amount" in request.GET
    form = (
        LevyForm(request.GET, year=year)
        if asked
        else LevyForm(initial=_initial(year) | _begun(request), year=year)
    )
    context: dict[str, object] = {"form": form, "year": year}
    if asked and form.is_valid():
        try:
            planned = budgets.plan(form.basis())
        except KimppaError as error:
            form.add_error(None, explain(error))
        else:
            table = _table(request, planned, year)
            download = table.download()
            if download is not None:
                return download
            context |= {
                "table": table,
                "planned": planned,
                "unplaced": _unplaced(form),
                "consequences": _consequences(form, planned),
                "hidden": _hidden(request, form),
            }
    status = 422 if asked and form.errors else 200
    return render(request, "backoffice/money/levy_new.html", context, status=status)


def _record(request: HttpRequest, year: int) -> HttpResponse:
    form = LevyForm(request.POST, year=year)
    if form.is_valid():
        said, basis = form.cleaned_data, form.basis()
        try:
            levied = levy_amount(
                by=actor_of(request),
                resolution=Resolution(
                    body=said["body"],
                    diary_number=said["diary_number"],
                    decided_on=said["decided_on"],
                    words=Words(title_fi=said["decision_fi"], title_sv=said["decision_sv"]),
                    example=clock.offset().total_seconds() != 0,
                ),
                year=year,
                cost_class=CostClass(said["cost_class"]),
                amount=said["amount"],
                reference_date=basis.reference_date,
                recipe=basis.recipe,
                stage=Stage(said["stage"]),
                title=LevyTitle(clean_line(said["title_fi"]), clean_line(said["title_sv"])),
                now=clock.now(),
            )
        except KimppaError as error:
            form.add_error(None, explain(error))
        else:
            messages.success(request, _("The decision was recorded and the sum was shared."))
            return redirect("backoffice:money-levy", revision=levied)
    return render(request, "backoffice/money/levy_new.html", {"form": form, "year": year}, status=422)


def _initial(year: int) -> dict[str, object]:
    newest = members.latest_population_date(min(date(year - 1, 12, 31), clock.today()))
    return {
        "cost_class": CostClass.OTHER,
        "stage": Stage.WHOLE,
        "reference_date": newest.isoformat() if newest else "",
        "payer": PayerRule.MEMBERS,
        "decided_on": clock.today(),
    }


def _begun(request: HttpRequest) -> dict[str, object]:
    """What a meeting has settled, where the address names its item."""
    begun = begun_by_item(request)
    names = {"title_fi": "decision_fi", "title_sv": "decision_sv"}
    return {names.get(name, name): value for name, value in begun.items()}


def _hidden(request: HttpRequest, form: LevyForm) -> list[tuple[str, str]]:
    return [(name, str(value)) for name in form.fields for value in request.GET.getlist(name) if value]


def _unplaced(form: LevyForm) -> int:
    """How much of the use that counts has no known municipality."""
    use = form.recipe().use
    if use is None:
        return 0
    return usage.unplaced(platforms=use.platforms, metric=use.metric, first=use.first, last=use.last)


def _table(request: HttpRequest, planned: Plan, year: int) -> Table[PlannedShare]:
    shown = tables.language()
    kimppas = {row.slug: row.name_fi for row in members.kimppas_on(date(year, 1, 1))}
    return Table(
        request,
        name="shares",
        caption=_("Shares"),
        filename=f"levy-{year}",
        rows=planned.shares,
        columns=(
            Column[PlannedShare]("name", _("Payer"), lambda r: r.name(shown)),
            Column("kimppa", _("For the kimppa"), lambda r: _kimppa(r, kimppas), choices=True),
            Column("residents", _("Residents"), lambda r: r.residents, kind="number"),
            Column("months", _("Months"), lambda r: r.months, kind="number"),
            Column("share", _("Share"), lambda r: r.amount, kind="money"),
        ),
        footer={"name": _("Total"), "residents": planned.residents, "share": planned.total},
    )


def _kimppa(row: PlannedShare, names: Mapping[str, str]) -> str:
    slug = row.kimppa or (row.made_of.kimppa if row.made_of else "")
    return names.get(slug, slug)


def _consequences(form: LevyForm, planned: Plan) -> list[str]:
    shown = tables.language()
    said = {
        "number": form.cleaned_data["diary_number"],
        "day": day(form.cleaned_data["decided_on"]),
        "shares": len(planned.shares),
        "residents": number(planned.residents, shown),
        "total": money(planned.total, shown),
    }
    return [
        _("The decision %(number)s of %(day)s is recorded. It cannot be edited afterwards.") % said,
        _("%(total)s is shared by %(shares)s payers for %(residents)s residents, to the cent.") % said,
        _("No invoice is issued yet. That is a step of its own, with its own preview."),
    ]
