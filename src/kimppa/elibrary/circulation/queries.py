"""The resident's shelf, availability of a few publications, and what is needed to open a book."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

from django.db.models import Count, Q, QuerySet

from kimppa.elibrary.access.queries import consents_of
from kimppa.elibrary.catalog.models import Content
from kimppa.elibrary.catalog.queries import PublicationRow, publications
from kimppa.elibrary.circulation.models import Loan, ReadingPosition
from kimppa.elibrary.circulation.rules import NoSuchLoan, days_left
from kimppa.elibrary.holdings.models import License
from kimppa.elibrary.patrons.models import Patron
from kimppa.foundation.core import clock
from kimppa.foundation.files import queries as files


@dataclass(frozen=True, slots=True)
class LoanRow:
    """A loan on the shelf. `progress` is 0–1 within the book, None where it was not opened yet."""

    id: UUID
    publication: PublicationRow
    started: datetime
    due: datetime
    ended: datetime | None
    days_left: int
    progress: float | None
    can_read: bool


@dataclass(frozen=True, slots=True)
class Availability:
    """`copies` None: any number at once. `has_license` False: there is nothing here to lend."""

    has_license: bool
    copies: int | None
    free: int | None
    can_read: bool

    @property
    def can_borrow(self) -> bool:
        return self.has_license and (self.free is None or self.free > 0)


@dataclass(frozen=True, slots=True)
class Reading:
    """A book that a patron may open now: its file and where the patron was (None: at the beginning)."""

    publication: PublicationRow
    path: Path
    media_type: str
    locator: dict[str, object] | None
    updated: datetime | None
    due: datetime


def shelf(*, patron_id: int, now: datetime) -> tuple[LoanRow, ...]:
    """The patron's running loans, the one due first in front."""
    return _loan_rows(_running(now).filter(patron_id=patron_id).order_by("due"), patron_id, now)


def history(*, patron_id: int, now: datetime) -> tuple[LoanRow, ...]:
    """Ended loans, latest first: only of a patron who asked for a history to be kept."""
    over = Loan.objects.filter(patron_id=patron_id).exclude(ended__isnull=True, due__gt=now)
    return _loan_rows(over.order_by("-started")[:200], patron_id, now)


def loan_of(*, patron_id: int, publication_id: int, now: datetime) -> LoanRow | None:
    """The patron's running loan of a publication."""
    rows = _loan_rows(
        _running(now).filter(patron_id=patron_id, publication_id=publication_id), patron_id, now
    )
    return rows[0] if rows else None


def availability(ids: Sequence[int], *, now: datetime) -> dict[int, Availability]:
    """Availability of the publications shown on a page (three queries, however many they are)."""
    licenses = License.objects.filter(
        Q(valid_until__isnull=True) | Q(valid_until__gt=now), publication__in=ids, valid_from__lte=now
    )
    taken_rows = _running(now).filter(publication__in=ids).values("license_id").annotate(n=Count("pk"))
    taken = {row["license_id"]: row["n"] for row in taken_rows}
    readable = set(Content.objects.filter(publication__in=ids).values_list("publication_id", flat=True))
    found: dict[int, Availability] = {
        publication_id: Availability(False, 0, 0, publication_id in readable) for publication_id in ids
    }
    for row in licenses:
        so_far = found[row.publication_id]
        if row.concurrency is None or (so_far.has_license and so_far.copies is None):
            found[row.publication_id] = Availability(True, None, None, so_far.can_read)
            continue
        copies = (so_far.copies or 0) + row.concurrency
        free = (so_far.free or 0) + max(0, row.concurrency - taken.get(row.pk, 0))
        found[row.publication_id] = Availability(True, copies, free, so_far.can_read)
    return found


def reading(*, patron_id: int, publication_id: int, now: datetime) -> Reading:
    """What the reader needs. Raises NoSuchLoan unless the patron has it on loan now."""
    loan = _running(now).filter(patron_id=patron_id, publication_id=publication_id).first()
    content = Content.objects.filter(publication_id=publication_id).select_related("file").first()
    if loan is None or content is None:
        raise NoSuchLoan()
    kept = ReadingPosition.objects.filter(patron_id=patron_id, publication_id=publication_id).first()
    return Reading(
        publication=publications([publication_id])[0],
        path=files.place(content.file.sha256),
        media_type=content.media_type,
        locator=kept.locator if kept else None,
        updated=kept.updated if kept else None,
        due=loan.due,
    )


def own_data(*, patron_id: int) -> dict[str, object]:
    """Everything kept about a patron, for the patron: plain values, dates as ISO 8601 text."""
    patron = Patron.objects.select_related("system").get(pk=patron_id)
    loans = Loan.objects.filter(patron=patron).select_related("publication").order_by("started")
    places = ReadingPosition.objects.filter(patron=patron).select_related("publication")
    return {
        "pseudonym": patron.pseudonym,
        "library_system": patron.system.slug,
        "home_municipality": patron.home or None,
        "age_group": patron.age_group or None,
        "language": patron.language or None,
        "blocked": patron.blocked,
        "card_expires": patron.card_expires.isoformat() if patron.card_expires else None,
        "told_by_library": patron.last_good.isoformat() if patron.last_good else None,
        "guardian_agreed": patron.guardian_consent.isoformat() if patron.guardian_consent else None,
        "agreed": [
            {
                "service": one.platform,
                "told": [str(what) for what in one.told],
                "given": one.given.isoformat(),
            }
            for one in consents_of(patron_id)
        ],
        "keep_history": patron.keep_history,
        "created": patron.created.isoformat(),
        "last_seen": patron.last_seen.isoformat(),
        "sessions": [
            {
                "device": s.device or None,
                "created": s.created.isoformat(),
                "last_used": s.last_used.isoformat() if s.last_used else None,
                "expires": s.expires.isoformat(),
            }
            for s in patron.sessions.order_by("created")
        ],
        "loans": [
            {
                "title": x.publication.title,
                "identifier": x.publication.identifier,
                "started": x.started.isoformat(),
                "due": x.due.isoformat(),
                "returned": x.ended.isoformat() if x.ended else None,
            }
            for x in loans
        ],
        "reading_positions": [
            {"identifier": p.publication.identifier, "locator": p.locator, "updated": p.updated.isoformat()}
            for p in places
        ],
    }


def _running(now: datetime) -> QuerySet[Loan]:
    return Loan.objects.filter(ended__isnull=True, due__gt=now)


def _loan_rows(loans: QuerySet[Loan], patron_id: int, now: datetime) -> tuple[LoanRow, ...]:
    rows = list(loans)
    ids = [loan.publication_id for loan in rows]
    shown = {p.id: p for p in publications(ids)}
    places = dict(
        ReadingPosition.objects.filter(patron_id=patron_id, publication__in=ids).values_list(
            "publication_id", "locator"
        )
    )
    readable = set(Content.objects.filter(publication__in=ids).values_list("publication_id", flat=True))
    return tuple(
        LoanRow(
            id=loan.pk,
            publication=shown[loan.publication_id],
            started=loan.started,
            due=loan.due,
            ended=loan.ended,
            days_left=days_left(clock.day_of(loan.due), clock.day_of(now)),
            progress=_progress(places.get(loan.publication_id)),
            can_read=loan.publication_id in readable,
        )
        for loan in rows
    )


def _progress(locator: dict[str, dict[str, float]] | None) -> float | None:
    return locator["locations"]["totalProgression"] if locator else None
