"""Who belongs to the groups: directors' days, responsible persons, expert groups."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction

from kimppa.commons.members.models import Group, GroupMembership, Municipality, RoleAssignment
from kimppa.commons.members.permissions import require
from kimppa.commons.members.queries import in_force
from kimppa.commons.members.roles import Act, ScopeKind
from kimppa.commons.members.rules import check_span
from kimppa.foundation.accounts import audit
from kimppa.foundation.accounts.actors import Actor
from kimppa.foundation.accounts.models import User
from kimppa.foundation.core.errors import Missing
from kimppa.foundation.core.text import in_language, noop


class NoSuchGroup(Missing):
    code = "no-such-group"
    sentence = noop("There is no such group. Nothing was changed.")


class NoSuchGroupMember(Missing):
    code = "no-such-group-member"
    sentence = noop("There is no such member of the group. Nothing was changed.")


@dataclass(frozen=True, slots=True)
class GroupRow:
    slug: str
    name_fi: str
    name_sv: str
    name_en: str
    members: int

    def name(self, language: str) -> str:
        return in_language(language, fi=self.name_fi, sv=self.name_sv, en=self.name_en)


@dataclass(frozen=True, slots=True)
class GroupMember:
    """A member of a group; `municipality` is the one that a role of theirs is given for, or empty."""

    id: int
    user_id: int
    name: str
    email: str
    language: str
    valid_from: date | None
    valid_to: date | None
    municipality_id: int | None
    municipality_fi: str
    municipality_sv: str

    def municipality(self, language: str) -> str:
        return in_language(language, fi=self.municipality_fi, sv=self.municipality_sv)


@transaction.atomic
def join_group(
    *, by: Actor, group: str, user_id: int, valid_from: date, valid_to: date | None = None, now: datetime
) -> int:
    """Make a person a member of a group for the days given; returns the membership's id.

    Raises NoSuchGroup, NoSuchGroupMember, OverlappingMembership, DatesInWrongOrder.
    """
    require(by, Act.EDIT_GROUPS, now=now)
    body = Group.objects.select_for_update().filter(slug=group).first()
    if body is None:
        raise NoSuchGroup
    user = User.objects.filter(pk=user_id, is_active=True).first()
    if user is None:
        raise NoSuchGroupMember
    same = GroupMembership.objects.filter(group=body, user=user)
    check_span((valid_from, valid_to), [((m.valid_from, m.valid_to), "") for m in same], who=user.name)
    row = GroupMembership.objects.create(group=body, user=user, valid_from=valid_from, valid_to=valid_to)
    after: dict[str, audit.Value] = {"group": group, "user": user.email, "valid_from": valid_from}
    audit.record(by=by, act="members.join_group", obj=row, before=None, after=after, now=now)
    return row.pk


@transaction.atomic
def leave_group(*, by: Actor, membership: int, valid_to: date, now: datetime) -> None:
    """Let a membership of a group end on a day. Raises NoSuchGroupMember, DatesInWrongOrder."""
    require(by, Act.EDIT_GROUPS, now=now)
    row = GroupMembership.objects.select_for_update().filter(pk=membership).first()
    if row is None:
        raise NoSuchGroupMember
    before = row.valid_to
    check_span((row.valid_from, valid_to), [], who=row.user.name)
    row.valid_to = valid_to
    row.save(update_fields=["valid_to"])
    audit.record(
        by=by,
        act="members.leave_group",
        obj=row,
        before={"valid_to": before},
        after={"valid_to": valid_to},
        now=now,
    )


def groups_on(day: date) -> tuple[GroupRow, ...]:
    """Every group by name, with the number of its members on a day."""
    held: dict[int, int] = {}
    for group_id in GroupMembership.objects.filter(in_force(day)).values_list("group_id", flat=True):
        held[group_id] = held.get(group_id, 0) + 1
    rows = Group.objects.order_by("name_fi").values_list("pk", "slug", "name_fi", "name_sv", "name_en")
    return tuple(GroupRow(slug, fi, sv, en, held.get(pk, 0)) for pk, slug, fi, sv, en in rows)


def group_members_on(slug: str, day: date) -> tuple[GroupMember, ...]:
    """The members of a group on a day by name, those whose account is open."""
    rows = (
        GroupMembership.objects.filter(in_force(day), group__slug=slug, user__is_active=True)
        .select_related("user")
        .order_by("user__name", "pk")
    )
    found = list(rows)
    roles = RoleAssignment.objects.filter(
        in_force(day), user__in=[r.user_id for r in found], scope_kind=ScopeKind.MUNICIPALITY.value
    ).values_list("user_id", "scope_code")
    codes = dict(roles)
    places = {m.code: m for m in Municipality.objects.filter(code__in=set(codes.values()))}
    told = []
    for row in found:
        place = places.get(codes.get(row.user_id, ""))
        told.append(
            GroupMember(
                id=row.pk,
                user_id=row.user_id,
                name=row.user.name,
                email=row.user.email,
                language=row.user.language,
                valid_from=row.valid_from,
                valid_to=row.valid_to,
                municipality_id=place.pk if place else None,
                municipality_fi=place.name_fi if place else "",
                municipality_sv=place.name_sv if place else "",
            )
        )
    return tuple(told)
