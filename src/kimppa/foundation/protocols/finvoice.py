"""Finvoice 3.0, the Finnish e-invoice: typed documents in, XML bytes out. Pure.

Amounts have a decimal comma, dates are CCYYMMDD, and rows keep the schema's own order (the position comes
after the price, not first). A credit note (INV02) is given with negative quantities and totals and a
positive unit price, as the banks' guidelines ask; the caller passes the signed values.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from lxml import etree

from kimppa.foundation.core.errors import Invalid
from kimppa.foundation.core.money import Cents, decimals, half_up_cents
from kimppa.foundation.core.text import clean_line, noop, shorten

CURRENCY = "EUR"
SPECIFICATION = "EN16931"
PRICE_DECIMALS = 5


class NotExpressible(Invalid):
    code = "finvoice-not-expressible"
    sentence = noop("The e-invoice cannot carry this: %(field)s is “%(value)s”.")


class Kind(StrEnum):
    INVOICE = "INV01"
    CREDIT_NOTE = "INV02"


UN_CODE = {Kind.INVOICE: "380", Kind.CREDIT_NOTE: "381"}


@dataclass(frozen=True, slots=True)
class Address:
    street: str
    postal_code: str
    town: str
    country: str = "FI"


@dataclass(frozen=True, slots=True)
class Party:
    """`business_id` is a Y-tunnus with its hyphen, or empty; `vat_id` only where the invoice is taxed."""

    name: str
    business_id: str = ""
    address: Address | None = None
    vat_id: str = ""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where the message goes: an OVT id or IBAN, and the operator's or bank's own id."""

    identifier: str
    intermediator: str


@dataclass(frozen=True, slots=True)
class Transmission:
    sender: Endpoint
    receiver: Endpoint
    message_id: str
    stamped: datetime


@dataclass(frozen=True, slots=True)
class Account:
    iban: str
    bic: str


@dataclass(frozen=True, slots=True)
class Row:
    """One line. quantity × unit_price ÷ base_quantity, rounded, is `amount`; quantity carries the sign.

    `amount` is without VAT; `vat_percent` is empty outside its scope.
    """

    position: str
    name: str
    quantity: Decimal
    unit_price: Decimal
    base_quantity: int
    amount: Cents
    unit: str = "kpl"
    unit_un: str = "C62"
    agreement: str = ""
    texts: Sequence[str] = field(default=())
    vat_percent: Decimal | None = None


@dataclass(frozen=True, slots=True)
class TaxPart:
    """The sum and the tax at one rate."""

    percent: Decimal
    net: Cents
    tax: Cents


@dataclass(frozen=True, slots=True)
class Vat:
    """One VAT regime for the whole invoice; category O carries a reason and no rate, so no parts."""

    category: str
    reason: str
    parts: Sequence[TaxPart] = field(default=())

    @property
    def tax(self) -> Cents:
        return Cents(sum(part.tax.value for part in self.parts))


@dataclass(frozen=True, slots=True)
class Document:
    kind: Kind
    type_text: str
    number: str
    issued: date
    due: date
    terms: str
    seller: Party
    buyer: Party
    account: Account
    reference: str
    total: Cents
    vat: Vat
    rows: Sequence[Row]
    language: str = "fi"
    period: tuple[date, date] | None = None
    agreement: str = ""
    buyer_reference: str = ""
    barcode: str = ""
    original: tuple[str, date] | None = None
    texts: Sequence[str] = field(default=())
    transmission: Transmission | None = None


def to_xml(document: Document) -> bytes:
    """The document as UTF-8 XML. Raises NotExpressible naming the field that does not fit."""
    if not document.rows:
        raise NotExpressible(field="InvoiceRow", value="")
    net = document.total - document.vat.tax
    if sum(row.amount.value for row in document.rows) != net.value:
        raise NotExpressible(field="InvoiceTotalVatExcludedAmount", value=net.plain())
    if document.vat.parts and sum(part.net.value for part in document.vat.parts) != net.value:
        raise NotExpressible(field="VatBaseAmount", value=net.plain())
    root = etree.Element("Finvoice", Version="3.0")
    if document.transmission is not None:
        _transmission(root, document.transmission)
    _party(root, "Seller", document.seller)
    _seller_account(root, document.account)
    _text(root, "InvoiceRecipientLanguageCode", document.language.upper())
    _party(root, "Buyer", document.buyer)
    _invoice_details(root, document)
    if document.barcode:
        _text(root, "VirtualBankBarcode", document.barcode)
    for row in document.rows:
        _row(root, row, document)
    _payment(root, document)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)


def ovt(business_id: str, suffix: str = "") -> str:
    """The OVT id of a business id: 0037, eight digits, a suffix of up to five."""
    bare = business_id.replace("-", "")
    if len(bare) != 8 or not bare.isdigit() or len(suffix) > 5:
        raise NotExpressible(field="OVT", value=business_id[:40])
    return f"0037{bare}{suffix}"


def comma(number: Decimal, least: int = 2, most: int = PRICE_DECIMALS) -> str:
    """Decimal comma with at least `least` and at most `most` decimals, never rounded."""
    places = decimals(number)
    if places > most:
        raise NotExpressible(field="decimals", value=str(number))
    return f"{number:.{max(least, places)}f}".replace(".", ",")


def _transmission(root: etree._Element, message: Transmission) -> None:
    details = etree.SubElement(root, "MessageTransmissionDetails")
    sender = etree.SubElement(details, "MessageSenderDetails")
    _text(sender, "FromIdentifier", message.sender.identifier, 35, SchemeID=_scheme(message.sender))
    _text(sender, "FromIntermediator", message.sender.intermediator, 35)
    receiver = etree.SubElement(details, "MessageReceiverDetails")
    _text(receiver, "ToIdentifier", message.receiver.identifier, 35, SchemeID=_scheme(message.receiver))
    _text(receiver, "ToIntermediator", message.receiver.intermediator, 35)
    inner = etree.SubElement(details, "MessageDetails")
    _text(inner, "MessageIdentifier", message.message_id, 48)
    _text(inner, "MessageTimeStamp", message.stamped.isoformat(timespec="seconds"))
    _text(inner, "SpecificationIdentifier", SPECIFICATION)


def _scheme(endpoint: Endpoint) -> str:
    return "0216" if endpoint.identifier.startswith("0037") else "IBAN"


def _party(root: etree._Element, role: str, party: Party) -> None:
    details = etree.SubElement(root, f"{role}PartyDetails")
    if party.business_id:
        _text(details, f"{role}PartyIdentifier", party.business_id, 35)
    _text(details, f"{role}OrganisationName", party.name, 70)
    if party.vat_id:
        _exact(details, f"{role}OrganisationTaxCode", party.vat_id, 35)
    if party.address is None:
        return
    address = etree.SubElement(details, f"{role}PostalAddressDetails")
    _text(address, f"{role}StreetName", party.address.street, 35)
    _text(address, f"{role}TownName", party.address.town, 35)
    _text(address, f"{role}PostCodeIdentifier", party.address.postal_code, 35)
    _text(address, "CountryCode", party.address.country)


def _seller_account(root: etree._Element, account: Account) -> None:
    information = etree.SubElement(root, "SellerInformationDetails")
    details = etree.SubElement(information, "SellerAccountDetails")
    _text(details, "SellerAccountID", account.iban, IdentificationSchemeName="IBAN")
    _text(details, "SellerBic", account.bic, IdentificationSchemeName="BIC")


def _invoice_details(root: etree._Element, document: Document) -> None:
    details = etree.SubElement(root, "InvoiceDetails")
    _text(details, "InvoiceTypeCode", document.kind.value)
    _text(details, "InvoiceTypeCodeUN", UN_CODE[document.kind])
    _text(details, "InvoiceTypeText", document.type_text, 35)
    _text(details, "OriginCode", "Original")
    _exact(details, "InvoiceNumber", document.number, 20)
    _day(details, "InvoiceDate", document.issued)
    if document.original is not None:
        _exact(details, "OriginalInvoiceNumber", document.original[0], 20)
        _day(details, "OriginalInvoiceDate", document.original[1])
    if document.period is not None:
        _day(details, "InvoicingPeriodStartDate", document.period[0])
        _day(details, "InvoicingPeriodEndDate", document.period[1])
    if document.agreement:
        _text(details, "AgreementIdentifier", document.agreement, 70)
    if document.buyer_reference:
        _exact(details, "BuyerReferenceIdentifier", document.buyer_reference, 70)
    _totals(details, document)
    for text in document.texts:
        _text(details, "InvoiceFreeText", text, 512)
    terms = etree.SubElement(details, "PaymentTermsDetails")
    _text(terms, "PaymentTermsFreeText", document.terms, 70)
    _day(terms, "InvoiceDueDate", document.due)


def _totals(details: etree._Element, document: Document) -> None:
    net = document.total - document.vat.tax
    _amount(details, "RowsTotalVatExcludedAmount", net)
    _amount(details, "InvoiceTotalVatExcludedAmount", net)
    _amount(details, "InvoiceTotalVatAmount", document.vat.tax)
    _amount(details, "InvoiceTotalVatIncludedAmount", document.total)
    for part in document.vat.parts:
        vat = etree.SubElement(details, "VatSpecificationDetails")
        _amount(vat, "VatBaseAmount", part.net)
        _text(vat, "VatRatePercent", comma(part.percent, least=0))
        _text(vat, "VatCode", document.vat.category)
        _amount(vat, "VatRateAmount", part.tax)
    if document.vat.parts:
        return
    vat = etree.SubElement(details, "VatSpecificationDetails")
    _amount(vat, "VatBaseAmount", document.total)
    _text(vat, "VatCode", document.vat.category)
    _amount(vat, "VatRateAmount", Cents(0))
    _text(vat, "VatFreeText", document.vat.reason, 70)


def _row(root: etree._Element, row: Row, document: Document) -> None:
    element = etree.SubElement(root, "InvoiceRow")
    _text(element, "ArticleName", row.name, 100)
    quantity = comma(row.quantity, least=0)
    _exact(
        element, "InvoicedQuantity", quantity, 14, QuantityUnitCode=row.unit, QuantityUnitCodeUN=row.unit_un
    )
    _text(element, "UnitPriceAmount", comma(row.unit_price), AmountCurrencyIdentifier=CURRENCY)
    if row.base_quantity != 1:
        _text(element, "UnitPriceBaseQuantity", str(row.base_quantity), QuantityUnitCodeUN=row.unit_un)
    _text(element, "RowPositionIdentifier", row.position, 35)
    if document.original is not None:
        _exact(element, "OriginalInvoiceNumber", document.original[0], 20)
    if row.agreement:
        _text(element, "RowAgreementIdentifier", row.agreement, 70)
    for text in row.texts:
        _text(element, "RowFreeText", text, 512)
    if row.vat_percent is not None:
        _text(element, "RowVatRatePercent", comma(row.vat_percent, least=0))
    _text(element, "RowVatCode", document.vat.category)
    if row.vat_percent is None:
        _amount(element, "RowVatExcludedAmount", row.amount)
        return
    # A row's own tax is for the reader; the invoice's is reckoned of the sum of each rate.
    tax = half_up_cents(row.amount.euros * row.vat_percent / 100)
    _amount(element, "RowVatAmount", tax)
    _amount(element, "RowVatExcludedAmount", row.amount)
    _amount(element, "RowAmount", row.amount + tax)


def _payment(root: etree._Element, document: Document) -> None:
    epi = etree.SubElement(root, "EpiDetails")
    identification = etree.SubElement(epi, "EpiIdentificationDetails")
    _day(identification, "EpiDate", document.issued)
    etree.SubElement(identification, "EpiReference")
    parties = etree.SubElement(epi, "EpiPartyDetails")
    bank = etree.SubElement(parties, "EpiBfiPartyDetails")
    _text(bank, "EpiBfiIdentifier", document.account.bic, IdentificationSchemeName="BIC")
    payee = etree.SubElement(parties, "EpiBeneficiaryPartyDetails")
    _text(payee, "EpiNameAddressDetails", document.seller.name, 35)
    _text(payee, "EpiAccountID", document.account.iban, IdentificationSchemeName="IBAN")
    order = etree.SubElement(epi, "EpiPaymentInstructionDetails")
    scheme = "ISO" if document.reference.startswith("RF") else "SPY"
    _exact(order, "EpiRemittanceInfoIdentifier", document.reference, 25, IdentificationSchemeName=scheme)
    _amount(order, "EpiInstructedAmount", document.total)
    _text(order, "EpiCharge", "SLEV", ChargeOption="SLEV")
    _day(order, "EpiDateOptionDate", document.due)


def _text(parent: etree._Element, name: str, value: str, limit: int = 512, /, **attributes: str) -> None:
    """Words for people: cleaned, and cut with an ellipsis where the schema has no more room."""
    element = etree.SubElement(parent, name, dict(attributes))
    element.text = shorten(clean_line(value), limit)


def _exact(parent: etree._Element, name: str, value: str, limit: int, /, **attributes: str) -> None:
    """What machines match on: never cut."""
    if not value or len(value) > limit:
        raise NotExpressible(field=name, value=value[:60])
    _text(parent, name, value, limit, **attributes)


def _amount(parent: etree._Element, name: str, amount: Cents) -> None:
    _text(parent, name, comma(amount.euros), AmountCurrencyIdentifier=CURRENCY)


def _day(parent: etree._Element, name: str, day: date) -> None:
    _text(parent, name, day.strftime("%Y%m%d"), Format="CCYYMMDD")
