"""The e-services: a grid, and a page with a guide for each."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from urllib.parse import urlsplit

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language, gettext
from django.views.decorators.http import require_safe

from kimppa.commons.health import queries as health
from kimppa.commons.health.rules import STANDING_NAMES, Standing
from kimppa.commons.members import queries as members
from kimppa.commons.platforms import queries as platforms
from kimppa.commons.platforms.entitlement import REASONS, Reason
from kimppa.commons.platforms.queries import PlatformRow
from kimppa.commons.platforms.rules import Content
from kimppa.commons.platforms.services import NoSuchPlatform
from kimppa.doors.portal import names
from kimppa.doors.web.limits import address_of
from kimppa.doors.web.patrons import patron_of
from kimppa.elibrary.access import overview
from kimppa.foundation.core import clock

NUMBER = re.compile(r"^\d+[.)]\s*")
ICONS: dict[Content, str] = {
    Content.EBOOK: "book",
    Content.AUDIOBOOK: "headphones",
    Content.NEWSPAPER: "newspaper",
    Content.MAGAZINE: "newspaper",
    Content.FILM: "film",
    Content.MUSIC: "music",
    Content.CONCERT: "music",
    Content.COURSE: "graduation-cap",
}


@dataclass(frozen=True, slots=True)
class ServiceCard:
    """An e-service on a card; empty texts where nothing is known."""

    slug: str
    name: str
    url: str
    summary: str
    contents: str
    languages: str
    icon: str
    # Whether it works now (empty: nobody has looked), and how that is marked.
    standing: str = ""
    tone: str = ""
    # For whoever is signed in: why it is not open to them, or that one tap opens it.
    why: str = ""
    opens: bool = False


TONES = {Standing.WORKS: "ok", Standing.TROUBLE: "warn", Standing.DOWN: "bad", Standing.MAINTENANCE: "info"}


def service_cards(request: HttpRequest, rows: Sequence[PlatformRow]) -> list[ServiceCard]:
    """The services as they stand now, and for whoever is signed in what is open to them."""
    standing = health.standing(clock.real_now())
    patron = patron_of(request)
    today = clock.today()
    why = overview.reasons(patron, on=today, address=address_of(request)) if patron else {}
    ready = overview.one_tap() if patron else frozenset()
    made = []
    for row in rows:
        now = standing.get(f"platform:{row.slug}", Standing.UNKNOWN)
        reason = why.get(row.slug, Reason.NOT_IN_USE) if patron else None
        made.append(
            replace(
                service_card(row),
                standing=_in_words(now),
                tone=TONES.get(now, ""),
                why=gettext(REASONS[reason]) if reason else "",
                opens=reason is None and row.slug in ready,
            )
        )
    return made


def _in_words(standing: Standing) -> str:
    """What is told on the card; in the demo nothing was asked of anybody, and it says so."""
    if standing not in TONES:
        return ""
    told = gettext(STANDING_NAMES[standing])
    return f"{told} (ESIMERKKI)" if clock.offset().total_seconds() else told


def service_card(row: PlatformRow) -> ServiceCard:
    return _card(row, get_language() or "fi")


@lru_cache(maxsize=1024)
def _card(row: PlatformRow, language: str) -> ServiceCard:
    """Made once for each state of a service and each language."""
    return ServiceCard(
        slug=row.slug,
        name=row.name,
        url=reverse("portal:service", args=[row.slug]),
        summary=row.summary(language),
        contents=", ".join(names.content(code) for code in row.contents),
        languages=", ".join(names.language(code) for code in row.content_languages),
        icon=ICONS[row.contents[0]] if row.contents else "book",
    )


@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """All services of the day; `?content=film` narrows to what one looks for."""
    rows = platforms.platforms_on(clock.today())
    held = {code for row in rows for code in row.contents}
    wanted = request.GET.get("content", "")
    shown = [row for row in rows if not wanted or wanted in row.contents]
    context = {
        "services": service_cards(request, shown),
        "choices": [
            (code.value, names.content(code), code.value == wanted) for code in Content if code in held
        ],
        "wanted": wanted,
    }
    return render(request, "portal/services.html", context)


@require_safe
def page(request: HttpRequest, slug: str) -> HttpResponse:
    """One service: what is in it, who may use it, and a guide step by step."""
    today = clock.today()
    row = next((p for p in platforms.platforms_on(today) if p.slug == slug), None)
    if row is None:
        raise NoSuchPlatform()
    entitled = platforms.entitled(slug, on=today)
    everyone = members.member_codes_on(today)
    (service,) = service_cards(request, [row])
    context = {
        "service": service,
        "address": row.address,
        "host": urlsplit(row.address).hostname or "",
        "guide": steps(row.guide(get_language() or "fi")),
        "for_all": entitled >= everyone,
        "entitled_count": len(entitled),
        "one_tap": slug in overview.one_tap(),
        "signed_in": patron_of(request) is not None,
        "crumbs": (
            (gettext("Front page"), reverse("portal:home")),
            (gettext("E-services"), reverse("portal:services")),
            (row.name, ""),
        ),
    }
    return render(request, "portal/service.html", context)


def steps(text: str) -> list[str]:
    """The steps of a plain-text guide: one a line, or one a paragraph; numbers of its own are dropped."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return [NUMBER.sub("", line) for line in lines]
