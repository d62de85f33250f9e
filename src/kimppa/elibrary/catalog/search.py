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
class Found:
    """`count` of all hits, the publications on the page asked for, and counts by facet value.

    `how` says what was asked in the end: `all` words; `forgiving` (spelling); `some` of the words.
    """

    count: int
    ids: tuple[int, ...]
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
) -> Found:
    """Hits in order of rank. All words must match; failing that, spelling is forgiven; then some words do."""
    reader = index.reader()
    if reader is None:
        return NOTHING
    searcher = reader.searcher
    asked = wishes(question.text, dictionary)
    if not asked:
        if question.text.strip():
            return NOTHING
        return _run(searcher, tantivy.Query.all_query(), question, offset, limit, facets)
    tries: tuple[tuple[str, Callable[[], tantivy.Query | None]], ...] = (
        ("all", lambda: all_words(reader, asked, question.text)),
        ("forgiving", lambda: _forgiving(reader, asked)),
        ("some", lambda: _some_words(reader, asked)),
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
    count, ids = ask(searcher, _narrow(query, question), offset=offset, limit=limit)
    languages: tuple[tuple[str, int], ...] = ()
    kinds: tuple[tuple[str, int], ...] = ()
    if facets and count:
        languages = _facet(searcher, _narrow(query, replace(question, language="")), "language")
        kinds = _facet(searcher, _narrow(query, replace(question, kind="")), "kind")
    return Found(count, ids, languages, kinds, "all")


def ask(
    searcher: tantivy.Searcher, query: tantivy.Query, *, offset: int = 0, limit: int = 20
) -> tuple[int, tuple[int, ...]]:
    """The engine itself: the count of all hits and a page of ids in order of rank."""
    result = searcher.search(query, limit=max(limit, 1), offset=offset, count=True)
    count: int = result.count  # type: ignore[attr-defined]  # the package's stub forgets it
    page = [address for _score, address in result.hits[:limit]]
    return count, tuple(int(each) for each in searcher.fast_field_values("id", page) if each is not None)


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


def all_words(reader: index.Reader, asked: list[Wish], text: str) -> tantivy.Query | None:
    """None where a word that must match is in no title: nothing need be searched to know that."""
    clauses = []
    for wish in asked:
        query = _word(reader, wish)
        if query is not None:
            clauses.append((tantivy.Occur.Should if wish.idle else tantivy.Occur.Must, query))
        elif not wish.idle:
            return None
    clauses.extend((tantivy.Occur.Should, query) for query in _whole(reader, text))
    return tantivy.Query.boolean_query(clauses)


def _some_words(reader: index.Reader, asked: list[Wish]) -> tantivy.Query | None:
    needed = [wish for wish in asked if not wish.idle]
    known = [query for wish in needed if (query := _word(reader, wish)) is not None]
    least = (len(needed) + 1) // 2
    if len(needed) < 2 or len(known) < least:
        return None
    return tantivy.Query.boolean_query([(tantivy.Occur.Should, query) for query in known], least)


def _forgiving(reader: index.Reader, asked: list[Wish]) -> tantivy.Query | None:
    """Words that nothing has are looked for without accents and with a letter or two amiss."""
    needed = [wish for wish in asked if not wish.idle]
    strange = {wish.word for wish in needed if not _known(reader, wish)}
    loose = strange or {wish.word for wish in needed}
    clauses = []
    for wish in needed:
        query = _loose(reader, wish) if wish.word in loose else _word(reader, wish)
        if query is None:
            return None
        clauses.append((tantivy.Occur.Must, query))
    return tantivy.Query.boolean_query(clauses) if clauses else None


def _known(reader: index.Reader, wish: Wish) -> bool:
    return any(field != "exact" for term in wish.terms for field in reader.fields_of(term))


def _word(reader: index.Reader, wish: Wish) -> tantivy.Query | None:
    """A word matches by any of its terms in any field, or a compound by all parts of one reading.

    Only terms that the index has are asked for: of the stems in ten languages hardly one is, and each
    costs as much to look for as a true one. None: nothing has the word.
    """
    either: list[tuple[tantivy.Occur, tantivy.Query]] = []
    there = [(term, reader.fields_of(term)) for term in wish.terms]
    for field, weight in (("title", TITLE), ("names", NAMES), ("more", MORE)):
        known = [_term(field, term) for term, fields in there if field in fields]
        if known:
            any_of = known[0] if len(known) == 1 else tantivy.Query.disjunction_max_query(known)
            either.append((tantivy.Occur.Should, _boost(any_of, weight)))
    if "exact" in reader.fields_of(wish.word):
        either.append((tantivy.Occur.Should, _boost(_term("exact", wish.word), EXACT)))
    for parts in wish.parts:
        if all("title" in reader.fields_of(part) for part in parts):
            together = [(tantivy.Occur.Must, _term("title", part)) for part in parts]
            either.append((tantivy.Occur.Should, _boost(tantivy.Query.boolean_query(together), PARTS)))
    return tantivy.Query.boolean_query(either) if either else None


def _loose(reader: index.Reader, wish: Wish) -> tantivy.Query:
    plain = folded(wish.word)
    distance = 0 if len(plain) < 4 else 1 if len(plain) < 8 else 2
    either = [(tantivy.Occur.Should, _term("fold", plain))]
    spelt = _word(reader, wish)
    if spelt is not None:
        either.append((tantivy.Occur.Should, spelt))
    for each in range(1, distance + 1):
        near = tantivy.Query.fuzzy_term_query(index.SCHEMA, "fold", plain, each, True)
        either.append((tantivy.Occur.Should, _boost(near, FORGIVEN)))
    return tantivy.Query.boolean_query(either)


def _whole(reader: index.Reader, text: str) -> list[tantivy.Query]:
    """The very words in order rank first; a title that is nothing else, before all."""
    said = words(text)
    title = f"={'+'.join(said)}"
    found = [_boost(_term("exact", title), WHOLE)] if "exact" in reader.fields_of(title) else []
    if len(said) > 1 and all("exact" in reader.fields_of(word) for word in said):
        found.append(_boost(_phrase(said), EXACT))
    return found


def _phrase(said: list[str]) -> tantivy.Query:
    return tantivy.Query.phrase_query(index.SCHEMA, "exact", list(said))


def _term(field: str, value: str) -> tantivy.Query:
    return tantivy.Query.term_query(index.SCHEMA, field, value)


def _boost(query: tantivy.Query, by: float) -> tantivy.Query:
    return tantivy.Query.boost_query(query, by)
