"""How fast is our search beside SQLite FTS5 over the same 100,000 records? (aim: 5 times)

Load: one caller, one process. 100,000 generated records: titles and names are made of the words of
data/titles.csv by a fixed seed. Both engines hold the very same analysed terms in the same five columns
(tantivy: our index as the catalogue writes it; FTS5: a table in a file, WAL, 64 MB of cache, `optimize`d).
200 queries of one to three words, each taken from a record, so that both have something to find.

Asked of both: the ids of the best 20, ranked by BM25 with our column weights, and the count of all.
FTS5 is asked for each word in any of its terms in the columns title, names and more, or for a compound's
parts in title; all words must match; first `ORDER BY bm25(…) LIMIT 20`, then `count(*)`. It is not asked for
what we add for ranking (the very form, the very title, the words in a row). Two figures:

- engine: the finished query object against the finished MATCH expression, the two search calls alone;
- from words to ids: analysis (dictionary warm) and building of query or expression included on both sides;
  ours is the very function that pages and commands call.

Each query is asked once unmeasured (warm files and caches), then five times; a query's figure is its median.
Counts of both must be the same for each query.
Run: ./kimppa bench search
"""

from __future__ import annotations

import csv
import os
import random
import sqlite3
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kimppa.elibrary.catalog.index import Entry
    from kimppa.elibrary.catalog.terms import Wish

RECORDS = 100_000
QUERIES = 200
ROUNDS = 5
SEED = 2022
CHUNK = 5_000
WEIGHTS = "3.0, 2.5, 1.0, 2.0, 0.0"
CREATE = (
    "CREATE VIRTUAL TABLE t USING fts5(title, names, more, exact, fold,"
    " tokenize = \"unicode61 remove_diacritics 0 tokenchars ':+=-_'\")"
)
TOP = f"SELECT rowid FROM t WHERE t MATCH ? ORDER BY bm25(t, {WEIGHTS}) LIMIT 20"  # noqa: S608
COUNT = "SELECT count(*) FROM t WHERE t MATCH ?"


def main() -> None:
    os.environ["DJANGO_SETTINGS_MODULE"] = "kimppa.settings"
    import django

    django.setup()
    from django.conf import settings
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    made = records()
    start = time.perf_counter()
    found = analysed(made)
    print(f"analysis of {RECORDS:,} records, cold dictionary: {time.perf_counter() - start:.1f} s")
    print(f"writing the index (tantivy), one thread: {taken(lambda: build_ours(found)):.1f} s")
    path = Path(settings.HOME) / "fts5.sqlite3"
    print(f"writing the index (FTS5), one thread: {taken(lambda: build_fts5(path, found)):.1f} s")
    compare(path, questions(made))


def taken(act: Callable[[], object]) -> float:
    start = time.perf_counter()
    act()
    return time.perf_counter() - start


def records() -> list[tuple[str, tuple[str, ...], str]]:
    """Title, names and language of each record."""
    path = Path(__file__).parents[1] / "data" / "titles.csv"
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    words: dict[str, list[str]] = {}
    for row in rows:
        words.setdefault(row["language"] or "fi", []).extend(row["title"].split())
    names = [
        part.strip() for row in rows for part in row["contributors"].replace(";", ",").split(",") if part
    ]
    languages = [row["language"] or "fi" for row in rows]
    dice = random.Random(SEED)  # noqa: S311 (the same records each time)
    made = []
    for _ in range(RECORDS):
        language = dice.choice(languages)
        title = " ".join(dice.choices(words[language], k=dice.randint(1, 7)))
        people = tuple(f"{dice.choice(names)}, {dice.choice(names)}" for _ in range(dice.randint(0, 2)))
        made.append((title, people, language))
    return made


def analysed(made: list[tuple[str, tuple[str, ...], str]]) -> list[Entry]:
    """Written to the catalogue's tables and read back as the index job reads them."""
    from kimppa.elibrary.catalog.jobs import entries
    from kimppa.elibrary.catalog.models import Contribution, Contributor, Publication
    from kimppa.foundation.core.clock import real_now

    now = real_now()
    people = {name: Contributor(name=name) for _, names, _ in made for name in names}
    Contributor.objects.bulk_create(people.values(), batch_size=CHUNK)
    rows = [
        Publication(
            identifier=f"urn:b:{n}", title=title, language=language, kind="ebook", created=now, modified=now
        )
        for n, (title, _, language) in enumerate(made)
    ]
    Publication.objects.bulk_create(rows, batch_size=CHUNK)
    Contribution.objects.bulk_create(
        [
            Contribution(publication=row, contributor=people[name], position=position)
            for row, (_, names, _) in zip(rows, made, strict=True)
            for position, name in enumerate(dict.fromkeys(names))
        ],
        batch_size=CHUNK,
    )
    ids = [row.pk for row in rows]
    return [entry for start in range(0, len(ids), CHUNK) for entry in entries(ids[start : start + CHUNK])]


def build_ours(found: list[Entry]) -> None:
    from kimppa.elibrary.catalog import index

    with index.lease(wait=True):
        path = index.create()
        index.write(path, gone=(), entries=found)
        index.switch(path)


def build_fts5(path: Path, found: list[Entry]) -> None:
    with sqlite3.connect(path) as database:
        database.executescript("PRAGMA journal_mode=WAL; PRAGMA cache_size=-64000;")
        database.execute(CREATE)
        for start in range(0, len(found), CHUNK):
            database.executemany(
                "INSERT INTO t(rowid, title, names, more, exact, fold) VALUES (?, ?, ?, ?, ?, ?)",
                [(e.id, *(" ".join(terms) for terms in columns_of(e))) for e in found[start : start + CHUNK]],
            )
            database.commit()
        database.execute("INSERT INTO t(t) VALUES ('optimize')")
    database.close()


def columns_of(entry: Entry) -> tuple[tuple[str, ...], ...]:
    return (entry.title_terms, entry.name_terms, entry.more_terms, entry.exact, entry.fold_terms)


def questions(made: list[tuple[str, tuple[str, ...], str]]) -> list[str]:
    dice = random.Random(SEED + 1)  # noqa: S311
    asked: list[str] = []
    while len(asked) < QUERIES:
        title, names, _ = dice.choice(made)
        said = [word for word in f"{title} {' '.join(names)}".split() if len(word) > 3 and word.isalpha()]
        if said:
            asked.append(" ".join(dice.sample(said, k=min(len(said), 1 + len(asked) % 3))))
    return asked


def match(asked: list[Wish]) -> str:
    """The MATCH expression of the same words in the same terms."""

    def quoted(terms: tuple[str, ...], by: str) -> str:
        return by.join('"' + term.replace('"', '""') + '"' for term in terms)

    words = []
    for wish in asked:
        if not wish.idle:
            either = [f"{{title names more}} : ({quoted(wish.terms, ' OR ')})"]
            either += [f"{{title}} : ({quoted(parts, ' AND ')})" for parts in wish.parts]
            words.append("(" + " OR ".join(either) + ")")
    return " AND ".join(words)


def compare(path: Path, asked: list[str]) -> None:
    from kimppa.elibrary.catalog import index, search
    from kimppa.elibrary.catalog.dictionary import look_up
    from kimppa.elibrary.catalog.terms import wishes

    database = sqlite3.connect(path)
    database.execute("PRAGMA cache_size=-64000")
    reader = index.reader()
    assert reader is not None

    def fts5(expression: str) -> int:
        database.execute(TOP, [expression]).fetchall()
        return int(database.execute(COUNT, [expression]).fetchone()[0])

    def ours(text: str) -> int:
        return search.search(search.Question(text), dictionary=look_up, facets=False).count

    engine: list[tuple[float, float]] = []
    whole: list[tuple[float, float]] = []
    for text in asked:
        query = search.all_words(reader, wishes(text, look_up), text)
        expression = match(wishes(text, look_up))
        assert query is not None
        assert ours(text) == fts5(expression) > 0, text
        engine.append(
            (
                middle(lambda: search.ask(reader.searcher, query)),  # noqa: B023 (called at once)
                middle(lambda: fts5(expression)),  # noqa: B023
            )
        )
        whole.append(
            (
                middle(lambda: ours(text)),  # noqa: B023
                middle(lambda: fts5(match(wishes(text, look_up)))),  # noqa: B023
            )
        )
    database.close()
    report("engine", asked, engine)
    report("from words to ids", asked, whole)


def middle(act: Callable[[], object]) -> float:
    return statistics.median(taken(act) for _ in range(ROUNDS))


def report(what: str, asked: list[str], figures: list[tuple[float, float]]) -> None:
    for words in (1, 2, 3, 0):
        chosen = [pair for text, pair in zip(asked, figures, strict=True) if words in {0, len(text.split())}]
        us, them = (statistics.median(side) * 1000 for side in zip(*chosen, strict=True))
        mean_us, mean_them = (statistics.mean(side) * 1000 for side in zip(*chosen, strict=True))
        print(
            f"{what}, {RECORDS:,} records, warm, {len(chosen)} queries of {words or '1-3'} words, "
            f"top 20 + count: "
            f"median ours {us:.3f} ms, FTS5 {them:.3f} ms, {them / us:.1f} times; "
            f"mean {mean_us:.3f} and {mean_them:.3f} ms, {mean_them / mean_us:.1f} times"
        )


if __name__ == "__main__":
    main()
