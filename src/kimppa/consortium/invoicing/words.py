"""The words of invoices in the payer's language. Part of the document, hence not of the site's catalogue."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from kimppa.consortium.invoicing.vat_parts import Stretch
from kimppa.foundation.core.money import Cents, show_euros


@dataclass(frozen=True, slots=True)
class Words:
    invoice: str
    credit_note: str
    example: str
    seller: str
    payer: str
    number: str
    issued: str
    due: str
    reference: str
    period: str
    your_reference: str
    business_id: str
    what: str
    residents: str
    rate: str
    months: str
    amount: str
    total: str
    how: str
    how_by_rate: str
    how_by_amount: str
    population: str
    decision: str
    agreement: str
    payment: str
    account: str
    barcode: str
    vat_reason: str
    terms: str
    credits: str
    reason: str
    page: str
    resident_unit: str
    basis: str
    credit_basis: str
    basis_key: str
    basis_note: str
    net: str
    vat_of: str
    vat_id: str
    vat_line: str
    stretch: str


FI = Words(
    invoice="Lasku",
    credit_note="Hyvityslasku",
    example="ESIMERKKI – keksitty asiakirja, ei maksettava. Tunnukset ja tilinumerot ovat keksittyjä.",
    seller="Laskuttaja",
    payer="Maksaja",
    number="Laskun numero",
    issued="Päiväys",
    due="Eräpäivä",
    reference="Viitenumero",
    period="Ajalta",
    your_reference="Viitteenne",
    business_id="Y-tunnus",
    what="Mitä laskutetaan",
    residents="Asukkaita",
    rate="€/asukas",
    months="Kuukausia",
    amount="Euroa",
    total="Maksettavaa yhteensä",
    how="Mistä osuus muodostuu",
    how_by_rate="{residents} asukasta × {rate} €/asukas{part} = {amount}",
    how_by_amount="Päätetty summa {sum} jaetaan asukkaiden mukaan; {residents} asukkaan osuus on {amount}",
    population="Väkiluku {day}, lähde: {source}",
    decision="Päätös: {body} {day}, {number}: {title}",
    agreement="Sopimus: {number} {clause}",
    payment="Maksutiedot",
    account="Tilinumero",
    barcode="Virtuaaliviivakoodi",
    vat_reason="Kuntien yhteistoiminnan kustannusosuus, ei arvonlisäveroa",
    terms="{days} pv netto",
    credits="Hyvitetään lasku {number}, päivätty {day}",
    reason="Syy",
    page="Sivu",
    resident_unit="as",
    basis="Laskutusperuste",
    credit_basis="Hyvityksen peruste",
    basis_key="Tunniste",
    basis_note="Tämä ei ole lasku. Laskun lähettää {seller} omalla laskunumerollaan ja viitteellään.",
    net="Yhteensä ilman arvonlisäveroa",
    vat_of="Arvonlisävero {percent} % summasta {net}",
    vat_id="ALV-tunnus",
    vat_line="Arvonlisävero {percent} %",
    stretch="Tällä rivillä {start}–{end}: {months} kuukauden osa, {amount}, summasta {whole}",
)
SV = Words(
    invoice="Faktura",
    credit_note="Kreditfaktura",
    example="EXEMPEL (ESIMERKKI) – påhittat dokument, ska inte betalas. Signum och kontonummer är påhittade.",
    seller="Fakturerare",
    payer="Betalare",
    number="Fakturanummer",
    issued="Datum",
    due="Förfallodag",
    reference="Referensnummer",
    period="För tiden",
    your_reference="Er referens",
    business_id="FO-nummer",
    what="Vad som faktureras",
    residents="Invånare",
    rate="€/invånare",
    months="Månader",
    amount="Euro",
    total="Att betala totalt",
    how="Så räknas andelen",
    how_by_rate="{residents} invånare × {rate} €/invånare{part} = {amount}",
    how_by_amount="Den beslutade summan {sum} delas enligt invånare; {residents} invånares andel är {amount}",
    population="Folkmängd {day}, källa: {source}",
    decision="Beslut: {body} {day}, {number}: {title}",
    agreement="Avtal: {number} {clause}",
    payment="Betalningsuppgifter",
    account="Kontonummer",
    barcode="Virtuell streckkod",
    vat_reason="Kostnadsandel i kommunernas samarbete, ingen moms",
    terms="{days} dagar netto",
    credits="Krediterar fakturan {number}, daterad {day}",
    reason="Orsak",
    page="Sida",
    resident_unit="inv",
    basis="Faktureringsunderlag",
    credit_basis="Underlag för kreditering",
    basis_key="Kod",
    basis_note="Detta är ingen faktura. {seller} skickar fakturan med eget nummer och egen referens.",
    net="Totalt utan moms",
    vat_of="Moms {percent} % av {net}",
    vat_id="Momsregistreringsnummer",
    vat_line="Moms {percent} %",
    stretch="På den här raden {start}–{end}: {months} månaders del, {amount}, av summan {whole}",
)
EN = Words(
    invoice="Invoice",
    credit_note="Credit note",
    example="EXAMPLE (ESIMERKKI) – invented document, not to be paid. Ids and account numbers are invented.",
    seller="Seller",
    payer="Payer",
    number="Invoice number",
    issued="Date",
    due="Due date",
    reference="Reference number",
    period="For the time",
    your_reference="Your reference",
    business_id="Business id",
    what="What is charged",
    residents="Residents",
    rate="€/resident",
    months="Months",
    amount="Euros",
    total="Total to pay",
    how="What the share is made of",
    how_by_rate="{residents} residents × {rate} €/resident{part} = {amount}",
    how_by_amount="The decided sum {sum} is split by residents; {residents} residents' share is {amount}",
    population="Population on {day}, source: {source}",
    decision="Decision: {body} {day}, {number}: {title}",
    agreement="Agreement: {number} {clause}",
    payment="Payment",
    account="Account number",
    barcode="Virtual bar code",
    vat_reason="Cost share in municipalities' cooperation, no VAT",
    terms="{days} days net",
    credits="Credits the invoice {number} of {day}",
    reason="Reason",
    page="Page",
    resident_unit="res",
    basis="Basis of an invoice",
    credit_basis="Basis of a credit",
    basis_key="Key",
    basis_note="This is not an invoice. {seller} sends the invoice with its own number and reference.",
    net="Total without VAT",
    vat_of="VAT {percent} % of {net}",
    vat_id="VAT id",
    vat_line="VAT {percent} %",
    stretch="On this line {start}–{end}: the part of {months} months, {amount}, of {whole}",
)
LANGUAGES = {"fi": FI, "sv": SV, "en": EN}


def words(language: str) -> Words:
    """The words in a language; Finnish where there are none."""
    return LANGUAGES.get(language, FI)


def show_day(day: date) -> str:
    """`1.3.2022`, as in Finland in every language."""
    return f"{day.day}.{day.month}.{day.year}"


def show_count(number: int, language: str) -> str:
    """`2 517` with a thin space; a comma in English."""
    return f"{number:,}" if language == "en" else f"{number:,}".replace(",", "\u202f")


def show_percent(percent: Decimal, language: str) -> str:
    """`25,5`; a point in English."""
    text = f"{percent.normalize() + 0:f}"
    return text if language == "en" else text.replace(".", ",")


def part_of_year(stretch: Stretch, amount: Cents, whole: Cents, language: str) -> str:
    """For which months a line is, where the VAT changes within the year."""
    return words(language).stretch.format(
        start=show_day(stretch.start),
        end=show_day(stretch.end),
        months=stretch.months,
        amount=show_euros(amount, language),
        whole=show_euros(whole, language),
    )


def vat_id(business_id: str) -> str:
    """The Finnish VAT id of a business id: FI and its eight digits; empty where there is none."""
    return f"FI{business_id.replace('-', '')}" if business_id else ""
