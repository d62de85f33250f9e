"""From shares to the frozen content of an invoice, with its number, reference, bar code and due date."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from kimppa.commons.members.models import LegalParty
from kimppa.consortium.agreements.queries import AnnexRow, annex_rate
from kimppa.consortium.agreements.rules import CostClass
from kimppa.consortium.budgets import queries as budgets
from kimppa.consortium.budgets.queries import RevisionRow
from kimppa.consortium.invoicing.content import Content, Line, Party, from_json
from kimppa.consortium.invoicing.models import BillingBatch, Invoice, Payer, Seller
from kimppa.consortium.invoicing.planned import PlannedInvoice, PlannedLine
from kimppa.consortium.invoicing.rules import Kind, SellerMode
from kimppa.consortium.invoicing.share_words import before, made_of, share_words
from kimppa.consortium.invoicing.vat_parts import OUTSIDE_SCOPE, tax_total, turned
from kimppa.consortium.invoicing.words import part_of_year, words
from kimppa.foundation.core.money import Cents
from kimppa.foundation.core.periods import next_working_day
from kimppa.foundation.protocols.barcode import NoBarcode, version_4
from kimppa.foundation.protocols.reference import finnish

SERIAL_DIGITS = 6


@dataclass(frozen=True, slots=True)
class Setting:
    """What all invoices of a batch have in common; calculations and cost annexes by revision's id."""

    seller: Seller
    revisions: Mapping[int, RevisionRow]
    annexes: Mapping[int, AnnexRow | None]
    issued: date
    due: date


@dataclass(frozen=True, slots=True)
class Draft:
    content: Content
    kind: Kind
    credits: Invoice | None = None
    reduces: int | None = None


def setting(batch: BillingBatch, revisions: Iterable[int]) -> Setting:
    """Read once a batch. The due date that is no working day moves to the next one."""
    rows = {pk: budgets.revision(pk) for pk in revisions}
    return Setting(
        seller=batch.seller,
        revisions=rows,
        annexes={pk: annex_rate(CostClass(row.cost_class), row.members_on) for pk, row in rows.items()},
        issued=batch.issued_on,
        due=next_working_day(batch.issued_on + timedelta(days=batch.seller.terms_days)),
    )


def invoice(common: Setting, payer: Payer, serial: int, planned: PlannedInvoice) -> Content:
    """The content of one invoice, in the payer's language."""
    seller, language = common.seller, payer.language
    reference = finnish(f"{seller.reference_base}{serial:0{SERIAL_DIGITS}d}")
    revisions = [common.revisions[line.revision_id] for line in planned.lines]
    return Content(
        kind=Kind.INVOICE,
        number=f"{seller.prefix}{serial}",
        reference=reference,
        barcode=_barcode(seller.iban, planned.total, reference, common.due),
        language=language,
        issued=common.issued,
        due=common.due,
        terms_days=seller.terms_days,
        year=revisions[0].year,
        seller=_party(seller.party),
        payer=_party(payer.party),
        iban=seller.iban,
        bic=seller.bic,
        buyer_reference=payer.buyer_reference,
        vat_category=planned.category,
        vat_reason=words(language).vat_reason if planned.category == OUTSIDE_SCOPE else "",
        lines=tuple(_line(common, line, language) for line in planned.lines),
        total=planned.total,
        example=seller.example or any(row.decision.example for row in revisions),
        ledger=seller.mode == SellerMode.LEDGER,
        vat=planned.vat,
    )


def reduction(
    common: Setting, payer: Payer, serial: int, planned: PlannedInvoice, reduced: Invoice
) -> Content:
    """The content of a credit note that takes a difference from an invoice that goes on standing."""
    numbers = dict.fromkeys(
        common.revisions[line.revision_id].decision.diary_number for line in planned.lines
    )
    return replace(
        invoice(common, payer, serial, planned),
        kind=Kind.CREDIT_NOTE,
        barcode="",
        due=common.issued,
        credits_number=reduced.number,
        credits_issued=reduced.issued_on,
        credit_reason=share_words(payer.language).difference.format(number=", ".join(numbers)),
    )


def credit_note(
    row: Invoice, serial: int, *, reason: str, issued: date, reduced_by: Sequence[Invoice] = ()
) -> Content:
    """The content of a note that credits what stands of an invoice: its lines with the sign turned.

    Where differences had reduced it, their lines are turned too, so that the sum is what was left, and so
    is the VAT of each rate.
    """
    charged = from_json(row.content)
    notes = [from_json(note.content) for note in reduced_by]
    lines = [line for content in (charged, *notes) for line in content.lines]
    vat = turned(part for content in (charged, *notes) for part in content.vat)
    reference = finnish(f"{row.seller.reference_base}{serial:0{SERIAL_DIGITS}d}")
    return replace(
        charged,
        kind=Kind.CREDIT_NOTE,
        number=f"{row.seller.prefix}{serial}",
        reference=reference,
        barcode="",
        issued=issued,
        due=issued,
        lines=tuple(replace(line, amount=-line.amount) for line in lines),
        total=Cents(-sum(line.amount.value for line in lines)) + tax_total(vat),
        vat=vat,
        credits_number=charged.number,
        credits_issued=charged.issued,
        credit_reason=reason,
    )


def _line(common: Setting, planned: PlannedLine, language: str) -> Line:
    share = planned.share
    revision, annex = common.revisions[planned.revision_id], common.annexes[planned.revision_id]
    charged = planned.whole if planned.whole is not None else planned.amount
    whole = charged == share.amount and not planned.before.value
    made = made_of(share, revision, language)
    now = planned.before + charged
    if not whole:
        made = (*made, before(now, planned.before, charged, language))
    if planned.stretch is not None:
        made = (*made, part_of_year(planned.stretch, planned.amount, charged, language))
    return Line(
        source=planned.source,
        municipality_code=share.code,
        municipality=share.name(language),
        title=revision.title(language),
        residents=share.residents,
        reference_date=share.reference_date,
        population_source=share.population_source,
        rate=share.rate,
        decided_sum=revision.amount,
        months=share.months,
        amount=planned.amount,
        decision_number=revision.decision.diary_number,
        decision_title=revision.decision.title(language),
        decision_body=revision.decision.body(language),
        decided_on=revision.decision.decided_on,
        agreement_number=annex.agreement_number if annex else "",
        clause=annex.clause if annex else "",
        made=made,
        share=None if whole and planned.whole is None else now,
        charged_before=None if whole else planned.before,
        by_recipe=share.made_of is not None,
        vat_percent=planned.vat.percent,
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
