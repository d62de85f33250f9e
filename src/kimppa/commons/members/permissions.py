"""`require(by, act, on=scope, now=now)`: asked first in every staff verb."""

from __future__ import annotations

from datetime import date, datetime

from django.db.models import Q

from kimppa.commons.members.models import (
    AreaMembership,
    KimppaMembership,
    RoleAssignment,
)
from kimppa.commons.members.roles import Act, Grant, Role, Scope, ScopeKind, Visible, allowed, visible
from kimppa.foundation.accounts.actors import Actor, Operator
from kimppa.foundation.accounts.models import User
from kimppa.foundation.core import clock
from kimppa.foundation.core.errors import Forbidden
from kimppa.foundation.core.text import noop

_KNOWN = "_kimppa_known_grants"


class NotYours(Forbidden):
    code = "not-yours"
    sentence = noop(
        "Your role does not open this. Nothing was changed. Ask a coordinator if you need it for your work."
    )


def grants_of(by: Actor, on_day: date) -> tuple[Grant, ...]:
    """The roles that hold on the day, each with the municipalities that its scope means then."""
    if isinstance(by, Operator) or not by.is_active:
        return ()
    known: dict[date, tuple[Grant, ...]] | None = getattr(by, _KNOWN, None)
    if known is not None and on_day in known:
        return known[on_day]
    rows = RoleAssignment.objects.filter(_open_on(on_day), user=by)
    found = tuple(Grant(Role(row.role), _municipalities(_scope_of(row), on_day)) for row in rows)
    if known is not None:
        known[on_day] = found
    return found


def ask_once(by: User) -> None:
    """For a page that only reads: this person's roles are asked of the database once, not for each button.

    Never for a request that may change something: there every question is asked anew.
    """
    setattr(by, _KNOWN, {})


def may(by: Actor, act: Act, *, on: Scope | None = None, now: datetime) -> bool:
    """Whether the actor may do the act on the scope (None: on the whole consortium) at that moment."""
    if isinstance(by, Operator):
        return True
    day = clock.day_of(now)
    wanted = _municipalities(on, day) if on is not None else None
    return allowed(grants_of(by, day), act, wanted)


def require(by: Actor, act: Act, *, on: Scope | None = None, now: datetime) -> None:
    """Raise NotYours unless the actor may do the act there. `on=None` asks for the whole consortium."""
    if not may(by, act, on=on, now=now):
        raise NotYours()


def visible_to(by: Actor, act: Act, *, now: datetime) -> Visible:
    """What of an act's objects the actor may see; for lists."""
    if isinstance(by, Operator):
        return Visible(True)
    return visible(grants_of(by, clock.day_of(now)), act)


def require_any(by: Actor, act: Act, *, now: datetime) -> Visible:
    """Like visible_to, but an actor who may see nothing at all is refused."""
    seen = visible_to(by, act, now=now)
    if not seen:
        raise NotYours()
    return seen


def _open_on(day: date) -> Q:
    return (Q(valid_from__isnull=True) | Q(valid_from__lte=day)) & (
        Q(valid_to__isnull=True) | Q(valid_to__gte=day)
    )


def _scope_of(row: RoleAssignment) -> Scope:
    return Scope(ScopeKind(row.scope_kind), row.scope_code)


def _municipalities(scope: Scope | None, day: date) -> frozenset[str] | None:
    """The codes that a scope means on a day; None for the whole consortium."""
    if scope is None or scope.kind is ScopeKind.CONSORTIUM:
        return None
    if scope.kind is ScopeKind.MUNICIPALITY:
        return frozenset({scope.code})
    if scope.kind is ScopeKind.AREA:
        rows = AreaMembership.objects.filter(_open_on(day), area__slug=scope.code)
        return frozenset(rows.values_list("municipality__code", flat=True))
    members = KimppaMembership.objects.filter(_open_on(day), kimppa__slug=scope.code)
    return frozenset(members.values_list("municipality__code", flat=True))
