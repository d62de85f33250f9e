"""The feedback queue: residents write, staff answer within 14 days."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from kimppa.commons.members.permissions import require
from kimppa.commons.members.roles import Act
from kimppa.consortium.communications.models import Feedback
from kimppa.consortium.communications.rules import (
    MOST_IN_AN_HOUR,
    AlreadyAnswered,
    NoSuchFeedback,
    Subject,
    TooMuchFeedback,
    answer_due,
    checked,
)
from kimppa.foundation.accounts import audit
from kimppa.foundation.accounts.actors import Actor
from kimppa.foundation.accounts.models import User
from kimppa.foundation.core import clock
from kimppa.foundation.core.text import clean_line
from kimppa.foundation.outbox import services as outbox

KEPT = timedelta(days=365)


@transaction.atomic
def receive_feedback(
    *, subject: Subject, text: str, email: str, page: str, language: str, now: datetime
) -> int:
    """Put a resident's message into the queue; returns its number. Nobody needs to sign in for this.

    Raises BadFeedback, TooMuchFeedback.
    """
    tidy = checked(text)
    if Feedback.objects.filter(received__gt=now - timedelta(hours=1)).count() >= MOST_IN_AN_HOUR:
        raise TooMuchFeedback()
    row = Feedback.objects.create(
        received=now,
        due=answer_due(clock.day_of(now)),
        subject=subject.value,
        text=tidy,
        page=clean_line(page)[:300],
        language=language[:2],
        email=clean_line(email),
        wants_answer=bool(email.strip()),
    )
    return row.pk


@transaction.atomic
def answer_feedback(*, by: Actor, feedback_id: int, text: str, now: datetime) -> None:
    """Answer once. Where an address was given, the answer is sent there and the address removed.

    Raises NoSuchFeedback, AlreadyAnswered, BadFeedback.
    """
    require(by, Act.ANSWER_FEEDBACK, now=now)
    row = Feedback.objects.select_for_update().filter(pk=feedback_id).first()
    if row is None:
        raise NoSuchFeedback()
    if row.answered is not None:
        raise AlreadyAnswered(name=row.answered_name)
    tidy = checked(text)
    if row.email:
        outbox.send_to_address(
            address=row.email,
            template="feedback-answer",
            params={"answer": tidy, "question": row.text},
            language=row.language,
            now=now,
        )
    row.answer, row.answered, row.answered_name = tidy, now, by.name
    row.answered_by = by if isinstance(by, User) else None
    row.email = ""
    row.save(update_fields=["answer", "answered", "answered_by", "answered_name", "email"])
    audit.record(
        by=by,
        act="communications.answer_feedback",
        obj=row,
        before={"answered": None},
        after={"answered": now, "by_mail": row.wants_answer},
        now=now,
    )


@transaction.atomic
def purge_feedback(*, now: datetime) -> int:
    """Remove what was answered a year ago; returns how many."""
    gone, _ = Feedback.objects.filter(answered__lt=now - KEPT).delete()
    return gone
