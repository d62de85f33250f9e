"""Figures of use: platform × unit × month, each with its source, quality and batch. No person in any row."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from kimppa.foundation.files.models import StoredFile


class Batch(models.Model):
    """The rows of one delivery; replacing a delivery is dropping its batch.

    Live counts are one open batch per source and month. What was delivered in a file is closed as it lands;
    its file is kept for ever, also when the batch has been dropped (then it owns no rows any more).
    """

    source = models.CharField(max_length=40, help_text="code of usage.rules.Source")
    month = models.DateField(help_text="the first day of the first month")
    opened = models.DateTimeField()
    closed = models.DateTimeField(null=True)
    last_month = models.DateField(null=True, help_text="the first day of the last month; null: one month")
    platform = models.CharField(max_length=60, blank=True, db_default="")
    unit_kind = models.CharField(
        max_length=20, blank=True, db_default="", help_text="whom all of it is about"
    )
    unit_code = models.CharField(max_length=60, blank=True, db_default="")
    report = models.CharField(max_length=20, blank=True, db_default="", help_text="COUNTER's: TR, PR …")
    release = models.CharField(max_length=5, blank=True, db_default="", help_text="COUNTER's: 5, 5.1")
    file = models.ForeignKey(StoredFile, null=True, on_delete=models.PROTECT, related_name="+")
    incomplete = models.BooleanField(db_default=False, help_text="its months stay open: more is to come")
    problems = models.JSONField(db_default=[], default=list, help_text="level, code, where, text")
    brought_by = models.CharField(max_length=80, blank=True, db_default="")
    dropped = models.DateTimeField(null=True)
    dropped_why = models.CharField(max_length=200, blank=True, db_default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["source", "month"], condition=Q(closed__isnull=True), name="usage_one_open_batch"
            ),
            models.CheckConstraint(
                condition=Q(last_month__isnull=True) | Q(last_month__gte=F("month")),
                name="usage_batch_months_in_order",
            ),
        ]
        indexes = [models.Index(fields=["platform", "month"], name="usage_batch_of_platform")]


class Row(models.Model):
    """One row of a delivery as it came: a subject, its attributes, and one count for each month.

    `counts` is text: whole numbers from the batch's first month on, with commas between; an empty place is
    a month of which the row says nothing. `number` is where it stands in the file, from 1.
    """

    # Found by the index below; one of its own would be written for every row and read for none.
    batch = models.ForeignKey(Batch, on_delete=models.CASCADE, related_name="rows", db_index=False)
    number = models.PositiveIntegerField()
    subject = models.CharField(max_length=300, blank=True, help_text="title, item or database; as told")
    identifiers = models.CharField(max_length=300, blank=True, help_text="ISBN:…; ISSN:…")
    unit_kind = models.CharField(max_length=20, blank=True)
    unit_code = models.CharField(max_length=60, blank=True, help_text="empty: as told, not known to us")
    metric = models.CharField(max_length=60)
    kind = models.CharField(max_length=30, blank=True, help_text="data type: Book, audiobook …")
    language = models.CharField(max_length=12, blank=True)
    audience = models.CharField(max_length=20, blank=True)
    attributes = models.CharField(max_length=300, blank=True, help_text="what else tells rows apart")
    counts = models.TextField()
    total = models.BigIntegerField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(total__gte=0), name="usage_row_not_negative"),
        ]
        indexes = [models.Index(fields=["batch", "number"], name="usage_row_in_file")]


class Figure(models.Model):
    """A count. `unit_kind`: consortium, kimppa, municipality or library; an unknown unit has no code."""

    batch = models.ForeignKey(Batch, on_delete=models.CASCADE, related_name="figures")
    platform = models.CharField(max_length=60)
    unit_kind = models.CharField(max_length=20)
    unit_code = models.CharField(max_length=60, blank=True)
    month = models.DateField()
    metric = models.CharField(max_length=60)
    kind = models.CharField(max_length=30, blank=True, help_text="what was used: ebook, audiobook …")
    language = models.CharField(max_length=12, blank=True, db_default="", default="", help_text="BCP 47")
    audience = models.CharField(max_length=20, blank=True, db_default="", default="")
    value = models.BigIntegerField()
    quality = models.CharField(max_length=12, help_text="measured or estimated")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=[
                    "batch",
                    "platform",
                    "unit_kind",
                    "unit_code",
                    "metric",
                    "kind",
                    "month",
                    "language",
                    "audience",
                ],
                name="usage_one_figure_a_month",
            ),
            models.CheckConstraint(condition=Q(value__gte=0), name="usage_not_negative"),
            models.CheckConstraint(
                condition=Q(quality__in=["measured", "estimated"]), name="usage_quality_known"
            ),
        ]
        indexes = [models.Index(fields=["platform", "month", "metric"], name="usage_figure_of_month")]


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


class Measure(models.Model):
    """What counts as the use of a service in some months: one delivery's kind, one metric, one split.

    Unlike deliveries are never added together: what is not named here is kept and can be read, no more.
    """

    platform = models.CharField(max_length=60)
    valid_from = models.DateField(help_text="the first day of a month")
    valid_to = models.DateField(null=True, help_text="the last day of a month; null: from then on")
    source = models.CharField(max_length=40, help_text="code of usage.rules.Source")
    report = models.CharField(max_length=20, blank=True)
    metric = models.CharField(max_length=60)
    unit_kind = models.CharField(max_length=20, help_text="how finely the source knows: usage.rules.UnitKind")
    counted_as = models.CharField(max_length=20, help_text="code of usage.rules.Interest")
    split = models.CharField(max_length=20, help_text="code of usage.rules.Split")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["platform"], condition=Q(valid_to__isnull=True), name="usage_one_open_measure"
            ),
            models.UniqueConstraint(fields=["platform", "valid_from"], name="usage_one_measure_a_day"),
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True) | Q(valid_to__gte=F("valid_from")),
                name="usage_measure_dates",
            ),
        ]


class Settled(models.Model):
    """The use of a service in a month: what pages read. One row for all together, one a municipality.

    The sum of the municipalities (with the unknown, whose code is empty) is the row of all. An estimated
    figure keeps how it was made: `whole` was dealt by `weight` of `weights` with the named split.
    """

    platform = models.CharField(max_length=60)
    month = models.DateField()
    unit_kind = models.CharField(max_length=20, help_text="consortium or municipality")
    unit_code = models.CharField(max_length=60, blank=True)
    value = models.BigIntegerField()
    estimated = models.BigIntegerField(help_text="how much of the value is an estimate")
    open = models.BooleanField(help_text="more of this month is to come")
    split = models.CharField(max_length=20, blank=True)
    whole = models.BigIntegerField(null=True)
    weight = models.BigIntegerField(null=True)
    weights = models.BigIntegerField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["month", "platform", "unit_kind", "unit_code"], name="usage_one_settled"
            ),
            models.CheckConstraint(
                condition=Q(value__gte=0, estimated__gte=0, estimated__lte=F("value")),
                name="usage_settled_in_bounds",
            ),
        ]
        # All together by month is 1 row in 60: found without passing over the municipalities.
        indexes = [models.Index(fields=["unit_kind", "month", "platform"], name="usage_settled_by_kind")]


from kimppa.commons.usage import sheet_models as sheet_models  # noqa: E402  (their home is a file of its own)
from kimppa.commons.usage import sushi_models as sushi_models  # noqa: E402
