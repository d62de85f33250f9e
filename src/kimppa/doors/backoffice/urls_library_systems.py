"""Addresses of library systems."""

from __future__ import annotations

from django.urls import path

from kimppa.doors.backoffice import library_systems_pages as pages
from kimppa.doors.backoffice import library_systems_test as test

urlpatterns = [
    path("library-systems/", pages.listing, name="library-systems"),
    path("library-systems/add/", pages.add, name="library-system-add"),
    path("library-systems/<slug:system>/", pages.page, name="library-system"),
    path("library-systems/<slug:system>/edit/", pages.edit, name="library-system-edit"),
    path("library-systems/<slug:system>/fields/", pages.read_fields, name="library-system-fields"),
    path("library-systems/<slug:system>/test/", test.page, name="library-system-test"),
    path("library-systems/<slug:system>/by/<slug:kind>/", pages.connect, name="library-system-connect"),
]
