"""Addresses of the residents' portal."""

from __future__ import annotations

from django.conf import settings
from django.urls import path

from kimppa.doors.portal import (
    city,
    components,
    eservices,
    feedback,
    finding,
    home,
    info,
    install,
    open_data,
    pages,
    reading,
    sessions,
    shelf,
    sign_in,
    status_urls,
    titles,
)

app_name = "portal"
urlpatterns = [
    path("", home.page, name="home"),
    path("search/", finding.page, name="search"),
    path("services/", eservices.listing, name="services"),
    path("services/<slug:slug>/", eservices.page, name="service"),
    path("titles/<int:publication_id>/", titles.page, name="title"),
    path("titles/<int:publication_id>/cover.svg", titles.cover, name="cover"),
    path("titles/<int:publication_id>/borrow/", titles.borrow, name="borrow"),
    path("titles/<int:publication_id>/return/", titles.give_back, name="return"),
    path("read/<int:publication_id>/", reading.page, name="read"),
    path("read/<int:publication_id>/manifest.json", reading.manifest, name="manifest"),
    path("read/<int:publication_id>/position/", reading.position, name="position"),
    path("read/<int:publication_id>/part/<path:path>", reading.part, name="part"),
    path("sign-in/", sign_in.page, name="sign-in"),
    path("sign-in/returned/", city.page, name="sign-in-returned"),
    path("sign-out/", sign_in.out, name="sign-out"),
    path("me/", shelf.me, name="me"),
    path("me/shelf/", shelf.page, name="shelf"),
    path("me/data.json", shelf.export, name="export"),
    path("me/devices/", sessions.devices, name="devices"),
    path("me/devices/<slug:handle>/end/", sessions.end, name="device-end"),
    path("me/sign-out-everywhere/", sessions.everywhere, name="sign-out-everywhere"),
    path("me/child/", sessions.child, name="child"),
    path("me/history/", shelf.history, name="history"),
    path("me/erase/", shelf.erase, name="erase"),
    path("manifest.webmanifest", install.manifest, name="web-manifest"),
    path("info/<slug:slug>/", info.page, name="info"),
    path("offline/", install.offline, name="offline"),
    path("help/", pages.help_page, name="help"),
    path("accessibility/", pages.accessibility, name="accessibility"),
    path("privacy/", pages.privacy, name="privacy"),
    path("feedback/", feedback.page, name="feedback"),
    path("open-data/", open_data.page, name="open-data"),
    path("open-data/kimppa-use-<int:year>.zip", open_data.download, name="open-data-file"),
    *status_urls.urlpatterns,
]
if settings.MODE in {"run", "test", "task"}:
    urlpatterns.append(path("components/", components.page, name="components"))
