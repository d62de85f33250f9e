"""Addresses of the residents' portal."""

from __future__ import annotations

from django.conf import settings
from django.urls import path

from kimppa.doors.portal import components, home, pages

app_name = "portal"
urlpatterns = [
    path("", home.page, name="home"),
    path("search/", pages.soon, name="search"),
    path("services/", pages.soon, name="services"),
    path("me/shelf/", pages.soon, name="shelf"),
    path("me/", pages.soon, name="me"),
    path("sign-in/", pages.soon, name="sign-in"),
    path("sign-out/", pages.soon, name="sign-out"),
    path("help/", pages.help_page, name="help"),
    path("accessibility/", pages.soon, name="accessibility"),
    path("privacy/", pages.soon, name="privacy"),
    path("feedback/", pages.soon, name="feedback"),
]
if settings.MODE in {"run", "test", "task"}:
    urlpatterns.append(path("components/", components.page, name="components"))
