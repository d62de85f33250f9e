"""Addresses of fetching from vendors."""

from __future__ import annotations

from django.urls import path

from kimppa.doors.backoffice import sushi_pages, sushi_suppliers

urlpatterns = [
    path("use/vendors/", sushi_pages.listing, name="sushi"),
    path("use/vendors/add/", sushi_pages.add, name="sushi-add"),
    path("use/vendors/<int:account>/", sushi_pages.page, name="sushi-account"),
    path("use/vendors/<int:account>/edit/", sushi_pages.edit, name="sushi-edit"),
    path("use/vendors/<int:account>/credentials/", sushi_pages.credentials, name="sushi-credentials"),
    path("use/vendors/<int:account>/do/", sushi_pages.do, name="sushi-do"),
    path("use/vendors/<int:account>/try/", sushi_pages.try_out, name="sushi-try"),
    path("use/vendors/months/<int:month_id>/", sushi_pages.month, name="sushi-month"),
    path("use/vendors/answers/<int:attempt>/", sushi_pages.answer, name="sushi-answer"),
    path("use/suppliers/", sushi_suppliers.listing, name="suppliers"),
    path("use/suppliers/<int:party>/", sushi_suppliers.page, name="supplier"),
]
