"""What a staged record is, and when an import may be undone. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

Value: TypeAlias = str | int | bool | list[str] | None
Values: TypeAlias = Mapping[str, Value]
Param: TypeAlias = str | int | None


@dataclass(frozen=True, slots=True)
class Draft:
    """One record read from a source.

    action: create | update | unchanged | skip. severity: "" | warning | error; an error is skipped.
    code and params: what is to be said of it, as in core.errors. before: the values it would replace
    (None for create). after: the values it would set. object_kind/object_key: the row it would change.
    """

    number: int
    key: str
    action: str
    severity: str = ""
    code: str = ""
    params: Mapping[str, Param] = field(default_factory=dict)
    before: Values | None = None
    after: Values | None = None
    object_kind: str = ""
    object_key: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """Which row a record created or changed."""

    number: int
    object_kind: str
    object_key: str


@dataclass(frozen=True, slots=True)
class Applied:
    """A record that took effect, as undo sees it."""

    number: int
    key: str
    action: str
    before: Values | None
    after: Values | None
    object_kind: str
    object_key: str


@dataclass(frozen=True, slots=True)
class Blocker:
    """Why one record cannot be undone: changed-since | gone | a code of the app that uses the row."""

    number: int
    key: str
    code: str


def blockers(
    records: Iterable[Applied], *, current: Mapping[str, Values], used: Mapping[str, str]
) -> tuple[Blocker, ...]:
    """Records whose row is no more as the import left it, or that something uses since.

    current: the rows' values now, by object key; a row not in it is gone. used: code by object key;
    only what the import created can be in the way by being used (an update's row stays anyway).
    """
    found = []
    for one in records:
        now = current.get(one.object_key)
        if now is None:
            found.append(Blocker(one.number, one.key, "gone"))
        elif any(now.get(name) != value for name, value in (one.after or {}).items()):
            found.append(Blocker(one.number, one.key, "changed-since"))
        elif one.action == "create" and one.object_key in used:
            found.append(Blocker(one.number, one.key, used[one.object_key]))
    return tuple(found)
