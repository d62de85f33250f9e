"""The words of the directors' paper in three languages."""

from __future__ import annotations

from dataclasses import dataclass

from kimppa.commons.usage.rules import Interest


@dataclass(frozen=True, slots=True)
class Words:
    title: str
    example: str
    as_of: str
    page: str
    short: str
    services: str
    whom: str
    equality: str
    changed: str
    uncertain: str
    made: str
    own_lending: str
    nothing: str
    used: str
    residents: str
    cost: str
    unpriced: str
    shared: str
    service: str
    service_more: str
    service_less: str
    service_same: str
    service_cost: str
    no_cost: str
    service_column: str
    counted: str
    use: str
    change: str
    booked: str
    per_use: str
    bars_alt: str
    whom_said: str
    kimppa: str
    municipalities: str
    people: str
    relative: str
    alone: str
    map_alt: str
    index: str
    index_estimates: str
    index_before: str
    moved: str
    by_size_more: str
    by_size_less: str
    by_distance_more: str
    by_distance_less: str
    even: str
    no_equality: str
    left_out: str
    access_all: str
    access_some: str
    change_point: str
    counting: str
    release: str
    choice: str
    no_change: str
    open: str
    dealt: str
    unsplit: str
    all_certain: str
    partial: str
    too_short: str
    definitions: tuple[str, ...]
    interests: dict[Interest, str]
    unknown: str
    incomparable: str


FI = Words(
    title="E-palvelujen käyttö {year}",
    example="ESIMERKKI: luvut ovat osin keksittyjä",
    as_of="Tilanne {day}",
    page="Sivu",
    short="Lyhyesti",
    services="Mitä palveluja käytettiin ja mitä käyttö maksoi",
    whom="Kuka käytti",
    equality="Saavatko kaikki osansa",
    changed="Mikä muuttui",
    uncertain="Mikä on arviota tai auki",
    made="Näin luvut on tehty",
    own_lending="Omat lainat",
    nothing="Vuoden {year} käytöstä ei ole vielä tietoja.",
    used="Vuonna {year} käytettyjä palveluja: {count}.",
    residents="Jäsenkunnissa on {count} asukasta ({day}).",
    cost="Palveluista on kirjattu kuluja {total}, eli {each} € asukasta kohti.",
    unpriced="Hinta ei ole tiedossa: {names}.",
    shared="Lisäksi usean palvelun yhteisille riveille on kirjattu {total}.",
    service="{name}: {use} {counted}.",
    service_more="{name}: {use} {counted}, {change} % enemmän kuin edellisvuoden samoina "
    "{months} kuukautena.",
    service_less="{name}: {use} {counted}, {change} % vähemmän kuin edellisvuoden samoina "
    "{months} kuukautena.",
    service_same="{name}: {use} {counted}, yhtä paljon kuin edellisvuoden samoina {months} kuukautena.",
    service_cost=" Yksi käyttö maksoi {each} €.",
    no_cost=" Hintaa ei tiedetä.",
    service_column="Palvelu",
    counted="Mitä lasketaan",
    use="Käyttö",
    change="Muutos, %",
    booked="Kulut",
    per_use="€/käyttö",
    bars_alt="Pylväät: mitä yksi käyttö maksoi. {rows}.",
    whom_said="Suhteellinen käyttö kertoo käytön asukasta kohti; kaikki yhdessä on 100.",
    kimppa="Kimppa",
    municipalities="Kuntia",
    people="Asukkaita",
    relative="Suhteellinen käyttö",
    alone="Ei kimpassa",
    map_alt="Ruutukartta: suhteellinen käyttö kunnittain, kaikki yhdessä 100. {rows}.",
    index="Tasa-arvo on {index} (1 on tasan): mitatun käytön mukaan.",
    index_estimates="Tasa-arvo on {index} (1 on tasan), mutta luku perustuu arvioihin ja kertoo vähän.",
    index_before="Vuonna {year} se oli {index}.",
    moved="Käytöstä {percent} % pitäisi olla muissa kunnissa, jotta kaikilla olisi yhtä paljon.",
    by_size_more="Kaksi kertaa suuremmassa kunnassa käytetään {points} pistettä enemmän.",
    by_size_less="Kaksi kertaa suuremmassa kunnassa käytetään {points} pistettä vähemmän.",
    by_distance_more="Sata kilometriä kauempana kaupungista käytetään {points} pistettä enemmän.",
    by_distance_less="Sata kilometriä kauempana kaupungista käytetään {points} pistettä vähemmän.",
    even="Kunnan koko tai etäisyys ei näy käytössä.",
    no_equality="Mistään palvelusta ei tiedetä käyttöä kunnittain, joten tasa-arvoa ei voi laskea.",
    left_out="Jätetty pois, koska yli kymmenesosa on arviota: {names}.",
    access_all="Kaikki {services} palvelua ovat auki kaikkien jäsenkuntien asukkaille.",
    access_some="Kuntia, joissa osa palveluista ei ole auki asukkaille: {count}.",
    change_point="{name}: {month} alkaen taso on {percent} % ({why}).",
    counting="{name}: {month} alkaen lasketaan toisin ({why}); vuodet eivät ole vertailtavia.",
    release="COUNTER {release} tuli käyttöön",
    choice="mitattavaksi valittiin muuta",
    no_change="Minkään pitkään seuratun palvelun taso ei muuttunut enemmän kuin sattuma selittää.",
    open="{name}: avoinna olevia kuukausia {count}, luku muuttuu vielä.",
    dealt="{name}: {percent} % kuntien luvuista on arviota, koska toimittaja ei kerro kuntaa.",
    unsplit="{name}: käyttöä ei tiedetä kunnittain lainkaan.",
    all_certain="Kaikki luvut on mitattu ja kuukaudet suljettu.",
    partial="Vuosi on vajaa, tiedossa {count}/12 kuukautta: {names}.",
    too_short="Alle kahden vuoden sarjoista muutoksia ei erota vuodenajasta; sellaisia palveluja on {count}.",
    definitions=(
        "Lainat, toistot ja kirjautumiset ovat eri asioita: niitä ei lasketa yhteen.",
        "Kulut ovat kirjattuja toimittajien laskuja arvonlisäveroineen, hyvitykset vähennettynä.",
        "Muutos on laskettu vain kuukausista, jotka molempina vuosina on suljettu ja laskettu "
        "samalla tavalla.",
        "Suhteellinen käyttö: kunnan käyttö asukasta kohti jaettuna kaikkien vastaavalla, "
        "palvelujen keskiarvo.",
        "Tasa-arvo: 1 − Ginin kerroin käytöstä asukasta kohti, kunnat asukasluvun painoisina.",
    ),
    interests={
        Interest.LOANS: "lainaa",
        Interest.READINGS: "lukukertaa",
        Interest.PLAYS: "toistoa",
        Interest.REQUESTS: "sisällön avausta",
        Interest.SEARCHES: "hakua",
        Interest.SIGN_INS: "kirjautumista ja avausta",
    },
    unknown="ei tiedossa",
    incomparable="ei vertailtavissa",
)
SV = Words(
    title="Användningen av e-tjänster {year}",
    example="EXEMPEL: siffrorna är delvis påhittade",
    as_of="Läget {day}",
    page="Sida",
    short="I korthet",
    services="Vilka tjänster användes och vad kostade användningen",
    whom="Vem använde",
    equality="Får alla sin del",
    changed="Vad ändrades",
    uncertain="Vad är uppskattat eller öppet",
    made="Så är siffrorna gjorda",
    own_lending="Egna lån",
    nothing="Det finns ännu inga uppgifter om användningen {year}.",
    used="Tjänster som användes {year}: {count}.",
    residents="Medlemskommunerna har {count} invånare ({day}).",
    cost="För tjänsterna har bokförts {total}, det vill säga {each} € per invånare.",
    unpriced="Priset är inte känt: {names}.",
    shared="Dessutom har {total} bokförts på rader som flera tjänster delar.",
    service="{name}: {use} {counted}.",
    service_more="{name}: {use} {counted}, {change} % mer än under samma {months} månader året innan.",
    service_less="{name}: {use} {counted}, {change} % mindre än under samma {months} månader året innan.",
    service_same="{name}: {use} {counted}, lika mycket som under samma {months} månader året innan.",
    service_cost=" En användning kostade {each} €.",
    no_cost=" Priset är inte känt.",
    service_column="Tjänst",
    counted="Vad som räknas",
    use="Användning",
    change="Ändring, %",
    booked="Kostnader",
    per_use="€/användning",
    bars_alt="Staplar: vad en användning kostade. {rows}.",
    whom_said="Relativ användning är användningen per invånare; alla tillsammans är 100.",
    kimppa="Kimppa",
    municipalities="Kommuner",
    people="Invånare",
    relative="Relativ användning",
    alone="Inte i någon kimppa",
    map_alt="Rutkarta: relativ användning per kommun, alla tillsammans 100. {rows}.",
    index="Jämlikheten är {index} (1 är jämnt), enligt uppmätt användning.",
    index_estimates="Jämlikheten är {index} (1 är jämnt), men talet bygger på uppskattningar "
    "och säger litet.",
    index_before="År {year} var den {index}.",
    moved="{percent} % av användningen borde ske i andra kommuner för att alla skulle ha lika mycket.",
    by_size_more="I en dubbelt så stor kommun är användningen {points} poäng större.",
    by_size_less="I en dubbelt så stor kommun är användningen {points} poäng mindre.",
    by_distance_more="Hundra kilometer längre från staden är användningen {points} poäng större.",
    by_distance_less="Hundra kilometer längre från staden är användningen {points} poäng mindre.",
    even="Kommunens storlek eller avstånd syns inte i användningen.",
    no_equality="För ingen tjänst är användningen känd per kommun, så jämlikheten kan inte räknas.",
    left_out="Utelämnade, eftersom mer än en tiondel är uppskattad: {names}.",
    access_all="Alla {services} tjänster är öppna för invånarna i alla medlemskommuner.",
    access_some="Kommuner där en del av tjänsterna inte är öppna för invånarna: {count}.",
    change_point="{name}: från {month} är nivån {percent} % ({why}).",
    counting="{name}: från {month} räknas på annat sätt ({why}); åren går inte att jämföra.",
    release="COUNTER {release} togs i bruk",
    choice="något annat valdes att mätas",
    no_change="Nivån ändrades inte mer än slumpen förklarar för någon tjänst som har följts länge nog.",
    open="{name}: öppna månader {count}, talet ändras ännu.",
    dealt="{name}: {percent} % av kommunernas tal är uppskattat, eftersom leverantören inte säger kommunen.",
    unsplit="{name}: användningen är inte alls känd per kommun.",
    all_certain="Alla tal är uppmätta och månaderna stängda.",
    partial="Året är inte helt, {count} av 12 månader är kända: {names}.",
    too_short="I serier under två år skiljs ändringar inte från årstiden; sådana tjänster: {count}.",
    definitions=(
        "Lån, spelningar och inloggningar är olika saker: de läggs inte ihop.",
        "Kostnaderna är bokförda leverantörsfakturor med moms, med krediteringar avdragna.",
        "Ändringen är räknad bara på månader som båda åren är stängda och räknade på samma sätt.",
        "Relativ användning: kommunens användning per invånare delad med allas, medeltal av tjänsterna.",
        "Jämlikhet: 1 − Ginis koefficient för användning per invånare, kommunerna vägda med invånarna.",
    ),
    interests={
        Interest.LOANS: "lån",
        Interest.READINGS: "läsningar",
        Interest.PLAYS: "spelningar",
        Interest.REQUESTS: "öppnade innehåll",
        Interest.SEARCHES: "sökningar",
        Interest.SIGN_INS: "inloggningar och öppningar",
    },
    unknown="inte känt",
    incomparable="inte jämförbart",
)
EN = Words(
    title="Use of e-services {year}",
    example="EXAMPLE: some of the figures are invented",
    as_of="As of {day}",
    page="Page",
    short="In short",
    services="What was used, and what a use cost",
    whom="Who used it",
    equality="Does everybody get their share",
    changed="What changed",
    uncertain="What is estimated or open",
    made="How the figures are made",
    own_lending="Our own lending",
    nothing="Nothing is known of the use of {year} yet.",
    used="Services used in {year}: {count}.",
    residents="The members have {count} residents ({day}).",
    cost="Costs of {total} were booked for the services: {each} € for each resident.",
    unpriced="Cost not known: {names}.",
    shared="Another {total} was booked on lines that several services share.",
    service="{name}: {use} {counted}.",
    service_more="{name}: {use} {counted}, {change} % more than in the same {months} months "
    "of the year before.",
    service_less="{name}: {use} {counted}, {change} % less than in the same {months} months "
    "of the year before.",
    service_same="{name}: {use} {counted}, as much as in the same {months} months of the year before.",
    service_cost=" One use cost {each} €.",
    no_cost=" Its cost is not known.",
    service_column="Service",
    counted="What is counted",
    use="Use",
    change="Change, %",
    booked="Cost",
    per_use="€ per use",
    bars_alt="Bars: what one use cost. {rows}.",
    whom_said="Relative use is use per resident, with everybody together as 100.",
    kimppa="Kimppa",
    municipalities="Municipalities",
    people="Residents",
    relative="Relative use",
    alone="In no kimppa",
    map_alt="Tile map: relative use by municipality, everybody together 100. {rows}.",
    index="Equality is {index} (1 is equal), by measured use.",
    index_estimates="Equality is {index} (1 is equal), but rests on estimates and says little.",
    index_before="In {year} it was {index}.",
    moved="{percent} % of use would have to fall in other municipalities for all to have as much.",
    by_size_more="A municipality of twice the residents uses {points} points more.",
    by_size_less="A municipality of twice the residents uses {points} points less.",
    by_distance_more="A hundred kilometres further from the city use is {points} points higher.",
    by_distance_less="A hundred kilometres further from the city use is {points} points lower.",
    even="Neither size nor distance shows in use.",
    no_equality="Of no service is the use known by municipality, so equality cannot be reckoned.",
    left_out="Left out, because more than a tenth is an estimate: {names}.",
    access_all="All {services} services are open to the residents of every member.",
    access_some="Municipalities where some services are not open to residents: {count}.",
    change_point="{name}: from {month} on the level is {percent} % ({why}).",
    counting="{name}: from {month} on it is counted otherwise ({why}); the years cannot be compared.",
    release="COUNTER {release} began",
    choice="something else was chosen to be counted",
    no_change="No service followed for long enough changed its level by more than chance explains.",
    open="{name}: open months {count}; the figure will still change.",
    dealt="{name}: {percent} % of the municipalities' figures are estimates, for the vendor does not "
    "tell the "
    "municipality.",
    unsplit="{name}: its use is not known by municipality at all.",
    all_certain="All figures are measured and their months closed.",
    partial="The year is not whole, {count} of 12 months are known: {names}.",
    too_short="Under two years changes cannot be told from the time of year; services so new: {count}.",
    definitions=(
        "Loans, plays and sign-ins are unlike things: they are not added.",
        "Costs are vendors' invoices as booked, with VAT, credit notes taken off.",
        "Change is reckoned only of months that are closed in both years and counted alike.",
        "Relative use: a municipality's use per resident by that of all, the mean of the services.",
        "Equality: 1 − Gini's coefficient of use per resident, municipalities weighed by residents.",
    ),
    interests={
        Interest.LOANS: "loans",
        Interest.READINGS: "readings",
        Interest.PLAYS: "plays",
        Interest.REQUESTS: "requests of items",
        Interest.SEARCHES: "searches",
        Interest.SIGN_INS: "sign-ins and openings",
    },
    unknown="not known",
    incomparable="not comparable",
)


def words(language: str) -> Words:
    """The words of a language; Finnish where there are none of it."""
    return {"sv": SV, "en": EN}.get(language[:2], FI)
