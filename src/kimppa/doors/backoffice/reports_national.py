"""The sheet for the national library statistics, each field with what it is made of or why it is empty."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from kimppa.doors.backoffice import reports_common as common
from kimppa.doors.web.formats import money, number
from kimppa.doors.web.staff import staff_required
from kimppa.doors.web.tables import Cell, Column, Table
from kimppa.foundation.core.money import Cents
from kimppa.insight.reporting.national import MONTHS, WHY_NAMES, Answer, Piece, Quantity, missing, sheet
from kimppa.insight.reporting.use_year import use_year


@staff_required
@require_safe
def page(request: HttpRequest) -> HttpResponseBase:
    """`?year=`."""
    language = common.entered(request)
    year, years = common.year_asked(request)
    answers = sheet(use_year(year))
    table = _table(request, answers, year, language)
    download = table.download()
    if download is not None:
        return download
    pieces = [
        (a.field.name(language), [(_piece(a, p, language), _url(a, p, year)) for p in a.pieces])
        for a in answers
    ]
    context = {
        "year": year,
        "years": years,
        "table": table,
        "pieces": pieces,
        "missing": missing(answers),
        "fields": len(answers),
    }
    return render(request, "backoffice/reports/national.html", context)


def _table(request: HttpRequest, answers: tuple[Answer, ...], year: int, language: str) -> Table[Answer]:
    return Table(
        request,
        name="fields",
        caption=_("Fields of the year’s form"),
        filename=f"national-statistics-{year}",
        rows=answers,
        empty=_("No fields are known for this year."),
        columns=(
            Column[Answer]("name", _("Field"), lambda r: r.field.name(language)),
            Column("code", _("Our code"), lambda r: r.field.code),
            Column("official", _("Code on the form"), lambda r: r.field.official_code),
            Column("value", _("Value"), _value, kind="number"),
            Column("state", _("State"), _state, badge=_tone, choices=True),
            Column("of", _("Made of"), lambda r: _made_of(r, language)),
        ),
    )


def _value(answer: Answer) -> Cell:
    if answer.value is None:
        return None
    return Cents(answer.value) if answer.field.quantity is Quantity.COST else answer.value


def _state(answer: Answer) -> str:
    if answer.value is None:
        return _("empty")
    return _("whole") if answer.whole else _("in part")


def _tone(answer: Answer) -> str:
    return "bad" if answer.value is None else "ok" if answer.whole else "warn"


def _made_of(answer: Answer, language: str) -> str:
    return "; ".join(_piece(answer, p, language) for p in answer.pieces) or _(
        "No service holds such contents."
    )


def _piece(answer: Answer, piece: Piece, language: str) -> str:
    name = common.name_of(piece.slug, piece.name) if piece.slug else _("Our own collection")
    if piece.value is None:
        return f"{name}: {_(WHY_NAMES[piece.why]) if piece.why else ''}"
    cost = answer.field.quantity is Quantity.COST
    value = money(piece.value, language) if cost else number(piece.value, language)
    still = ""
    if piece.open_months:
        still = f", {_('open months: %(count)s') % {'count': piece.open_months}}"
    elif piece.months < MONTHS:
        still = f", {_('months told: %(count)s of 12') % {'count': piece.months}}"
    return f"{name}: {value}{still}"


def _url(answer: Answer, piece: Piece, year: int) -> str:
    if answer.field.quantity is not Quantity.USE or piece.value is None:
        return ""
    return common.year_url(piece.slug, None, year)
