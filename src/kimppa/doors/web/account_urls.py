"""The staff's own sign-in pages: those parts of allauth that an account by invitation needs.

Not here: sign-up, changing the address, resetting a password by mail. A new invitation mends those.
"""

from __future__ import annotations

from allauth.account import views
from django.urls import path

from kimppa.doors.web import staff_city

urlpatterns = [
    path("sign-in/", views.login, name="account_login"),
    path("sign-out/", views.logout, name="account_logout"),
    path("reauthenticate/", views.reauthenticate, name="account_reauthenticate"),
    path("password/", views.password_change, name="account_change_password"),
    path("inactive/", views.account_inactive, name="account_inactive"),
    path("city/<int:issuer>/", staff_city.start, name="account_city"),
    path("city/returned/", staff_city.page, name="account_city_returned"),
    path("closed/", views.signup, name="account_signup"),
]
