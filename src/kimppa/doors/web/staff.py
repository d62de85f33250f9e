"""Staff at the back office's door: by invitation, with a second factor."""

from __future__ import annotations

import base64
import time
from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec
from urllib.parse import quote

from allauth.account import app_settings
from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.login import get_authentication_records
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.auth import logout
from django.db import transaction
from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.urls import reverse

from kimppa.commons.members.permissions import ask_once
from kimppa.foundation.accounts import issuers
from kimppa.foundation.accounts.models import User
from kimppa.foundation.core import secrets

P = ParamSpec("P")
# In a session that a city's sign-in opened: which one, whose, and whether it proved a second factor.
CITY = "kimppa_city"
# What the sign-in library keeps encrypted of an authenticator: one-time codes, recovery codes.
SEALED = ("secret", "seed", "migrated_codes")


class StaffAccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Nobody signs up by themselves."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def is_reauthentication_required(self, *, app: str, **kwargs: object) -> bool:
        """Who signed in within the last five minutes is not asked for the password once more: a new
        member of staff sets up the second factor, and sees the recovery codes, in one go."""
        records = get_authentication_records(self.request, self.request.user)
        if any(time.time() - record["at"] < app_settings.REAUTHENTICATION_TIMEOUT for record in records):
            return False
        return bool(super().is_reauthentication_required(app=app, **kwargs))


class StaffMFAAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    """One-time-code secrets and recovery seeds lie encrypted; the key is outside the database."""

    def encrypt(self, text: str) -> str:
        return base64.urlsafe_b64encode(secrets.encrypt(text.encode())).decode()

    def decrypt(self, encrypted_text: str) -> str:
        return secrets.decrypt(base64.urlsafe_b64decode(encrypted_text.encode())).decode()

    def get_totp_issuer(self) -> str:
        return "Kimppa"


def seal_anew() -> int:
    """Encrypt every second factor that an older key sealed with the key in use; returns how many."""
    done = 0
    for pk in Authenticator.objects.values_list("pk", flat=True):
        with transaction.atomic():
            row = Authenticator.objects.select_for_update().get(pk=pk)
            changed = {name: _anew(row.data[name]) for name in SEALED if name in row.data}
            if any(row.data[name] != value for name, value in changed.items()):
                row.data.update(changed)
                row.save(update_fields=["data"])
                done += 1
    return done


def _anew(kept: Any) -> Any:  # noqa: ANN401 (what the sign-in library keeps: a text, or a list of texts)
    if isinstance(kept, list):
        return [_anew(each) for each in kept]
    sealed = base64.urlsafe_b64decode(kept.encode())
    if secrets.is_current(sealed):
        return kept
    return base64.urlsafe_b64encode(secrets.encrypt(secrets.decrypt(sealed))).decode()


def staff_of(request: HttpRequest) -> User | None:
    """The signed-in, active member of staff; None for anybody else."""
    user = request.user
    return user if isinstance(user, User) and user.is_authenticated and user.is_active else None


def has_second_factor(user: User) -> bool:
    """Demo accounts need none (serve refuses to start while one is active)."""
    if user.is_demo and settings.MODE != "serve":
        return True
    return bool(Authenticator.objects.filter(user=user, type=Authenticator.Type.TOTP).exists())


def second_factor_shown(request: HttpRequest, user: User) -> bool:
    """A second factor of ours, or one that the city proved which opened this very session."""
    return _by_city(request, user).get("proven") is True or has_second_factor(user)


def still_open(request: HttpRequest, user: User) -> bool:
    """Whether the city's sign-in that opened this session is still in use; others stand by themselves."""
    issuer = _by_city(request, user).get("issuer")
    return not isinstance(issuer, int) or issuers.is_on(issuer)


def _by_city(request: HttpRequest, user: User) -> dict[str, object]:
    told = request.session.get(CITY)
    return told if isinstance(told, dict) and told.get("user") == user.pk else {}


View = Callable[Concatenate[HttpRequest, P], HttpResponseBase]


def staff_required(view: View[P]) -> View[P]:
    """Lets signed-in, active staff with a second factor through; leads others to what is missing."""

    @wraps(view)
    def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        user = staff_of(request)
        if user is None:
            return HttpResponseRedirect(f"{reverse('account_login')}?next={quote(request.get_full_path())}")
        if not still_open(request, user):
            logout(request)
            return HttpResponseRedirect(reverse("account_login"))
        if not second_factor_shown(request, user):
            return HttpResponseRedirect(reverse("mfa_activate_totp"))
        if request.method in {"GET", "HEAD"}:
            ask_once(user)
        return view(request, *args, **kwargs)

    return guarded


def actor_of(request: HttpRequest) -> User:
    """The `by` of a verb, in a view that `staff_required` guards."""
    user = staff_of(request)
    if user is None:
        raise PermissionError("actor_of outside staff_required")
    return user
