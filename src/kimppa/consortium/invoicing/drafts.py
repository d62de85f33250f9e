"""From shares to the frozen content of an invoice, with its number, reference, bar code and due date."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from kimppa.commons.members.models import LegalParty
from kimppa.consortium.agreements.queries import AnnexRow, annex_rate
from kimppa.consortium.agreements.rules import CostClass
from kimppa.consortium.budgets import queries as budgets
from kimppa.consortium.budgets.queries import RevisionRow, ShareRow
from kimppa.consortium.invoicing.content import Content, Line, Party, from_json
from kimppa.consortium.invoicing.models import BillingBatch, Invoice, Payer, Seller
from kimppa.consortium.invoicing.rules import Kind, SellerMode
from kimppa.consortium.invoicing.words import words
from kimppa.foundation.core.money import Cents
from kimppa.foundation.core.periods import next_working_day
from kimppa.foundation.protocols.barcode import NoBarcode, version_4
from kimppa.foundation.protocols.reference import finnish

# Cost shares between municipalities are outside the scope of VAT (domain §4; EN 16931 category O).
OUTSIDE_SCOPE = "O"
SERIAL_DIGITS = 6


@dataclass(frozen=True, slots=True)
class Setting:
    """What all invoices of a batch have in common."""

    seller: Seller
    revision: RevisionRow
    annex: AnnexRow | None
    issued: date
    due: date


@dataclass(frozen=True, slots=True)
class Draft:
    content: Content
    kind: Kind
    credits: Invoice | None = None


def setting(batch: BillingBatch) -> Setting:
    """Read once a batch. The due date that is no working day moves to the next one."""
    revision = budgets.revision(batch.revision_id)
    return Setting(
        seller=batch.seller,
        revision=revision,
        annex=annex_rate(CostClass(revision.cost_class), revision.members_on),
        issued=batch.issued_on,
        due=next_working_day(batch.issued_on + timedelta(days=batch.seller.terms_days)),
    )


def invoice(common: Setting, payer: Payer, serial: int, shares: Sequence[ShareRow]) -> Content:
    """The content of one invoice, in the payer's language."""
    seller, language = common.seller, payer.language
    total = Cents(sum(share.amount.value for share in shares))
    reference = finnish(f"{seller.reference_base}{serial:0{SERIAL_DIGITS}d}")
    return Content(
        kind=Kind.INVOICE,
        number=f"{seller.prefix}{serial}",
        reference=reference,
        barcode=_barcode(seller.iban, total, reference, common.due),
        language=language,
        issued=common.issued,
        due=common.due,
        terms_days=seller.terms_days,
        year=common.revision.year,
        seller=_party(seller.party),
        payer=_party(payer.party),
        iban=seller.iban,
        bic=seller.bic,
        buyer_reference=payer.buyer_reference,
        vat_category=OUTSIDE_SCOPE,
        vat_reason=words(language).vat_reason,
        lines=tuple(_line(common, share, language) for share in shares),
        total=total,
        example=seller.example or common.revision.decision.example,
        ledger=seller.mode == SellerMode.LEDGER,
    )


def credit_note(row: Invoice, serial: int, *, reason: str, issued: date) -> Content:
    """The content of a note that credits the whole of an invoice: the same lines with the sign turned."""
    charged = from_json(row.content)
    reference = finnish(f"{row.seller.reference_base}{serial:0{SERIAL_DIGITS}d}")
    return replace(
        charged,
        kind=Kind.CREDIT_NOTE,
        number=f"{row.seller.prefix}{serial}",
        reference=reference,
        barcode="",
        issued=issued,
        due=issued,
        lines=tuple(replace(line, amount=-line.amount) for line in charged.lines),
        total=-charged.total,
        credits_number=charged.number,
        credits_issued=charged.issued,
        credit_reason=reason,
    )


def _line(common: Setting, share: ShareRow, language: str) -> Line:
    revision, annex = common.revision, common.annex
    return Line(
        source=share.source,
        municipality_code=share.code,
        municipality=share.name(language),
        title=revision.title(language),
        residents=share.residents,
        reference_date=share.reference_date,
        population_source=share.population_source,
        rate=share.rate,
        decided_sum=revision.amount,
        months=share.months,
        amount=share.amount,
        decision_number=revision.decision.diary_number,
        decision_title=revision.decision.title(language),
        decision_body=revision.decision.body(language),
        decided_on=revision.decision.decided_on,
        agreement_number=annex.agreement_number if annex else "",
        clause=annex.clause if annex else "",
    )


def _party(party: LegalParty) -> Party:
    return Party(
        name=party.name,
        business_id=party.business_id,
        street=party.street,
        postal_code=party.postal_code,
        town=party.town,
        einvoice_address=party.einvoice_address,
        einvoice_operator=party.einvoice_operator,
    )


def _barcode(iban: str, total: Cents, reference: str, due: date) -> str:
    """Empty for a foreign account: the bar code exists for Finnish ones only."""
    try:
        return version_4(iban=iban, amount=total, reference=reference, due=due)
    except NoBarcode:
        return ""
