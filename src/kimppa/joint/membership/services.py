"""A member joins or leaves, step by step; the last step ends or begins all that hangs on the membership."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction

from kimppa.commons.members import queries as members
from kimppa.commons.members import services as membership
from kimppa.commons.members.models import Municipality
from kimppa.commons.members.permissions import require
from kimppa.commons.members.roles import Act, Scope
from kimppa.commons.members.rules import UnknownMunicipality
from kimppa.consortium.agreements import accession
from kimppa.consortium.budgets.services import Resolution, decide_months, relevy
from kimppa.foundation.accounts import audit
from kimppa.foundation.accounts.actors import Actor
from kimppa.foundation.core import clock
from kimppa.foundation.core.text import clean_line
from kimppa.foundation.files import services as files
from kimppa.foundation.files.models import Retention
from kimppa.joint.membership.models import MembershipCase
from kimppa.joint.membership.rules import (
    AlreadyMember,
    CaseClosed,
    CaseOpen,
    DateOutOfOrder,
    Kind,
    NoAgreement,
    NoCoordinator,
    NoSuchCase,
    NotMember,
    NumberNeeded,
    StepMissing,
)

PDF = "application/pdf"


@transaction.atomic
def open_case(
    *, by: Actor, kind: Kind, municipality: str, day: date, opened_on: date, note: str = "", now: datetime
) -> int:
    """Invite a municipality to join from a day on, or record its notice to leave after a day.

    Returns the case's id. Raises UnknownMunicipality, CaseOpen, AlreadyMember, NotMember, DateOutOfOrder.
    """
    require(by, Act.EDIT_MEMBERS, on=Scope.municipality(municipality), now=now)
    place = Municipality.objects.select_for_update().filter(code=municipality).first()
    if place is None:
        raise UnknownMunicipality(code=municipality[:10])
    if opened_on > clock.day_of(now):
        raise DateOutOfOrder(day=opened_on.isoformat(), earlier=clock.day_of(now).isoformat())
    waiting = MembershipCase.objects.filter(
        municipality=place, in_force_at__isnull=True, cancelled_at__isnull=True
    )
    if waiting.exists():
        raise CaseOpen(name=place.name_fi)
    belongs = municipality in members.member_codes_on(day)
    if kind is Kind.JOIN and belongs:
        raise AlreadyMember(name=place.name_fi, day=day.isoformat())
    if kind is Kind.LEAVE and not belongs:
        raise NotMember(name=place.name_fi, day=day.isoformat())
    row = MembershipCase.objects.create(
        kind=kind.value, municipality=place, day=day, opened_on=opened_on, note=clean_line(note)[:300]
    )
    after: dict[str, audit.Value] = {"kind": kind.value, "municipality": municipality, "day": day}
    audit.record(by=by, act="membership.open_case", obj=row, before=None, after=after, now=now)
    return row.pk


@transaction.atomic
def record_board(
    *,
    by: Actor,
    case: int,
    decided_on: date,
    number: str,
    paper: bytes | None = None,
    paper_name: str = "",
    now: datetime,
) -> None:
    """Record the decision of the municipality itself, with its paper. Raises NoSuchCase, CaseClosed,
    NumberNeeded, DateOutOfOrder and what files.store raises.
    """
    require(by, Act.EDIT_AGREEMENTS, now=now)
    row = _open(case)
    # One that joins decides after it was invited; one that leaves decides first and gives notice then.
    joins = row.kind == Kind.JOIN
    _check_day(decided_on, row.opened_on if joins else min(decided_on, row.opened_on), now)
    called = clean_line(number)[:60]
    if not called:
        raise NumberNeeded
    if paper is not None:
        row.board_paper = files.store(
            name=paper_name or f"{called}.pdf",
            content=paper,
            media_type=PDF,
            retention=Retention.CONTENT,
            now=now,
        )
    row.board_decided_on, row.board_number = decided_on, called
    row.save(update_fields=["board_decided_on", "board_number", "board_paper"])
    after: dict[str, audit.Value] = {"decided_on": decided_on, "number": called}
    audit.record(by=by, act="membership.record_board", obj=row, before=None, after=after, now=now)


@transaction.atomic
def sign(*, by: Actor, case: int, signed_on: date, now: datetime) -> None:
    """Record that a joining municipality signed: a party of the cooperation agreement, with its mandates.

    The mandates go to the city that coordinates its area and hold from the first day of membership. Raises
    NoSuchCase, CaseClosed, StepMissing, DateOutOfOrder, NoAgreement, NoCoordinator.
    """
    require(by, Act.SIGN_AGREEMENTS, now=now)
    row = _open(case)
    if row.board_decided_on is None or row.kind != Kind.JOIN:
        raise StepMissing
    _check_day(signed_on, row.board_decided_on, now)
    agreement = accession.cooperation_on(row.day)
    if agreement is None:
        raise NoAgreement(day=row.day.isoformat())
    place = row.municipality
    area = members.area_of(place.code, row.day)
    holder = accession.party_of(area.coordinator_code) if area else None
    party = accession.party_of(place.code)
    if holder is None or party is None:
        raise NoCoordinator(name=place.name_fi, day=row.day.isoformat())
    accession.accede(by=by, agreement=agreement.pk, party=party, holder=holder, valid_from=row.day, now=now)
    row.agreement, row.signed_on = agreement, signed_on
    row.save(update_fields=["agreement", "signed_on"])
    after: dict[str, audit.Value] = {"signed_on": signed_on, "agreement": agreement.diary_number}
    audit.record(by=by, act="membership.sign", obj=row, before=None, after=after, now=now)


@transaction.atomic
def put_in_force(
    *, by: Actor, case: int, resolution: Resolution, months: int, now: datetime
) -> tuple[int, ...]:
    """The consortium's decision and all that follows from it, at once; returns the new levy calculations.

    Joining: the membership begins, and the months charged of its first year stand. Leaving: the membership
    and the mandates end, and so do the months. Every levy of that year is reckoned again; what was issued
    stands until the difference is issued. Raises NoSuchCase, CaseClosed, StepMissing, BadMonths and what
    the decision and the calculations raise; then nothing at all has happened.
    """
    require(by, Act.DECIDE, now=now)
    require(by, Act.LEVY, now=now)
    row = _open(case)
    joins = row.kind == Kind.JOIN
    if row.board_decided_on is None or (joins and row.signed_on is None):
        raise StepMissing
    code = row.municipality.code
    row.decision_id = decide_months(
        by=by, resolution=resolution, year=row.day.year, municipality=code, months=months, now=now
    )
    if joins:
        membership.join_elibrary(by=by, code=code, valid_from=row.day, now=now)
    else:
        membership.end_membership(by=by, code=code, valid_to=row.day, now=now)
        party = accession.party_of(code)
        if party is not None:
            accession.end_mandates(by=by, party=party, valid_to=row.day, now=now)
    row.months, row.in_force_at = months, now
    row.save(update_fields=["decision", "months", "in_force_at"])
    made = relevy(by=by, year=row.day.year, now=now)
    after: dict[str, audit.Value] = {"day": row.day, "months": months, "calculations": len(made)}
    audit.record(by=by, act="membership.put_in_force", obj=row, before=None, after=after, now=now)
    return made


@transaction.atomic
def cancel(*, by: Actor, case: int, reason: str, now: datetime) -> None:
    """Close a case that comes to nothing. A signature that was recorded stands in the agreement.

    Raises NoSuchCase, CaseClosed.
    """
    require(by, Act.EDIT_AGREEMENTS, now=now)
    row = _open(case)
    row.cancelled_at, row.cancel_reason = now, clean_line(reason)[:300]
    row.save(update_fields=["cancelled_at", "cancel_reason"])
    after: dict[str, audit.Value] = {"reason": row.cancel_reason}
    audit.record(by=by, act="membership.cancel", obj=row, before=None, after=after, now=now)


def _open(case: int) -> MembershipCase:
    rows = MembershipCase.objects.select_for_update(of=("self",)).select_related("municipality")
    row = rows.filter(pk=case).first()
    if row is None:
        raise NoSuchCase
    if row.in_force_at is not None or row.cancelled_at is not None:
        raise CaseClosed
    return row


def _check_day(day: date, earlier: date, now: datetime) -> None:
    if not earlier <= day <= clock.day_of(now):
        raise DateOutOfOrder(day=day.isoformat(), earlier=earlier.isoformat())
