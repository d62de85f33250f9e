"""Loans and where one was in a book."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import F, Q

from kimppa.elibrary.catalog.models import Publication
from kimppa.elibrary.holdings.models import License
from kimppa.elibrary.patrons.models import Patron


class Loan(models.Model):
    """A loan. `patron` goes empty when a returned loan is purged; the row stays for the licence's sums."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    patron = models.ForeignKey(Patron, null=True, on_delete=models.SET_NULL, related_name="loans")
    publication = models.ForeignKey(Publication, on_delete=models.PROTECT, related_name="loans")
    license = models.ForeignKey(License, on_delete=models.PROTECT, related_name="loans")
    started = models.DateTimeField()
    due = models.DateTimeField()
    ended = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["patron", "publication"],
                condition=Q(ended__isnull=True, patron__isnull=False),
                name="circulation_one_open_loan",
            ),
            models.CheckConstraint(condition=Q(due__gt=F("started")), name="circulation_due_after_start"),
        ]
        indexes = [
            models.Index(
                fields=["license"], condition=Q(ended__isnull=True), name="circulation_open_license"
            ),
            models.Index(fields=["due"], condition=Q(ended__isnull=True), name="circulation_open_due"),
        ]


class ReadingPosition(models.Model):
    """Where a patron is in a publication; the latest writer wins, older clients are told so."""

    patron = models.ForeignKey(Patron, on_delete=models.CASCADE, related_name="positions")
    publication = models.ForeignKey(Publication, on_delete=models.CASCADE, related_name="+")
    locator = models.JSONField(help_text="Readium locator")
    updated = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["patron", "publication"], name="circulation_one_position"),
        ]
