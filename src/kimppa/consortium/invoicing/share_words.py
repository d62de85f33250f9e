"""How a share came about, in sentences of the payer's language. Part of documents, not of the catalogue."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from kimppa.consortium.budgets.queries import RevisionRow
from kimppa.consortium.budgets.recipes import Bound, Key, Stage
from kimppa.consortium.budgets.shares import ShareRow
from kimppa.consortium.invoicing.words import show_count
from kimppa.foundation.core.money import Cents, show_euros


@dataclass(frozen=True, slots=True)
class ShareWords:
    of_sum: str
    flat: str
    keys: dict[Key, str]
    exact: str
    bounds: dict[Bound, str]
    through: str
    host: str
    before: str
    running: dict[Stage, str]
    difference: str


FI = ShareWords(
    of_sum="Päätetystä summasta {sum} osuus on {amount}",
    flat="Kiinteä osa {flat} jokaiselta, loput jakoperusteiden mukaan",
    keys={
        Key.POPULATION: "Jakoperuste asukkaat, paino {share} %: {weight} / {whole}",
        Key.EQUAL: "Jakoperuste tasan, paino {share} %: {weight} / {whole}",
        Key.USAGE: "Jakoperuste käyttö, paino {share} %: {weight} / {whole}",
    },
    exact="Tarkka osuus ennen sentteihin jakamista: {quota} €",
    bounds={
        Bound.LEAST: "Osuus on nostettu vähimmäismäärään {bound}",
        Bound.GREATEST: "Osuus on laskettu enimmäismäärään {bound}",
    },
    through="Kimpan osuus {sum} jaetaan sen jäsenille asukkaiden mukaan; "
    "{residents} asukkaan osuus on {amount}",
    host="{kimppa}: kimpan osuuden maksaa sen isäntäkunta",
    before="Osuus on nyt {share}; siitä on veloitettu aiemmin {before}; tämä rivi on erotus {amount}",
    running={
        Stage.ADVANCE: "Ennakko",
        Stage.SETTLEMENT: "Tasaus toteutuneiden kulujen mukaan",
    },
    difference="Uusi laskelma: {number}",
)
SV = ShareWords(
    of_sum="Av den beslutade summan {sum} är andelen {amount}",
    flat="Fast del {flat} av var och en, resten enligt fördelningsgrunderna",
    keys={
        Key.POPULATION: "Fördelningsgrund invånare, vikt {share} %: {weight} / {whole}",
        Key.EQUAL: "Fördelningsgrund lika delar, vikt {share} %: {weight} / {whole}",
        Key.USAGE: "Fördelningsgrund användning, vikt {share} %: {weight} / {whole}",
    },
    exact="Exakt andel före fördelning i cent: {quota} €",
    bounds={
        Bound.LEAST: "Andelen har höjts till minimibeloppet {bound}",
        Bound.GREATEST: "Andelen har sänkts till maximibeloppet {bound}",
    },
    through="Kimppans andel {sum} fördelas på dess medlemmar enligt invånare; "
    "{residents} invånares andel är {amount}",
    host="{kimppa}: kimppans andel betalas av dess värdkommun",
    before="Andelen är nu {share}; därav har tidigare debiterats {before}; denna rad är skillnaden {amount}",
    running={
        Stage.ADVANCE: "Förskott",
        Stage.SETTLEMENT: "Slutavräkning enligt utfallet",
    },
    difference="Ny beräkning: {number}",
)
EN = ShareWords(
    of_sum="Of the decided sum {sum} the share is {amount}",
    flat="A flat part of {flat} from each, the rest by the keys",
    keys={
        Key.POPULATION: "Key residents, weight {share} %: {weight} / {whole}",
        Key.EQUAL: "Key equal parts, weight {share} %: {weight} / {whole}",
        Key.USAGE: "Key use, weight {share} %: {weight} / {whole}",
    },
    exact="Exact share before it was dealt in cents: {quota} €",
    bounds={
        Bound.LEAST: "The share was raised to the least sum {bound}",
        Bound.GREATEST: "The share was lowered to the greatest sum {bound}",
    },
    through="The kimppa's share {sum} is split among its members by residents; "
    "{residents} residents' share is {amount}",
    host="{kimppa}: its host municipality pays the kimppa's share",
    before="The share is now {share}; {before} of it has been charged before; "
    "this line is the difference {amount}",
    running={
        Stage.ADVANCE: "Advance",
        Stage.SETTLEMENT: "Settlement by the final accounts",
    },
    difference="New calculation: {number}",
)
_BY_LANGUAGE = {"fi": FI, "sv": SV, "en": EN}


def share_words(language: str) -> ShareWords:
    """Finnish where the language is not one of ours."""
    return _BY_LANGUAGE.get(language, FI)


def made_of(share: ShareRow, revision: RevisionRow, language: str) -> tuple[str, ...]:
    """What a share by a recipe was made of; empty for a share by rate or plainly by residents."""
    word = share_words(language)
    texts = [word.running[revision.stage]] if revision.stage in word.running else []
    made = share.made_of
    if made is None:
        return tuple(texts)
    through = made.kimppa_share
    first = through if through is not None else share.amount
    whole = show_euros(revision.amount or Cents(0), language)
    texts.append(word.of_sum.format(sum=whole, amount=show_euros(first, language)))
    if share.kimppa_fi:
        texts.append(word.host.format(kimppa=share.kimppa_fi))
    texts += _keys(share, revision, language)
    if made.bound in word.bounds:
        texts.append(word.bounds[made.bound].format(bound=show_euros(first, language)))
    if through is not None:
        texts.append(
            word.through.format(
                sum=show_euros(through, language),
                residents=show_count(share.residents, language),
                amount=show_euros(share.amount, language),
            )
        )
    return tuple(texts)


def _keys(share: ShareRow, revision: RevisionRow, language: str) -> list[str]:
    word, made, recipe = share_words(language), share.made_of, revision.recipe
    if made is None or recipe is None:
        return []
    texts = [word.flat.format(flat=show_euros(recipe.flat, language))] if recipe.flat.value else []
    together = sum(part.weight for part in recipe.parts)
    for figure in made.keys:
        weight = sum(part.weight for part in recipe.parts if part.key is figure.key)
        percent = (Decimal(weight) * 100 / together).quantize(Decimal("0.1"))
        texts.append(
            word.keys[figure.key].format(
                share=_number(percent, language),
                weight=show_count(figure.weight, language),
                whole=show_count(figure.whole, language),
            )
        )
    texts.append(word.exact.format(quota=_number(made.quota, language)))
    return texts


def _number(value: Decimal, language: str) -> str:
    plain = f"{value:f}"
    return plain if language == "en" else plain.replace(".", ",")


def before(share: Cents, charged: Cents, amount: Cents, language: str) -> str:
    """The sentence of a difference: what the share is, what was charged, what this line is."""
    return share_words(language).before.format(
        share=show_euros(share, language),
        before=show_euros(charged, language),
        amount=show_euros(amount, language),
    )
