"""Recipes and what shares were made of, as plain JSON in the database and back. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import TypeAlias

from kimppa.consortium.budgets.participants import KeyFigure, MadeOf
from kimppa.consortium.budgets.recipes import Bound, Key, Part, PayerRule, Recipe, Use
from kimppa.foundation.core.money import Cents

Json: TypeAlias = "str | int | bool | list[Json] | dict[str, Json] | None"


def recipe_json(recipe: Recipe | None) -> dict[str, Json] | None:
    """None for a sum shared by residents among all."""
    if recipe is None or recipe.plain:
        return None
    use = recipe.use
    return {
        "parts": [{"key": part.key.value, "weight": part.weight} for part in recipe.parts],
        "flat": recipe.flat.value,
        "least": recipe.least.value if recipe.least is not None else None,
        "greatest": recipe.greatest.value if recipe.greatest is not None else None,
        "kimppas": list(recipe.kimppas),
        "municipalities": list(recipe.municipalities),
        "payer": recipe.payer.value,
        "use": None
        if use is None
        else {
            "platforms": list(use.platforms),
            "metric": use.metric,
            "first": use.first.isoformat(),
            "last": use.last.isoformat(),
        },
    }


def recipe_of(stored: Mapping[str, Json] | None) -> Recipe | None:
    """The recipe that `recipe_json` wrote."""
    if stored is None:
        return None
    use = stored.get("use")
    return Recipe(
        parts=tuple(Part(Key(str(p["key"])), _whole(p["weight"])) for p in _rows(stored["parts"])),
        flat=Cents(_whole(stored["flat"])),
        least=_cents(stored["least"]),
        greatest=_cents(stored["greatest"]),
        kimppas=_texts(stored["kimppas"]),
        municipalities=_texts(stored["municipalities"]),
        payer=PayerRule(str(stored["payer"])),
        use=_use(use) if isinstance(use, dict) else None,
    )


def made_json(made: MadeOf | None) -> dict[str, Json] | None:
    if made is None:
        return None
    return {
        "quota": str(made.quota),
        "bound": made.bound.value,
        "keys": [{"key": k.key.value, "weight": k.weight, "whole": k.whole} for k in made.keys],
        "kimppa": made.kimppa,
        "kimppa_share": made.kimppa_share.value if made.kimppa_share is not None else None,
    }


def made_of(stored: Mapping[str, Json] | None) -> MadeOf | None:
    """What `made_json` wrote."""
    if stored is None:
        return None
    return MadeOf(
        quota=Decimal(str(stored["quota"])),
        bound=Bound(str(stored["bound"])),
        keys=tuple(
            KeyFigure(Key(str(k["key"])), _whole(k["weight"]), _whole(k["whole"]))
            for k in _rows(stored["keys"])
        ),
        kimppa=str(stored["kimppa"]),
        kimppa_share=_cents(stored["kimppa_share"]),
    )


def _use(stored: Mapping[str, Json]) -> Use:
    return Use(
        platforms=_texts(stored["platforms"]),
        metric=str(stored["metric"]),
        first=date.fromisoformat(str(stored["first"])),
        last=date.fromisoformat(str(stored["last"])),
    )


def _whole(value: Json) -> int:
    """A stored whole number; anything else is a damaged row (ValueError)."""
    if not isinstance(value, int):
        raise ValueError(value)
    return value


def _cents(value: Json) -> Cents | None:
    return None if value is None else Cents(_whole(value))


def _rows(value: Json) -> Sequence[Mapping[str, Json]]:
    return [row for row in value if isinstance(row, dict)] if isinstance(value, list) else []


def _texts(value: Json) -> tuple[str, ...]:
    return tuple(str(text) for text in value) if isinstance(value, list) else ()
