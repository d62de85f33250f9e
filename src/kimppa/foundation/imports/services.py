"""The states of an import: open → staged → applied → undone, or refused.

The app that owns an import's meaning reads, drives these states and changes its own rows, all in one
transaction of its own verb; nothing here calls any app.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from datetime import datetime
from itertools import islice

from django.db import connection, transaction

from kimppa.foundation.accounts.actors import Actor
from kimppa.foundation.accounts.models import User
from kimppa.foundation.core.errors import Refused
from kimppa.foundation.core.text import clean_line, noop, shorten
from kimppa.foundation.files import services as files
from kimppa.foundation.files.models import Retention
from kimppa.foundation.imports import queries, rules
from kimppa.foundation.imports.models import BatchState, ImportBatch, ImportRecord
from kimppa.foundation.imports.queries import Preview
from kimppa.foundation.imports.rules import Applied, Blocker, Draft, Outcome, Values

AT_A_TIME = 2000


class WrongImportState(Refused):
    code = "wrong-import-state"
    sentence = noop("This cannot be done to the import any more (or not yet): its state is %(state)s.")


class UndoRefused(Refused):
    """`blockers` is the list of the records that are in the way."""

    code = "undo-refused"
    sentence = noop(
        "The import cannot be undone: %(count)s of its rows were changed or used since, first %(first)s."
    )

    def __init__(self, blockers: tuple[Blocker, ...]) -> None:
        self.blockers = blockers
        super().__init__(count=len(blockers), first=blockers[0].key)


@transaction.atomic
def open_import(
    *,
    kind: str,
    source_name: str,
    raw: bytes,
    by: Actor,
    now: datetime,
    media_type: str = "text/csv",
) -> ImportBatch:
    """Begin an import and keep the source as it came. Raises as files.services.store does."""
    name = shorten(clean_line(source_name), 200)
    kept = files.store(name=name, content=raw, media_type=media_type, retention=Retention.IMPORT, now=now)
    return ImportBatch.objects.create(
        kind=kind,
        source_name=name,
        sha256=hashlib.sha256(raw).hexdigest(),
        raw=kept,
        user=by if isinstance(by, User) else None,
        actor=by.name,
        created=now,
    )


@transaction.atomic
def stage(batch: ImportBatch, records: Iterable[Draft]) -> Preview:
    """Keep what the records would do; may be called several times while more is read."""
    _take(batch, BatchState.OPEN, BatchState.STAGED)
    remaining = iter(records)
    while chunk := list(islice(remaining, AT_A_TIME)):
        ImportRecord.objects.bulk_create([_row(batch, draft) for draft in chunk])
    _move(batch, BatchState.STAGED)
    return queries.preview(batch)


def _row(batch: ImportBatch, draft: Draft) -> ImportRecord:
    return ImportRecord(
        batch=batch,
        number=draft.number,
        key=shorten(draft.key, 300),
        action=draft.action,
        severity=draft.severity,
        code=draft.code,
        params=dict(draft.params),
        before=None if draft.before is None else dict(draft.before),
        after=None if draft.after is None else dict(draft.after),
        object_kind=draft.object_kind,
        object_key=draft.object_key,
    )


@transaction.atomic
def mark_applied(batch: ImportBatch, outcomes: Iterable[Outcome], now: datetime) -> Preview:
    """Say that the staged records took effect, and on which rows. In the transaction that did it."""
    _take(batch, BatchState.STAGED)
    # By primary key: right after a large staging PostgreSQL has no statistics yet by which it would see
    # that a batch's number names one row, and would read the whole batch for each.
    rows = dict(ImportRecord.objects.filter(batch=batch).values_list("number", "pk"))
    remaining = iter(outcomes)
    with connection.cursor() as cursor:
        while chunk := list(islice(remaining, AT_A_TIME)):
            cursor.executemany(
                "UPDATE imports_importrecord SET object_kind = %s, object_key = %s WHERE id = %s",
                [(one.object_kind, one.object_key, rows[one.number]) for one in chunk],
            )
    batch.applied = now
    _move(batch, BatchState.APPLIED)
    return queries.preview(batch)


@transaction.atomic
def refuse(batch: ImportBatch) -> None:
    """Give the import up before it took effect; its report stays."""
    _take(batch, BatchState.OPEN, BatchState.STAGED)
    _move(batch, BatchState.REFUSED)


@transaction.atomic
def begin_undo(
    batch: ImportBatch, *, current: Mapping[str, Values], used: Mapping[str, str], now: datetime
) -> tuple[Applied, ...]:
    """What to take back, last first, in the transaction that takes it back; the batch is then undone.

    current: the values of the rows now, by object key; used: code of a use by object key. Raises
    UndoRefused with the list of what is in the way, WrongImportState.
    """
    _take(batch, BatchState.APPLIED)
    records = queries.applied_records(batch)
    in_the_way = rules.blockers(records, current=current, used=used)
    if in_the_way:
        raise UndoRefused(in_the_way)
    ImportRecord.objects.filter(batch=batch, action__in=["create", "update"]).update(undone=True)
    batch.undone = now
    _move(batch, BatchState.UNDONE)
    return records


def _take(batch: ImportBatch, *states: BatchState) -> None:
    """Lock the batch and see that it is in one of the states."""
    locked = ImportBatch.objects.select_for_update().get(pk=batch.pk)
    if locked.state not in states:
        raise WrongImportState(state=locked.state)


def _move(batch: ImportBatch, state: BatchState) -> None:
    batch.state = state
    batch.save(update_fields=["state", "applied", "undone"])
