"""The words of reminders in the payer's language. Part of the letter, hence not of the site's catalogue."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Words:
    heading: str
    again: str
    example: str
    lead: str
    number: str
    issued: str
    due: str
    late: str
    days: str
    total: str
    open: str
    interest: str
    pay: str
    account: str
    reference: str
    closing: str
    closing_ledger: str
    page: str


FI = Words(
    heading="Maksumuistutus",
    again="{level}. maksumuistutus",
    example="ESIMERKKI – keksitty asiakirja, ei maksettava. Tunnukset ja tilinumerot ovat keksittyjä.",
    lead="Kirjanpitomme mukaan alla oleva lasku on vielä maksamatta. Pyydämme maksamaan sen viipymättä.",
    number="Laskun numero",
    issued="Laskun päiväys",
    due="Eräpäivä",
    late="Myöhässä",
    days="{days} päivää",
    total="Laskun summa",
    open="Maksamatta",
    interest="Viivästyskorko",
    pay="Maksettavaa yhteensä",
    account="Tilinumero",
    reference="Viitenumero",
    closing="Jos lasku on jo maksettu, tämä muistutus on aiheeton. Ilmoita, jos laskussa on epäselvää.",
    closing_ledger="Maksa alkuperäisen laskun tiedoilla. Jos lasku on jo maksettu, muistutus on aiheeton.",
    page="Sivu",
)
SV = Words(
    heading="Betalningspåminnelse",
    again="{level}:e betalningspåminnelsen",
    example="EXEMPEL (ESIMERKKI) – påhittat dokument, ska inte betalas. Signum och kontonummer är påhittade.",
    lead="Enligt vår bokföring är fakturan nedan ännu obetald. Vi ber er betala den utan dröjsmål.",
    number="Fakturanummer",
    issued="Fakturans datum",
    due="Förfallodag",
    late="Försenad",
    days="{days} dagar",
    total="Fakturans summa",
    open="Obetalt",
    interest="Dröjsmålsränta",
    pay="Att betala totalt",
    account="Kontonummer",
    reference="Referensnummer",
    closing="Om fakturan redan är betald är påminnelsen överflödig. Meddela om något är oklart.",
    closing_ledger="Betala med den ursprungliga fakturans uppgifter, om den inte redan är betald.",
    page="Sida",
)
EN = Words(
    heading="Payment reminder",
    again="Payment reminder no. {level}",
    example="EXAMPLE (ESIMERKKI) – invented document, not to be paid. Ids and account numbers are invented.",
    lead="By our books the invoice below has not been paid yet. Please pay it without delay.",
    number="Invoice number",
    issued="Invoice date",
    due="Due date",
    late="Late by",
    days="{days} days",
    total="Invoice total",
    open="Not paid",
    interest="Interest on late payment",
    pay="Total to pay",
    account="Account number",
    reference="Reference number",
    closing="If it has been paid, no more is needed. Tell us if anything on the invoice is unclear.",
    closing_ledger="Pay by the details of the original invoice. If it has been paid, no more is needed.",
    page="Page",
)
LANGUAGES = {"fi": FI, "sv": SV, "en": EN}


def words(language: str) -> Words:
    """The words in a language; Finnish where there are none."""
    return LANGUAGES.get(language, FI)
