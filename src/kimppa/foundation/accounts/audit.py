"""The audit trail: one entry a change, written inside the verb's own transaction."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import TypeAlias

from django.db.models import Model

from kimppa.foundation.accounts.actors import Actor
from kimppa.foundation.accounts.models import AuditEntry, User
from kimppa.foundation.core.money import Cents
from kimppa.foundation.core.text import shorten

Value: TypeAlias = str | int | bool | Decimal | Cents | date | datetime | None


def record(
    *,
    by: Actor,
    act: str,
    obj: Model,
    before: Mapping[str, Value] | None,
    after: Mapping[str, Value] | None,
    now: datetime,
) -> None:
    """Write what `by` did to `obj`. `act` is the verb's dotted name, e.g. `budgets.decide_rate`."""
    AuditEntry.objects.create(
        at=now,
        user=by if isinstance(by, User) else None,
        actor=by.name,
        act=act,
        object_kind=obj._meta.label,
        object_key=str(obj.pk),
        label=shorten(str(obj), 300),
        before=_plain(before),
        after=_plain(after),
    )


def _plain(values: Mapping[str, Value] | None) -> dict[str, str | int | bool | None] | None:
    if values is None:
        return None
    return {name: _scalar(value) for name, value in values.items()}


def _scalar(value: Value) -> str | int | bool | None:
    if isinstance(value, Cents):
        return value.plain()
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, date | datetime):
        return value.isoformat()
    return value
