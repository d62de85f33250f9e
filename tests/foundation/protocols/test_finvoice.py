"""Finvoice documents against the schema itself, and the traps that the schema does not see."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from lxml import etree
from tests import needs

from kimppa.foundation.core.money import Cents
from kimppa.foundation.protocols import finvoice
from kimppa.foundation.protocols.finvoice import Kind, NotExpressible

ROW = finvoice.Row(
    position="1",
    name="Sisällöt ja alustat 2022",
    quantity=Decimal(2517),
    unit_price=Decimal("0.75"),
    base_quantity=1,
    amount=Cents(188_775),
    unit="as",
    agreement="ESIMERKKI/12/2021",
    texts=("Asukkaita 2 517 (31.12.2020)",),
)
INVOICE = finvoice.Document(
    kind=Kind.INVOICE,
    type_text="LASKU",
    number="ESIM-R-1",
    issued=date(2022, 3, 1),
    due=date(2022, 3, 31),
    terms="30 pv netto",
    seller=finvoice.Party("Esimerkkikaupunki", "7654321-2", finvoice.Address("Katu 1", "90100", "Esimerkki")),
    buyer=finvoice.Party("Alavieskan kunta (ESIMERKKI)", "1234567-1"),
    account=finvoice.Account("FI3715903000000776", "NDEAFIHH"),
    reference="2348236",
    total=Cents(188_775),
    vat=finvoice.Vat("O", "Ei arvonlisäveroa"),
    rows=(ROW,),
    period=(date(2022, 1, 1), date(2022, 12, 31)),
    agreement="ESIMERKKI/12/2021",
    barcode="4" * 54,
    texts=("ESIMERKKI",),
    transmission=finvoice.Transmission(
        sender=finvoice.Endpoint("003776543212", "EXAMPLEOP"),
        receiver=finvoice.Endpoint("003712345671", "EXAMPLEOP"),
        message_id="ESIM-R-1",
        stamped=datetime(2022, 3, 1, 7, tzinfo=UTC),
    ),
)


@pytest.fixture(scope="module")
def valid() -> Callable[[bytes], None]:
    """Asserts that a document follows the published schema."""
    path = needs.shared("schemas", "finvoice", "Finvoice3.0.xsd")
    schema = etree.XMLSchema(etree.parse(str(path)))

    def check(document: bytes) -> None:
        schema.assertValid(etree.fromstring(document))

    return check


def test_an_invoice_follows_the_schema(valid: Callable[[bytes], None]) -> None:
    valid(finvoice.to_xml(INVOICE))


def test_a_bare_invoice_without_routing_and_addresses_follows_it_too(valid: Callable[[bytes], None]) -> None:
    bare = replace(INVOICE, transmission=None, period=None, agreement="", barcode="", texts=())
    valid(finvoice.to_xml(bare))


def test_a_credit_note_has_negative_quantities_and_a_positive_price(valid: Callable[[bytes], None]) -> None:
    row = replace(ROW, quantity=Decimal(-2517), amount=Cents(-188_775))
    note = replace(
        INVOICE,
        kind=Kind.CREDIT_NOTE,
        total=Cents(-188_775),
        rows=(row,),
        barcode="",
        original=("ESIM-R-1", date(2022, 3, 1)),
    )
    xml = finvoice.to_xml(note)
    valid(xml)
    root = etree.fromstring(xml)
    assert root.findtext("InvoiceDetails/InvoiceTypeCode") == "INV02"
    assert root.findtext("InvoiceDetails/InvoiceTypeCodeUN") == "381"
    assert root.findtext("InvoiceDetails/OriginalInvoiceNumber") == "ESIM-R-1"
    assert root.findtext("InvoiceRow/InvoicedQuantity") == "-2517"
    assert root.findtext("InvoiceRow/UnitPriceAmount") == "0,75"
    assert root.findtext("InvoiceRow/RowVatExcludedAmount") == "-1887,75"
    assert root.find("VirtualBankBarcode") is None


def test_amounts_have_a_decimal_comma_and_two_decimals() -> None:
    root = etree.fromstring(finvoice.to_xml(INVOICE))
    assert root.findtext("InvoiceDetails/InvoiceTotalVatIncludedAmount") == "1887,75"
    epi = root.find("EpiDetails/EpiPaymentInstructionDetails")
    assert epi is not None
    assert epi.findtext("EpiInstructedAmount") == "1887,75"
    assert epi.findtext("EpiRemittanceInfoIdentifier") == "2348236"


def test_the_position_of_a_row_comes_after_its_price() -> None:
    root = etree.fromstring(finvoice.to_xml(INVOICE))
    names = [element.tag for element in root.iterfind("InvoiceRow/*")]
    assert names.index("RowPositionIdentifier") > names.index("UnitPriceAmount")


def test_outside_the_scope_of_vat_there_is_no_vat_id_and_no_rate() -> None:
    xml = finvoice.to_xml(INVOICE).decode()
    assert "TaxCode" not in xml
    assert "RatePercent" not in xml
    root = etree.fromstring(xml.encode())
    assert root.findtext("InvoiceDetails/VatSpecificationDetails/VatCode") == "O"
    assert root.findtext("InvoiceDetails/VatSpecificationDetails/VatFreeText") == "Ei arvonlisäveroa"


def test_a_price_with_a_base_quantity_keeps_months_apart_from_the_rate(
    valid: Callable[[bytes], None],
) -> None:
    row = replace(ROW, unit_price=Decimal("5.60"), base_quantity=12, amount=Cents(117_460))
    xml = finvoice.to_xml(replace(INVOICE, rows=(row,), total=Cents(117_460)))
    valid(xml)
    root = etree.fromstring(xml)
    assert root.findtext("InvoiceRow/UnitPriceAmount") == "5,60"
    assert root.findtext("InvoiceRow/UnitPriceBaseQuantity") == "12"


def test_a_reference_in_rf_form_is_named_so(valid: Callable[[bytes], None]) -> None:
    xml = finvoice.to_xml(replace(INVOICE, reference="RF332348236"))
    valid(xml)
    assert b'IdentificationSchemeName="ISO">RF332348236' in xml


def test_what_does_not_fit_is_refused_by_name_and_never_cut() -> None:
    with pytest.raises(NotExpressible, match="InvoiceNumber"):
        finvoice.to_xml(replace(INVOICE, number="1" * 21))
    with pytest.raises(NotExpressible, match="decimals"):
        finvoice.to_xml(replace(INVOICE, rows=(replace(ROW, unit_price=Decimal("0.123456")),)))
    with pytest.raises(NotExpressible, match="InvoiceRow"):
        finvoice.to_xml(replace(INVOICE, rows=()))


def test_rows_that_do_not_sum_to_the_total_are_refused() -> None:
    with pytest.raises(NotExpressible, match="InvoiceTotalVatExcludedAmount"):
        finvoice.to_xml(replace(INVOICE, total=Cents(188_776)))


def test_long_words_and_hostile_text_stay_valid(valid: Callable[[bytes], None]) -> None:
    hostile = "<Å&ö>\u0000\u202e " * 60
    row = replace(ROW, name=hostile, texts=(hostile,))
    xml = finvoice.to_xml(replace(INVOICE, rows=(row,), seller=finvoice.Party(hostile), texts=(hostile,)))
    valid(xml)
    assert etree.fromstring(xml).findtext("SellerPartyDetails/SellerOrganisationName", "").startswith("<Å&ö>")


def test_the_ovt_id_is_made_of_the_business_id() -> None:
    assert finvoice.ovt("7654321-2") == "003776543212"
    assert finvoice.ovt("7654321-2", "ABC") == "003776543212ABC"
    with pytest.raises(NotExpressible):
        finvoice.ovt("12345")
