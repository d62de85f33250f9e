"""The use by which a sum was shared, frozen with the calculation: later deliveries change no share."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from kimppa.commons.usage import queries as usage
from kimppa.commons.usage.queries import UseRow
from kimppa.commons.usage.rules import SETTLED
from kimppa.consortium.budgets.models import FrozenUse, LevyRevision
from kimppa.consortium.budgets.recipes import Key, Recipe, Use


@dataclass(frozen=True, slots=True)
class FrozenRow:
    """A figure as it stood then; `now` is what it is today, where that differs or it is gone (then 0).

    `whole` × `weight` / `weights` is how it was dealt, where it was an estimate of one whole.
    """

    month: date
    platform: str
    metric: str
    kind: str
    value: int
    estimated: int
    source: str
    whole: int | None
    weight: int | None
    weights: int | None
    now: int | None


def wanted(recipe: Recipe | None) -> Use | None:
    """The use that a recipe weighs by; None where use has no weight in it."""
    if recipe is None or not any(part.key is Key.USAGE and part.weight for part in recipe.parts):
        return None
    return recipe.use


def freeze(revision: LevyRevision, recipe: Recipe | None) -> None:
    """Keep every figure that the recipe weighs by, also of places that are not known."""
    use = wanted(recipe)
    if use is None:
        return
    FrozenUse.objects.bulk_create(
        (
            FrozenUse(
                revision=revision,
                platform=row.platform,
                metric=row.metric,
                unit_code=row.unit_code,
                month=row.month,
                kind=row.kind,
                value=row.value,
                estimated=row.estimated,
                source=row.source,
                whole=row.whole,
                weight=row.weight,
                weights=row.weights,
            )
            for row in _figures(None, use)
        ),
        batch_size=500,
    )


def of_share(revision_id: int, code: str, recipe: Recipe | None) -> tuple[FrozenRow, ...]:
    """The figures of one municipality behind its share, each beside what it is today.

    A calculation of an earlier release froze nothing: then today's figures are told.
    """
    use = wanted(recipe)
    if use is None:
        return ()
    today = _figures(code, use)
    kept = FrozenUse.objects.filter(revision=revision_id)
    if not kept.exists():
        return tuple(_row(row, None) for row in today)
    now = {_key(row): row.value for row in today}
    frozen = kept.filter(unit_code=code).order_by("month", "platform", "kind")
    return tuple(_row(row, _other(row.value, now.get(_key(row), 0))) for row in frozen)


def _other(then: int, now: int) -> int | None:
    return now if now != then else None


def _key(row: UseRow | FrozenUse) -> tuple[date, str, str, str, str]:
    """What makes two figures the same; of settled use the way it was dealt does not matter."""
    return row.month, row.platform, row.metric, row.kind, "" if row.metric == SETTLED else row.source


def _row(row: UseRow | FrozenUse, now: int | None) -> FrozenRow:
    return FrozenRow(
        month=row.month,
        platform=row.platform,
        metric=row.metric,
        kind=row.kind,
        value=row.value,
        estimated=row.estimated,
        source=row.source,
        whole=row.whole,
        weight=row.weight,
        weights=row.weights,
        now=now,
    )


def _figures(code: str | None, use: Use) -> tuple[UseRow, ...]:
    return usage.rows_of(code, platforms=use.platforms, metric=use.metric, first=use.first, last=use.last)
