"""Reading staff accounts and the audit trail."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from kimppa.foundation.accounts.models import AuditEntry, User


@dataclass(frozen=True, slots=True)
class AuditRow:
    """One change: who, what, when, before and after."""

    at: datetime
    actor: str
    act: str
    object_kind: str
    object_key: str
    label: str
    before: dict[str, str | int | bool | None] | None
    after: dict[str, str | int | bool | None] | None


@dataclass(frozen=True, slots=True)
class AuditPage:
    rows: tuple[AuditRow, ...]
    total: int


def audit_trail(*, text: str = "", object_kind: str = "", object_key: str = "", page: int = 1) -> AuditPage:
    """The trail, newest first, 50 a page; `text` looks in actor, act and label."""
    found = AuditEntry.objects.all()
    if text:
        found = found.filter(Q(actor__icontains=text) | Q(act__icontains=text) | Q(label__icontains=text))
    if object_kind:
        found = found.filter(object_kind=object_kind, object_key=object_key)
    start = (max(page, 1) - 1) * 50
    rows = found.order_by("-at", "-pk")[start : start + 50]
    return AuditPage(
        tuple(
            AuditRow(r.at, r.actor, r.act, r.object_kind, r.object_key, r.label, r.before, r.after)
            for r in rows
        ),
        found.count(),
    )


def active_demo_accounts() -> int:
    """How many demo accounts can sign in."""
    return User.objects.filter(is_demo=True, is_active=True).count()


def demo_accounts() -> int:
    """How many demo accounts there are, open or closed."""
    return User.objects.filter(is_demo=True).count()


def real_accounts() -> int:
    """How many accounts of people there are that are not the demo's, open or closed."""
    return User.objects.filter(is_demo=False).count()
