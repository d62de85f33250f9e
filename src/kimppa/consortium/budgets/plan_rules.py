"""Budgets, purchases and grants: kinds, and what is refused. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from kimppa.foundation.core.errors import Invalid, Missing, Refused
from kimppa.foundation.core.money import Cents
from kimppa.foundation.core.text import noop

MOST_PARTS = 40


class CostKind(StrEnum):
    """Kinds of cost that funders ask for."""

    LICENCES = "licences"
    SERVICES = "services"
    PERSONNEL = "personnel"
    EQUIPMENT = "equipment"
    TRAVEL = "travel"
    OTHER = "other"


COST_KIND_NAMES: dict[CostKind, str] = {
    CostKind.LICENCES: noop("Licences and content"),
    CostKind.SERVICES: noop("Services bought"),
    CostKind.PERSONNEL: noop("Staff"),
    CostKind.EQUIPMENT: noop("Equipment"),
    CostKind.TRAVEL: noop("Travel"),
    CostKind.OTHER: noop("Other costs"),
}


class PurchaseState(StrEnum):
    RECEIVED = "received"
    BOOKED = "booked"
    DISCARDED = "discarded"


PURCHASE_STATE_NAMES: dict[PurchaseState, str] = {
    PurchaseState.RECEIVED: noop("Waits for booking"),
    PurchaseState.BOOKED: noop("Booked to lines"),
    PurchaseState.DISCARDED: noop("Discarded"),
}


class NoSuchBudget(Missing):
    code = "no-such-budget"
    sentence = noop("There is no such budget or line. Nothing was changed.")


class BudgetAdopted(Refused):
    code = "budget-adopted"
    sentence = noop(
        "Version %(number)s of the budget %(year)s was adopted by the decision %(decision)s and cannot be "
        "edited. Begin a new version. Nothing was changed."
    )


class DraftExists(Refused):
    code = "budget-draft-exists"
    sentence = noop("The budget %(year)s already has version %(number)s in preparation. Nothing was begun.")


class BudgetEmpty(Invalid):
    code = "budget-empty"
    sentence = noop("The budget %(year)s has no lines, so there is nothing to adopt. Nothing was recorded.")


class LineIncomplete(Invalid):
    code = "budget-line-incomplete"
    sentence = noop("A line needs a name and a sum of zero or more. Nothing was recorded.")


class LineTaken(Refused):
    code = "budget-line-taken"
    sentence = noop("The budget %(year)s already has a line called “%(title)s”. Nothing was recorded.")


class NotAdopted(Refused):
    code = "budget-not-adopted"
    sentence = noop(
        "The budget %(year)s has not been adopted yet. Record the directors' decision first. "
        "Nothing was recorded."
    )


class NothingToCarry(Refused):
    code = "nothing-to-carry"
    sentence = noop(
        "The line “%(title)s” has %(left)s left to carry over, not %(asked)s. Nothing was recorded."
    )


class CarriesNothing(Invalid):
    code = "carries-nothing"
    sentence = noop("Say of at least one line how much of it is carried over. Nothing was recorded.")


class CarriedOtherwise(Refused):
    code = "carried-otherwise"
    sentence = noop(
        "The decision %(number)s has carried over other sums already. Nothing was changed; another "
        "carry-over needs a decision of its own."
    )


class CommitmentRefused(Invalid):
    code = "commitment-refused"
    sentence = noop(
        "The agreement %(number)s commits to nothing for this e-service in %(year)s that could be recorded. "
        "Look at its prices. Nothing was recorded."
    )


class PurchaseIncomplete(Invalid):
    code = "purchase-incomplete"
    sentence = noop(
        "A vendor's invoice needs the vendor, its number, its day and its sums: without VAT, VAT, and both "
        "together. Nothing was recorded."
    )


class PurchaseSums(Invalid):
    code = "purchase-sums"
    sentence = noop(
        "Without VAT %(net)s and VAT %(vat)s are not %(gross)s together. Check the sums. "
        "Nothing was recorded."
    )


class PurchaseTwice(Refused):
    code = "purchase-twice"
    sentence = noop(
        "The invoice %(number)s of %(vendor)s has come before, on %(day)s. Nothing was recorded twice."
    )


class NoSuchPurchase(Missing):
    code = "no-such-purchase"
    sentence = noop("There is no such vendor's invoice. Nothing was changed.")


class PurchaseBooked(Refused):
    code = "purchase-booked"
    sentence = noop("The invoice %(number)s is booked already. Nothing was changed.")


class PurchaseNotBooked(Refused):
    code = "purchase-not-booked"
    sentence = noop("The invoice %(number)s has not been booked. Nothing was changed.")


class PartsDisagree(Invalid):
    code = "parts-disagree"
    sentence = noop(
        "The parts add up to %(parts)s, but the invoice costs %(total)s. The difference is %(difference)s. "
        "Nothing was booked."
    )


class PartsBad(Invalid):
    code = "parts-bad"
    sentence = noop(
        "Each part needs a line of an adopted budget and a sum that is not zero; parts of an invoice are "
        "above zero, of a credit note below. Nothing was booked."
    )


class GrantIncomplete(Invalid):
    code = "grant-incomplete"
    sentence = noop(
        "A grant needs a name, a funder, a sum of more than zero, its first and last day, and an own share "
        "from 0 to 100 per cent. Nothing was recorded."
    )


class GrantAgreement(Invalid):
    code = "grant-agreement"
    sentence = noop("The agreement %(number)s is not a grant agreement. Nothing was recorded.")


class NoSuchGrant(Missing):
    code = "no-such-grant"
    sentence = noop("There is no such grant. Nothing was changed.")


class OutsideGrant(Refused):
    code = "outside-grant"
    sentence = noop(
        "The invoice's day %(day)s is outside the time of the grant “%(title)s”: %(start)s – %(end)s. "
        "Nothing was booked."
    )


def check_parts(parts: Iterable[Cents], total: Cents) -> None:
    """The parts of an invoice are of its own sign and add up to it. Raises PartsBad, PartsDisagree."""
    amounts = [part.value for part in parts]
    wrong_sign = any(amount == 0 or (amount > 0) is not (total.value > 0) for amount in amounts)
    if not amounts or len(amounts) > MOST_PARTS or (wrong_sign and total.value):
        raise PartsBad
    found = Cents(sum(amounts))
    if found != total:
        raise PartsDisagree(parts=found.plain(), total=total.plain(), difference=(found - total).plain())
