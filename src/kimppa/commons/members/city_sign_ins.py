"""The verbs about cities' own sign-ins for staff, and the rule that each is for its own municipality only."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction

from kimppa.commons.members.models import Municipality, RoleAssignment
from kimppa.commons.members.permissions import require
from kimppa.commons.members.queries import in_force
from kimppa.commons.members.roles import Act, Scope, ScopeKind
from kimppa.foundation.accounts import audit, issuers
from kimppa.foundation.accounts.actors import Actor
from kimppa.foundation.accounts.issuers import BadIssuer, IssuerRow, IssuerSaid, NoIssuer
from kimppa.foundation.accounts.models import StaffIssuer, User
from kimppa.foundation.core.errors import Refused
from kimppa.foundation.core.text import noop


class RoleElsewhere(Refused):
    code = "role-elsewhere"
    sentence = noop(
        "Whoever signs in at their city can have roles for that municipality only. Nothing was changed."
    )


class ReachesBeyond(Refused):
    code = "city-reaches-beyond"
    sentence = noop(
        "Your account has a role beyond the municipality of %(name)s, so it cannot be opened by that "
        "sign-in. Nothing was changed. Ask a coordinator."
    )


@transaction.atomic
def define_issuer(*, by: Actor, said: IssuerSaid, issuer_id: int | None = None, now: datetime) -> int:
    """Put a city's sign-in on the list, or change it; returns its number. Raises BadIssuer, NoIssuer."""
    require(by, Act.MANAGE_STAFF, now=now)
    if not Municipality.objects.filter(code=said.municipality).exists():
        raise BadIssuer(field="municipality")
    if issuer_id is not None:
        kept = StaffIssuer.objects.filter(pk=issuer_id).first()
        # People with roles for the old municipality are bound to it.
        if kept is not None and kept.municipality != said.municipality:
            raise BadIssuer(field="municipality")
    row, before, after = issuers.save_issuer(said, issuer_id=issuer_id)
    audit.record(by=by, act="members.define_issuer", obj=row, before=before, after=after, now=now)
    return row.pk


@transaction.atomic
def switch_issuer(*, by: Actor, issuer_id: int, on: bool, now: datetime) -> None:
    """Let a city's sign-in open accounts, or close it to everybody at once. Raises NoIssuer."""
    require(by, Act.MANAGE_STAFF, now=now)
    row = issuers.switch_issuer(issuer_id=issuer_id, on=on)
    audit.record(
        by=by, act="members.switch_issuer", obj=row, before={"on": not on}, after={"on": on}, now=now
    )


def check_invited_role(issuer_id: int, scope: Scope) -> None:
    """A first role for somebody who will sign in at that city. Raises NoIssuer, RoleElsewhere."""
    row = StaffIssuer.objects.filter(pk=issuer_id, on=True).first()
    if row is None:
        raise NoIssuer()
    _check(scope, row.municipality)


def check_role(user: User, scope: Scope) -> None:
    """One more role for somebody. Raises RoleElsewhere."""
    only = issuers.municipality_of(user.pk)
    if only:
        _check(scope, only)


def _check(scope: Scope, municipality: str) -> None:
    if (scope.kind, scope.code) != (ScopeKind.MUNICIPALITY, municipality):
        raise RoleElsewhere()


def check_reach(user_id: int, issuer: IssuerRow, *, on: date) -> None:
    """Nobody gets in by a city with a role beyond it on that day, however given. Raises ReachesBeyond."""
    roles = RoleAssignment.objects.filter(in_force(on), user_id=user_id)
    if roles.exclude(scope_kind=ScopeKind.MUNICIPALITY, scope_code=issuer.municipality).exists():
        raise ReachesBeyond(name=issuer.name)
