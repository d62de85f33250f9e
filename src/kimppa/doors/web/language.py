"""The language of a page stands in its address; nothing is kept in a cookie."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.urls import is_valid_path
from django.utils import translation
from django.utils.cache import patch_vary_headers

CODES = tuple(code for code, _ in settings.LANGUAGES)


def in_path(path: str) -> str | None:
    """The language that an address begins with: `/sv/…` → `sv`; None for machine doors."""
    first = path.removeprefix("/").partition("/")[0]
    return first if first in CODES else None


def without_language(path: str) -> str:
    """`/sv/backoffice/` → `/backoffice/`; an address without a language stays as it is."""
    code = in_path(path)
    return path[len(code) + 1 :] or "/" if code else path


def wished(request: HttpRequest) -> str:
    """What the browser asks for, among the languages we have; Finnish otherwise."""
    for code, _ in _accepted(request.headers.get("Accept-Language", "")):
        short = code.split("-")[0]
        if short in CODES:
            return short
    return settings.LANGUAGE_CODE


def _accepted(header: str) -> list[tuple[str, float]]:
    wishes: list[tuple[str, float]] = []
    for part in header[:500].lower().split(","):
        code, _, quality = part.strip().partition(";q=")
        try:
            weight = float(quality) if quality else 1.0
        except ValueError:
            weight = 0.0
        if code and weight > 0:
            wishes.append((code, weight))
    return sorted(wishes, key=lambda wish: -wish[1])


class LanguageMiddleware:
    """Activates the language of the address; an address that forgot its language is sent on to one."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        code = in_path(request.path_info)
        translation.activate(code or wished(request))
        request.LANGUAGE_CODE = translation.get_language() or settings.LANGUAGE_CODE
        response = self.get_response(request)
        if code is None:
            response = _with_language(request, response)
        response.headers.setdefault("Content-Language", request.LANGUAGE_CODE)
        return response


def _with_language(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    """A page asked for without its language (`/backoffice/`) is found under the language wished for."""
    if response.status_code != 404 or request.method not in {"GET", "HEAD"}:
        return response
    target = f"/{request.LANGUAGE_CODE}{request.path_info}"
    found = next((p for p in (target, f"{target}/") if is_valid_path(p)), None)
    if found is None:
        return response
    query = request.META.get("QUERY_STRING", "")
    redirect = HttpResponseRedirect(f"{found}?{query}" if query else found)
    patch_vary_headers(redirect, ("Accept-Language",))
    return redirect
