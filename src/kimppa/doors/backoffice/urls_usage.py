"""Addresses of usage: what our own sign-on counted, and what is brought in of what others counted."""

from __future__ import annotations

from django.urls import path

from kimppa.doors.backoffice import usage_batches, usage_bring, usage_map

urlpatterns = [
    path("use/deliveries/", usage_batches.listing, name="usage-deliveries"),
    path("use/deliveries/<int:batch_id>/", usage_batches.page, name="usage-delivery"),
    path("use/deliveries/<int:batch_id>/rows/", usage_batches.rows, name="usage-rows"),
    path("use/deliveries/<int:batch_id>/file/", usage_batches.file, name="usage-file"),
    path("use/deliveries/<int:batch_id>/drop/", usage_batches.drop, name="usage-drop"),
    path("use/deliveries/<int:batch_id>/again/", usage_batches.again, name="usage-again"),
    path("use/bring/", usage_bring.upload, name="usage-bring"),
    path("use/bring/<int:brought_id>/", usage_bring.page, name="usage-brought"),
    path("use/bring/<int:brought_id>/reading/", usage_map.page, name="usage-reading"),
    path("use/bring/<int:brought_id>/file/", usage_bring.file, name="usage-brought-file"),
]
