"""The duties that recur, and each time they fall due."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from kimppa.commons.members.models import Area


class Duty(models.Model):
    """Something that recurs by a rule (recurring.py) from its first day on. Its guide is plain text."""

    heading = models.CharField(max_length=30)
    name = models.CharField(max_length=200)
    rule = models.CharField(max_length=200)
    guide = models.TextField(blank=True)
    owner_role = models.CharField(max_length=30)
    estimate_minutes = models.PositiveIntegerField(default=0)
    by_turns = models.BooleanField(default=False, help_text="dealt among the areas by residents")
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True) | Q(valid_to__gte=F("valid_from")),
                name="workplan_duty_dates",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class DutyOccurrence(models.Model):
    """One time. `planned` is the rule's day and names it.

    Of those dealt by turns, `residents` are the areas and residents that dealt it, `turn_of` whose turn it
    was and `area` who does it in truth; the numbers of the turn explain it.
    """

    duty = models.ForeignKey(Duty, on_delete=models.PROTECT, related_name="occurrences")
    planned = models.DateField()
    due = models.DateField(db_index=True)
    state = models.CharField(max_length=10, default="open")
    moved_because = models.CharField(max_length=500, blank=True)
    skipped_because = models.CharField(max_length=500, blank=True)
    done_on = models.DateField(null=True, blank=True)
    done_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    minutes = models.PositiveIntegerField(null=True, blank=True)
    area = models.ForeignKey(Area, null=True, on_delete=models.PROTECT, related_name="+")
    turn_of = models.ForeignKey(Area, null=True, on_delete=models.PROTECT, related_name="+")
    residents = models.JSONField(default=dict)
    turn_part = models.CharField(max_length=200, blank=True, help_text="an exact fraction")
    turn_had = models.PositiveIntegerField(default=0)
    turn_number = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["duty", "planned"], name="workplan_one_occurrence_a_day"),
            models.CheckConstraint(
                condition=~Q(state="moved") | (~Q(moved_because="") & ~Q(due=F("planned"))),
                name="workplan_moved_says_why",
            ),
            models.CheckConstraint(
                condition=~Q(state="skipped") | ~Q(skipped_because=""), name="workplan_skipped_says_why"
            ),
            models.CheckConstraint(
                condition=(Q(state="done") & Q(done_on__isnull=False))
                | (~Q(state="done") & Q(done_on__isnull=True)),
                name="workplan_done_has_its_day",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.duty_id}/{self.planned.isoformat()}"
