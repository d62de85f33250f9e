"""Who asks. Every staff verb takes `by: Actor`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from kimppa.foundation.accounts.models import User


@dataclass(frozen=True, slots=True)
class Operator:
    """Whoever holds the machine: the command line, the demo's loader, a scheduled job.

    May do everything; the name stands in the audit trail.
    """

    name: str


Actor: TypeAlias = User | Operator


def key_of(by: Actor) -> str:
    """A stable text for jobs: `user:12` or `operator:console`."""
    return f"user:{by.pk}" if isinstance(by, User) else f"operator:{by.name}"


def from_key(key: str) -> Actor:
    """The actor that a job kept. Raises User.DoesNotExist when the user is gone."""
    kind, _, rest = key.partition(":")
    return User.objects.get(pk=int(rest)) if kind == "user" else Operator(rest)
