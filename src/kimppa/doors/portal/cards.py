"""A publication as the portal's pages show it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext, ngettext

from kimppa.doors.portal import names
from kimppa.elibrary.catalog.queries import PublicationRow
from kimppa.elibrary.circulation.queries import Availability, LoanRow


@dataclass(frozen=True, slots=True)
class TitleCard:
    """What a rail or a result shows."""

    id: int
    title: str
    subtitle: str
    author: str
    url: str
    kind: str
    language: str
    language_code: str
    year: str
    is_example: bool
    state: str
    can_borrow: bool


def card(row: PublicationRow, state: str = "", *, can_borrow: bool = False) -> TitleCard:
    return TitleCard(
        id=row.id,
        title=row.title,
        subtitle=row.subtitle,
        author=authors(row.contributors),
        url=reverse("portal:title", args=[row.id]),
        kind=names.kind(row.kind),
        language=names.language(row.language),
        language_code=row.language,
        year=str(row.year or ""),
        is_example=row.is_example,
        state=state,
        can_borrow=can_borrow,
    )


def cards(rows: Iterable[PublicationRow]) -> list[TitleCard]:
    return [card(row) for row in rows]


def authors(contributors: tuple[str, ...]) -> str:
    """At most three names, as people say them."""
    said = [names.person(name) for name in contributors[:3]]
    more = len(contributors) - len(said)
    return ", ".join(said) + (gettext(" and others") if more > 0 else "")


def state_words(availability: Availability) -> str:
    """In few words whether it can be had now."""
    if not availability.has_license:
        return gettext("No copy here")
    if availability.free is None:
        return gettext("Always available")
    if availability.free == 0:
        return gettext("All copies on loan")
    return ngettext("%(n)s copy free", "%(n)s copies free", availability.free) % {"n": availability.free}


@dataclass(frozen=True, slots=True)
class LoanCard:
    """A loan on the shelf. `percent` is how far one has read, 0 where the book was not opened."""

    publication: TitleCard
    left: str
    due: datetime
    soon: bool
    can_read: bool
    percent: int
    read_url: str
    return_url: str


def loan_card(loan: LoanRow) -> LoanCard:
    row = loan.publication
    return LoanCard(
        publication=card(row),
        left=days_in_words(loan.days_left),
        due=loan.due,
        soon=loan.days_left <= 2,
        can_read=loan.can_read,
        percent=round((loan.progress or 0) * 100),
        read_url=reverse("portal:read", args=[row.id]),
        return_url=reverse("portal:return", args=[row.id]),
    )


def days_in_words(days: int) -> str:
    """`12 days left`; on the last day it says so."""
    if days <= 0:
        return gettext("The last day")
    return ngettext("%(n)s day left", "%(n)s days left", days) % {"n": days}
