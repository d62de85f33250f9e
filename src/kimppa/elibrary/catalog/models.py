"""What there is to read: publications and who made them. Availability is never stored here."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from kimppa.foundation.files.models import StoredFile


class Publication(models.Model):
    """One edition. `identifier` is its URN; one seen before is updated, never doubled."""

    identifier = models.CharField(max_length=200, unique=True)
    title = models.CharField(max_length=500)
    subtitle = models.CharField(max_length=500, blank=True)
    description = models.TextField(blank=True)
    language = models.CharField(max_length=35, blank=True, help_text="BCP 47")
    kind = models.CharField(max_length=20, blank=True, help_text="ebook, audiobook …; empty: not known")
    year = models.PositiveSmallIntegerField(null=True, blank=True)
    is_example = models.BooleanField(default=False)
    is_guide = models.BooleanField(default=False, help_text="the residents' own guide; home leads to it")
    created = models.DateTimeField()
    modified = models.DateTimeField(db_index=True)

    class Meta:
        indexes = [models.Index(fields=["-created", "id"])]

    def __str__(self) -> str:
        return self.title


class Contributor(models.Model):
    """A person or body, named as the catalogue names it (family name first)."""

    name = models.CharField(max_length=300, unique=True)

    def __str__(self) -> str:
        return self.name


class Contribution(models.Model):
    publication = models.ForeignKey(Publication, on_delete=models.CASCADE, related_name="contributions")
    contributor = models.ForeignKey(Contributor, on_delete=models.PROTECT, related_name="contributions")
    role = models.CharField(max_length=10, default="aut", help_text="MARC relator code")
    position = models.PositiveSmallIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["publication", "position"], name="catalog_one_contribution"),
        ]


class Content(models.Model):
    """The publication's own file (an EPUB), kept unencrypted; read in the browser from the zip."""

    publication = models.OneToOneField(Publication, on_delete=models.CASCADE, related_name="content")
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+")
    media_type = models.CharField(max_length=60)
    added = models.DateTimeField()
    report = models.JSONField(default=list, help_text="what was found and left out, by code")


class IndexState(models.Model):
    """One row: which changes the search index has. The index itself is rebuilt, never backed up."""

    changed = models.BigIntegerField(default=0, help_text="counts changes of the catalogue")
    indexed = models.BigIntegerField(default=0, help_text="the change the index has reached")
    epoch = models.CharField(max_length=40, blank=True, help_text="which index folder that was")

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(pk=1), name="catalog_one_index_state")]


class IndexQueue(models.Model):
    """Publications whose entry in the index is older than their row; removed when written."""

    publication_id = models.BigIntegerField(unique=True)
    change = models.BigIntegerField()


class AnalysedWord(models.Model):
    """A word's search terms as the analyser gave them: word → terms, for one analyser version."""

    analyser = models.CharField(max_length=60)
    word = models.CharField(max_length=120)
    terms = models.TextField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["analyser", "word"], name="catalog_one_analysis")]
