"""Invoices as accessible PDF: frozen content → words and figures → typst (invoice.typ)."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from kimppa.consortium.invoicing.content import Content, Line, Party
from kimppa.consortium.invoicing.finvoice import explanation
from kimppa.consortium.invoicing.rules import Kind
from kimppa.consortium.invoicing.words import (
    Words,
    show_count,
    show_day,
    show_percent,
    vat_id,
    words,
)
from kimppa.foundation.core import typeset
from kimppa.foundation.core.money import show_euros, show_rate
from kimppa.foundation.protocols.reference import printed


def pdf(content: Content) -> bytes:
    """The PDF/UA document of frozen content; the same content gives the same bytes. Raises NotTypeset."""
    word = words(content.language)
    heading = _heading(content, word)
    return typeset.pdf(
        _template(),
        {
            "heading": heading,
            "example": word.example if content.example else "",
            "credits": [*_credits(content, word), *_basis(content, word)],
            "parties": [
                _party(label, party, word, taxed=bool(content.vat))
                for label, party in ((word.seller, content.seller), (word.payer, content.payer))
            ],
            "facts": _facts(content, word),
            "columns": [word.what, word.residents, word.rate, word.months, word.amount],
            "lines": [_line(line, content.language) for line in content.lines],
            "before_total": _before_total(content, word),
            "total": [word.total, show_euros(content.total, content.language)],
            "vat": content.vat_reason,
            "how": word.how,
            "explanations": [
                {"title": line.municipality, "texts": list(explanation(line, content.language))}
                for line in content.lines
            ],
            "payment": _payment(content, word),
            "payment_heading": word.payment if _payable(content) else "",
            "footer": f"{content.seller.name} · {heading} {content.number}",
            "page": word.page,
        },
        title=f"{heading} {content.number}",
        language=content.language,
        day=content.issued,
        author=content.seller.name,
    )


def _payable(content: Content) -> bool:
    return content.kind is Kind.INVOICE and not content.ledger


def _heading(content: Content, word: Words) -> str:
    if content.kind is Kind.CREDIT_NOTE:
        return word.credit_basis if content.ledger else word.credit_note
    return word.basis if content.ledger else word.invoice


def _basis(content: Content, word: Words) -> list[str]:
    """Whose the invoice is, where a city's own ledger sends it."""
    return [word.basis_note.format(seller=content.seller.name)] if content.ledger else []


@lru_cache(maxsize=1)
def _template() -> str:
    return Path(__file__).with_name("invoice.typ").read_text(encoding="utf-8")


def _before_total(content: Content, word: Words) -> list[list[str]]:
    """What the lines sum to and the VAT of each rate, where anything is taxed."""
    if not content.vat:
        return []
    rows = [[word.net, show_euros(content.net, content.language)]]
    for part in content.vat:
        percent = show_percent(part.percent, content.language)
        text = word.vat_of.format(percent=percent, net=show_euros(part.net, content.language))
        rows.append([text, show_euros(part.tax, content.language)])
    return rows


def _party(label: str, party: Party, word: Words, *, taxed: bool) -> dict[str, typeset.Data]:
    place = f"{party.postal_code} {party.town}".strip()
    lines = [party.name, party.street, place]
    if party.business_id:
        lines.append(f"{word.business_id} {party.business_id}")
        if taxed:
            lines.append(f"{word.vat_id} {vat_id(party.business_id)}")
    return {"label": label, "lines": [line for line in lines if line]}


def _facts(content: Content, word: Words) -> list[list[str]]:
    facts = [
        [word.basis_key if content.ledger else word.number, content.number],
        [word.issued, show_day(content.issued)],
        [word.period, f"1.1.–31.12.{content.year}"],
    ]
    if _payable(content):
        facts.insert(2, [word.due, show_day(content.due)])
    if content.buyer_reference:
        facts.append([word.your_reference, content.buyer_reference])
    return facts


def _line(line: Line, language: str) -> list[str]:
    return [
        f"{line.title}, {line.municipality}",
        show_count(line.residents, language),
        show_rate(line.rate, language) if line.rate is not None else "–",
        str(line.months),
        show_euros(line.amount, language),
    ]


def _payment(content: Content, word: Words) -> list[list[str]]:
    if not _payable(content):
        return []
    iban = " ".join(content.iban[i : i + 4] for i in range(0, len(content.iban), 4))
    rows = [
        [word.account, f"{iban}, BIC {content.bic}"],
        [word.reference, printed(content.reference)],
        [word.due, show_day(content.due)],
        [word.total, show_euros(content.total, content.language)],
    ]
    if content.barcode:
        rows.append([word.barcode, content.barcode])
    return rows


def _credits(content: Content, word: Words) -> list[str]:
    if content.kind is Kind.INVOICE or content.credits_issued is None:
        return []
    day = show_day(content.credits_issued)
    return [
        word.credits.format(number=content.credits_number, day=day),
        f"{word.reason}: {content.credit_reason}",
    ]
