"""What is watched, what was seen of it, and what people were told.

Times are real ones. A target is known by its key (`platform:ellibs`, `library-system:outi`, `hub:portal`),
which other rooms write down without asking; it is never renamed and never removed, only left unwatched.
"""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from kimppa.commons.health.rules import Kind, State


class Target(models.Model):
    """Something that works or does not."""

    key = models.CharField(primary_key=True, max_length=120)
    kind = models.CharField(max_length=20, choices=[(k.value, k.value) for k in Kind])
    name_fi = models.CharField(max_length=160)
    name_sv = models.CharField(max_length=160, blank=True)
    name_en = models.CharField(max_length=160, blank=True)
    public = models.BooleanField(default=False, help_text="stands on the public status page")
    watched = models.BooleanField(default=True, help_text="probes are run and incidents open by themselves")
    example = models.BooleanField(default=False, help_text="its figures are invented (the demo)")
    order = models.PositiveSmallIntegerField(default=0)
    every_minutes = models.PositiveSmallIntegerField(default=5)
    created = models.DateTimeField()
    state = models.CharField(max_length=7, choices=[(s.value, s.value) for s in State], default=State.UNKNOWN)
    since = models.DateTimeField(null=True, help_text="since when the state holds")
    looked = models.DateTimeField(null=True, help_text="the newest observation's minute")
    last_failed = models.BooleanField(default=False)
    due = models.DateTimeField(null=True, help_text="when its probes are run next; null: has none")
    quiet_until = models.DateTimeField(
        null=True, help_text="staff closed its incident while it did not work; none opens until then"
    )
    lease = models.DateTimeField(null=True, help_text="until when one worker has its probes in hand")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(every_minutes__range=(1, 30)), name="health_every_minutes"),
            models.CheckConstraint(condition=~Q(name_fi=""), name="health_target_has_a_name"),
        ]

    def __str__(self) -> str:
        return self.name_fi


class Probe(models.Model):
    """One question put to a target. A round puts all questions of the target, one after another."""

    target = models.ForeignKey(Target, on_delete=models.PROTECT, related_name="probes")
    kind = models.CharField(max_length=4, help_text="http, tls, sip2, oidc")
    address = models.CharField(max_length=500, help_text="https://… or host:port")
    expected_status = models.PositiveSmallIntegerField(default=200)
    expected_text = models.CharField(max_length=200, blank=True)
    warn_days = models.PositiveSmallIntegerField(default=21)
    tls = models.BooleanField(default=True, help_text="SIP2 inside TLS")
    private = models.BooleanField(default=False, help_text="an address of the house's own network is meant")
    login = models.CharField(max_length=120, blank=True)
    secret = models.BinaryField(null=True, help_text="encrypted")
    institution = models.CharField(max_length=60, blank=True)
    active = models.BooleanField(default=True)
    asked = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=4, blank=True, help_text="ok, warn, fail; empty: never asked")
    took_ms = models.PositiveIntegerField(default=0)
    code = models.CharField(max_length=60, blank=True)
    params = models.JSONField(default=dict)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=["http", "tls", "sip2", "oidc"]), name="health_probe_kind"
            ),
            models.CheckConstraint(
                condition=Q(outcome__in=["", "ok", "warn", "fail"]), name="health_probe_outcome"
            ),
        ]


class Minute(models.Model):
    """What was seen of a target in one minute: one observation."""

    target = models.ForeignKey(Target, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    good = models.PositiveIntegerField(default=0)
    bad = models.PositiveIntegerField(default=0)
    took_ms = models.PositiveBigIntegerField(default=0, help_text="of all, summed")
    code = models.CharField(max_length=60, blank=True, help_text="the newest failure's")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["target", "at"], name="health_one_row_a_minute")]
        indexes = [models.Index(fields=["at"])]


class Hour(models.Model):
    """The minutes of one hour, counted. What is in none of the three was not seen."""

    target = models.ForeignKey(Target, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    up = models.PositiveSmallIntegerField()
    down = models.PositiveSmallIntegerField()
    planned = models.PositiveSmallIntegerField()
    signals = models.PositiveBigIntegerField()
    took_ms = models.PositiveBigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["target", "at"], name="health_one_row_an_hour"),
            models.CheckConstraint(
                condition=Q(up__lte=60 - F("down") - F("planned")), name="health_hour_has_sixty_minutes"
            ),
        ]
        indexes = [models.Index(fields=["at"])]


class Day(models.Model):
    """The hours of one Finnish calendar day, counted so far."""

    target = models.ForeignKey(Target, on_delete=models.PROTECT, related_name="+")
    day = models.DateField()
    up = models.PositiveSmallIntegerField()
    down = models.PositiveSmallIntegerField()
    planned = models.PositiveSmallIntegerField()
    signals = models.PositiveBigIntegerField()
    took_ms = models.PositiveBigIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["target", "day"], name="health_one_row_a_day")]
        indexes = [models.Index(fields=["day"])]


class Rolled(models.Model):
    """One row at most: up to which hour the minutes are counted."""

    upto = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(pk=1), name="health_one_place_of_counting")]


class Incident(models.Model):
    """A time in which a target did not work."""

    target = models.ForeignKey(Target, on_delete=models.PROTECT, related_name="incidents")
    opened = models.DateTimeField()
    closed = models.DateTimeField(null=True)
    code = models.CharField(max_length=60, blank=True, help_text="the failure that opened it")
    told_opened = models.BooleanField(default=False, db_default=False, help_text="subscribers were told")
    told_closed = models.BooleanField(default=False, db_default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["target"], condition=Q(closed__isnull=True), name="health_one_open_incident"
            ),
            models.CheckConstraint(
                condition=Q(closed__isnull=True) | Q(closed__gte=F("opened")), name="health_incident_times"
            ),
        ]
        indexes = [models.Index(fields=["opened"])]

    def __str__(self) -> str:
        return f"{self.target_id} {self.opened:%Y-%m-%d %H:%M}"


class IncidentUpdate(models.Model):
    """What staff told of an incident, in the three languages. A closing note is the last of them."""

    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="updates")
    at = models.DateTimeField()
    text_fi = models.TextField()
    text_sv = models.TextField(blank=True)
    text_en = models.TextField(blank=True)
    written_by = models.CharField(max_length=200)


class Maintenance(models.Model):
    """An announced pause. Minutes before its announcement are never excluded from availability."""

    starts = models.DateTimeField()
    ends = models.DateTimeField()
    announced = models.DateTimeField()
    cancelled = models.DateTimeField(null=True)
    text_fi = models.TextField()
    text_sv = models.TextField(blank=True)
    text_en = models.TextField(blank=True)
    targets = models.ManyToManyField(Target, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(ends__gt=F("starts")), name="health_maintenance_times")
        ]
        indexes = [models.Index(fields=["ends"])]

    def __str__(self) -> str:
        return f"{self.starts:%Y-%m-%d %H:%M}"


class Subscriber(models.Model):
    """An e-mail address that wants to hear of incidents; removed when it no longer does."""

    address = models.EmailField(unique=True)
    language = models.CharField(max_length=2)
    token_hash = models.CharField(max_length=64, unique=True)
    token = models.BinaryField(help_text="encrypted; put into each message so that one press ends it")
    asked = models.DateTimeField()
    confirmed = models.DateTimeField(null=True)


class Receiver(models.Model):
    """Who is alerted: an office's e-mail address, or a program's https address."""

    kind = models.CharField(max_length=7)
    address = models.CharField(max_length=500)
    language = models.CharField(max_length=2, default="fi")
    private = models.BooleanField(default=False)
    secret = models.BinaryField(null=True, help_text="encrypted; signs what a webhook is sent")
    active = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=["email", "webhook"]), name="health_receiver_kind"),
            models.UniqueConstraint(fields=["kind", "address"], name="health_one_receiver_an_address"),
        ]

    def __str__(self) -> str:
        return self.address


class Alert(models.Model):
    """One thing told to one receiver, once."""

    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="+")
    receiver = models.ForeignKey(Receiver, on_delete=models.CASCADE, related_name="+")
    event = models.CharField(max_length=6, help_text="opened, closed")
    created = models.DateTimeField()
    sent = models.DateTimeField(null=True)
    given_up = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["incident", "receiver", "event"], name="health_alert_once"),
            models.CheckConstraint(condition=Q(event__in=["opened", "closed"]), name="health_alert_event"),
        ]


class CertificateNotice(models.Model):
    """One receiver was told once that a certificate ends within so many days. A new one begins anew."""

    probe = models.ForeignKey(Probe, on_delete=models.CASCADE, related_name="+")
    receiver = models.ForeignKey(Receiver, on_delete=models.CASCADE, related_name="+")
    ends = models.DateTimeField(help_text="the certificate's end: which certificate it was")
    threshold = models.PositiveSmallIntegerField(help_text="days")
    created = models.DateTimeField()
    sent = models.DateTimeField(null=True)
    given_up = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["probe", "receiver", "ends", "threshold"], name="health_certificate_told_once"
            )
        ]
