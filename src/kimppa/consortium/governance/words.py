"""The words of minutes and meeting papers. Part of the documents, hence not of the site's catalogue."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from kimppa.consortium.governance.rules import Attendance, Choice, ItemKind, MeetingKind, Outcome
from kimppa.foundation.core.clock import HELSINKI


@dataclass(frozen=True, slots=True)
class Words:
    minutes: str
    draft: str
    example: str
    version: str
    correction: str
    group: str
    time: str
    place: str
    chair: str
    secretary: str
    attendance: str
    name: str
    municipality: str
    presence: str
    stood_in: str
    quorum: str
    presenter: str
    proposal: str
    counter_proposal: str
    seconded: str
    withdrawn: str
    not_seconded: str
    remarks: str
    votes: str
    closed_vote: str
    by_chair: str
    fell: str
    decision: str
    decided: str
    diary_number: str
    papers: str
    unsettled: str
    signatures: str
    page: str
    kinds: dict[MeetingKind, str]
    item_kinds: dict[ItemKind, str]
    outcomes: dict[Outcome, str]
    attendances: dict[Attendance, str]
    choices: dict[Choice, str]


FI = Words(
    minutes="Pöytäkirja",
    draft="Luonnos, ei hyväksytty",
    example="ESIMERKKI: keksitty asiakirja",
    version="Versio",
    correction="Korjaus",
    group="Toimielin",
    time="Aika",
    place="Paikka",
    chair="Puheenjohtaja",
    secretary="Sihteeri",
    attendance="Osallistujat",
    name="Nimi",
    municipality="Kunta",
    presence="Läsnäolo",
    stood_in="sijaisena {name}",
    quorum="Kutsuttuja oli {entitled}, ja heistä osallistui {took_part}. Päätösvaltaan tarvittiin {needed}.",
    presenter="Esittelijä",
    proposal="Esitys",
    counter_proposal="Vastaesitys",
    seconded="kannatti {name}",
    withdrawn="peruttu",
    not_seconded="raukesi kannattamattomana",
    remarks="Puheenvuorot",
    votes="Äänestys",
    closed_vote="Suljettu äänestys: vain äänimäärät on kirjattu.",
    by_chair="Äänet menivät tasan. Puheenjohtajan ääni ratkaisi.",
    fell="Esitykset hylättiin.",
    decision="Päätös",
    decided="Hyväksyttiin esitys",
    diary_number="Asianumero",
    papers="Asiakirjat",
    unsettled="Käsittelemättä",
    signatures="Allekirjoittajat",
    page="Sivu",
    kinds={
        MeetingKind.IN_PERSON: "Läsnäkokous",
        MeetingKind.ONLINE: "Verkkokokous",
        MeetingKind.EMAIL: "Sähköpostikokous",
    },
    item_kinds={
        ItemKind.INFORMATION: "Tiedoksi",
        ItemKind.DISCUSSION: "Keskusteltavaksi",
        ItemKind.DECISION: "Päätettäväksi",
    },
    outcomes={
        Outcome.NOTED: "Merkittiin tiedoksi.",
        Outcome.CONSENSUS: "Päätettiin yksimielisesti.",
        Outcome.VOTE: "Päätettiin äänestämällä.",
        Outcome.POSTPONED: "Siirrettiin myöhempään kokoukseen.",
    },
    attendances={
        Attendance.UNKNOWN: "ei vastannut",
        Attendance.PRESENT: "läsnä",
        Attendance.PROXY: "sijainen",
        Attendance.ABSENT: "poissa",
    },
    choices={
        Choice.FOR: "Puolesta",
        Choice.AGAINST: "Vastaan",
        Choice.ABSTAIN: "Tyhjää",
        Choice.SECRET: "Suljettu",
    },
)
SV = Words(
    minutes="Protokoll",
    draft="Utkast, inte justerat",
    example="EXEMPEL: påhittat dokument",
    version="Version",
    correction="Rättelse",
    group="Organ",
    time="Tid",
    place="Plats",
    chair="Ordförande",
    secretary="Sekreterare",
    attendance="Deltagare",
    name="Namn",
    municipality="Kommun",
    presence="Närvaro",
    stood_in="ersättare {name}",
    quorum="{took_part} av {entitled} kallade deltog. För beslutförhet krävdes {needed}.",
    presenter="Föredragande",
    proposal="Förslag",
    counter_proposal="Motförslag",
    seconded="understöddes av {name}",
    withdrawn="återtaget",
    not_seconded="förföll utan understöd",
    remarks="Yttranden",
    votes="Omröstning",
    closed_vote="Sluten omröstning: endast röstetalen har antecknats.",
    by_chair="Rösterna föll lika. Ordförandens röst avgjorde.",
    fell="Förslagen förkastades.",
    decision="Beslut",
    decided="Följande förslag godkändes",
    diary_number="Diarienummer",
    papers="Handlingar",
    unsettled="Obehandlat",
    signatures="Undertecknare",
    page="Sida",
    kinds={
        MeetingKind.IN_PERSON: "Möte på plats",
        MeetingKind.ONLINE: "Webbmöte",
        MeetingKind.EMAIL: "E-postmöte",
    },
    item_kinds={
        ItemKind.INFORMATION: "För kännedom",
        ItemKind.DISCUSSION: "För diskussion",
        ItemKind.DECISION: "För beslut",
    },
    outcomes={
        Outcome.NOTED: "Antecknades för kännedom.",
        Outcome.CONSENSUS: "Beslutades enhälligt.",
        Outcome.VOTE: "Beslutades genom omröstning.",
        Outcome.POSTPONED: "Sköts upp till ett senare möte.",
    },
    attendances={
        Attendance.UNKNOWN: "svarade inte",
        Attendance.PRESENT: "närvarande",
        Attendance.PROXY: "ersättare",
        Attendance.ABSENT: "frånvarande",
    },
    choices={
        Choice.FOR: "För",
        Choice.AGAINST: "Emot",
        Choice.ABSTAIN: "Blankt",
        Choice.SECRET: "Sluten",
    },
)
EN = Words(
    minutes="Minutes",
    draft="Draft, not adopted",
    example="EXAMPLE: an invented document",
    version="Version",
    correction="Correction",
    group="Body",
    time="Time",
    place="Place",
    chair="Chair",
    secretary="Secretary",
    attendance="Participants",
    name="Name",
    municipality="Municipality",
    presence="Attendance",
    stood_in="{name} stood in",
    quorum="{took_part} of the {entitled} called took part. The quorum was {needed}.",
    presenter="Presented by",
    proposal="Proposal",
    counter_proposal="Counter-proposal",
    seconded="seconded by {name}",
    withdrawn="withdrawn",
    not_seconded="lapsed, as nobody seconded it",
    remarks="Remarks",
    votes="Vote",
    closed_vote="A secret vote: only the counts were recorded.",
    by_chair="The vote was tied. The chair’s vote settled it.",
    fell="The proposals were rejected.",
    decision="Decision",
    decided="This proposal was accepted",
    diary_number="Diary number",
    papers="Documents",
    unsettled="Not settled",
    signatures="Signatories",
    page="Page",
    kinds={
        MeetingKind.IN_PERSON: "Meeting in person",
        MeetingKind.ONLINE: "Online meeting",
        MeetingKind.EMAIL: "E-mail meeting",
    },
    item_kinds={
        ItemKind.INFORMATION: "For information",
        ItemKind.DISCUSSION: "For discussion",
        ItemKind.DECISION: "For decision",
    },
    outcomes={
        Outcome.NOTED: "Noted.",
        Outcome.CONSENSUS: "Decided by consensus.",
        Outcome.VOTE: "Decided by vote.",
        Outcome.POSTPONED: "Postponed to a later meeting.",
    },
    attendances={
        Attendance.UNKNOWN: "did not answer",
        Attendance.PRESENT: "present",
        Attendance.PROXY: "substitute",
        Attendance.ABSENT: "absent",
    },
    choices={
        Choice.FOR: "For",
        Choice.AGAINST: "Against",
        Choice.ABSTAIN: "Abstained",
        Choice.SECRET: "Secret",
    },
)


def words(language: str) -> Words:
    """The words of a language; Finnish where there are none of it."""
    return {"sv": SV, "en": EN}.get(language[:2], FI)


def show_moment(moment: datetime, language: str) -> str:
    """`18.11.2022 klo 10.00`."""
    local = moment.astimezone(HELSINKI)
    day = f"{local.day}.{local.month}.{local.year}"
    if language[:2] == "en":
        return f"{day} {local:%H:%M}"
    return f"{day} {'kl.' if language[:2] == 'sv' else 'klo'} {local:%H.%M}"
