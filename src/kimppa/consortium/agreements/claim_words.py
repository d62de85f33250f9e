"""The words of a claim in three languages: figures, how they were counted, the agreement's own rule."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from kimppa.commons.health.availability import MonthRow
from kimppa.consortium.agreements.claim_models import AvailabilityPromise

# Below this the figures are said to be thin.
ENOUGH_KNOWN = Decimal(90)

FI = """LUONNOS
Sopimus {number} ({title}): palvelun {name} käytettävyys {month}

Sopimuksessa luvattu käytettävyys: {promised} %
Mitattu käytettävyys: {measured} %

Toimi: {up} min
Ei toiminut: {down} min
Ennalta ilmoitettu huolto (jätetty pois): {planned} min
Ei tiedossa (jätetty pois): {unknown} min
Huollon ulkopuolisesta ajasta tiedetään {coverage} %.{thin}

Laskutapa: palvelu katsotaan pois käytöstä, kun kaksi kolmesta viimeisestä havainnosta epäonnistuu, ja \
käytössä olevaksi, kun kaksi kolmesta onnistuu. Minuutit, joista ei ole tietoa, eivät ole kummankaan eduksi.

Sopimuksen ehto hyvityksestä: {credit}

Pyydämme toimittajaa vahvistamaan häiriöajat ja hyvityksen sopimuksen mukaisesti."""

SV = """UTKAST
Avtal {number} ({title}): tillgängligheten för {name} {month}

Utlovad tillgänglighet enligt avtalet: {promised} %
Uppmätt tillgänglighet: {measured} %

Fungerade: {up} min
Fungerade inte: {down} min
Underhåll som meddelats i förväg (räknas inte med): {planned} min
Okänt (räknas inte med): {unknown} min
Av tiden utanför underhåll är {coverage} % känd.{thin}

Så räknas det: tjänsten anses vara ur bruk när två av de tre senaste observationerna misslyckas och i bruk \
när två av tre lyckas. Minuter som vi inte vet något om räknas inte till någonderas fördel.

Avtalets villkor om gottgörelse: {credit}

Vi ber leverantören bekräfta störningstiderna och gottgörelsen enligt avtalet."""

EN = """DRAFT
Agreement {number} ({title}): availability of {name} in {month}

Availability promised in the agreement: {promised} %
Availability measured: {measured} %

Worked: {up} min
Did not work: {down} min
Maintenance announced beforehand (left out): {planned} min
Not known (left out): {unknown} min
Of the time outside maintenance {coverage} % is known.{thin}

How it is counted: the service counts as down when two of the last three observations fail, and as up when \
two of three succeed. Minutes of which nothing is known count for neither side.

The agreement's rule of credits: {credit}

We ask the vendor to confirm the times of the disruptions and the credit according to the agreement."""

THIN = {
    "fi": " Mittaus on aukkoinen: tarkistakaa luvut ennen lähettämistä.",
    "sv": " Mätningen har luckor: kontrollera siffrorna innan ni skickar.",
    "en": " The measurement has gaps: check the figures before sending.",
}
NO_RULE = {
    "fi": "ei ole kirjattu; katsokaa sopimuksesta.",
    "sv": "har inte antecknats; se avtalet.",
    "en": "not recorded; look it up in the agreement.",
}
EXAMPLE = {"fi": "ESIMERKKI: luvut ovat keksittyjä.\n\n", "sv": "EXEMPEL: siffrorna är påhittade.\n\n"}
EXAMPLE["en"] = "EXAMPLE: the figures are invented.\n\n"


def letter(
    promise: AvailabilityPromise, found: MonthRow, month: date, promised: Decimal
) -> tuple[str, str, str]:
    """The draft in Finnish, Swedish and English."""
    return (
        _filled("fi", FI, promise, found, month, promised),
        _filled("sv", SV, promise, found, month, promised),
        _filled("en", EN, promise, found, month, promised),
    )


def _filled(
    language: str, text: str, promise: AvailabilityPromise, found: MonthRow, month: date, promised: Decimal
) -> str:
    agreement = promise.agreement
    titles = {"fi": agreement.title_fi, "sv": agreement.title_sv, "en": agreement.title_en}
    credits = {"fi": promise.credit_fi, "sv": promise.credit_sv, "en": promise.credit_en}
    coverage = found.coverage or Decimal(0)
    said = text.format(
        number=agreement.diary_number,
        title=titles[language] or agreement.title_fi,
        name=found.name(language),
        month=f"{month.month}/{month.year}",
        promised=_percent(promised, language),
        measured=_percent(found.availability or Decimal(0), language),
        up=found.tally.up,
        down=found.tally.down,
        planned=found.tally.planned,
        unknown=found.unknown,
        coverage=_percent(coverage, language),
        thin=THIN[language] if coverage < ENOUGH_KNOWN else "",
        credit=credits[language] or promise.credit_fi or NO_RULE[language],
    )
    return (EXAMPLE[language] if found.example or agreement.example else "") + said


def _percent(value: Decimal, language: str) -> str:
    text = f"{value:f}"
    return text if language == "en" else text.replace(".", ",")
