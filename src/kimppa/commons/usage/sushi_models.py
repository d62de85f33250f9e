"""Fetching by SUSHI: whom we may ask, what we mean to have apart from what was asked, which server rests."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from kimppa.commons.usage.models import Batch
from kimppa.foundation.files.models import StoredFile


class SushiAccount(models.Model):
    """One address with credentials of ours. Whose use it tells of is dated by the account itself."""

    platform = models.CharField(max_length=60)
    base = models.CharField(max_length=500)
    host = models.CharField(max_length=255, help_text="of the base; one question at a time to each")
    release = models.CharField(max_length=5, help_text="5 or 5.1")
    private = models.BooleanField(
        help_text="of our own network: plain HTTP and private addresses may be asked"
    )
    platform_code = models.CharField(max_length=100, blank=True, help_text="the parameter `platform`")
    sealed = models.BinaryField(help_text="customer_id, requestor_id and api_key as encrypted JSON")
    version = models.PositiveIntegerField(help_text="of the credentials; grows with every change")
    unit_kind = models.CharField(max_length=20)
    unit_code = models.CharField(max_length=60, blank=True)
    reports = models.JSONField(default=list)
    valid_from = models.DateField(null=True, help_text="no month before it is asked for")
    valid_to = models.DateField(null=True, help_text="no month after it is asked for")
    owner_email = models.CharField(max_length=254)
    owner_language = models.CharField(max_length=2)
    created = models.DateTimeField()
    broken_since = models.DateTimeField(null=True)
    broken_code = models.IntegerField(null=True, help_text="COUNTER's, or the HTTP status")
    stopped = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(release__in=["5", "5.1"]), name="usage_sushi_release_known"),
            models.CheckConstraint(
                condition=Q(valid_from__isnull=True)
                | Q(valid_to__isnull=True)
                | Q(valid_to__gte=F("valid_from")),
                name="usage_sushi_dates",
            ),
            models.CheckConstraint(
                condition=Q(broken_since__isnull=True, broken_code__isnull=True)
                | Q(broken_since__isnull=False, broken_code__isnull=False),
                name="usage_sushi_broken_says_why",
            ),
            models.UniqueConstraint(
                fields=["platform", "base", "release", "unit_kind", "unit_code"],
                condition=Q(valid_to__isnull=True),
                name="usage_sushi_one_account_a_unit",
            ),
        ]


class Intention(models.Model):
    """A report of a month that we mean to have. `not_before` null: nothing more is asked by itself."""

    account = models.ForeignKey(SushiAccount, on_delete=models.PROTECT, related_name="intentions")
    report = models.CharField(max_length=10)
    month = models.DateField(help_text="its first day")
    not_before = models.DateTimeField(null=True)
    priority = models.SmallIntegerField(help_text="the smaller the sooner")
    state = models.CharField(max_length=12, help_text="waiting, asking or a code of protocols.sushi.Outcome")
    tries = models.JSONField(default=dict, help_text="cause → how many times in a row")
    changed = models.DateTimeField()
    batch = models.ForeignKey(Batch, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["account", "report", "month"], name="usage_one_intention"),
        ]
        indexes = [models.Index(fields=["not_before", "priority"], name="usage_intention_due")]


class Attempt(models.Model):
    """One time that it was asked. `outcome` empty: the answer (with its file) has not been landed yet."""

    intention = models.ForeignKey(Intention, on_delete=models.CASCADE, related_name="attempts")
    started = models.DateTimeField()
    version = models.PositiveIntegerField(help_text="of the credentials that were used")
    status = models.PositiveSmallIntegerField(null=True, help_text="HTTP; null: no answer")
    took_ms = models.PositiveIntegerField(null=True)
    retry_after = models.PositiveIntegerField(null=True, help_text="seconds that the vendor asked us to wait")
    outcome = models.CharField(max_length=12, blank=True)
    code = models.IntegerField(default=0, help_text="COUNTER's; 0: none said")
    error = models.CharField(
        max_length=60, blank=True, help_text="code of ours where no answer could be used"
    )
    problems = models.JSONField(default=list, help_text="as in a batch")
    file = models.ForeignKey(StoredFile, null=True, on_delete=models.PROTECT, related_name="+")
    batch = models.ForeignKey(Batch, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        indexes = [models.Index(fields=["intention", "-started"], name="usage_attempts_of_one")]


class SushiHost(models.Model):
    """A vendor's server: who holds it now, and until when it is left alone."""

    host = models.CharField(max_length=255, primary_key=True)
    lease = models.CharField(max_length=32, blank=True)
    leased_until = models.DateTimeField(null=True)
    not_before = models.DateTimeField(null=True)
    failures = models.PositiveIntegerField(default=0)
