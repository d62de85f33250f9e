"""What may be lent: collections and licences. How many copies are free is derived, never counted here."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from kimppa.elibrary.catalog.models import Publication


class Collection(models.Model):
    """A set of publications under one kind of terms. `is_open`: anybody's, no licence needed."""

    name = models.CharField(max_length=120, unique=True)
    is_open = models.BooleanField(default=False)

    def __str__(self) -> str:
        return self.name


class Holding(models.Model):
    """A publication stands in a collection."""

    collection = models.ForeignKey(Collection, on_delete=models.PROTECT, related_name="holdings")
    publication = models.ForeignKey(Publication, on_delete=models.CASCADE, related_name="holdings")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["collection", "publication"], name="holdings_once"),
        ]


class License(models.Model):
    """A lendable copy (ODL sense) of our own, without a distributor.

    `concurrency` empty: any number at the same time (an absent value is not zero copies).
    `valid_until` is exclusive, as ODL's `expires`.
    """

    identifier = models.CharField(max_length=200, unique=True)
    publication = models.ForeignKey(Publication, on_delete=models.PROTECT, related_name="licenses")
    concurrency = models.PositiveIntegerField(null=True, blank=True)
    loan_days = models.PositiveSmallIntegerField(default=21)
    valid_from = models.DateTimeField()
    valid_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(valid_until__isnull=True) | Q(valid_until__gt=F("valid_from")),
                name="holdings_license_dates",
            ),
            models.CheckConstraint(
                condition=Q(concurrency__isnull=True) | Q(concurrency__gt=0), name="holdings_some_copies"
            ),
        ]

    def __str__(self) -> str:
        return self.identifier
