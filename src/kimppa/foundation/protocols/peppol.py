"""Peppol BIS Billing 3 (EN 16931 in UBL 2.1): typed invoices and credit notes in, XML bytes out. Pure.

Both kinds are told in positive figures: a credit note (381) says by its kind that money goes back. A line
that goes against its document's direction has a negative quantity; a price is never negative. Elements
stand in the order of UBL 2.1. What the standard cannot carry is refused by name, never cut where machines
match on it.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum

from lxml import etree

from kimppa.foundation.core.errors import Invalid
from kimppa.foundation.core.money import Cents
from kimppa.foundation.core.text import clean_line, noop, shorten

CURRENCY = "EUR"
CUSTOMIZATION = "urn:cen.eu:en16931:2017#compliant#urn:fdc:peppol.eu:2017:poacc:billing:3.0"
PROFILE = "urn:fdc:peppol.eu:2017:poacc:billing:01:1.0"
UBL = "urn:oasis:names:specification:ubl:schema:xsd:"
CAC = f"{UBL}CommonAggregateComponents-2"
CBC = f"{UBL}CommonBasicComponents-2"
# Finnish addresses of e-invoicing (EAS) and of the register of organisations (ICD).
OVT_SCHEME = "0216"
BUSINESS_ID_SCHEME = "0212"
CREDIT_TRANSFER = "30"
OUTSIDE_SCOPE = "O"
REASON_CODES = {OUTSIDE_SCOPE: "VATEX-EU-O"}
MEDIA_TYPES = ("application/pdf", "image/png", "image/jpeg", "text/csv")


class NotInPeppol(Invalid):
    code = "peppol-not-expressible"
    sentence = noop("The Peppol e-invoice cannot carry this: %(field)s is “%(value)s”.")


class Kind(StrEnum):
    INVOICE = "380"
    CREDIT_NOTE = "381"


@dataclass(frozen=True, slots=True)
class Party:
    """`endpoint` is an OVT id; `vat_id` stays empty outside the scope of VAT (BR-O-02)."""

    name: str
    business_id: str
    endpoint: str
    street: str = ""
    town: str = ""
    postal_code: str = ""
    country: str = "FI"
    vat_id: str = ""


@dataclass(frozen=True, slots=True)
class Vat:
    """One regime for the whole document; outside the scope there is a reason and no rate."""

    category: str
    reason: str = ""
    rate: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """quantity × price ÷ base quantity is `amount`, to the cent when rounded half up (R120)."""

    position: str
    name: str
    quantity: Decimal
    price: Decimal
    base_quantity: int
    amount: Cents
    note: str = ""
    unit: str = "C62"
    # The line's own VAT rate, where the document has several.
    rate: Decimal | None = None


@dataclass(frozen=True, slots=True)
class TaxPart:
    """The sum and the tax at one rate of the document's category."""

    rate: Decimal
    net: Cents
    tax: Cents


@dataclass(frozen=True, slots=True)
class Attachment:
    identifier: str
    description: str
    name: str
    media_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Document:
    """`net` and `tax` are positive; `original` is the invoice that a credit note credits.

    `tax_parts`: the breakdown where the lines are taxed, at one rate or several; empty: all by `vat`.
    """

    kind: Kind
    number: str
    issued: date
    due: date
    seller: Party
    buyer: Party
    buyer_reference: str
    iban: str
    bic: str
    reference: str
    terms: str
    vat: Vat
    net: Cents
    tax: Cents
    lines: Sequence[Line]
    period: tuple[date, date] | None = None
    contract: str = ""
    note: str = ""
    original: tuple[str, date] | None = None
    attachments: Sequence[Attachment] = field(default=())
    tax_parts: Sequence[TaxPart] = field(default=())


def to_xml(document: Document) -> bytes:
    """The document as UTF-8 XML. Raises NotInPeppol naming the field that does not fit."""
    _check(document)
    invoice = document.kind is Kind.INVOICE
    space = f"{UBL}{'Invoice' if invoice else 'CreditNote'}-2"
    root = etree.Element(
        etree.QName(space, "Invoice" if invoice else "CreditNote"),
        # None is the default namespace; the stubs do not know it.
        nsmap={None: space, "cac": CAC, "cbc": CBC},  # type: ignore[dict-item]
    )
    _head(root, document)
    _references(root, document)
    _party(root, "AccountingSupplierParty", document.seller)
    _party(root, "AccountingCustomerParty", document.buyer)
    _payment(root, document)
    _tax(root, document)
    _totals(root, document)
    for line in document.lines:
        _line(root, line, document)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)


def _check(document: Document) -> None:
    if sum(line.amount.value for line in document.lines) != document.net.value:
        raise NotInPeppol(field="LineExtensionAmount", value=document.net.plain())
    parts = document.tax_parts
    sums = (sum(part.net.value for part in parts), sum(part.tax.value for part in parts))
    if parts and sums != (document.net.value, document.tax.value):
        raise NotInPeppol(field="TaxAmount", value=document.tax.plain())
    if document.net.value < 0:
        raise NotInPeppol(field="PayableAmount", value=document.net.plain())
    for party in (document.seller, document.buyer):
        for name, value in (("EndpointID", party.endpoint), ("CompanyID", party.business_id)):
            if not value:
                raise NotInPeppol(field=name, value=party.name[:60])
    if not document.buyer_reference:
        raise NotInPeppol(field="BuyerReference", value="")
    for one in document.attachments:
        if one.media_type not in MEDIA_TYPES:
            raise NotInPeppol(field="EmbeddedDocumentBinaryObject", value=one.media_type[:60])


def _head(root: etree._Element, document: Document) -> None:
    invoice = document.kind is Kind.INVOICE
    _basic(root, "CustomizationID", CUSTOMIZATION)
    _basic(root, "ProfileID", PROFILE)
    _basic(root, "ID", document.number)
    _basic(root, "IssueDate", document.issued.isoformat())
    if invoice:
        _basic(root, "DueDate", document.due.isoformat())
    _basic(root, "InvoiceTypeCode" if invoice else "CreditNoteTypeCode", document.kind.value)
    if document.note:
        # One note only between parties outside Germany (R002).
        _basic(root, "Note", document.note, 2000)
    _basic(root, "DocumentCurrencyCode", CURRENCY)
    _basic(root, "BuyerReference", document.buyer_reference)


def _references(root: etree._Element, document: Document) -> None:
    if document.period is not None:
        period = _aggregate(root, "InvoicePeriod")
        _basic(period, "StartDate", document.period[0].isoformat())
        _basic(period, "EndDate", document.period[1].isoformat())
    if document.original is not None:
        billing = _aggregate(_aggregate(root, "BillingReference"), "InvoiceDocumentReference")
        _basic(billing, "ID", document.original[0])
        _basic(billing, "IssueDate", document.original[1].isoformat())
    if document.contract:
        _basic(_aggregate(root, "ContractDocumentReference"), "ID", document.contract)
    for one in document.attachments:
        reference = _aggregate(root, "AdditionalDocumentReference")
        _basic(reference, "ID", one.identifier)
        _basic(reference, "DocumentDescription", one.description)
        inner = etree.SubElement(
            _aggregate(reference, "Attachment"),
            etree.QName(CBC, "EmbeddedDocumentBinaryObject"),
            {"mimeCode": one.media_type, "filename": one.name},
        )
        inner.text = base64.b64encode(one.content).decode("ascii")


def _party(root: etree._Element, role: str, party: Party) -> None:
    element = _aggregate(_aggregate(root, role), "Party")
    _basic(element, "EndpointID", party.endpoint, schemeID=OVT_SCHEME)
    _basic(_aggregate(element, "PartyName"), "Name", party.name)
    address = _aggregate(element, "PostalAddress")
    for name, value in (
        ("StreetName", party.street),
        ("CityName", party.town),
        ("PostalZone", party.postal_code),
    ):
        if value:
            _basic(address, name, value)
    _basic(_aggregate(address, "Country"), "IdentificationCode", party.country)
    if party.vat_id:
        scheme = _aggregate(element, "PartyTaxScheme")
        _basic(scheme, "CompanyID", party.vat_id)
        _basic(_aggregate(scheme, "TaxScheme"), "ID", "VAT")
    legal = _aggregate(element, "PartyLegalEntity")
    _basic(legal, "RegistrationName", party.name)
    _basic(legal, "CompanyID", party.business_id, schemeID=BUSINESS_ID_SCHEME)


def _payment(root: etree._Element, document: Document) -> None:
    if document.kind is Kind.INVOICE:
        means = _aggregate(root, "PaymentMeans")
        _basic(means, "PaymentMeansCode", CREDIT_TRANSFER)
        _basic(means, "PaymentID", document.reference)
        account = _aggregate(means, "PayeeFinancialAccount")
        _basic(account, "ID", document.iban)
        _basic(_aggregate(account, "FinancialInstitutionBranch"), "ID", document.bic)
    _basic(_aggregate(root, "PaymentTerms"), "Note", document.terms)


def _tax(root: etree._Element, document: Document) -> None:
    total = _aggregate(root, "TaxTotal")
    _amount(total, "TaxAmount", document.tax)
    if not document.tax_parts:
        _subtotal(total, document, document.vat, document.net, document.tax)
    for one in document.tax_parts:
        _subtotal(total, document, replace(document.vat, rate=one.rate), one.net, one.tax)


def _subtotal(total: etree._Element, document: Document, vat: Vat, net: Cents, tax: Cents) -> None:
    part = _aggregate(total, "TaxSubtotal")
    _amount(part, "TaxableAmount", net)
    _amount(part, "TaxAmount", tax)
    category = _category(part, "TaxCategory", vat)
    if document.vat.category in REASON_CODES:
        _basic(category, "TaxExemptionReasonCode", REASON_CODES[document.vat.category])
    if document.vat.reason:
        _basic(category, "TaxExemptionReason", document.vat.reason)
    _basic(_aggregate(category, "TaxScheme"), "ID", "VAT")


def _category(parent: etree._Element, name: str, vat: Vat) -> etree._Element:
    category = _aggregate(parent, name)
    _basic(category, "ID", vat.category)
    if vat.rate is not None and vat.category != OUTSIDE_SCOPE:
        _basic(category, "Percent", f"{vat.rate:f}")
    return category


def _totals(root: etree._Element, document: Document) -> None:
    total = _aggregate(root, "LegalMonetaryTotal")
    gross = document.net + document.tax
    _amount(total, "LineExtensionAmount", document.net)
    _amount(total, "TaxExclusiveAmount", document.net)
    _amount(total, "TaxInclusiveAmount", gross)
    _amount(total, "PayableAmount", gross)


def _line(root: etree._Element, line: Line, document: Document) -> None:
    invoice = document.kind is Kind.INVOICE
    element = _aggregate(root, "InvoiceLine" if invoice else "CreditNoteLine")
    _basic(element, "ID", line.position)
    if line.note:
        _basic(element, "Note", line.note, 2000)
    quantity = "InvoicedQuantity" if invoice else "CreditedQuantity"
    _basic(element, quantity, f"{line.quantity:f}", unitCode=line.unit)
    _amount(element, "LineExtensionAmount", line.amount)
    item = _aggregate(element, "Item")
    _basic(item, "Name", line.name)
    vat = document.vat if line.rate is None else replace(document.vat, rate=line.rate)
    category = _category(item, "ClassifiedTaxCategory", vat)
    _basic(_aggregate(category, "TaxScheme"), "ID", "VAT")
    price = _aggregate(element, "Price")
    _basic(price, "PriceAmount", f"{line.price:f}", currencyID=CURRENCY)
    if line.base_quantity != 1:
        _basic(price, "BaseQuantity", str(line.base_quantity), unitCode=line.unit)


def _aggregate(parent: etree._Element, name: str) -> etree._Element:
    return etree.SubElement(parent, etree.QName(CAC, name))


def _basic(parent: etree._Element, name: str, value: str, limit: int = 500, /, **attributes: str) -> None:
    element = etree.SubElement(parent, etree.QName(CBC, name), dict(attributes))
    element.text = shorten(clean_line(value), limit)


def _amount(parent: etree._Element, name: str, amount: Cents) -> None:
    _basic(parent, name, amount.plain(), currencyID=CURRENCY)
