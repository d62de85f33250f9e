"""Words for people: marking sentences for the catalogue, and choosing among fi/sv/en columns. Pure."""

from __future__ import annotations

import unicodedata

LANGUAGES = ("fi", "sv", "en")
# They reverse what follows on the page, beyond the text they came with.
TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f")


def noop(sentence: str) -> str:
    """Mark an English source sentence for the catalogue and return it unchanged.

    makemessages is told of this name, so pure files need no web framework to own a sentence.
    """
    return sentence


def in_language(language: str, *, fi: str, sv: str = "", en: str = "") -> str:
    """The text in the language asked for; Finnish where that language is empty."""
    chosen = {"fi": fi, "sv": sv, "en": en}.get(language[:2], fi)
    return chosen or fi


def clean_line(value: str) -> str:
    """One line of text from outside: NFC, no control characters, white space folded."""
    kept = "".join(c if not unicodedata.category(c).startswith("C") else " " for c in value)
    return " ".join(unicodedata.normalize("NFC", kept).split())


def clean_text(value: str) -> str:
    """Lines of text from outside: NFC, breaks kept, no control or direction-turning characters."""
    lines = unicodedata.normalize("NFC", value).replace("\r\n", "\n").replace("\r", "\n").split("\n")
    kept = ("".join(c for c in line if _may_stay(c)) for line in lines)
    return "\n".join(line.rstrip() for line in kept).strip()


def _may_stay(letter: str) -> bool:
    return letter == "\t" or (letter not in TURNING and unicodedata.category(letter) != "Cc")


def shorten(value: str, limit: int) -> str:
    """At most `limit` characters; what was cut is shown by an ellipsis."""
    return value if len(value) <= limit else value[: max(limit - 1, 0)] + "…"
