"""What our invoices mean in Finvoice 3.0 (foundation.protocols.finvoice writes the XML)."""

from __future__ import annotations

from datetime import UTC, date, datetime

from kimppa.consortium.invoicing.content import Content, Line, Party
from kimppa.consortium.invoicing.rules import (
    MONTHS_OF_YEAR,
    Kind,
    Price,
    price_by_rate,
    price_of_amount,
)
from kimppa.consortium.invoicing.words import (
    Words,
    show_count,
    show_day,
    show_percent,
    vat_id,
    words,
)
from kimppa.foundation.core.money import Cents, show_euros, show_rate
from kimppa.foundation.protocols import finvoice


def xml(content: Content) -> bytes:
    """The e-invoice of frozen content. Raises NotExpressible where a field does not fit."""
    word = words(content.language)
    credit = content.kind is Kind.CREDIT_NOTE
    original = (content.credits_number, content.credits_issued or content.issued) if credit else None
    texts = [word.example] if content.example else []
    if credit:
        texts.append(f"{word.reason}: {content.credit_reason}")
    return finvoice.to_xml(
        finvoice.Document(
            kind=finvoice.Kind.CREDIT_NOTE if credit else finvoice.Kind.INVOICE,
            type_text=(word.credit_note if credit else word.invoice).upper(),
            number=content.number,
            issued=content.issued,
            due=content.due,
            terms=word.terms.format(days=content.terms_days),
            seller=_party(content.seller, taxed=bool(content.vat)),
            buyer=_party(content.payer, taxed=bool(content.vat)),
            account=finvoice.Account(content.iban, content.bic),
            reference=content.reference,
            total=content.total,
            vat=finvoice.Vat(
                content.vat_category,
                content.vat_reason,
                tuple(finvoice.TaxPart(part.percent, part.net, part.tax) for part in content.vat),
            ),
            rows=[_row(number, line, content) for number, line in enumerate(content.lines, start=1)],
            language=content.language,
            period=(date(content.year, 1, 1), date(content.year, 12, 31)),
            agreement=content.lines[0].agreement_number,
            buyer_reference=content.buyer_reference,
            barcode=content.barcode,
            original=original,
            texts=texts,
            transmission=_transmission(content),
        )
    )


def _party(party: Party, *, taxed: bool) -> finvoice.Party:
    whole = all(len(part) >= 2 for part in (party.street, party.postal_code, party.town))
    address = finvoice.Address(party.street, party.postal_code, party.town) if whole else None
    return finvoice.Party(party.name, party.business_id, address, vat_id(party.business_id) if taxed else "")


def _row(number: int, line: Line, content: Content) -> finvoice.Row:
    price = price_of(line)
    by_rate = line.rate is not None and price.quantity == line.residents
    sign = -1 if line.amount.value < 0 else 1
    word = words(content.language)
    return finvoice.Row(
        position=str(number),
        name=f"{line.title}, {line.municipality}",
        quantity=price.quantity * sign,
        unit_price=price.unit,
        base_quantity=price.base,
        amount=line.amount,
        unit=word.resident_unit if by_rate else "kpl",
        agreement=line.agreement_number,
        texts=explanation(line, content.language),
        vat_percent=line.vat_percent,
    )


def price_of(line: Line) -> Price:
    """A line's positive price, whose product with its quantity is the line's amount again.

    A share by rate is priced by resident; what is no such product (a share of a sum, a difference between
    two calculations) is one piece.
    """
    if line.rate is not None:
        price = price_by_rate(line.rate, line.residents, line.months)
        if price.amount == abs_of(line):
            return price
    return price_of_amount(abs_of(line))


def abs_of(line: Line) -> Cents:
    """A line's amount without its sign; credits repeat the charged line with negative quantities."""
    return line.amount if line.amount.value >= 0 else -line.amount


def explanation(line: Line, language: str) -> tuple[str, ...]:
    """How the share was made, in sentences: reckoning, population, decision, agreement."""
    word = words(language)
    texts = [
        *_reckoning(line, language, word),
        word.population.format(day=show_day(line.reference_date), source=line.population_source),
        word.decision.format(
            body=line.decision_body,
            day=show_day(line.decided_on),
            number=line.decision_number,
            title=line.decision_title,
        ),
    ]
    if line.agreement_number:
        texts.append(word.agreement.format(number=line.agreement_number, clause=line.clause).strip())
    if line.vat_percent is not None:
        texts.append(word.vat_line.format(percent=show_percent(line.vat_percent, language)))
    return tuple(texts)


def _reckoning(line: Line, language: str, word: Words) -> tuple[str, ...]:
    """The product or the split, and what else is to be said of how the share and the line came about."""
    residents = show_count(line.residents, language)
    whole = line.share if line.share is not None else line.amount
    amount = show_euros(whole if whole.value >= 0 else -whole, language)
    if line.rate is not None:
        rate = show_rate(line.rate, language)
        part = "" if line.months == MONTHS_OF_YEAR else f" × {line.months}/{MONTHS_OF_YEAR}"
        first = word.how_by_rate.format(residents=residents, rate=rate, part=part, amount=amount)
        return first, *line.made
    if line.by_recipe:
        return line.made
    decided = show_euros(line.decided_sum, language) if line.decided_sum is not None else ""
    return word.how_by_amount.format(sum=decided, residents=residents, amount=amount), *line.made


def _transmission(content: Content) -> finvoice.Transmission | None:
    """Routing, where both ends have an e-invoice address and an operator."""
    ends = (content.seller, content.payer)
    if not all(party.einvoice_address and party.einvoice_operator for party in ends):
        return None
    sender, receiver = (finvoice.Endpoint(p.einvoice_address, p.einvoice_operator) for p in ends)
    day = content.issued
    # The stamp is the document's own day, so that making it again gives the same bytes.
    stamped = datetime(day.year, day.month, day.day, 10, tzinfo=UTC)
    return finvoice.Transmission(sender, receiver, f"{content.number}-{content.reference}", stamped)
