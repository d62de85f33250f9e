"""The search index on disk (tantivy): its fields, its writer and its reader. One writer a home.

The folder's name is its epoch; `current` names the one in use, so that a rebuild beside it is switched
to in one step. The index holds nothing that the database does not: it is rebuilt, never backed up.
"""

from __future__ import annotations

import fcntl
import shutil
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import tantivy
from django.conf import settings

from kimppa.elibrary.catalog.words import analyser_id

WRITER_BYTES = 64_000_000


@dataclass(frozen=True, slots=True)
class Entry:
    """What the index keeps of a publication: terms by field, and exact values for facets."""

    id: int
    identifier: str
    title: str
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
    """Fields of terms are split at white space only: they were analysed before."""
    builder = tantivy.SchemaBuilder()
    builder.add_unsigned_field("id", stored=True)
    # The id once more as text: terms of a number do not delete in the package's present version.
    builder.add_text_field("key", tokenizer_name="raw", index_option="basic")
    builder.add_text_field("identifier", stored=True, tokenizer_name="raw", index_option="basic")
    builder.add_text_field("name", stored=True, tokenizer_name="raw", index_option="basic")
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


def write(path: Path, *, gone: Iterable[int], entries: Iterable[Entry]) -> None:
    """Replace entries in one commit: `gone` ids are removed first, then `entries` added."""
    index = tantivy.Index.open(str(path))
    writer = index.writer(WRITER_BYTES, 1)
    for publication_id in gone:
        writer.delete_documents_by_term("key", str(publication_id))
    for entry in entries:
        writer.add_document(_document(entry))
    writer.commit()
    writer.wait_merging_threads()
    if _open is not None and _open.path == path:
        _open.index.reload()


def _document(entry: Entry) -> tantivy.Document:
    document = tantivy.Document()
    document.add_unsigned("id", entry.id)
    document.add_text("key", str(entry.id))
    document.add_text("identifier", entry.identifier)
    document.add_text("name", entry.title)
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


@dataclass(slots=True)
class _Open:
    path: Path
    index: tantivy.Index


_open: _Open | None = None


def searcher(*, fresh: bool = False) -> tantivy.Searcher | None:
    """A searcher over the last commit seen; None where nothing was indexed yet.

    `fresh` looks for a newer commit first (a command that has just waited for the writer).
    """
    global _open
    path = current()
    if path is None:
        return None
    if _open is None or _open.path != path:
        _open = _Open(path, tantivy.Index.open(str(path)))
    elif fresh:
        _open.index.reload()
    return _open.index.searcher()
