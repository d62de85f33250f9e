"""Cards, PINs and how many wrong ones are passed on. Pure.

Source: design/domain.md §5: a system that locks a card after N wrong PINs gets at most max(1, N − 2) of
them from us, so that nobody who merely knows a card number can shut its owner out.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

from kimppa.foundation.core.errors import Invalid, Missing, Refused, Unavailable
from kimppa.foundation.core.text import noop

CARD_LONGEST = 40
PIN_LONGEST = 40
LOCKS_AFTER_DEFAULT = 5
FORGIVEN_AFTER = timedelta(hours=1)
# On a device that is not one's own.
SHORT_SESSION_HOURS = 12
FORGET_AFTER = timedelta(days=30)
# The most that a system's outage_hours may be: an outdated session is kept so long before it is removed.
LONGEST_OUTAGE = timedelta(hours=14 * 24)
# How exactly a session remembers when it was last used: no page writes more often than that.
USED_EVERY = timedelta(hours=1)


class AgeGroup(StrEnum):
    """What an e-service may be told of a person's age: never the age itself. Empty text: not known."""

    CHILD = "child"
    YOUNG = "young"
    ADULT = "adult"


ADULT_FROM, YOUNG_FROM = 18, 15


def age_group_of(age: int) -> AgeGroup:
    """The group of an age in whole years."""
    return AgeGroup.ADULT if age >= ADULT_FROM else AgeGroup.YOUNG if age >= YOUNG_FROM else AgeGroup.CHILD


class BadCard(Invalid):
    code = "bad-card"
    sentence = noop(
        "That is not a library card number. It is printed on the card, under the bars: "
        "at most 40 letters and digits."
    )


class WrongPin(Refused):
    code = "wrong-pin"
    sentence = noop(
        "The card number and the PIN do not go together. Nothing was changed. Check both and try again; "
        "tries left: %(left)s."
    )


class TooManyWrongPins(Refused):
    code = "too-many-wrong-pins"
    status = 429
    sentence = noop(
        "This card has had too many wrong PINs here, so we have stopped trying to keep it from being locked. "
        "Try again in an hour, or ask your library to help: bring your card and an identity document."
    )


class CardBlocked(Refused):
    code = "card-blocked"
    sentence = noop(
        "Your library has blocked this card or it has expired. Ask your library; nothing was changed."
    )


class SystemDown(Unavailable):
    code = "library-system-down"
    sentence = noop("%(system)s does not answer just now. Your card is fine. Try again in a while.")


class SystemNotAsked(SystemDown):
    """The question never left: no connection, or the system is left alone while it is known to be down.

    After any other silence the system may have seen the PIN, so that the try stays counted.
    """


class NotAGuardian(Refused):
    code = "not-a-guardian"
    sentence = noop(
        "Only somebody whom their library knows to be an adult can agree for a child. Nothing was changed. "
        "Your library can help."
    )


class NotAChild(Refused):
    code = "not-a-child"
    sentence = noop("That card is not a child's by what its library tells. Nothing was changed.")


class NoSuchDevice(Missing):
    """The same for a device that was signed out already and for another person's: strangers learn nothing."""

    code = "no-such-device"
    sentence = noop("There is no such device among yours, or it is signed out already. Nothing was changed.")


class NotSignedIn(Refused):
    code = "not-signed-in"
    status = 401
    sentence = noop("Sign in with your library card first.")


def still_in(*, expires: datetime, now: datetime, down_since: datetime | None, outage_hours: int) -> bool:
    """Whether a session still holds.

    While its library system is down, one that was good when that began holds for `outage_hours` longer, by
    the last good answer: nobody can sign in anew, so nobody is thrown out.
    """
    if now < expires:
        return True
    if down_since is None or down_since >= expires:
        return False
    return now < expires + timedelta(hours=outage_hours)


def tidy_card(text: str) -> str:
    """A card number as systems know it: no spaces, upper case. Raises BadCard."""
    if len(text) > 4 * CARD_LONGEST:
        raise BadCard()
    card = "".join(text.split()).upper()
    if not card or len(card) > CARD_LONGEST or not card.isalnum() or not card.isascii():
        raise BadCard()
    return card


def tries_allowed(locks_after: int | None) -> int:
    """How many wrong PINs in a row may reach the library system."""
    return max(1, (locks_after or LOCKS_AFTER_DEFAULT) - 2)


def still_counts(last: datetime, now: datetime) -> bool:
    """Whether wrong PINs of that moment are still remembered."""
    return now - last < FORGIVEN_AFTER
