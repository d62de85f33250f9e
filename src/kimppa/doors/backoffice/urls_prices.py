"""Addresses of prices."""

from __future__ import annotations

from django.urls import path

from kimppa.doors.backoffice import prices_edit, prices_pages, prices_platform

urlpatterns = [
    path("prices/", prices_pages.listing, name="prices"),
    path("prices/renewals/", prices_pages.renewals, name="prices-renewals"),
    path("prices/vat/", prices_edit.vat, name="prices-vat"),
    path("prices/vat/load/", prices_edit.load_vat, name="prices-vat-load"),
    path("prices/exchange/", prices_edit.exchange, name="prices-exchange"),
    path("prices/agreements/<int:agreement>/", prices_edit.agreement, name="prices-agreement"),
    path("prices/rows/<int:price>/withdraw/", prices_edit.withdraw, name="prices-withdraw"),
    path("prices/rows/<int:price>/end/", prices_edit.end, name="prices-end"),
    path("prices/services/<slug:slug>/", prices_platform.page, name="prices-platform"),
]
