"""Pages of plain text: help and the legal ones."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render


def help_page(request: HttpRequest) -> HttpResponse:
    return render(request, "portal/help.html")


def soon(request: HttpRequest) -> HttpResponse:
    raise Http404
