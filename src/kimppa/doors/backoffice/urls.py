"""Addresses of the back office."""

from __future__ import annotations

from django.urls import path

from kimppa.doors.backoffice import overview

app_name = "backoffice"
urlpatterns = [path("", overview.page, name="overview")]
