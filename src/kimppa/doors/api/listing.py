"""Lists: pages by limit and cursor, and the same rows as CSV."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Generic, Literal, TypeAlias, TypeVar

from django.http import HttpRequest, HttpResponse
from ninja import Field, Schema

from kimppa.foundation.core.errors import Invalid
from kimppa.foundation.core.tabular import Cell, csv_bytes
from kimppa.foundation.core.text import noop

Item = TypeVar("Item")
Row = TypeVar("Row")
Json: TypeAlias = "Mapping[str, Json] | Sequence[Json] | str | int | bool | None"
Shown: TypeAlias = dict[str, Any]
MOST = 1000

# Every list can be had as CSV; told once, for the document of the interface.
CSV: dict[str, Any] = {
    "responses": {
        200: {
            "content": {"text/csv": {"schema": {"type": "string", "description": "The whole list, unpaged."}}}
        }
    }
}


class BadCursor(Invalid):
    code = "bad-cursor"
    sentence = noop("The cursor is not one of this list, or its row is gone. Begin again without it.")


class Page(Schema, Generic[Item]):
    """A page of a list. `next`: the cursor of the page after it, null on the last; `total`: all rows."""

    items: list[Item]
    next: str | None
    total: int


class Paging(Schema):
    limit: int = Field(100, ge=1, le=MOST, description="How many rows a page has.")
    cursor: str = Field("", max_length=200, description="`next` of the page before, or empty.")
    format: Literal["", "json", "csv"] = Field(
        "", description="`csv` gives the whole list as CSV, as does `Accept: text/csv`."
    )


def listed(
    request: HttpRequest,
    paging: Paging,
    rows: Iterable[Row],
    *,
    schema: type[Schema],
    key: Callable[[Row], str | int],
    show: Callable[[Row], Shown],
) -> Shown | HttpResponse:
    """The page asked for, or all as CSV. `key` names a row in the list, whatever is added later."""
    found = list(rows)
    if wants_csv(request, paging):
        return as_csv(schema, [show(row) for row in found])
    first = _after(paging.cursor, [str(key(row)) for row in found]) if paging.cursor else 0
    last = first + paging.limit
    more = last < len(found)
    return {
        "items": [show(row) for row in found[first:last]],
        "next": _cursor(str(key(found[last - 1]))) if more else None,
        "total": len(found),
    }


def wants_csv(request: HttpRequest, paging: Paging) -> bool:
    if paging.format:
        return paging.format == "csv"
    return request.get_preferred_type(["application/json", "text/csv"]) == "text/csv"


def as_csv(schema: type[Schema], rows: Sequence[Shown]) -> HttpResponse:
    """The schema's fields as columns; what is nested stands as JSON in its cell."""
    columns = list(schema.model_fields)
    content = csv_bytes(columns, ([_cell(row[name]) for name in columns] for row in rows))
    response = HttpResponse(content, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="kimppa.csv"'
    return response


def _cell(value: Any) -> Cell:  # noqa: ANN401 (any JSON value)
    if isinstance(value, dict | list | tuple):
        return json.dumps(value, ensure_ascii=False, default=str)
    return value  # type: ignore[no-any-return]


def _cursor(key: str) -> str:
    return base64.urlsafe_b64encode(key.encode()).decode().rstrip("=")


def _after(cursor: str, keys: Sequence[str]) -> int:
    """The place after the row that the cursor names. Raises BadCursor."""
    try:
        key = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
        return keys.index(key) + 1
    except (binascii.Error, ValueError) as error:
        raise BadCursor from error
