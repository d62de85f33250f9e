"""Availability against the agreement's service level, and the claim that is drafted where it was missed.

The promised per cent is the agreement's own term (service-level) that holds on the month's last day; what
follows from missing it is the agreement's own rule, written down by staff. Nothing of either is guessed:
without the term nothing can be missed, without the rule the draft says that it is not recorded.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.db import transaction

from kimppa.commons.health import availability
from kimppa.commons.health.availability import MonthRow
from kimppa.commons.health.models import Target
from kimppa.commons.members.permissions import require
from kimppa.commons.members.queries import in_force
from kimppa.commons.members.roles import Act
from kimppa.consortium.agreements import claim_words
from kimppa.consortium.agreements.claim_models import AvailabilityClaim, AvailabilityPromise
from kimppa.consortium.agreements.models import Agreement, Term
from kimppa.consortium.agreements.terms import TermKind
from kimppa.foundation.accounts import audit
from kimppa.foundation.accounts.actors import Actor
from kimppa.foundation.core.errors import Missing, Refused
from kimppa.foundation.core.text import clean_text, in_language, noop

HUNDREDTHS = Decimal(100)


class NoSuchPromise(Missing):
    code = "no-such-promise"
    sentence = noop("There is no such agreement or service.")


class NoServiceLevel(Refused):
    code = "no-service-level"
    sentence = noop("The agreement %(number)s holds no service level for that month. Nothing was drafted.")


class MonthNotCounted(Refused):
    code = "month-not-counted"
    sentence = noop("The month is not over, or not all of it is counted yet. Nothing was drafted.")


class NothingMissed(Refused):
    code = "nothing-missed"
    sentence = noop("The promise was kept that month, or nothing is known of it. Nothing was drafted.")


@dataclass(frozen=True, slots=True)
class PromiseRow:
    """A promise and how a month went against it. `promised` None: the agreement's terms hold none."""

    id: int
    agreement_id: int
    diary_number: str
    title_fi: str
    title_sv: str
    title_en: str
    month: MonthRow
    promised: Decimal | None
    credit_fi: str
    claim: int | None

    def title(self, language: str) -> str:
        return in_language(language, fi=self.title_fi, sv=self.title_sv, en=self.title_en)

    @property
    def missed(self) -> bool:
        figure = self.month.availability
        return self.promised is not None and figure is not None and figure < self.promised


@dataclass(frozen=True, slots=True)
class ClaimRow:
    id: int
    agreement_id: int
    diary_number: str
    target_fi: str
    month: date
    promised: Decimal
    availability: Decimal
    coverage: Decimal
    text_fi: str
    text_sv: str
    text_en: str
    drafted_at: datetime

    def text(self, language: str) -> str:
        return in_language(language, fi=self.text_fi, sv=self.text_sv, en=self.text_en)


@transaction.atomic
def record_promise(
    *, by: Actor, agreement_id: int, key: str, credit: tuple[str, str, str], now: datetime
) -> int:
    """Say which target an agreement's service level is measured by, and the agreement's rule of credits.

    Again for the same pair it changes the rule; drafts that were made stay as they are. Raises NoSuchPromise.
    """
    require(by, Act.EDIT_AGREEMENTS, now=now)
    agreement = Agreement.objects.filter(pk=agreement_id).first()
    target = Target.objects.filter(pk=key).first()
    if agreement is None or target is None:
        raise NoSuchPromise
    fi, sv, en = (clean_text(one)[:2000] for one in credit)
    before = AvailabilityPromise.objects.filter(agreement=agreement, target=target).first()
    was: dict[str, audit.Value] | None = {"credit_fi": before.credit_fi} if before else None
    row, _ = AvailabilityPromise.objects.update_or_create(
        agreement=agreement,
        target=target,
        defaults={"credit_fi": fi, "credit_sv": sv, "credit_en": en},
        create_defaults={"credit_fi": fi, "credit_sv": sv, "credit_en": en, "recorded_at": now},
    )
    after: dict[str, audit.Value] = {"target": key, "credit_fi": fi}
    audit.record(by=by, act="agreements.record_promise", obj=row, before=was, after=after, now=now)
    return row.pk


@transaction.atomic
def draft_claim(*, by: Actor, promise_id: int, month: date, now: datetime) -> int:
    """Draft the claim of a month whose promise was missed; the same month again gives the same draft.

    Raises NoSuchPromise, NoServiceLevel, MonthNotCounted, NothingMissed.
    """
    require(by, Act.EDIT_AGREEMENTS, now=now)
    promise = (
        AvailabilityPromise.objects.select_for_update(of=("self",))
        .select_related("agreement", "target")
        .filter(pk=promise_id)
        .first()
    )
    if promise is None:
        raise NoSuchPromise
    first = month.replace(day=1)
    made = AvailabilityClaim.objects.filter(promise=promise, month=first).first()
    if made is not None:
        return made.pk
    if not availability.counted_whole(first):
        raise MonthNotCounted
    promised = _promised([promise.agreement_id], first).get(promise.agreement_id)
    if promised is None:
        raise NoServiceLevel(number=promise.agreement.diary_number)
    found = next(iter(availability.of_month(first, keys=(promise.target_id,))), None)
    figure, coverage = (found.availability, found.coverage) if found else (None, None)
    if found is None or figure is None or coverage is None or figure >= promised:
        raise NothingMissed
    fi, sv, en = claim_words.letter(promise, found, first, promised)
    row = AvailabilityClaim.objects.create(
        promise=promise,
        month=first,
        promised=promised,
        availability=figure,
        coverage=coverage,
        up=found.tally.up,
        down=found.tally.down,
        planned=found.tally.planned,
        unknown=found.unknown,
        text_fi=fi,
        text_sv=sv,
        text_en=en,
        drafted_at=now,
    )
    after: dict[str, audit.Value] = {"month": first, "promised": promised, "availability": figure}
    audit.record(by=by, act="agreements.draft_claim", obj=row, before=None, after=after, now=now)
    return row.pk


def promises(month: date) -> tuple[PromiseRow, ...]:
    """Every promise and how the month went against it."""
    first = month.replace(day=1)
    rows = list(
        AvailabilityPromise.objects.select_related("agreement").order_by(
            "agreement__diary_number", "target_id"
        )
    )
    months = {one.key: one for one in availability.of_month(first)}
    levels = _promised([row.agreement_id for row in rows], first)
    drafted = dict(AvailabilityClaim.objects.filter(month=first).values_list("promise_id", "pk"))
    return tuple(
        PromiseRow(
            id=row.pk,
            agreement_id=row.agreement_id,
            diary_number=row.agreement.diary_number,
            title_fi=row.agreement.title_fi,
            title_sv=row.agreement.title_sv,
            title_en=row.agreement.title_en,
            month=months[row.target_id],
            promised=levels.get(row.agreement_id),
            credit_fi=row.credit_fi,
            claim=drafted.get(row.pk),
        )
        for row in rows
        if row.target_id in months
    )


def _promised(agreements: list[int], first: date) -> dict[int, Decimal]:
    """Per cent by agreement on the month's last day; the term keeps hundredths."""
    last = availability.next_month(first) - timedelta(days=1)
    rows = Term.objects.filter(
        in_force(last), agreement__in=agreements, kind=TermKind.SERVICE_LEVEL.value, number__isnull=False
    )
    return {
        agreement: Decimal(number or 0) / HUNDREDTHS
        for agreement, number in rows.values_list("agreement_id", "number")
    }


def claims() -> tuple[ClaimRow, ...]:
    """Every draft, the newest month first."""
    rows = AvailabilityClaim.objects.select_related("promise__agreement", "promise__target")
    return tuple(_claim(row) for row in rows.order_by("-month", "-pk")[:200])


def claim(claim_id: int) -> ClaimRow:
    """One draft. Raises NoSuchPromise."""
    row = (
        AvailabilityClaim.objects.select_related("promise__agreement", "promise__target")
        .filter(pk=claim_id)
        .first()
    )
    if row is None:
        raise NoSuchPromise
    return _claim(row)


def _claim(row: AvailabilityClaim) -> ClaimRow:
    return ClaimRow(
        id=row.pk,
        agreement_id=row.promise.agreement_id,
        diary_number=row.promise.agreement.diary_number,
        target_fi=row.promise.target.name_fi,
        month=row.month,
        promised=row.promised,
        availability=row.availability,
        coverage=row.coverage,
        text_fi=row.text_fi,
        text_sv=row.text_sv,
        text_en=row.text_en,
        drafted_at=row.drafted_at,
    )
