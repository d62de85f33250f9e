"""Writing the search index: the only place that does."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from kimppa.elibrary.catalog import index
from kimppa.elibrary.catalog.dictionary import prepare
from kimppa.elibrary.catalog.models import Contribution, IndexQueue, Publication
from kimppa.elibrary.catalog.terms import document_terms, fold_terms, name_terms
from kimppa.elibrary.catalog.words import FinnishWord, joined, modern, words
from kimppa.foundation.core.jobs import Run

CHUNK = 5_000

Progress = Callable[[int, int], None]


def write_index(run: Run) -> None:
    """Bring the index up to the catalogue. Where another writes it just now, that one does this work too."""
    with index.lease(wait=False) as mine:
        if mine:
            bring_up_to_date(run.progress)
        elif IndexQueue.objects.exists():
            # The other writer may have looked at the queue for the last time already: wait and look again.
            with index.lease(wait=True):
                bring_up_to_date(run.progress)


def bring_up_to_date(progress: Progress | None = None) -> int:
    """Index what waits, in commits of 5,000; the caller holds the lease. Returns how many were written.

    Without an index of today's analyser, all is written into a new folder, which is then switched to.
    """
    path = index.current()
    if path is None:
        return _rebuild(progress)
    done = 0
    total = IndexQueue.objects.count()
    while waiting := list(IndexQueue.objects.order_by("change", "pk")[:CHUNK]):
        ids = [row.publication_id for row in waiting]
        index.write(path, gone=ids, entries=entries(ids))
        _forget(waiting)
        done += len(ids)
        if progress is not None:
            progress(done, max(total, done))
    return done


def rebuild(progress: Progress | None = None) -> int:
    """Wait for the lease and write everything into a new index; returns how many entries it has."""
    with index.lease(wait=True):
        return _rebuild(progress)


def _rebuild(progress: Progress | None) -> int:
    # What changes from here on is queued again with a higher number than the rows taken off below.
    reached = IndexQueue.objects.order_by("-change").values_list("change", flat=True).first() or 0
    path = index.create()
    done = index.write(path, gone=(), entries=_everything(progress))
    IndexQueue.objects.filter(change__lte=reached).delete()
    index.switch(path)
    return done


def _everything(progress: Progress | None) -> Iterator[index.Entry]:
    """All publications, for one commit: few, large segments are searched faster than many."""
    total = Publication.objects.count()
    done, last = 0, 0
    while ids := list(
        Publication.objects.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:CHUNK]
    ):
        yield from entries(ids)
        last, done = ids[-1], done + len(ids)
        if progress is not None:
            progress(done, total)


def _forget(written: list[IndexQueue]) -> None:
    """Take rows off the queue unless the publication has changed since they were read."""
    newest = max(row.change for row in written)
    ids = [row.pk for row in written]
    for start in range(0, len(ids), 500):
        IndexQueue.objects.filter(pk__in=ids[start : start + 500], change__lte=newest).delete()


def entries(ids: list[int]) -> list[index.Entry]:
    """The index entries of publications, read in two queries a chunk."""
    rows: list[Publication] = []
    names: dict[int, list[str]] = {}
    for start in range(0, len(ids), 500):
        part = ids[start : start + 500]
        rows.extend(Publication.objects.filter(pk__in=part))
        found = Contribution.objects.filter(publication__in=part).order_by("position")
        for publication, name in found.values_list("publication_id", "contributor__name"):
            names.setdefault(publication, []).append(name)
    known = prepare(_all_words(rows, names))
    return [_entry(row, names.get(row.pk, []), known) for row in rows]


def _all_words(rows: list[Publication], names: dict[int, list[str]]) -> set[str]:
    found: set[str] = set()
    for row in rows:
        finnish = not row.language or row.language[:2] == "fi"
        texts = [*names.get(row.pk, [])]
        if finnish:
            texts += [row.title, row.subtitle, row.description]
        for text in texts:
            found.update(modern(word) for word in (*words(text), *joined(text)))
    return found


def _entry(row: Publication, names: list[str], known: dict[str, FinnishWord]) -> index.Entry:
    def dictionary(word: str) -> FinnishWord:
        return known[word]

    title = document_terms(row.title, row.language, dictionary)
    people = " ; ".join(names)
    name = name_terms(people, dictionary)
    more = f"{row.subtitle} {row.description}".strip()
    said = words(row.title)
    return index.Entry(
        id=row.pk,
        exact=(*said, f"={'+'.join(said)}"),
        title_terms=tuple(title),
        name_terms=tuple(name),
        more_terms=(row.identifier.lower(), *document_terms(more, row.language, dictionary)),
        fold_terms=tuple(fold_terms(f"{row.title} {people}", [*title, *name])),
        language=row.language,
        kind=row.kind,
    )
