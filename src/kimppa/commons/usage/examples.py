"""Invented counts for the demo region, marked as examples, written in bulk. No vendor's own figures."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from zlib import crc32

from django.db import transaction
from django.db.models import Q

from kimppa.commons.members import queries as members
from kimppa.commons.members.permissions import require
from kimppa.commons.members.roles import Act
from kimppa.commons.usage.models import Batch, Figure
from kimppa.commons.usage.rules import NOT_KNOWN, Source, UnitKind
from kimppa.commons.usage.services import AccessMetric
from kimppa.foundation.accounts.actors import Actor

MARK = "ESIMERKKI"
# Of a thousand residents in a month, in the middle of what is invented; use falls in summer.
PER_THOUSAND = 9
SEASON = (12, 11, 11, 10, 9, 7, 6, 8, 10, 11, 12, 12)


@transaction.atomic
def invent_sign_ins(*, by: Actor, platforms: Sequence[str], months: Sequence[date], now: datetime) -> int:
    """Sign-ins of the services by municipality, as if our own sign-on had counted them; returns the rows.

    The same names give the same numbers. A month of which anything was counted is left alone.
    """
    require(by, Act.EDIT_USAGE, now=now)
    made = 0
    for month in months:
        if Figure.objects.filter(batch__source=Source.HUB, month=month).exists():
            continue
        batch = Batch.objects.create(source=Source.HUB, month=month, opened=now, closed=now, brought_by=MARK)
        made += len(Figure.objects.bulk_create(_month(batch, platforms, month), batch_size=500))
    return made


def told_in(first: date, last: date) -> bool:
    """Is any delivery of these months an invented one? Then whoever reads its figures is to be told."""
    covers = Q(month__lte=last) & (Q(last_month__gte=first) | Q(last_month__isnull=True, month__gte=first))
    marked = Q(brought_by=MARK) | Q(file__name__startswith=MARK)
    return Batch.objects.filter(covers, marked, dropped__isnull=True).exists()


def _month(batch: Batch, platforms: Sequence[str], month: date) -> list[Figure]:
    day = members.latest_population_date(month)
    people = members.population(day) if day else {}
    here = sorted(members.member_codes_on(month))
    rows = []
    for slug in platforms:
        liked = 4 + crc32(slug.encode()) % 12
        whole = 0
        for code in here:
            taste = 60 + crc32(f"{slug}/{code}/{month}".encode()) % 81
            parts = people.get(code, 0) * PER_THOUSAND * liked * SEASON[month.month - 1] * taste
            value = parts // (1000 * 10 * 10 * 100)
            whole += value
            rows.append(_figure(batch, slug, code, month, value))
        rows.append(_figure(batch, slug, NOT_KNOWN, month, whole // 50))
    return [row for row in rows if row.value]


def _figure(batch: Batch, slug: str, code: str, month: date, value: int) -> Figure:
    return Figure(
        batch=batch,
        platform=slug,
        unit_kind=UnitKind.MUNICIPALITY,
        unit_code=code,
        month=month,
        metric=AccessMetric.SIGN_INS,
        kind="oidc",
        value=value,
        quality="measured",
    )
