"""Grants: money from funders for a time, with an own share."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db import transaction

from kimppa.commons.members.permissions import require
from kimppa.commons.members.roles import Act
from kimppa.commons.members.vendors import party_named
from kimppa.consortium.agreements.models import Agreement
from kimppa.consortium.agreements.rules import AgreementKind, PartyRole
from kimppa.consortium.budgets.plan_models import Grant
from kimppa.consortium.budgets.plan_rules import GrantAgreement, GrantIncomplete
from kimppa.foundation.accounts import audit
from kimppa.foundation.accounts.actors import Actor
from kimppa.foundation.accounts.audit import Value
from kimppa.foundation.core.money import Cents, decimals
from kimppa.foundation.core.text import clean_line


@dataclass(frozen=True, slots=True)
class GrantSaid:
    """What the funder decided. `agreement` is an agreement's id; then its funder is the funder."""

    title: str
    amount: Cents
    own_percent: Decimal
    valid_from: date
    valid_to: date
    funder: str = ""
    agreement: int | None = None
    decision_number: str = ""
    example: bool = False


@transaction.atomic
def record_grant(*, by: Actor, said: GrantSaid, now: datetime) -> int:
    """Record a grant; returns its id. Raises GrantIncomplete, GrantAgreement."""
    require(by, Act.EDIT_BUDGET, now=now)
    title = clean_line(said.title)[:200]
    percent = said.own_percent
    sound = percent.is_finite() and 0 <= percent <= 100 and decimals(percent) <= 2
    taken = Grant.objects.filter(title=title).exists()
    if not title or taken or not sound or said.amount.value <= 0 or said.valid_to < said.valid_from:
        raise GrantIncomplete
    row = Grant.objects.create(
        title=title,
        funder_id=_funder(by, said, now),
        agreement_id=said.agreement,
        decision_number=clean_line(said.decision_number)[:60],
        valid_from=said.valid_from,
        valid_to=said.valid_to,
        amount_cents=said.amount.value,
        own_percent=percent,
        example=said.example,
        recorded_at=now,
    )
    after: dict[str, Value] = {"title": title, "amount": said.amount, "own_percent": percent}
    audit.record(by=by, act="budgets.record_grant", obj=row, before=None, after=after, now=now)
    return row.pk


def _funder(by: Actor, said: GrantSaid, now: datetime) -> int:
    if said.agreement is not None:
        found = Agreement.objects.filter(pk=said.agreement).first()
        if found is None or found.kind != AgreementKind.GRANT:
            raise GrantAgreement(number=found.diary_number if found else str(said.agreement))
        party = found.parties.filter(role=PartyRole.FUNDER.value).first()
        if party is not None:
            return party.party_id
    name = clean_line(said.funder)[:200]
    if not name:
        raise GrantIncomplete
    return party_named(by=by, act=Act.EDIT_BUDGET, name=name, fictional=said.example, now=now).pk
