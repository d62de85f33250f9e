"""Tags and filters that every template has at hand (they are built in; nothing to load)."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from html import escape

from django import template
from django.conf import settings
from django.http import HttpRequest
from django.template import Context
from django.template.loader import get_template
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

from kimppa.doors.web import covers, formats, static_files
from kimppa.foundation.accounts.issuers import IssuerRow, issuers
from kimppa.foundation.core.money import Cents
from kimppa.foundation.core.text import in_language

register = template.Library()


def _language() -> str:
    return get_language() or settings.LANGUAGE_CODE


@register.simple_tag
def cities_for_staff() -> tuple[IssuerRow, ...]:
    """`{% cities_for_staff as cities %}`: the cities' own sign-ins that let staff in."""
    return issuers(only_on=True)


@register.filter
def money(amount: Cents | int | None) -> str:
    """`{{ share.amount|money }}` → 1 887,75 € (Cents, or whole cents)."""
    return "" if amount is None else formats.money(amount, _language())


@register.filter
def rate(value: Decimal | None) -> str:
    """`{{ levy.rate|rate }}` → 0,75"""
    return "" if value is None else formats.rate(value, _language())


@register.filter
def number(value: int | Decimal | None) -> str:
    """`{{ residents|number }}` → 662 159"""
    return "" if value is None else formats.number(value, _language())


@register.filter
def day(value: date | datetime | None) -> str:
    """`{{ loan.due|day }}` → 22.11.2026"""
    return "" if value is None else formats.day(value)


@register.filter
def moment(value: datetime | None) -> str:
    """`{{ entry.at|moment }}` → 22.11.2026 klo 14.30"""
    return "" if value is None else formats.moment(value, _language())


@register.filter
def clock_time(value: datetime | None) -> str:
    """`{{ entry.at|clock_time }}` → klo 14.30"""
    return "" if value is None else formats.clock_time(value, _language())


@register.filter
def file_size(count: int | None) -> str:
    """`{{ document.size|file_size }}` → 320 kt"""
    return "" if count is None else formats.size(count, _language())


@register.filter
def localised(thing: object, name: str) -> str:
    """`{{ municipality|localised:"name" }}` → name_sv on a Swedish page, name_fi where that is empty."""
    fi, sv, en = (str(getattr(thing, f"{name}_{code}", "") or "") for code in ("fi", "sv", "en"))
    return in_language(_language(), fi=fi, sv=sv, en=en)


@register.simple_tag
def static(name: str) -> str:
    """`{% static "kimppa.css" %}`: the address with the content's fingerprint."""
    return static_files.address(name)


@register.simple_tag
@lru_cache(maxsize=512)
def icon(name: str, label: str = "", size: str = "") -> SafeString:
    """`{% icon "book-open" %}`: decoration, hidden from readers; with a label it is an image of its own."""
    href = f"{static_files.address('icons.svg')}#{escape(name)}"
    css = f"icon icon--{escape(size)}" if size else "icon"
    said = f'role="img" aria-label="{escape(label)}"' if label else 'aria-hidden="true" focusable="false"'
    return mark_safe(f'<svg class="{css}" {said}><use href="{href}"></use></svg>')  # noqa: S308 - escaped above


@register.simple_tag
def cover(title: str, author: str = "", kind: str = "") -> SafeString:
    """`{% cover book.title book.author %}`: a generated cover, inline; decoration beside the title."""
    return mark_safe(covers.svg(title=title, author=author, kind=kind))  # noqa: S308 - covers escapes its texts


@register.simple_tag
def each(template_name: str, name: str, items: Iterable[Hashable]) -> SafeString:
    """`{% each "portal/_tile.html" "title" newest %}`: the template for each item (a frozen dataclass).

    What an item looks like depends on the item and the language alone, so each is rendered once and kept;
    the templates get nothing else, no request and no form.
    """
    language = _language()
    parts = (_rendered(template_name, name, item, language) for item in items)
    return mark_safe("".join(parts))  # noqa: S308 - rendered by templates, which escape


@lru_cache(maxsize=8192)
def _rendered(template_name: str, name: str, item: Hashable, language: str) -> str:
    return get_template(template_name).render({name: item})


@register.simple_tag(takes_context=True)
def current(context: Context, url: str, exact: bool = False) -> SafeString:
    """`<a href="{{ url }}"{% current url %}>`: marks the link of the page, or of the section, one is on."""
    request = context.get("request")
    if not isinstance(request, HttpRequest):
        return mark_safe("")
    path = request.path
    if path == url:
        return mark_safe(' aria-current="page"')
    if exact or not path.startswith(url):
        return mark_safe("")
    return mark_safe(' aria-current="true"')


@register.filter
def starts_with(text: str, beginning: str) -> bool:
    """`{% if request.path|starts_with:url %}`"""
    return text.startswith(beginning)
