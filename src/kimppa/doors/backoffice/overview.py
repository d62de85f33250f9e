"""The back office's front page."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from kimppa.doors.web.staff import staff_required


@staff_required
def page(request: HttpRequest) -> HttpResponse:
    return render(request, "backoffice/overview.html")
