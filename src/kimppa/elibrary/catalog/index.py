"""The search index on disk (tantivy): its fields, its writer and its reader. One writer a home.

The folder's name is its epoch; `current` names the one in use, so that a rebuild beside it is switched
to in one step. The index holds nothing that the database does not: it is rebuilt, never backed up.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import tantivy
from django.conf import settings

from kimppa.elibrary.catalog.words import analyser_id

WRITER_BYTES = 64_000_000
TERMS_REMEMBERED = 200_000
FIELDS = ("title", "names", "more", "exact")
# Path, inode and time of change: tell one state of a file that is only replaced as a whole from another.
Stamp: TypeAlias = tuple[str, int, int]


@dataclass(frozen=True, slots=True)
class Entry:
    """What the index keeps of a publication: terms by field, and exact values for facets."""

    id: int
    exact: tuple[str, ...]
    title_terms: tuple[str, ...]
    name_terms: tuple[str, ...]
    more_terms: tuple[str, ...]
    fold_terms: tuple[str, ...]
    language: str
    kind: str


def folder() -> Path:
    return Path(settings.HOME) / "index"


def build_schema() -> tantivy.Schema:
    """Fields of terms are split at white space only: they were analysed before.

    Nothing is stored: reading twenty stored documents took as long as finding them.
    """
    builder = tantivy.SchemaBuilder()
    builder.add_unsigned_field("id", fast=True)
    # The id once more as text: terms of a number do not delete in the package's present version.
    builder.add_text_field("key", tokenizer_name="raw", index_option="basic")
    builder.add_text_field("exact", tokenizer_name="whitespace", index_option="position")
    builder.add_text_field("title", tokenizer_name="whitespace", index_option="freq")
    builder.add_text_field("names", tokenizer_name="whitespace", index_option="freq")
    builder.add_text_field("more", tokenizer_name="whitespace", index_option="freq")
    builder.add_text_field("fold", tokenizer_name="whitespace", index_option="freq")
    builder.add_text_field("language", tokenizer_name="raw", index_option="basic", fast=True)
    builder.add_text_field("kind", tokenizer_name="raw", index_option="basic", fast=True)
    return builder.build()


SCHEMA = build_schema()


@contextmanager
def lease(*, wait: bool) -> Iterator[bool]:
    """Hold the home's one right to write the index; False (without it) when it is taken and not waited for.

    A lock of the operating system: a killed writer leaves none behind.
    """
    folder().mkdir(parents=True, exist_ok=True)
    with (folder() / "lease").open("a") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            yield False
            return
        yield True


def current() -> Path | None:
    """The folder in use, or None where there is none, or one made by another analyser."""
    pointer = folder() / "current"
    if not pointer.exists():
        return None
    found = folder() / pointer.read_text().strip()
    made_by = found / "analyser"
    if not made_by.exists() or made_by.read_text() != analyser_id():
        return None
    return found if tantivy.Index.exists(str(found)) else None


def create() -> Path:
    """An empty folder for a new index; not in use until `switch`."""
    path = folder() / uuid.uuid4().hex
    path.mkdir(parents=True)
    tantivy.Index(SCHEMA, path=str(path))
    (path / "analyser").write_text(analyser_id())
    return path


def switch(path: Path) -> None:
    """Put a folder into use and remove the others. Only under the lease."""
    pointer = folder() / "current.new"
    pointer.write_text(path.name)
    pointer.replace(folder() / "current")
    for other in folder().iterdir():
        if other.is_dir() and other != path:
            shutil.rmtree(other, ignore_errors=True)


def write(path: Path, *, gone: Iterable[int], entries: Iterable[Entry]) -> int:
    """Replace entries in one commit: `gone` ids are removed first, then `entries` added; says how many."""
    index = tantivy.Index.open(str(path))
    writer = index.writer(WRITER_BYTES, 1)
    for publication_id in gone:
        writer.delete_documents_by_term("key", str(publication_id))
    added = 0
    for entry in entries:
        writer.add_document(_document(entry))
        added += 1
    writer.commit()
    writer.wait_merging_threads()
    return added


def _document(entry: Entry) -> tantivy.Document:
    document = tantivy.Document()
    document.add_unsigned("id", entry.id)
    document.add_text("key", str(entry.id))
    for name, terms in (
        ("exact", entry.exact),
        ("title", entry.title_terms),
        ("names", entry.name_terms),
        ("more", entry.more_terms),
        ("fold", entry.fold_terms),
    ):
        document.add_text(name, " ".join(terms))
    document.add_text("language", entry.language or "und")
    document.add_text("kind", entry.kind or "unknown")
    return document


@dataclass(frozen=True, slots=True)
class Reader:
    """One commit, opened. It answers fast which terms it has: most terms of a query are in no title."""

    stamp: tuple[Stamp, Stamp]
    index: tantivy.Index
    searcher: tantivy.Searcher
    seen: dict[str, tuple[str, ...]]

    def fields_of(self, term: str) -> tuple[str, ...]:
        """The fields of FIELDS where any entry has this term (or did, and was removed since)."""
        known = self.seen.get(term)
        if known is None:
            if len(self.seen) >= TERMS_REMEMBERED:
                self.seen.clear()
            known = tuple(field for field in FIELDS if self.searcher.doc_freq(field, term))
            self.seen[term] = known
        return known


_open: Reader | None = None


def reader() -> Reader | None:
    """The last commit, whichever process made it; None where nothing was indexed yet.

    Each call looks at the dates of two files; nothing is opened again unless one of them changed.
    """
    global _open
    kept = _open
    pointer = _stamp(f"{settings.HOME}/index/current")
    if kept is not None and kept.stamp == (pointer, _stamp(kept.stamp[1][0])):
        return kept
    path = current()
    if path is None:
        return None
    # Taken before opening: a commit in between is then seen by the next call.
    stamp = (pointer, _stamp(str(path / "meta.json")))
    if kept is not None and kept.stamp[0] == pointer:
        opened = kept.index
        opened.reload()
    else:
        opened = tantivy.Index.open(str(path))
        opened.config_reader("manual")  # else it changes by a thread of its own, and `seen` would be old
    _open = Reader(stamp, opened, opened.searcher(), {})
    return _open


def _stamp(path: str) -> Stamp:
    try:
        found = os.stat(path)  # noqa: PTH116 (asked at every search; a Path costs ten times as much)
    except FileNotFoundError:
        return (path, 0, 0)
    return (path, found.st_ino, found.st_mtime_ns)
