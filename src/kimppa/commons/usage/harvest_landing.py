"""What a kept answer of a vendor means for the month that was asked: stored, or why not."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime

from django.db import transaction

from kimppa.commons.platforms.queries import every_platform
from kimppa.commons.usage import counter_doubts, counter_files, sushi
from kimppa.commons.usage import landing as deliveries
from kimppa.commons.usage.counter_files import Landed
from kimppa.commons.usage.landing import Delivery, Told, told_of
from kimppa.commons.usage.models import Batch, Figure
from kimppa.commons.usage.rules import Source, UnitKind
from kimppa.commons.usage.sushi_models import Attempt, Intention
from kimppa.foundation.core.errors import KimppaError
from kimppa.foundation.core.text import noop
from kimppa.foundation.files import queries as stored
from kimppa.foundation.protocols import sushi as protocol
from kimppa.foundation.protocols.sushi import Outcome, Verdict

EXCEPTION = "exception-"
BROUGHT_BY = "SUSHI"
OTHER_REPORT = noop("%(asked)s was asked for, and %(came)s came.")
OTHER_MONTHS = noop("The report does not tell of the month that was asked for (%(month)s).")


@dataclass(frozen=True, slots=True)
class Result:
    """What came of an answer. `error`: a code of ours where there was none."""

    verdict: Verdict
    batch: int | None = None
    problems: tuple[Told, ...] = ()
    error: str = ""


@dataclass
class _Back(Exception):
    """Rolls back what was stored of an answer that is not to be kept as figures."""

    result: Result = field(default_factory=lambda: Result(Verdict(Outcome.UNREADABLE)))


def land(attempt: Attempt, *, confirmed: bool, now: datetime) -> Result:
    """Store the answer's figures if they are to be stored, in the caller's transaction.

    confirmed: a person has said that it is the right report.
    """
    status = attempt.status or 0
    if attempt.file is None:
        return Result(protocol.judge(status, (), usable=False, usage=False))
    try:
        with transaction.atomic():
            return _landed(attempt, status, confirmed, now)
    except _Back as back:
        return back.result
    except KimppaError as error:
        # Nothing of it was stored: a report that no delivery can be made of.
        told = Told("fatal", error.code, "", error.sentence, error.params)
        return Result(Verdict(Outcome.UNREADABLE), problems=(told,), error=error.code)


def _landed(attempt: Attempt, status: int, confirmed: bool, now: datetime) -> Result:
    intention, file = attempt.intention, attempt.file
    assert file is not None  # noqa: S101 (the caller looked)
    account = intention.account
    landed = counter_files.land(
        stored.path_of(file),
        platform=account.platform,
        unit_kind=UnitKind(account.unit_kind),
        unit_code=account.unit_code,
        source=Source.SUSHI,
        brought_by=BROUGHT_BY,
        now=now,
        file=file,
        customer=sushi.opened(account).customer_id,
        confirmed=confirmed,
    )
    problems = _problems(landed)
    if landed.questions:
        told = protocol.judge(status, codes(problems), usable=True, usage=False)
        if told.outcome is not Outcome.ZERO and _only_empty(landed):
            # An empty answer that does not say “zero” must not take the place of what stands.
            return Result(told, problems=problems)
        return Result(Verdict(Outcome.DOUBTFUL), problems=(*landed.questions, *problems))
    usage = landed.batch is not None and Figure.objects.filter(batch_id=landed.batch, value__gt=0).exists()
    verdict = protocol.judge(status, codes(problems), usable=landed.batch is not None, usage=usage)
    if landed.batch is None:
        if verdict.outcome is Outcome.ZERO:
            return _zero(attempt, verdict, problems, confirmed, now)
        return Result(verdict, problems=problems)
    wrong = _not_what_was_asked(landed, intention)
    if wrong is not None:
        raise _Back(Result(Verdict(Outcome.UNREADABLE), problems=(wrong, *problems), error=wrong.code))
    if not verdict.stores or (not usage and verdict.outcome is not Outcome.ZERO):
        # An empty answer that does not say “zero” must not take the place of what stands.
        raise _Back(Result(verdict, problems=problems))
    if _incomplete(landed) and verdict.outcome is Outcome.STORED:
        verdict = replace(verdict, outcome=Outcome.NOT_READY)
    return Result(verdict, landed.batch, problems)


def _only_empty(landed: Landed) -> bool:
    return all(one.code == counter_doubts.SUDDEN_ZERO for one in landed.questions)


def _problems(landed: Landed) -> tuple[Told, ...]:
    """What there is to say; the same bytes that came before say the same."""
    if not landed.again:
        return landed.problems
    kept = Batch.objects.filter(pk=landed.batch or 0).values_list("problems", flat=True).first()
    return tuple(told_of(one) for one in kept or ())


def _incomplete(landed: Landed) -> bool:
    if landed.again:
        return Batch.objects.filter(pk=landed.batch or 0, incomplete=True).exists()
    return landed.incomplete


def codes(problems: tuple[Told, ...]) -> tuple[int, ...]:
    """The exceptions among problems."""
    found = (one.code.removeprefix(EXCEPTION) for one in problems if one.code.startswith(EXCEPTION))
    return tuple(int(code) for code in found if code.isascii() and code.isdecimal())


def _not_what_was_asked(landed: Landed, intention: Intention) -> Told | None:
    if landed.report.upper() != intention.report:
        return Told(
            "fatal",
            "other-report",
            "Report_ID",
            OTHER_REPORT,
            {"asked": intention.report, "came": landed.report},
        )
    covers = deliveries.overlapping(intention.month, intention.month)
    batch = Batch.objects.get(pk=landed.batch or 0)
    if Batch.objects.filter(covers, deliveries.same_kind(batch)).exists():
        return None
    month = f"{intention.month.month}/{intention.month.year}"
    return Told("fatal", "other-months", "Reporting_Period", OTHER_MONTHS, {"month": month})


def _zero(
    attempt: Attempt, verdict: Verdict, problems: tuple[Told, ...], confirmed: bool, now: datetime
) -> Result:
    intention = attempt.intention
    unit = (intention.account.unit_kind, intention.account.unit_code)
    span = (intention.month, intention.month)
    doubt = counter_doubts.sudden_zero(intention.account.platform, unit, intention.report, span)
    if doubt is not None and not confirmed:
        return Result(Verdict(Outcome.DOUBTFUL), problems=(doubt, *problems))
    return Result(verdict, _nothing_used(attempt, problems, now), problems)


def _nothing_used(attempt: Attempt, problems: tuple[Told, ...], now: datetime) -> int:
    """A bare “no usage” without a report: a delivery of the month that tells of nothing, which is zero."""
    intention = attempt.intention
    account = intention.account
    delivery = Delivery(
        Source.SUSHI,
        account.platform,
        UnitKind(account.unit_kind),
        account.unit_code,
        intention.month,
        intention.month,
        report=intention.report,
        release=account.release,
        file=attempt.file.pk if attempt.file else None,
        brought_by=BROUGHT_BY,
        problems=tuple(one for one in problems if one.code.startswith(EXCEPTION)),
    )
    return deliveries.land(delivery, (), now=now)


def service_name(slug: str) -> str:
    return next((row.name for row in every_platform() if row.slug == slug), slug)
