"""What of a service was used: by kind, language and audience, as its deliveries tell them.

The same source, report and metric as the settled use, and only what was delivered: use of who was no member
is still in it, and where a delivery tells no language there is none here.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from django.db.models import Q, Sum

from kimppa.commons.usage import settled
from kimppa.commons.usage.models import Figure
from kimppa.commons.usage.rules import COUNTER_FAMILY, Source
from kimppa.commons.usage.settled import MeasureRow
from kimppa.insight.reporting.use_year import measures_in


@dataclass(frozen=True, slots=True)
class Kinds:
    """Counts by data type, by language (BCP 47) and by audience; an empty key: not told."""

    kinds: Mapping[str, int]
    languages: Mapping[str, int]
    audiences: Mapping[str, int]


def kinds_of(slug: str, year: int) -> Kinds:
    """What was delivered of a service's use in a year. Two queries."""
    by_kind: dict[str, int] = defaultdict(int)
    by_language: dict[str, int] = defaultdict(int)
    by_audience: dict[str, int] = defaultdict(int)
    chosen = Q()
    for measure in measures_in(year, settled.measures(platform=slug)):
        # What our own sign-on counts says by which door one came, not what was used.
        if measure.source is not Source.HUB:
            chosen |= _figures(measure, year)
    if chosen:
        rows = Figure.objects.filter(chosen, platform=slug).values_list("kind", "language", "audience")
        for kind, language, audience, value in rows.annotate(Sum("value")).order_by():
            by_kind[kind] += value
            by_language[language] += value
            by_audience[audience] += value
    return Kinds(*(_largest_first(one) for one in (by_kind, by_language, by_audience)))


def told(counts: Mapping[str, int]) -> bool:
    """Whether the deliveries say anything of it."""
    return any(counts)


def _figures(measure: MeasureRow, year: int) -> Q:
    sources = COUNTER_FAMILY if measure.source in COUNTER_FAMILY else (measure.source,)
    first = max(measure.valid_from, date(year, 1, 1))
    last = min(measure.valid_to or date(year, 12, 31), date(year, 12, 31))
    return Q(
        month__gte=first,
        month__lte=last,
        metric=measure.metric,
        unit_kind=measure.unit_kind.value,
        batch__report=measure.report,
        batch__source__in=[Source(one).value for one in sources],
    )


def _largest_first(counts: Mapping[str, int]) -> dict[str, int]:
    return dict(sorted(counts.items(), key=lambda pair: (-pair[1], pair[0])))
