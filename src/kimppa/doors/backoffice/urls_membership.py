"""Addresses of joining and leaving."""

from __future__ import annotations

from django.urls import path

from kimppa.doors.backoffice import membership_pages

urlpatterns = [
    path("members/cases/", membership_pages.listing, name="membership-cases"),
    path("members/cases/new/", membership_pages.new, name="membership-new"),
    path("members/cases/<int:case>/", membership_pages.page, name="membership-case"),
    path("members/cases/<int:case>/board/", membership_pages.board, name="membership-board"),
    path("members/cases/<int:case>/sign/", membership_pages.sign, name="membership-sign"),
    path("members/cases/<int:case>/cancel/", membership_pages.cancel, name="membership-cancel"),
    path("members/cases/<int:case>/force/", membership_pages.force, name="membership-force"),
]
