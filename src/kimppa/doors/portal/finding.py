"""Search: one field, words counted by language and kind, and no dead ends."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_safe

from kimppa.doors.portal import cards, names
from kimppa.doors.web.tables import page_links
from kimppa.elibrary.catalog import queries as catalog
from kimppa.elibrary.circulation import queries as circulation
from kimppa.foundation.core import clock

PER_PAGE = 20
LAST_PAGE = 500


@dataclass(frozen=True, slots=True)
class Choice:
    """A filter: what it is called, how many it would leave, and the address that chooses or drops it."""

    label: str
    count: int
    query: str
    chosen: bool


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    words = request.GET.get("q", "").strip()[:300]
    language, kind = request.GET.get("language", "")[:35], request.GET.get("kind", "")[:20]
    number = _page_number(request.GET.get("page", "1"))
    found = catalog.search(words, language=language, kind=kind, page=number, per_page=PER_PAGE)
    pages = min(LAST_PAGE, max(1, -(-found.count // PER_PAGE)))
    if number > pages:
        # An old address, or one that somebody changed: the last page there is, not an empty one.
        return HttpResponseRedirect(_query(request, page=str(pages)))
    states = circulation.availability([p.id for p in found.publications], now=clock.now())
    context = {
        "words": words,
        "language": language,
        "kind": kind,
        "found": found,
        "results": [
            cards.card(p, cards.state_words(states[p.id]), can_borrow=states[p.id].can_borrow)
            for p in found.publications
        ],
        "languages": _choices(request, "language", language, found.languages),
        "kinds": _choices(request, "kind", kind, found.kinds),
        "first": (number - 1) * PER_PAGE + 1,
        "last": (number - 1) * PER_PAGE + len(found.publications),
        "links": page_links(number, pages, lambda n: _query(request, page=str(n))),
        "filtered": bool(language or kind),
        "clear_query": _query(request, language="", kind="", page=""),
    }
    return render(request, "portal/search.html", context)


def _page_number(text: str) -> int:
    number = int(text) if text.isdecimal() and len(text) < 6 else 1
    return min(max(1, number), LAST_PAGE)


def _choices(
    request: HttpRequest, field: str, chosen: str, counts: tuple[tuple[str, int], ...]
) -> list[Choice]:
    """The values that occur, most first; the chosen one stays to be dropped even where nothing is left."""
    naming = names.language if field == "language" else names.kind
    known = dict(counts)
    if chosen and chosen not in known:
        known[chosen] = 0
    made = []
    for code, count in sorted(known.items(), key=lambda pair: -pair[1]):
        if not code:
            continue
        target = "" if code == chosen else code
        query = _query(request, **{field: target, "page": ""})
        made.append(Choice(naming(code), count, query, code == chosen))
    return made


def _query(request: HttpRequest, **changes: str) -> str:
    query = request.GET.copy()
    for name, value in changes.items():
        query.pop(name, None)
        if value:
            query[name] = value
    return f"?{query.urlencode()}"
