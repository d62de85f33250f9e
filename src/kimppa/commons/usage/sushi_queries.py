"""What pages tell of fetching: accounts, their months, each attempt. No credential but the customer id."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from django.db.models import Count, Max, Q

from kimppa.commons.usage import sushi_words
from kimppa.commons.usage.landing import Told, told_of
from kimppa.commons.usage.sushi import NoSuchAccount, NoSuchIntention, opened
from kimppa.commons.usage.sushi_models import Attempt, Intention, SushiAccount
from kimppa.foundation.core.errors import KimppaError, Missing
from kimppa.foundation.core.text import noop
from kimppa.foundation.files.models import StoredFile
from kimppa.foundation.protocols.sushi import Outcome

FIELDS = (
    *("pk", "platform", "base", "host", "release", "private", "platform_code", "unit_kind", "unit_code"),
    *("valid_from", "valid_to", "owner_email", "owner_language", "broken_since", "broken_code", "stopped"),
)


class NoSuchAnswer(Missing):
    code = "sushi-no-such-answer"
    sentence = noop("No answer was kept.")


@dataclass(frozen=True, slots=True)
class AccountRow:
    """An account. `settled` of `meant` months × reports need nothing more; `bad`: a person must look."""

    id: int
    platform: str
    base: str
    host: str
    release: str
    private: bool
    platform_code: str
    unit_kind: str
    unit_code: str
    valid_from: date | None
    valid_to: date | None
    owner_email: str
    owner_language: str
    broken_since: datetime | None
    broken_code: int | None
    stopped: datetime | None
    reports: tuple[str, ...] = ()
    meant: int = 0
    settled: int = 0
    bad: int = 0
    last: datetime | None = None

    @property
    def state(self) -> str:
        """broken, stopped, bad, open or good."""
        if self.broken_since:
            return "broken"
        if self.stopped:
            return "stopped"
        if self.bad:
            return "bad"
        return "open" if self.settled < self.meant else "good"


@dataclass(frozen=True, slots=True)
class MonthRow:
    """A report of a month. `next`: when it is asked (again) by itself."""

    id: int
    account: int
    report: str
    month: date
    state: str
    next: datetime | None
    batch: int | None


@dataclass(frozen=True, slots=True)
class AttemptRow:
    """One time that it was asked; `means` and `following` are English sources. `outcome` "": goes on."""

    id: int
    started: datetime
    status: int | None
    took_ms: int | None
    outcome: str
    code: int
    file: int | None
    batch: int | None
    means: str
    following: str
    problems: tuple[Told, ...] = field(default=())


# What a person has to look at, and what needs nothing more.
BAD = (Outcome.REFUSED, Outcome.BROKEN, Outcome.UNREADABLE, Outcome.DOUBTFUL)
SETTLED = (Outcome.STORED, Outcome.ZERO, Outcome.GONE)


def accounts(*, platforms: Iterable[str] | None = None) -> tuple[AccountRow, ...]:
    """All accounts, or those of some services, by service; how far their months are."""
    rows = SushiAccount.objects.order_by("platform", "pk")
    if platforms is not None:
        rows = rows.filter(platform__in=list(platforms))
    counted = rows.annotate(
        meant=Count("intentions"),
        settled=Count("intentions", filter=Q(intentions__state__in=SETTLED)),
        bad=Count("intentions", filter=Q(intentions__state__in=BAD)),
        last=Max("intentions__changed", filter=Q(intentions__state__in=SETTLED)),
    ).values_list(*FIELDS, "reports", "meant", "settled", "bad", "last")
    # JSON gives a list.
    return tuple(replace(AccountRow(*row), reports=tuple(row[len(FIELDS)])) for row in counted)


def account(account_id: int) -> AccountRow:
    """One account. Raises NoSuchAccount."""
    found = next((row for row in accounts() if row.id == account_id), None)
    if found is None:
        raise NoSuchAccount
    return found


def customer_id(account_id: int) -> str:
    """By which id the vendor knows us; empty where the keys do not open it."""
    found = SushiAccount.objects.filter(pk=account_id).first()
    try:
        return opened(found).customer_id if found else ""
    except KimppaError:
        return ""


def months(account_id: int) -> tuple[MonthRow, ...]:
    """What is meant to be had of an account, the newest month first."""
    rows = Intention.objects.filter(account_id=account_id).order_by("-month", "report")
    fields = ("pk", "account_id", "report", "month", "state", "not_before", "batch_id")
    return tuple(MonthRow(*row) for row in rows.values_list(*fields))


def month(intention_id: int) -> MonthRow:
    """One of them. Raises NoSuchIntention."""
    fields = ("pk", "account_id", "report", "month", "state", "not_before", "batch_id")
    found = Intention.objects.filter(pk=intention_id).values_list(*fields).first()
    if found is None:
        raise NoSuchIntention
    return MonthRow(*found)


def attempts(intention_id: int, *, limit: int = 50) -> tuple[AttemptRow, ...]:
    """The latest first."""
    rows = Attempt.objects.filter(intention_id=intention_id).order_by("-started", "-pk")[:limit]
    return tuple(_attempt(row) for row in rows)


def _attempt(row: Attempt) -> AttemptRow:
    means = following = ""
    if row.outcome:
        means, following = sushi_words.explained(
            Outcome(row.outcome), code=row.code, error=row.error, status=row.status
        )
    return AttemptRow(
        row.pk,
        row.started,
        row.status,
        row.took_ms,
        row.outcome,
        row.code,
        row.file_id,
        row.batch_id,
        means,
        following,
        tuple(told_of(one) for one in row.problems),
    )


def answer(attempt_id: int) -> StoredFile:
    """The raw answer of an attempt, for handing it out. Raises NoSuchAnswer."""
    found = Attempt.objects.select_related("file").filter(pk=attempt_id).first()
    if found is None or found.file is None:
        raise NoSuchAnswer
    return found.file
