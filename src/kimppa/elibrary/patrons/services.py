"""Sign-in by library card, sessions, and what a resident decides about their own data.

Patron verbs have no `by`: the patron, or whoever holds the card and PIN, is the one who acts. `now` of
sign-ins and sessions is real time, not the demo's calendar.
"""

from __future__ import annotations

import hashlib
import secrets as random
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction

from kimppa.commons.members.models import Kimppa, Municipality
from kimppa.commons.members.permissions import require
from kimppa.commons.members.roles import Act
from kimppa.elibrary.patrons import rules
from kimppa.elibrary.patrons.checks import Checked, UnknownSystem, check_card, forget_wrong_pins, keep
from kimppa.elibrary.patrons.library_systems import card_key, hash_pin
from kimppa.elibrary.patrons.models import LibrarySystem, LocalCard, Patron, PatronSession, WrongPins
from kimppa.foundation.accounts import audit
from kimppa.foundation.accounts.actors import Actor
from kimppa.foundation.core import secrets


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A new session: the token goes into the cookie and is kept nowhere else."""

    token: str
    expires: datetime


def sign_in(
    *,
    system: str,
    card: str,
    pin: str,
    device: str = "",
    remembered: bool = True,
    now: datetime,
    today: date,
) -> SignedIn:
    """Ask the card's own library system once and begin a session.

    `now` is real time; `today` the domain's day, for cards with a last day. `device` is what the session is
    called in the resident's own list. Not one transaction: the system is asked with no lock held.
    Raises BadCard, UnknownSystem, WrongPin, TooManyWrongPins, CardBlocked, SystemDown.
    """
    checked = check_card(system=system, card=card, pin=pin, now=now, today=today)
    if checked.blocked:
        raise rules.CardBlocked()
    return begin(checked, device=device, remembered=remembered, now=now)


@transaction.atomic
def begin(checked: Checked, *, device: str = "", remembered: bool = True, now: datetime) -> SignedIn:
    """A session for the person whom their system has just confirmed. Real time."""
    patron = keep(checked, now=now)
    token = random.token_urlsafe(32)
    expires = now + timedelta(hours=patron.system.trust_hours if remembered else rules.SHORT_SESSION_HOURS)
    PatronSession.objects.create(
        token_hash=token_hash(token),
        patron=patron,
        created=now,
        expires=expires,
        handle=random.token_hex(8),
        device=device[:80],
        last_used=now,
        remembered=remembered,
    )
    return SignedIn(token, expires)


@transaction.atomic
def sign_out(*, token: str) -> None:
    """End one session; one that is not there is no error."""
    PatronSession.objects.filter(token_hash=token_hash(token)).delete()


@transaction.atomic
def end_session(*, patron_id: int, handle: str) -> None:
    """End the patron's own session of that handle, on whatever device. Raises NoSuchDevice."""
    gone, _ = PatronSession.objects.filter(patron_id=patron_id, handle=handle).exclude(handle="").delete()
    if not gone:
        raise rules.NoSuchDevice()


@transaction.atomic
def sign_out_everywhere(*, patron_id: int, but: str = "") -> int:
    """End every session of the patron, but the one of that handle if given; returns how many."""
    gone = PatronSession.objects.filter(patron_id=patron_id)
    if but:
        gone = gone.exclude(handle=but)
    ended, _ = gone.delete()
    return ended


@transaction.atomic
def touch_session(*, handle: str, now: datetime) -> None:
    """Remember that a session was used; at most once an hour, so that no page waits for a write."""
    rows = PatronSession.objects.filter(handle=handle).exclude(handle="")
    rows.exclude(last_used__gt=now - rules.USED_EVERY).update(last_used=now)


def consent_for_child(
    *, guardian_id: int, system: str, card: str, pin: str, agreed: bool, now: datetime, today: date
) -> None:
    """A signed-in adult agrees, or takes it back, for the child whose card and PIN they have.

    The child's system is asked once, as at a sign-in; who agreed is not kept, only when. Not one
    transaction. Raises NotAGuardian, NotAChild and what check_card raises.
    """
    guardian = Patron.objects.filter(pk=guardian_id, deleted__isnull=True).first()
    if guardian is None or guardian.age_group != rules.AgeGroup.ADULT:
        raise rules.NotAGuardian()
    checked = check_card(system=system, card=card, pin=pin, now=now, today=today)
    if checked.age_group != rules.AgeGroup.CHILD:
        raise rules.NotAChild()
    child = keep(checked, now=now)
    Patron.objects.filter(pk=child.pk).update(guardian_consent=now if agreed else None)


@transaction.atomic
def keep_history(*, patron_id: int, keep: bool) -> None:
    """Whether returned loans stay on the patron's own shelf, as the patron wishes."""
    Patron.objects.filter(pk=patron_id).update(keep_history=keep)


@transaction.atomic
def unlock_card(*, by: Actor, system: str, card: str, now: datetime) -> None:
    """Forget the wrong PINs of a card, for a resident who has shown who they are."""
    require(by, Act.UNLOCK_CARDS, now=now)
    asked = LibrarySystem.objects.filter(slug=system).first()
    if asked is None:
        raise UnknownSystem()
    forget_wrong_pins(asked, rules.tidy_card(card))
    # Which card it was is nobody's business afterwards: the trail names the system only.
    audit.record(by=by, act="patrons.unlock_card", obj=asked, before=None, after={"cleared": True}, now=now)


@transaction.atomic
def define_local_system(
    *,
    by: Actor,
    slug: str,
    name_fi: str,
    name_sv: str,
    name_en: str,
    kimppa: str = "",
    municipality: str = "",
    demo: bool,
    now: datetime,
) -> None:
    """A local directory of cards for a kimppa (by slug) or one municipality (by code)."""
    require(by, Act.EDIT_MEMBERS, now=now)
    system, _ = LibrarySystem.objects.update_or_create(
        slug=slug,
        defaults={
            "name_fi": name_fi,
            "name_sv": name_sv,
            "name_en": name_en,
            "kind": "local",
            "kimppa": Kimppa.objects.filter(slug=kimppa).first(),
            "municipality": Municipality.objects.filter(code=municipality).first(),
            "is_demo": demo,
        },
    )
    audit.record(
        by=by, act="patrons.define_local_system", obj=system, before=None, after={"slug": slug}, now=now
    )


@transaction.atomic
def add_local_card(
    *,
    by: Actor,
    system: str,
    card: str,
    pin: str,
    stable_id: str,
    home: str,
    demo: bool,
    age_group: str = "",
    valid_to: date | None = None,
    now: datetime,
) -> None:
    """A card in a local directory. The PIN is kept only as argon2id with a pepper outside the database."""
    require(by, Act.EDIT_MEMBERS, now=now)
    asked = LibrarySystem.objects.get(slug=system)
    LocalCard.objects.update_or_create(
        system=asked,
        card=card_key(asked, rules.tidy_card(card)),
        defaults={
            "stable_id": secrets.hmac_hex("patrons", f"local:{asked.slug}:{stable_id}"),
            "pin_hash": hash_pin(pin),
            "home": home,
            "is_demo": demo,
            "age_group": rules.AgeGroup(age_group) if age_group else "",
            "valid_to": valid_to,
        },
    )
    audit.record(by=by, act="patrons.add_local_card", obj=asked, before=None, after={"added": 1}, now=now)


@transaction.atomic
def remove_demo_cards() -> int:
    """Remove every demo card and the sessions of the people who came by one; returns how many cards."""
    cards = LocalCard.objects.filter(is_demo=True)
    gone = cards.count()
    PatronSession.objects.filter(
        patron__system__in=cards.values("system"), patron__system__is_demo=True
    ).delete()
    cards.delete()
    return gone


@transaction.atomic
def purge_sessions(*, now: datetime) -> int:
    """Remove sessions and wrong-PIN counts that are out of date; returns how many. Real time."""
    gone, _ = PatronSession.objects.filter(expires__lte=now - rules.LONGEST_OUTAGE).delete()
    old, _ = WrongPins.objects.filter(last__lte=now - rules.FORGIVEN_AFTER).delete()
    return gone + old


@transaction.atomic
def purge_deleted(*, now: datetime) -> int:
    """Remove for good the patrons who asked to be forgotten a month ago; returns how many."""
    gone = Patron.objects.filter(deleted__lte=now - rules.FORGET_AFTER)
    count = gone.count()
    gone.delete()
    return count


def token_hash(token: str) -> str:
    """The token has 256 random bits: a plain digest is as hard to turn back as a slow one."""
    return hashlib.sha256(token.encode()).hexdigest()
