"""Addresses of e-services' connections."""

from __future__ import annotations

from django.urls import path

from kimppa.doors.backoffice import connections_pages as pages

urlpatterns = [
    path("connections/", pages.listing, name="connections"),
    path("connections/add/", pages.add, name="connection-add"),
    path("connections/keys/", pages.rotate, name="connection-keys"),
    path("connections/<str:client>/", pages.page, name="connection"),
    path("connections/<str:client>/secret/", pages.secret, name="connection-secret"),
    path("connections/<str:client>/off/", pages.switch_off, name="connection-off"),
    path("connections/<str:client>/on/", pages.switch_on, name="connection-on"),
    path("connections/<str:client>/guide/", pages.guide, name="connection-guide"),
]
