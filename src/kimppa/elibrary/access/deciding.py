"""May this person use this e-service now? Facts of the person and of the day, put before the pure rule."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from kimppa.commons.platforms import queries as platforms
from kimppa.commons.platforms.entitlement import AccessRule, Person, Reason, why_not, within
from kimppa.elibrary.access.directory import directory
from kimppa.elibrary.patrons.checks import Checked
from kimppa.elibrary.patrons.models import Patron


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a person, by the library system's last good answer."""

    system: str
    pseudonym: str
    home: str = ""
    age_group: str = ""
    blocked: bool = False
    expires: date | None = None
    guardian_agreed: bool = False


@dataclass(frozen=True, slots=True)
class Decision:
    """Whether the person may, why not, and what the contract lets us tell.

    `municipality` is empty where it is not known or not to be told.
    """

    reason: Reason | None
    age_group: str
    municipality: str

    @property
    def ok(self) -> bool:
        return self.reason is None


def facts_of_checked(checked: Checked) -> Facts:
    """Of a card that was checked just now. Only a child's guardian is looked up."""
    agreed = checked.age_group == "child" and (
        Patron.objects.filter(pseudonym=checked.pseudonym, guardian_consent__isnull=False).exists()
    )
    return Facts(
        system=checked.system,
        pseudonym=checked.pseudonym,
        home=checked.home,
        age_group=checked.age_group,
        blocked=checked.blocked,
        expires=checked.expires,
        guardian_agreed=agreed,
    )


def facts_of_patron(patron: Patron) -> Facts:
    """Of somebody signed in; `patron.system` should be read with the row."""
    return Facts(
        system=patron.system.slug,
        pseudonym=patron.pseudonym,
        home=patron.home,
        age_group=patron.age_group,
        blocked=patron.blocked,
        expires=patron.card_expires,
        guardian_agreed=patron.guardian_consent is not None,
    )


def decide(platform: str, facts: Facts, *, on: date, address: str) -> Decision:
    """By the service's terms of the day. `address` is the person's own, for services used in the library.

    An empty address (an e-service asks on the person's behalf) lies in no network.
    """
    known = directory(on)
    rule = known.rule(platform)
    person = Person(
        card_of=known.cards.get(facts.system, frozenset()),
        home=facts.home,
        age_group=facts.age_group,
        blocked=facts.blocked,
        card_expires=facts.expires,
        guardian_agreed=facts.guardian_agreed,
        in_library_of=within(address, platforms.networks()) if rule.in_library_only else frozenset(),
    )
    told = facts.home if rule.tells_municipality else ""
    reason = why_not(rule, person, known.open_to(platform), on=on)
    return Decision(reason, facts.age_group, told)


def systems_for(platform: str, *, on: date) -> frozenset[str]:
    """The library systems whose cards could open a service that day; an e-service may ask no other ones."""
    return directory(on).systems_for(platform)


def rule_of(platform: str, *, on: date) -> AccessRule:
    """The service's terms of the day."""
    return directory(on).rule(platform)
