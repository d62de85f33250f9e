"""Addresses of meetings and groups."""

from __future__ import annotations

from django.urls import path

from kimppa.doors.backoffice import groups_pages, meetings_list, meetings_page, meetings_papers

urlpatterns = [
    path("meetings/", meetings_list.listing, name="meetings"),
    path("meetings/new/", meetings_page.edit, name="meeting-new"),
    path("meetings/papers/<int:paper>/", meetings_page.paper, name="meeting-paper"),
    path("meetings/<int:meeting>/", meetings_page.page, name="meeting"),
    path("meetings/<int:meeting>/edit/", meetings_page.edit, name="meeting-edit"),
    path("meetings/<int:meeting>/answer/", meetings_list.answer, name="meeting-answer"),
    path("meetings/<int:meeting>/papers/", meetings_papers.page, name="meeting-papers"),
    path("meetings/<int:meeting>/calendar.ics", meetings_list.calendar_file, name="meeting-calendar"),
    path("meetings/<int:meeting>/draft/<slug:language>/", meetings_page.draft, name="meeting-draft"),
    path("meetings/<int:meeting>/minutes/<int:version>/", meetings_page.kept_minutes, name="meeting-minutes"),
    path("meetings/<int:meeting>/do/<slug:name>/", meetings_page.do, name="meeting-do"),
    path("meetings/<int:meeting>/items/<int:item>/up/", meetings_page.move_up, name="meeting-item-up"),
    path("meetings/<int:meeting>/items/<int:item>/do/<slug:name>/", meetings_page.do, name="meeting-item-do"),
    path(
        "meetings/<int:meeting>/proposals/<int:proposal>/second/",
        meetings_page.second,
        name="meeting-second",
    ),
    path(
        "meetings/<int:meeting>/proposals/<int:proposal>/withdraw/",
        meetings_page.withdraw_proposal,
        name="meeting-withdraw-proposal",
    ),
    path(
        "meetings/<int:meeting>/papers/<int:paper>/withdraw/",
        meetings_page.withdraw_paper,
        name="meeting-withdraw-paper",
    ),
    path("groups/", groups_pages.listing, name="groups"),
    path("groups/<slug:slug>/", groups_pages.page, name="group"),
    path("groups/<slug:slug>/members/<int:membership>/end/", groups_pages.end, name="group-end"),
]
