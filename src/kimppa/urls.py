"""Every door's addresses. Pages for people carry their language first; machine doors carry none."""

from __future__ import annotations

from django.conf.urls.i18n import i18n_patterns
from django.urls import include, path

from kimppa.doors.api import interface, sushi
from kimppa.doors.api import pages as api_pages
from kimppa.doors.backoffice import agreements_reminders
from kimppa.doors.gateway import urls as gateway_urls
from kimppa.doors.portal import city, install
from kimppa.doors.web import account_urls, health, staff_city, views

urlpatterns = [
    path("", views.front, name="front"),
    path("healthz", health.alive, name="healthz"),
    path("readyz", health.ready, name="readyz"),
    path("metrics", health.metrics, name="metrics"),
    path("sw.js", install.worker, name="service-worker"),
    path("robots.txt", views.robots, name="robots"),
    path("calendar/<str:token>.ics", agreements_reminders.feed, name="calendar"),
    path("sign-in/return", city.returned, name="sign-in-return"),
    path("backoffice/sign-in/return", staff_city.returned, name="staff-sign-in-return"),
    *gateway_urls.machines,
    path("api/v1/openapi.json", interface.openapi, name="api-openapi"),
    path("api/v1/", interface.api.urls),
    path("api/sushi/r51/status", sushi.status, name="sushi-status"),
    path("api/sushi/r51/members", sushi.customers, name="sushi-members"),
    path("api/sushi/r51/reports", sushi.offered, name="sushi-reports"),
    path("api/sushi/r51/reports/<str:name>", sushi.report, name="sushi-report"),
    *i18n_patterns(
        path("", include("kimppa.doors.portal.urls")),
        path("", include(gateway_urls)),
        path("theme/", views.choose_theme, name="choose-theme"),
        path("backoffice/", include("kimppa.doors.backoffice.urls")),
        path("api/", api_pages.docs, name="api-docs"),
        path("backoffice/account/", include(account_urls)),
        path("backoffice/second-factor/", include("allauth.mfa.urls")),
        prefix_default_language=True,
    ),
]

handler400 = "kimppa.doors.web.errors.bad_request"
handler403 = "kimppa.doors.web.errors.forbidden"
handler404 = "kimppa.doors.web.errors.not_found"
handler500 = "kimppa.doors.web.errors.broken"
