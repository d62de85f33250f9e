"""Decisions: what the bodies of the consortium have decided. Adopted once, superseded, never edited."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from kimppa.commons.members.models import Group
from kimppa.consortium.governance.rules import Effect


class Decision(models.Model):
    """An adopted decision. No verb changes a row; a mistake is mended by a decision that supersedes it."""

    diary_number = models.CharField(max_length=60, unique=True)
    effect = models.CharField(max_length=20)
    body = models.ForeignKey(Group, on_delete=models.PROTECT, related_name="decisions")
    decided_on = models.DateField()
    title_fi = models.CharField(max_length=300)
    title_sv = models.CharField(max_length=300, blank=True)
    title_en = models.CharField(max_length=300, blank=True)
    text_fi = models.TextField(blank=True)
    text_sv = models.TextField(blank=True)
    text_en = models.TextField(blank=True)
    supersedes = models.OneToOneField(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="superseded_by"
    )
    example = models.BooleanField(default=False, help_text="invented, for the demo region")
    adopted_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(effect__in=[e.value for e in Effect]), name="governance_known_effect"
            ),
            models.CheckConstraint(condition=~Q(diary_number=""), name="governance_diary_number_given"),
            models.CheckConstraint(
                condition=Q(supersedes__isnull=True) | ~Q(supersedes=F("id")), name="governance_not_itself"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.diary_number} {self.title_fi}"
