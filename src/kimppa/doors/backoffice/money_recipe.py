"""A levy's recipe in words: keys, flat sums, bounds, who shares and who pays."""

from __future__ import annotations

from decimal import Decimal

from django.utils.translation import gettext as _

from kimppa.commons.members import queries as members
from kimppa.consortium.budgets.queries import RevisionRow
from kimppa.consortium.budgets.recipes import KEY_NAMES, PAYER_NAMES, Recipe
from kimppa.doors.backoffice import money_tables as tables
from kimppa.doors.web.formats import day, money, number


def recipe_facts(revision: RevisionRow) -> list[tuple[str, str]]:
    """Label and value of each part; empty where the sum is shared by residents among all."""
    recipe = revision.recipe
    if recipe is None:
        return []
    shown = tables.language()
    facts = [(_("Shared by"), _keys(recipe, shown))]
    if recipe.flat.value:
        facts.append((_("Flat part from each"), money(recipe.flat, shown)))
    if recipe.least is not None:
        facts.append((_("Least share"), money(recipe.least, shown)))
    if recipe.greatest is not None:
        facts.append((_("Greatest share"), money(recipe.greatest, shown)))
    if recipe.kimppas or recipe.municipalities:
        facts.append((_("Only"), _participants(revision, recipe)))
        facts.append((_("Who pays a kimppa's share"), _(PAYER_NAMES[recipe.payer])))
    if recipe.use is not None:
        use = recipe.use
        said = {"what": ", ".join(use.platforms), "metric": use.metric}
        said |= {"first": day(use.first), "last": day(use.last)}
        facts.append((_("Use"), _("%(what)s: %(metric)s, months from %(first)s to %(last)s") % said))
    return facts


def _keys(recipe: Recipe, shown: str) -> str:
    together = sum(part.weight for part in recipe.parts)
    return ", ".join(
        f"{_(KEY_NAMES[part.key])} {number((Decimal(part.weight) * 100 / together).normalize(), shown)} %"
        for part in recipe.parts
    )


def _participants(revision: RevisionRow, recipe: Recipe) -> str:
    kimppas = {row.slug: row.name_fi for row in members.kimppas_on(revision.members_on)}
    named = [kimppas.get(slug, slug) for slug in recipe.kimppas]
    if recipe.municipalities:
        places = {m.code: m.name(tables.language()) for m in members.municipalities()}
        named += [places.get(code, code) for code in recipe.municipalities]
    return ", ".join(named)
