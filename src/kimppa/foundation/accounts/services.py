"""Staff users come by invitation. These verbs know no roles: the rooms above ask `require` first."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction

from kimppa.foundation.accounts.actors import Actor
from kimppa.foundation.accounts.models import Invitation, User
from kimppa.foundation.core.errors import Invalid, Missing, Refused
from kimppa.foundation.core.text import clean_line, noop

INVITATION_DAYS = 14


class AlreadyStaff(Refused):
    code = "already-staff"
    sentence = noop("%(email)s already has an account. Nothing was changed; give the person a role instead.")


class NoAddress(Invalid):
    code = "no-address"
    sentence = noop("“%(email)s” is not an e-mail address. Nothing was changed.")


class InvitationGone(Missing):
    code = "invitation-gone"
    sentence = noop("This invitation is used, out of date or not known. Ask for a new one.")


class InvitationElsewhere(Refused):
    code = "invitation-elsewhere"
    sentence = noop("This invitation is taken by signing in at your city, not by a password.")


class WeakPassword(Invalid):
    code = "weak-password"
    sentence = noop("This password is too easy to guess. Use at least 12 characters, for example four words.")


@dataclass(frozen=True, slots=True)
class Invited:
    """A new account and the one token that opens it; the token is shown or sent once, never stored."""

    user: User
    token: str


@transaction.atomic
def invite(
    *, by: Actor, email: str, name: str, language: str, issuer_id: int | None = None, now: datetime
) -> Invited:
    """Make an account that cannot sign in yet, and the token for it. Raises NoAddress, AlreadyStaff.

    issuer_id: the invitation is taken by signing in at that city, and only so.
    """
    address = clean_line(email).lower()
    try:
        validate_email(address)
    except ValidationError as error:
        raise NoAddress(email=address[:100]) from error
    if User.objects.filter(email=address).exists():
        raise AlreadyStaff(email=address)
    user = User(email=address, name=clean_line(name), language=language, is_active=False, date_joined=now)
    user.set_unusable_password()
    user.save()
    token = secrets.token_urlsafe(32)
    Invitation.objects.create(
        email=address,
        name=user.name,
        token_hash=token_hash(token),
        invited_by=by if isinstance(by, User) else None,
        created=now,
        expires=now + timedelta(days=INVITATION_DAYS),
        user=user,
        issuer_id=issuer_id,
    )
    return Invited(user, token)


@transaction.atomic
def accept_invitation(*, token: str, password: str, now: datetime) -> User:
    """Set the password of the invited account, once.

    Raises InvitationGone, InvitationElsewhere, WeakPassword.

    `now` is real time: how long an invitation is good has nothing to do with the demo's calendar.
    """
    found = Invitation.objects.select_for_update().filter(token_hash=token_hash(token)).first()
    if found is None or found.user is None or found.accepted is not None or found.expires <= now:
        raise InvitationGone()
    if found.issuer_id is not None:
        raise InvitationElsewhere()
    user = found.user
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise WeakPassword() from error
    user.set_password(password)
    user.is_active = True
    user.save(update_fields=["password", "is_active"])
    found.accepted = now
    found.save(update_fields=["accepted"])
    return user


def invitation_of(token: str, *, now: datetime) -> Invitation:
    """The open invitation that a token opens. Raises InvitationGone."""
    found = Invitation.objects.filter(
        token_hash=token_hash(token), accepted__isnull=True, expires__gt=now
    ).first()
    if found is None:
        raise InvitationGone()
    return found


@transaction.atomic
def add_demo_user(*, email: str, name: str, language: str, password: str, now: datetime) -> User:
    """An account of the demo region, without a second factor; `serve` does not start while one is active."""
    user, _ = User.objects.get_or_create(
        email=email, defaults={"name": name, "language": language, "is_demo": True, "date_joined": now}
    )
    user.is_active = user.is_demo = True
    user.set_password(password)
    user.save()
    return user


@transaction.atomic
def deactivate(*, user: User) -> None:
    """Close an account: it can no longer sign in. What it did stays in the audit trail."""
    user.is_active = False
    user.set_unusable_password()
    user.save(update_fields=["is_active", "password"])


@transaction.atomic
def close_demo_users() -> int:
    """Close every demo account; returns how many were open."""
    open_ones = list(User.objects.select_for_update().filter(is_demo=True, is_active=True))
    for user in open_ones:
        deactivate(user=user)
    return len(open_ones)


def token_hash(token: str) -> str:
    """The token has 256 random bits: a plain digest is as hard to turn back as a slow one."""
    return hashlib.sha256(token.encode()).hexdigest()
