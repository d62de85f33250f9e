"""Counting what happens, at once and without persons."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from django.db import transaction
from django.db.models import F

from kimppa.commons.usage.models import Batch, Figure, TitleFigure
from kimppa.commons.usage.rules import Source
from kimppa.foundation.core import clock

OWN_LENDING = Source.OWN_LENDING.value
HUB = Source.HUB.value


class AccessMetric(StrEnum):
    """What the hub counts: somebody was confirmed to a service, or opened it."""

    SIGN_INS = "sign-ins"
    OPENS = "opens"


@transaction.atomic
def count_loan(*, unit_code: str, kind: str, title_key: str, now: datetime) -> None:
    """Add one loan of our own lending: to municipality × kind × month, and apart from it to title × month.

    `unit_code` is the home municipality's code, empty where it is not known (counted as such).
    """
    batch = _open_batch(OWN_LENDING, clock.day_of(now).replace(day=1), now)
    figure, _ = Figure.objects.get_or_create(
        batch=batch,
        platform=OWN_LENDING,
        unit_kind="municipality",
        unit_code=unit_code,
        metric="loans",
        kind=kind,
        defaults={"month": batch.month, "value": 0, "quality": "measured"},
    )
    Figure.objects.filter(pk=figure.pk).update(value=F("value") + 1)
    title, _ = TitleFigure.objects.get_or_create(
        batch=batch, title_key=title_key, metric="loans", defaults={"value": 0}
    )
    TitleFigure.objects.filter(pk=title.pk).update(value=F("value") + 1)


@transaction.atomic
def count_access(
    *, platform: str, unit_code: str, metric: AccessMetric, kind: str = "", now: datetime
) -> None:
    """Add one sign-in or opening of an e-service, by municipality and month; never by person.

    `unit_code` is the home municipality's code, empty where it is not known (counted as such); `kind` is the
    way in (oidc, sip2, ticket, json). The row is there in all but the first call of a month: one UPDATE.
    """
    month = clock.day_of(now).replace(day=1)
    row = {
        "platform": platform,
        "unit_kind": "municipality",
        "unit_code": unit_code,
        "metric": metric.value,
        "kind": kind,
    }
    open_rows = Figure.objects.filter(batch__source=HUB, batch__closed__isnull=True, month=month, **row)
    if open_rows.update(value=F("value") + 1):
        return
    batch = _open_batch(HUB, month, now)
    defaults = {"month": month, "value": 0, "quality": "measured"}
    figure, _ = Figure.objects.get_or_create(batch=batch, **row, defaults=defaults)
    Figure.objects.filter(pk=figure.pk).update(value=F("value") + 1)


def _open_batch(source: str, month: date, now: datetime) -> Batch:
    batch, _ = Batch.objects.get_or_create(
        source=source, month=month, closed__isnull=True, defaults={"opened": now}
    )
    return batch
