"""E-invoices that come in: Finvoice 3.0 and UBL 2.1 (Peppol BIS Billing 3), as one typed document. Pure.

What a sender wrote is read, not believed: no entities, no network, no document type, and the sums are
checked against each other. A credit note has negative sums whatever the form says of its signs.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal, InvalidOperation

from lxml import etree

from kimppa.foundation.core.errors import Invalid
from kimppa.foundation.core.money import Cents, decimals
from kimppa.foundation.core.text import clean_line, noop, shorten

MAX_BYTES = 20 * 1024 * 1024
FINVOICE = "finvoice"
UBL = "ubl"
REVERSE_CHARGE = "AE"
UBL_SPACE = "urn:oasis:names:specification:ubl:schema:xsd:"
CREDIT_TYPES = {"381", "396"}


class NotAnEInvoice(Invalid):
    code = "not-an-e-invoice"
    sentence = noop(
        "This is not an e-invoice in the form Finvoice 3.0 or Peppol BIS 3 (%(why)s). Nothing was read."
    )


class SumsDisagree(Invalid):
    code = "e-invoice-sums-disagree"
    sentence = noop(
        "The e-invoice %(number)s does not add up: without VAT %(net)s and VAT %(vat)s are not %(gross)s. "
        "Ask the sender for a right one. Nothing was read."
    )


@dataclass(frozen=True, slots=True)
class VatLine:
    """One VAT rate of the invoice; `category` as in UNCL 5305, empty where not said."""

    percent: Decimal | None
    base: Cents
    vat: Cents
    category: str


@dataclass(frozen=True, slots=True)
class Row:
    text: str
    amount: Cents


@dataclass(frozen=True, slots=True)
class IncomingInvoice:
    """What an e-invoice says of itself. Empty text and None: not said."""

    form: str
    credit: bool
    number: str
    issued: date
    due: date | None
    currency: str
    seller: str
    seller_id: str
    buyer: str
    net: Cents
    vat: Cents
    gross: Cents
    vat_lines: tuple[VatLine, ...]
    reference: str
    iban: str
    agreement: str
    rows: tuple[Row, ...]

    @property
    def reverse_charge(self) -> bool:
        return any(line.category == REVERSE_CHARGE for line in self.vat_lines)


def read(raw: bytes) -> IncomingInvoice:
    """The invoice of a message. Raises NotAnEInvoice, SumsDisagree."""
    root = _root(raw)
    name = etree.QName(root)
    if name.localname == "Finvoice":
        told = _finvoice(root)
    elif name.namespace in {f"{UBL_SPACE}Invoice-2", f"{UBL_SPACE}CreditNote-2"}:
        told = _ubl(root, credit=name.localname == "CreditNote")
    else:
        raise NotAnEInvoice(why=shorten(clean_line(name.localname), 60))
    if told.net + told.vat != told.gross:
        raise SumsDisagree(
            number=told.number, net=told.net.plain(), vat=told.vat.plain(), gross=told.gross.plain()
        )
    return told


def looks_like_xml(head: bytes) -> bool:
    """Do the first bytes of a file promise XML?"""
    return head.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"<")


def _root(raw: bytes) -> etree._Element:
    """The invoice's own element; a Finvoice may come after the frame that banks send before it."""
    if len(raw) > MAX_BYTES:
        raise NotAnEInvoice(why=f"> {MAX_BYTES // 1024 // 1024} MB")
    if b"<!DOCTYPE" in raw or b"<!ENTITY" in raw:
        raise NotAnEInvoice(why="DOCTYPE")
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        return etree.fromstring(_without_frame(raw), parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise NotAnEInvoice(why="XML") from error


def _without_frame(raw: bytes) -> bytes:
    start = raw.find(b"<Finvoice")
    if start <= 0 or b"Envelope" not in raw[:start]:
        return raw.strip()
    declaration = raw.rfind(b"<?xml", 0, start)
    return raw[declaration if declaration > 0 else start :].strip()


# ── Finvoice 3.0 ──────────────────────────────────────────────────────────────────────────────────
def _finvoice(root: etree._Element) -> IncomingInvoice:
    details = root.find("{*}InvoiceDetails")
    if details is None:
        raise NotAnEInvoice(why="InvoiceDetails")
    credit = _text(details, "InvoiceTypeCode") == "INV02" or _text(details, "InvoiceTypeCodeUN") == "381"
    net, gross = (
        _sum(details, "InvoiceTotalVatExcludedAmount"),
        _sum(details, "InvoiceTotalVatIncludedAmount"),
    )
    if gross is None:
        raise NotAnEInvoice(why="InvoiceTotalVatIncludedAmount")
    vat = _sum(details, "InvoiceTotalVatAmount")
    if vat is None:
        vat = gross - net if net is not None else Cents(0)
    told = IncomingInvoice(
        form=FINVOICE,
        credit=credit or gross.value < 0,
        number=_needed(details, "InvoiceNumber"),
        issued=_day(_needed(details, "InvoiceDate")),
        due=_maybe_day(_text(details, "PaymentTermsDetails/InvoiceDueDate"))
        or _maybe_day(_text(root, "EpiDetails/EpiPaymentInstructionDetails/EpiDateOptionDate")),
        currency=_currency(details, "InvoiceTotalVatIncludedAmount", "AmountCurrencyIdentifier"),
        seller=_text(root, "SellerPartyDetails/SellerOrganisationName"),
        seller_id=_text(root, "SellerPartyDetails/SellerPartyIdentifier")
        or _text(root, "SellerPartyDetails/SellerOrganisationTaxCode"),
        buyer=_text(root, "BuyerPartyDetails/BuyerOrganisationName"),
        net=gross - vat if net is None else net,
        vat=vat,
        gross=gross,
        vat_lines=tuple(_finvoice_vat(node) for node in details.iterfind("{*}VatSpecificationDetails")),
        reference=_text(root, "EpiDetails/EpiPaymentInstructionDetails/EpiRemittanceInfoIdentifier"),
        iban=_text(root, "EpiDetails/EpiPartyDetails/EpiBeneficiaryPartyDetails/EpiAccountID")
        or _text(root, "SellerInformationDetails/SellerAccountDetails/SellerAccountID"),
        agreement=_text(details, "AgreementIdentifier"),
        rows=tuple(
            Row(_text(node, "ArticleName"), _sum(node, "RowVatExcludedAmount") or Cents(0))
            for node in root.iterfind("{*}InvoiceRow")
            if _text(node, "ArticleName")
        ),
    )
    return _signed(told)


def _finvoice_vat(node: etree._Element) -> VatLine:
    return VatLine(
        percent=_decimal(_text(node, "VatRatePercent")),
        base=_sum(node, "VatBaseAmount") or Cents(0),
        vat=_sum(node, "VatRateAmount") or Cents(0),
        category=_text(node, "VatCode"),
    )


# ── UBL 2.1 ───────────────────────────────────────────────────────────────────────────────────────
def _ubl(root: etree._Element, *, credit: bool) -> IncomingInvoice:
    totals = root.find("{*}LegalMonetaryTotal")
    if totals is None:
        raise NotAnEInvoice(why="LegalMonetaryTotal")
    currency = _needed(root, "DocumentCurrencyCode")
    net, gross = _sum(totals, "TaxExclusiveAmount"), _sum(totals, "TaxInclusiveAmount")
    if net is None or gross is None:
        raise NotAnEInvoice(why="TaxInclusiveAmount")
    tax = next(
        (
            node
            for node in root.iterfind("{*}TaxTotal")
            if _currency(node, "TaxAmount", "currencyID") == currency
        ),
        None,
    )
    seller = "AccountingSupplierParty/Party"
    line = "CreditNoteLine" if credit else "InvoiceLine"
    told = IncomingInvoice(
        form=UBL,
        credit=credit or _text(root, "InvoiceTypeCode") in CREDIT_TYPES or gross.value < 0,
        number=_needed(root, "ID"),
        issued=_day(_needed(root, "IssueDate")),
        due=_maybe_day(_text(root, "DueDate") or _text(root, "PaymentMeans/PaymentDueDate")),
        currency=currency,
        seller=_text(root, f"{seller}/PartyLegalEntity/RegistrationName")
        or _text(root, f"{seller}/PartyName/Name"),
        seller_id=_text(root, f"{seller}/PartyLegalEntity/CompanyID")
        or _text(root, f"{seller}/PartyTaxScheme/CompanyID"),
        buyer=_text(root, "AccountingCustomerParty/Party/PartyLegalEntity/RegistrationName"),
        net=net,
        vat=(_sum(tax, "TaxAmount") if tax is not None else None) or Cents(0),
        gross=gross,
        vat_lines=tuple(
            _ubl_vat(node) for node in (tax.iterfind("{*}TaxSubtotal") if tax is not None else ())
        ),
        reference=_text(root, "PaymentMeans/PaymentID"),
        iban=_text(root, "PaymentMeans/PayeeFinancialAccount/ID"),
        agreement=_text(root, "ContractDocumentReference/ID"),
        rows=tuple(
            Row(_text(node, "Item/Name"), _sum(node, "LineExtensionAmount") or Cents(0))
            for node in root.iterfind(f"{{*}}{line}")
        ),
    )
    return _signed(told)


def _ubl_vat(node: etree._Element) -> VatLine:
    return VatLine(
        percent=_decimal(_text(node, "TaxCategory/Percent")),
        base=_sum(node, "TaxableAmount") or Cents(0),
        vat=_sum(node, "TaxAmount") or Cents(0),
        category=_text(node, "TaxCategory/ID"),
    )


# ── values ────────────────────────────────────────────────────────────────────────────────────────
def _signed(told: IncomingInvoice) -> IncomingInvoice:
    """A credit note's sums below zero: UBL writes them positive, Finvoice negative."""
    if not told.credit or told.gross.value <= 0:
        return told
    return replace(
        told,
        net=-told.net,
        vat=-told.vat,
        gross=-told.gross,
        vat_lines=tuple(replace(line, base=-line.base, vat=-line.vat) for line in told.vat_lines),
        rows=tuple(replace(row, amount=-row.amount) for row in told.rows),
    )


def _needed(node: etree._Element, path: str) -> str:
    found = _text(node, path)
    if not found:
        raise NotAnEInvoice(why=path.rpartition("/")[2])
    return found


def _sum(node: etree._Element, path: str) -> Cents | None:
    said = _text(node, path)
    if not said:
        return None
    number = _decimal(said)
    if number is None or decimals(number) > 2 or abs(number) >= Decimal("1e11"):
        raise NotAnEInvoice(why=f"{path} {shorten(said, 20)}")
    return Cents(int(number.scaleb(2)))


def _decimal(text: str) -> Decimal | None:
    """`24,00` of Finvoice and `24.00` of UBL; None where it is no finite number."""
    try:
        number = Decimal(text.replace(",", "."))
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def _day(said: str) -> date:
    found = _maybe_day(said)
    if found is None:
        raise NotAnEInvoice(why=shorten(said, 20))
    return found


def _maybe_day(said: str) -> date | None:
    """`20221115` of Finvoice, `2022-11-15` of UBL."""
    bare = said.replace("-", "")
    try:
        return datetime.strptime(bare, "%Y%m%d").date() if len(bare) == 8 else None  # noqa: DTZ007
    except ValueError:
        return None


def _currency(node: etree._Element, path: str, attribute: str) -> str:
    found = node.find(f"{{*}}{path}")
    return clean_line(found.get(attribute, "EUR"))[:3] if found is not None else "EUR"


def _text(node: etree._Element, path: str) -> str:
    found = node.find("/".join(f"{{*}}{step}" for step in path.split("/")))
    return shorten(clean_line(found.text or ""), 140) if found is not None else ""
