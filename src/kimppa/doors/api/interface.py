"""The interface under /api/v1/: its parts, how it answers, and what it says of itself (OpenAPI)."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseNotModified, JsonResponse
from django.utils.cache import patch_vary_headers
from django.utils.http import parse_etags
from django.views.decorators.http import require_GET
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, ValidationError

from kimppa.doors.api import agreements, decisions, invoices, levies, members, spending, statements
from kimppa.doors.api.access import A_MINUTE, NotSignedIn, Session, Token
from kimppa.doors.web.errors import PROBLEM, problem
from kimppa.foundation.core.errors import Invalid, KimppaError
from kimppa.foundation.core.text import noop

PREFIX = "/api/v1/"
DESCRIPTION = (
    "Read access to the consortium's own records under the same roles and scopes as the back office's pages: "
    "who reads with a token sees what its person may see, nothing else. Sums are whole euro cents, rates "
    "decimal numbers as text, days ISO 8601. Errors are problem documents (RFC 9457)."
)
VARY = ("Authorization", "Cookie", "Accept", "Accept-Language")


class AskedWrongly(Invalid):
    code = "asked-wrongly"
    sentence = noop("Part of the address cannot be used: %(where)s.")


class Interface(NinjaAPI):
    """Answers that a reader's own cache may keep and ask about: `ETag`, `If-None-Match`."""

    def create_response(self, request: HttpRequest, data: Any, **kwargs: Any) -> HttpResponse:  # noqa: ANN401 (as the library has it)
        return tagged(request, super().create_response(request, data, **kwargs))


def tagged(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """The response with its tag, or 304 where the reader has the same."""
    tag = f'"{hashlib.sha256(response.content).hexdigest()[:32]}"'
    if response.status_code == 200 and tag in parse_etags(request.headers.get("If-None-Match", "")):
        response = HttpResponseNotModified()
    response["ETag"] = tag
    response["Cache-Control"] = "private, no-cache"
    patch_vary_headers(response, VARY)
    return response


api = Interface(
    title="Kimppa",
    version="1",
    description=DESCRIPTION,
    auth=[Token(), Session(csrf=False)],
    urls_namespace="api",
    docs_url=None,
    openapi_url=None,
)
for part in (members, decisions, agreements, levies, invoices, spending, statements):
    api.add_router("", part.router)


@api.exception_handler(KimppaError)
def _refused(request: HttpRequest, error: KimppaError) -> HttpResponse:
    response = problem(error)
    if error.status == 401:
        response["WWW-Authenticate"] = 'Bearer realm="kimppa"'
    if error.status == 429:
        response["Retry-After"] = str(A_MINUTE)
    response["Cache-Control"] = "no-store"
    return response


@api.exception_handler(AuthenticationError)
def _unknown(request: HttpRequest, error: AuthenticationError) -> HttpResponse:
    return _refused(request, NotSignedIn())


@api.exception_handler(ValidationError)
def _asked_wrongly(request: HttpRequest, error: ValidationError) -> HttpResponse:
    places = [".".join(str(step) for step in one["loc"][1:]) for one in error.errors]
    return _refused(request, AskedWrongly(where=", ".join(dict.fromkeys(places))[:200]))


def document() -> dict[str, Any]:
    """The OpenAPI document, made of the same declarations that serve the answers."""
    made: dict[str, Any] = json.loads(json.dumps(api.get_openapi_schema(path_prefix=PREFIX), default=str))
    made["components"]["schemas"]["Problem"] = _PROBLEM
    for path in made["paths"].values():
        for operation in path.values():
            operation["responses"] |= _ERRORS
    return made


_PROBLEM = {
    "type": "object",
    "required": ["type", "title", "status", "code"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string", "description": "A sentence in the language of Accept-Language."},
        "status": {"type": "integer"},
        "code": {"type": "string"},
        "params": {"type": "object"},
    },
}
_SAID = {
    "401": "No token, or one that is not valid.",
    "403": "The person's roles do not open this.",
    "404": "There is no such thing, or it is not the person's to see.",
    "422": "A part of the address cannot be used.",
    "429": "Too many requests.",
}
_ERRORS = {
    status: {
        "description": text,
        "content": {PROBLEM: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
    for status, text in _SAID.items()
}


@require_GET
def openapi(request: HttpRequest) -> HttpResponse:
    """The document itself; it tells nobody's data and needs no token."""
    response = tagged(request, JsonResponse(document()))
    response["Cache-Control"] = "public, max-age=300"
    return response
