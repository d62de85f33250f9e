"""May this person use this e-service now? Pure.

Source: design/domain.md §5: by the card of a member kimppa, or by residence in a member municipality, is a
setting of each service, by card where nothing is set; age limits, blocks and "only in the library" are terms
of some contracts. What a library system does not tell is unknown and is never guessed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

from kimppa.foundation.core.text import noop


class Basis(StrEnum):
    """Whose residents may use a service."""

    CARD = "card"
    RESIDENCE = "residence"


BASIS_NAMES: dict[Basis, str] = {
    Basis.CARD: noop("Whoever has a card of a member library"),
    Basis.RESIDENCE: noop("Whoever lives in a member municipality"),
}

# The order of ages; a group that is not known is in no place.
AGES = ("child", "young", "adult")


@dataclass(frozen=True, slots=True)
class AccessRule:
    """The terms of a service on a day. `youngest` is a group of AGES, empty: everybody."""

    basis: Basis = Basis.CARD
    youngest: str = ""
    blocked_too: bool = False
    in_library_only: bool = False
    guardian_for_children: bool = False
    tells_municipality: bool = False


@dataclass(frozen=True, slots=True)
class Person:
    """What is known of whoever asks, by their library system's last good answer.

    card_of: codes of the municipalities whose library gave the card. home: municipality code or empty.
    in_library_of: codes of the municipalities in whose library's network the question was asked.
    """

    card_of: frozenset[str]
    home: str = ""
    age_group: str = ""
    blocked: bool = False
    card_expires: date | None = None
    guardian_agreed: bool = False
    in_library_of: frozenset[str] = frozenset()


class Reason(StrEnum):
    """Why not. Each has a sentence for the resident."""

    NOT_IN_USE = "not-in-use"
    CARD_EXPIRED = "card-expired"
    CARD_BLOCKED = "card-blocked"
    NOT_A_MEMBER = "not-a-member"
    HOME_UNKNOWN = "home-unknown"
    HOME_NOT_A_MEMBER = "home-not-a-member"
    TOO_YOUNG = "too-young"
    AGE_UNKNOWN = "age-unknown"
    GUARDIAN_NEEDED = "guardian-needed"
    IN_LIBRARY_ONLY = "in-library-only"


REASONS: dict[Reason, str] = {
    Reason.NOT_IN_USE: noop("The e-library does not have this service today."),
    Reason.CARD_EXPIRED: noop("Your library card has expired. Your library can renew it; then this opens."),
    Reason.CARD_BLOCKED: noop("Your library card is blocked. Ask your library why."),
    Reason.NOT_A_MEMBER: noop("The library that gave you your card does not take part in this service."),
    Reason.HOME_UNKNOWN: noop(
        "This service is for those who live in the member municipalities, and your library system does not "
        "tell us where you live. Your library can help."
    ),
    Reason.HOME_NOT_A_MEMBER: noop(
        "This service is for those who live in the member municipalities, and your home is not among them."
    ),
    Reason.TOO_YOUNG: noop("The service has an age limit, and your card is a younger person's."),
    Reason.AGE_UNKNOWN: noop(
        "The service has an age limit, and your library system does not tell us your age group. Your library "
        "can help."
    ),
    Reason.GUARDIAN_NEEDED: noop(
        "A guardian's consent is needed first: an adult signs in with their own card and gives it in My data."
    ),
    Reason.IN_LIBRARY_ONLY: noop("This service can be used only in the library, on its own network."),
}


def why_not(rule: AccessRule, person: Person, entitled: frozenset[str], *, on: date) -> Reason | None:
    """None: the person may. Otherwise the first reason, the ones that the library can mend first.

    `entitled` are the codes of the municipalities whose residents may use the service that day; none of
    them means that the e-library does not have it.
    """
    if not entitled:
        return Reason.NOT_IN_USE
    if person.card_expires is not None and person.card_expires < on:
        return Reason.CARD_EXPIRED
    if person.blocked and not rule.blocked_too:
        return Reason.CARD_BLOCKED
    return _whose(rule, person, entitled) or _age(rule, person) or _where(rule, person, entitled)


def _whose(rule: AccessRule, person: Person, entitled: frozenset[str]) -> Reason | None:
    if rule.basis is Basis.CARD:
        return None if person.card_of & entitled else Reason.NOT_A_MEMBER
    if not person.home:
        return Reason.HOME_UNKNOWN
    return None if person.home in entitled else Reason.HOME_NOT_A_MEMBER


def _age(rule: AccessRule, person: Person) -> Reason | None:
    if rule.youngest and person.age_group not in AGES:
        return Reason.AGE_UNKNOWN
    if rule.youngest and AGES.index(person.age_group) < AGES.index(rule.youngest):
        return Reason.TOO_YOUNG
    # A person of unknown age is not taken for a child: most systems tell nothing, and most cards are adults'.
    if rule.guardian_for_children and person.age_group == "child" and not person.guardian_agreed:
        return Reason.GUARDIAN_NEEDED
    return None


def _where(rule: AccessRule, person: Person, entitled: frozenset[str]) -> Reason | None:
    return Reason.IN_LIBRARY_ONLY if rule.in_library_only and not person.in_library_of & entitled else None


def within(address: str, networks: dict[str, tuple[IPv4Network | IPv6Network, ...]]) -> frozenset[str]:
    """The codes of the municipalities in whose networks an address lies; an unreadable one lies in none."""
    try:
        asked: IPv4Address | IPv6Address = ip_address(address)
    except ValueError:
        return frozenset()
    if isinstance(asked, IPv6Address) and asked.ipv4_mapped is not None:
        asked = asked.ipv4_mapped
    return frozenset(code for code, nets in networks.items() if any(asked in net for net in nets))
