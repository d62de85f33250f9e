"""Views of reports that somebody saved: a page with its filters, never its figures."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q


class SavedView(models.Model):
    """A report's page with what was asked of it. `shared`: everybody who sees use finds it."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=80)
    page = models.CharField(max_length=30, help_text="code of reporting.saved_views.Page")
    about = models.CharField(max_length=60, blank=True, help_text="the service's slug or municipality's code")
    query = models.CharField(max_length=500, blank=True, help_text="the filters, as in the address")
    shared = models.BooleanField(default=False)
    saved_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["owner", "name"], name="reporting_view_named_once"),
            models.CheckConstraint(condition=~Q(name=""), name="reporting_view_named"),
        ]

    def __str__(self) -> str:
        return self.name
