"""What may be lent: collections, licences, and titles brought in from a file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from kimppa.commons.members.permissions import require
from kimppa.commons.members.roles import Act
from kimppa.elibrary.catalog import services as catalog
from kimppa.elibrary.catalog.csv_titles import Parsed, parse
from kimppa.elibrary.catalog.rules import Problem
from kimppa.elibrary.catalog.services import Upserted
from kimppa.elibrary.holdings.models import Collection, Holding, License
from kimppa.foundation.accounts import audit
from kimppa.foundation.accounts.actors import Actor
from kimppa.foundation.imports import services as imports
from kimppa.foundation.imports.models import ImportBatch
from kimppa.foundation.imports.rules import Draft, Outcome

KIND = "titles"
OBJECT = "catalog.Publication"
AT_A_TIME = 500
ACTIONS = {"created": "create", "updated": "update", "unchanged": "unchanged"}


@dataclass(frozen=True, slots=True)
class TitleReport:
    """What an import read and did, record by record where there is something to say."""

    batch_id: int
    read: int
    created: int
    updated: int
    unchanged: int
    skipped: int
    problems: tuple[Problem, ...]


@transaction.atomic
def import_titles(
    *, by: Actor, raw: bytes, source_name: str, collection: str, example: bool = False, now: datetime
) -> TitleReport:
    """Bring titles in from CSV and put them into a collection; one bad record does not stop the rest.

    Raises NotACsv, ColumnsMissing; then nothing is kept.
    """
    require(by, Act.IMPORT_TITLES, now=now)
    parsed = list(parse(raw))
    batch = imports.open_import(kind=KIND, source_name=source_name, raw=raw, by=by, now=now)
    good = [p.record for p in parsed if p.record is not None]
    done = catalog.upsert_titles(by=by, records=good, example=example, now=now)
    target, _ = Collection.objects.get_or_create(name=collection)
    _hold(target, [each.id for each in done])
    imports.stage(batch, _drafts(parsed, done))
    imports.mark_applied(batch, _outcomes(parsed, done), now)
    counts = {name: sum(each.action == name for each in done) for name in ACTIONS}
    audit.record(
        by=by,
        act="holdings.import_titles",
        obj=batch,
        before=None,
        after={"collection": collection, "read": len(parsed), **counts},
        now=now,
    )
    problems = tuple(problem for p in parsed for problem in p.problems)
    skipped = len(parsed) - len(good)
    return TitleReport(
        batch.pk, len(parsed), counts["created"], counts["updated"], counts["unchanged"], skipped, problems
    )


@transaction.atomic
def undo_titles(*, by: Actor, batch_id: int, now: datetime) -> int:
    """Take an import of titles back: what it created goes, what it changed is as before.

    Raises UndoRefused with a list where a title was changed or got a licence or a file since.
    """
    require(by, Act.IMPORT_TITLES, now=now)
    batch = ImportBatch.objects.get(pk=batch_id, kind=KIND)
    touched = batch.records.filter(action__in=["create", "update"])
    ids = [int(key) for key in touched.values_list("object_key", flat=True)]
    records = imports.begin_undo(batch, current=catalog.values_now(ids), used=_used(ids), now=now)
    created = [int(r.object_key) for r in records if r.action == "create"]
    catalog.remove_titles(by=by, ids=created, now=now)
    back = [catalog.as_before(r.key, r.before) for r in records if r.action == "update" and r.before]
    catalog.upsert_titles(by=by, records=back, example=False, now=now)
    audit.record(
        by=by,
        act="holdings.undo_titles",
        obj=batch,
        before=None,
        after={"removed": len(created), "restored": len(back)},
        now=now,
    )
    return len(records)


@transaction.atomic
def define_collection(*, by: Actor, name: str, is_open: bool, now: datetime) -> None:
    """A collection by its name, open to everybody or not."""
    require(by, Act.IMPORT_TITLES, now=now)
    row, created = Collection.objects.update_or_create(name=name, defaults={"is_open": is_open})
    if created:
        after: dict[str, audit.Value] = {"name": name, "open": is_open}
        audit.record(by=by, act="holdings.define_collection", obj=row, before=None, after=after, now=now)


@transaction.atomic
def add_license(
    *,
    by: Actor,
    publication_id: int,
    collection: str,
    identifier: str,
    concurrency: int | None,
    loan_days: int = 21,
    valid_until: datetime | None = None,
    now: datetime,
) -> None:
    """A licence of our own for a publication (`concurrency` None: any number at once); known ones stay."""
    require(by, Act.IMPORT_TITLES, now=now)
    target, _ = Collection.objects.get_or_create(name=collection)
    _hold(target, [publication_id])
    row, created = License.objects.get_or_create(
        identifier=identifier,
        defaults={
            "publication_id": publication_id,
            "concurrency": concurrency,
            "loan_days": loan_days,
            "valid_from": now,
            "valid_until": valid_until,
        },
    )
    if created:
        after: dict[str, audit.Value] = {"publication": publication_id, "concurrency": concurrency}
        audit.record(by=by, act="holdings.add_license", obj=row, before=None, after=after, now=now)


def _hold(collection: Collection, ids: Sequence[int]) -> None:
    unique = sorted(set(ids))
    for start in range(0, len(unique), AT_A_TIME):
        Holding.objects.bulk_create(
            [Holding(collection=collection, publication_id=x) for x in unique[start : start + AT_A_TIME]],
            ignore_conflicts=True,
        )


def _drafts(parsed: Sequence[Parsed], done: Sequence[Upserted]) -> Iterator[Draft]:
    results = iter(done)
    for each in parsed:
        said = each.problems[0] if each.problems else None
        result = next(results) if each.record is not None else None
        yield Draft(
            each.number,
            each.record.identifier if each.record is not None else "",
            ACTIONS[result.action] if result else "skip",
            severity=said.severity if said else "",
            code=said.code if said else "",
            params=dict(said.params) if said else {},
            before=result.before if result else None,
            after=result.after if result else None,
        )


def _outcomes(parsed: Sequence[Parsed], done: Sequence[Upserted]) -> Iterator[Outcome]:
    numbers = (each.number for each in parsed if each.record is not None)
    for number, result in zip(numbers, done, strict=True):
        yield Outcome(number, OBJECT, str(result.id))


def _used(ids: Sequence[int]) -> dict[str, str]:
    licensed = License.objects.filter(publication__in=ids).values_list("publication_id", flat=True)
    return {str(each): "has-license" for each in licensed} | {
        str(each): "has-content" for each in catalog.with_content(ids)
    }


@dataclass(frozen=True, slots=True)
class AddedBook:
    """A book of our own: its row, its title, and the parts of it that hold scripts (never served)."""

    id: int
    title: str
    scripts: tuple[str, ...]


@transaction.atomic
def add_book(
    *,
    by: Actor,
    raw: bytes,
    file_name: str,
    identifier: str,
    collection: str,
    concurrency: int | None,
    loan_days: int,
    description: str,
    now: datetime,
) -> AddedBook:
    """Take an EPUB in and give it a licence of our own, in one. Raises BadEpub, ZipBomb, PathOutside."""
    require(by, Act.IMPORT_TITLES, now=now)
    book = catalog.add_epub(
        by=by, identifier=identifier, raw=raw, file_name=file_name, description=description, now=now
    )
    add_license(
        by=by,
        publication_id=book,
        collection=collection,
        identifier=f"{identifier}#own",
        concurrency=concurrency,
        loan_days=loan_days,
        now=now,
    )
    title, scripts = catalog.about_content(book)
    return AddedBook(book, title, scripts)
