"""The living page of components: what the doors are built of, in one look. Not in production."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from kimppa.doors.web.line_chart import Point, Series, Tick, line_chart
from kimppa.doors.web.tables import Column, Table
from kimppa.foundation.core.money import Cents


class SampleForm(forms.Form):
    """Every kind of control, with and without errors."""

    name = forms.CharField(label=_("Name"), help_text=_("As it stands on your library card."), max_length=60)
    amount = forms.CharField(label=_("Amount in euros"), required=False)
    language = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES)
    size = forms.ChoiceField(
        label=_("Size"), choices=[("s", _("Small")), ("l", _("Large"))], widget=forms.RadioSelect, initial="s"
    )
    message = forms.CharField(label=_("Message"), widget=forms.Textarea(attrs={"rows": 3}), required=False)
    agree = forms.BooleanField(label=_("I want a copy"), required=False)


@dataclass(frozen=True, slots=True)
class SampleRow:
    name: str
    state: str
    day: date
    residents: int
    rate: Decimal
    share: Cents


ROWS = (
    SampleRow("Äänekoski", "paid", date(2022, 1, 31), 18318, Decimal("0.75"), Cents(1373850)),
    SampleRow("Enontekiö", "sent", date(2022, 2, 1), 1808, Decimal("0.75"), Cents(135600)),
    SampleRow("Utsjoki", "overdue", date(2022, 2, 2), 1178, Decimal("0.75"), Cents(88350)),
    SampleRow("Åland", "sent", date(2022, 2, 3), 30129, Decimal("0.75"), Cents(2259675)),
)
TONES = {"paid": "ok", "sent": "info", "overdue": "bad"}


def page(request: HttpRequest) -> HttpResponseBase:
    words = {"paid": gettext("Paid"), "sent": gettext("Sent"), "overdue": gettext("Overdue")}
    table = Table(
        request,
        name="sample",
        caption=gettext("Sample shares"),
        filename="sample",
        columns=(
            Column[SampleRow]("name", gettext("Municipality"), lambda row: row.name),
            Column(
                "state",
                gettext("State"),
                lambda row: words[row.state],
                badge=lambda row: TONES[row.state],
                choices=True,
            ),
            Column("day", gettext("Day"), lambda row: row.day, kind="day"),
            Column("residents", gettext("Residents"), lambda row: row.residents, kind="number"),
            Column("rate", gettext("€/resident"), lambda row: row.rate, kind="rate"),
            Column("share", gettext("Share"), lambda row: row.share, kind="money"),
        ),
        rows=ROWS * 3,
        footer={"name": gettext("Total"), "share": Cents(sum(row.share.value for row in ROWS) * 3)},
    )
    download = table.download()
    if download is not None:
        return download
    if "say" in request.GET:
        messages.success(request, gettext("Saved."))
        messages.error(request, gettext("Something needs your attention"))
    return _page(request, table)


def _sample_lines() -> str:
    """Two lines with a hole in one: what a line chart shows."""
    numbers = {"Äänekoski": (300, 320, 410), "Utsjoki": (None, 150, 145)}
    series = [
        Series(name, tuple(Point(None if v is None else Decimal(v), f"{v or ''} €") for v in values))
        for name, values in numbers.items()
    ]
    ticks = [Tick(Decimal(n), f"{n} €") for n in (0, 250, 500)]
    return line_chart(
        series,
        ["2021", "2022", "2023"],
        title=gettext("Sample shares"),
        description=gettext("The same numbers stand in the table under the chart."),
        ticks=ticks,
    )


def _page(request: HttpRequest, table: Table[SampleRow]) -> HttpResponse:
    context = {
        "table": table,
        "line_chart": _sample_lines(),
        "form": SampleForm(),
        "bad_form": SampleForm({"name": "", "language": "fi", "size": "s"}, auto_id="bad_%s"),
        "crumbs": ((gettext("Front page"), "/"), (gettext("Components"), "")),
        "facts": ((gettext("Language"), "suomi"), (gettext("Pages"), 240), (gettext("Empty"), "")),
        "covers": (
            ("Seitsemän veljestä", "Aleksis Kivi"),
            ("Kalevala", "Elias Lönnrot"),
            ("Pohjoisen eKirjaston opas", "ESIMERKKI"),
            ("Muitalus sámiid birra", "Johan Turi"),
            ("The Strange Case of Dr Jekyll and Mr Hyde & other tales", "Robert Louis Stevenson"),
            ("Elämäkerrallisuusepäjärjestelmällistyttämättömyys", ""),
        ),
    }
    return render(request, "portal/components.html", context)
