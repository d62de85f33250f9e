"""Verbs of what counts as the use of a service, dated; each choice reckons the months anew."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta

from django.db import transaction

from kimppa.commons.members.permissions import require
from kimppa.commons.members.roles import Act
from kimppa.commons.platforms.queries import platform as known_platform
from kimppa.commons.usage import settling
from kimppa.commons.usage.models import Batch, Figure, Measure, Settled
from kimppa.commons.usage.rules import Interest, Source, Split, UnitKind, months_of
from kimppa.foundation.accounts import audit
from kimppa.foundation.accounts.actors import Actor
from kimppa.foundation.core.errors import Invalid, Missing, Refused
from kimppa.foundation.core.text import noop


class BadMeasureDay(Invalid):
    code = "bad-measure-day"
    sentence = noop("What counts as use is chosen from the first day of a month on, not from %(day)s.")


class MeasureBefore(Refused):
    code = "measure-before"
    sentence = noop(
        "There is a choice from %(day)s on already. Choose a later day, or take that one back first."
    )


class NoMetric(Invalid):
    code = "no-metric"
    sentence = noop("Name the metric that counts as use.")


class NoSuchMeasure(Missing):
    code = "no-such-measure"
    sentence = noop("There is no such choice of what counts as use.")


@dataclass(frozen=True, slots=True)
class Choice:
    """One source, report and metric; `unit_kind` is how finely the source knows who used."""

    source: Source
    metric: str
    unit_kind: UnitKind
    counted_as: Interest
    split: Split
    report: str = ""


@transaction.atomic
def choose(*, by: Actor, platform: str, choice: Choice, valid_from: date, now: datetime) -> int:
    """From a month on, this counts as the use of a service; the choice before ends the day before.

    A choice from the same day is replaced. Returns its id. Raises NoSuchPlatform, BadMeasureDay, NoMetric,
    MeasureBefore.
    """
    require(by, Act.EDIT_USAGE, now=now)
    if platform != Source.OWN_LENDING:
        known_platform(platform)
    if valid_from.day != 1:
        raise BadMeasureDay(day=valid_from.isoformat())
    if not choice.metric.strip():
        raise NoMetric
    later = Measure.objects.filter(platform=platform, valid_from__gt=valid_from).first()
    if later is not None:
        raise MeasureBefore(day=later.valid_from.isoformat())
    same = Measure.objects.filter(platform=platform, valid_from=valid_from)
    before = same.first()
    was = _told(before) if before else None
    same.delete()
    Measure.objects.filter(platform=platform, valid_to__isnull=True).update(
        valid_to=valid_from - timedelta(days=1)
    )
    row = Measure.objects.create(
        platform=platform,
        valid_from=valid_from,
        source=choice.source.value,
        report=choice.report.strip(),
        metric=choice.metric.strip(),
        unit_kind=choice.unit_kind.value,
        counted_as=choice.counted_as.value,
        split=choice.split.value,
    )
    told = {key: str(value) for key, value in asdict(choice).items()} | {"from": valid_from.isoformat()}
    audit.record(by=by, act="usage.choose", obj=row, before=was, after=told, now=now)
    _settle(platform, valid_from, now)
    return row.pk


@transaction.atomic
def take_back(*, by: Actor, measure_id: int, now: datetime) -> None:
    """Remove the latest choice of a service; the one before holds on. Raises NoSuchMeasure, MeasureBefore."""
    require(by, Act.EDIT_USAGE, now=now)
    row = Measure.objects.filter(pk=measure_id).first()
    if row is None:
        raise NoSuchMeasure
    later = Measure.objects.filter(platform=row.platform, valid_from__gt=row.valid_from).first()
    if later is not None:
        raise MeasureBefore(day=later.valid_from.isoformat())
    ends = row.valid_from - timedelta(days=1)
    was, first, slug = _told(row), row.valid_from, row.platform
    audit.record(by=by, act="usage.take_back", obj=row, before=was, after=None, now=now)
    row.delete()
    Measure.objects.filter(platform=slug, valid_to=ends).update(valid_to=None)
    _settle(slug, first, now)


def _told(row: Measure) -> dict[str, str]:
    return {
        "source": row.source,
        "report": row.report,
        "metric": row.metric,
        "unit_kind": row.unit_kind,
        "counted_as": row.counted_as,
        "split": row.split,
        "from": row.valid_from.isoformat(),
    }


def _settle(platform: str, first: date, now: datetime) -> None:
    """Every month from `first` on of which a delivery tells, or that had any use until now."""
    told = Figure.objects.filter(platform=platform, month__gte=first).values_list("month", flat=True)
    was = Settled.objects.filter(platform=platform, month__gte=first).values_list("month", flat=True)
    covered: set[date] = set()
    for begins, ends in Batch.objects.filter(platform=platform, dropped__isnull=True).values_list(
        "month", "last_month"
    ):
        covered.update(months_of(begins, ends or begins))
    later = {month for month in covered if month >= first}
    settling.settle(platform, {*told.distinct(), *was.distinct(), *later}, now=now)
