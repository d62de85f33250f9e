"""Rows that the plain ground keeps for itself."""

from __future__ import annotations

from django.db import models


class ClockOffset(models.Model):
    """One row at most: how far domain time is from real time, in seconds (see core.clock)."""

    seconds = models.BigIntegerField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(pk=1), name="core_one_clock_offset"),
        ]
