"""Word → what the Finnish dictionary knows, kept in a table so that most processes never load it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from functools import lru_cache

from kimppa.elibrary.catalog.models import AnalysedWord
from kimppa.elibrary.catalog.words import FinnishWord, analyser_id, ask_dictionary

CHUNK = 500


@lru_cache(maxsize=20_000)
def look_up(word: str) -> FinnishWord:
    """One word: from this process, else from the table, else from the dictionary. Writes nothing."""
    row = AnalysedWord.objects.filter(analyser=analyser_id(), word=word).first()
    return _unpack(row.terms) if row else ask_dictionary(word)


def prepare(wanted: Iterable[str]) -> dict[str, FinnishWord]:
    """Many words at once; those not in the table are asked of the dictionary and kept there."""
    left = sorted(set(wanted))
    known: dict[str, FinnishWord] = {}
    for start in range(0, len(left), CHUNK):
        rows = AnalysedWord.objects.filter(analyser=analyser_id(), word__in=left[start : start + CHUNK])
        known.update({row.word: _unpack(row.terms) for row in rows})
    fresh = [word for word in left if word not in known]
    for word in fresh:
        known[word] = ask_dictionary(word)
    AnalysedWord.objects.bulk_create(
        [AnalysedWord(analyser=analyser_id(), word=word, terms=_pack(known[word])) for word in fresh],
        batch_size=1_000,
        ignore_conflicts=True,
    )
    return known


def _pack(known: FinnishWord) -> str:
    return json.dumps([known.bases, known.parts, known.tails], ensure_ascii=False)


def _unpack(text: str) -> FinnishWord:
    bases, parts, tails = json.loads(text)
    return FinnishWord(tuple(bases), tuple(tuple(p) for p in parts), tuple(tails))
