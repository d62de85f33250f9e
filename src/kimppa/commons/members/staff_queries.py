"""Reading people and their roles."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date

from kimppa.commons.members.models import RoleAssignment
from kimppa.commons.members.queries import OLDEST_FIRST, in_force
from kimppa.commons.members.roles import Role
from kimppa.foundation.accounts.models import User


@dataclass(frozen=True, slots=True)
class RoleRow:
    """A role of a person; `in_force` says whether it holds on the day asked about."""

    id: int
    role: Role
    scope_kind: str
    scope_code: str
    valid_from: date | None
    valid_to: date | None
    in_force: bool


@dataclass(frozen=True, slots=True)
class PersonRow:
    id: int
    name: str
    email: str
    active: bool
    invited: bool
    demo: bool
    roles: tuple[RoleRow, ...]


def people(*, on: date) -> tuple[PersonRow, ...]:
    """Everybody on the staff by name, with their roles of all times."""
    holding = set(RoleAssignment.objects.filter(in_force(on)).values_list("pk", flat=True))
    roles: dict[int, list[RoleRow]] = defaultdict(list)
    for r in RoleAssignment.objects.order_by(OLDEST_FIRST, "pk"):
        roles[r.user_id].append(
            RoleRow(r.pk, Role(r.role), r.scope_kind, r.scope_code, r.valid_from, r.valid_to, r.pk in holding)
        )
    return tuple(
        PersonRow(
            id=u.pk,
            name=u.name,
            email=u.email,
            active=u.is_active,
            invited=not u.is_active and not u.has_usable_password(),
            demo=u.is_demo,
            roles=tuple(roles[u.pk]),
        )
        for u in User.objects.order_by("name")
    )


def person(user_id: int, *, on: date) -> PersonRow | None:
    """One person of the staff; None where there is none."""
    return next((p for p in people(on=on) if p.id == user_id), None)
