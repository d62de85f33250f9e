"""The test tool: one real try with a card and PIN, step by step, with nothing secret in what it tells."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from kimppa.commons.members.permissions import require
from kimppa.commons.members.roles import Act
from kimppa.elibrary.patrons import checks, connected, oidc_system, rules
from kimppa.elibrary.patrons.asking import Code, Journal, Step, StepName, Trouble, masked_card
from kimppa.elibrary.patrons.connections import OidcSettings
from kimppa.elibrary.patrons.models import LibrarySystem
from kimppa.foundation.accounts import audit
from kimppa.foundation.accounts.actors import Actor
from kimppa.foundation.core.errors import KimppaError


@dataclass(frozen=True, slots=True)
class Tried:
    """What a test met: its steps in order, whether the person would get in, and the error where not."""

    steps: tuple[Step, ...]
    good: bool
    error: KimppaError | None = None


def try_card(
    *, by: Actor, system: str, card: str, pin: str, now: datetime, today: date, real_now: datetime
) -> Tried:
    """Ask the system as a sign-in would; a wrong PIN counts as any other. Nobody is signed in.

    Not one transaction: the system is asked with no lock held. Neither card nor PIN is kept or told.
    """
    require(by, Act.EDIT_CONNECTIONS, now=now)
    asked = LibrarySystem.objects.filter(slug=system).first()
    if asked is None:
        raise checks.UnknownSystem()
    audit.record(by=by, act="patrons.try_card", obj=asked, before=None, after={"tried": 1}, now=now)
    journal = Journal()
    try:
        _route(journal, card, system)
        checked = checks.check_card(
            system=system, card=card, pin=pin, now=real_now, today=today, journal=journal
        )
        if checked.blocked:
            raise rules.CardBlocked()
    except KimppaError as error:
        return Tried(tuple(journal.steps), False, error)
    return Tried(tuple(journal.steps), True)


def _route(journal: Journal, card: str, system: str) -> None:
    """Where an e-service's question about the card would be led; the test itself asks the chosen system."""
    facts = {"card": masked_card(rules.tidy_card(card))}
    try:
        led = checks.route(card=card)
    except (checks.CardOfSeveral, checks.CardOfNone) as error:
        journal.note(StepName.ROUTE, ok=False, facts=facts | {"route": error.code})
        return
    journal.note(StepName.ROUTE, ok=led == system, facts=facts | {"route": led})


def try_description(*, by: Actor, system: str, now: datetime, today: date) -> Tried:
    """Read a city's description and keys anew, as a sign-in would begin. No person has part in it."""
    require(by, Act.EDIT_CONNECTIONS, now=now)
    asked = LibrarySystem.objects.filter(slug=system).first()
    if asked is None:
        raise checks.UnknownSystem()
    audit.record(by=by, act="patrons.try_description", obj=asked, before=None, after={"tried": 1}, now=now)
    journal = Journal()
    try:
        found = connected.of_day(asked, today)
        if not isinstance(found.settings, OidcSettings):
            raise Trouble(Code.NOT_CONNECTED)
        oidc_system.reach(found.settings, found, journal)
    except Trouble as trouble:
        journal.note(StepName.RESULT, ok=False, facts={"code": trouble.code.value})
        return Tried(tuple(journal.steps), False, rules.SystemDown(system=asked.name_fi))
    return Tried(tuple(journal.steps), True)
