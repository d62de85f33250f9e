"""The money of the demo region: 2022 levied, invoiced and mostly paid; 2023 left open.

Real: the municipalities, their populations and the 0.75 €/resident of 2022. Invented, and marked ESIMERKKI:
diary numbers, business ids, addresses, account numbers, dates of acts and payments. An assumption: each of
the two coordinating cities bills the municipalities of its own area.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from kimppa.commons.members import queries as members
from kimppa.commons.members.models import Group, LegalParty
from kimppa.commons.members.queries import MunicipalityRow
from kimppa.commons.members.services import define, record_legal_party
from kimppa.consortium.agreements.models import Agreement
from kimppa.consortium.agreements.rules import AgreementKind, CostClass, PartyRole
from kimppa.consortium.agreements.services import attach_annex, record_agreement
from kimppa.consortium.budgets.services import Resolution, decide_and_levy
from kimppa.consortium.governance.services import Words
from kimppa.consortium.invoicing import payers, services
from kimppa.consortium.invoicing.models import Invoice, Seller
from kimppa.consortium.invoicing.rules import Kind
from kimppa.foundation.accounts.actors import Actor
from kimppa.foundation.core.clock import HELSINKI
from kimppa.foundation.core.money import Cents

MARK = "ESIMERKKI"
RATE_2022 = Decimal("0.75")
POPULATION_2020 = date(2020, 12, 31)
OPENED = date(2022, 1, 1)
BODY = "directors-days"
AGREEMENT = f"{MARK}/1/2021"
SIGNED, DECIDED, ISSUED, SENT = date(2021, 5, 20), date(2021, 11, 18), date(2022, 2, 1), date(2022, 2, 2)
PAID = date(2022, 3, 1)
# By the coordinating city's code: prefix of numbers, first digits of references, an account of no bank.
SELLERS = {
    "564": ("ESIMOUL", "1564", "9999990000056"),
    "698": ("ESIMROI", "1698", "9999990000069"),
}
# Whose payments have been recorded by the time of the demo; the other city's are still to come.
PAYMENTS_RECORDED = "698"


def load(*, by: Actor, now: datetime) -> None:
    """Build everything through the verbs. Members, areas and populations must be loaded; idempotent.

    `now` is the demo's present; the acts of 2021 and 2022 are done with their own past moments.
    """
    if now < _at(PAID):
        return
    issue_2022(by=by)
    _documents_and_payments(by)


def issue_2022(*, by: Actor) -> int:
    """Agreement, sellers and payers, the decision, the levy and its invoices; returns the revision's id."""
    places = members.members_on(OPENED)
    if not Group.objects.filter(slug=BODY).exists():
        define(
            by=by,
            kind="group",
            slug=BODY,
            name_fi="Pohjois-Suomen yleisten kirjastojen esimiespäivät",
            name_sv="Chefsdagarna för de allmänna biblioteken i norra Finland",
            name_en="Directors' days of the public libraries of northern Finland",
            now=_at(SIGNED),
        )
    parties = {place.code: _party(by, place) for place in places}
    _agreement(by, parties)
    _who_pays_whom(by, places, parties)
    revision = decide_and_levy(
        by=by,
        resolution=_decision_2022(),
        year=2022,
        cost_class=CostClass.CONTENT,
        rate=RATE_2022,
        reference_date=POPULATION_2020,
        now=_at(DECIDED),
    )
    services.issue(by=by, revision=revision, issued_on=ISSUED, now=_at(ISSUED))
    return revision


def _at(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 10, tzinfo=HELSINKI)


def fictional_business_id(code: str) -> str:
    """A business id with a right check digit in a range that has never been given (90…)."""
    for last in range(10):
        base = f"90{code}0{last}"
        rest = sum(int(d) * w for d, w in zip(base, (7, 9, 10, 5, 8, 4, 2), strict=True)) % 11
        if rest != 1:
            return f"{base}-{0 if rest == 0 else 11 - rest}"
    raise ValueError(code)


def fictional_iban(account: str) -> str:
    """FI, right check digits, and an account that belongs to no bank (no Finnish bank begins with 9)."""
    bare = account.ljust(14, "0")
    return f"FI{98 - int(bare + '151800') % 97:02d}{bare}"


def _party(by: Actor, place: MunicipalityRow) -> int:
    found = LegalParty.objects.filter(municipality__code=place.code).first()
    if found is None:
        business_id = fictional_business_id(place.code)
        record_legal_party(
            by=by,
            code=place.code,
            name=f"{place.name_fi} ({MARK})",
            business_id=business_id,
            street="Esimerkkikatu 1",
            postal_code="99999",
            town=place.name_fi,
            einvoice_address=f"0037{business_id.replace('-', '')}",
            einvoice_operator="ESIMFIHH",
            fictional=True,
            now=_at(SIGNED),
        )
        found = LegalParty.objects.get(municipality__code=place.code)
    return found.pk


def _agreement(by: Actor, parties: dict[str, int]) -> None:
    if Agreement.objects.filter(diary_number=AGREEMENT).exists():
        return
    record_agreement(
        by=by,
        kind=AgreementKind.COOPERATION,
        diary_number=AGREEMENT,
        title_fi=f"Pohjoisen eKirjaston yhteistyösopimus ({MARK})",
        title_sv=f"Samarbetsavtal om Pohjoisen eKirjasto ({MARK})",
        title_en=f"Cooperation agreement of Pohjoisen eKirjasto ({MARK})",
        signed_on=SIGNED,
        valid_from=OPENED,
        parties=[
            (party, PartyRole.COORDINATOR if code in SELLERS else PartyRole.MEMBER)
            for code, party in parties.items()
        ],
        example=True,
        now=_at(SIGNED),
    )
    attach_annex(
        by=by,
        agreement=AGREEMENT,
        clause="Kustannusliite",
        valid_from=OPENED,
        rates={CostClass.CONTENT: RATE_2022},
        now=_at(SIGNED),
    )


def _who_pays_whom(by: Actor, places: tuple[MunicipalityRow, ...], parties: dict[str, int]) -> None:
    moment = _at(DECIDED)
    seller_of: dict[str, int] = {}
    for area in members.areas_on(OPENED):
        prefix, base, account = SELLERS[area.coordinator_code]
        seller = Seller.objects.filter(party_id=parties[area.coordinator_code]).first()
        seller_id = (
            seller.pk
            if seller
            else payers.set_seller(
                by=by,
                party=parties[area.coordinator_code],
                prefix=prefix,
                reference_base=base,
                iban=fictional_iban(account),
                bic="ESIMFIHH",
                example=True,
                now=moment,
            )
        )
        seller_of.update(dict.fromkeys(area.codes, seller_id))
    for place in places:
        payer = payers.set_payer(by=by, party=parties[place.code], now=moment)
        payers.pays_for(by=by, payer=payer, municipality=place.code, valid_from=OPENED, now=moment)
        payers.sells_to(by=by, seller=seller_of[place.code], payer=payer, valid_from=OPENED, now=moment)


def _decision_2022() -> Resolution:
    return Resolution(
        body=BODY,
        diary_number=f"{MARK}/12/2021",
        decided_on=DECIDED,
        words=Words(
            title_fi="Asukaskohtainen maksu 2022: sisällöt ja alustat",
            title_sv="Avgift per invånare 2022: innehåll och plattformar",
            title_en="Rate per resident 2022: content and platforms",
            text_fi=f"Maksu on 0,75 euroa asukasta kohti väkiluvulla 31.12.2020. ({MARK})",
            text_sv=f"Avgiften är 0,75 euro per invånare enligt folkmängden 31.12.2020. ({MARK})",
            text_en=f"The rate is 0.75 euros per resident on the population of 31.12.2020. ({MARK})",
        ),
        example=True,
    )


def _documents_and_payments(by: Actor) -> None:
    """The documents of 2022 at once, as the worker would have made them; then sent and partly paid."""
    rows = Invoice.objects.filter(year=2022).order_by("pk")
    for pk in rows.filter(rendered_at__isnull=True).values_list("pk", flat=True):
        services.keep_documents(invoice=pk, now=_at(ISSUED))
    services.mark_sent(by=by, invoices=list(rows.values_list("pk", flat=True)), now=_at(SENT))
    for row in rows.filter(
        seller__prefix=SELLERS[PAYMENTS_RECORDED][0], kind=Kind.INVOICE.value, issued_on=ISSUED
    ):
        services.record_payment(
            by=by,
            invoice=row.pk,
            key=f"demo-{row.number}",
            received_on=PAID,
            amount=Cents(row.total_cents),
            note=MARK,
            now=_at(PAID),
        )
