"""Changing the catalogue. What changed is queued for the index in the same transaction."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import F

from kimppa.commons.members.permissions import require
from kimppa.commons.members.roles import Act
from kimppa.elibrary.catalog import epub
from kimppa.elibrary.catalog.models import (
    Content,
    Contribution,
    Contributor,
    IndexQueue,
    IndexState,
    Publication,
)
from kimppa.elibrary.catalog.rules import NoSuchPublication, TitleRecord
from kimppa.foundation.accounts import audit
from kimppa.foundation.accounts.actors import Actor
from kimppa.foundation.core import jobs
from kimppa.foundation.files import services as files
from kimppa.foundation.files.models import Retention
from kimppa.foundation.imports.rules import Value

EPUB = "application/epub+zip"
AT_A_TIME = 500
INDEX_JOB = "kimppa.elibrary.catalog.jobs.write_index"


@dataclass(frozen=True, slots=True)
class Upserted:
    """What became of a record: created | updated | unchanged, its row, and the values before and after."""

    id: int
    action: str
    before: dict[str, str | int | list[str] | None] | None
    after: dict[str, str | int | list[str] | None]


@transaction.atomic
def upsert_titles(
    *, by: Actor, records: Sequence[TitleRecord], example: bool, now: datetime
) -> list[Upserted]:
    """Create or update titles by identifier, in order; one that is the same already is left alone.

    `example` marks new ones as invented holdings of a demo (ESIMERKKI).
    """
    require(by, Act.IMPORT_TITLES, now=now)
    done: list[Upserted] = []
    for start in range(0, len(records), AT_A_TIME):
        done.extend(_upsert(records[start : start + AT_A_TIME], example, now))
    queue_for_index([each.id for each in done if each.action != "unchanged"])
    return done


@transaction.atomic
def add_epub(
    *,
    by: Actor,
    identifier: str,
    raw: bytes,
    file_name: str,
    description: str,
    is_guide: bool = False,
    example: bool = False,
    now: datetime,
) -> int:
    """Take an EPUB in: look it through, keep it, and make or update its publication; returns the row's id.

    Title, creators and language are the book's own. Scripts in it are reported in `Content.report` and
    never served. Raises BadEpub, ZipBomb, PathOutside; then nothing is kept.
    """
    require(by, Act.IMPORT_TITLES, now=now)
    book = epub.examine(io.BytesIO(raw))
    record = TitleRecord(
        identifier,
        book.title or file_name,
        book.creators,
        None,
        book.languages[0] if book.languages else "",
        "ebook",
    )
    made = _upsert([record], example, now)[0]
    kept = files.store(name=file_name, content=raw, media_type=EPUB, retention=Retention.CONTENT, now=now)
    report = [{"code": "script-left-out", "path": path} for path in book.scripts]
    Content.objects.update_or_create(
        publication_id=made.id,
        defaults={"file": kept, "media_type": EPUB, "added": now, "report": report},
    )
    Publication.objects.filter(pk=made.id).update(description=description, is_guide=is_guide, modified=now)
    queue_for_index([made.id])
    publication = Publication.objects.get(pk=made.id)
    after: dict[str, audit.Value] = {"file": kept.sha256, "scripts": len(book.scripts)}
    audit.record(by=by, act="catalog.add_epub", obj=publication, before=None, after=after, now=now)
    return made.id


@transaction.atomic
def remove_titles(*, by: Actor, ids: Sequence[int], now: datetime) -> int:
    """Remove publications that nothing uses (undo of an import); returns how many."""
    require(by, Act.IMPORT_TITLES, now=now)
    if not all(isinstance(each, int) for each in ids):
        raise NoSuchPublication()
    queue_for_index(ids)
    gone = 0
    for start in range(0, len(ids), AT_A_TIME):
        found = Publication.objects.filter(pk__in=ids[start : start + AT_A_TIME])
        gone += found.count()
        found.delete()
    return gone


def queue_for_index(ids: Sequence[int]) -> None:
    """Say that the index is behind for these; inside the caller's transaction."""
    if not ids:
        return
    state, _ = IndexState.objects.select_for_update().get_or_create(pk=1)
    IndexState.objects.filter(pk=1).update(changed=F("changed") + 1)
    number = state.changed + 1
    unique = sorted(set(ids))
    for start in range(0, len(unique), AT_A_TIME):
        IndexQueue.objects.bulk_create(
            [IndexQueue(publication_id=each, change=number) for each in unique[start : start + AT_A_TIME]],
            update_conflicts=True,
            unique_fields=["publication_id"],
            update_fields=["change"],
        )
    jobs.enqueue(INDEX_JOB, {}, unique="catalog-index")


def _upsert(records: Sequence[TitleRecord], example: bool, now: datetime) -> list[Upserted]:
    """One chunk in a handful of queries. A record that comes twice in the chunk ends it early."""
    seen: set[str] = set()
    for position, record in enumerate(records):
        if record.identifier in seen:
            return _upsert(records[:position], example, now) + _upsert(records[position:], example, now)
        seen.add(record.identifier)
    known = {p.identifier: p for p in Publication.objects.filter(identifier__in=seen)}
    people = _people_of([p.pk for p in known.values()])
    before = {i: _values(p, people.get(p.pk, [])) for i, p in known.items()}
    fresh = [_new(r, example, now) for r in records if r.identifier not in known]
    Publication.objects.bulk_create(fresh)
    rows = known | {p.identifier: p for p in fresh}
    changed = [r for r in records if r.identifier not in before or before[r.identifier] != _wanted(r)]
    updates = [_update(known[r.identifier], r, now) for r in changed if r.identifier in known]
    Publication.objects.bulk_update(updates, ["title", "year", "language", "kind", "modified"])
    _set_people({rows[r.identifier].pk: r.contributors for r in changed})
    altered = {r.identifier for r in changed}
    return [
        Upserted(
            rows[r.identifier].pk,
            ("updated" if r.identifier in before else "created") if r.identifier in altered else "unchanged",
            before.get(r.identifier),
            _wanted(r),
        )
        for r in records
    ]


def _new(record: TitleRecord, example: bool, now: datetime) -> Publication:
    return Publication(
        identifier=record.identifier,
        title=record.title,
        language=record.language,
        kind=record.kind,
        year=record.year,
        is_example=example,
        created=now,
        modified=now,
    )


def _update(row: Publication, record: TitleRecord, now: datetime) -> Publication:
    row.title, row.year = record.title, record.year
    row.language, row.kind, row.modified = record.language, record.kind, now
    return row


def _wanted(record: TitleRecord) -> dict[str, str | int | list[str] | None]:
    return {
        "title": record.title,
        "year": record.year,
        "language": record.language,
        "kind": record.kind,
        "contributors": list(record.contributors),
    }


def _values(row: Publication, people: list[str]) -> dict[str, str | int | list[str] | None]:
    return {
        "title": row.title,
        "year": row.year,
        "language": row.language,
        "kind": row.kind,
        "contributors": list(people),
    }


def values_now(ids: Sequence[int]) -> dict[str, dict[str, str | int | list[str] | None]]:
    """The importable values of publications as they stand, by row id as text."""
    found: dict[str, dict[str, str | int | list[str] | None]] = {}
    for start in range(0, len(ids), AT_A_TIME):
        part = ids[start : start + AT_A_TIME]
        people = _people_of(part)
        for row in Publication.objects.filter(pk__in=part):
            found[str(row.pk)] = _values(row, people.get(row.pk, []))
    return found


def _people_of(ids: Sequence[int]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    rows = Contribution.objects.filter(publication__in=ids).order_by("position")
    for publication_id, name in rows.values_list("publication_id", "contributor__name"):
        found.setdefault(publication_id, []).append(name)
    return found


def _set_people(wanted: dict[int, tuple[str, ...]]) -> None:
    names = sorted({name for people in wanted.values() for name in people})
    Contributor.objects.bulk_create([Contributor(name=n) for n in names], ignore_conflicts=True)
    ids: dict[str, int] = {}
    for start in range(0, len(names), AT_A_TIME):
        part = Contributor.objects.filter(name__in=names[start : start + AT_A_TIME])
        ids.update(part.values_list("name", "pk"))
    Contribution.objects.filter(publication__in=list(wanted)).delete()
    Contribution.objects.bulk_create(
        [
            Contribution(publication_id=publication, contributor_id=ids[name], position=position)
            for publication, people in wanted.items()
            for position, name in enumerate(people)
        ]
    )


def with_content(ids: Sequence[int]) -> list[int]:
    """Which of the publications have a file of their own."""
    return list(Content.objects.filter(publication__in=ids).values_list("publication_id", flat=True))


def as_before(identifier: str, values: Mapping[str, Value]) -> TitleRecord:
    """A record from the values that an import kept."""
    people, year = values.get("contributors"), values.get("year")
    return TitleRecord(
        identifier,
        str(values.get("title") or ""),
        tuple(people) if isinstance(people, list) else (),
        year if isinstance(year, int) else None,
        str(values.get("language") or ""),
        str(values.get("kind") or ""),
    )


def about_content(publication_id: int) -> tuple[str, tuple[str, ...]]:
    """Title and the parts with scripts of a publication that has a file."""
    found = Content.objects.select_related("publication").get(publication_id=publication_id)
    return found.publication.title, tuple(str(each["path"]) for each in found.report)
