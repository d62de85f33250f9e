"""Legal parties that are no municipality: vendors and funders."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from kimppa.commons.members.models import LegalParty
from kimppa.commons.members.permissions import require
from kimppa.commons.members.roles import Act
from kimppa.foundation.accounts import audit
from kimppa.foundation.accounts.actors import Actor
from kimppa.foundation.core.text import clean_line


@transaction.atomic
def record_outside_party(
    *, by: Actor, name: str, business_id: str = "", fictional: bool = False, now: datetime
) -> int:
    """Record a vendor or funder by its name, or find the one that has it; returns its id."""
    require(by, Act.EDIT_AGREEMENTS, now=now)
    called = clean_line(name)[:200]
    found = LegalParty.objects.filter(municipality__isnull=True, name__iexact=called).first()
    if found is not None:
        return found.pk
    row = LegalParty.objects.create(name=called, business_id=clean_line(business_id)[:9], fictional=fictional)
    audit.record(
        by=by,
        act="members.record_outside_party",
        obj=row,
        before=None,
        after={"name": called, "business_id": row.business_id},
        now=now,
    )
    return row.pk
