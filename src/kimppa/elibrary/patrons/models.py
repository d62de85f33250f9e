"""Residents, as pseudonyms. No name, no card number, no PIN of a library system, no address."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from kimppa.commons.members.models import Dated, Kimppa, Library, Municipality


class LibrarySystem(models.Model):
    """Where a card is checked. How it is asked stands in its connection of the day; without one, `kind`.

    `card_pattern` is a pattern of the card numbers that are its own, `institution` the name by which
    e-services call it: an e-service's question is led here by one of them, never by trying.
    """

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
    library = models.OneToOneField(Library, null=True, blank=True, on_delete=models.PROTECT)
    card_pattern = models.CharField(max_length=200, blank=True, db_default="", help_text="regular expression")
    institution = models.CharField(max_length=80, blank=True, db_default="")
    trust_hours = models.PositiveIntegerField(db_default=720, default=720)
    outage_hours = models.PositiveIntegerField(db_default=72, default=72)

    def __str__(self) -> str:
        return self.name_fi


class SystemConnection(Dated):
    """How a library system is asked in some time: its address and dialect, and how its fields are read.

    `secrets` is one encrypted JSON object (core.secrets). `mapping` tells which field holds what.
    """

    system = models.ForeignKey(LibrarySystem, on_delete=models.CASCADE, related_name="connections")
    kind = models.CharField(max_length=20, help_text="code of patrons.connections.Kind")
    settings = models.JSONField(default=dict)
    secrets = models.BinaryField(default=bytes)
    mapping = models.JSONField(default=dict)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(valid_from__isnull=True)
                | Q(valid_to__isnull=True)
                | Q(valid_to__gte=models.F("valid_from")),
                name="patrons_connection_dates",
            ),
            models.UniqueConstraint(
                fields=["system"], condition=Q(valid_to__isnull=True), name="patrons_one_open_connection"
            ),
        ]


class SystemState(models.Model):
    """Whether a library system answers, by what the last questions met. Real time."""

    system = models.OneToOneField(LibrarySystem, on_delete=models.CASCADE, related_name="state")
    failures = models.PositiveIntegerField(default=0, help_text="in a row")
    down_since = models.DateTimeField(null=True)
    last_good = models.DateTimeField(null=True)
    last_failure = models.DateTimeField(null=True)
    code = models.CharField(max_length=40, blank=True)


class Patron(models.Model):
    """A resident: HMAC(key, library system + that system's stable id). `home` is empty where not known.

    What the system last said is kept beside it, so that it still holds while the system does not answer:
    `age_group` (rules.AgeGroup), `blocked`, `card_expires`, `language`, and when it said so (`last_good`).
    """

    pseudonym = models.CharField(max_length=64, unique=True)
    system = models.ForeignKey(LibrarySystem, on_delete=models.PROTECT, related_name="patrons")
    home = models.CharField(max_length=3, blank=True, help_text="municipality code")
    keep_history = models.BooleanField(default=False)
    created = models.DateTimeField()
    last_seen = models.DateTimeField()
    deleted = models.DateTimeField(null=True, help_text="asked to be forgotten; the row goes a month later")
    age_group = models.CharField(max_length=10, blank=True, db_default="")
    blocked = models.BooleanField(default=False, db_default=False)
    card_expires = models.DateField(null=True, blank=True)
    language = models.CharField(max_length=8, blank=True, db_default="")
    last_good = models.DateTimeField(null=True)
    guardian_consent = models.DateTimeField(null=True, help_text="when a guardian agreed, for a child's card")

    def __str__(self) -> str:
        return f"patron {self.pk}"


class PatronSession(models.Model):
    """A patron's sign-in on one device; only the hash of its token is kept. Real time."""

    token_hash = models.CharField(max_length=64, unique=True)
    patron = models.ForeignKey(Patron, on_delete=models.CASCADE, related_name="sessions")
    created = models.DateTimeField()
    expires = models.DateTimeField(db_index=True)
    handle = models.CharField(max_length=16, blank=True, db_default="", help_text="names it in a list")
    device = models.CharField(max_length=80, blank=True, db_default="")
    last_used = models.DateTimeField(null=True)
    remembered = models.BooleanField(default=True, db_default=True)


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
    age_group = models.CharField(max_length=10, blank=True, db_default="")
    language = models.CharField(max_length=8, blank=True, db_default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["system", "card"], name="patrons_one_card"),
            models.UniqueConstraint(fields=["system", "stable_id"], name="patrons_one_stable_id"),
            models.CheckConstraint(condition=Q(pin_hash__startswith="$argon2id$"), name="patrons_pin_hashed"),
        ]
