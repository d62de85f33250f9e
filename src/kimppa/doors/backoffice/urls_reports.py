"""Addresses of reports: what was used, by whom, and what it cost."""

from __future__ import annotations

from django.urls import path

from kimppa.doors.backoffice import (
    reports_equality,
    reports_national,
    reports_paper,
    reports_place,
    reports_service,
    reports_trends,
    reports_views,
    reports_year,
)

urlpatterns = [
    path("reports/", reports_year.page, name="reports"),
    path("reports/services/<slug:slug>/", reports_service.page, name="reports-service"),
    path("reports/places/<str:code>/", reports_place.page, name="reports-place"),
    path("reports/equality/", reports_equality.page, name="reports-equality"),
    path("reports/trends/", reports_trends.page, name="reports-trends"),
    path("reports/paper/", reports_paper.page, name="reports-paper"),
    path("reports/paper/<year:year>/<str:language>.pdf", reports_paper.document, name="reports-paper-pdf"),
    path("reports/national/", reports_national.page, name="reports-national"),
    path("reports/views/", reports_views.page, name="reports-views"),
    path("reports/views/<int:view_id>/remove/", reports_views.drop, name="reports-view-drop"),
]
