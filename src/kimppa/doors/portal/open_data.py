"""Open data for everybody: the use of each closed year as a file."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe

from kimppa.foundation.core import clock
from kimppa.insight.reporting.open_data import archive, open_year, published


@require_safe
def page(request: HttpRequest) -> HttpResponseBase:
    """The years that are published, and what is in the files."""
    return render(request, "portal/open_data.html", {"years": published(on=clock.today())})


@require_safe
def download(request: HttpRequest, year: int) -> HttpResponseBase:
    """One year as a zip. Raises NoOpenData."""
    made = archive(open_year(year, on=clock.today()))
    response = HttpResponse(made, content_type="application/zip")
    response["Content-Disposition"] = f'attachment; filename="kimppa-use-{year}.zip"'
    response["Cache-Control"] = "public, max-age=3600"
    return response
