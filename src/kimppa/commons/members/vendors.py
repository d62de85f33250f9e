"""The vendor or funder that a paper names: found by its business id or name, else recorded."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from kimppa.commons.members.models import LegalParty
from kimppa.commons.members.permissions import require
from kimppa.commons.members.roles import Act
from kimppa.foundation.accounts import audit
from kimppa.foundation.accounts.actors import Actor
from kimppa.foundation.core.text import clean_line

BUSINESS_ID = 9


@transaction.atomic
def party_named(
    *,
    by: Actor,
    act: Act,
    name: str,
    business_id: str = "",
    fictional: bool = False,
    now: datetime,
) -> LegalParty:
    """The outside party with that business id, else with that name, else a new one. `act`: what it is for.

    A business id longer than a Finnish one (a foreign VAT id) is not kept: the field holds Finnish ones.
    """
    require(by, act, now=now)
    called, number = clean_line(name)[:200], clean_line(business_id)
    number = number if len(number) <= BUSINESS_ID else ""
    outside = LegalParty.objects.select_for_update().filter(municipality__isnull=True)
    found = outside.filter(business_id=number).first() if number else None
    found = found or outside.filter(name__iexact=called).first()
    if found is not None:
        return found
    row = LegalParty.objects.create(name=called, business_id=number, fictional=fictional)
    after: dict[str, audit.Value] = {"name": called, "business_id": number}
    audit.record(by=by, act="members.party_named", obj=row, before=None, after=after, now=now)
    return row
