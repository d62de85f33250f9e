"""Is this card good? The one way to a library system for every door, with wrong PINs counted for all.

A verb that calls outside: a try is counted (short transaction), the system is asked with no lock held,
then the count is settled. `now` is real time; `today` the domain's day, for cards with a last day.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime

from django.db import IntegrityError, connection, transaction

from kimppa.elibrary.patrons import rules
from kimppa.elibrary.patrons.asking import Journal
from kimppa.elibrary.patrons.library_systems import Answer, ask, card_key
from kimppa.elibrary.patrons.models import LibrarySystem, Patron, WrongPins
from kimppa.foundation.core import secrets
from kimppa.foundation.core.errors import Missing, Refused
from kimppa.foundation.core.keeping import kept
from kimppa.foundation.core.text import noop

# Written out, because building them anew for each of hundreds of questions a second costs more than running
# them; both databases know RETURNING.
RESERVE = (
    "UPDATE patrons_wrongpins SET count = count + 1, last = %s "
    "WHERE system_id = %s AND card = %s AND count < %s AND last > %s RETURNING count"
)
CLEAR = "UPDATE patrons_wrongpins SET count = 0 WHERE system_id = %s AND card = %s"


class UnknownSystem(Missing):
    code = "unknown-library-system"
    sentence = noop("Choose your library first.")


class CardOfSeveral(Refused):
    code = "card-of-several-systems"
    sentence = noop(
        "The card number could be of more than one library, so no library system was asked. Say which one."
    )


class CardOfNone(Missing):
    code = "card-of-no-system"
    sentence = noop("No library here has card numbers like that. No library system was asked.")


@dataclass(frozen=True, slots=True)
class Checked:
    """What is known of the person once their system has said yes to card and PIN.

    `pseudonym` is HMAC(key, system + its stable id). `home` is a municipality code or empty.
    """

    system: str
    pseudonym: str
    home: str
    age_group: str
    blocked: bool
    expires: date | None
    language: str


def route(
    *, card: str = "", institution: str = "", only: frozenset[str] = frozenset(), named: bool = False
) -> str:
    """The slug of the one library system that an e-service's question belongs to.

    By `institution` where that is one of ours (e-services often send something of their own), else by the
    pattern of card numbers; `only` are the systems that the asker may reach (empty: all). `named`: the asker
    has said by its sign-in that it asks that one, which is believed where the system's own card numbers have
    no known pattern. Never by trying.
    Raises BadCard, CardOfSeveral, CardOfNone.
    """
    number = rules.tidy_card(card)
    systems = [row for row in kept("patrons.routes", _routes) if not only or row[0] in only]
    found = [slug for slug, name, _pattern in systems if name and name == institution]
    if not found:
        found = [slug for slug, _name, pattern in systems if pattern and re.fullmatch(pattern, number)]
    if not found and named:
        found = [slug for slug, _name, pattern in systems if not pattern]
    if len(found) > 1:
        raise CardOfSeveral()
    if not found:
        raise CardOfNone()
    return found[0]


def _routes() -> list[tuple[str, str, str]]:
    """Slug, institution and pattern of every library system."""
    rows = LibrarySystem.objects.values_list("slug", "institution", "card_pattern")
    return list(rows.order_by("slug"))


def check_card(
    *, system: str, card: str, pin: str, now: datetime, today: date, journal: Journal | None = None
) -> Checked:
    """Ask the card's own library system once. A blocked or expired card is told, not refused, here.

    `journal` takes the steps down for the test tool. Raises BadCard, UnknownSystem, WrongPin,
    TooManyWrongPins, SystemDown.
    """
    number = rules.tidy_card(card)
    asked = kept(("patrons.system", system), lambda: LibrarySystem.objects.filter(slug=system).first())
    if asked is None:
        raise UnknownSystem()
    if not pin.strip() or len(pin) > rules.PIN_LONGEST:
        raise rules.WrongPin(left=_left(asked, number, now))
    left = _reserve_try(asked, number, now)
    try:
        answer = ask(asked, number, pin.strip(), today=today, now=now, journal=journal)
    except rules.SystemNotAsked:
        _give_back(asked, number)
        raise
    if not answer.good:
        raise rules.WrongPin(left=left) if left else rules.TooManyWrongPins()
    forget_wrong_pins(asked, number)
    return checked_of(asked, answer, today)


def checked_of(system: LibrarySystem, answer: Answer, today: date) -> Checked:
    """What a yes says of the person, by pseudonym."""
    return Checked(
        system=system.slug,
        pseudonym=pseudonym_of(system, answer),
        home=answer.home,
        age_group=answer.age_group,
        blocked=answer.blocked or (answer.expires is not None and answer.expires < today),
        expires=answer.expires,
        language=answer.language,
    )


def pseudonym_of(system: LibrarySystem, answer: Answer) -> str:
    return secrets.hmac_hex("patrons", f"person:{system.slug}:{answer.stable_id}")


@transaction.atomic
def keep(checked: Checked, *, now: datetime) -> Patron:
    """The patron's row with what the system has just said; made on the first time."""
    said = {
        "home": checked.home,
        "age_group": checked.age_group,
        "blocked": checked.blocked,
        "card_expires": checked.expires,
        "language": checked.language,
        "last_seen": now,
        "last_good": now,
    }
    mine = Patron.objects.filter(pseudonym=checked.pseudonym)
    if not mine.update(deleted=None, **said):
        system = LibrarySystem.objects.get(slug=checked.system)
        first = {"system": system, "created": now, **said}
        _, created = Patron.objects.get_or_create(pseudonym=checked.pseudonym, defaults=first)
        if not created:  # another sign-in of theirs was the first, this moment
            mine.update(deleted=None, **said)
    return mine.select_related("system").get()


def forget_wrong_pins(system: LibrarySystem, number: str) -> None:
    # The row stays for its hour with nothing counted: asking again then costs one UPDATE.
    with connection.cursor() as cursor:
        cursor.execute(CLEAR, [system.pk, card_key(system, number)])


def _reserve_try(system: LibrarySystem, number: str, now: datetime) -> int:
    """Count a wrong PIN before the system is asked, so that parallel tries cannot slip past the limit.

    Returns how many are left after this one; a right PIN clears the count. One UPDATE where the card is
    known: the database lets no two of them see the same count. Raises TooManyWrongPins.
    """
    allowed = rules.tries_allowed(system.locks_after)
    card = card_key(system, number)
    moment = connection.ops.adapt_datetimefield_value
    with connection.cursor() as cursor:
        cursor.execute(RESERVE, [moment(now), system.pk, card, allowed, moment(now - rules.FORGIVEN_AFTER)])
        reserved = cursor.fetchone()
    if reserved is not None:
        return allowed - int(reserved[0])
    rows = WrongPins.objects.filter(system=system, card=card)
    if rows.filter(last__gt=now - rules.FORGIVEN_AFTER).exists():
        raise rules.TooManyWrongPins()
    if rows.filter(last__lte=now - rules.FORGIVEN_AFTER).update(count=1, last=now):
        return allowed - 1
    try:
        with transaction.atomic():
            WrongPins.objects.create(system=system, card=card, count=1, last=now)
    except IntegrityError:
        return _reserve_try(system, number, now)
    return allowed - 1


@transaction.atomic
def _give_back(system: LibrarySystem, number: str) -> None:
    """A try that never left was no wrong PIN."""
    row = WrongPins.objects.select_for_update().filter(system=system, card=card_key(system, number)).first()
    if row is not None and row.count:
        row.count -= 1
        row.save(update_fields=["count"])


def _left(system: LibrarySystem, number: str, now: datetime) -> int:
    """How many wrong PINs may still be passed on. Raises TooManyWrongPins where none."""
    row = WrongPins.objects.filter(system=system, card=card_key(system, number)).first()
    spent = row.count if row and rules.still_counts(row.last, now) else 0
    allowed = rules.tries_allowed(system.locks_after)
    if spent >= allowed:
        raise rules.TooManyWrongPins()
    return allowed - spent
