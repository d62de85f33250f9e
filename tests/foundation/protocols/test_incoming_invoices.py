"""E-invoices that come in: what is read, and what is refused before anything is believed."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from kimppa.foundation.core.money import Cents
from kimppa.foundation.protocols import incoming_invoices
from kimppa.foundation.protocols.incoming_invoices import (
    NotAnEInvoice,
    SumsDisagree,
    VatLine,
    looks_like_xml,
    read,
)

FINVOICE = """<?xml version="1.0" encoding="ISO-8859-15"?>
<Finvoice Version="3.0">
 <SellerPartyDetails><SellerPartyIdentifier>7654321-2</SellerPartyIdentifier>
  <SellerOrganisationName>Esimerkkimyyjä Oy</SellerOrganisationName></SellerPartyDetails>
 <BuyerPartyDetails><BuyerOrganisationName>Oulun kaupunki</BuyerOrganisationName></BuyerPartyDetails>
 <InvoiceDetails><InvoiceTypeCode>{kind}</InvoiceTypeCode><InvoiceNumber>2022-17</InvoiceNumber>
  <InvoiceDate Format="CCYYMMDD">20221103</InvoiceDate>
  <AgreementIdentifier>ESIMERKKI/21/2021</AgreementIdentifier>
  <InvoiceTotalVatExcludedAmount AmountCurrencyIdentifier="EUR">{net}</InvoiceTotalVatExcludedAmount>
  <InvoiceTotalVatAmount AmountCurrencyIdentifier="EUR">{vat}</InvoiceTotalVatAmount>
  <InvoiceTotalVatIncludedAmount AmountCurrencyIdentifier="EUR">{gross}</InvoiceTotalVatIncludedAmount>
  <VatSpecificationDetails><VatBaseAmount>{net}</VatBaseAmount><VatRatePercent>10,00</VatRatePercent>
   <VatCode>S</VatCode><VatRateAmount>{vat}</VatRateAmount></VatSpecificationDetails>
  <PaymentTermsDetails><InvoiceDueDate Format="CCYYMMDD">20221203</InvoiceDueDate></PaymentTermsDetails>
 </InvoiceDetails>
 <InvoiceRow><ArticleName>Lisenssit</ArticleName>
  <RowVatExcludedAmount AmountCurrencyIdentifier="EUR">{net}</RowVatExcludedAmount></InvoiceRow>
 <EpiDetails><EpiPaymentInstructionDetails><EpiRemittanceInfoIdentifier>13</EpiRemittanceInfoIdentifier>
 </EpiPaymentInstructionDetails></EpiDetails>
</Finvoice>"""
CAC = "urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2"
CBC = "urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2"


def finvoice(kind: str = "INV01", net: str = "100,00", vat: str = "10,00", gross: str = "110,00") -> bytes:
    return FINVOICE.format(kind=kind, net=net, vat=vat, gross=gross).encode("iso-8859-15")


def ubl(name: str = "Invoice", category: str = "S", vat: str = "25.50") -> bytes:
    gross = f"{100 + Decimal(vat):.2f}"
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<{name} xmlns="urn:oasis:names:specification:ubl:schema:xsd:{name}-2" xmlns:cac="{CAC}" xmlns:cbc="{CBC}">
 <cbc:ID>INV 9</cbc:ID><cbc:IssueDate>2024-10-01</cbc:IssueDate><cbc:DueDate>2024-10-31</cbc:DueDate>
 <cbc:DocumentCurrencyCode>SEK</cbc:DocumentCurrencyCode>
 <cac:AccountingSupplierParty><cac:Party><cac:PartyName><cbc:Name>Kauppanimi</cbc:Name></cac:PartyName>
  <cac:PartyLegalEntity><cbc:RegistrationName>Filmbolaget AB</cbc:RegistrationName>
  <cbc:CompanyID>556677-8899</cbc:CompanyID></cac:PartyLegalEntity></cac:Party></cac:AccountingSupplierParty>
 <cac:TaxTotal><cbc:TaxAmount currencyID="EUR">1.00</cbc:TaxAmount></cac:TaxTotal>
 <cac:TaxTotal><cbc:TaxAmount currencyID="SEK">{vat}</cbc:TaxAmount><cac:TaxSubtotal>
  <cbc:TaxableAmount currencyID="SEK">100.00</cbc:TaxableAmount>
  <cbc:TaxAmount currencyID="SEK">{vat}</cbc:TaxAmount>
  <cac:TaxCategory><cbc:ID>{category}</cbc:ID><cbc:Percent>25.5</cbc:Percent></cac:TaxCategory>
  </cac:TaxSubtotal></cac:TaxTotal>
 <cac:LegalMonetaryTotal><cbc:TaxExclusiveAmount currencyID="SEK">100.00</cbc:TaxExclusiveAmount>
  <cbc:TaxInclusiveAmount currencyID="SEK">{gross}</cbc:TaxInclusiveAmount></cac:LegalMonetaryTotal>
 <cac:{name}Line><cbc:LineExtensionAmount currencyID="SEK">100.00</cbc:LineExtensionAmount>
  <cac:Item><cbc:Name>Elokuvat</cbc:Name></cac:Item></cac:{name}Line>
</{name}>""".encode()


def test_a_finvoice_is_read_whatever_its_encoding() -> None:
    told = read(finvoice())
    assert (told.seller, told.seller_id, told.number) == ("Esimerkkimyyjä Oy", "7654321-2", "2022-17")
    assert (told.issued, told.due, told.reference) == (date(2022, 11, 3), date(2022, 12, 3), "13")
    assert (told.net, told.vat, told.gross) == (Cents(100_00), Cents(10_00), Cents(110_00))
    assert told.agreement == "ESIMERKKI/21/2021"
    assert told.vat_lines == (VatLine(Decimal("10.00"), Cents(100_00), Cents(10_00), "S"),)
    assert [(row.text, row.amount) for row in told.rows] == [("Lisenssit", Cents(100_00))]
    assert not told.credit
    assert not told.reverse_charge


def test_a_credit_note_is_below_zero_whichever_sign_it_was_written_with() -> None:
    for raw in (finvoice("INV02"), finvoice("INV02", "-100,00", "-10,00", "-110,00"), ubl("CreditNote")):
        told = read(raw)
        assert told.credit
        assert told.gross.value < 0
        assert told.net + told.vat == told.gross
        assert told.rows[0].amount == Cents(-100_00) or told.rows[0].amount == told.net


def test_a_finvoice_behind_the_banks_frame_is_found() -> None:
    frame = b'<?xml version="1.0"?><SOAP-ENV:Envelope xmlns:SOAP-ENV="x"></SOAP-ENV:Envelope>\n'
    assert read(frame + finvoice()).number == "2022-17"


def test_a_ubl_invoice_is_read_with_the_tax_of_its_own_currency() -> None:
    told = read(ubl())
    assert (told.seller, told.seller_id, told.currency) == ("Filmbolaget AB", "556677-8899", "SEK")
    assert (told.number, told.vat, told.gross) == ("INV 9", Cents(25_50), Cents(125_50))


def test_reverse_charge_is_seen_by_its_category() -> None:
    assert read(ubl(category="AE", vat="0.00")).reverse_charge


def test_the_public_samples_are_read(kimppa_shared: Path) -> None:
    samples = kimppa_shared / "samples"
    finnish = read((samples / "finvoice" / "sample_finvoice3_cost_share.xml").read_bytes())
    assert finnish.seller == "Esimerkkikaupunki, kirjasto"
    assert finnish.seller_id == "7654321-2"
    base = read((samples / "peppol" / "base-example.xml").read_bytes())
    assert base.form == incoming_invoices.UBL
    assert base.net + base.vat == base.gross
    assert base.rows


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"%PDF-1.7",
        b"<Finvoice>",
        b"<Finvoice/>",
        b"<html><body/></html>",
        b'<!DOCTYPE x [<!ENTITY a "b">]><Finvoice/>',
        finvoice(gross=""),
        finvoice(gross="sata"),
        finvoice(gross="110,001"),
        finvoice().replace(b"20221103", b"20221399"),
        finvoice().replace(b"2022-17", b""),
    ],
)
def test_what_is_no_e_invoice_is_refused_with_a_sentence(raw: bytes) -> None:
    with pytest.raises(NotAnEInvoice) as told:
        read(raw)
    assert "Nothing was read" in str(told.value)


def test_entities_are_never_followed(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("salaisuus", encoding="utf-8")
    raw = f'<!DOCTYPE f [<!ENTITY x SYSTEM "file://{secret}">]>'.encode() + finvoice()[45:]
    with pytest.raises(NotAnEInvoice):
        read(raw)


def test_a_document_that_is_too_large_is_not_parsed() -> None:
    with pytest.raises(NotAnEInvoice, match="20 MB"):
        read(b"<Finvoice>" + b" " * incoming_invoices.MAX_BYTES)


def test_sums_that_do_not_add_up_are_refused() -> None:
    with pytest.raises(SumsDisagree, match="2022-17"):
        read(finvoice(gross="111,00"))


def test_the_first_bytes_tell_xml_from_pdf() -> None:
    assert looks_like_xml(b"\xef\xbb\xbf<?xml")
    assert looks_like_xml(b"\n <Finvoice")
    assert not looks_like_xml(b"%PDF-1.7")
