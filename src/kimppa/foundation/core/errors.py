"""The error tree. Below the doors only code and params are kept; doors and outbox translate.

KimppaError
├── Invalid          422  what was given cannot be used (row and field where known)
├── Refused          409  understood, but a rule says no
│   └── Forbidden    403  the actor may not do this
├── Missing          404  no such thing (or not for this actor)
└── Unavailable      503  something outside did not answer; may be tried again
"""

from __future__ import annotations

from typing import ClassVar, TypeAlias

Param: TypeAlias = str | int | None


class KimppaError(Exception):
    """Root. `sentence` is the English source text with `%(name)s` places for `params`."""

    code: ClassVar[str] = "error"
    status: ClassVar[int] = 500
    sentence: ClassVar[str] = ""

    def __init__(self, **params: Param) -> None:
        self.params: dict[str, Param] = params
        super().__init__(self.code, params)

    def __str__(self) -> str:
        return self.in_english()

    def in_english(self) -> str:
        """The source sentence filled in; for logs and the console, never for pages."""
        return fill(self.sentence or self.code, self.params)


def fill(sentence: str, params: dict[str, Param]) -> str:
    """Put params into `%(name)s` places; a missing one stays visible instead of failing."""
    filled = sentence
    for name, value in params.items():
        filled = filled.replace(f"%({name})s", "" if value is None else str(value))
    return filled


class Invalid(KimppaError):
    code = "invalid"
    status = 422


class Refused(KimppaError):
    code = "refused"
    status = 409


class Forbidden(Refused):
    code = "forbidden"
    status = 403


class Missing(KimppaError):
    code = "missing"
    status = 404


class Unavailable(KimppaError):
    code = "unavailable"
    status = 503
