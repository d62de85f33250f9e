"""A meeting's papers as one accessible PDF (papers.typ)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path

from kimppa.consortium.agreements.deadlines import Kind
from kimppa.consortium.governance.words import show_moment
from kimppa.consortium.governance.words import words as meeting_words
from kimppa.foundation.core import typeset
from kimppa.foundation.core.money import show_euros, show_rate
from kimppa.insight.reporting.queries import FigureKind, FirstScenario, MeetingPapers

# The tables of the document show the largest changes; the whole table is a scenario of its own.
CHANGES_SHOWN = 15


@dataclass(frozen=True, slots=True)
class Words:
    papers: str
    example: str
    as_of: str
    agenda: str
    presenter: str
    proposals: str
    no_proposals: str
    decisions: str
    since: str
    no_decisions: str
    deadlines: str
    until: str
    no_deadlines: str
    money: str
    scenario: str
    scenario_text: str
    no_scenario: str
    changes: str
    municipality: str
    share: str
    change: str
    day: str
    what: str
    agreement: str
    page: str
    kinds: dict[Kind, str]
    figures: dict[FigureKind, str]


FI = Words(
    papers="Kokousaineisto",
    example="ESIMERKKI: keksitty asiakirja",
    as_of="Tilanne {day}",
    agenda="Esityslista",
    presenter="esittelee {name}",
    proposals="Avoimet esitykset",
    no_proposals="Avoimia esityksiä ei ole.",
    decisions="Päätökset edellisen kokouksen jälkeen",
    since="Edellinen kokous oli {day}.",
    no_decisions="Päätöksiä ei ole.",
    deadlines="Sopimusten määräajat",
    until="Määräajat {day} saakka.",
    no_deadlines="Määräaikoja ei ole.",
    money="Vuoden {year} rahat",
    scenario="Ensimmäinen laskelma vuodelle {year}",
    scenario_text="Jos maksu {rate} €/asukas (päätös {number}) pysyy ennallaan, {residents} asukkaan "
    "väkiluvulla {reference} jäsenet maksavat yhteensä {total}. Vuonna {before_year} ne maksavat {before}.",
    no_scenario="Vuodelle ei ole voimassa olevaa maksua tai väkilukuja, joten laskelmaa ei voi tehdä.",
    changes="Suurimmat muutokset",
    municipality="Kunta",
    share="Maksuosuus",
    change="Muutos",
    day="Päivä",
    what="Mitä",
    agreement="Sopimus",
    page="Sivu",
    kinds={
        Kind.NOTICE: "Viimeinen irtisanomispäivä",
        Kind.OPTION: "Viimeinen päivä käyttää optio",
        Kind.RENEWAL: "Jatkuu itsestään",
        Kind.END: "Päättyy",
    },
    figures={
        FigureKind.LEVIED: "Jäsenten maksuosuudet",
        FigureKind.INTERNAL: "Sisäiset veloitukset",
        FigureKind.INVOICED: "Laskutettu",
        FigureKind.PAID: "Maksettu",
        FigureKind.OPEN: "Avoinna",
    },
)
SV = Words(
    papers="Möteshandlingar",
    example="EXEMPEL: påhittat dokument",
    as_of="Läget {day}",
    agenda="Föredragningslista",
    presenter="föredras av {name}",
    proposals="Öppna förslag",
    no_proposals="Det finns inga öppna förslag.",
    decisions="Beslut efter förra mötet",
    since="Det förra mötet hölls {day}.",
    no_decisions="Det finns inga beslut.",
    deadlines="Avtalens tidsfrister",
    until="Tidsfrister till och med {day}.",
    no_deadlines="Det finns inga tidsfrister.",
    money="Ekonomin {year}",
    scenario="En första kalkyl för {year}",
    scenario_text="Om avgiften {rate} €/invånare (beslut {number}) förblir densamma betalar medlemmarna "
    "sammanlagt {total} för {residents} invånare enligt folkmängden {reference}. "
    "År {before_year} betalar de {before}.",
    no_scenario="För året finns ingen gällande avgift eller folkmängd, så ingen kalkyl kan göras.",
    changes="De största ändringarna",
    municipality="Kommun",
    share="Andel",
    change="Ändring",
    day="Dag",
    what="Vad",
    agreement="Avtal",
    page="Sida",
    kinds={
        Kind.NOTICE: "Sista uppsägningsdag",
        Kind.OPTION: "Sista dag att använda optionen",
        Kind.RENEWAL: "Förlängs av sig själv",
        Kind.END: "Upphör",
    },
    figures={
        FigureKind.LEVIED: "Medlemmarnas andelar",
        FigureKind.INTERNAL: "Interna debiteringar",
        FigureKind.INVOICED: "Fakturerat",
        FigureKind.PAID: "Betalt",
        FigureKind.OPEN: "Obetalt",
    },
)
EN = Words(
    papers="Meeting papers",
    example="EXAMPLE: an invented document",
    as_of="As of {day}",
    agenda="Agenda",
    presenter="presented by {name}",
    proposals="Open proposals",
    no_proposals="There are no open proposals.",
    decisions="Decisions since the last meeting",
    since="The last meeting was on {day}.",
    no_decisions="There are no decisions.",
    deadlines="Deadlines of agreements",
    until="Deadlines until {day}.",
    no_deadlines="There are no deadlines.",
    money="Money of {year}",
    scenario="A first scenario for {year}",
    scenario_text="If the rate of {rate} €/resident (decision {number}) stays as it is, the members pay "
    "{total} in all for {residents} residents on {reference}. In {before_year} they pay {before}.",
    no_scenario="No rate stands for the year, or no populations are known, so there is no scenario.",
    changes="The largest changes",
    municipality="Municipality",
    share="Share",
    change="Change",
    day="Day",
    what="What",
    agreement="Agreement",
    page="Page",
    kinds={
        Kind.NOTICE: "Last day to give notice",
        Kind.OPTION: "Last day to use the option",
        Kind.RENEWAL: "Renews by itself",
        Kind.END: "Ends",
    },
    figures={
        FigureKind.LEVIED: "Shares of the members",
        FigureKind.INTERNAL: "Internal charges",
        FigureKind.INVOICED: "Invoiced",
        FigureKind.PAID: "Paid",
        FigureKind.OPEN: "Open",
    },
)


def words(language: str) -> Words:
    """The words of a language; Finnish where there are none of it."""
    return {"sv": SV, "en": EN}.get(language[:2], FI)


def title_of(papers: MeetingPapers, language: str) -> str:
    """What the document is called."""
    return f"{words(language).papers}: {papers.meeting.row.title(language)}"


def pdf(papers: MeetingPapers, *, language: str) -> bytes:
    """The document; the same papers give the same bytes. Raises NotTypeset."""
    word, row = words(language), papers.meeting.row
    title = title_of(papers, language)
    kinds = meeting_words(language).item_kinds
    data: dict[str, typeset.Data] = {
        "title": title,
        "example": word.example if row.example else "",
        "facts": [
            row.group(language),
            f"{show_moment(row.starts_at, language)} – {show_moment(row.ends_at, language)}",
            word.as_of.format(day=_day(papers.on)),
        ],
        "agenda_heading": word.agenda,
        "agenda": [
            {
                "title": f"{item.number}. {item.title(language)}",
                "kind": kinds[item.kind]
                + (f", {word.presenter.format(name=item.presenter)}" if item.presenter else ""),
                "text": item.text(language),
            }
            for item in papers.meeting.items
        ],
        "page": word.page,
    }
    data |= _proposals(papers, word, language)
    data |= _deadlines(papers, word, language)
    data |= {
        "money_heading": word.money.format(year=papers.year),
        "money": [[word.figures[f.kind], show_euros(f.amount, language)] for f in papers.figures],
    }
    data |= _scenario(papers.scenario, word, language)
    return typeset.pdf(
        _template(), data, title=title, language=language, day=papers.on, author=row.group(language)
    )


def _proposals(papers: MeetingPapers, word: Words, language: str) -> dict[str, typeset.Data]:
    """Open proposals, and what has been decided since the last meeting."""
    since = word.since.format(day=_day(papers.since)) if papers.since else ""
    return {
        "proposals_heading": word.proposals,
        "proposals": [f"{one.title(language)}: {one.words} ({one.proposer})" for one in papers.proposals]
        or [word.no_proposals],
        "decisions_heading": word.decisions,
        "since": since,
        "decisions": [
            f"{_day(one.decided_on)} {one.diary_number}: {one.title(language)}" for one in papers.decisions
        ]
        or [word.no_decisions],
    }


def _deadlines(papers: MeetingPapers, word: Words, language: str) -> dict[str, typeset.Data]:
    until = word.until.format(day=_day(papers.until))
    return {
        "deadlines_heading": word.deadlines,
        "until": until if papers.deadlines else word.no_deadlines,
        "deadline_columns": [word.day, word.what, word.agreement],
        "deadlines": [
            [_day(one.day), word.kinds[one.kind], f"{one.diary_number} {one.title(language)}"]
            for one in papers.deadlines
        ],
    }


def _scenario(scenario: FirstScenario | None, word: Words, language: str) -> dict[str, typeset.Data]:
    if scenario is None:
        return {
            "scenario_heading": "",
            "scenario": word.no_scenario,
            "changes_heading": "",
            "change_columns": [],
            "changes": [],
        }
    text = word.scenario_text.format(
        rate=show_rate(scenario.rate.rate, language),
        number=scenario.rate.decision.diary_number,
        residents=_count(scenario.residents, language),
        reference=_day(scenario.reference_date),
        total=show_euros(scenario.total, language),
        before_year=scenario.year - 1,
        before=show_euros(scenario.before, language),
    )
    shown = scenario.changes[:CHANGES_SHOWN]
    return {
        "scenario_heading": word.scenario.format(year=scenario.year),
        "scenario": text,
        "changes_heading": word.changes if shown else "",
        "change_columns": [word.municipality, word.share, word.change],
        "changes": [
            [
                row.share.name(language),
                show_euros(row.share.amount, language),
                show_euros(row.change, language) if row.change is not None else "–",
            ]
            for row in shown
        ],
    }


@lru_cache(maxsize=1)
def _template() -> str:
    return Path(__file__).with_name("papers.typ").read_text(encoding="utf-8")


def _day(day: date) -> str:
    return f"{day.day}.{day.month}.{day.year}"


def _count(number: int, language: str) -> str:
    return f"{number:,}" if language[:2] == "en" else f"{number:,}".replace(",", "\u202f")
