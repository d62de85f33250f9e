"""What residents tell us, and our answers."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q


class Feedback(models.Model):
    """One message. The address, where one was given, is removed when the answer has been put out."""

    received = models.DateTimeField(db_index=True)
    due = models.DateField(help_text="the last day for answering")
    subject = models.CharField(max_length=20)
    text = models.TextField()
    page = models.CharField(max_length=300, blank=True, help_text="where the resident was")
    language = models.CharField(max_length=2)
    email = models.EmailField(blank=True)
    wants_answer = models.BooleanField(default=False)
    answered = models.DateTimeField(null=True)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    answered_name = models.CharField(max_length=200, blank=True)
    answer = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(answered__isnull=True) | Q(answered__gte=F("received")),
                name="communications_answer_after",
            ),
            models.CheckConstraint(
                condition=Q(answered__isnull=True) | ~Q(answer=""), name="communications_answer_has_text"
            ),
        ]
        indexes = [
            models.Index(fields=["due"], condition=Q(answered__isnull=True), name="communications_open_due")
        ]

    def __str__(self) -> str:
        return f"feedback {self.pk}"


class InfoPage(models.Model):
    """A page of information in one language; the same slug in others is the same page. Plain text.

    Sámi texts are written by people who know the language: there is none before somebody has saved it.
    """

    slug = models.SlugField(max_length=60)
    language = models.CharField(max_length=3, help_text="code of communications.pages.Language")
    title = models.CharField(max_length=200)
    text = models.TextField(help_text="paragraphs apart by an empty line; “# ” begins a heading, “- ” a list")
    published = models.BooleanField(default=False)
    changed = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["slug", "language"], name="communications_one_page"),
        ]

    def __str__(self) -> str:
        return f"{self.slug} {self.language}"
