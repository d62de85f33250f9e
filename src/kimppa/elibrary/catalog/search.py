"""Finding publications: from a query's words to ranked hits with counts by language and kind."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import tantivy

from kimppa.elibrary.catalog import index
from kimppa.elibrary.catalog.terms import Dictionary, Wish, wishes
from kimppa.elibrary.catalog.words import folded, words

TITLE, NAMES, MORE, EXACT, WHOLE = 3.0, 2.5, 1.0, 2.0, 12.0
PARTS = 0.4
FORGIVEN = 0.5


@dataclass(frozen=True, slots=True)
class Hit:
    """A publication found: its row's id, identifier and title."""

    id: int
    identifier: str
    title: str


@dataclass(frozen=True, slots=True)
class Found:
    """`count` of all hits, the page asked for, and counts by facet value.

    `how` says what was asked in the end: `all` words; `forgiving` (spelling); `some` of the words.
    """

    count: int
    hits: tuple[Hit, ...]
    languages: tuple[tuple[str, int], ...]
    kinds: tuple[tuple[str, int], ...]
    how: str


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked: free text, and exact facet values (empty: any)."""

    text: str
    language: str = ""
    kind: str = ""


NOTHING = Found(0, (), (), (), "all")


def search(
    question: Question,
    *,
    dictionary: Dictionary,
    offset: int = 0,
    limit: int = 20,
    facets: bool = True,
    fresh: bool = False,
) -> Found:
    """Hits in order of rank. All words must match; failing that, spelling is forgiven; then some words do."""
    searcher = index.searcher(fresh=fresh)
    if searcher is None:
        return NOTHING
    asked = wishes(question.text, dictionary)
    if not asked:
        if question.text.strip():
            return NOTHING
        return _run(searcher, tantivy.Query.all_query(), question, offset, limit, facets)
    tries: tuple[tuple[str, Callable[[], tantivy.Query | None]], ...] = (
        ("all", lambda: _all_words(asked, question.text)),
        ("forgiving", lambda: _forgiving(searcher, asked)),
        ("some", lambda: _some_words(asked)),
    )
    for how, make in tries:
        query = make()
        if query is None:
            continue
        found = _run(searcher, query, question, offset, limit, facets)
        if found.count:
            return replace(found, how=how)
    return NOTHING


def _run(
    searcher: tantivy.Searcher,
    query: tantivy.Query,
    question: Question,
    offset: int,
    limit: int,
    facets: bool,
) -> Found:
    narrowed = _narrow(query, question)
    result = searcher.search(narrowed, limit=max(limit, 1), offset=offset, count=True)
    count: int = result.count  # type: ignore[attr-defined]  # the package's stub forgets it
    hits = []
    for _score, address in result.hits[:limit]:
        document = searcher.doc(address)
        stored = document.to_dict()
        hits.append(Hit(stored["id"][0], stored["identifier"][0], stored["name"][0]))
    languages: tuple[tuple[str, int], ...] = ()
    kinds: tuple[tuple[str, int], ...] = ()
    if facets and count:
        languages = _facet(searcher, _narrow(query, replace(question, language="")), "language")
        kinds = _facet(searcher, _narrow(query, replace(question, kind="")), "kind")
    return Found(count, tuple(hits), languages, kinds, "all")


def _narrow(query: tantivy.Query, question: Question) -> tantivy.Query:
    for field, value in (("language", question.language), ("kind", question.kind)):
        if value:
            only = tantivy.Query.const_score_query(_term(field, value), 0.0)
            query = tantivy.Query.boolean_query([(tantivy.Occur.Must, query), (tantivy.Occur.Must, only)])
    return query


def _facet(searcher: tantivy.Searcher, query: tantivy.Query, field: str) -> tuple[tuple[str, int], ...]:
    wanted = {"values": {"terms": {"field": field, "size": 30}}}
    buckets = searcher.aggregate(query, wanted)["values"]["buckets"]
    return tuple((str(bucket["key"]), int(bucket["doc_count"])) for bucket in buckets)


def _all_words(asked: list[Wish], text: str) -> tantivy.Query:
    clauses = [(tantivy.Occur.Should if wish.idle else tantivy.Occur.Must, _word(wish)) for wish in asked]
    clauses.append((tantivy.Occur.Should, _whole(text)))
    return tantivy.Query.boolean_query(clauses)


def _some_words(asked: list[Wish]) -> tantivy.Query | None:
    needed = [wish for wish in asked if not wish.idle]
    if len(needed) < 2:
        return None
    clauses = [(tantivy.Occur.Should, _word(wish)) for wish in needed]
    return tantivy.Query.boolean_query(clauses, (len(needed) + 1) // 2)


def _forgiving(searcher: tantivy.Searcher, asked: list[Wish]) -> tantivy.Query | None:
    """Words that nothing has are looked for without accents and with a letter or two amiss."""
    needed = [wish for wish in asked if not wish.idle]
    strange = {wish.word for wish in needed if not _known(searcher, wish)}
    loose = strange or {wish.word for wish in needed}
    clauses = [(tantivy.Occur.Must, _loose(wish) if wish.word in loose else _word(wish)) for wish in needed]
    return tantivy.Query.boolean_query(clauses) if clauses else None


def _known(searcher: tantivy.Searcher, wish: Wish) -> bool:
    return any(searcher.doc_freq(f, t) for t in wish.terms for f in ("title", "names", "more"))


def _word(wish: Wish) -> tantivy.Query:
    """A word matches by any of its terms in any field, or a compound by all parts of one reading."""
    either: list[tuple[tantivy.Occur, tantivy.Query]] = [
        (tantivy.Occur.Should, _boost(_any("title", wish.terms), TITLE)),
        (tantivy.Occur.Should, _boost(_any("names", wish.terms), NAMES)),
        (tantivy.Occur.Should, _boost(_any("more", wish.terms), MORE)),
        (tantivy.Occur.Should, _boost(_term("exact", wish.word), EXACT)),
    ]
    for parts in wish.parts:
        together = [(tantivy.Occur.Must, _term("title", part)) for part in parts]
        either.append((tantivy.Occur.Should, _boost(tantivy.Query.boolean_query(together), PARTS)))
    return tantivy.Query.boolean_query(either)


def _loose(wish: Wish) -> tantivy.Query:
    plain = folded(wish.word)
    distance = 0 if len(plain) < 4 else 1 if len(plain) < 8 else 2
    either = [(tantivy.Occur.Should, _word(wish)), (tantivy.Occur.Should, _term("fold", plain))]
    for each in range(1, distance + 1):
        near = tantivy.Query.fuzzy_term_query(index.SCHEMA, "fold", plain, each, True)
        either.append((tantivy.Occur.Should, _boost(near, FORGIVEN)))
    return tantivy.Query.boolean_query(either)


def _whole(text: str) -> tantivy.Query:
    """The very words in order rank first; a title that is nothing else, before all."""
    said = words(text)
    either = [(tantivy.Occur.Should, _boost(_term("exact", f"={'+'.join(said)}"), WHOLE))]
    if len(said) > 1:
        either.append((tantivy.Occur.Should, _boost(_phrase(said), EXACT)))
    return tantivy.Query.boolean_query(either)


def _phrase(said: list[str]) -> tantivy.Query:
    return tantivy.Query.phrase_query(index.SCHEMA, "exact", list(said))


def _any(field: str, terms: tuple[str, ...]) -> tantivy.Query:
    return tantivy.Query.disjunction_max_query([_term(field, term) for term in terms])


def _term(field: str, value: str) -> tantivy.Query:
    return tantivy.Query.term_query(index.SCHEMA, field, value)


def _boost(query: tantivy.Query, by: float) -> tantivy.Query:
    return tantivy.Query.boost_query(query, by)
