"""Asking a library system "is this card good?". By the connection of the day; the answer has one shape.

A system that fails is left alone for a moment (breaker), and every question tells health how it went.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from time import monotonic

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error
from django.conf import settings
from django.db.models import Q

from kimppa.commons.members.models import Municipality
from kimppa.elibrary.patrons import breaker, connected, koha_system, mapping, oidc_system, sip2_system
from kimppa.elibrary.patrons.asking import Code, Journal, Said, StepName, Trouble
from kimppa.elibrary.patrons.connected import Connected
from kimppa.elibrary.patrons.connections import KohaSettings, OidcSettings, Sip2HttpsSettings, Sip2Settings
from kimppa.elibrary.patrons.models import LibrarySystem, LocalCard
from kimppa.elibrary.patrons.rules import SystemDown, SystemNotAsked
from kimppa.foundation.core import secrets


@dataclass(frozen=True, slots=True)
class Answer:
    """What a system says of a card and PIN.

    stable_id: the system's own lasting id of the person, which outlives a changed card.
    home: municipality code, empty where the system does not tell. blocked: card closed or expired.
    age_group: rules.AgeGroup, empty where not told; expires: the card's last day; language: BCP 47 or empty.
    """

    good: bool
    stable_id: str = ""
    home: str = ""
    blocked: bool = False
    age_group: str = ""
    expires: date | None = None
    language: str = ""


NO = Answer(False)


def ask(
    system: LibrarySystem, card: str, pin: str, *, today: date, now: datetime, journal: Journal | None = None
) -> Answer:
    """Ask the system that the card belongs to; once, never another one. `now` is real time.

    Raises SystemNotAsked (the PIN never left) and SystemDown (it may have).
    """
    try:
        asked = connected.of_day(system, today)
        if asked.settings is None:
            return _local(system, card, pin, today)
        if isinstance(asked.settings, OidcSettings):
            raise Trouble(Code.NO_CARDS)
        said = _guarded(system, asked, card, pin, now, journal)
        return answer_of(said, asked, card, today, journal)
    except Trouble as trouble:
        if journal is not None:
            journal.note(StepName.RESULT, ok=False, facts={"code": trouble.code.value})
        raise (SystemDown if trouble.sent else SystemNotAsked)(system=system.name_fi) from None


def reach(system: LibrarySystem, *, today: date, now: datetime) -> bool | None:
    """Whether the system answers, asked without any card; None where there is nothing to ask."""
    begun = monotonic()
    try:
        asked = connected.of_day(system, today)
        if asked.settings is None:
            return None
        _reach(asked)
    except Trouble as trouble:
        if trouble.code is Code.NOT_CONNECTED:
            return None
        breaker.failed(system, trouble.code, took_ms=ms_since(begun), now=now)
        return False
    state = breaker.Breaker(failures=1)  # whatever was wrong is over
    breaker.succeeded(system, state, took_ms=ms_since(begun), now=now)
    return True


def _guarded(
    system: LibrarySystem, asked: Connected, card: str, pin: str, now: datetime, journal: Journal | None
) -> Said:
    """One question behind the breaker and the limit of questions at once."""
    if asked.settings is None:
        raise Trouble(Code.NOT_CONNECTED)
    with breaker.one_of(system.slug, asked.settings.at_once):
        state = breaker.pass_gate(system, now)
        begun = monotonic()
        try:
            said = _question(asked, card, pin, now, journal)
        except Trouble as trouble:
            breaker.failed(system, trouble.code, took_ms=ms_since(begun), now=now)
            raise
        breaker.succeeded(system, state, took_ms=ms_since(begun), now=now)
        return said


def _question(asked: Connected, card: str, pin: str, now: datetime, journal: Journal | None) -> Said:
    match asked.settings:
        case Sip2Settings() as settings:
            return sip2_system.ask(settings, asked, card, pin, now=now, journal=journal)
        case Sip2HttpsSettings() as settings:
            return sip2_system.ask_https(settings, asked, card, pin, now=now, journal=journal)
        case KohaSettings() as settings:
            return koha_system.ask(settings, asked, card, pin, journal=journal)
    raise Trouble(Code.NOT_CONNECTED)


def _reach(asked: Connected) -> None:
    match asked.settings:
        case Sip2Settings() as settings:
            sip2_system.reach(settings, asked)
        case Sip2HttpsSettings() as settings:
            sip2_system.reach_https(settings, asked)
        case KohaSettings() as settings:
            koha_system.reach(settings, asked)
        case OidcSettings() as settings:
            oidc_system.reach(settings, asked)


def answer_of(said: Said, asked: Connected, card: str, today: date, journal: Journal | None) -> Answer:
    """What is kept of a yes. A lasting number goes with its field's name, never to be taken for a card.

    card: by what the person is known where no field of a lasting number is named.
    """
    if not said.good:
        return NO
    found = mapping.attributes(said, asked.reading, today=today)
    named = asked.reading.stable_id
    if named and found.stable_id is None:
        raise Trouble(Code.NO_STABLE_ID, sent=True)
    home = _home(found)
    if journal is not None:
        expires = found.expires.isoformat() if found.expires else ""
        facts = {"home": home, "age_group": found.age_group, "expires": expires, "language": found.language}
        facts |= {"blocked": "yes" if found.blocked else "no", "stable_id": named or "card"}
        journal.note(StepName.ATTRIBUTES, facts={name: value or "unknown" for name, value in facts.items()})
    return Answer(
        True,
        f"{named}={found.stable_id}" if named else card,
        home,
        blocked=found.blocked,
        age_group=found.age_group,
        expires=found.expires,
        language=found.language,
    )


def _home(found: mapping.Attributes) -> str:
    """A municipality that exists, by code or name; else unknown."""
    if found.home_code:
        known = Municipality.objects.filter(code=found.home_code)
    elif found.home_name:
        forms = {found.home_name, found.home_name.title(), found.home_name.capitalize()}
        known = Municipality.objects.filter(Q(name_fi__in=forms) | Q(name_sv__in=forms))
    else:
        return ""
    return known.values_list("code", flat=True).first() or ""


def ms_since(begun: float) -> int:
    return round((monotonic() - begun) * 1000)


def _local(system: LibrarySystem, card: str, pin: str, today: date) -> Answer:
    row = LocalCard.objects.filter(system=system, card=card_key(system, card)).first()
    hashed = row.pin_hash if row else _nobody()
    try:
        hasher().verify(hashed, _peppered(pin))
    except Argon2Error:
        return NO
    if row is None:
        return NO
    expired = row.valid_to is not None and row.valid_to < today
    return Answer(
        True,
        row.stable_id,
        row.home,
        blocked=row.blocked or expired,
        age_group=row.age_group,
        expires=row.valid_to,
        language=row.language,
    )


def hash_pin(pin: str) -> str:
    """argon2id over the PIN mixed with a pepper that the database does not hold."""
    return hasher().hash(_peppered(pin))


def card_key(system: LibrarySystem, card: str) -> str:
    """The HMAC by which a card is known."""
    return secrets.hmac_hex("patrons", f"card:{system.slug}:{card}")


def hasher() -> PasswordHasher:
    return PasswordHasher(
        time_cost=settings.PIN_HASH_TIME_COST, memory_cost=settings.PIN_HASH_MEMORY_KIB, parallelism=1
    )


def _peppered(pin: str) -> str:
    return secrets.hmac_hex("pins", pin)


_nobody_hash: str | None = None


def _nobody() -> str:
    """A hash that no PIN fits, so that an unknown card takes as long as a known one."""
    global _nobody_hash
    if _nobody_hash is None:
        _nobody_hash = hash_pin("nobody has this PIN, it is no number")
    return _nobody_hash
