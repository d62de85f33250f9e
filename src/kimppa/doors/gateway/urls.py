"""Addresses of the sign-on hub: pages under their language (namespace gateway), machines without one."""

from __future__ import annotations

from django.urls import path

from kimppa.doors.gateway import guide, openid, pages, validate

app_name = "gateway"
urlpatterns = [
    path("connect/", pages.step, name="step"),
    path("connect/agreed/", pages.agreed, name="agreed"),
    path("connect/leave/", pages.leave, name="leave"),
    path("connect/guide/<str:token>/", guide.page, name="guide"),
    path("open/<slug:slug>/", pages.open_service, name="open"),
]
machines = [
    path(".well-known/openid-configuration", openid.discovery, name="gateway-discovery"),
    path("gateway/keys.json", openid.keys, name="gateway-keys"),
    path("gateway/authorize", openid.authorize, name="gateway-authorize"),
    path("gateway/token", openid.token, name="gateway-token"),
    path("gateway/userinfo", openid.userinfo, name="gateway-userinfo"),
    path("gateway/logout", openid.logout, name="gateway-logout"),
    path("gateway/v1/validate", validate.card, name="gateway-validate"),
    path("gateway/v1/ticket", validate.ticket, name="gateway-ticket"),
]
