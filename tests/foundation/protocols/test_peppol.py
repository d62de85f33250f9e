"""Peppol documents against the published rules, whole, by an engine that is not ours."""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from lxml import etree
from tests import needs, schematron

from kimppa.foundation.core.money import Cents
from kimppa.foundation.protocols import peppol
from kimppa.foundation.protocols.peppol import Kind, NotInPeppol

LINE = peppol.Line(
    position="1",
    name="Sisällöt ja alustat 2022, Alavieska",
    quantity=Decimal(2517),
    price=Decimal("0.75"),
    base_quantity=1,
    amount=Cents(188_775),
    note="2 517 asukasta × 0,75 €/asukas = 1 887,75 €",
)
INVOICE = peppol.Document(
    kind=Kind.INVOICE,
    number="ESIM-R-1",
    issued=date(2022, 3, 1),
    due=date(2022, 3, 31),
    seller=peppol.Party("Esimerkkikaupunki", "7654321-2", "003776543212", "Katu 1", "Esimerkki", "90100"),
    buyer=peppol.Party("Alavieskan kunta (ESIMERKKI)", "1234567-1", "003712345671"),
    buyer_reference="4500012",
    iban="FI3715903000000776",
    bic="NDEAFIHH",
    reference="2348236",
    terms="30 pv netto",
    vat=peppol.Vat("O", "Ei arvonlisäveroa"),
    net=Cents(188_775),
    tax=Cents(0),
    lines=(LINE,),
    period=(date(2022, 1, 1), date(2022, 12, 31)),
    contract="ESIMERKKI/1/2021",
    note="ESIMERKKI",
)
NOTE = replace(INVOICE, kind=Kind.CREDIT_NOTE, number="ESIM-R-2", original=("ESIM-R-1", date(2022, 3, 1)))
TAXED = replace(
    INVOICE,
    vat=peppol.Vat("S", rate=Decimal("25.5")),
    tax=Cents(48_138),
    seller=replace(INVOICE.seller, vat_id="FI76543212"),
)
SPACE = {"cbc": peppol.CBC, "cac": peppol.CAC}
Failures = Callable[[bytes], tuple[str, ...]]


@pytest.fixture(scope="module")
def failures() -> Failures:
    """The ids of what does not hold, by EN 16931 and then by Peppol."""
    rules = [
        needs.shared("schemas", "peppol", name) for name in ("CEN-EN16931-UBL.sch", "PEPPOL-EN16931-UBL.sch")
    ]
    return lambda document: tuple(one for path in rules for one in schematron.failures(path, document))


@pytest.mark.parametrize(
    "document", [INVOICE, NOTE, TAXED, replace(INVOICE, period=None, contract="", note="")]
)
def test_documents_follow_every_rule(document: peppol.Document, failures: Failures) -> None:
    assert failures(peppol.to_xml(document)) == ()


def test_the_rules_are_really_asked() -> None:
    path = needs.shared("schemas", "peppol", "PEPPOL-EN16931-UBL.sch")
    assert schematron.asked(path, peppol.to_xml(INVOICE)) >= 15
    path = needs.shared("schemas", "peppol", "CEN-EN16931-UBL.sch")
    assert schematron.asked(path, peppol.to_xml(INVOICE)) >= 25


@pytest.mark.parametrize(
    ("broken", "rules"),
    [
        (lambda: replace(INVOICE, seller=replace(INVOICE.seller, vat_id="FI76543212")), {"BR-O-02"}),
        (lambda: replace(INVOICE, vat=peppol.Vat("E", "Ei veroa")), {"BR-E-05", "BR-48"}),
        (lambda: replace(TAXED, tax=Cents(40_000)), {"BR-S-09", "BR-CO-17"}),
        (
            lambda: replace(INVOICE, lines=(replace(LINE, price=Decimal("0.76")),)),
            {"PEPPOL-EN16931-R120"},
        ),
        (lambda: replace(INVOICE, lines=(replace(LINE, price=Decimal("-0.75")),)), {"BR-27"}),
        (lambda: replace(INVOICE, bic="", iban=""), {"BR-50", "PEPPOL-EN16931-R008"}),
    ],
)
def test_a_broken_document_fails_by_the_rule_that_it_breaks(
    broken: Callable[[], peppol.Document], rules: set[str], failures: Failures
) -> None:
    assert rules <= set(failures(peppol.to_xml(broken())))


def test_a_rate_with_months_keeps_to_the_cent_and_to_the_rule(failures: Failures) -> None:
    line = replace(LINE, price=Decimal("5.60"), base_quantity=12, amount=Cents(117_460))
    xml = peppol.to_xml(replace(INVOICE, lines=(line,), net=Cents(117_460)))
    assert failures(xml) == ()
    assert _texts(xml, "//cac:Price/cbc:BaseQuantity") == ["12"]


def test_outside_the_scope_there_is_a_reason_no_rate_and_no_vat_id() -> None:
    xml = peppol.to_xml(INVOICE)
    assert _texts(xml, "//cbc:TaxExemptionReasonCode") == ["VATEX-EU-O"]
    assert _texts(xml, "//cbc:Percent") == []
    assert _texts(xml, "//cac:PartyTaxScheme") == []
    assert _texts(xml, "//cac:ClassifiedTaxCategory/cbc:ID") == ["O"]


def test_a_credit_note_is_positive_and_names_its_invoice() -> None:
    xml = peppol.to_xml(NOTE)
    assert _texts(xml, "//cbc:CreditNoteTypeCode") == ["381"]
    assert _texts(xml, "//cac:InvoiceDocumentReference/cbc:ID") == ["ESIM-R-1"]
    assert _texts(xml, "//cbc:CreditedQuantity") == ["2517"]
    assert _texts(xml, "//cbc:PayableAmount") == ["1887.75"]
    assert _texts(xml, "//cbc:DueDate") == []


def test_a_pdf_travels_inside_byte_for_byte(failures: Failures) -> None:
    body = b"%PDF-1.7\n" + bytes(range(256)) * 40
    inside = peppol.Attachment("ESIM-R-1", "Lasku ESIM-R-1", "ESIM-R-1.pdf", "application/pdf", body)
    xml = peppol.to_xml(replace(INVOICE, attachments=(inside,)))
    assert failures(xml) == ()
    found = etree.fromstring(xml).find(".//{*}EmbeddedDocumentBinaryObject")
    assert found is not None
    assert base64.b64decode(found.text or "") == body
    assert found.get("filename") == "ESIM-R-1.pdf"


def test_elements_stand_in_the_order_of_the_standard() -> None:
    inside = peppol.Attachment("1", "Liite", "a.pdf", "application/pdf", b"%PDF")
    names = [
        etree.QName(node).localname
        for node in etree.fromstring(peppol.to_xml(replace(INVOICE, attachments=(inside,))))
    ]
    assert names == [
        "CustomizationID", "ProfileID", "ID", "IssueDate", "DueDate", "InvoiceTypeCode", "Note",
        "DocumentCurrencyCode", "BuyerReference", "InvoicePeriod", "ContractDocumentReference",
        "AdditionalDocumentReference", "AccountingSupplierParty", "AccountingCustomerParty", "PaymentMeans",
        "PaymentTerms", "TaxTotal", "LegalMonetaryTotal", "InvoiceLine",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        (replace(INVOICE, net=Cents(1)), "LineExtensionAmount"),
        (replace(INVOICE, buyer_reference=""), "BuyerReference"),
        (replace(INVOICE, buyer=replace(INVOICE.buyer, business_id="")), "CompanyID"),
        (replace(INVOICE, seller=replace(INVOICE.seller, endpoint="")), "EndpointID"),
        (
            replace(INVOICE, attachments=(peppol.Attachment("1", "x", "x.zip", "application/zip", b"PK"),)),
            "EmbeddedDocumentBinaryObject",
        ),
    ],
)
def test_what_the_standard_cannot_carry_is_named(wrong: peppol.Document, field: str) -> None:
    with pytest.raises(NotInPeppol) as caught:
        peppol.to_xml(wrong)
    assert caught.value.params["field"] == field


def _texts(xml: bytes, path: str) -> list[str]:
    return [node.text or "" for node in etree.fromstring(xml).xpath(path, namespaces=SPACE)]
