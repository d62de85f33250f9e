"""An e-service asks whether a card is good: the one way for SIP2 and JSON.

A verb that calls outside (checks.check_card asks the card's own library system, with no lock held).
"""

from __future__ import annotations

import hmac
import time
from dataclasses import dataclass
from datetime import date, datetime
from datetime import time as clock_time

from kimppa.commons.platforms.entitlement import Reason
from kimppa.commons.usage.services import AccessMetric, count_access
from kimppa.elibrary.access import deciding, subjects, traffic
from kimppa.elibrary.access.models import Connection
from kimppa.elibrary.access.outcomes import Outcome
from kimppa.elibrary.access.rules import Told, Way
from kimppa.elibrary.patrons import checks
from kimppa.elibrary.patrons import rules as cards
from kimppa.foundation.core.clock import HELSINKI
from kimppa.foundation.core.errors import Invalid
from kimppa.foundation.core.text import noop


@dataclass(frozen=True, slots=True)
class CardVerdict:
    """Always the same shape. `outcome` is "ok" or the code of why not (outcomes.Outcome, Reason).

    valid: card and PIN go together. entitled: the person may use this service today. subject: the person's
    name towards this connection only, empty unless entitled; age_group and municipality likewise, and empty
    where not known or not to be told.
    """

    valid: bool
    entitled: bool
    outcome: str
    subject: str = ""
    age_group: str = ""
    municipality: str = ""


REFUSALS: dict[type[Exception], Outcome] = {
    cards.WrongPin: Outcome.NOT_ACCEPTED,
    cards.TooManyWrongPins: Outcome.NOT_ACCEPTED,
    cards.BadCard: Outcome.NOT_ACCEPTED,
    checks.CardOfSeveral: Outcome.SEVERAL_SYSTEMS,
    checks.CardOfNone: Outcome.NO_SYSTEM,
    checks.UnknownSystem: Outcome.NO_SYSTEM,
    cards.SystemDown: Outcome.SYSTEM_DOWN,
}


def check(
    *,
    connection: str,
    card: str,
    pin: str,
    institution: str = "",
    system: str = "",
    address: str,
    person_address: str = "",
    admitted: bool = False,
    counted: bool = True,
    now: datetime,
    today: date,
) -> CardVerdict:
    """Ask about a card on behalf of the connection with that client id.

    `system` names the library system that alone may be asked (an e-service with a sign-in for each);
    not `counted`: the same visit has been counted already.

    `address` is the caller's; `person_address` the resident's where the service says it (services that may
    be used in the library only). `admitted`: the caller was let in for this very call (traffic.caller).
    `now` is real time, `today` the domain's day. Raises NoSuchConnection, SwitchedOff, OutsideNetwork,
    TooManyQuestions; everything else is a verdict.
    """
    row = traffic.find(connection)
    if not admitted:
        traffic.admit(row, address=address, now=now)
    began = time.perf_counter()
    asked = _Asked(card, pin, institution, system, person_address)
    verdict, home = _verdict(row, asked, now, today)
    spent = int((time.perf_counter() - began) * 1000)
    if verdict.outcome == Outcome.OK and counted:
        count_access(
            platform=row.platform.slug,
            unit_code=home,
            metric=AccessMetric.SIGN_INS,
            kind=row.way,
            now=noon(today),
        )
    traffic.note(row, verdict.outcome, address=address, milliseconds=spent, now=now)
    return verdict


class NotTheTestCard(Invalid):
    code = "not-the-test-card"
    sentence = noop("Only the connection's own test card can be tried here. Nobody was asked.")


def validate(
    *,
    client_id: str,
    secret: str,
    card: str,
    pin: str,
    institution: str = "",
    address: str,
    person_address: str = "",
    now: datetime,
    today: date,
) -> CardVerdict:
    """`check` for whoever has the secret of a JSON connection. Raises as `traffic.caller`."""
    traffic.caller(client_id=client_id, secret=secret, way=Way.JSON, address=address, now=now)
    return check(
        connection=client_id,
        card=card,
        pin=pin,
        institution=institution,
        address=address,
        person_address=person_address,
        admitted=True,
        now=now,
        today=today,
    )


def refuse(*, client_id: str, secret: str, way: Way, address: str, now: datetime) -> None:
    """A question that cannot be read: noted for its technician, if the secret is right, and asked of nobody.

    Raises as `traffic.caller`: whoever does not have the secret hears that, and nothing is in the log of a
    connection because of a body that somebody else sent.
    """
    traffic.caller(client_id=client_id, secret=secret, way=way, address=address, now=now)
    traffic.note(traffic.find(client_id), Outcome.BAD_REQUEST, address=address, now=now)


def try_card(*, client_id: str, card: str, pin: str, now: datetime) -> CardVerdict:
    """A technician tries the test card from the page of the connection. Raises NotTheTestCard."""
    row = traffic.find(client_id)
    if card.strip().upper() != row.test_card:
        raise NotTheTestCard()
    verdict = _of_test_card(row, pin)
    traffic.note(row, verdict.outcome, now=now)
    return verdict


def noon(day: date) -> datetime:
    """A moment of the domain's day, for counts by month."""
    return datetime.combine(day, clock_time(12), tzinfo=HELSINKI)


@dataclass(frozen=True, slots=True)
class _Asked:
    card: str
    pin: str
    institution: str
    system: str
    person_address: str


def _verdict(row: Connection, asked: _Asked, now: datetime, today: date) -> tuple[CardVerdict, str]:
    if asked.card.strip().upper() == row.test_card:
        return _of_test_card(row, asked.pin), ""
    slug = row.platform.slug
    only = deciding.systems_for(slug, on=today)
    if not only:
        return CardVerdict(False, False, Reason.NOT_IN_USE), ""
    if asked.system:
        only &= {asked.system}
    try:
        if not only:
            raise checks.CardOfNone()
        system = checks.route(
            card=asked.card, institution=asked.institution, only=only, named=bool(asked.system)
        )
        checked = checks.check_card(system=system, card=asked.card, pin=asked.pin, now=now, today=today)
    except tuple(REFUSALS) as refused:
        outcome = next(o for kind, o in REFUSALS.items() if isinstance(refused, kind))
        return CardVerdict(False, False, outcome), ""
    facts = deciding.facts_of_checked(checked)
    decision = deciding.decide(slug, facts, on=today, address=asked.person_address)
    if decision.reason is not None:
        return CardVerdict(True, False, decision.reason), checked.home
    verdict = CardVerdict(
        valid=True,
        entitled=True,
        outcome=Outcome.OK,
        subject=subjects.subject(row.client_id, checked.pseudonym),
        age_group=decision.age_group if Told.AGE_GROUP in row.told else "",
        municipality=decision.municipality if Told.MUNICIPALITY in row.told else "",
    )
    return verdict, checked.home


def _of_test_card(row: Connection, pin: str) -> CardVerdict:
    """The connection's own invented card: no library system is asked, nothing is counted."""
    if not hmac.compare_digest(pin.strip().encode(), row.test_pin.encode()):
        return CardVerdict(False, False, Outcome.TEST_REFUSED)
    group = "adult" if Told.AGE_GROUP in row.told else ""
    return CardVerdict(True, True, Outcome.TEST_OK, subjects.subject(row.client_id, "test"), group, "")
