"""What every page knows: its languages, the theme, the clock of the demo, who is here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import get_language, gettext

from kimppa.doors.web.language import in_path, without_language
from kimppa.doors.web.theme import theme_of
from kimppa.foundation.core import clock


@dataclass(frozen=True, slots=True)
class LanguageLink:
    code: str
    name: str
    url: str
    current: bool


@dataclass(frozen=True, slots=True)
class Site:
    name: str
    languages: tuple[LanguageLink, ...]
    theme: str
    here: str
    demo_now: datetime | None
    demo: bool


def site_name() -> str:
    """What the e-library is called, in the language at hand."""
    return gettext("The joint e-library of the North")


def site(request: HttpRequest) -> dict[str, object]:
    """The context processor: `kimppa` (a name that no library's own pages use), `now`, and `patron`
    (false for a visitor)."""
    offset = clock.offset()
    now = clock.now()
    return {
        "kimppa": Site(
            name=site_name(),
            languages=language_links(request),
            theme=theme_of(request),
            here=request.get_full_path(),
            demo_now=now if offset != timedelta(0) else None,
            demo=settings.MODE in {"run", "test", "task"},
        ),
        "now": now,
        "patron": getattr(request, "patron", None),
    }


def language_links(request: HttpRequest) -> tuple[LanguageLink, ...]:
    """The same page in each language; the query stays."""
    rest = without_language(request.path_info) if in_path(request.path_info) else "/"
    query = request.META.get("QUERY_STRING", "")
    here = (get_language() or settings.LANGUAGE_CODE)[:2]
    return tuple(
        LanguageLink(code, name, f"/{code}{rest}" + (f"?{query}" if query else ""), code == here)
        for code, name in settings.LANGUAGES
    )
