"""Addresses of health: what works, what has failed, and what agreements promised of it."""

from __future__ import annotations

from django.urls import path

from kimppa.doors.backoffice import health_availability, health_pages, health_receivers, health_targets

urlpatterns = [
    path("health/", health_pages.overview, name="health"),
    path("health/incidents/<int:incident_id>/", health_pages.incident, name="health-incident"),
    path("health/maintenance/", health_pages.maintenance, name="health-maintenance"),
    path("health/maintenance/<int:pause_id>/end/", health_pages.end_pause, name="health-pause-end"),
    path("health/targets/add/", health_targets.add, name="health-target-add"),
    path("health/targets/<str:key>/", health_targets.page, name="health-target"),
    path("health/targets/<str:key>/edit/", health_targets.edit, name="health-target-edit"),
    path("health/targets/<str:key>/probes/add/", health_targets.add_probe, name="health-probe-add"),
    path("health/probes/<int:probe_id>/", health_targets.edit_probe, name="health-probe"),
    path("health/probes/<int:probe_id>/try/", health_targets.try_probe, name="health-probe-try"),
    path("health/receivers/", health_receivers.listing, name="health-receivers"),
    path("health/receivers/<int:receiver_id>/stop/", health_receivers.stop, name="health-receiver-stop"),
    path("health/availability/", health_availability.months, name="health-availability"),
    path("health/promises/", health_availability.promise, name="health-promise"),
    path("health/promises/<int:promise_id>/draft/", health_availability.draft, name="health-claim-draft"),
    path("health/claims/<int:claim_id>/", health_availability.claim, name="health-claim"),
]
