"""The reader: a page, the book's manifest, its parts straight from the zip, and the place one is at.

A part is a document of its own under a policy that runs no script; the reader's page may frame nothing but
this book's parts and run nothing but our static files (docs/decisions/0002-reader.md).
"""

from __future__ import annotations

import hashlib
import json
import zipfile
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import cast
from urllib.parse import quote, urldefrag

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import get_conditional_response
from django.utils.http import quote_etag
from django.views.decorators.http import require_http_methods, require_safe

from kimppa.doors.portal import cards, names
from kimppa.doors.portal.guard import patron_required
from kimppa.doors.web.errors import problem
from kimppa.doors.web.patrons import patron_of
from kimppa.elibrary.catalog import epub
from kimppa.elibrary.circulation import queries as circulation
from kimppa.elibrary.circulation.queries import Reading
from kimppa.elibrary.circulation.services import BadPosition, save_position
from kimppa.elibrary.patrons.queries import CurrentPatron
from kimppa.elibrary.patrons.rules import NotSignedIn
from kimppa.foundation.core import clock
from kimppa.foundation.core.errors import KimppaError

POLICY_OF_PARTS = (
    "default-src 'none'; script-src 'none'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "font-src 'self' data:; media-src 'self'; object-src 'none'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'self'; sandbox allow-same-origin allow-scripts"
)
MOST_BODY = 4_000


@dataclass(frozen=True, slots=True)
class Chapter:
    """An entry of the contents as the page lists it; `level` 0 for the outermost."""

    title: str
    href: str
    url: str
    level: int


@patron_required
@require_safe
def page(request: HttpRequest, patron: CurrentPatron, publication_id: int) -> HttpResponse:
    """The reader. Without scripts it is the table of contents, whose links open the parts as plain pages."""
    reading = circulation.reading(patron_id=patron.id, publication_id=publication_id, now=clock.now())
    book = _book(reading.path)
    title = cards.card(reading.publication)
    context = {
        "title": title,
        "chapters": _chapters(publication_id, book.contents) or _plain_chapters(publication_id, book),
        "manifest_url": reverse("portal:manifest", args=[publication_id]),
        "position_url": reverse("portal:position", args=[publication_id]),
        "csrf": get_token(request),
        "due": reading.due,
    }
    response = render(request, "portal/reader.html", context)
    response["Content-Security-Policy"] = _policy_of_page(request, publication_id)
    return response


def _policy_of_page(request: HttpRequest, publication_id: int) -> str:
    static = request.build_absolute_uri("/static/")
    parts = request.build_absolute_uri(_part_url(publication_id, ""))
    return (
        f"default-src 'none'; script-src {static}; style-src {static} 'unsafe-inline'; img-src 'self' data:; "
        f"font-src {static}; connect-src 'self'; frame-src {parts}; form-action 'self'; "
        "frame-ancestors 'none'; base-uri 'none'; object-src 'none'"
    )


@require_safe
def manifest(request: HttpRequest, publication_id: int) -> HttpResponse:
    """What the reader needs: reading order with sizes, contents, and the place one was at."""
    try:
        reading = _reading(request, publication_id)
    except KimppaError as error:
        return problem(error)
    book = _book(reading.path)
    sizes = _sizes(reading.path, book)
    row = reading.publication
    document = {
        "@context": "https://readium.org/webpub-manifest/context.jsonld",
        "metadata": {
            "conformsTo": "https://readium.org/webpub-manifest/profiles/epub",
            "identifier": row.identifier,
            "title": row.title,
            "author": [names.person(name) for name in row.contributors],
            "language": row.language or (book.languages[0] if book.languages else "und"),
        },
        "links": [{"rel": "self", "href": request.build_absolute_uri(), "type": "application/webpub+json"}],
        "readingOrder": [
            {
                "href": path,
                "url": _part_url(publication_id, path),
                "type": _media_type(book, path),
                "properties": {"size": sizes.get(path, 0)},
            }
            for path in book.spine
        ],
        "toc": _toc(book.contents),
        "position": _kept(reading),
    }
    return JsonResponse(
        document, content_type="application/webpub+json", headers={"Cache-Control": "no-store"}
    )


@require_safe
def part(request: HttpRequest, publication_id: int, path: str) -> HttpResponse:
    """One part of the book. Nothing in it runs, in the reader or opened by itself."""
    reading = _reading(request, publication_id)
    content, media_type = epub.resource(reading.path, _book(reading.path), path)
    etag = quote_etag(hashlib.sha256(content).hexdigest()[:32])
    whole = HttpResponse(content, content_type=media_type, headers={"ETag": etag})
    response = get_conditional_response(request, etag=etag, response=whole) or whole
    # An unchanged answer renews the kept one's headers, so it carries the same policy.
    response["Content-Security-Policy"] = POLICY_OF_PARTS
    response["X-Frame-Options"] = "SAMEORIGIN"
    # The browser may keep the part, but asks each time: after the return, or on the next reader's turn at
    # a library's computer, it is not shown.
    response["Cache-Control"] = "private, no-cache"
    return response


@require_http_methods(["GET", "PUT"])
def position(request: HttpRequest, publication_id: int) -> HttpResponse:
    """GET tells the place that is kept; PUT keeps a new one. `age` is how many seconds ago one was there."""
    try:
        if request.method == "GET":
            kept = _kept(_reading(request, publication_id))
            return JsonResponse({"position": kept}, headers={"Cache-Control": "no-store"})
        _save(request, publication_id)
    except KimppaError as error:
        return problem(error)
    return HttpResponse(status=204)


def _save(request: HttpRequest, publication_id: int) -> None:
    patron = patron_of(request)
    if patron is None:
        raise NotSignedIn()
    said = _body(request)
    now = clock.now()
    reading = circulation.reading(patron_id=patron.id, publication_id=publication_id, now=now)
    if _text(said, "href") not in _book(reading.path).spine:
        raise BadPosition()
    age = timedelta(seconds=min(max(_number(said, "age"), 0.0), 30 * 86_400.0))
    save_position(
        patron_id=patron.id,
        publication_id=publication_id,
        href=_text(said, "href"),
        progression=_number(said, "progression"),
        whole=_number(said, "whole"),
        text=_text(said, "text"),
        now=now,
        read=now - age,
    )


def _body(request: HttpRequest) -> dict[str, object]:
    if len(request.body) > MOST_BODY:
        raise BadPosition()
    try:
        said = json.loads(request.body)
    except (ValueError, RecursionError):
        raise BadPosition() from None
    if not isinstance(said, dict):
        raise BadPosition()
    return cast("dict[str, object]", said)


def _number(said: dict[str, object], name: str) -> float:
    value = said.get(name, 0)
    if isinstance(value, bool) or not isinstance(value, int | float) or value != value:
        raise BadPosition()
    try:
        return float(value)
    except OverflowError:
        raise BadPosition() from None


def _text(said: dict[str, object], name: str) -> str:
    value = said.get(name, "")
    if not isinstance(value, str):
        raise BadPosition()
    # Half characters and NUL are no text: one database refuses them, and no file can be written of them.
    return value.encode("utf-8", "ignore").decode().replace("\0", "")


def _reading(request: HttpRequest, publication_id: int) -> Reading:
    patron = patron_of(request)
    if patron is None:
        raise NotSignedIn()
    return circulation.reading(patron_id=patron.id, publication_id=publication_id, now=clock.now())


@lru_cache(maxsize=64)
def _book(path: Path) -> epub.Book:
    """A file is named by its checksum: what was read of it once stays true."""
    return epub.open_book(path)


def _sizes(path: Path, book: epub.Book) -> dict[str, int]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.getinfo(name).file_size for name in book.spine}


def _media_type(book: epub.Book, path: str) -> str:
    item = book.item(path)
    return item.media_type if item else "application/xhtml+xml"


def _kept(reading: Reading) -> dict[str, object] | None:
    if reading.locator is None:
        return None
    updated: datetime | None = reading.updated
    return {**reading.locator, "updated": updated.isoformat() if updated else None}


def _part_url(publication_id: int, path: str) -> str:
    """The address of a part; quoted as browsers quote it, so that relative addresses inside the book hold."""
    start = reverse("portal:manifest", args=[publication_id]).removesuffix("manifest.json")
    return f"{start}part/{quote(path)}"


def _toc(headings: tuple[epub.Heading, ...]) -> list[dict[str, object]]:
    return [{"title": h.title, "href": h.href, "children": _toc(h.children)} for h in headings]


def _chapters(publication_id: int, headings: tuple[epub.Heading, ...], level: int = 0) -> list[Chapter]:
    found: list[Chapter] = []
    for heading in headings:
        path, fragment = urldefrag(heading.href)
        url = _part_url(publication_id, path) + (f"#{quote(fragment)}" if fragment else "")
        found.append(Chapter(heading.title, heading.href, url, level))
        found.extend(_chapters(publication_id, heading.children, min(level + 1, 3)))
    return found


def _plain_chapters(publication_id: int, book: epub.Book) -> list[Chapter]:
    """A book without contents of its own: its parts by number."""
    return [Chapter(str(n), path, _part_url(publication_id, path), 0) for n, path in enumerate(book.spine, 1)]
