"""Months, numbers, names and kinds as vendors' sheets write them, in Finnish, Swedish and English. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from datetime import date
from decimal import Decimal, InvalidOperation
from functools import lru_cache

from kimppa.foundation.core.text import noop

FINNISH = ("tammi", "helmi", "maalis", "huhti", "touko", "kesä", "heinä", "elo", "syys", "loka", "marras")
FINNISH_MONTHS = (*FINNISH, "joulu")
FINNISH_ENDS = ("", "k", "kuu", "kuun", "kuussa", "kuulta", "kuuta")
SHORT_FINNISH = ("tam", "hel", "maa", "huh", "tou", "kes", "hei", "elo", "syy", "lok", "mar", "jou")
SWEDISH = (
    *("januari", "februari", "mars", "april", "maj", "juni", "juli", "augusti", "september", "oktober"),
    *("november", "december"),
)
ENGLISH = (
    *("january", "february", "march", "april", "may", "june", "july", "august", "september", "october"),
    *("november", "december"),
)
SHORT = {"sept": 9, "okt": 10, "kesa": 6, "heina": 7, "kesakuu": 6, "heinakuu": 7}
ONLY_FINNISH = {"tam", "hel", "maa", "huh", "tou", "kes", "hei", "syy", "lok", "jou"}

NUMERIC = (
    (re.compile(r"(\d{4})[-/.](\d{1,2})"), "ym"),
    (re.compile(r"(\d{1,2})\s?[-/.]\s?(\d{4})"), "my"),
    (re.compile(r"(\d{4})(\d{2})"), "ym"),
    (re.compile(r"(\d{4})-?m(\d{2})"), "ym"),
    (re.compile(r"(\d{4})-(\d{1,2})-\d{1,2}(?:t.*)?"), "ym"),
    (re.compile(r"\d{1,2}\.(\d{1,2})\.(\d{4})"), "my"),
)
WORDED = re.compile(r"(?:(\d{4}|\d{2})[\s./,'’-]*)?([a-zåäö]+)\.?(?:[\s./,'’-]*(\d{4}|\d{2}))?")
YEAR = re.compile(r"(?<!\d)((?:19|20)\d{2})(?!\d)")

TOTAL = re.compile(
    r"^(?:kaikki )?(?:yhteensä|yht\.?|summa|total(?:t|s)?|sammanlagt|grand total|sum|kokonaismäärä)\b"
    r"|\b(?:yhteensä|yht\.|totalt?|sammanlagt)\s*:?$",
    re.IGNORECASE,
)
DURATION = re.compile(
    r"minuu?t|\bmin\b|tunti|tunte|\btuntia\b|\bh\b|hours?\b|\btimm|sekun|second|kesto|duration|speltid",
    re.IGNORECASE,
)
SPACES = dict.fromkeys(map(ord, " \u00a0\u2007\u2009\u202f'’"), "")
NOTHING = {"", "-", "–", "—", "n/a", "na", "..", ".", "…"}
GROUPS = {",": re.compile(r"\d{1,3}(?:\.\d{3})+(?:,\d+)?"), ".": re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?")}

PLACE_ENDS = re.compile(
    r"(?<=\w)[\s-]+(?:kunnan|kaupungin|kommuns|stads)?[\s-]*"
    r"(?:pääkirjasto|kirjastot?|kirjastopalvelut|bibliotek|library|kunta|kaupunki|kommun|stad|city|kimppa)$"
)
KINDS = {
    "ebook": (
        "e-kirja",
        "ekirja",
        "e-kirjat",
        "sähkökirja",
        "e-bok",
        "e-böcker",
        "ebook",
        "e-book",
        "ebooks",
    ),
    "audiobook": (
        *("äänikirja", "e-äänikirja", "äänikirjat", "e-äänikirjat", "ljudbok", "e-ljudbok", "ljudböcker"),
        *("audiobook", "audiobooks", "e-audiobook"),
    ),
    "magazine": (
        "aikakauslehti",
        "lehti",
        "lehdet",
        "e-lehti",
        "e-lehdet",
        "tidskrift",
        "magazine",
        "magazines",
    ),
    "newspaper": ("sanomalehti", "sanomalehdet", "dagstidning", "tidning", "newspaper", "newspapers"),
    "film": ("elokuva", "elokuvat", "film", "filmer", "films", "movie", "movies", "video", "videot"),
    "music": ("musiikki", "musik", "music", "äänite", "äänitteet", "albumi", "track"),
    "course": ("kurssi", "kurssit", "oppitunti", "kurs", "kurser", "course", "courses", "lesson", "lessons"),
}
LANGUAGES = {
    **dict.fromkeys(("suomi", "suomenkielinen", "finska", "finnish", "fin"), "fi"),
    **dict.fromkeys(("ruotsi", "ruotsinkielinen", "svenska", "swedish", "swe"), "sv"),
    **dict.fromkeys(("englanti", "englanninkielinen", "engelska", "english", "eng"), "en"),
    **dict.fromkeys(("pohjoissaame", "nordsamiska", "northern sami", "sme"), "se"),
    **dict.fromkeys(("inarinsaame", "enaresamiska", "inari sami"), "smn"),
    **dict.fromkeys(("koltansaame", "skoltsamiska", "skolt sami"), "sms"),
    **dict.fromkeys(("venäjä", "ryska", "russian", "rus"), "ru"),
    **dict.fromkeys(("viro", "estniska", "estonian", "est"), "et"),
    **dict.fromkeys(("saksa", "tyska", "german", "ger", "deu"), "de"),
    **dict.fromkeys(("ranska", "franska", "french", "fre", "fra"), "fr"),
    **dict.fromkeys(("espanja", "spanska", "spanish", "spa"), "es"),
}
AUDIENCES = {
    "children": ("lapset", "lasten", "lapsi", "barn", "children", "juvenile", "kids"),
    "young": ("nuoret", "nuorten", "nuori", "ungdom", "unga", "young", "young adult", "ya", "teen"),
    "adults": ("aikuiset", "aikuisten", "aikuinen", "vuxna", "vuxen", "adult", "adults"),
}
METRICS = {
    "loans": ("laina", "lainaus", "lån", "loan", "checkout", "lainoja"),
    "downloads": ("lataus", "lataukset", "latauks", "nedladdning", "download"),
    "views": ("katselu", "katselukerrat", "visning", "view"),
    "plays": ("kuuntelu", "toisto", "soitto", "uppspelning", "play", "stream", "lyssning"),
    "readings": ("lukukerta", "lukukerrat", "luettu", "avattu", "läsning", "reading", "issue", "artikkel"),
    "searches": ("haku", "haut", "sökning", "search"),
    "sessions": (
        *("istunto", "käynti", "käynnit", "session", "besök", "visit", "kirjautumi", "inloggning", "login"),
    ),
    "holds": ("varaus", "varauks", "reservation", "hold"),
    "users": ("käyttäj", "lainaaj", "asiakkaa", "användare", "låntagare", "user", "patron", "borrower"),
    "minutes": ("minuu", "minut"),
    "hours": ("tunti", "tunte", "hour", "timm"),
}

# What the names above mean, for pages. Each is understood again when a person writes it (metric_said).
METRIC_NAMES: dict[str, str] = {
    "loans": noop("loans"),
    "downloads": noop("downloads"),
    "views": noop("views"),
    "plays": noop("plays"),
    "readings": noop("readings"),
    "searches": noop("searches"),
    "sessions": noop("visits"),
    "holds": noop("holds"),
    "users": noop("users"),
    "minutes": noop("minutes"),
    "hours": noop("hours"),
}


def _names() -> dict[str, int]:
    found = dict(SHORT)
    for number, name in enumerate(FINNISH_MONTHS, start=1):
        found.update({f"{name}{end}": number for end in FINNISH_ENDS})
    for names in (SWEDISH, ENGLISH):
        for number, name in enumerate(names, start=1):
            found.setdefault(name, number)
            found.setdefault(name[:3], number)
    for number, name in enumerate(SHORT_FINNISH, start=1):
        found.setdefault(name, number)
    return found


MONTHS = _names()


@lru_cache(maxsize=8192)
def month(text: str, year: int | None = None, *, finnish: bool = False) -> str:
    """`2022-01` of what a sheet writes for it; empty if it is no month.

    year: of a month that is written without one. finnish: “mar” is marraskuu there.
    """
    plain = " ".join(text.translate({0xA0: " ", 0x202F: " "}).split()).casefold().removeprefix("kk ")
    for form, order in NUMERIC:
        if found := form.fullmatch(plain):
            first, second = int(found[1]), int(found[2])
            return _made(first, second) if order == "ym" else _made(second, first)
    if plain.isascii() and plain.isdigit() and len(plain) <= 2:
        return _made(year, int(plain)) if year else ""
    found = WORDED.fullmatch(plain)
    if not found or (found[1] and found[3]):
        return ""
    number = 11 if finnish and found[2] == "mar" else MONTHS.get(found[2], 0)
    said = found[1] or found[3]
    whole = int(said) + (2000 if len(said) == 2 else 0) if said else year
    return _made(whole, number) if whole else ""


def month_of(cell: object, year: int | None, *, finnish: bool = False) -> str:
    """As `month`, of a cell that may be a day or a number. Only the first or last day of a month is one."""
    if isinstance(cell, date):
        return _made(cell.year, cell.month)
    if isinstance(cell, int | Decimal):
        return month(str(cell), year)
    return month(str(cell), year, finnish=finnish)


def speaks_finnish(headings: Sequence[str]) -> bool:
    """Do the headings shorten months in Finnish (tam, hel, maa …), so that “mar” is marraskuu?"""
    return any(re.split(r"[^a-zåäö]", one.casefold())[0] in ONLY_FINNISH for one in headings)


def year_in(text: str) -> int | None:
    """The only year that a text names; None where it names none or several."""
    found = set(YEAR.findall(text))
    return int(found.pop()) if len(found) == 1 else None


def number(text: str, decimal: str = ",") -> Decimal | None:
    """The number that a text says, with groups of thousands by space or the other sign; None if it says none.

    decimal: the sign before the fraction, `,` or `.`.
    """
    plain = unicodedata.normalize("NFKC", text).translate(SPACES).replace("−", "-")
    if not re.fullmatch(r"[-+]?[\d.,]+", plain):
        return None
    sign, digits = ("-", plain[1:]) if plain[0] == "-" else ("", plain.lstrip("+"))
    other = "." if decimal == "," else ","
    if other in digits:
        if not GROUPS[decimal].fullmatch(digits):
            return None
        digits = digits.replace(other, "")
    try:
        return Decimal(sign + digits.replace(decimal, "."))
    except InvalidOperation:
        return None


def is_total(text: str, *, whole: bool = False) -> bool:
    """Does a row or column with this name hold a sum of others? whole: only if it says nothing else."""
    plain = text.strip()
    found = TOTAL.search(plain)
    return found is not None and (not whole or found[0].strip(" :.") == plain.strip(" :."))


def is_duration(text: str) -> bool:
    """Does the heading speak of time spent, which is no count?"""
    return bool(DURATION.search(text))


def folded(name: str) -> str:
    """A place's name without what vendors put around it, for comparing; at most 120 letters."""
    plain = " ".join(re.sub(r"[^\w\s-]", " ", re.sub(r"\(.*?\)", " ", name.casefold())).split())
    shorter = PLACE_ENDS.sub("", plain).strip()
    return (shorter or plain)[:120]


def kind_of(text: str) -> str:
    """Our word for what was used, where the vendor's is known; else the vendor's."""
    plain = text.strip().casefold()
    return next((kind for kind, words in KINDS.items() if plain == kind or plain in words), text.strip()[:30])


def language_of(text: str) -> str:
    """A BCP 47 tag where the vendor's word is known; else the word."""
    plain = text.strip().casefold()
    return LANGUAGES.get(plain, plain[:12])


def audience_of(text: str) -> str:
    plain = text.strip().casefold()
    return next((one for one, words in AUDIENCES.items() if plain in words), plain[:20])


def metric_of(heading: str) -> str:
    """The name of what a heading counts: ours where it is known, else the heading's own words."""
    plain = heading.strip().casefold()
    for name in ("minutes", "hours", "users", *METRICS):
        if any(word in plain for word in METRICS[name]):
            return name
    return re.sub(r"[^\w]+", "-", plain).strip("-")[:60]


def _made(year: int | None, number: int) -> str:
    return f"{year:04}-{number:02}" if year and 1990 <= year <= 2100 and 1 <= number <= 12 else ""
