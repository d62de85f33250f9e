"""Names of languages and kinds, in the language of the page."""

from __future__ import annotations

from django.utils.translation import get_language_info, gettext

from kimppa.commons.platforms.rules import CONTENT_NAMES, Content
from kimppa.elibrary.catalog.rules import KIND_NAMES
from kimppa.foundation.core.text import noop

LANGUAGES: dict[str, str] = {
    "fi": noop("Finnish"),
    "sv": noop("Swedish"),
    "en": noop("English"),
    "se": noop("Northern Sámi"),
    "smn": noop("Inari Sámi"),
    "sms": noop("Skolt Sámi"),
    "de": noop("German"),
    "fr": noop("French"),
    "da": noop("Danish"),
    "no": noop("Norwegian"),
    "ru": noop("Russian"),
    "et": noop("Estonian"),
    "es": noop("Spanish"),
    "it": noop("Italian"),
    "la": noop("Latin"),
}


def language(code: str) -> str:
    """`se` → `Northern Sámi`; a code that has no name stands for itself; empty where not known."""
    if not code:
        return ""
    named = LANGUAGES.get(code) or LANGUAGES.get(code.partition("-")[0])
    if named:
        return gettext(named)
    try:
        return str(get_language_info(code.lower())["name_translated"])
    except KeyError:
        return code


def kind(code: str) -> str:
    """`ebook` → `E-book`."""
    return gettext(KIND_NAMES[code]) if code in KIND_NAMES else code


def content(code: Content) -> str:
    """What an e-service holds, in the plural: `E-books`."""
    return gettext(CONTENT_NAMES[code])


def person(name: str) -> str:
    """`Kivi, Aleksis` → `Aleksis Kivi`; other names as they are."""
    family, comma, given = name.partition(", ")
    return f"{given} {family}" if comma and "," not in given else name
