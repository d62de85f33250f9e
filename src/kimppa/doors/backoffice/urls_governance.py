"""Addresses of governance and agreements."""

from __future__ import annotations

from django.urls import path

from kimppa.doors.backoffice import agreements_mandates

urlpatterns = [
    path("agreements/bound/", agreements_mandates.bound, name="agreements-bound"),
    path("agreements/mandates/new/", agreements_mandates.grant, name="agreements-grant"),
    path("agreements/mandates/<int:mandate>/end/", agreements_mandates.end, name="agreements-end-mandate"),
]
