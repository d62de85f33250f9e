"""Asking a library system "is this card good?". One function a kind; the answer has one shape.

Only a local directory stands here so far. SIP2 and Koha will answer with the same `Answer`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error
from django.conf import settings

from kimppa.elibrary.patrons.models import LibrarySystem, LocalCard
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


def ask(system: LibrarySystem, card: str, pin: str, *, today: date) -> Answer:
    """Ask the system that the card belongs to; once, never another one."""
    if system.kind != "local":
        raise ValueError(f"no adapter for library systems of kind {system.kind}")
    return _local(system, card, pin, today)


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
