"""The binding of the demo region: mandates and agreements. All invented, and marked ESIMERKKI.

An assumption: each member gave the coordinating city of its area the authority to sign, to coordinate and
to bill in the cooperation agreement.
"""

from __future__ import annotations

from datetime import date, datetime

from kimppa.commons.members import queries as members
from kimppa.commons.members.models import LegalParty
from kimppa.consortium.agreements import drafts, mandates, papers
from kimppa.consortium.agreements.drafts import Draft
from kimppa.consortium.agreements.models import Agreement, Mandate
from kimppa.consortium.agreements.rules import AgreementKind, Binds, PartyRole, Purpose, Relation
from kimppa.consortium.agreements.services import sign
from kimppa.consortium.agreements.terms import TermKind
from kimppa.doors.console.demo.money import AGREEMENT, MARK, OPENED, SELLERS
from kimppa.foundation.accounts.actors import Actor


def load(*, by: Actor, now: datetime) -> None:
    """Build everything through the verbs, after the demo's money; idempotent."""
    agreement = Agreement.objects.filter(diary_number=AGREEMENT).first()
    if agreement is None:
        return
    _mandates(by, agreement, now)
    _contracts(by, now)


def _mandates(by: Actor, agreement: Agreement, now: datetime) -> None:
    if Mandate.objects.exists():
        return
    parties = dict(
        LegalParty.objects.filter(municipality__isnull=False).values_list("municipality__code", "pk")
    )
    for area in members.areas_on(OPENED):
        holder = parties[area.coordinator_code]
        mandates.grant(
            by=by,
            grantors=[parties[code] for code in area.codes if code in parties and parties[code] != holder],
            holder=holder,
            purposes=list(Purpose),
            valid_from=OPENED,
            agreement=agreement.pk,
            clause="2 §",
            now=now,
        )


# Invented contracts with invented vendors: number, title, vendor, last day, terms with clauses.
CONTRACTS: tuple[tuple[str, str, str, date | None, tuple[tuple[TermKind, str, str, str], ...]], ...] = (
    (
        f"{MARK}/21/2021",
        "E-kirjojen palvelusopimus",
        f"Esimerkkikustantamo Oy ({MARK})",
        date(2023, 12, 31),
        (
            (TermKind.OPTIONS, "2", "3.2", "Tilaajalla on oikeus kahteen optiokauteen."),
            (TermKind.OPTION_MONTHS, "12", "3.2", "Kukin optiokausi on kaksitoista kuukautta."),
            (TermKind.OPTION_NOTICE_MONTHS, "3", "3.3", "Option käytöstä ilmoitetaan 3 kuukautta ennen."),
            (TermKind.YEARLY_VALUE, "14 000", "5.1", ""),
            (TermKind.PERSONAL_DATA, "kyllä", "9", "Henkilötietojen käsittelystä sovitaan erikseen."),
            (TermKind.SERVICE_LEVEL, "99,5", "7.1", ""),
        ),
    ),
    (
        f"{MARK}/22/2021",
        "Lehtipalvelun sopimus",
        f"Esimerkkilehdet Oy ({MARK})",
        date(2022, 12, 31),
        (
            (
                TermKind.RENEWAL_MONTHS,
                "12",
                "2.1",
                "Sopimus jatkuu vuoden kerrallaan.",
            ),
            (TermKind.NOTICE_MONTHS, "1", "2.2", "Irtisanomisaika on yksi kuukausi."),
            (TermKind.YEARLY_VALUE, "16 500", "4", ""),
            (TermKind.BILLING, "Tammikuu", "4.2", ""),
        ),
    ),
)
PROCESSING = f"{MARK}/23/2021"


def _contracts(by: Actor, now: datetime) -> None:
    """Two contracts signed for every member, a data-processing agreement for one, and one draft."""
    if Agreement.objects.filter(diary_number=CONTRACTS[0][0]).exists():
        return
    made = {}
    for number, title, vendor, last, terms in CONTRACTS:
        made[number] = draft(by, AgreementKind.VENDOR, number, title, vendor, last, now)
        for kind, value, clause, quote in terms:
            drafts.put_term(
                by=by, agreement=made[number], kind=kind, value=value, clause=clause, quote=quote, now=now
            )
        sign(by=by, agreement=number, signed_on=OPENED, now=now)
    vendor = CONTRACTS[0][2]
    paper = draft(
        by, AgreementKind.DATA_PROCESSING, PROCESSING, "Henkilötietojen käsittelysopimus", vendor, None, now
    )
    sign(by=by, agreement=PROCESSING, signed_on=OPENED, now=now)
    papers.relate(by=by, source=paper, target=made[CONTRACTS[0][0]], kind=Relation.PROCESSING_FOR, now=now)
    draft(
        by,
        AgreementKind.VENDOR,
        f"{MARK}/24/2022",
        "Elokuvapalvelun sopimus, luonnos",
        f"Esimerkkielokuvat Oy ({MARK})",
        None,
        now,
    )


def draft(
    by: Actor, kind: AgreementKind, number: str, title: str, vendor: str, last: date | None, now: datetime
) -> int:
    """An invented agreement that is not signed; returns its id."""
    cities = LegalParty.objects.filter(municipality__code__in=list(SELLERS)).values_list("pk", flat=True)
    said = Draft(
        kind=kind,
        diary_number=number,
        title_fi=f"{title} ({MARK})",
        valid_from=OPENED,
        valid_to=last,
        parties=tuple((city, PartyRole.COORDINATOR) for city in cities),
        vendor=vendor,
        binds=Binds.MEMBERS if kind is AgreementKind.VENDOR else Binds.LISTED,
        example=True,
    )
    return drafts.write(by=by, draft=said, now=now)
