"""What can come of a question or a sign-in, and what a vendor's technician is told of it. Pure."""

from __future__ import annotations

from enum import StrEnum

from kimppa.commons.platforms.entitlement import Reason
from kimppa.foundation.core.text import noop


class Outcome(StrEnum):
    """Besides these, a reason of the entitlement rule (entitlement.Reason) may be an outcome."""

    OK = "ok"
    TEST_OK = "test-ok"
    TEST_REFUSED = "test-refused"
    NOT_ACCEPTED = "card-not-accepted"
    SEVERAL_SYSTEMS = "card-of-several-systems"
    NO_SYSTEM = "card-of-no-system"
    SYSTEM_DOWN = "library-system-down"
    BAD_KEY = "bad-key"
    SWITCHED_OFF = "switched-off"
    OUTSIDE = "outside-network"
    TOO_MANY = "too-many-questions"
    BAD_REDIRECT = "bad-redirect"
    BAD_REQUEST = "bad-request"
    BAD_CODE = "bad-code"
    CODE_REPLAYED = "code-replayed"
    BAD_VERIFIER = "bad-verifier"
    SIGN_IN_STARTED = "sign-in-started"
    CODE_GIVEN = "code-given"
    TICKET_GIVEN = "ticket-given"
    TICKET_REPLAYED = "ticket-replayed"
    BAD_TICKET = "bad-ticket"
    DECLINED = "declined"
    OPENED = "opened"


OUTCOME_NAMES: dict[Outcome, str] = {
    Outcome.OK: noop("Confirmed: the person may use the service."),
    Outcome.TEST_OK: noop(
        "The test card was confirmed. No library system was asked and nothing was counted."
    ),
    Outcome.TEST_REFUSED: noop(
        "The test card was asked about with another PIN, and refused as it should be."
    ),
    Outcome.NOT_ACCEPTED: noop(
        "The card and PIN were not accepted. A wrong PIN, an unknown card and too many wrong PINs are "
        "answered alike."
    ),
    Outcome.SEVERAL_SYSTEMS: noop(
        "The card number fits several libraries and no institution was named, so nobody was asked. Send the "
        "institution."
    ),
    Outcome.NO_SYSTEM: noop(
        "No library with this service has such card numbers, or the institution is not known."
    ),
    Outcome.SYSTEM_DOWN: noop(
        "The person’s library system did not answer. Nothing is wrong at your end; ask again later."
    ),
    Outcome.BAD_KEY: noop("The secret was wrong. Perhaps it was changed, or the user name is another’s."),
    Outcome.SWITCHED_OFF: noop("The connection is switched off in the back office."),
    Outcome.OUTSIDE: noop("The call came from outside the networks that are allowed for this connection."),
    Outcome.TOO_MANY: noop(
        "More calls in a minute than the connection’s rate allows. Wait for the next one."
    ),
    Outcome.BAD_REDIRECT: noop(
        "The redirect_uri is not one of those registered, letter for letter. The browser was sent nowhere."
    ),
    Outcome.BAD_REQUEST: noop("Something in the request is missing or unknown; the answer said what."),
    Outcome.BAD_CODE: noop(
        "The code was not known, older than 60 seconds, another client’s or for another redirect_uri."
    ),
    Outcome.CODE_REPLAYED: noop("A code was used twice. What it had given was revoked."),
    Outcome.BAD_VERIFIER: noop("The code_verifier does not fit the code_challenge (S256)."),
    Outcome.SIGN_IN_STARTED: noop("Somebody was sent to sign in, or to agree to what is told."),
    Outcome.CODE_GIVEN: noop("Somebody signed in and came back to you with a code."),
    Outcome.TICKET_GIVEN: noop("Somebody opened the service with a ticket link."),
    Outcome.TICKET_REPLAYED: noop("A ticket was asked about a second time, and refused."),
    Outcome.BAD_TICKET: noop("The ticket was not signed by us, not for you, or older than 60 seconds."),
    Outcome.DECLINED: noop("Somebody chose not to go on."),
    Outcome.OPENED: noop("Somebody opened the service from the portal."),
}

GOOD = frozenset(
    {
        *(Outcome.OK, Outcome.TEST_OK, Outcome.TEST_REFUSED, Outcome.SIGN_IN_STARTED, Outcome.CODE_GIVEN),
        *(Outcome.TICKET_GIVEN, Outcome.OPENED),
    }
)
REFUSED_BY_RULE = noop("Refused by the service’s terms of use: %(reason)s")


def words(code: str) -> tuple[str, str]:
    """A source sentence, and the code of the entitlement reason that fills it (or empty)."""
    if code in {o.value for o in Outcome}:
        return OUTCOME_NAMES[Outcome(code)], ""
    return (REFUSED_BY_RULE, code) if code in {r.value for r in Reason} else (code, "")
