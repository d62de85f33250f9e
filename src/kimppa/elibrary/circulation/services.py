"""Borrowing, returning, where one was in a book, and the resident's own erasure.

Patron verbs have no `by`: the patron is the one who acts. Our own licences need no distributor; a loan
is one short transaction.
"""

from __future__ import annotations

import hashlib
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Count, Q, QuerySet

from kimppa.commons.usage import services as usage
from kimppa.elibrary.access import granting
from kimppa.elibrary.catalog.models import Publication
from kimppa.elibrary.circulation import rules
from kimppa.elibrary.circulation.models import Loan, ReadingPosition
from kimppa.elibrary.holdings.models import License
from kimppa.elibrary.patrons.models import Patron, PatronSession
from kimppa.elibrary.patrons.rules import NotSignedIn
from kimppa.foundation.core.errors import Refused
from kimppa.foundation.core.text import noop


class PositionIsNewer(Refused):
    code = "position-is-newer"
    sentence = noop("You have read further on another device. Your place there was kept.")


class BadPosition(Refused):
    code = "bad-position"
    status = 422
    sentence = noop("That is not a place in this book. Your earlier place was kept.")


@transaction.atomic
def borrow(*, patron_id: int, publication_id: int, now: datetime) -> UUID:
    """Lend a publication to a patron; returns the loan's id.

    The patron's row is locked first, then the licences, so that neither the limit nor the last copy can
    be passed by two at once. Raises AlreadyBorrowed, LoanLimitReached, NoCopyHere, NoCopyFree.
    """
    patron = _locked(patron_id)
    publication = Publication.objects.filter(pk=publication_id).first()
    if publication is None:
        raise rules.NoCopyHere()
    mine = _running(now).filter(patron=patron)
    has_this = mine.filter(publication=publication).exists()
    rules.check_patron(open_loans=mine.count(), has_this=has_this)
    chosen = rules.choose(_copies(publication, now))
    # A loan past its due moment has ended for everybody; close it, so that the constraint agrees.
    Loan.objects.filter(patron=patron, publication=publication, ended__isnull=True).update(ended=now)
    try:
        loan = Loan.objects.create(
            patron=patron,
            publication=publication,
            license_id=chosen.license_id,
            started=now,
            due=rules.due(now, chosen),
        )
    except IntegrityError as error:
        raise rules.AlreadyBorrowed() from error
    usage.count_loan(unit_code=patron.home, kind=publication.kind, title_key=title_key(publication), now=now)
    return loan.pk


@transaction.atomic
def give_back(*, patron_id: int, publication_id: int, now: datetime) -> None:
    """Return a loan. Pressing twice is no harm: the second finds no loan and says so (NoSuchLoan)."""
    patron = _locked(patron_id)
    loan = _running(now).filter(patron=patron, publication_id=publication_id).first()
    if loan is None:
        raise rules.NoSuchLoan()
    loan.ended = now
    if not patron.keep_history:
        loan.patron = None
        ReadingPosition.objects.filter(patron=patron, publication_id=publication_id).delete()
    loan.save(update_fields=["ended", "patron"])


@transaction.atomic
def save_position(
    *,
    patron_id: int,
    publication_id: int,
    href: str,
    progression: float,
    whole: float,
    text: str,
    now: datetime,
    read: datetime,
) -> None:
    """Keep where a patron is. `read` is when the device was there; an older word is refused.

    `progression` and `whole` are 0–1: within the resource and within the book.
    Raises NoSuchLoan, PositionIsNewer, BadPosition.
    """
    if not (0 <= progression <= 1 and 0 <= whole <= 1) or not href or len(href) > 500:
        raise BadPosition()
    patron = _locked(patron_id)
    if not _running(now).filter(patron=patron, publication_id=publication_id).exists():
        raise rules.NoSuchLoan()
    kept = ReadingPosition.objects.filter(patron=patron, publication_id=publication_id).first()
    moment = min(read, now)
    if kept is not None and kept.updated > moment:
        raise PositionIsNewer()
    locator = {
        "href": href,
        "locations": {"progression": progression, "totalProgression": whole},
        "text": {"highlight": text[:200]},
    }
    ReadingPosition.objects.update_or_create(
        patron=patron, publication_id=publication_id, defaults={"locator": locator, "updated": moment}
    )


@transaction.atomic
def erase(*, patron_id: int, now: datetime, real_now: datetime) -> None:
    """Forget a patron: loans end and lose their patron, places, sessions, what was agreed with e-services and
    what the library told go at once, the row in a month.

    Signing in again with the card within that month begins afresh under the same pseudonym.
    """
    patron = _locked(patron_id)
    Loan.objects.filter(patron=patron, ended__isnull=True).update(ended=now)
    Loan.objects.filter(patron=patron).update(patron=None)
    ReadingPosition.objects.filter(patron=patron).delete()
    PatronSession.objects.filter(patron=patron).delete()
    granting.forget_patron(patron_id=patron_id)
    patron.deleted, patron.home, patron.keep_history = real_now, "", False
    patron.age_group, patron.language, patron.blocked = "", "", False
    patron.card_expires = patron.last_good = patron.guardian_consent = None
    patron.save()


@transaction.atomic
def purge_loans(*, now: datetime) -> int:
    """End loans past their due moment and take the patron off ended ones that no history is kept of.

    Returns how many rows were changed. Reading places go with their loan.
    """
    ended = Loan.objects.filter(ended__isnull=True, due__lte=now).update(ended=now)
    done = Loan.objects.filter(ended__isnull=False, patron__isnull=False, patron__keep_history=False)
    for patron_id, publication_id in list(done.values_list("patron_id", "publication_id")):
        open_again = Loan.objects.filter(
            patron_id=patron_id, publication_id=publication_id, ended__isnull=True
        )
        if not open_again.exists():
            ReadingPosition.objects.filter(patron_id=patron_id, publication_id=publication_id).delete()
    return ended + done.update(patron=None)


def title_key(publication: Publication) -> str:
    """An opaque key for counting a title's use apart from who used it."""
    return hashlib.sha256(publication.identifier.encode()).hexdigest()


def _locked(patron_id: int) -> Patron:
    found = Patron.objects.select_for_update().filter(pk=patron_id, deleted__isnull=True).first()
    if found is None:
        raise NotSignedIn()
    return found


def _running(now: datetime) -> QuerySet[Loan]:
    return Loan.objects.filter(ended__isnull=True, due__gt=now)


def _copies(publication: Publication, now: datetime) -> list[rules.Copies]:
    held = License.objects.select_for_update().filter(
        Q(valid_until__isnull=True) | Q(valid_until__gt=now), publication=publication, valid_from__lte=now
    )
    licenses = list(held.order_by("pk"))
    taken = _running(now).filter(license__in=licenses).values("license_id").annotate(n=Count("pk"))
    on_loan = {row["license_id"]: row["n"] for row in taken}
    return [
        rules.Copies(x.pk, x.concurrency, on_loan.get(x.pk, 0), x.loan_days, x.valid_until) for x in licenses
    ]
