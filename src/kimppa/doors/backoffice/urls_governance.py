"""Addresses of governance and agreements."""

from __future__ import annotations

from django.urls import path

from kimppa.doors.backoffice import (
    agreements_import,
    agreements_list,
    agreements_mandates,
    agreements_page,
    agreements_reminders,
)

urlpatterns = [
    path("agreements/", agreements_list.listing, name="agreements"),
    path("agreements/deadlines/", agreements_list.deadlines, name="agreements-deadlines"),
    path("agreements/reminders/", agreements_reminders.page, name="agreements-reminders"),
    path("agreements/calendar/", agreements_reminders.new_calendar, name="agreements-calendar"),
    path("agreements/import/", agreements_import.upload, name="agreements-import-upload"),
    path("agreements/import/<int:batch>/", agreements_import.page, name="agreements-import"),
    path("agreements/new/", agreements_page.edit, name="agreement-new"),
    path("agreements/<int:agreement>/", agreements_page.page, name="agreement"),
    path("agreements/<int:agreement>/edit/", agreements_page.edit, name="agreement-edit"),
    path("agreements/<int:agreement>/do/<slug:name>/", agreements_page.do, name="agreement-do"),
    path(
        "agreements/<int:agreement>/terms/<int:term>/remove/",
        agreements_page.remove_term,
        name="agreement-remove-term",
    ),
    path("agreements/documents/<int:document>/", agreements_page.document, name="agreement-document"),
    path("agreements/bound/", agreements_mandates.bound, name="agreements-bound"),
    path("agreements/mandates/new/", agreements_mandates.grant, name="agreements-grant"),
    path("agreements/mandates/<int:mandate>/end/", agreements_mandates.end, name="agreements-end-mandate"),
]
