"""The verbs by which an account with a password is bound to its owner's sign-in at a city as well.

As everywhere with cities: only where every role of the account is for that city's own municipality. Giving
another role later is refused (city_sign_ins.check_role); both lock the person's row first.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from django.db import transaction
from django.db.models import Q

from kimppa.commons.members.city_sign_ins import RoleElsewhere
from kimppa.commons.members.models import RoleAssignment
from kimppa.commons.members.people import UnknownPerson
from kimppa.commons.members.permissions import require
from kimppa.commons.members.roles import Act, ScopeKind
from kimppa.foundation.accounts import audit, bindings, issuers
from kimppa.foundation.accounts.actors import Actor
from kimppa.foundation.accounts.models import StaffIssuer, User
from kimppa.foundation.protocols.oidc import Going


@transaction.atomic
def offer(*, by: Actor, user_id: int, issuer_id: int, now: datetime, real_now: datetime) -> str:
    """Offer a person to bind their account; returns the token, which is shown once.

    Raises UnknownPerson, NoIssuer, NotBindable, RoleElsewhere.
    """
    require(by, Act.MANAGE_STAFF, now=now)
    user = _locked(user_id)
    token = bindings.offer(by=by, user=user, issuer_id=issuer_id, now=real_now)
    row = StaffIssuer.objects.get(pk=issuer_id)
    _check_roles(user, row, now.date())
    after: dict[str, audit.Value] = {"issuer": row.name, "municipality": row.municipality}
    audit.record(by=by, act="members.offer_binding", obj=user, before=None, after=after, now=now)
    return token


def take(
    *,
    token: str,
    user_id: int,
    issuer_id: int,
    going: Going,
    params: Mapping[str, Sequence[str]],
    redirect_uri: str,
    now: datetime,
    today: date,
) -> str:
    """Who is signed in here came back from the city: bind the two; returns the city's name.

    Not one transaction: the city is asked with no lock held. `now` is real time. Raises Cancelled,
    NotAccepted, ProviderSilent, NoIssuer, InvitationGone, NotBindable, SomebodyElses, RoleElsewhere.
    """
    bindings.offered(token, user_id=user_id, now=now)
    row, subject, _ = issuers.who_came(
        issuer_id=issuer_id, going=going, params=params, redirect_uri=redirect_uri, now=now
    )
    with transaction.atomic():
        user = _locked(user_id)
        _check_roles(user, row, today)
        bindings.bind(token=token, user=user, issuer=row, subject=subject, now=now)
    return row.name


def _locked(user_id: int) -> User:
    found = User.objects.select_for_update().filter(pk=user_id).first()
    if found is None:
        raise UnknownPerson()
    return found


def _check_roles(user: User, issuer: StaffIssuer, on: date) -> None:
    """No role of the person, now or to come, is for anything but the issuer's municipality."""
    lasting = RoleAssignment.objects.filter(Q(valid_to__isnull=True) | Q(valid_to__gte=on), user=user)
    if lasting.exclude(scope_kind=ScopeKind.MUNICIPALITY, scope_code=issuer.municipality).exists():
        raise RoleElsewhere()
