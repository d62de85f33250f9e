"""What can be saved of a report, and reading what was."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import parse_qsl, urlencode

from django.db.models import Q

from kimppa.foundation.accounts.models import User
from kimppa.foundation.core.errors import Invalid, Missing
from kimppa.foundation.core.text import noop
from kimppa.insight.reporting.models import SavedView

MOST = 200


class Page(StrEnum):
    """The reports; the code is the end of the page's name among addresses."""

    YEAR = "reports"
    SERVICE = "reports-service"
    PLACE = "reports-place"
    EQUALITY = "reports-equality"
    TRENDS = "reports-trends"


class NoSuchView(Missing):
    code = "no-such-view"
    sentence = noop("There is no such saved view, or it is not yours. Nothing was changed.")


class ViewIncomplete(Invalid):
    code = "view-incomplete"
    sentence = noop("A saved view needs a name of at most 80 letters and a report. Nothing was saved.")


class TooManyViews(Invalid):
    code = "too-many-views"
    sentence = noop("You have saved %(count)s views already. Remove some first. Nothing was saved.")


@dataclass(frozen=True, slots=True)
class ViewRow:
    id: int
    name: str
    page: Page
    about: str
    query: str
    shared: bool
    mine: bool
    owner: str


def views_of(user: User) -> tuple[ViewRow, ...]:
    """One's own views and those that others share, by name."""
    rows = SavedView.objects.filter(Q(owner=user) | Q(shared=True)).select_related("owner")
    return tuple(
        ViewRow(
            row.pk,
            row.name,
            Page(row.page),
            row.about,
            row.query,
            row.shared,
            row.owner_id == user.pk,
            row.owner.name,
        )
        for row in rows.order_by("name", "pk")
    )


def tidy_query(query: str) -> str:
    """The filters without exports, pages of tables and empty ones."""
    kept = [
        (name, value)
        for name, value in parse_qsl(query.lstrip("?"))
        if value and not name.endswith("export") and not name.endswith("page")
    ]
    return urlencode(kept)
