"""“Where does this figure come from?”: from a settled figure to what was told, and to the delivery."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from kimppa.commons.members import queries as members
from kimppa.commons.members.permissions import require
from kimppa.commons.members.roles import Act
from kimppa.commons.usage import evidence
from kimppa.commons.usage.evidence import MonthBehind, ToldRow
from kimppa.commons.usage.rules import INTEREST_NAMES, SOURCE_NAMES, SPLIT_NAMES, Source
from kimppa.doors.backoffice import usage_words
from kimppa.doors.backoffice.usage_words import UnitNames, whom
from kimppa.doors.backoffice.use_measures import measure_in_words, names
from kimppa.doors.web.formats import number
from kimppa.doors.web.staff import actor_of, staff_required
from kimppa.doors.web.tables import Column, Table
from kimppa.foundation.core import clock
from kimppa.foundation.core.errors import Missing
from kimppa.foundation.core.text import noop

LIVE = (Source.HUB, Source.OWN_LENDING)


class NoSuchUse(Missing):
    code = "no-such-use"
    sentence = noop(
        "There is no such figure of use: the e-service, the municipality or the months are unknown."
    )


@dataclass(frozen=True, slots=True)
class Asked:
    """Whose use of what, in which months. `code` empty: not known; None: all together."""

    platform: str
    code: str | None
    first: date
    last: date


@staff_required
@require_GET
def page(request: HttpRequest) -> HttpResponseBase:
    """`?platform=&code=&first=2022-01&last=2022-12`: month by month, how it was made and from what.

    Without `code` it is of all together; with an empty one of those whose municipality is not known.
    """
    require(actor_of(request), Act.SEE_USAGE, now=clock.now())
    asked = _asked(request)
    known = names()
    place = members.municipality(asked.code) if asked.code else None
    if asked.platform not in known or (asked.code and place is None) or asked.first > asked.last:
        raise NoSuchUse
    months = evidence.behind(asked.platform, asked.code, asked.first, asked.last)
    made, told = _made_table(request, months), _told_table(request, months)
    for table in (made, told):
        download = table.download()
        if download is not None:
            return download
    chosen = {row.measure.id: row.measure for row in months if row.measure}
    context = {
        "asked": asked,
        "service": known[asked.platform],
        "place": _place(asked, place),
        "total": sum(row.made.value for row in months) if months else None,
        "estimated": sum(row.made.estimated for row in months) if months else None,
        "open": sum(row.made.open for row in months),
        "choices": [(measure_in_words(row), _(INTEREST_NAMES[row.counted_as])) for row in chosen.values()],
        "made": made,
        "told": told,
        "summed": any(told_row.units for row in months for told_row in row.told),
        "by_own_sign_on": any(row.made.weights for row in months),
    }
    return render(request, "backoffice/use_figure.html", context)


def _place(asked: Asked, place: members.MunicipalityRow | None) -> str:
    if place is not None:
        return place.name(get_language() or "fi")
    return _("All together") if asked.code is None else _("Municipality not known")


def _asked(request: HttpRequest) -> Asked:
    try:
        first = date.fromisoformat(f"{request.GET.get('first', '')[:7]}-01")
        last = date.fromisoformat(f"{request.GET.get('last', '')[:7]}-01")
    except ValueError:
        raise NoSuchUse from None
    return Asked(request.GET.get("platform", ""), request.GET.get("code"), first, last)


def _made_table(request: HttpRequest, months: tuple[MonthBehind, ...]) -> Table[MonthBehind]:
    return Table(
        request,
        name="made",
        caption=_("How each month was made"),
        filename="use-figure",
        rows=months,
        empty=_("No use is settled of these months."),
        columns=(
            Column[MonthBehind]("month", _("Month"), lambda r: f"{r.made.month:%m/%Y}"),
            Column("value", _("Use"), lambda r: r.made.value, kind="number"),
            Column("how", _("How"), _how),
            Column("open", _("More to come"), lambda r: r.made.open, kind="yes"),
        ),
        footer={"month": _("Total"), "value": sum(row.made.value for row in months)} if months else None,
    )


def _how(row: MonthBehind) -> str:
    made, language = row.made, get_language() or "fi"
    if not made.estimated:
        return _("Measured")
    if made.whole is None or made.split is None:
        return _("Estimated from several figures")
    return _("Estimated: %(whole)s × %(weight)s / %(weights)s. %(split)s.") % {
        "whole": number(made.whole, language),
        "weight": number(made.weight or 0, language),
        "weights": number(made.weights or 0, language),
        "split": _(SPLIT_NAMES[made.split]),
    }


def _told_table(request: HttpRequest, months: tuple[MonthBehind, ...]) -> Table[ToldRow]:
    named = UnitNames()
    return Table(
        request,
        name="told",
        caption=_("What was told, and where"),
        filename="use-told",
        rows=[row for month in months for row in month.told],
        empty=_("Nothing was told of these months."),
        columns=(
            Column[ToldRow]("month", _("Month"), lambda r: f"{r.month:%m/%Y}"),
            Column("unit", _("Of whom"), lambda r: _unit(r, named)),
            Column("metric", _("Metric"), _metric),
            Column("value", _("Figure"), lambda r: r.value, kind="number"),
            Column("source", _("Source"), lambda r: _(SOURCE_NAMES[r.source]), choices=True),
            Column("file", _("Delivery"), lambda r: r.file_name or _("Counted by us"), link=_delivery),
        ),
    )


def _metric(row: ToldRow) -> str:
    # Of our own sign-on the kind is the door that was used, which is no kind of content.
    kind = "" if row.source is Source.HUB else row.kind
    parts = (row.report, usage_words.metric(row.source, row.metric), kind, row.language, row.audience)
    return " · ".join(part for part in parts if part)


def _unit(row: ToldRow, named: UnitNames) -> str:
    if row.units is None:
        return named.of(row.unit_kind, row.unit_code)
    return f"{whom(named, row.unit_kind, '')} ({row.units})"


def _delivery(row: ToldRow) -> str:
    if row.source in LIVE:
        return f"{reverse('backoffice:usage')}?year={row.month.year}"
    return reverse("backoffice:usage-delivery", args=[row.batch])
