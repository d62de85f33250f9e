"""The interface told to people: what there is, how to ask, what comes back."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from kimppa.doors.api.interface import document


@dataclass(frozen=True, slots=True)
class Parameter:
    name: str
    place: str
    needed: bool
    text: str


@dataclass(frozen=True, slots=True)
class Operation:
    """One address: what it gives, what it can be asked, and the names of what comes back."""

    path: str
    summary: str
    parameters: tuple[Parameter, ...]
    fields: tuple[str, ...]
    plain: bool


@dataclass(frozen=True, slots=True)
class Chapter:
    name: str
    operations: tuple[Operation, ...]


@require_GET
def docs(request: HttpRequest) -> HttpResponse:
    told = [
        (_(chapter.name), [(one, _(one.summary)) for one in chapter.operations]) for chapter in chapters()
    ]
    return render(request, "api/docs.html", {"chapters": told})


@cache
def chapters() -> tuple[Chapter, ...]:
    """The document's operations by tag, in its order."""
    made = document()
    found: dict[str, list[Operation]] = {}
    for path, methods in made["paths"].items():
        told = methods["get"]
        found.setdefault(told["tags"][0], []).append(_operation(path, told, made))
    return tuple(Chapter(name, tuple(operations)) for name, operations in found.items())


def _operation(path: str, told: dict[str, Any], made: dict[str, Any]) -> Operation:
    parameters = tuple(
        Parameter(
            one["name"],
            one["in"],
            bool(one.get("required")),
            one.get("description") or one["schema"].get("description", ""),
        )
        for one in told.get("parameters", ())
    )
    schema = told["responses"]["200"]["content"]["application/json"]["schema"]
    return Operation(path, told["summary"], parameters, _fields(schema, made), "{" not in path)


def _fields(schema: dict[str, Any], made: dict[str, Any]) -> tuple[str, ...]:
    """The names in an answer; of a list, the names in its rows."""
    if "items" in schema and "$ref" not in schema:
        return _fields(schema["items"], made)
    known = made["components"]["schemas"][schema["$ref"].rsplit("/", 1)[-1]]
    if set(known["properties"]) == {"items", "next", "total"}:
        return _fields(known["properties"]["items"]["items"], made)
    return tuple(known["properties"])
