"""Previews and reports of imports."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count

from kimppa.foundation.core.errors import Missing
from kimppa.foundation.core.text import noop
from kimppa.foundation.imports.models import ImportBatch, ImportRecord
from kimppa.foundation.imports.rules import Applied, Param


class NoSuchImport(Missing):
    code = "no-such-import"
    sentence = noop("There is no import number %(number)s.")


@dataclass(frozen=True, slots=True)
class Preview:
    """How many records, by what they would do or did."""

    batch: int
    state: str
    read: int
    created: int
    updated: int
    unchanged: int
    skipped: int
    warnings: int
    errors: int


@dataclass(frozen=True, slots=True)
class BatchRow:
    id: int
    kind: str
    source_name: str
    state: str
    actor: str
    created: datetime
    applied: datetime | None
    undone: datetime | None


@dataclass(frozen=True, slots=True)
class RecordRow:
    """One line of a report; code and params are translated by the door."""

    number: int
    key: str
    action: str
    severity: str
    code: str
    params: dict[str, Param]


def preview(batch: ImportBatch) -> Preview:
    """The sums of a batch."""
    actions: dict[str, int] = {}
    severities: dict[str, int] = {}
    rows = ImportRecord.objects.filter(batch=batch).values_list("action", "severity").annotate(n=Count("pk"))
    for action, severity, count in rows:
        actions[action] = actions.get(action, 0) + count
        severities[severity] = severities.get(severity, 0) + count
    return Preview(
        batch=batch.pk,
        state=batch.state,
        read=sum(actions.values()),
        created=actions.get("create", 0),
        updated=actions.get("update", 0),
        unchanged=actions.get("unchanged", 0),
        skipped=actions.get("skip", 0),
        warnings=severities.get("warning", 0),
        errors=severities.get("error", 0),
    )


def report(
    batch: ImportBatch, *, problems_only: bool = False, after: int = 0, limit: int = 1000
) -> tuple[RecordRow, ...]:
    """Records in the order of the source, those after number `after`."""
    rows = ImportRecord.objects.filter(batch=batch, number__gt=after).order_by("number", "pk")
    if problems_only:
        rows = rows.exclude(severity="")
    return tuple(
        RecordRow(row.number, row.key, row.action, row.severity, row.code, dict(row.params))
        for row in rows[:limit]
    )


def applied_records(batch: ImportBatch) -> tuple[Applied, ...]:
    """What the batch created or changed, last first: the order in which to undo it."""
    rows = ImportRecord.objects.filter(batch=batch, action__in=["create", "update"]).order_by(
        "-number", "-pk"
    )
    return tuple(
        Applied(*values)
        for values in rows.values_list(
            "number", "key", "action", "before", "after", "object_kind", "object_key"
        )
    )


def get(number: int) -> ImportBatch:
    """The batch. Raises NoSuchImport."""
    found = ImportBatch.objects.filter(pk=number).first()
    if found is None:
        raise NoSuchImport(number=number)
    return found


def latest(*, kind: str | None = None, limit: int = 50) -> tuple[BatchRow, ...]:
    """The newest imports first."""
    rows = ImportBatch.objects.order_by("-pk")
    if kind is not None:
        rows = rows.filter(kind=kind)
    return tuple(
        BatchRow(b.pk, b.kind, b.source_name, b.state, b.actor, b.created, b.applied, b.undone)
        for b in rows[:limit]
    )
