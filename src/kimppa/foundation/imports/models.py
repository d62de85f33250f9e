"""Staged imports: what was read, what it would change, what it changed. Knows no app above."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from kimppa.foundation.files.models import StoredFile


class BatchState(models.TextChoices):
    OPEN = "open"
    STAGED = "staged"
    APPLIED = "applied"
    UNDONE = "undone"
    REFUSED = "refused"


class Severity(models.TextChoices):
    WARNING = "warning"
    ERROR = "error"


class ImportAction(models.TextChoices):
    CREATE = "create"
    UPDATE = "update"
    UNCHANGED = "unchanged"
    SKIP = "skip"


class ImportBatch(models.Model):
    """One file or answer that was read. The app that owns its meaning drives the states."""

    kind = models.CharField(max_length=60)
    source_name = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64)
    raw = models.ForeignKey(StoredFile, null=True, on_delete=models.SET_NULL)
    state = models.CharField(max_length=8, choices=BatchState.choices, default=BatchState.OPEN)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT)
    actor = models.CharField(max_length=200)
    created = models.DateTimeField()
    applied = models.DateTimeField(null=True)
    undone = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(applied__isnull=False) | ~models.Q(state__in=["applied", "undone"]),
                name="imports_applied_has_its_time",
            ),
            models.CheckConstraint(
                condition=models.Q(undone__isnull=False) | ~models.Q(state="undone"),
                name="imports_undone_has_its_time",
            ),
        ]
        indexes = [models.Index(fields=["kind", "created"])]

    def __str__(self) -> str:
        return f"{self.kind}: {self.source_name}"


class ImportRecord(models.Model):
    """One record of a batch: what was found in it, and what it did or would do."""

    batch = models.ForeignKey(ImportBatch, on_delete=models.CASCADE, related_name="records")
    number = models.PositiveIntegerField(help_text="line or position in the source, from 1")
    key = models.CharField(max_length=300, blank=True)
    severity = models.CharField(max_length=7, choices=Severity.choices, blank=True)
    code = models.CharField(max_length=80, blank=True)
    params = models.JSONField(default=dict)
    action = models.CharField(max_length=9, choices=ImportAction.choices)
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)
    object_kind = models.CharField(max_length=80, blank=True)
    object_key = models.CharField(max_length=80, blank=True)
    undone = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(severity="error") | models.Q(action="skip"),
                name="imports_an_error_is_skipped",
            ),
        ]
        indexes = [models.Index(fields=["batch", "number"])]
