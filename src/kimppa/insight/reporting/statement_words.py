"""A statement in sentences of the reader's language, for the page and the document alike."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from kimppa.consortium.invoicing.rules import Kind
from kimppa.consortium.invoicing.words import show_count, show_day
from kimppa.foundation.core.money import Cents, show_euros, show_rate
from kimppa.insight.reporting.statements import Part, Statement


@dataclass(frozen=True, slots=True)
class Words:
    title: str
    example: str
    as_of: str
    share: str
    nothing: str
    by_rate: str
    of_sum: str
    months: str
    months_decided: str
    decision: str
    clause: str
    invoiced: str
    charged: str
    internal: str
    not_charged: str
    paid: str
    paid_all: str
    due: str
    overpaid: str
    imported: str
    more: str
    less: str
    same: str
    whole: str
    shared: str
    without_vat: str
    made: str
    what: str
    residents: str
    rate: str
    months_column: str
    amount: str
    total: str
    documents: str
    no_documents: str
    number: str
    issued: str
    due_on: str
    paid_column: str
    open: str
    internal_charge: str
    kinds: dict[Kind, str]
    years: str
    year: str
    change: str
    per_resident: str
    page: str


FI = Words(
    title="Maksuosuus {year}: {place}",
    example="ESIMERKKI: luvut ovat osin keksittyjä",
    as_of="Tilanne {day}",
    share="{place}: osuus vuodelta {year} on {total}.",
    nothing="{place}: vuodelta {year} ei ole päätettyä osuutta.",
    by_rate="{title}: {residents} asukasta ({day}{source}) × {rate} €/asukas{months} = {amount}.",
    of_sum="{title}: osuus päätetystä summasta {sum} on {amount}.",
    months=" × {months}/12 kuukautta",
    months_decided=" (kuukaudet: {number})",
    decision="Päättäjä: {body} {day}, {number}.",
    clause="Peruste: {number} {clause}.",
    invoiced="Laskutettu {amount}.",
    charged="Laskutettu hyvitysten jälkeen {amount}.",
    internal="Kaupungin sisällä kirjattu {amount}; siitä ei tule laskua.",
    not_charged="Vielä veloittamatta {amount}.",
    paid="Maksettu {paid}, maksamatta {open}.",
    paid_all="Kaikki laskutettu {paid} on maksettu.",
    due="Seuraava eräpäivä on {day}.",
    overpaid="Liikaa maksettu {amount}; se palautetaan tai siirretään toiselle laskulle.",
    imported="Aiemmista kirjanpidoista tuotu {amount}, siitä maksettu {paid}.",
    more="Osuus on {change} ({percent} %) suurempi kuin vuonna {year}.",
    less="Osuus on {change} ({percent} %) pienempi kuin vuonna {year}.",
    same="Osuus on sama kuin vuonna {year}.",
    whole="Se on {percent} % kaikkien {count} kunnan yhteissummasta {total}: {each} €/asukas, "
    "kaikilla keskimäärin {average} €/asukas.",
    without_vat="Summat ovat ilman arvonlisäveroa, joka lisätään laskulla.",
    shared="Lasku koskee muitakin kuntia tai vuosia; maksettu on jaettu maksettavien mukaan.",
    made="Mistä osuus muodostuu",
    what="Mitä",
    residents="Asukkaita",
    rate="€/asukas",
    months_column="Kk",
    amount="Summa",
    total="Yhteensä",
    documents="Mitä on veloitettu",
    no_documents="Mitään ei ole vielä veloitettu.",
    number="Numero",
    issued="Päivätty",
    due_on="Eräpäivä",
    paid_column="Maksettu",
    open="Maksamatta",
    internal_charge="Sisäinen veloitus",
    kinds={Kind.INVOICE: "Lasku", Kind.CREDIT_NOTE: "Hyvityslasku"},
    years="Vuodet",
    year="Vuosi",
    change="Muutos",
    per_resident="€/asukas",
    page="Sivu",
)
SV = Words(
    title="Andel {year}: {place}",
    example="EXEMPEL: siffrorna är delvis påhittade",
    as_of="Läget {day}",
    share="{place}: andelen för {year} är {total}.",
    nothing="{place}: ingen andel har beslutats för {year}.",
    by_rate="{title}: {residents} invånare ({day}{source}) × {rate} €/invånare{months} = {amount}.",
    of_sum="{title}: andelen av den beslutade summan {sum} är {amount}.",
    months=" × {months}/12 månader",
    months_decided=" (månaderna: {number})",
    decision="Beslutat av {body} {day}, {number}.",
    clause="Grund: {number} {clause}.",
    invoiced="Fakturerat {amount}.",
    charged="Fakturerat efter krediteringar {amount}.",
    internal="Bokfört inom staden {amount}; det faktureras inte.",
    not_charged="Ännu inte debiterat {amount}.",
    paid="Betalt {paid}, obetalt {open}.",
    paid_all="Allt som fakturerats, {paid}, är betalt.",
    due="Nästa förfallodag är {day}.",
    overpaid="För mycket betalt {amount}; det återbetalas eller flyttas till en annan faktura.",
    imported="Hämtat ur tidigare bokföring {amount}, varav betalt {paid}.",
    more="Andelen är {change} ({percent} %) större än {year}.",
    less="Andelen är {change} ({percent} %) mindre än {year}.",
    same="Andelen är densamma som {year}.",
    whole="Det är {percent} % av alla {count} kommuners sammanlagda {total}: {each} €/invånare, "
    "i genomsnitt {average} €/invånare för alla.",
    without_vat="Summorna är utan mervärdesskatt, som läggs till på fakturan.",
    shared="Fakturan gäller även andra kommuner eller år; det betalda är fördelat enligt vad var och en "
    "ska betala.",
    made="Vad andelen består av",
    what="Vad",
    residents="Invånare",
    rate="€/invånare",
    months_column="Mån",
    amount="Summa",
    total="Sammanlagt",
    documents="Vad som har debiterats",
    no_documents="Ingenting har debiterats ännu.",
    number="Nummer",
    issued="Daterad",
    due_on="Förfallodag",
    paid_column="Betalt",
    open="Obetalt",
    internal_charge="Intern debitering",
    kinds={Kind.INVOICE: "Faktura", Kind.CREDIT_NOTE: "Kreditnota"},
    years="Åren",
    year="År",
    change="Ändring",
    per_resident="€/invånare",
    page="Sida",
)
EN = Words(
    title="Our share {year}: {place}",
    example="EXAMPLE: the figures are partly invented",
    as_of="As of {day}",
    share="{place}: the share of {year} is {total}.",
    nothing="{place}: no share has been decided for {year}.",
    by_rate="{title}: {residents} residents ({day}{source}) × {rate} €/resident{months} = {amount}.",
    of_sum="{title}: the share of the decided sum {sum} is {amount}.",
    months=" × {months}/12 months",
    months_decided=" (months by {number})",
    decision="Decided by {body} on {day}, {number}.",
    clause="Ground: {number} {clause}.",
    invoiced="Invoiced: {amount}.",
    charged="Invoiced after credits: {amount}.",
    internal="Booked inside the city: {amount}; no invoice is made of it.",
    not_charged="Not charged yet: {amount}.",
    paid="Paid {paid}, to be paid {open}.",
    paid_all="All that was invoiced, {paid}, is paid.",
    due="The next due day is {day}.",
    overpaid="Paid too much: {amount}; it is paid back or moved to another invoice.",
    imported="Brought from earlier books: {amount}, of which {paid} is paid.",
    more="The share is {change} ({percent} %) larger than in {year}.",
    less="The share is {change} ({percent} %) smaller than in {year}.",
    same="The share is the same as in {year}.",
    whole="It is {percent} % of the {total} of all {count} municipalities: {each} €/resident, "
    "{average} €/resident on average for all.",
    without_vat="The sums are without VAT, which the invoice adds.",
    shared="The invoice concerns other municipalities or years too; what was paid is dealt by what each "
    "owes.",
    made="What the share is made of",
    what="What",
    residents="Residents",
    rate="€/resident",
    months_column="Months",
    amount="Sum",
    total="Total",
    documents="What has been charged",
    no_documents="Nothing has been charged yet.",
    number="Number",
    issued="Dated",
    due_on="Due",
    paid_column="Paid",
    open="To be paid",
    internal_charge="Internal charge",
    kinds={Kind.INVOICE: "Invoice", Kind.CREDIT_NOTE: "Credit note"},
    years="Years",
    year="Year",
    change="Change",
    per_resident="€/resident",
    page="Page",
)


def words(language: str) -> Words:
    """The words of a language; Finnish where there are none of it."""
    return {"sv": SV, "en": EN}.get(language[:2], FI)


def title_of(told: Statement, language: str) -> str:
    return words(language).title.format(year=told.year, place=told.place.name(language))


def in_short(told: Statement, language: str) -> tuple[str, ...]:
    """What is owed, what has been charged and paid, the change, and the whole: what is asked first."""
    word, sums, place = words(language), told.sums, told.place.name(language)
    if not told.parts and not told.past and not told.vouchers:
        return (word.nothing.format(place=place, year=told.year),)
    texts = [word.share.format(place=place, year=told.year, total=show_euros(sums.total, language))]
    texts += _charged(told, word, language)
    if sums.past.value:
        past, paid = show_euros(sums.past, language), show_euros(sums.past_paid, language)
        texts.append(word.imported.format(amount=past, paid=paid))
    texts += _change(told, word, language)
    if any(one.taxed for one in told.vouchers):
        texts.append(word.without_vat)
    percent, average = told.whole.percent(sums.total), told.whole.per_resident
    if percent is not None and average is not None and told.line.per_resident is not None:
        texts.append(
            word.whole.format(
                percent=_number(percent, language),
                count=told.whole.municipalities,
                total=show_euros(told.whole.total, language),
                each=_number(told.line.per_resident, language),
                average=_number(average, language),
            )
        )
    return tuple(texts)


def _charged(told: Statement, word: Words, language: str) -> list[str]:
    sums = told.sums
    net = sums.invoiced + sums.credited
    texts = []
    if told.vouchers:
        said = word.charged if sums.credited.value else word.invoiced
        texts.append(said.format(amount=show_euros(net, language)))
    if sums.internal.value:
        texts.append(word.internal.format(amount=show_euros(sums.internal, language)))
    if sums.not_charged.value:
        texts.append(word.not_charged.format(amount=show_euros(sums.not_charged, language)))
    if sums.open.value:
        paid, left = show_euros(sums.paid, language), show_euros(sums.open, language)
        texts.append(word.paid.format(paid=paid, open=left))
    elif sums.paid.value and not sums.overpaid.value:
        texts.append(word.paid_all.format(paid=show_euros(sums.paid, language)))
    if told.next_due is not None:
        texts.append(word.due.format(day=show_day(told.next_due)))
    if sums.overpaid.value:
        texts.append(word.overpaid.format(amount=show_euros(sums.overpaid, language)))
    return texts


def _change(told: Statement, word: Words, language: str) -> list[str]:
    change, percent = told.line.change, told.line.change_percent
    if change is None:
        return []
    if not change.value:
        return [word.same.format(year=told.year - 1)]
    if percent is None:
        return []
    said = word.more if change.value > 0 else word.less
    size, share = Cents(abs(change.value)), _number(abs(percent), language)
    return [said.format(change=show_euros(size, language), percent=share, year=told.year - 1)]


def of_part(part: Part, language: str) -> tuple[str, ...]:
    """How one share came about: the reckoning, the recipe, the decision and the clause."""
    word, share, row = words(language), part.share, part.revision
    amount = show_euros(share.amount, language)
    decided = word.months_decided.format(number=part.months_decision) if part.months_decision else ""
    months = word.months.format(months=share.months) + decided if share.months != 12 else ""
    if share.rate is not None:
        source = f", {share.population_source}" if share.population_source else ""
        first = word.by_rate.format(
            title=row.title(language),
            residents=show_count(share.residents, language),
            day=show_day(share.reference_date),
            source=source,
            rate=show_rate(share.rate, language),
            months=months,
            amount=amount,
        )
    else:
        total = show_euros(row.amount or Cents(0), language)
        first = word.of_sum.format(title=row.title(language), sum=total, amount=amount)
    decision = row.decision
    texts = [first, *part.made]
    texts.append(
        word.decision.format(
            body=decision.body(language), day=show_day(decision.decided_on), number=decision.diary_number
        )
    )
    if part.annex is not None:
        texts.append(word.clause.format(number=part.annex.agreement_number, clause=part.annex.clause))
    return tuple(texts)


def as_of(day: date, language: str) -> str:
    return words(language).as_of.format(day=show_day(day))


def _number(value: Decimal, language: str) -> str:
    plain = f"{value:f}"
    return plain if language[:2] == "en" else plain.replace(".", ",")
