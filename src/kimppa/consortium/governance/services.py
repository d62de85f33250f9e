"""Adopting decisions. Rooms that give a decision its effect call `adopt` inside their own verb."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction

from kimppa.commons.members.models import Group
from kimppa.commons.members.permissions import require
from kimppa.commons.members.roles import Act
from kimppa.consortium.governance.models import Decision
from kimppa.consortium.governance.rules import (
    AlreadySuperseded,
    DecidedInFuture,
    DiaryNumberTaken,
    Effect,
    NoDiaryNumber,
    NoSuchBody,
)
from kimppa.foundation.accounts import audit
from kimppa.foundation.accounts.actors import Actor
from kimppa.foundation.accounts.audit import Value
from kimppa.foundation.core import clock
from kimppa.foundation.core.text import clean_line


@dataclass(frozen=True, slots=True)
class Words:
    """A decision's title and text in three languages; Finnish is the one that binds."""

    title_fi: str
    title_sv: str = ""
    title_en: str = ""
    text_fi: str = ""
    text_sv: str = ""
    text_en: str = ""


@transaction.atomic
def adopt(
    *,
    by: Actor,
    body: str,
    diary_number: str,
    effect: Effect,
    decided_on: date,
    words: Words,
    supersedes: int | None = None,
    example: bool = False,
    now: datetime,
) -> Decision:
    """Record an adopted decision of a body (a group's slug). It can never be edited afterwards.

    The same decision given again (a form sent twice) is the one that stands. Raises NoDiaryNumber,
    NoSuchBody, DecidedInFuture, DiaryNumberTaken, AlreadySuperseded.
    """
    require(by, Act.DECIDE, now=now)
    if decided_on > clock.day_of(now):
        raise DecidedInFuture(day=decided_on.isoformat())
    decision = _drafted(body, diary_number, words)
    decision.effect, decision.decided_on, decision.adopted_at = effect.value, decided_on, now
    decision.supersedes_id, decision.example = supersedes, example
    number = decision.diary_number
    standing = Decision.objects.select_for_update().filter(diary_number=number).first()
    if standing is not None:
        if _said(standing) != _said(decision):
            raise DiaryNumberTaken(number=number)
        return standing
    _check_supersedes(supersedes)
    decision.save(force_insert=True)
    after: dict[str, Value] = {
        "diary_number": number,
        "effect": effect.value,
        "decided_on": decided_on,
        "title": decision.title_fi,
    }
    audit.record(by=by, act="governance.adopt", obj=decision, before=None, after=after, now=now)
    return decision


def _drafted(body: str, diary_number: str, words: Words) -> Decision:
    """A row that is not saved: the body found, the words cleaned."""
    number, title = clean_line(diary_number)[:60], clean_line(words.title_fi)
    if not number or not title:
        raise NoDiaryNumber
    group = Group.objects.filter(slug=body).first()
    if group is None:
        raise NoSuchBody(slug=body[:60])
    return Decision(
        diary_number=number,
        body=group,
        title_fi=title,
        title_sv=clean_line(words.title_sv),
        title_en=clean_line(words.title_en),
        text_fi=words.text_fi.strip(),
        text_sv=words.text_sv.strip(),
        text_en=words.text_en.strip(),
    )


def _said(decision: Decision) -> tuple[str, int, date, str, int | None]:
    """What makes a decision sent twice the same decision."""
    return (
        decision.effect,
        decision.body_id,
        decision.decided_on,
        decision.title_fi,
        decision.supersedes_id,
    )


def _check_supersedes(supersedes: int | None) -> None:
    if supersedes is None:
        return
    earlier = Decision.objects.select_for_update().get(pk=supersedes)
    if Decision.objects.filter(supersedes=earlier).exists():
        raise AlreadySuperseded(number=earlier.diary_number)
