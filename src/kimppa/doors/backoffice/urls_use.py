"""Addresses of what counts as use, and of what stands behind a figure."""

from __future__ import annotations

from django.urls import path

from kimppa.doors.backoffice import use_figure, use_measures

urlpatterns = [
    path("use/measures/", use_measures.listing, name="use-measures"),
    path("use/measures/<slug:slug>/", use_measures.page, name="use-measure"),
    path("use/measures/<slug:slug>/back/<int:measure>/", use_measures.take_back, name="use-measure-back"),
    path("use/figure/", use_figure.page, name="use-figure"),
]
