"""The voucher of a settlement between the cities: what was recorded → words and figures → typst."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from kimppa.consortium.invoicing.settlements import SettlementView
from kimppa.consortium.invoicing.words import show_count, show_day, words
from kimppa.foundation.core import typeset
from kimppa.foundation.core.money import Cents, show_euros


@dataclass(frozen=True, slots=True)
class _Words:
    heading: str
    dated: str
    reference: str
    year: str
    rule: str
    columns: tuple[str, ...]
    total: str
    gives: str


FI = _Words(
    heading="Kaupunkien välinen tasaus",
    dated="Päiväys",
    reference="Asianumero",
    year="Vuosi",
    rule="Kukin pitää sen, minkä se on maksanut toimittajille kaikkien puolesta, ja osuutensa erotuksesta.",
    columns=("Kaupunki", "Kerätty", "Maksettu", "Suhdeluku", "Saa pitää", "Tasattu ennen", "Tasataan nyt"),
    total="Yhteensä",
    gives="{giver} maksaa {sum}; saaja: {taker}.",
)
SV = _Words(
    heading="Avräkning mellan städerna",
    dated="Datum",
    reference="Diarienummer",
    year="År",
    rule="Var och en behåller det som den betalat till leverantörer för alla och sin andel av skillnaden.",
    columns=("Stad", "Uppburet", "Betalt", "Förhållande", "Tillkommer", "Avräknat förut", "Avräknas nu"),
    total="Totalt",
    gives="{giver} betalar {sum}; mottagare: {taker}.",
)
EN = _Words(
    heading="Settlement between the cities",
    dated="Date",
    reference="Diary number",
    year="Year",
    rule="Each keeps what it paid to vendors for all, and its proportion of the difference.",
    columns=("City", "Collected", "Paid", "Proportion", "Is to have", "Settled before", "Settled now"),
    total="Total",
    gives="{giver} pays {sum}; to: {taker}.",
)
LANGUAGES = {"fi": FI, "sv": SV, "en": EN}


def pdf(sides: Sequence[SettlementView], language: str) -> bytes:
    """The PDF/UA voucher of one settlement; the same rows give the same bytes. Raises NotTypeset."""
    word, common = LANGUAGES.get(language, FI), words(language)
    first = sides[0]
    number = f"{first.year}/{first.number}"
    return typeset.pdf(
        _template(),
        {
            "heading": f"{word.heading} {number}",
            "example": common.example if any(one.example for one in sides) else "",
            "facts": [
                [word.dated, show_day(first.dated)],
                [word.reference, first.reference],
                [word.year, str(first.year)],
            ],
            "rule": word.rule,
            "columns": list(word.columns),
            "sides": [*(_side(one, language) for one in sides), _total(sides, word, language)],
            "transfers": _transfers(sides, word, language),
            "footer": f"{word.heading} {number}",
            "page": common.page,
        },
        title=f"{word.heading} {number}",
        language=language,
        day=first.dated,
        author=first.seller,
    )


def _side(one: SettlementView, language: str) -> list[str]:
    sums = (one.due, one.before, one.transfer)
    return [
        one.seller,
        show_euros(one.collected, language),
        show_euros(one.paid, language),
        show_count(one.weight, language),
        *(show_euros(amount, language) for amount in sums),
    ]


def _total(sides: Sequence[SettlementView], word: _Words, language: str) -> list[str]:
    def summed(name: str) -> str:
        return show_euros(Cents(sum(getattr(one, name).value for one in sides)), language)

    return [
        word.total,
        summed("collected"),
        summed("paid"),
        "",
        *(summed(name) for name in ("due", "before", "transfer")),
    ]


def _transfers(sides: Sequence[SettlementView], word: _Words, language: str) -> list[str]:
    """Who pays how much, and to whom."""
    takers = ", ".join(one.seller for one in sides if one.transfer.value < 0)
    return [
        word.gives.format(giver=one.seller, sum=show_euros(one.transfer, language), taker=takers)
        for one in sides
        if one.transfer.value > 0
    ]


@lru_cache(maxsize=1)
def _template() -> str:
    return Path(__file__).with_name("settlement.typ").read_text(encoding="utf-8")
