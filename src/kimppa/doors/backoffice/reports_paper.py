"""The directors' paper: its sentences on a page, and the document in three languages."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe

from kimppa.doors.backoffice import reports_common as common
from kimppa.doors.web.staff import staff_required
from kimppa.foundation.core import clock
from kimppa.foundation.core.errors import Missing
from kimppa.foundation.core.text import LANGUAGES, noop
from kimppa.insight.reporting import board_pdf
from kimppa.insight.reporting.board_paper import board_paper
from kimppa.insight.reporting.board_sections import sections, title_of

LANGUAGE_NAMES = (("fi", "suomi"), ("sv", "svenska"), ("en", "English"))


class NoSuchPaper(Missing):
    code = "no-such-paper"
    sentence = noop("There is no such paper: papers are made in Finnish, Swedish and English.")


@staff_required
@require_safe
def page(request: HttpRequest) -> HttpResponseBase:
    """`?year=`: what the paper says, in the page's language."""
    language = common.entered(request)
    year, years = common.year_asked(request)
    paper = board_paper(year, on=clock.today())
    context = {
        "year": year,
        "years": years,
        "title": title_of(paper, language),
        "sections": sections(paper, language),
        "example": paper.example,
        "languages": LANGUAGE_NAMES,
    }
    return render(request, "backoffice/reports/paper.html", context)


@staff_required
@require_safe
def document(request: HttpRequest, year: int, language: str) -> HttpResponseBase:
    """The paper as PDF. Raises NoSuchPaper."""
    common.entered(request)
    if language not in LANGUAGES:
        raise NoSuchPaper
    made = board_pdf.pdf(board_paper(year, on=clock.today()), language)
    response = HttpResponse(made, content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="kimppa-use-{year}-{language}.pdf"'
    return response
