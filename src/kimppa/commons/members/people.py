"""The verbs about people: invitations, roles, leaving."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction

from kimppa.commons.members.city_sign_ins import check_invited_role, check_role
from kimppa.commons.members.models import Area, Kimppa, Municipality, RoleAssignment
from kimppa.commons.members.permissions import require
from kimppa.commons.members.roles import Act, Role, Scope, ScopeKind
from kimppa.commons.members.rules import check_span
from kimppa.foundation.accounts import audit
from kimppa.foundation.accounts import services as accounts
from kimppa.foundation.accounts.actors import Actor
from kimppa.foundation.accounts.models import User
from kimppa.foundation.core.errors import Invalid, Missing, Refused
from kimppa.foundation.core.text import noop


class UnknownScope(Invalid):
    code = "unknown-scope"
    sentence = noop("“%(scope)s” is no area, kimppa or municipality of the e-library. Nothing was changed.")


class UnknownPerson(Missing):
    code = "unknown-person"
    sentence = noop("There is no such person among the staff.")


class LastCoordinator(Refused):
    code = "last-coordinator"
    sentence = noop(
        "This is the last coordinator. Nothing was changed. Give the role to somebody else first."
    )


@transaction.atomic
def invite(
    *,
    by: Actor,
    email: str,
    name: str,
    language: str,
    role: Role,
    scope: Scope,
    issuer_id: int | None = None,
    now: datetime,
    real_now: datetime,
) -> str:
    """Invite a person to the staff with a first role from today on; returns the token of the invitation.

    `real_now` bounds the invitation (sign-ins use real time). issuer_id: it is taken at that city's sign-in,
    and the role is for that municipality. Raises AlreadyStaff, UnknownScope, RoleElsewhere, NoIssuer.
    """
    require(by, Act.MANAGE_STAFF, now=now)
    _check_scope(scope)
    if issuer_id is not None:
        check_invited_role(issuer_id, scope)
    invited = accounts.invite(
        by=by, email=email, name=name, language=language, issuer_id=issuer_id, now=real_now
    )
    _assign(invited.user, role, scope, now.date(), None)
    audit.record(
        by=by,
        act="members.invite",
        obj=invited.user,
        before=None,
        after={"email": invited.user.email, "role": role, "scope": f"{scope.kind} {scope.code}".strip()},
        now=now,
    )
    return invited.token


@transaction.atomic
def give_role(
    *,
    by: Actor,
    user_id: int,
    role: Role,
    scope: Scope,
    valid_from: date,
    valid_to: date | None,
    now: datetime,
) -> None:
    """Give a person a role for a scope and for dates.

    Raises OverlappingMembership, UnknownScope, RoleElsewhere.
    """
    require(by, Act.MANAGE_STAFF, now=now)
    _check_scope(scope)
    user = _locked(user_id)
    check_role(user, scope)
    row = _assign(user, role, scope, valid_from, valid_to)
    audit.record(
        by=by,
        act="members.give_role",
        obj=row,
        before=None,
        after={"user": user.email, "role": role, "valid_from": valid_from, "valid_to": valid_to},
        now=now,
    )


@transaction.atomic
def end_role(*, by: Actor, assignment_id: int, valid_to: date, now: datetime) -> None:
    """Let a role end on a day. The last coordinator's cannot be ended (LastCoordinator)."""
    require(by, Act.MANAGE_STAFF, now=now)
    row = RoleAssignment.objects.select_for_update().filter(pk=assignment_id).first()
    if row is None:
        raise UnknownPerson()
    _keep_a_coordinator(excluding_role=row)
    before = row.valid_to
    check_span((row.valid_from, valid_to), [], who=row.user.name)
    row.valid_to = valid_to
    row.save(update_fields=["valid_to"])
    audit.record(
        by=by,
        act="members.end_role",
        obj=row,
        before={"valid_to": before},
        after={"valid_to": valid_to},
        now=now,
    )


@transaction.atomic
def close_account(*, by: Actor, user_id: int, now: datetime) -> None:
    """Close a person's account and end their roles today. What they did stays in the audit trail."""
    require(by, Act.MANAGE_STAFF, now=now)
    user = _locked(user_id)
    for row in RoleAssignment.objects.select_for_update().filter(user=user, valid_to__isnull=True):
        _keep_a_coordinator(excluding_role=row)
        row.valid_to = max(now.date(), row.valid_from or now.date())
        row.save(update_fields=["valid_to"])
    accounts.deactivate(user=user)
    audit.record(
        by=by,
        act="members.close_account",
        obj=user,
        before={"active": True},
        after={"active": False},
        now=now,
    )


def _assign(
    user: User, role: Role, scope: Scope, valid_from: date | None, valid_to: date | None
) -> RoleAssignment:
    same = RoleAssignment.objects.filter(user=user, role=role, scope_kind=scope.kind, scope_code=scope.code)
    check_span((valid_from, valid_to), [((r.valid_from, r.valid_to), str(r)) for r in same], who=user.name)
    return RoleAssignment.objects.create(
        user=user,
        role=role,
        scope_kind=scope.kind,
        scope_code=scope.code,
        valid_from=valid_from,
        valid_to=valid_to,
    )


def _locked(user_id: int) -> User:
    found = User.objects.select_for_update().filter(pk=user_id).first()
    if found is None:
        raise UnknownPerson()
    return found


def _keep_a_coordinator(*, excluding_role: RoleAssignment) -> None:
    if excluding_role.role != Role.COORDINATOR:
        return
    others = RoleAssignment.objects.filter(
        role=Role.COORDINATOR, valid_to__isnull=True, user__is_active=True
    ).exclude(pk=excluding_role.pk)
    if not others.exists():
        raise LastCoordinator()


def _check_scope(scope: Scope) -> None:
    known = {
        ScopeKind.CONSORTIUM: lambda: scope.code == "",
        ScopeKind.AREA: lambda: Area.objects.filter(slug=scope.code).exists(),
        ScopeKind.KIMPPA: lambda: Kimppa.objects.filter(slug=scope.code).exists(),
        ScopeKind.MUNICIPALITY: lambda: Municipality.objects.filter(code=scope.code).exists(),
    }
    if not known[scope.kind]():
        raise UnknownScope(scope=scope.code[:60])
