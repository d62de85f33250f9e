"""What our invoices mean in Peppol BIS Billing 3 (foundation.protocols.peppol writes the XML)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from kimppa.consortium.invoicing.content import Content, Line, Party
from kimppa.consortium.invoicing.finvoice import explanation, price_of
from kimppa.consortium.invoicing.rules import Kind
from kimppa.consortium.invoicing.words import vat_id, words
from kimppa.foundation.core.money import Cents
from kimppa.foundation.protocols import peppol
from kimppa.foundation.protocols.finvoice import ovt
from kimppa.foundation.protocols.peppol import Attachment


def possible(content: Content) -> bool:
    """Whether both ends have the ids without which no Peppol document is valid."""
    return all(party.business_id for party in (content.seller, content.payer))


def xml(content: Content, attachments: Sequence[Attachment] = ()) -> bytes:
    """The e-invoice of frozen content, with documents inside it. Raises NotInPeppol."""
    credit = content.kind is Kind.CREDIT_NOTE
    sign = -1 if credit else 1
    return peppol.to_xml(
        peppol.Document(
            kind=peppol.Kind.CREDIT_NOTE if credit else peppol.Kind.INVOICE,
            number=content.number,
            issued=content.issued,
            due=content.due,
            seller=_party(content.seller, taxed=bool(content.vat)),
            buyer=_party(content.payer, taxed=bool(content.vat)),
            # R003 asks for one: where the payer gave none, what both know the debt by.
            buyer_reference=content.buyer_reference or _known_by(content),
            iban=content.iban,
            bic=content.bic,
            reference=content.reference,
            terms=_terms(content),
            vat=peppol.Vat(content.vat_category, content.vat_reason),
            net=Cents(content.net.value * sign),
            tax=Cents(content.tax.value * sign),
            tax_parts=[
                peppol.TaxPart(part.percent, Cents(part.net.value * sign), Cents(part.tax.value * sign))
                for part in content.vat
            ],
            lines=[_line(number, line, content) for number, line in enumerate(content.lines, start=1)],
            period=(date(content.year, 1, 1), date(content.year, 12, 31)),
            contract=content.lines[0].agreement_number,
            note=_note(content),
            original=(content.credits_number, content.credits_issued or content.issued) if credit else None,
            attachments=attachments,
        )
    )


def of_pdf(content: Content, body: bytes) -> Attachment:
    """The invoice's own PDF as a document inside the e-invoice."""
    word = words(content.language)
    heading = word.credit_note if content.kind is Kind.CREDIT_NOTE else word.invoice
    return Attachment(
        identifier=content.number,
        description=f"{heading} {content.number}",
        name=f"{content.number}.pdf",
        media_type="application/pdf",
        content=body,
    )


def _party(party: Party, *, taxed: bool) -> peppol.Party:
    address = party.einvoice_address
    endpoint = address if address.startswith("0037") else ovt(party.business_id)
    return peppol.Party(
        name=party.name,
        business_id=party.business_id,
        endpoint=endpoint,
        street=party.street,
        town=party.town,
        postal_code=party.postal_code,
        vat_id=vat_id(party.business_id) if taxed else "",
    )


def _known_by(content: Content) -> str:
    line = content.lines[0]
    return line.agreement_number or line.decision_number or content.number


def _note(content: Content) -> str:
    word = words(content.language)
    texts = [word.example] if content.example else []
    if content.kind is Kind.CREDIT_NOTE:
        texts.append(f"{word.reason}: {content.credit_reason}")
    return " ".join(texts)


def _terms(content: Content) -> str:
    """How it is paid; a credit note says what it takes back instead."""
    word = words(content.language)
    if content.kind is Kind.INVOICE:
        return word.terms.format(days=content.terms_days)
    day = content.credits_issued or content.issued
    return word.credits.format(number=content.credits_number, day=f"{day.day}.{day.month}.{day.year}")


def _line(number: int, line: Line, content: Content) -> peppol.Line:
    """Positive in the direction of its document, with the price that Finvoice has too."""
    price = price_of(line)
    turned = -line.amount if content.kind is Kind.CREDIT_NOTE else line.amount
    return peppol.Line(
        position=str(number),
        name=f"{line.title}, {line.municipality}",
        quantity=price.quantity if turned.value >= 0 else -price.quantity,
        price=price.unit,
        base_quantity=price.base,
        amount=turned,
        note=" ".join(f"{text}." for text in explanation(line, content.language)),
        rate=line.vat_percent,
    )
