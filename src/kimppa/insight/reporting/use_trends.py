"""Trends of services: closed months in a row, where their level changed, and where only the counting did."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from kimppa.commons.platforms import queries as platforms
from kimppa.commons.usage import settled
from kimppa.commons.usage.models import Batch
from kimppa.commons.usage.rules import Interest
from kimppa.commons.usage.settled import MeasureRow, UseRow
from kimppa.foundation.core.periods import add_months
from kimppa.insight.reporting.trends import flat, trend
from kimppa.insight.reporting.use_sums import percent

YEARS = 10
# Before that a summer could not be told from a change.
ENOUGH = 24


@dataclass(frozen=True, slots=True)
class Break:
    """From this month on something is counted otherwise: `release` 5.1, or another choice (empty)."""

    month: date
    release: str


@dataclass(frozen=True, slots=True)
class ChangePoint:
    """From this month on the level is another. `counting`: the counting changed then, so it says little."""

    month: date
    percent: Decimal
    counting: Break | None


@dataclass(frozen=True, slots=True)
class ServiceTrend:
    """One service. `months`: closed, in a row; `last_year`: the last 12 against the 12 before, per cent."""

    slug: str
    name: str
    counted_as: tuple[Interest, ...]
    months: tuple[tuple[date, int, int], ...]
    changes: tuple[ChangePoint, ...]
    breaks: tuple[Break, ...]
    seasonal: bool
    last_year: Decimal | None
    open_months: int


def trends(*, until: date, slug: str | None = None) -> tuple[ServiceTrend, ...]:
    """Every service (or one) over the ten years before `until`. Three queries."""
    last = until.replace(day=1)
    wanted = [slug] if slug is not None else None
    rows: dict[str, list[UseRow]] = defaultdict(list)
    for row in settled.by_month(add_months(last, -12 * YEARS), last, platforms=wanted):
        rows[row.platform].append(row)
    chosen: dict[str, list[MeasureRow]] = defaultdict(list)
    for measure in settled.measures(platform=slug):
        chosen[measure.platform].append(measure)
    names = {row.slug: row.name for row in platforms.every_platform()}
    released = releases(rows)
    order = {one: number for number, one in enumerate(names)}
    return tuple(
        _trend(one, names.get(one, one), rows[one], chosen[one], released.get(one, ()))
        for one in sorted(rows, key=lambda one: (order.get(one, -1), one))
    )


def releases(slugs: Iterable[str]) -> dict[str, tuple[Break, ...]]:
    """Service → the months from which its COUNTER deliveries have another release."""
    found: dict[str, list[Break]] = defaultdict(list)
    now: dict[str, str] = {}
    rows = Batch.objects.filter(platform__in=list(slugs), dropped__isnull=True).exclude(release="")
    for slug, release, month in rows.order_by("month", "release").values_list("platform", "release", "month"):
        if slug in now and release > now[slug]:
            found[slug].append(Break(month, release))
        now[slug] = max(release, now.get(slug, release))
    return {slug: tuple(held) for slug, held in found.items()}


def _trend(
    slug: str, name: str, rows: Sequence[UseRow], chosen: Sequence[MeasureRow], released: tuple[Break, ...]
) -> ServiceTrend:
    run = in_a_row(rows)
    values = [row.value for row in run]
    found = trend(values) if len(values) >= ENOUGH else flat(values)
    months = [row.month or date.min for row in run]
    first = months[0] if months else date.max
    breaks = [Break(m.valid_from, "") for m in chosen if m.valid_from > first] + [
        one for one in released if one.month > first
    ]
    before = sum(values[-24:-12])
    return ServiceTrend(
        slug=slug,
        name=name,
        counted_as=tuple(dict.fromkeys(m.counted_as for m in chosen)),
        months=tuple((m, v, level) for m, v, level in zip(months, values, found.levels, strict=True)),
        changes=tuple(
            ChangePoint(months[c.at], c.percent, _counting(months[c.at], breaks)) for c in found.changes
        ),
        breaks=tuple(sorted(breaks, key=lambda one: one.month)),
        seasonal=found.seasonal,
        last_year=percent(sum(values[-12:]) - before, before) if len(values) >= 24 else None,
        open_months=sum(row.open_months for row in rows),
    )


def in_a_row(rows: Sequence[UseRow]) -> list[UseRow]:
    """The last stretch of closed months without a gap; months still open after it are left out."""
    run: list[UseRow] = []
    for row in sorted(rows, key=lambda one: one.month or date.min, reverse=True):
        if row.open_months:
            if run:
                break
            continue
        if run and row.month != add_months(run[-1].month or date.min, -1):
            break
        run.append(row)
    return run[::-1]


def _counting(month: date, breaks: Iterable[Break]) -> Break | None:
    """What changed in the counting in this month or the one before it."""
    near = {month, add_months(month, -1)}
    return next((one for one in breaks if one.month in near), None)
