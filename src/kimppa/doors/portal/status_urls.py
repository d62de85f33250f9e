"""Addresses of the public status page."""

from __future__ import annotations

from django.urls import path

from kimppa.doors.portal import status

urlpatterns = [
    path("status/", status.page, name="status"),
    path("status.rss", status.rss, name="status-rss"),
    path("status.json", status.as_json, name="status-json"),
    path("status/subscribe/", status.subscribe, name="status-subscribe"),
    path("status/confirm/<str:token>/", status.confirm, name="status-confirm"),
    path("status/unsubscribe/<str:token>/", status.unsubscribe, name="status-unsubscribe"),
]
