"""Residents, as pseudonyms. No name, no card number, no PIN of a library system, no address."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from kimppa.commons.members.models import Kimppa, Municipality


class LibrarySystem(models.Model):
    """Where a card is checked. Issue by issue more kinds; `local` is a directory of our own."""

    slug = models.SlugField(unique=True)
    name_fi = models.CharField(max_length=120)
    name_sv = models.CharField(max_length=120, blank=True)
    name_en = models.CharField(max_length=120, blank=True)
    kind = models.CharField(max_length=20, default="local")
    kimppa = models.OneToOneField(Kimppa, null=True, blank=True, on_delete=models.PROTECT)
    municipality = models.OneToOneField(Municipality, null=True, blank=True, on_delete=models.PROTECT)
    locks_after = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="wrong PINs after which the system itself locks a card, where known"
    )
    is_demo = models.BooleanField(default=False)

    def __str__(self) -> str:
        return self.name_fi


class Patron(models.Model):
    """A resident: HMAC(key, library system + that system's stable id). `home` is empty where not known."""

    pseudonym = models.CharField(max_length=64, unique=True)
    system = models.ForeignKey(LibrarySystem, on_delete=models.PROTECT, related_name="patrons")
    home = models.CharField(max_length=3, blank=True, help_text="municipality code")
    keep_history = models.BooleanField(default=False)
    created = models.DateTimeField()
    last_seen = models.DateTimeField()
    deleted = models.DateTimeField(null=True, help_text="asked to be forgotten; the row goes a month later")

    def __str__(self) -> str:
        return f"patron {self.pk}"


class PatronSession(models.Model):
    """A patron's sign-in on one device; only the hash of its token is kept. Real time."""

    token_hash = models.CharField(max_length=64, unique=True)
    patron = models.ForeignKey(Patron, on_delete=models.CASCADE, related_name="sessions")
    created = models.DateTimeField()
    expires = models.DateTimeField(db_index=True)


class WrongPins(models.Model):
    """Wrong PINs of a card at a system, counted across all doors. The card is an HMAC. Real time."""

    system = models.ForeignKey(LibrarySystem, on_delete=models.CASCADE)
    card = models.CharField(max_length=64)
    count = models.PositiveSmallIntegerField(default=0)
    last = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["system", "card"], name="patrons_one_counter")]


class LocalCard(models.Model):
    """A card of a local directory (a library without a system; the demo). Never exported.

    `pin_hash` is argon2id over the PIN with a pepper that is not in the database.
    """

    system = models.ForeignKey(LibrarySystem, on_delete=models.CASCADE, related_name="cards")
    card = models.CharField(max_length=64, help_text="HMAC of the card number")
    stable_id = models.CharField(max_length=64)
    pin_hash = models.CharField(max_length=200)
    home = models.CharField(max_length=3, blank=True)
    valid_to = models.DateField(null=True, blank=True)
    blocked = models.BooleanField(default=False)
    is_demo = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["system", "card"], name="patrons_one_card"),
            models.UniqueConstraint(fields=["system", "stable_id"], name="patrons_one_stable_id"),
            models.CheckConstraint(condition=Q(pin_hash__startswith="$argon2id$"), name="patrons_pin_hashed"),
        ]
