"""What an agreement promises of a service's working, and the claims that follow from what was measured."""

from __future__ import annotations

from django.db import models

from kimppa.commons.health.models import Target
from kimppa.consortium.agreements.models import Agreement


class AvailabilityPromise(models.Model):
    """An agreement whose service level a target measures. The per cent stands in the agreement's terms."""

    agreement = models.ForeignKey(Agreement, on_delete=models.PROTECT, related_name="availability_promises")
    target = models.ForeignKey(Target, on_delete=models.PROTECT, related_name="+")
    credit_fi = models.TextField(
        blank=True, help_text="the agreement's own rule of credits; empty: not known"
    )
    credit_sv = models.TextField(blank=True)
    credit_en = models.TextField(blank=True)
    recorded_at = models.DateTimeField()

    class Meta:
        app_label = "agreements"
        constraints = [
            models.UniqueConstraint(fields=["agreement", "target"], name="agreements_one_promise_a_target"),
        ]

    def __str__(self) -> str:
        return f"{self.agreement.diary_number} {self.target_id}"


class AvailabilityClaim(models.Model):
    """A draft for one month, with the figures it stands on; minutes."""

    promise = models.ForeignKey(AvailabilityPromise, on_delete=models.PROTECT, related_name="claims")
    month = models.DateField(help_text="its first day")
    promised = models.DecimalField(max_digits=6, decimal_places=3)
    availability = models.DecimalField(max_digits=6, decimal_places=3)
    coverage = models.DecimalField(max_digits=6, decimal_places=3)
    up = models.PositiveIntegerField()
    down = models.PositiveIntegerField()
    planned = models.PositiveIntegerField()
    unknown = models.PositiveIntegerField()
    text_fi = models.TextField()
    text_sv = models.TextField()
    text_en = models.TextField()
    drafted_at = models.DateTimeField()

    class Meta:
        app_label = "agreements"
        constraints = [
            models.UniqueConstraint(fields=["promise", "month"], name="agreements_one_claim_a_month"),
            models.CheckConstraint(
                condition=models.Q(availability__lt=models.F("promised")), name="agreements_claim_was_missed"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.promise} {self.month:%Y-%m}"
