"""A municipality on its way in or out: each step with its day and paper."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from kimppa.commons.members.models import Municipality
from kimppa.consortium.agreements.models import Agreement
from kimppa.consortium.governance.models import Decision
from kimppa.foundation.files.models import StoredFile
from kimppa.joint.membership.rules import Kind


class MembershipCase(models.Model):
    """Joining: invited → decided by the municipality → signed → in force. Leaving: notice, decided, in force.

    `day` is the first day of the membership, or its last.
    """

    kind = models.CharField(max_length=8)
    municipality = models.ForeignKey(Municipality, on_delete=models.PROTECT, related_name="membership_cases")
    day = models.DateField()
    opened_on = models.DateField()
    note = models.CharField(max_length=300, blank=True)
    board_decided_on = models.DateField(null=True)
    board_number = models.CharField(max_length=60, blank=True)
    board_paper = models.ForeignKey(StoredFile, null=True, on_delete=models.PROTECT, related_name="+")
    agreement = models.ForeignKey(
        Agreement, null=True, on_delete=models.PROTECT, related_name="membership_cases"
    )
    signed_on = models.DateField(null=True)
    decision = models.ForeignKey(
        Decision, null=True, on_delete=models.PROTECT, related_name="membership_cases"
    )
    months = models.PositiveSmallIntegerField(null=True)
    in_force_at = models.DateTimeField(null=True)
    cancelled_at = models.DateTimeField(null=True)
    cancel_reason = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=[k.value for k in Kind]), name="membership_known_kind"
            ),
            models.UniqueConstraint(
                fields=["municipality"],
                condition=Q(in_force_at__isnull=True, cancelled_at__isnull=True),
                name="membership_one_open_case",
            ),
            models.CheckConstraint(
                condition=Q(in_force_at__isnull=True)
                | Q(decision__isnull=False, months__isnull=False, cancelled_at__isnull=True),
                name="membership_in_force_by_decision",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.municipality} {self.day}"
