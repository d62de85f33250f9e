"""Rounds of probes: take the targets that are due, ask outside with no lock held, write down what was seen.

A target that is in one worker's hands is not asked by another; a lease that a killed worker left runs out.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from kimppa.commons.health import asking, certificates, watching
from kimppa.commons.health.asking import Outcome, ProbeKind, Question, Seen
from kimppa.commons.health.models import Probe, Target
from kimppa.foundation.core import secrets

LEASE = timedelta(minutes=3)
AT_ONCE = 8
MOST_A_ROUND = 200


@dataclass(frozen=True, slots=True)
class Round:
    key: str
    questions: tuple[Question, ...]


def run_due(*, now: datetime, clock: Callable[[], datetime]) -> int:
    """Ask every target that is due; returns how many. Calls outside; `clock` tells the time after it."""
    rounds = [found for key in _due(now) if (found := take(key, now=now)) is not None]
    if not rounds:
        return 0
    with ThreadPoolExecutor(max_workers=AT_ONCE, thread_name_prefix="probe") as pool:
        answers = list(pool.map(lambda one: _ask(one, now), rounds))
    for one, seen in zip(rounds, answers, strict=True):
        put(one, seen, now=clock())
    return len(rounds)


def _due(now: datetime) -> list[str]:
    rows = Target.objects.filter(_free(now), watched=True, due__lte=now)
    return list(rows.order_by("due").values_list("key", flat=True)[:MOST_A_ROUND])


def _free(now: datetime) -> Q:
    return Q(lease__isnull=True) | Q(lease__lte=now)


def take(key: str, *, now: datetime) -> Round | None:
    """Take one target in hand; None where another worker has it or it has nothing to ask."""
    every = Target.objects.filter(_free(now), pk=key).values_list("every_minutes", flat=True).first()
    if every is None:
        return None
    # The condition stands in the UPDATE itself, so that of two workers only one changes the row.
    due = now + timedelta(minutes=every)
    if not Target.objects.filter(_free(now), pk=key).update(lease=now + LEASE, due=due):
        return None
    rows = Probe.objects.filter(target_id=key, active=True).order_by("pk")
    questions = tuple(question_of(row) for row in rows)
    if not questions:
        Target.objects.filter(pk=key).update(lease=None, due=None)
        return None
    return Round(key, questions)


def question_of(row: Probe) -> Question:
    """A probe as it is asked, its secret opened."""
    return Question(
        id=row.pk,
        kind=ProbeKind(row.kind),
        address=row.address,
        expected_status=row.expected_status,
        expected_text=row.expected_text,
        warn_days=row.warn_days,
        tls=row.tls,
        private=row.private,
        login=row.login,
        secret=secrets.decrypt(bytes(row.secret)).decode() if row.secret else "",
        institution=row.institution,
    )


def _ask(one: Round, now: datetime) -> list[Seen]:
    return [asking.ask(question, now=now) for question in one.questions]


@transaction.atomic
def put(one: Round, seen: Sequence[Seen], *, now: datetime) -> None:
    """Write down one round: an observation, which fails when any of its questions failed."""
    for question, answer in zip(one.questions, seen, strict=True):
        Probe.objects.filter(pk=question.id).update(
            asked=now,
            outcome=answer.outcome.value,
            took_ms=answer.took_ms,
            code=answer.code,
            params=answer.params,
        )
        certificates.warn(question, answer, now=now)
    failures = [answer for answer in seen if answer.outcome is Outcome.FAIL]
    Target.objects.filter(pk=one.key).update(lease=None)
    watching.observe(
        one.key,
        ok=not failures,
        took_ms=max(answer.took_ms for answer in seen),
        code=failures[0].code if failures else "",
        now=now,
    )
    watching.judge(now=now, keys=[one.key])
