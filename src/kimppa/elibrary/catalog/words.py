"""From text to words and from words to search terms. Pure but for the dictionaries it loads.

How (docs/algorithms/search.md): a Finnish word gives its base forms, the parts of a compound and its
joined tails; an unknown one its surface and a snowball stem. Words of other languages give a stem that
carries the language's tag, so that stems of two languages never meet. å ä ö and the Sámi letters are
letters and stay; other accents are folded. Old spelling (w for v) finds new and the other way.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import metadata
from importlib.util import find_spec

import snowballstemmer

LETTERS_KEPT = frozenset("åäöšžčđŋŧǥǧǩʒǯ")
STEMMED = {
    "fi": "finnish",
    "sv": "swedish",
    "en": "english",
    "de": "german",
    "fr": "french",
    "da": "danish",
    "no": "norwegian",
    "nb": "norwegian",
    "nn": "norwegian",
    "ru": "russian",
    "es": "spanish",
    "it": "italian",
    "et": "estonian",
}
TAGGED = tuple(sorted({lang for lang in STEMMED if lang not in {"fi", "nb", "nn"}}))
# Words that carry no meaning by themselves: asked for only when nothing else is.
IDLE = frozenset(
    {"ja", "tai", "sekä", "eli", "on", "ei", "se"}
    | {"och", "eller", "en", "ett", "den", "det", "i", "på", "av", "till"}
    | {"the", "a", "an", "of", "and", "or", "in", "to"}
    | {"der", "die", "das", "und", "le", "la", "les", "de", "et", "du"}
)
_FOLDED = re.compile(rf"[^\x00-\x7f{''.join(sorted(LETTERS_KEPT))}]")
_SPLIT = re.compile(r"[^\w]+|_+")
LONGEST_WORD = 60


@dataclass(frozen=True, slots=True)
class FinnishWord:
    """What the dictionary knows of a word: base forms, and for each reading of a compound its parts."""

    bases: tuple[str, ...]
    parts: tuple[tuple[str, ...], ...]
    tails: tuple[str, ...]

    @property
    def known(self) -> bool:
        return bool(self.bases)


def normal(text: str) -> str:
    """Lower case, NFC, accents folded but for the letters of the North."""
    lower = unicodedata.normalize("NFC", text).lower()
    if not _FOLDED.search(lower):
        return lower
    out: list[str] = []
    for letter in lower:
        if letter.isascii() or letter in LETTERS_KEPT:
            out.append(letter)
            continue
        plain = "".join(c for c in unicodedata.normalize("NFKD", letter) if not unicodedata.combining(c))
        out.append(plain or letter)
    return "".join(out)


def folded(word: str) -> str:
    """As someone without the right keyboard writes it: ä → a, š → s, w → v."""
    kept = unicodedata.normalize("NFKD", word)
    bare = "".join(c for c in kept if not unicodedata.combining(c))
    return bare.translate(str.maketrans("đŋŧǥʒw", "dntgzv"))


def words(text: str) -> list[str]:
    """The words of a text in order; hyphens and apostrophes part words."""
    return [w[:LONGEST_WORD] for w in _SPLIT.split(normal(text)) if w]


def joined(text: str) -> list[str]:
    """Hyphenated words written as one (`e-kirja` → `ekirja`), so that both spellings meet."""
    found = re.findall(r"\w+(?:[-‐‑’']\w+)+", normal(text))
    return [re.sub(r"[-‐‑’']", "", w)[:LONGEST_WORD] for w in found]


def modern(word: str) -> str:
    """Old spelling made new: w → v."""
    return word.replace("w", "v")


def has_dictionary() -> bool:
    return find_spec("pyvoikko") is not None


@cache
def analyser_id() -> str:
    """Names the analyser and its versions; an index made by another is rebuilt."""
    stems = metadata.version("snowballstemmer")
    if has_dictionary():
        return f"kfst-voikko-{metadata.version('pyvoikko')}+snowball-{stems}/2"
    return f"snowball-{stems}/2"


def ask_dictionary(word: str) -> FinnishWord:
    """Look a lower-case word up. Loads the dictionary (about 220 MiB and a second) at the first call."""
    if not has_dictionary():
        return FinnishWord((), (), ())
    import pyvoikko

    bases: list[str] = []
    parts: list[tuple[str, ...]] = []
    tails: list[str] = []
    for reading in pyvoikko.analyse(word):
        bases.append(_tidy(reading.BASEFORM))
        pieces = reading.COMPOUND_PARTS or []
        if len(pieces) > 1:
            parts.append(tuple(_tidy(piece.BASEFORM) for piece in pieces))
            last = _tidy(pieces[-1].BASEFORM)
            for start in range(1, len(pieces) - 1):
                middle = "".join(_tidy(piece.FORM) for piece in pieces[start:-1])
                tails.append(middle + last)
    return FinnishWord(_once(bases), tuple(dict.fromkeys(parts)), _once(tails))


@lru_cache(maxsize=50_000)
def stem(word: str, language: str) -> str:
    """The snowball stem in a language of STEMMED."""
    return str(_stemmer(STEMMED[language]).stemWord(word))


@cache
def _stemmer(algorithm: str) -> snowballstemmer.stemmer:
    return snowballstemmer.stemmer(algorithm)


def _tidy(base: str) -> str:
    return normal(base).replace("-", "").strip()


def _once(found: list[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(f for f in found if f))
