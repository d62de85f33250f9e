"""The frozen content of an invoice: everything its documents say, as it was when it was issued. Pure.

Stored as JSON beside the number. Documents are made of this and of nothing else, so that making them again
gives the same bytes, whatever has changed since.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TypeAlias

from kimppa.consortium.invoicing.rules import Kind
from kimppa.consortium.invoicing.vat_parts import VatPart, tax_total
from kimppa.foundation.core.money import Cents

Json: TypeAlias = "str | int | bool | list[Json] | dict[str, Json] | None"
SHAPE = 1


@dataclass(frozen=True, slots=True)
class Party:
    name: str
    business_id: str
    street: str
    postal_code: str
    town: str
    einvoice_address: str
    einvoice_operator: str


@dataclass(frozen=True, slots=True)
class Line:
    """One share. `rate` None: a share of the decided sum `decided_sum`. Amounts keep their sign.

    `made` are sentences on how a share by a recipe came about. `charged_before` is set where the line is
    the difference between the `share` and what had been charged of it.
    """

    source: str
    municipality_code: str
    municipality: str
    title: str
    residents: int
    reference_date: date
    population_source: str
    rate: Decimal | None
    decided_sum: Cents | None
    months: int
    amount: Cents
    decision_number: str
    decision_title: str
    decision_body: str
    decided_on: date
    agreement_number: str
    clause: str
    made: tuple[str, ...] = ()
    share: Cents | None = None
    charged_before: Cents | None = None
    # Shared by a recipe: then `made` says all of it.
    by_recipe: bool = False
    # The rate of what is taxed; the amount is without VAT.
    vat_percent: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Content:
    kind: Kind
    number: str
    reference: str
    barcode: str
    language: str
    issued: date
    due: date
    terms_days: int
    year: int
    seller: Party
    payer: Party
    iban: str
    bic: str
    buyer_reference: str
    vat_category: str
    vat_reason: str
    lines: tuple[Line, ...]
    total: Cents
    example: bool
    credits_number: str = ""
    credits_issued: date | None = None
    credit_reason: str = ""
    # Not an invoice itself: what a city's own ledger invoices by; `number` is then our key to it.
    ledger: bool = False
    # By rate, where something is taxed; then `total` has the tax in it.
    vat: tuple[VatPart, ...] = ()

    @property
    def tax(self) -> Cents:
        return tax_total(self.vat)

    @property
    def net(self) -> Cents:
        """What the lines sum to."""
        return self.total - self.tax


def to_json(content: Content) -> dict[str, Json]:
    """Plain JSON with whole cents, decimal texts and ISO days; `shape` tells later readers what it is."""
    return {
        "shape": SHAPE,
        "kind": content.kind.value,
        "number": content.number,
        "reference": content.reference,
        "barcode": content.barcode,
        "language": content.language,
        "issued": content.issued.isoformat(),
        "due": content.due.isoformat(),
        "terms_days": content.terms_days,
        "year": content.year,
        "seller": _party_json(content.seller),
        "payer": _party_json(content.payer),
        "iban": content.iban,
        "bic": content.bic,
        "buyer_reference": content.buyer_reference,
        "vat_category": content.vat_category,
        "vat_reason": content.vat_reason,
        "lines": [_line_json(line) for line in content.lines],
        "total_cents": content.total.value,
        "example": content.example,
        "credits_number": content.credits_number,
        "credits_issued": content.credits_issued.isoformat() if content.credits_issued else None,
        "credit_reason": content.credit_reason,
        "ledger": content.ledger,
        **({"vat": [_vat_json(part) for part in content.vat]} if content.vat else {}),
    }


def from_json(stored: Mapping[str, Json]) -> Content:
    """The content that `to_json` wrote."""
    read = _Reader(stored)
    credited = read.text("credits_issued")
    return Content(
        kind=Kind(read.text("kind")),
        number=read.text("number"),
        reference=read.text("reference"),
        barcode=read.text("barcode"),
        language=read.text("language"),
        issued=read.day("issued"),
        due=read.day("due"),
        terms_days=read.number("terms_days"),
        year=read.number("year"),
        seller=_party(read.inner("seller")),
        payer=_party(read.inner("payer")),
        iban=read.text("iban"),
        bic=read.text("bic"),
        buyer_reference=read.text("buyer_reference"),
        vat_category=read.text("vat_category"),
        vat_reason=read.text("vat_reason"),
        lines=tuple(_line(line) for line in read.rows("lines")),
        total=Cents(read.number("total_cents")),
        example=bool(stored["example"]),
        credits_number=read.text("credits_number"),
        credits_issued=date.fromisoformat(credited) if credited else None,
        credit_reason=read.text("credit_reason"),
        ledger=bool(stored.get("ledger")),
        vat=tuple(_vat(part) for part in read.rows("vat")) if "vat" in stored else (),
    )


@dataclass(frozen=True, slots=True)
class _Reader:
    """Narrows stored JSON to the types that were written; anything else is a damaged row (ValueError)."""

    stored: Mapping[str, Json]

    def text(self, name: str) -> str:
        value = self.stored[name]
        return "" if value is None else str(value)

    def number(self, name: str) -> int:
        value = self.stored[name]
        if not isinstance(value, int):
            raise ValueError(name)
        return value

    def cents(self, name: str) -> Cents | None:
        """None where there is none, as in rows stored before the field was."""
        value = self.stored.get(name)
        return Cents(value) if isinstance(value, int) else None

    def texts(self, name: str) -> tuple[str, ...]:
        value = self.stored.get(name)
        return tuple(str(text) for text in value) if isinstance(value, list) else ()

    def day(self, name: str) -> date:
        return date.fromisoformat(self.text(name))

    def inner(self, name: str) -> Mapping[str, Json]:
        value = self.stored[name]
        if not isinstance(value, dict):
            raise ValueError(name)
        return value

    def rows(self, name: str) -> list[Mapping[str, Json]]:
        value = self.stored[name]
        if not isinstance(value, list):
            raise ValueError(name)
        return [row for row in value if isinstance(row, dict)]


_PARTY = ("name", "business_id", "street", "postal_code", "town", "einvoice_address", "einvoice_operator")


def _party_json(party: Party) -> dict[str, Json]:
    return {name: str(getattr(party, name)) for name in _PARTY}


def _party(stored: Mapping[str, Json]) -> Party:
    read = _Reader(stored)
    return Party(**{name: read.text(name) for name in _PARTY})


def _line_json(line: Line) -> dict[str, Json]:
    return {
        "source": line.source,
        "municipality_code": line.municipality_code,
        "municipality": line.municipality,
        "title": line.title,
        "residents": line.residents,
        "reference_date": line.reference_date.isoformat(),
        "population_source": line.population_source,
        "rate": str(line.rate) if line.rate is not None else None,
        "decided_sum_cents": line.decided_sum.value if line.decided_sum is not None else None,
        "months": line.months,
        "amount_cents": line.amount.value,
        "decision_number": line.decision_number,
        "decision_title": line.decision_title,
        "decision_body": line.decision_body,
        "decided_on": line.decided_on.isoformat(),
        "agreement_number": line.agreement_number,
        "clause": line.clause,
        "made": list(line.made),
        "by_recipe": line.by_recipe,
        "share_cents": line.share.value if line.share is not None else None,
        "before_cents": line.charged_before.value if line.charged_before is not None else None,
        **({"vat_percent": str(line.vat_percent)} if line.vat_percent is not None else {}),
    }


def _line(stored: Mapping[str, Json]) -> Line:
    read = _Reader(stored)
    rate = read.text("rate")
    return Line(
        source=read.text("source"),
        municipality_code=read.text("municipality_code"),
        municipality=read.text("municipality"),
        title=read.text("title"),
        residents=read.number("residents"),
        reference_date=read.day("reference_date"),
        population_source=read.text("population_source"),
        rate=Decimal(rate) if rate else None,
        decided_sum=Cents(read.number("decided_sum_cents")) if not rate else None,
        months=read.number("months"),
        amount=Cents(read.number("amount_cents")),
        decision_number=read.text("decision_number"),
        decision_title=read.text("decision_title"),
        decision_body=read.text("decision_body"),
        decided_on=read.day("decided_on"),
        agreement_number=read.text("agreement_number"),
        clause=read.text("clause"),
        made=read.texts("made"),
        share=read.cents("share_cents"),
        charged_before=read.cents("before_cents"),
        by_recipe=bool(stored.get("by_recipe")),
        vat_percent=Decimal(read.text("vat_percent")) if "vat_percent" in stored else None,
    )


def _vat_json(part: VatPart) -> dict[str, Json]:
    return {"percent": str(part.percent), "net_cents": part.net.value, "tax_cents": part.tax.value}


def _vat(stored: Mapping[str, Json]) -> VatPart:
    read = _Reader(stored)
    percent = Decimal(read.text("percent"))
    return VatPart(percent, Cents(read.number("net_cents")), Cents(read.number("tax_cents")))
