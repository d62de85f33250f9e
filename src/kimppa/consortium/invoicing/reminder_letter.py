"""The letter of a reminder: frozen content → words and figures → typst (reminder.typ)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path

from kimppa.consortium.invoicing.content import Content, Json
from kimppa.consortium.invoicing.open_items import OpenItem
from kimppa.consortium.invoicing.reminder_words import Words, words
from kimppa.consortium.invoicing.words import show_day
from kimppa.foundation.core import typeset
from kimppa.foundation.core.money import Cents, show_euros
from kimppa.foundation.protocols.reference import printed


@dataclass(frozen=True, slots=True)
class Letter:
    """Everything that a letter says, as it was on its day. Sums in cents, days as ISO."""

    language: str
    number: str
    level: int
    dated: str
    issued: str
    due: str
    days_late: int
    total: int
    open: int
    interest: int
    reference: str
    iban: str
    bic: str
    seller: str
    seller_id: str
    payer: str
    payer_id: str
    street: str
    place: str
    example: bool

    @classmethod
    def of(cls, content: Content, *, level: int, dated: date, item: OpenItem, interest: Cents) -> Letter:
        """Of a late item; where a city's ledger invoiced, its account and reference are not ours to tell."""
        own = not content.ledger
        return cls(
            language=content.language,
            number=item.number,
            level=level,
            dated=dated.isoformat(),
            issued=item.issued_on.isoformat(),
            due=item.due_on.isoformat(),
            days_late=item.days_late,
            total=item.total.value,
            open=item.open.value,
            interest=interest.value,
            reference=content.reference if own else "",
            iban=content.iban if own else "",
            bic=content.bic if own else "",
            seller=content.seller.name,
            seller_id=content.seller.business_id,
            payer=content.payer.name,
            payer_id=content.payer.business_id,
            street=content.payer.street,
            place=f"{content.payer.postal_code} {content.payer.town}".strip(),
            example=content.example,
        )

    def to_json(self) -> dict[str, Json]:
        return dict(asdict(self))

    @classmethod
    def from_json(cls, stored: Mapping[str, Json]) -> Letter:
        return cls(**{name: stored[name] for name in cls.__slots__})  # type: ignore[arg-type]

    def message(self) -> dict[str, str | int]:
        """What the e-mail about it says; no account number, so that nobody pays to a forged one."""
        return {
            "number": self.number,
            "seller": self.seller,
            "due": show_day(date.fromisoformat(self.due)),
            "sum": show_euros(Cents(self.open + self.interest), self.language),
            "level": self.level,
        }


def pdf(letter: Letter) -> bytes:
    """The PDF/UA letter; the same content gives the same bytes. Raises NotTypeset."""
    word = words(letter.language)
    heading = word.heading if letter.level == 1 else word.again.format(level=letter.level)
    return typeset.pdf(
        _template(),
        {
            "heading": heading,
            "example": word.example if letter.example else "",
            "sender": [line for line in (letter.seller, letter.seller_id) if line],
            "receiver": [
                line for line in (letter.payer, letter.street, letter.place, letter.payer_id) if line
            ],
            "day": show_day(date.fromisoformat(letter.dated)),
            "lead": word.lead,
            "facts": _facts(letter, word),
            "closing": word.closing if letter.iban else word.closing_ledger,
            "footer": f"{letter.seller} · {heading} {letter.number}",
            "page": word.page,
        },
        title=f"{heading} {letter.number}",
        language=letter.language,
        day=date.fromisoformat(letter.dated),
        author=letter.seller,
    )


@lru_cache(maxsize=1)
def _template() -> str:
    return Path(__file__).with_name("reminder.typ").read_text(encoding="utf-8")


def _facts(letter: Letter, word: Words) -> list[list[str]]:
    def euros(cents: int) -> str:
        return show_euros(Cents(cents), letter.language)

    facts = [
        [word.number, letter.number],
        [word.issued, show_day(date.fromisoformat(letter.issued))],
        [word.due, show_day(date.fromisoformat(letter.due))],
        [word.late, word.days.format(days=letter.days_late)],
        [word.total, euros(letter.total)],
        [word.open, euros(letter.open)],
    ]
    if letter.interest:
        facts.append([word.interest, euros(letter.interest)])
        facts.append([word.pay, euros(letter.open + letter.interest)])
    if letter.iban:
        iban = " ".join(letter.iban[i : i + 4] for i in range(0, len(letter.iban), 4))
        facts.append([word.account, f"{iban}, BIC {letter.bic}"])
        facts.append([word.reference, printed(letter.reference)])
    return facts
