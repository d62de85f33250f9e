"""May this person use this e-service now? Facts of the person and of the day, put before the pure rule."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from kimppa.commons.members.models import KimppaMembership, LibraryMunicipality
from kimppa.commons.members.queries import in_force
from kimppa.commons.platforms import queries as platforms
from kimppa.commons.platforms.entitlement import AccessRule, Basis, Person, Reason, why_not, within
from kimppa.elibrary.patrons.checks import Checked
from kimppa.elibrary.patrons.models import LibrarySystem, Patron


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
    rule = platforms.access_rule(platform, on=on)
    entitled = platforms.entitled_of_all(on=on).get(platform, frozenset())
    person = Person(
        card_of=card_of(facts.system, on=on),
        home=facts.home,
        age_group=facts.age_group,
        blocked=facts.blocked,
        card_expires=facts.expires,
        guardian_agreed=facts.guardian_agreed,
        in_library_of=within(address, platforms.networks()) if rule.in_library_only else frozenset(),
    )
    told = facts.home if rule.tells_municipality else ""
    return Decision(why_not(rule, person, entitled, on=on), facts.age_group, told)


def card_of(system: str, *, on: date) -> frozenset[str]:
    """Codes of the municipalities whose cards a library system stands for on a day."""
    row = LibrarySystem.objects.filter(slug=system).select_related("municipality").first()
    return _cards(row, on) if row is not None else frozenset()


def systems_for(platform: str, *, on: date) -> frozenset[str]:
    """The library systems whose cards could open a service that day; an e-service may ask no other ones."""
    rule = platforms.access_rule(platform, on=on)
    entitled = platforms.entitled_of_all(on=on).get(platform, frozenset())
    rows = LibrarySystem.objects.select_related("municipality")
    if not entitled:
        return frozenset()
    if rule.basis is Basis.RESIDENCE:
        return frozenset(row.slug for row in rows)
    return frozenset(row.slug for row in rows if _cards(row, on) & entitled)


def rule_of(platform: str, *, on: date) -> AccessRule:
    """The service's terms of the day."""
    return platforms.access_rule(platform, on=on)


def _cards(row: LibrarySystem, on: date) -> frozenset[str]:
    if row.kimppa_id is not None:
        rows = KimppaMembership.objects.filter(in_force(on), kimppa=row.kimppa_id)
        return frozenset(rows.values_list("municipality__code", flat=True))
    if row.library_id is not None:
        served = LibraryMunicipality.objects.filter(in_force(on), library=row.library_id)
        return frozenset(served.values_list("municipality__code", flat=True))
    return frozenset({row.municipality.code}) if row.municipality is not None else frozenset()
