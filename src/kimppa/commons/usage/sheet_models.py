"""What is brought in by people: files on their way in, how a vendor's sheet is read, and who is who in it."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from kimppa.commons.usage.models import Batch
from kimppa.foundation.files.models import StoredFile


class SheetMapping(models.Model):
    """How a vendor's own sheet is read: made once by a person, proposed when the same headings come again.

    Never changed: another reading of the same headings is the next version.
    """

    platform = models.CharField(max_length=60)
    headings_key = models.CharField(max_length=64, help_text="checksum of the headings, years left out")
    version = models.PositiveIntegerField()
    mapping = models.JSONField(help_text="sheet_rules.Mapping as data")
    made = models.DateTimeField()
    made_by = models.CharField(max_length=80)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["platform", "headings_key", "version"], name="usage_one_mapping_a_version"
            ),
        ]


class UnitName(models.Model):
    """Whom a vendor means by a name: matched once by a person, then known."""

    platform = models.CharField(max_length=60)
    told = models.CharField(max_length=120, help_text="folded as sheet_rules.folded does")
    unit_kind = models.CharField(max_length=20)
    unit_code = models.CharField(max_length=60, blank=True, help_text="empty: nobody of ours")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["platform", "told"], name="usage_one_unit_a_name")]


class ReportHeader(models.Model):
    """What a landed COUNTER report said of itself; the next one of the service is compared with it."""

    batch = models.OneToOneField(Batch, on_delete=models.CASCADE, related_name="header")
    platforms = models.JSONField(default=list)
    institution = models.CharField(max_length=200, blank=True)
    customer_ids = models.JSONField(default=list)
    created = models.CharField(max_length=60, blank=True)


class Brought(models.Model):
    """A file that somebody brought: kept for ever, also when nothing in it could be used."""

    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+")
    platform = models.CharField(max_length=60)
    unit_kind = models.CharField(max_length=20)
    unit_code = models.CharField(max_length=60, blank=True)
    brought = models.DateTimeField()
    brought_by = models.CharField(max_length=80)
    state = models.CharField(max_length=12, help_text="code of sheet_rules.State")
    form = models.CharField(max_length=12, help_text="counter or sheet")
    draft = models.JSONField(default=dict, help_text="how the sheet is to be read, while that is chosen")
    problems = models.JSONField(default=list, help_text="as in a batch")
    mapping = models.ForeignKey(SheetMapping, null=True, on_delete=models.PROTECT, related_name="+")
    batch = models.ForeignKey(Batch, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["waiting", "landed", "refused", "discarded"]),
                name="usage_brought_state_known",
            ),
            models.CheckConstraint(
                condition=~Q(state="landed") | Q(batch__isnull=False), name="usage_landed_has_a_batch"
            ),
        ]
