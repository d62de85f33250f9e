"""What of all the e-services is open to one resident, for pages that show them side by side."""

from __future__ import annotations

from datetime import date

from kimppa.commons.platforms import queries as platforms
from kimppa.commons.platforms.entitlement import Person, Reason, why_not, within
from kimppa.elibrary.access.directory import directory
from kimppa.elibrary.access.models import Connection
from kimppa.elibrary.patrons.queries import CurrentPatron


def reasons(patron: CurrentPatron, *, on: date, address: str) -> dict[str, Reason | None]:
    """Slug → why not, None where it is open; every service that anybody may use that day.

    By the last good answer of the patron's library system. `address` is the resident's own.
    """
    known = directory(on)
    there = any(rule.in_library_only for rule in known.rules.values())
    person = Person(
        card_of=known.cards.get(patron.system_slug, frozenset()),
        home=patron.home,
        age_group=patron.age_group,
        blocked=patron.blocked,
        card_expires=patron.card_expires,
        guardian_agreed=patron.guardian_agreed,
        in_library_of=within(address, platforms.networks()) if there else frozenset(),
    )
    return {slug: why_not(known.rule(slug), person, codes, on=on) for slug, codes in known.entitled.items()}


def one_tap() -> frozenset[str]:
    """The services that open from here with one tap: a connection is on and knows where to lead."""
    rows = Connection.objects.filter(on=True, way__in=["oidc", "ticket"]).exclude(launch_address="")
    return frozenset(rows.values_list("platform__slug", flat=True))
