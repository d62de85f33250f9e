"""Terms of documents and of queries: the two must meet. Pure, given a dictionary."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from itertools import product

from kimppa.elibrary.catalog.words import (
    IDLE,
    STEMMED,
    TAGGED,
    FinnishWord,
    folded,
    joined,
    modern,
    stem,
    words,
)

Dictionary = Callable[[str], FinnishWord]


@dataclass(frozen=True, slots=True)
class Wish:
    """One word of a query: `terms` of which any may match, `parts` which only match all together."""

    word: str
    terms: tuple[str, ...]
    parts: tuple[tuple[str, ...], ...]
    idle: bool

    def met_by(self, terms: frozenset[str] | set[str]) -> bool:
        """Whether a text with these terms has the word."""
        return not terms.isdisjoint(self.terms) or any(terms.issuperset(all_of) for all_of in self.parts)


def document_terms(text: str, language: str, dictionary: Dictionary) -> list[str]:
    """All terms under which a text of a language (BCP 47; empty: not known) can be found."""
    found: list[str] = []
    short = language[:2].lower()
    for word in (*words(text), *joined(text)):
        found.append(word)
        if short in {"fi", ""}:
            found.extend(_finnish(word, dictionary, with_parts=True))
        if short in STEMMED and short != "fi":
            found.append(tagged(word, short))
        elif not short:
            found.extend(tagged(word, each) for each in ("sv", "en"))
    return found


def name_terms(text: str, dictionary: Dictionary) -> list[str]:
    """Terms of a person's name: as written, and as Finnish inflects it."""
    found: list[str] = []
    for word in (*words(text), *joined(text)):
        found.append(word)
        found.extend(_finnish(word, dictionary, with_parts=False))
    return found


def wishes(query: str, dictionary: Dictionary, *, most: int = 12) -> list[Wish]:
    """The words of a query with the terms that each may match; at most `most` words are asked for.

    A hyphenated word is one wish: written as one, or all its pieces.
    """
    found: list[Wish] = []
    for piece in query.split():
        together = joined(piece)
        if together:
            found.append(_hyphenated(together[0], words(piece), dictionary))
        else:
            found.extend(_wish(word, dictionary) for word in words(piece))
    found = list({wish.word: wish for wish in found}.values())[:most]
    if all(wish.idle for wish in found):
        return [Wish(w.word, w.terms, w.parts, False) for w in found]
    return found


def _hyphenated(together: str, pieces: list[str], dictionary: Dictionary) -> Wish:
    whole = _wish(together, dictionary)
    forms = [tuple(dict.fromkeys([p, *dictionary(modern(p)).bases]))[:3] for p in pieces[:4]]
    return Wish(together, whole.terms, (*whole.parts, *product(*forms)), False)


def fold_terms(text: str, terms: list[str]) -> list[str]:
    """What forgiving search looks at: words and base forms without accents, untagged."""
    plain = [folded(w) for w in words(text)]
    return list(dict.fromkeys([*plain, *(folded(t) for t in terms if ":" not in t)]))


def tagged(word: str, language: str) -> str:
    """`sv:flick`: a stem that only its own language knows."""
    family = "no" if language in {"nb", "nn"} else language
    return f"{family}:{stem(word, family)}"


def _wish(word: str, dictionary: Dictionary) -> Wish:
    known = dictionary(modern(word))
    terms = [word, *_finnish(word, dictionary, with_parts=False)]
    terms.extend(_in_every_language(word))
    return Wish(word, tuple(dict.fromkeys(terms)), known.parts, word in IDLE)


@lru_cache(maxsize=20_000)
def _in_every_language(word: str) -> tuple[str, ...]:
    return tuple(tagged(word, language) for language in TAGGED)


def _finnish(word: str, dictionary: Dictionary, *, with_parts: bool) -> list[str]:
    new = modern(word)
    known = dictionary(new)
    if not known.known:
        return [new, f"fi:{stem(new, 'fi')}"]
    found = [new, *known.bases]
    if with_parts:
        found.extend(part for reading in known.parts for part in reading if len(part) > 1)
        found.extend(known.tails)
    return found
