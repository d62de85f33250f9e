"""Deliveries of usage: the list, one with its figures and rows, what a new one would replace, dropping."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from django.db import connection, transaction
from django.db.models import Count, F, IntegerField, Q, QuerySet, Sum
from django.db.models.expressions import Func

from kimppa.commons.members.permissions import require
from kimppa.commons.members.roles import Act
from kimppa.commons.usage import landing, settling
from kimppa.commons.usage.landing import Told, told_of
from kimppa.commons.usage.models import Batch, Figure, Row
from kimppa.commons.usage.rules import Source, months_of
from kimppa.commons.usage.sheet_models import Brought
from kimppa.foundation.accounts import audit
from kimppa.foundation.accounts.actors import Actor
from kimppa.foundation.core.errors import Invalid, Missing, Refused
from kimppa.foundation.core.text import noop
from kimppa.foundation.files.models import StoredFile

LIVE = (Source.HUB, Source.OWN_LENDING)
ROWS_A_PAGE = 60


class NoSuchDelivery(Missing):
    code = "usage-no-such-delivery"
    sentence = noop("There is no such delivery.")


class DroppedAlready(Refused):
    code = "usage-dropped-already"
    sentence = noop("The delivery has been dropped already. Nothing was changed.")


class NotDropped(Refused):
    code = "usage-not-dropped"
    sentence = noop("What is counted here at once cannot be dropped.")


class NoReason(Invalid):
    code = "usage-no-reason"
    sentence = noop("Say why the delivery is dropped; those who come after will ask.")


@dataclass(frozen=True, slots=True)
class DeliveryRow:
    """A delivery in the list; `problems`: how many things there are to say of it."""

    id: int
    platform: str
    source: Source
    report: str
    release: str
    unit_kind: str
    unit_code: str
    month: date
    last_month: date
    opened: datetime
    incomplete: bool
    dropped: datetime | None
    dropped_why: str
    brought_by: str
    problems: int


@dataclass(frozen=True, slots=True)
class DeliveryFile:
    """The raw file of a delivery."""

    id: int
    name: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class MetricRow:
    """A metric's counts of a delivery, all units together: by month (None: no figure)."""

    metric: str
    months: tuple[int | None, ...]
    total: int


@dataclass(frozen=True, slots=True)
class UnitRow:
    unit_kind: str
    unit_code: str
    metric: str
    value: int


@dataclass(frozen=True, slots=True)
class RowRow:
    """A row as it came."""

    number: int
    subject: str
    identifiers: str
    unit_kind: str
    unit_code: str
    metric: str
    kind: str
    language: str
    audience: str
    attributes: str
    told: str
    total: int

    @property
    def counts(self) -> tuple[int | None, ...]:
        """By the delivery's months; None where the row says nothing."""
        return tuple(int(one) if one else None for one in self.told.split(","))


@dataclass(frozen=True, slots=True)
class WaitingRow:
    """A file that has been brought and has not become a delivery."""

    id: int
    platform: str
    unit_kind: str
    unit_code: str
    brought: datetime
    brought_by: str
    state: str
    form: str
    file_id: int
    file_name: str


@dataclass(frozen=True, slots=True)
class Replaced:
    """An older delivery that would give way: dropped whole, or left with the rest of its months."""

    id: int
    month: date
    last_month: date
    whole: bool


def listing(*, platform: str = "", year: int | None = None, limit: int = 2000) -> tuple[DeliveryRow, ...]:
    """Deliveries, the newest first; also those that were dropped."""
    rows = _delivered()
    if platform:
        rows = rows.filter(platform=platform)
    if year:
        rows = rows.filter(landing.overlapping(date(year, 1, 1), date(year, 12, 1)))
    return tuple(_rows(rows.order_by("-opened", "-pk")[:limit]))


def years() -> tuple[int, ...]:
    """Years in which some delivery begins, the newest first."""
    return tuple(day.year for day in _delivered().dates("month", "year", order="DESC"))


def waiting(*, limit: int = 200) -> tuple[WaitingRow, ...]:
    """Files that wait for a person or could not be used, the newest first."""
    rows = Brought.objects.exclude(state="landed").order_by("-brought", "-pk")
    fields = ("pk", "platform", "unit_kind", "unit_code", "brought", "brought_by", "state", "form")
    return tuple(WaitingRow(*row) for row in rows.values_list(*fields, "file_id", "file__name")[:limit])


def delivery(batch_id: int) -> DeliveryRow:
    """One delivery. Raises NoSuchDelivery."""
    found = list(_rows(_delivered().filter(pk=batch_id)))
    if not found:
        raise NoSuchDelivery
    return found[0]


def problems(batch_id: int) -> tuple[Told, ...]:
    """What was found as it landed."""
    kept = _delivered().filter(pk=batch_id).values_list("problems", flat=True).first()
    return tuple(told_of(one) for one in kept or ())


def file_of(batch_id: int) -> DeliveryFile | None:
    """The raw file of a delivery, if it came as one."""
    batch = _delivered().filter(pk=batch_id).select_related("file").first()
    return (
        DeliveryFile(batch.file.pk, batch.file.name, batch.file.size, batch.file.sha256)
        if (batch and batch.file)
        else None
    )


def stored_file(batch_id: int) -> StoredFile:
    """The same, for handing it out. Raises NoSuchDelivery."""
    batch = _delivered().filter(pk=batch_id).select_related("file").first()
    if batch is None or batch.file is None:
        raise NoSuchDelivery
    return batch.file


def by_metric(row: DeliveryRow) -> tuple[MetricRow, ...]:
    """A delivery's figures: metric by month, all units and kinds together."""
    months = months_of(row.month, row.last_month)
    found: dict[str, dict[date, int]] = {}
    sums = Figure.objects.filter(batch_id=row.id).values_list("metric", "month").annotate(Sum("value"))
    for metric, month, value in sums.order_by("metric", "month"):
        found.setdefault(metric, {})[month] = value
    return tuple(
        MetricRow(metric, tuple(told.get(month) for month in months), sum(told.values()))
        for metric, told in found.items()
    )


def by_unit(batch_id: int) -> tuple[UnitRow, ...]:
    """A delivery's figures: unit × metric, all months together."""
    rows = Figure.objects.filter(batch_id=batch_id).values_list("unit_kind", "unit_code", "metric")
    sums = rows.annotate(Sum("value")).order_by("unit_kind", "unit_code", "metric")
    return tuple(UnitRow(*row) for row in sums)


def row_page(
    row: DeliveryRow, *, metric: str = "", unit: str = "", words: str = "", page: int = 1
) -> tuple[tuple[RowRow, ...], int]:
    """Sixty rows as they came, and how many there are. unit: `kind:code`; words: in the subject."""
    found = Row.objects.filter(batch_id=row.id)
    if metric:
        found = found.filter(metric=metric)
    if unit:
        kind, _, code = unit.partition(":")
        found = found.filter(unit_kind=kind, unit_code=code)
    if words:
        found = found.filter(Q(subject__icontains=words) | Q(identifiers__icontains=words))
    count = found.aggregate(all=Count("pk"))["all"]
    begin = (max(page, 1) - 1) * ROWS_A_PAGE
    fields = (
        *("number", "subject", "identifiers", "unit_kind", "unit_code", "metric", "kind", "language"),
        *("audience", "attributes", "counts", "total"),
    )
    rows = found.order_by("number", "pk").values_list(*fields)[begin : begin + ROWS_A_PAGE]
    return tuple(RowRow(*row) for row in rows), count


def would_replace(
    *, source: Source, platform: str, unit_kind: str, unit_code: str, report: str, first: date, last: date
) -> tuple[Replaced, ...]:
    """What landing such a delivery would drop or cut."""
    like = Batch(source=source, platform=platform, unit_kind=unit_kind, unit_code=unit_code, report=report)
    older = Batch.objects.filter(landing.same_kind(like), landing.overlapping(first, last)).order_by("month")
    return tuple(
        Replaced(
            one.pk,
            one.month,
            one.last_month or one.month,
            first <= one.month and (one.last_month or one.month) <= last,
        )
        for one in older
    )


def brought(brought_id: int) -> Brought:
    """A brought file, for its pages. Raises NoSuchFile."""
    from kimppa.commons.usage.bringing import NoSuchFile

    found = Brought.objects.select_related("file").filter(pk=brought_id).first()
    if found is None:
        raise NoSuchFile
    return found


@transaction.atomic
def drop(*, by: Actor, batch_id: int, why: str, now: datetime) -> None:
    """Take a delivery out of use: its rows and figures go, its record and file stay; months reckoned anew.

    Raises NoSuchDelivery, DroppedAlready, NotDropped, NoReason.
    """
    require(by, Act.EDIT_USAGE, now=now)
    batch = Batch.objects.select_for_update(of=("self",)).filter(pk=batch_id).first()
    if batch is None:
        raise NoSuchDelivery
    if batch.source in LIVE:
        raise NotDropped
    if batch.dropped is not None:
        raise DroppedAlready
    if not why.strip():
        raise NoReason
    landing.empty(batch, why=why, now=now)
    settling.settle(batch.platform, landing.of_batch(batch), now=now)
    after = {"why": batch.dropped_why}
    audit.record(by=by, act="usage.drop", obj=batch, before=None, after=after, now=now)


def _delivered() -> QuerySet[Batch]:
    return Batch.objects.exclude(source__in=LIVE)


def _rows(found: QuerySet[Batch]) -> Iterator[DeliveryRow]:
    fields = (
        *("pk", "platform", "source", "report", "release", "unit_kind", "unit_code", "month", "last_month"),
        *("opened", "incomplete", "dropped", "dropped_why", "brought_by"),
    )
    length = "JSONB_ARRAY_LENGTH" if connection.vendor == "postgresql" else "JSON_ARRAY_LENGTH"
    said = Func(F("problems"), function=length, output_field=IntegerField())
    rows = found.annotate(said=said).values_list(*fields, "said")
    for pk, platform, source, report, release, kind, code, month, last, *rest in rows:
        yield DeliveryRow(
            pk, platform, Source(source), report, release, kind, code, month, last or month, *rest
        )
