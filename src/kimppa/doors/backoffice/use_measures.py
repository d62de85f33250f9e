"""What counts as the use of each e-service: chosen by day from what has been told of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from kimppa.commons.members.permissions import require, visible_to
from kimppa.commons.members.roles import Act
from kimppa.commons.platforms import queries as platforms
from kimppa.commons.usage import evidence, measures, settled
from kimppa.commons.usage.evidence import KindRow
from kimppa.commons.usage.measures import Choice, NoSuchMeasure
from kimppa.commons.usage.rules import (
    INTEREST_NAMES,
    SOURCE_NAMES,
    SPLIT_NAMES,
    UNIT_KIND_NAMES,
    Interest,
    Source,
    Split,
    UnitKind,
)
from kimppa.commons.usage.settled import MeasureRow
from kimppa.doors.backoffice import usage_words
from kimppa.doors.web.errors import explain
from kimppa.doors.web.forms import offer
from kimppa.doors.web.staff import actor_of, staff_required
from kimppa.doors.web.tables import Column, Table
from kimppa.foundation.core import clock
from kimppa.foundation.core.errors import KimppaError


@dataclass(frozen=True, slots=True)
class Line:
    """A service and what counts as its use today."""

    slug: str
    name: str
    now: MeasureRow | None


class MeasureForm(forms.Form):
    """One kind of figure from a month on, and how it reaches municipalities."""

    told = forms.ChoiceField(
        label=gettext_lazy("What counts"),
        widget=forms.RadioSelect,
        choices=(),
        help_text=gettext_lazy(
            "One kind only: reports of different types do not measure the same thing and are never added."
        ),
    )
    counted_as = forms.ChoiceField(label=gettext_lazy("One unit of it is"), choices=())
    split = forms.ChoiceField(
        label=gettext_lazy("Split to municipalities"),
        choices=(),
        help_text=gettext_lazy("Only where the source does not know them; each part is then marked."),
    )
    first = forms.RegexField(
        r"^\d{4}-(0[1-9]|1[0-2])$",
        label=gettext_lazy("From the month"),
        widget=forms.TextInput(attrs={"type": "month"}),
        error_messages={"invalid": gettext_lazy("Write year and month, for example 2022-01.")},
    )

    def __init__(self, *args: object, kinds: tuple[KindRow, ...], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.kinds = {str(number): kind for number, kind in enumerate(kinds)}
        offer(self, "told", [(number, kind_in_words(kind)) for number, kind in self.kinds.items()])
        offer(self, "counted_as", [(one.value, _(INTEREST_NAMES[one])) for one in Interest])
        offer(self, "split", [(one.value, _(SPLIT_NAMES[one])) for one in Split])

    def choice(self) -> Choice:
        said, kind = self.cleaned_data, self.kinds[self.cleaned_data["told"]]
        return Choice(
            kind.source,
            kind.metric,
            kind.unit_kind,
            Interest(said["counted_as"]),
            Split(said["split"]),
            kind.report,
        )

    def day(self) -> date:
        return date.fromisoformat(f"{self.cleaned_data['first']}-01")


def kind_in_words(kind: KindRow) -> str:
    """`COUNTER report, brought as a file · TR · Unique_Title_Requests · A kimppa · 1/2022–3/2022`"""
    months = f"{kind.first.month}/{kind.first.year}–{kind.last.month}/{kind.last.year}"
    parts = (
        _(SOURCE_NAMES[kind.source]),
        kind.report,
        usage_words.metric(kind.source, kind.metric),
        _(UNIT_KIND_NAMES[kind.unit_kind]),
        months,
    )
    return " · ".join(part for part in parts if part)


def measure_in_words(row: MeasureRow) -> str:
    """The choice without its days and split."""
    told = usage_words.metric(row.source, row.metric)
    parts = (_(SOURCE_NAMES[row.source]), row.report, told, _(UNIT_KIND_NAMES[row.unit_kind]))
    return " · ".join(part for part in parts if part)


def names() -> dict[str, str]:
    """Slug → name, with our own lending, which is no e-service of a vendor."""
    return {row.slug: row.name for row in platforms.every_platform()} | {
        Source.OWN_LENDING.value: _(SOURCE_NAMES[Source.OWN_LENDING])
    }


@staff_required
@require_GET
def listing(request: HttpRequest) -> HttpResponseBase:
    """Every service with what counts today; those without a choice say so."""
    require(actor_of(request), Act.SEE_USAGE, now=clock.now())
    today = clock.today().replace(day=1)
    chosen = {row.platform: row for row in settled.measures() if evidence.holds(row, today)}
    lines = [Line(slug, name, chosen.get(slug)) for slug, name in names().items()]
    table = Table(
        request,
        caption=_("What counts as use"),
        filename="use-measures",
        rows=lines,
        empty=_("No e-services yet."),
        columns=(
            Column[Line](
                "service",
                _("E-service"),
                lambda r: r.name,
                link=lambda r: reverse("backoffice:use-measure", args=[r.slug]),
            ),
            Column("what", _("What counts"), lambda r: measure_in_words(r.now) if r.now else _("Not chosen")),
            Column(
                "unit", _("One unit of it is"), lambda r: _(INTEREST_NAMES[r.now.counted_as]) if r.now else ""
            ),
            Column("split", _("Split to municipalities"), lambda r: split_in_words(r.now) if r.now else ""),
        ),
    )
    download = table.download()
    return download or render(request, "backoffice/use_measures.html", {"table": table})


@staff_required
def page(request: HttpRequest, slug: str) -> HttpResponseBase:
    """The choices of one service so far, and a form for the next."""
    actor, now = actor_of(request), clock.now()
    require(actor, Act.EDIT_USAGE if request.method == "POST" else Act.SEE_USAGE, now=now)
    name = names().get(slug)
    if name is None:
        name = platforms.platform(slug).name
    kinds = evidence.kinds(slug)
    form = MeasureForm(request.POST or None, kinds=kinds, initial={"first": f"{clock.today():%Y}-01"})
    if request.method == "POST" and form.is_valid():
        try:
            measures.choose(by=actor, platform=slug, choice=form.choice(), valid_from=form.day(), now=now)
        except KimppaError as error:
            form.add_error(None, explain(error))
        else:
            messages.success(request, _("What counts was recorded, and the months were reckoned anew."))
            return redirect("backoffice:use-measure", slug)
    past = [(row, measure_in_words(row), _told_split(row)) for row in settled.measures(platform=slug)]
    context = {
        "slug": slug,
        "name": name,
        "form": form if kinds and visible_to(actor, Act.EDIT_USAGE, now=now) else None,
        "kinds": [kind_in_words(kind) for kind in kinds],
        "past": past[::-1],
        "latest": past[-1][0].id if past and visible_to(actor, Act.EDIT_USAGE, now=now) else None,
    }
    return render(request, "backoffice/use_measure.html", context, status=422 if form.errors else 200)


def _told_split(row: MeasureRow) -> str:
    return f"{_(INTEREST_NAMES[row.counted_as])} · {split_in_words(row)}"


def split_in_words(row: MeasureRow) -> str:
    """How it reaches municipalities; a source that knows them needs no split."""
    if row.unit_kind is UnitKind.MUNICIPALITY:
        return _("The source knows the municipalities")
    return _(SPLIT_NAMES[row.split])


@staff_required
@require_POST
def take_back(request: HttpRequest, slug: str, measure: int) -> HttpResponseBase:
    """Remove the latest choice; the one before holds on."""
    require(actor_of(request), Act.EDIT_USAGE, now=clock.now())
    if all(row.id != measure for row in settled.measures(platform=slug)):
        raise NoSuchMeasure
    measures.take_back(by=actor_of(request), measure_id=measure, now=clock.now())
    messages.success(request, _("The choice was taken back, and the months were reckoned anew."))
    return redirect("backoffice:use-measure", slug)
