"""Addresses of the back office."""

from __future__ import annotations

from django.urls import path

from kimppa.doors.backoffice import (
    accept_page,
    cards_page,
    changes,
    feedback_pages,
    imports_pages,
    members_pages,
    overview,
    people_pages,
    platform_pages,
    tokens_page,
    urls_budget,
    urls_governance,
    urls_ledgers,
    urls_meetings,
    urls_membership,
    urls_money,
    urls_prices,
    urls_share,
)

app_name = "backoffice"
urlpatterns = [
    path("", overview.page, name="overview"),
    path("members/", members_pages.listing, name="members"),
    *urls_membership.urlpatterns,
    path("members/<str:code>/", members_pages.municipality, name="municipality"),
    path("members/<str:code>/join/", changes.join, name="join"),
    path("members/<str:code>/leave/", changes.leave, name="leave"),
    path("people/", people_pages.listing, name="people"),
    path("people/<int:user_id>/", people_pages.person, name="person"),
    path("people/<int:user_id>/close/", people_pages.close_account, name="close_account"),
    path("people/<int:user_id>/roles/<int:assignment_id>/end/", people_pages.end_role, name="end_role"),
    path("roles/", people_pages.roles, name="roles"),
    path("profile/tokens/", tokens_page.page, name="tokens"),
    path("profile/tokens/<int:token>/revoke/", tokens_page.revoke, name="token-revoke"),
    path("audit/", people_pages.audit, name="audit"),
    path("welcome/<str:token>/", accept_page.page, name="accept"),
    path("services/", platform_pages.listing, name="platforms"),
    path("services/add/", changes.add_platform, name="add-platform"),
    path("services/<slug:slug>/use/", changes.use, name="platform-use"),
    path("services/<slug:slug>/end/", changes.end_use, name="platform-end"),
    path("services/<slug:slug>/entitle/", changes.entitle, name="platform-entitle"),
    path("services/<slug:slug>/", platform_pages.page, name="platform"),
    path("cards/", cards_page.page, name="cards"),
    path("feedback/", feedback_pages.listing, name="feedback"),
    path("feedback/<int:feedback_id>/", feedback_pages.answer, name="feedback_answer"),
    path("imports/", imports_pages.listing, name="imports"),
    path("imports/<int:batch_id>/", imports_pages.page, name="import"),
    *urls_ledgers.urlpatterns,
    *urls_money.urlpatterns,
    *urls_governance.urlpatterns,
    *urls_meetings.urlpatterns,
    *urls_prices.urlpatterns,
    *urls_share.urlpatterns,
    *urls_budget.urlpatterns,
]
