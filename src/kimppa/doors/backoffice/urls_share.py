"""Addresses of the statements."""

from __future__ import annotations

from django.urls import path

from kimppa.doors.backoffice import statement_pages

urlpatterns = [
    path("our-share/", statement_pages.listing, name="statements"),
    path("our-share/<str:code>/<year:year>/", statement_pages.page, name="statement"),
    path("our-share/<str:code>/<year:year>/document.pdf", statement_pages.document, name="statement-pdf"),
]
