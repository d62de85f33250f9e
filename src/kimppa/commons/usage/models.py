"""Figures of use: platform × unit × month, each with its source, quality and batch. No person in any row."""

from __future__ import annotations

from django.db import models
from django.db.models import Q


class Batch(models.Model):
    """The rows of one delivery; replacing a delivery is dropping its batch.

    Live counts are one open batch per source and month.
    """

    source = models.CharField(max_length=40)
    month = models.DateField(help_text="the first day of the month")
    opened = models.DateTimeField()
    closed = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["source", "month"], condition=Q(closed__isnull=True), name="usage_one_open_batch"
            ),
        ]


class Figure(models.Model):
    """A count. `unit_kind`: consortium, kimppa, municipality or library; an unknown unit has no code."""

    batch = models.ForeignKey(Batch, on_delete=models.CASCADE, related_name="figures")
    platform = models.CharField(max_length=60)
    unit_kind = models.CharField(max_length=20)
    unit_code = models.CharField(max_length=60, blank=True)
    month = models.DateField()
    metric = models.CharField(max_length=60)
    kind = models.CharField(max_length=30, blank=True, help_text="what was used: ebook, audiobook …")
    value = models.BigIntegerField()
    quality = models.CharField(max_length=12, help_text="measured or estimated")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["batch", "platform", "unit_kind", "unit_code", "metric", "kind"],
                name="usage_one_figure",
            ),
            models.CheckConstraint(condition=Q(value__gte=0), name="usage_not_negative"),
            models.CheckConstraint(
                condition=Q(quality__in=["measured", "estimated"]), name="usage_quality_known"
            ),
        ]


class TitleFigure(models.Model):
    """Use of one title in a month, by an opaque key. Never in one row with a municipality."""

    batch = models.ForeignKey(Batch, on_delete=models.CASCADE, related_name="title_figures")
    title_key = models.CharField(max_length=64)
    metric = models.CharField(max_length=60)
    value = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["batch", "title_key", "metric"], name="usage_one_title_figure"),
        ]
