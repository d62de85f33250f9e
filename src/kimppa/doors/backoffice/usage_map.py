"""How a vendor's sheet is read: a person picks the sheet, the headings and what each column is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kimppa.commons.members.permissions import require
from kimppa.commons.members.roles import Act
from kimppa.commons.usage import batches, bringing, sheet_rules, sheets, sheets_brought
from kimppa.commons.usage.rules import UNIT_KIND_NAMES, Source, UnitKind
from kimppa.commons.usage.sheet_models import Brought
from kimppa.commons.usage.sheet_rules import FACTORS, MISTAKES, ROLE_NAMES, Column, Mistake, Reading, Role
from kimppa.doors.backoffice import usage_words as words
from kimppa.doors.web.errors import explain, sentence
from kimppa.doors.web.forms import offer
from kimppa.doors.web.staff import actor_of, staff_required
from kimppa.foundation.core import clock
from kimppa.foundation.core.errors import KimppaError
from kimppa.foundation.files import queries as stored

MOST_COLUMNS = 80
SHOWN_ROWS, SHOWN_COLUMNS = 15, 12
SAMPLES = 3


class ReadingForm(forms.Form):
    """What holds for the whole sheet; each column adds its own two fields."""

    metric = forms.CharField(
        label=gettext_lazy("What the columns of months count"),
        max_length=60,
        required=False,
        help_text=gettext_lazy("In one word, for example loans, downloads, plays, views, searches."),
    )
    places = forms.ChoiceField(label=gettext_lazy("The names are of"), required=False)
    year = forms.IntegerField(
        label=gettext_lazy("Year of months that are written without one"),
        min_value=1990,
        max_value=2100,
        required=False,
    )
    decimal = forms.ChoiceField(label=gettext_lazy("Sign before a fraction, in numbers written as text"))
    factor = forms.TypedChoiceField(label=gettext_lazy("A written one stands for"), coerce=int)
    fill = forms.BooleanField(
        label=gettext_lazy("An empty name means the same as the one above it"), required=False
    )
    part = forms.CharField(
        label=gettext_lazy("Which of the vendor's several sheets this is"),
        max_length=20,
        required=False,
        help_text=gettext_lazy(
            "Leave empty if the vendor sends one kind of sheet. Sheets of different names do not replace "
            "each other, and only one of them can count as use."
        ),
    )


@dataclass(frozen=True, slots=True)
class Line:
    """A column on the page: its letter, heading, some of its cells, and its two fields."""

    letter: str
    heading: str
    samples: str
    role: forms.BoundField
    metric: forms.BoundField


@staff_required
def page(request: HttpRequest, brought_id: int) -> HttpResponseBase:
    """`?sheet=&header=` choose what is shown; POST says how it is read."""
    by, now = actor_of(request), clock.now()
    require(by, Act.EDIT_USAGE, now=now)
    brought = batches.brought(brought_id)
    if brought.state != sheet_rules.State.WAITING or brought.form != bringing.SHEET:
        return redirect("backoffice:usage-brought", brought_id)
    reading = _asked(request, brought)
    form = _form(request, reading)
    if request.method == "POST" and form.is_valid():
        try:
            bringing.choose_reading(by=by, brought_id=brought_id, reading=_told(form, reading), now=now)
        except bringing.BadReading as error:
            for mistake in error.mistakes:
                form.add_error(None, _in_words(mistake))
        except KimppaError as error:
            form.add_error(None, explain(error))
        else:
            messages.success(
                request, _("The reading is kept, and proposed when the same headings come again.")
            )
            return redirect("backoffice:usage-brought", brought_id)
    return _shown(request, brought, reading, form)


def _shown(request: HttpRequest, brought: Brought, reading: Reading, form: ReadingForm) -> HttpResponseBase:
    path = stored.path_of(brought.file)
    rows = sheets_brought.opening_rows(path, reading.sheet)
    context = {
        "brought": brought,
        "file": brought.file,
        "sheets": sheets.names(path),
        "reading": reading,
        "form": form,
        "rows": [
            (number, [_cell(cell) for cell in cells[:SHOWN_COLUMNS]]) for number, cells in rows[:SHOWN_ROWS]
        ],
        "letters": [sheet_rules.letters(at) for at in range(min(SHOWN_COLUMNS, _width(rows[:SHOWN_ROWS])))],
        "lines": _lines(form, reading, rows),
        "more_columns": len(reading.columns) > MOST_COLUMNS,
    }
    return render(request, "backoffice/usage/reading.html", context, status=422 if form.errors else 200)


def _width(rows: tuple[tuple[int, sheet_rules.Cells], ...]) -> int:
    return max((len(cells) for _number, cells in rows), default=0)


def _cell(cell: sheet_rules.Cell) -> str:
    return str(cell)[:60]


def _asked(request: HttpRequest, brought: Brought) -> Reading:
    """The reading to start from: the draft, or what is proposed for another sheet or row of headings."""
    draft, _chosen = sheets_brought.reading_of(brought)
    told: Mapping[str, str] = request.POST if request.method == "POST" else request.GET
    sheet = told.get("sheet", draft.sheet)
    header = told.get("header", "")
    row = int(header) if header.isascii() and header.isdecimal() and 0 < int(header[:4]) <= 500 else None
    if sheet == draft.sheet and (row is None or row == draft.header):
        return draft
    path = stored.path_of(brought.file)
    return sheets_brought.proposed(path, brought.platform, brought.file.name, sheet=sheet, header=row)


def _form(request: HttpRequest, reading: Reading) -> ReadingForm:
    first: dict[str, object] = {
        "metric": words.metric(Source.SHEET, reading.metric),
        "places": reading.places,
        "year": reading.year,
        "decimal": reading.decimal,
        "factor": reading.factor,
        "fill": reading.fill,
        "part": reading.part,
    }
    for column in reading.columns[:MOST_COLUMNS]:
        first |= {
            f"role_{column.at}": column.role.value,
            f"metric_{column.at}": words.metric(Source.SHEET, column.metric),
        }
    form = ReadingForm(request.POST or None, initial=first)
    roles = [(role.value, _(name)) for role, name in ROLE_NAMES.items()]
    for column in reading.columns[:MOST_COLUMNS]:
        letter = sheet_rules.letters(column.at)
        form.fields[f"role_{column.at}"] = forms.ChoiceField(
            label=_("What column %(column)s is") % {"column": letter}, required=False
        )
        form.fields[f"metric_{column.at}"] = forms.CharField(
            label=_("What column %(column)s counts") % {"column": letter}, required=False, max_length=60
        )
        offer(form, f"role_{column.at}", roles)
    offer(form, "places", _place_choices())
    offer(form, "decimal", [(",", _("Comma: 1 234,5")), (".", _("Point: 1,234.5"))])
    offer(form, "factor", [(str(one), str(one)) for one in FACTORS])
    return form


def _place_choices() -> list[tuple[str, str]]:
    kinds = (UnitKind.MUNICIPALITY, UnitKind.KIMPPA, UnitKind.LIBRARY)
    return [("", _("No column of names")), *((kind.value, _(UNIT_KIND_NAMES[kind])) for kind in kinds)]


def _lines(
    form: ReadingForm, reading: Reading, rows: tuple[tuple[int, sheet_rules.Cells], ...]
) -> list[Line]:
    below = [cells for number, cells in rows if number > reading.header]
    return [
        Line(
            sheet_rules.letters(column.at),
            column.heading,
            " · ".join(_cell(cells[column.at]) for cells in below[:SAMPLES] if column.at < len(cells)),
            form[f"role_{column.at}"],
            form[f"metric_{column.at}"],
        )
        for column in reading.columns[:MOST_COLUMNS]
    ]


def _told(form: ReadingForm, reading: Reading) -> Reading:
    told = form.cleaned_data
    columns = tuple(
        Column(
            one.at,
            one.heading,
            Role(told.get(f"role_{one.at}", one.role.value)),
            words.metric_said(str(told.get(f"metric_{one.at}", one.metric))),
        )
        for one in reading.columns
    )
    return Reading(
        reading.sheet,
        reading.header,
        columns,
        places=told["places"] if any(one.role is Role.PLACE for one in columns) else "",
        metric=words.metric_said(told["metric"]),
        year=told["year"],
        decimal=told["decimal"],
        factor=told["factor"],
        fill=told["fill"],
        part=told["part"].strip(),
    )


def _in_words(mistake: Mistake) -> str:
    params = {key: _(value) if key == "role" else value for key, value in mistake.params.items()}
    return sentence(MISTAKES[mistake.code], {**params})
