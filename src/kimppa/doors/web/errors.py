"""Errors met by people and machines: translated pages for pages, problem documents for machine doors."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import render
from django.utils import translation
from django.utils.translation import gettext

from kimppa.doors.web import formats
from kimppa.doors.web.language import in_path, wished
from kimppa.foundation.core import storage
from kimppa.foundation.core.errors import KimppaError, Param, fill
from kimppa.foundation.core.text import noop

log = logging.getLogger(__name__)
PROBLEM = "application/problem+json"
ISO_DAY = re.compile(r"(?<![\w.-])[0-9]{4}-[0-9]{2}-[0-9]{2}(?![\w.-])")
LONG = 80
EUROS = re.compile(r"-?[0-9]{1,15}[.][0-9]{2}")
# Rows are numbered in 64 bits; an address with more is of no row, and a database would break at it.
MOST_ROW = 2**63 - 1


def explain(error: KimppaError) -> str:
    """The error's sentence in the language of the page."""
    return sentence(error.sentence or error.code, error.params)


def sentence(source: str, params: dict[str, Param]) -> str:
    """An English source sentence, translated and filled in; days and sums as people write them."""
    return fill(gettext(source), {name: _as_written(value) for name, value in params.items()})


def _day(found: re.Match[str]) -> str:
    try:
        return formats.day(date.fromisoformat(found[0]))
    except ValueError:
        return found[0]


def _as_written(value: Param) -> Param:
    """Rooms below the doors know no languages: they say `2022-11-15` and `2020.00`."""
    if not isinstance(value, str):
        return value
    if len(value) < LONG:
        value = ISO_DAY.sub(_day, value)
    if EUROS.fullmatch(value):
        return formats.plain_euros(Decimal(value), translation.get_language() or "fi")
    return value


class ErrorMiddleware:
    """A KimppaError that a view did not answer itself becomes a page or a problem document.

    So do a number in the address that no row can have (404) and a method that a page does not know (405).
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if response.status_code == 405 and in_path(request.path_info) is not None:
            return _wrong_method(request, response)
        if response.status_code == 405 and _of_interface(request):
            return _only_reading(response)
        return response

    def process_view(
        self, request: HttpRequest, view: object, args: tuple[object, ...], kwargs: dict[str, object]
    ) -> None:
        if any(isinstance(value, int) and value > MOST_ROW for value in kwargs.values()):
            raise Http404

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        error = exception if isinstance(exception, KimppaError) else storage.trouble(exception)
        if error is None:
            return None
        if error is not exception:
            log.error(error.code)
        if in_path(request.path_info) is None:
            return problem(error)
        return error_page(request, status=error.status, text=explain(error), code=error.code)


def _of_interface(request: HttpRequest) -> bool:
    """Programs are answered in their own form even where they do not say which they take."""
    return request.path_info.startswith("/api/")


class OnlyReading(KimppaError):
    code = "only-reading"
    status = 405
    sentence = noop("Only GET is known here. Nothing was changed.")


def _wrong_method(request: HttpRequest, response: HttpResponseBase) -> HttpResponse:
    """An address that only a form leads to, opened by itself: a page that says so, not an empty one."""
    text = gettext("This address belongs to a form and does not open by itself. Nothing was changed.")
    page = error_page(request, status=405, text=text)
    page["Allow"] = response.headers.get("Allow", "")
    return page


def _only_reading(response: HttpResponseBase) -> HttpResponse:
    told = problem(OnlyReading())
    told["Allow"] = response.headers.get("Allow", "GET")
    return told


def problem(error: KimppaError) -> JsonResponse:
    """RFC 9457: the same code and status as on a page."""
    document = {
        "type": f"urn:kimppa:error:{error.code}",
        "title": explain(error),
        "status": error.status,
        "code": error.code,
        "params": error.params,
    }
    return JsonResponse(document, status=error.status, content_type=PROBLEM)


def error_page(request: HttpRequest, *, status: int, text: str = "", code: str = "") -> HttpResponse:
    """The page of one error, in the door's own look. `text` says what happened."""
    language = in_path(request.path_info) or wished(request)
    with translation.override(language):
        backoffice = "/backoffice/" in request.path_info
        names = [f"errors/{status}.html", "errors/refused.html" if status < 500 else "errors/500.html"]
        context = {"text": text, "code": code, "status": status, "in_backoffice": backoffice}
        context["language"] = language
        content = _first_that_renders(request, names, context)
    return HttpResponse(content, status=status, headers={"Content-Language": language})


def _first_that_renders(request: HttpRequest, names: list[str], context: dict[str, object]) -> bytes:
    from django.template.loader import select_template

    return str(select_template(names).render(context, request)).encode()


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return error_page(request, status=400)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    return error_page(request, status=403)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    machine = "text/html" not in request.headers.get("Accept", "text/html") or _of_interface(request)
    if in_path(request.path_info) is None and machine:
        return JsonResponse({"title": "Not found", "status": 404}, status=404, content_type=PROBLEM)
    return error_page(request, status=404)


def broken(request: HttpRequest) -> HttpResponse:
    """Nothing is asked of database or session here: whatever broke may be just that."""
    language = in_path(request.path_info) or wished(request)
    with translation.override(language):
        return render(None, "errors/500.html", {"language": language}, status=500)


def csrf_failed(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The form was too old or came from elsewhere: say so, nothing was done."""
    return error_page(
        request,
        status=403,
        code="csrf",
        text=gettext(
            "The page had been open too long, so nothing was sent. "
            "Go back, load the page again and try once more."
        ),
    )
