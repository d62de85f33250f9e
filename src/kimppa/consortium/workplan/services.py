"""Keeping the yearly clock: duties, laying a time out, and what becomes of each occurrence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction

from kimppa.commons.members.models import Area
from kimppa.commons.members.permissions import require
from kimppa.commons.members.roles import Act, Role
from kimppa.consortium.workplan import rules
from kimppa.consortium.workplan.models import Duty, DutyOccurrence
from kimppa.consortium.workplan.queries import occurrence, sharing
from kimppa.consortium.workplan.recurring import days, parse
from kimppa.consortium.workplan.rules import (
    Heading,
    NameMissing,
    NobodyToTakeTurns,
    NoSuchArea,
    NoSuchDuty,
    NoSuchOccurrence,
    Occurrence,
    State,
)
from kimppa.consortium.workplan.turns import carry, deal
from kimppa.foundation.accounts import audit
from kimppa.foundation.accounts.actors import Actor
from kimppa.foundation.accounts.models import User
from kimppa.foundation.core import clock
from kimppa.foundation.core.apportion import Weight
from kimppa.foundation.core.periods import Period
from kimppa.foundation.core.text import clean_line, clean_text


@dataclass(frozen=True, slots=True)
class DutyTerms:
    """What a duty is, as it is written down."""

    heading: Heading
    name: str
    rule: str
    valid_from: date
    owner_role: Role
    guide: str = ""
    estimate_minutes: int = 0
    by_turns: bool = False
    valid_to: date | None = None


@transaction.atomic
def put_duty(*, by: Actor, terms: DutyTerms, duty: int | None = None, now: datetime) -> int:
    """Write down a duty, or change one; returns its id. What is laid out changes only with `lay_out`.

    Raises BadRule, NoSuchDay, NameMissing, BadMinutes, DutyDates, NoSuchDuty.
    """
    require(by, Act.EDIT_WORKPLAN, now=now)
    row = Duty() if duty is None else Duty.objects.select_for_update().filter(pk=duty).first()
    if row is None:
        raise NoSuchDuty
    parse(terms.rule)
    rules.check_minutes(terms.estimate_minutes)
    rules.check_dates(terms.valid_from, terms.valid_to)
    name = clean_line(terms.name)[:200]
    if not name:
        raise NameMissing
    before: dict[str, audit.Value] | None = None
    if duty is not None:
        before = {"name": row.name, "rule": row.rule, "by_turns": row.by_turns, "valid_to": row.valid_to}
    row.heading, row.name, row.rule = terms.heading.value, name, clean_line(terms.rule)[:200]
    row.guide, row.owner_role = clean_text(terms.guide), terms.owner_role.value
    row.estimate_minutes, row.by_turns = terms.estimate_minutes, terms.by_turns
    row.valid_from, row.valid_to = terms.valid_from, terms.valid_to
    row.save()
    after: dict[str, audit.Value] = {"name": name, "rule": row.rule, "by_turns": row.by_turns}
    after["valid_to"] = row.valid_to
    audit.record(by=by, act="workplan.put_duty", obj=row, before=before, after=after, now=now)
    return row.pk


@transaction.atomic
def lay_out(
    *, by: Actor, first: date, last: date, events: Mapping[str, Sequence[date]] | None = None, now: datetime
) -> int:
    """Lay every duty out from one day to another; returns how many occurrences are new.

    May be asked again: what exists stands with its turn. Of coming ones that nobody has touched those that
    the rules have left are dropped. Raises TooFar, NobodyToTakeTurns.
    """
    require(by, Act.EDIT_WORKPLAN, now=now)
    within = Period(first, last)
    # Held while dealing, so that two who lay out at once do not deal the same turns.
    duties = list(Duty.objects.select_for_update().order_by("pk"))
    new: list[DutyOccurrence] = []
    dropped = 0
    for duty in duties:
        ends = min(last, duty.valid_to) if duty.valid_to else last
        wanted = set(days(parse(duty.rule), start=duty.valid_from, within=within, events=events))
        wanted = {day for day in wanted if day <= ends}
        there = DutyOccurrence.objects.filter(duty=duty, planned__gte=first, planned__lte=last)
        left = there.filter(state=State.OPEN, planned__gte=clock.day_of(now)).exclude(planned__in=wanted)
        dropped += left.delete()[0]
        known = set(there.values_list("planned", flat=True))
        new += [DutyOccurrence(duty=duty, planned=day, due=day) for day in sorted(wanted - known)]
    _deal([one for one in new if one.duty.by_turns])
    DutyOccurrence.objects.bulk_create(new, batch_size=200)
    if duties and (new or dropped):
        after: dict[str, audit.Value] = {"first": first, "last": last, "new": len(new), "dropped": dropped}
        audit.record(by=by, act="workplan.lay_out", obj=duties[0], before=None, after=after, now=now)
    return len(new)


def _deal(new: list[DutyOccurrence]) -> None:
    """Give each new one its turn, after all that was dealt before; earliest first, then by duty."""
    if not new:
        return
    new.sort(key=lambda one: (one.planned, one.duty_id))
    weights = sharing(one.planned for one in new)
    for one in new:
        if not weights[one.planned]:
            raise NobodyToTakeTurns(day=one.planned.isoformat())
    dealt = DutyOccurrence.objects.exclude(state=State.SKIPPED).filter(area__isnull=False)
    history = dealt.order_by("planned", "duty_id").values_list("residents", "area__slug")
    accounts = carry(
        ([Weight(code, number) for code, number in residents.items()], area) for residents, area in history
    )
    turns, _ = deal([weights[one.planned] for one in new], carried=accounts)
    areas = {area.slug: area for area in Area.objects.all()}
    for one, turn in zip(new, turns, strict=True):
        one.area = one.turn_of = areas[turn.code]
        one.residents = {weight.code: weight.weight for weight in weights[one.planned]}
        one.turn_part, one.turn_had, one.turn_number = str(turn.part), turn.had, turn.turns


@transaction.atomic
def mark_done(
    *, by: Actor, occurrence_id: int, on: date, minutes: int | None = None, area: str = "", now: datetime
) -> None:
    """It was done on a day, by another area than whose turn it was where `area` says so.

    Raises NoSuchOccurrence, AlreadyOver, BadMinutes, NoSuchArea (not among those who share the turn).
    """
    require(by, Act.DO_DUTIES, now=now)
    row = _held(occurrence_id)
    if area:
        if area not in row.residents:
            raise NoSuchArea(code=area)
        row.area = Area.objects.get(slug=area)
    row.done_by = by if isinstance(by, User) else None
    _keep(row, rules.done(occurrence(row), on=on, minutes=minutes), by, "workplan.mark_done", now)


@transaction.atomic
def move(*, by: Actor, occurrence_id: int, to: date, reason: str, now: datetime) -> None:
    """It will be done on another day. Raises NoSuchOccurrence, AlreadyOver, ReasonMissing."""
    require(by, Act.DO_DUTIES, now=now)
    row = _held(occurrence_id)
    _keep(row, rules.moved(occurrence(row), to=to, reason=reason), by, "workplan.move", now)


@transaction.atomic
def skip(*, by: Actor, occurrence_id: int, reason: str, now: datetime) -> None:
    """It will not be done this time, and is no turn. Raises NoSuchOccurrence, AlreadyOver, ReasonMissing."""
    require(by, Act.DO_DUTIES, now=now)
    row = _held(occurrence_id)
    _keep(row, rules.skipped(occurrence(row), reason=reason), by, "workplan.skip", now)


@transaction.atomic
def open_again(*, by: Actor, occurrence_id: int, now: datetime) -> None:
    """It was marked by mistake; the turn is whose it was. Raises NoSuchOccurrence, NotOver."""
    require(by, Act.DO_DUTIES, now=now)
    row = _held(occurrence_id)
    row.area, row.done_by = row.turn_of, None
    _keep(row, rules.opened_again(occurrence(row)), by, "workplan.open_again", now)


def _held(pk: int) -> DutyOccurrence:
    row = DutyOccurrence.objects.select_for_update().filter(pk=pk).first()
    if row is None:
        raise NoSuchOccurrence
    return row


def _keep(row: DutyOccurrence, after: Occurrence, by: Actor, act: str, now: datetime) -> None:
    told: dict[str, audit.Value] = {"state": row.state, "due": row.due}
    row.due, row.state = after.due, after.state.value
    row.moved_because, row.skipped_because = after.moved_because, after.skipped_because
    row.done_on, row.minutes = after.done_on, after.minutes
    row.save()
    new: dict[str, audit.Value] = {"state": row.state, "due": row.due, "minutes": row.minutes}
    new["area"] = row.area.slug if row.area else None
    audit.record(by=by, act=act, obj=row, before=told, after=new, now=now)
