"""Verbs of saved views: one's own, or shared with all who see use."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from kimppa.commons.members.permissions import require
from kimppa.commons.members.roles import Act
from kimppa.foundation.accounts import audit
from kimppa.foundation.accounts.models import User
from kimppa.foundation.core.text import clean_line
from kimppa.insight.reporting.models import SavedView
from kimppa.insight.reporting.saved_views import (
    MOST,
    NoSuchView,
    Page,
    TooManyViews,
    ViewIncomplete,
    tidy_query,
)


@transaction.atomic
def save_view(*, by: User, name: str, page: str, about: str, query: str, shared: bool, now: datetime) -> int:
    """Save a report's page with its filters; one's own view of the same name is replaced. Returns its id.

    Raises ViewIncomplete, TooManyViews.
    """
    require(by, Act.SEE_USAGE, now=now)
    called, tidy = clean_line(name), tidy_query(query)
    known = page in {one.value for one in Page}
    if not called or len(called) > 80 or not known or len(about) > 60 or len(tidy) > 500:
        raise ViewIncomplete
    mine = SavedView.objects.filter(owner=by)
    if mine.count() >= MOST and not mine.filter(name=called).exists():
        raise TooManyViews(count=MOST)
    told: dict[str, str | bool] = {"page": page, "about": about, "query": tidy, "shared": shared}
    row, _ = SavedView.objects.update_or_create(owner=by, name=called, defaults={**told, "saved_at": now})
    audit.record(by=by, act="reporting.save_view", obj=row, before=None, after=told, now=now)
    return row.pk


@transaction.atomic
def drop_view(*, by: User, view_id: int, now: datetime) -> None:
    """Remove one's own saved view. Raises NoSuchView."""
    require(by, Act.SEE_USAGE, now=now)
    row = SavedView.objects.filter(pk=view_id, owner=by).first()
    if row is None:
        raise NoSuchView
    audit.record(by=by, act="reporting.drop_view", obj=row, before={"page": row.page}, after=None, now=now)
    row.delete()
