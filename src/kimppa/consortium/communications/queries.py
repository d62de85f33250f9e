"""Reading the feedback queue."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import QuerySet

from kimppa.consortium.communications.models import Feedback
from kimppa.consortium.communications.rules import NoSuchFeedback, Subject


@dataclass(frozen=True, slots=True)
class FeedbackRow:
    """One message; `answered` None while it waits. The address is not shown, only whether there is one."""

    id: int
    received: datetime
    due: date
    subject: Subject
    text: str
    page: str
    language: str
    wants_answer: bool
    answered: datetime | None
    answered_by: str
    answer: str

    def late(self, on: date) -> bool:
        """Waits past its last day, or was answered after it."""
        return (self.answered.date() if self.answered else on) > self.due


def open_feedback() -> tuple[FeedbackRow, ...]:
    """What waits for an answer, the one due first in front."""
    return _rows(Feedback.objects.filter(answered__isnull=True).order_by("due", "pk"))


def answered_feedback(*, limit: int = 200) -> tuple[FeedbackRow, ...]:
    """What was answered, latest first."""
    return _rows(Feedback.objects.filter(answered__isnull=False).order_by("-answered", "-pk")[:limit])


def feedback(feedback_id: int) -> FeedbackRow:
    """One message. Raises NoSuchFeedback."""
    found = _rows(Feedback.objects.filter(pk=feedback_id))
    if not found:
        raise NoSuchFeedback()
    return found[0]


def _rows(found: QuerySet[Feedback]) -> tuple[FeedbackRow, ...]:
    return tuple(
        FeedbackRow(
            id=row.pk,
            received=row.received,
            due=row.due,
            subject=Subject(row.subject),
            text=row.text,
            page=row.page,
            language=row.language,
            wants_answer=row.wants_answer,
            answered=row.answered,
            answered_by=row.answered_name,
            answer=row.answer,
        )
        for row in found
    )
