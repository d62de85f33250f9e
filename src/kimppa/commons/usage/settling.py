"""From figures as they came to the use that counts: by month and municipality, recomputed as they land.

The choice (Measure) names one source, report and metric; nothing else is added to it. What its source knows
of a municipality is measured; the rest is dealt by the chosen split and marked as an estimate. Figures of a
municipality, kimppa or library that is no member on the month's first day are left out (the delivery's page
still tells them). Rules with worked examples: docs/algorithms/use.md.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.db.models import Q, Sum

from kimppa.commons.members import queries as members
from kimppa.commons.platforms import queries as platforms
from kimppa.commons.usage.models import Batch, Figure, Measure, Settled
from kimppa.commons.usage.rules import (
    COUNTER_FAMILY,
    NOT_KNOWN,
    Member,
    Part,
    Source,
    Split,
    UnitKind,
    settled_parts,
)
from kimppa.foundation.core import clock


@dataclass(frozen=True, slots=True)
class _Chosen:
    """The figures that one choice takes in one month."""

    measure: Measure
    month: date

    @property
    def sources(self) -> tuple[str, ...]:
        source = Source(self.measure.source)
        return COUNTER_FAMILY if source in COUNTER_FAMILY else (source,)

    def figures(self) -> Q:
        return Q(
            platform=self.measure.platform,
            month=self.month,
            metric=self.measure.metric,
            unit_kind=self.measure.unit_kind,
            batch__source__in=self.sources,
            batch__report=self.measure.report,
        )


@transaction.atomic
def settle(platform: str, months: Iterable[date], *, now: datetime) -> None:
    """Reckon the use of a service anew for the months (first days); what was there is replaced.

    Joins the caller's transaction, so that a delivery and what it changes are seen together.
    """
    wanted = sorted(set(months))
    if not wanted:
        return
    chosen = list(Measure.objects.filter(platform=platform))
    places: dict[date, dict[str, Member]] = {}
    rows: list[Settled] = []
    for month in wanted:
        measure = next((m for m in chosen if m.valid_from <= month and _lasts(m, month)), None)
        if measure is not None:
            rows += _month(_Chosen(measure, month), places, now)
    Settled.objects.filter(platform=platform, month__in=wanted).delete()
    Settled.objects.bulk_create(rows, batch_size=500)


def settle_live(*, now: datetime) -> None:
    """Reckon anew what still changes: open months, and this and the last one, of every chosen service."""
    this = clock.day_of(now).replace(day=1)
    last = (
        (this.replace(year=this.year - 1, month=12))
        if this.month == 1
        else this.replace(month=this.month - 1)
    )
    slugs = set(Measure.objects.values_list("platform", flat=True))
    still: dict[str, set[date]] = defaultdict(set)
    for platform, month in Settled.objects.filter(open=True).values_list("platform", "month").distinct():
        still[platform].add(month)
    for slug in sorted(slugs):
        settle(slug, {this, last} | still[slug], now=now)


def _lasts(measure: Measure, month: date) -> bool:
    return measure.valid_to is None or measure.valid_to >= month


def _month(chosen: _Chosen, places: dict[date, dict[str, Member]], now: datetime) -> list[Settled]:
    told = dict(
        Figure.objects.filter(chosen.figures()).values_list("unit_code").annotate(Sum("value")).order_by()
    )
    if not told and not _silent_zero(chosen):
        return []
    measure, month = chosen.measure, chosen.month
    parts = settled_parts(told, _groups(chosen), _weights(chosen, told, places))
    is_open = _open(chosen, now)
    rows = [_row(measure, month, code, found, is_open) for code, found in sorted(parts.items())]
    whole = Settled(
        platform=measure.platform,
        month=month,
        unit_kind=UnitKind.CONSORTIUM,
        unit_code="",
        value=sum(row.value for row in rows),
        estimated=0,
        open=is_open,
    )
    return [*rows, whole]


def _row(measure: Measure, month: date, code: str, found: tuple[Part, ...], is_open: bool) -> Settled:
    guessed = [part for part in found if part.weights]
    only = guessed[0] if len(found) == len(guessed) == 1 else None
    return Settled(
        platform=measure.platform,
        month=month,
        unit_kind=UnitKind.MUNICIPALITY,
        unit_code=code,
        value=sum(part.value for part in found),
        estimated=sum(part.value for part in guessed),
        open=is_open,
        split=measure.split if guessed else "",
        whole=only.whole if only else None,
        weight=only.weight if only else None,
        weights=only.weights if only else None,
    )


def _batches(chosen: _Chosen) -> Q:
    measure, month = chosen.measure, chosen.month
    covers = Q(month__lte=month) & (Q(last_month__gte=month) | Q(last_month__isnull=True, month=month))
    return covers & Q(
        source__in=chosen.sources, report=measure.report, platform=measure.platform, dropped__isnull=True
    )


def _silent_zero(chosen: _Chosen) -> bool:
    """A delivery that covers the month and tells nothing of it: the use was zero, which is known."""
    return Batch.objects.filter(_batches(chosen)).exists()


def _open(chosen: _Chosen, now: datetime) -> bool:
    if Source(chosen.measure.source) in {Source.HUB, Source.OWN_LENDING}:
        return clock.day_of(now).replace(day=1) <= chosen.month
    return Batch.objects.filter(_batches(chosen), incomplete=True).exists()


def _groups(chosen: _Chosen) -> dict[str, tuple[str, ...]]:
    """Unit code → the members that it may have been: one is measured, several are an estimate."""
    here = _who(chosen)
    kind = UnitKind(chosen.measure.unit_kind)
    found: Mapping[str, tuple[str, ...]]
    if kind is UnitKind.MUNICIPALITY:
        return {code: (code,) for code in (*here, NOT_KNOWN)}
    if kind is UnitKind.CONSORTIUM:
        return {NOT_KNOWN: tuple(sorted(here))}
    if kind is UnitKind.KIMPPA:
        found = {row.slug: row.codes for row in members.kimppas_on(chosen.month)}
    else:
        found = members.libraries_on(chosen.month)
    groups = {slug: tuple(code for code in codes if code in here) for slug, codes in found.items()}
    return {slug: codes for slug, codes in groups.items() if codes} | {NOT_KNOWN: (NOT_KNOWN,)}


def _who(chosen: _Chosen) -> frozenset[str]:
    """Members who may use the service on the month's first day; where none is named, every member."""
    everyone = members.member_codes_on(chosen.month)
    slug = chosen.measure.platform
    if slug == Source.OWN_LENDING:
        return everyone
    return (platforms.entitled(slug, on=chosen.month) & everyone) or everyone


def _weights(
    chosen: _Chosen, told: Mapping[str, int], places: dict[date, dict[str, Member]]
) -> dict[str, Member]:
    """Municipality → residents and openings, where the choice splits at all; empty where it does not."""
    if chosen.measure.split == Split.NONE or not any(told.values()):
        return {}
    month = chosen.month
    if month not in places:
        day = members.latest_population_date(month)
        people = members.population(day) if day else {}
        places[month] = {code: Member(residents=count, opened=0) for code, count in people.items()}
    if chosen.measure.split == Split.POPULATION:
        return places[month]
    opened = _opened(chosen.measure.platform, month)
    return {
        code: Member(
            residents=places[month][code].residents if code in places[month] else 0,
            opened=opened.get(code, 0),
        )
        for code in {*places[month], *opened}
    }


def _opened(platform: str, month: date) -> dict[str, int]:
    """Sign-ins by municipality as our own sign-on counted them; openings where there were no sign-ins."""
    rows = Figure.objects.filter(
        platform=platform, month=month, batch__source=Source.HUB, unit_kind=UnitKind.MUNICIPALITY
    )
    counted: dict[str, dict[str, int]] = defaultdict(dict)
    for metric, code, value in rows.values_list("metric", "unit_code").annotate(Sum("value")).order_by():
        counted[metric][code] = value
    return counted.get("sign-ins") or counted.get("opens") or {}
