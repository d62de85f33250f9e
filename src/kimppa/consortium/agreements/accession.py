"""One more party to the cooperation agreement that stands, and the end of all that a party mandated."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction

from kimppa.commons.members.models import LegalParty
from kimppa.commons.members.permissions import require
from kimppa.commons.members.queries import in_force
from kimppa.commons.members.roles import Act
from kimppa.consortium.agreements import mandates
from kimppa.consortium.agreements.models import Agreement, AgreementParty, Mandate
from kimppa.consortium.agreements.rules import AgreementKind, PartyRole, Purpose
from kimppa.foundation.accounts import audit
from kimppa.foundation.accounts.actors import Actor


def cooperation_on(day: date) -> Agreement | None:
    """The signed cooperation agreement in force on a day, the newest where there are several."""
    rows = Agreement.objects.filter(in_force(day), kind=AgreementKind.COOPERATION.value)
    return rows.filter(signed_on__isnull=False).order_by("-signed_on", "-pk").first()


@transaction.atomic
def accede(
    *,
    by: Actor,
    agreement: int,
    party: int,
    holder: int,
    valid_from: date,
    clause: str = "",
    now: datetime,
) -> None:
    """Make a party a member of a cooperation agreement that others signed, with its mandates from a day on.

    The holder is the city that coordinates the party's area. A party that is there already is not doubled.
    Raises what `mandates.grant` raises.
    """
    require(by, Act.SIGN_AGREEMENTS, now=now)
    row, created = AgreementParty.objects.get_or_create(
        agreement_id=agreement, party_id=party, role=PartyRole.MEMBER.value
    )
    held = Mandate.objects.filter(in_force(valid_from), grantor_id=party, holder_id=holder)
    given = set(held.values_list("purpose", flat=True))
    missing = [purpose for purpose in Purpose if purpose.value not in given]
    if missing and party != holder:
        mandates.grant(
            by=by,
            grantors=[party],
            holder=holder,
            purposes=missing,
            valid_from=valid_from,
            agreement=agreement,
            clause=clause,
            now=now,
        )
    if created:
        after: dict[str, audit.Value] = {"agreement": agreement, "party": party, "valid_from": valid_from}
        audit.record(by=by, act="agreements.accede", obj=row, before=None, after=after, now=now)


@transaction.atomic
def end_mandates(*, by: Actor, party: int, valid_to: date, now: datetime) -> int:
    """End every open mandate that a party gave, on a last day; returns how many. What was signed stands."""
    require(by, Act.EDIT_MANDATES, now=now)
    rows = Mandate.objects.filter(grantor_id=party, valid_to__isnull=True, valid_from__lte=valid_to)
    ended = 0
    for pk in list(rows.order_by("pk").values_list("pk", flat=True)):
        mandates.end(by=by, mandate=pk, valid_to=valid_to, now=now)
        ended += 1
    return ended


def party_of(code: str) -> int | None:
    """The legal party of a municipality; None where none has been recorded."""
    return LegalParty.objects.filter(municipality__code=code).values_list("pk", flat=True).first()
