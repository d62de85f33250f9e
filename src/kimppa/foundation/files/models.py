"""Documents with a checksum. The bytes lie under HOME/files, named by their SHA-256."""

from __future__ import annotations

from django.db import models


class Retention(models.TextChoices):
    """How long a document is kept; the days stand in files.rules."""

    ACCOUNTING = "accounting"
    CONTENT = "content"
    IMPORT = "import"
    EXPORT = "export"
    USAGE = "usage"


class StoredFile(models.Model):
    """One document. Two rows may share the same bytes; those go when the last row goes."""

    name = models.CharField(max_length=200)
    media_type = models.CharField(max_length=100)
    size = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64, db_index=True)
    retention = models.CharField(max_length=12, choices=Retention.choices)
    created = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["retention", "created"])]

    def __str__(self) -> str:
        return self.name
