"""An account that opens by a password may be bound to its owner's sign-in at a city as well.

Offered by staff, taken by the owner alone: signed in with the password, and at the city, in one browser. The
password stays. These verbs know no roles: the rooms above ask `require` first, and whether the roles of the
account reach beyond the issuer's municipality.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from kimppa.foundation.accounts import audit
from kimppa.foundation.accounts.actors import Actor
from kimppa.foundation.accounts.issuers import NoIssuer
from kimppa.foundation.accounts.models import CityBinding, Invitation, StaffIdentity, StaffIssuer, User
from kimppa.foundation.accounts.services import INVITATION_DAYS, InvitationGone, token_hash
from kimppa.foundation.core.errors import Refused
from kimppa.foundation.core.text import noop


class NotBindable(Refused):
    code = "account-not-bindable"
    sentence = noop(
        "Only an open account with a password, which no city's sign-in opens yet, can be bound to one. "
        "Nothing was changed."
    )


class SomebodyElses(Refused):
    code = "city-sign-in-of-another"
    sentence = noop(
        "That person at your city has another account here already. Nothing was changed. Ask a coordinator."
    )


@dataclass(frozen=True, slots=True)
class Offer:
    """What may be bound to what."""

    issuer_id: int
    issuer: str
    expires: datetime


@transaction.atomic
def offer(*, by: Actor, user: User, issuer_id: int, now: datetime) -> str:
    """The token by which the account's owner binds it; an earlier offer is no longer good. Real time.

    Raises NoIssuer, NotBindable.
    """
    row = StaffIssuer.objects.filter(pk=issuer_id, on=True).first()
    if row is None:
        raise NoIssuer()
    _check(user)
    CityBinding.objects.filter(user=user, accepted__isnull=True).delete()
    token = secrets.token_urlsafe(32)
    CityBinding.objects.create(
        user=user,
        issuer=row,
        token_hash=token_hash(token),
        offered_by=by if isinstance(by, User) else None,
        created=now,
        expires=now + timedelta(days=INVITATION_DAYS),
    )
    return token


def offered(token: str, *, user_id: int, now: datetime) -> Offer:
    """The open offer to that very person. Raises InvitationGone, for another's token too."""
    found = (
        CityBinding.objects.filter(token_hash=token_hash(token), user_id=user_id, issuer__on=True)
        .filter(accepted__isnull=True, expires__gt=now)
        .select_related("issuer")
        .first()
    )
    if found is None:
        raise InvitationGone()
    return Offer(found.issuer_id, found.issuer.name, found.expires)


@transaction.atomic
def bind(*, token: str, user: User, issuer: StaffIssuer, subject: str, now: datetime) -> None:
    """Bind the account to whom the city has just confirmed, once.

    `user`: locked by the caller. Raises InvitationGone, NotBindable, SomebodyElses.
    """
    found = CityBinding.objects.select_for_update().filter(token_hash=token_hash(token)).first()
    if found is None or (found.user_id, found.issuer_id) != (user.pk, issuer.pk):
        raise InvitationGone()
    if found.accepted is not None or found.expires <= now:
        raise InvitationGone()
    _check(user)
    if StaffIdentity.objects.filter(issuer=issuer, subject=subject).exists():
        # One person, one account.
        raise SomebodyElses()
    StaffIdentity.objects.create(user=user, issuer=issuer, subject=subject, created=now)
    found.accepted = now
    found.save(update_fields=["accepted"])
    told: dict[str, audit.Value] = {"issuer": issuer.name, "municipality": issuer.municipality}
    audit.record(by=user, act="accounts.bind_to_city", obj=user, before=None, after=told, now=now)


def _check(user: User) -> None:
    bound = StaffIdentity.objects.filter(user=user).exists()
    invited = Invitation.objects.filter(user=user, issuer__isnull=False).exists()
    if not user.is_active or not user.has_usable_password() or bound or invited:
        raise NotBindable()
